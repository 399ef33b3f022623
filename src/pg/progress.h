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
} Progress;

extern void progress_begin(Progress *progress, int members);

/* Call often: reports at most once in a few seconds. member counts from 0. */
extern void progress_update(Progress *progress, int member, const lf_trainer_progress *trainer);

/* Puts the process title back. After an error PostgreSQL does that itself. */
extern void progress_end(Progress *progress);

/* Wall-clock seconds since progress_begin. */
extern double progress_seconds(const Progress *progress);

#endif
