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
	bool silent; /* a parallel worker: its leader speaks */
} Progress;

extern void progress_begin(Progress *progress, int members, bool silent);

/* Call often: reports at most once in a few seconds. turn: networks begun before this one. */
extern void progress_update(Progress *progress, int turn, const lf_trainer_progress *trainer);

/* Puts the process title back. After an error PostgreSQL does that itself. */
extern void progress_end(Progress *progress);

/* Wall-clock seconds since progress_begin. */
extern double progress_seconds(const Progress *progress);

#endif
