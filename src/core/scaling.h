/*
 * scaling.h
 *	  From values to network units and back.
 *
 *	 y = (transform(v) - level) / scale
 *
 * Transform first, then the level and scale of the window or of the series,
 * as the normalization says. Everything in double.
 */
#ifndef LF_SCALING_H
#define LF_SCALING_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "dataset.h"

/*
 * The largest size of a value, of a forecast and of an interval's end: differences of such numbers
 * and sums of their squares stay within the range of a double.
 */
#define LF_LARGEST_VALUE 1e150

/* Statistics of one series' training part, in transformed units. */
typedef struct lf_scaler
{
	double mean;
	double deviation;
	double minimum;
	double maximum;
	double spread; /* root mean square of a window's steps around its level: the scale of last and
					  mean */
} lf_scaler;

typedef struct lf_level
{
	double level;
	double scale; /* > 0 always */
} lf_level;

/*
 * Values outside a logarithm's domain are taken for the nearest inside it (the
 * smallest normal double for log, -1 + 2^-52 for log1p), and no inverse is
 * larger than LF_LARGEST_VALUE: fresh history may hold what training never saw.
 */
extern double lf_transform_apply(lf_transform transform, double value);
extern double lf_transform_invert(lf_transform transform, double value);

/*
 * lf_transform_apply within reach of a series: what lies outside the domain of a logarithm, and
 * under log1p what is hardly inside it, is not taken for less than the smallest value of the
 * training part, less the range of that, or a hundredth of it where that is less. A zero among
 * prices is a small price, and not the smallest number.
 */
extern double lf_transform_within(lf_transform transform, const lf_scaler *scaler, double value);

/*
 * Fit over the first `length` steps (of which the latest million count), observed
 * ones only, for windows of lookback. Values far beyond the others, by three times the range of
 * all but one in 200 (but two of few), are taken for the farthest that are not: no scale is led by
 * one of them.
 * The spread comes from at most 256 evenly spaced windows and half as many steps
 * again as each has; where these are flat but the series is not, it is the
 * deviation. Where those steps do not vary (length <= 0 and a single observation
 * included) all of the series is fitted instead: a short series of a panel that
 * lies in the held-out tail must be forecast too, and has no other scale. Where
 * nothing varies at all both are 1, or the constant's size where that is smaller.
 */
extern void lf_scaler_fit(lf_scaler *scaler, const lf_scaling_config *config,
						  const lf_series *series, int64_t length, int lookback);

/* Doubles that a scratch of lf_scaler_fit_with takes. */
extern size_t lf_scaler_scratch_count(void);

/* Make the scratch ready, once for any number of fits. */
extern void lf_scaler_scratch_fill(double *scratch);

/*
 * lf_scaler_fit, several times as fast for series that are not very long; the result is
 * the same. scratch: (lf_scaler_scratch_count), filled.
 */
extern void lf_scaler_fit_with(double *scratch, lf_scaler *scaler, const lf_scaling_config *config,
							   const lf_series *series, int64_t length, int lookback);

/*
 * Level and scale of one window: `window` holds lookback transformed values, of
 * which only the last `real` are looked at; without any the level is the series'
 * mean. The scale of LF_NORMALIZE_INSTANCE and _SEASON is at least a twentieth of the spread
 * (all of it in a constant series), so that a flat window keeps a sane one; up to
 * four of the steps that are not real count as ones that deviate by the spread, as
 * the deviation of one or two steps says nothing.
 */
extern lf_level lf_scaling_level(const lf_scaling_config *config, const lf_scaler *scaler,
								 const double *window, int lookback, int real);

/* How many of the last steps of a window its level is the mean of; 0: the level is the series' own.
 */
extern int lf_scaling_level_steps(const lf_scaling_config *config, int real);

#endif
