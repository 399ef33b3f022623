/*
 * calibration.h
 *	  Intervals around forecasts, from the errors of forecasts before them.
 */
#ifndef LF_CALIBRATION_H
#define LF_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "dataset.h"

/*
 * Split-conformal calibration (Vovk et al.; Lei et al. 2018): signed residuals of held-out windows
 * for each step, in the data's units; or of data that stay well above zero relative to the
 * forecast. Not as logarithms: these make of a loss of nine tenths, with both signs, a tenfold
 * gain. Residuals are measured in spreads of their own window, as in locally weighted conformal
 * inference (Lei et al. 2018, section 5.2): intervals are wider in restless times.
 */
typedef struct lf_calibration
{
	lf_transform transform; /* LOG: residuals are relative, and spreads those of logarithms; NONE:
							 * both in the data's units, which is what training chooses from */
	int spread_steps;       /* latest changes that measure the spread; 0: spread is 1 */
	int spread_lag;         /* steps that such a change goes over, a season; up to 1: each step */
	int horizon;
	int points;             /* residuals kept a step */
	const float *residuals; /* (horizon, points), each row ascending */
} lf_calibration;

/* What the residuals of one window are measured in. */
typedef struct lf_calibration_unit
{
	double spread; /* > 0: how restless the series is, in transformed units */
	double level;  /* >= 0: errors of smaller forecasts are relative to this; LOG alone */
} lf_calibration_unit;

/*
 * How restless a series is over its first length values: the root mean square of the latest
 * changes over spread_lag steps in transformed units, at most spread_steps of them; of less than
 * two times spread_lag values, which hold too few of these, of those from step to step. No change
 * counts for more than five times their mean (over those that are not 0, so that what seldom moves
 * has a spread, too): one event does not make a restless time. 0 where nothing changes.
 */
extern double lf_calibration_spread(const lf_calibration *calibration, const double *values,
									int64_t length);

/* How many steps before an origin a spread is of. */
static inline int64_t
lf_calibration_memory(const lf_calibration *calibration)
{
	return (int64_t) calibration->spread_steps +
		   (calibration->spread_lag > 1 ? calibration->spread_lag : 1);
}

/*
 * The unit of the window that begins at origin. The spread is that of the steps before, kept
 * between a tenth and four times what is usual for the series, which is the caller's to keep; where
 * that is 0 it is 1 unless something changed. Without spread_steps it is 1.
 */
extern lf_calibration_unit lf_calibration_unit_at(const lf_calibration *calibration,
												  const double *values, int64_t origin,
												  double usual);

/* Forecasts of held-out windows and what came instead, in the data's units; the caller's arrays. */
typedef struct lf_calibration_pairs
{
	int horizon;
	int64_t windows;
	const double *actual;             /* (windows, horizon) */
	const double *forecast;           /* (windows, horizon) */
	const uint8_t *weight;            /* (windows, horizon): 0 leaves a pair out; NULL: none */
	const lf_calibration_unit *units; /* (windows); NULL: spread 1, level 0 */
	const lf_window *places;          /* (windows) series by series, by origin: which of them
									   * overlap; NULL: none */
} lf_calibration_pairs;

/*
 * How badly residuals on this calibration's scale fit one distribution: the mean negative logarithm
 * of their density in the data's units, up to a constant, were they Laplace-distributed with a
 * common size. The less the better; infinite where no pair counts, or all residuals are 0.
 */
extern double lf_calibration_misfit(const lf_calibration *calibration,
									const lf_calibration_pairs *pairs);

/*
 * Build the rows of calibration, whose transform is given: sets horizon, points and
 * residuals, which is (horizon, max_points) reserved and (horizon, points) filled.
 * A value that is not finite leaves its pair out.
 * At most max_points a step are kept, as evenly spaced order statistics. Windows
 * that overlap err alike: residuals count for as many as would tell their mean
 * equally well (their number over the integrated autocorrelation time; Sokal
 * 1997), and the fewer these are, the further out the statistics lie. Steps
 * with fewer than 39 residuals that way use each with both signs, and steps
 * with fewer than 19 borrow those of their neighbours, scaled by a power of the
 * step that is fitted to the errors. scratch: lf_calibration_scratch doubles.
 * Returns false, with no points, where there is no residual at all.
 */
extern bool lf_calibration_build(lf_calibration *calibration, const lf_calibration_pairs *pairs,
								 int max_points, float *residuals, double *scratch);
extern int64_t lf_calibration_scratch(int horizon, int64_t windows); /* doubles needed */

/*
 * The value below which the observation at this step (from 0) falls with
 * probability p, given the point forecast and the unit of the series before
 * it. With the finite-sample correction
 * rank p (n + 1), linear between the ranks; past the outermost residual goes on a
 * normal tail with the residuals' deviation. Steps beyond the calibrated horizon
 * widen with the square root of the distance. Ascending in p. NaN without points.
 */
extern double lf_calibration_quantile(const lf_calibration *calibration, int step, double forecast,
									  const lf_calibration_unit *unit, double p);

#endif
