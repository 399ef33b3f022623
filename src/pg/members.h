/*
 * members.h
 *	  Trains the networks of an ensemble, each by itself.
 *
 * What a network learns depends on nothing but the data, its plan and its seed,
 * so it does not matter which process trains it: workers.h.
 */
#ifndef LSTM_FORECAST_MEMBERS_H
#define LSTM_FORECAST_MEMBERS_H

#include "postgres.h"

#include "core/dataset.h"
#include "core/scaling.h"
#include "core/trainer.h"
#include "plan.h"
#include "progress.h"

/* Everything that the training of an ensemble reads. */
typedef struct TrainJob
{
	lf_dataset dataset;
	Holdout holdout;
	int member_count;
	const MemberPlan *members;
	double max_seconds; /* NaN: no limit */
	bool log_seconds;   /* keep wall-clock seconds of the epochs */
	int processes;      /* that share the members; at least 1 */
} TrainJob;

/* What the training of one network gives; the arrays are the caller's. */
typedef struct MemberOutput
{
	int best_epoch;
	int epochs;          /* rows of the log */
	int64 train_windows; /* of the training part */
	lf_scaler *scalers;  /* (series) */
	lf_real *parameters; /* (the network's) of the training part: what is measured */
	lf_real *refitted;   /* (the network's) after all data: what forecasts */
	lf_epoch *log;       /* (max_epochs + 1): the last one is the refit's */
	double *seconds;     /* (max_epochs + 1); filled with log_seconds only */
} MemberOutput;

/* Raise 54000 before any work starts when a network needs more memory than allowed. */
extern void check_member_memory(const TrainJob *job);

/* Train network number. turn: how many were begun before it, which shares the time limit. */
extern void train_member(const TrainJob *job, int number, int turn, Progress *progress,
						 MemberOutput *output);

#endif
