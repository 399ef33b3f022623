/*
 * counts.h
 *	  The distribution of counts around forecasts that are means.
 *
 * Each network says how much counts are dispersed around its mean, and how much the networks differ
 * adds to that. The start of a series says nothing: its share has the dispersion of the series'
 * past, and the usual one of the panel where little was sold. The mean of both, by their shares, is
 * what quantiles are of.
 */
#ifndef LSTM_FORECAST_COUNTS_H
#define LSTM_FORECAST_COUNTS_H

#include "postgres.h"

#include "forecast/ensemble.h"

/* What networks say of the dispersion in a portion of windows. */
typedef struct CountPortion
{
	double **members;    /* (members) of (windows, horizon); NULL: its loss is none of counts */
	double *dispersions; /* (windows, horizon) of all of them; NULL: there is no such network */
	int count;           /* of networks that say it */
} CountPortion;

/* Room for so many windows, and how many numbers that are for one of them. */
extern CountPortion counts_create(const Model *model, int64 windows);
extern int64 counts_cells(const Model *model);

/* Fill portion->dispersions from what the members have said: forecasts (members) of (windows,
 * horizon), of which work->forecasts is the mean. Interruptible. */
extern void counts_of_networks(const Model *model, const CountPortion *portion,
							   double *const *forecasts, const PredictWork *work);

/* work->quantiles around work->forecasts, in which the starts have their share. Interruptible. */
extern void counts_quantiles(const Model *model, const CountPortion *portion,
							 const PredictWork *work);

/* What is usual among these series: the median of what each shows of itself; 0 with another loss.
 * Interruptible. */
extern double counts_usual_dispersion(const Model *model, const lf_dataset *dataset);

#endif
