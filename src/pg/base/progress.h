/*
 * progress.h
 *	  Tells the user, the process title and other sessions how far a training is.
 */
#ifndef LSTM_FORECAST_PROGRESS_H
#define LSTM_FORECAST_PROGRESS_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "core/trainer.h"
#include "base/progress_report.h"

/* A process title, and what pg_stat_activity shows as the query where that goes with it, or NULL.
 */
typedef struct KeptTitle
{
	char *title;
	char *query;
} KeptTitle;

typedef struct Progress
{
	TimestampTz started;  /* of this model's training */
	TimestampTz reported; /* the last NOTICE */
	TimestampTz titled;   /* the last change of the process title */
	TimestampTz shown;    /* ... of what other sessions see */
	KeptTitle before;     /* to put back */
	double max_seconds;   /* after which it ends; NaN: no limit. The caller's to set */
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
 * A statement of so many trainings, each of a series or a trial: until its end reports tell how
 * many are done. To be told after each of them.
 */
extern void progress_each_begin(ProgressPart part, int64 count);
extern void progress_each(int64 done);
extern void progress_each_end(void);

/* This process is at that one of them, from 1. */
extern void progress_each_number(int64 number);

/*
 * The process title. A process without a client's statement, as a background worker, says the same
 * as its query in pg_stat_activity; where there is one, that keeps its text, by which people and
 * programs find it, and the view lstm_training_progress has the title's as "detail".
 */
extern void progress_title(const char *text);

/* The title as it is, in CurrentMemoryContext, and the way back to it. */
extern KeptTitle progress_title_keep(void);
extern void progress_title_restore(const KeptTitle *kept);
extern void progress_title_free(KeptTitle *kept);

/* Puts the process title back. After an error PostgreSQL does that itself. */
extern void progress_end(Progress *progress);

/* Wall-clock seconds since progress_begin. */
extern double progress_seconds(const Progress *progress);

#endif
