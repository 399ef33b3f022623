/*
 * progress.h
 *	  Tells the user and the process title how far a training is.
 */
#ifndef LSTM_FORECAST_PROGRESS_H
#define LSTM_FORECAST_PROGRESS_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "core/trainer.h"

typedef struct Progress
{
	TimestampTz started;  /* of this model's training */
	TimestampTz reported; /* the last NOTICE */
	TimestampTz titled;   /* the last change of the process title */
	char *title;          /* the title before, to put back */
	int members;
	int rounds;      /* networks that a process has to do with one after another, at most */
	bool silent;     /* a parallel worker: its leader speaks */
	bool refitting;  /* the trainer under way is a refit */
	double stage[2]; /* the part of a network's work that it does: from, to */
} Progress;

extern void progress_begin(Progress *progress, int members, int rounds, bool silent);

/* The next trainer does this part of its network's work, from .. to in 0 .. 1. */
extern void progress_stage(Progress *progress, bool refitting, double from, double to);

/*
 * Call often: reports at most once in a few seconds. turn: networks begun before
 * this one; round: those that a process had to do with before it.
 */
extern void progress_update(Progress *progress, int turn, int round,
							const lf_trainer_progress *trainer);

/* The same while the pretrained network is fine-tuned. */
extern void progress_tuning(Progress *progress, int64 step, int64 steps);

/*
 * A statement of so many trainings, each of one of what is named ("series"): until its end reports
 * tell how many are done. To be told after each of them.
 */
extern void progress_each_begin(const char *what, int64 count);
extern void progress_each(int64 done);
extern void progress_each_end(void);

/* Puts the process title back. After an error PostgreSQL does that itself. */
extern void progress_end(Progress *progress);

/* Wall-clock seconds since progress_begin. */
extern double progress_seconds(const Progress *progress);

#endif
