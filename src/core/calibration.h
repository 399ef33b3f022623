/*
 * calibration.h
 *	  Intervals around forecasts, from the errors of forecasts before them.
 */
#ifndef LF_CALIBRATION_H
#define LF_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

#define LF_LEAST_LEVEL 0.1

/*
 * Split-conformal calibration (Vovk et al.; Lei et al. 2018): signed residuals
 * of held-out windows for each step, in transformed units, so that a log
 * transform gives multiplicative intervals that never cross zero. Residuals are
 * measured in spreads of their own window, as in locally weighted conformal
 * inference (Lei et al. 2018, section 5.2): intervals are wider in restless times.
 */
typedef struct lf_calibration
{
	lf_transform transform; /* space in which residuals are measured */
	int spread_steps;       /* latest steps whose changes measure the spread; 0: spread is 1 */
	int horizon;
	int points;             /* residuals kept a step */
	const float *residuals; /* (horizon, points), each row ascending */
} lf_calibration;

/* What a spread may be: below least it is no measure but a standstill, above most an event. */
typedef struct lf_spread_limits
{
	double least; /* 0: none; the spread of a series that stands still then is 0 */
	double most;  /* INFINITY: none */
} lf_spread_limits;

/*
 * The spread of the series before origin: the mean size of the changes from step to step in
 * transformed units, over the latest spread_steps (as many as there are), within the limits. A few
 * changes do not lead it: each counts as no more than some times the mean. What the limits are
 * depends on the series' units, so they are the caller's to keep, one a series. Without
 * spread_steps it is 1.
 */
extern double lf_calibration_spread(const lf_calibration *calibration, const double *values,
									int64_t origin, lf_spread_limits limits);

/* Forecasts of held-out windows and what came instead, in the data's units; the caller's arrays. */
typedef struct lf_calibration_pairs
{
	int horizon;
	int64_t windows;
	const double *actual;   /* (windows, horizon) */
	const double *forecast; /* (windows, horizon) */
	const uint8_t *weight;  /* (windows, horizon): 0 leaves a pair out; NULL: none */
	const double *spreads;  /* (windows): what residuals are divided by; NULL: 1 */
	const double *levels;   /* (windows): sizes of the series before them; NULL: 0 */
} lf_calibration_pairs;

/*
 * Build the rows of calibration, whose transform is given: sets horizon, points and
 * residuals, which is (horizon, max_points) reserved and (horizon, points) filled.
 * A value that is not finite leaves its pair out.
 * At most max_points a step are kept, as evenly spaced order statistics. Steps
 * with fewer than 39 residuals of their own use each with both signs, and steps
 * with fewer than 19 borrow those of their neighbours, scaled by a power of the
 * step that is fitted to the errors. scratch: lf_calibration_scratch doubles.
 * Returns false, with no points, where there is no residual at all.
 */
extern bool lf_calibration_build(lf_calibration *calibration, const lf_calibration_pairs *pairs,
								 int max_points, float *residuals, double *scratch);
extern int64_t lf_calibration_scratch(int horizon, int64_t windows); /* doubles needed */

/*
 * The value below which the observation at this step (from 0) falls with
 * probability p, given the point forecast, and the level and the spread of the series before
 * it (1 where spread_steps is 0). Residuals of logarithms are parts of the forecast, but of no less
 * than of LF_LEAST_LEVEL of the level: near zero a part of it says nothing. With the finite-sample
 * correction rank p (n + 1), linear between the ranks; past the outermost residual goes on a normal
 * tail with the residuals' deviation. Steps beyond the calibrated horizon widen with the square
 * root of the distance. Ascending in p. NaN without points.
 */
extern double lf_calibration_quantile(const lf_calibration *calibration, int step, double forecast,
									  double level, double spread, double p);

#endif
