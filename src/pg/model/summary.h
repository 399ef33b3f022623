/*
 * summary.h
 *	  What the parts of lstm_summary share.
 */
#ifndef LSTM_FORECAST_SUMMARY_H
#define LSTM_FORECAST_SUMMARY_H

#include "postgres.h"
#include "nodes/execnodes.h"
#include "utils/jsonb.h"

#include "model/model.h"

#define SUMMARY_MOST_TOLD 32 /* options whose reasons stand beside what they chose */

typedef struct Summary
{
	ReturnSetInfo *result;
	const Model *model;
	Size bytes;       /* of the model */
	Jsonb *reasons;   /* option -> why */
	const char *part; /* of the rows that follow */
	const char *told[SUMMARY_MOST_TOLD];
	int told_count;
} Summary;

/* A row of the present part, with the reason why, or NULL; a value that is NULL gives none. */
extern void summary_row(Summary *summary, const char *name, const char *value, const char *why);

/* Why an option is as it is; NULL where nothing was chosen. It is not told again then. */
extern const char *summary_why(Summary *summary, const char *option);

/* Errors on held-out windows, beside those of the naive forecast. */
extern void summary_accuracy(Summary *summary);

/* Where intervals come from. */
extern void summary_intervals(Summary *summary);

/* What is told of the series of a panel: the best and the worst, those that are short, have ended
 * or were left out. Interruptible. */
extern void summary_series(Summary *summary);

#endif
