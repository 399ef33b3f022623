/*
 * members.h
 *	  Trains the networks of a model that tells classes, each by itself.
 */
#ifndef LSTM_FORECAST_MEMBERS_H
#define LSTM_FORECAST_MEMBERS_H

#include "postgres.h"

#include "core/classifier_trainer.h"
#include "base/progress.h"
#include "classes/class_sequences.h"

/* How all of them are trained; no pointers, as processes share it. */
typedef struct ClassTraining
{
	lf_classifier_config network;
	lf_training_config training; /* its seed is the first network's */
	lf_augmentation augmentation;
	int members;
	bool refit;
	double max_seconds; /* NaN: no limit */
	bool log_seconds;
} ClassTraining;

/* What is to be trained on; all of it is the caller's. */
typedef struct ClassJob
{
	ClassTraining training;
	const ClassSequences *sequences;
	const float *values;            /* that the sequences' lie in */
	Size value_count;               /* of them */
	const float *difference_scales; /* (channels) */
	const double *weights;          /* (classes); NULL: all alike */
} ClassJob;

/* What comes out of one network's training. */
typedef struct ClassOutput
{
	lf_real *parameters; /* that are measured */
	lf_real *refitted;   /* that are kept */
	lf_epoch *log;
	int best_epoch;
	int epochs; /* rows of the log; -1: it was not trained here */
} ClassOutput;

/* A network's turn: those that this process, or another, had to do with before it. */
typedef struct ClassTurn
{
	int number;
	int round;
	int rounds;
} ClassTurn;

/* Rows that a log may have. */
extern int class_member_log_rows(const ClassTraining *training);

/* Bytes that one network takes while it is trained. Raises the core's errors about it. */
extern Size class_member_bytes(const ClassJob *job);

/*
 * Train one network into an output whose arrays are there: first without what is held out, then a
 * little longer on everything, where that is wanted. Interruptible.
 */
extern void class_member_train(const ClassJob *job, const ClassTurn *turn, Progress *progress,
							   ClassOutput *output);

#endif
