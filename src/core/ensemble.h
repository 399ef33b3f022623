/*
 * ensemble.h
 *	  The median or mean of several forecasts, how much they differ, and the naive one.
 */
#ifndef LF_ENSEMBLE_H
#define LF_ENSEMBLE_H

#include <stdint.h>

#include "config.h"

/*
 * Median across members, element by element: members points to count_members (at
 * least 1) arrays of count values. Of an even number, the mean of the middle two.
 * NaN where a member is NaN. Of quantiles too: where in every member one element
 * is no greater than another, so it is in the median, and ascending rows stay
 * ascending.
 */
extern void lf_ensemble_median(const double *const *members, int count_members, int64_t count,
							   double *median);

/* The mean across members, likewise; of equal ones theirs. */
extern void lf_ensemble_mean(const double *const *members, int count_members, int64_t count,
							 double *mean);

/* How much the members differ, element by element: their standard deviation; of one 0. */
extern void lf_ensemble_spread(const double *const *members, int count_members, int64_t count,
							   double *spread);

/*
 * The seasonal naive forecast (period >= 1; 1 repeats the last value) from the
 * values before origin. With less than a period of history it repeats the last
 * value; with none it is NaN.
 */
extern void lf_naive_forecast(const double *values, int64_t origin, int period, int horizon,
							  double *forecast);

#endif
