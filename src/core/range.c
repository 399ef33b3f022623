/*
 * range.c
 *	  The range that a series keeps within.
 */
#include "range.h"

#include <math.h>

#define LEAST_STEPS 100 /* of a series that can show it */
#define HORIZONS 4      /* as well */
#define SEASONS 2       /* as well */
#define LEAST_REACH 0.1 /* of the range: what has not come yet may */
#define BOUNDED 0.8     /* lf_range_of_walk: one random walk of fifty has less */

/* Widen a range to a value. */
static void
include(lf_range *range, double value)
{
	range->lowest = fmin(range->lowest, value);
	range->highest = fmax(range->highest, value);
}

double
lf_range_of_walk(double lowest, double highest, const double *values, int64_t length)
{
	double width = highest - lowest;
	double squares = 0;

	for (int64_t i = 1; i < length && width > 0; i++)
	{
		double part = (values[i] - values[i - 1]) / width;

		squares += part * part;
	}
	return 1 / sqrt(squares);
}

/* How far values of the later half came out of the range a horizon before, in widths of it. */
static double
farthest_out(const double *values, int64_t length, int horizon)
{
	lf_range known = {.lowest = values[0], .highest = values[0]};
	int64_t half = length / 2;
	int64_t seen = 1;
	double farthest = 0;

	for (int64_t i = half; i < length; i++)
	{
		double out;

		while (seen < half || seen <= i - horizon)
			include(&known, values[seen++]);
		out = fmax(values[i] - known.highest, known.lowest - values[i]);
		if (out > 0)
			farthest = fmax(farthest, out / (known.highest - known.lowest));
	}
	return farthest;
}

lf_range
lf_range_find(const double *values, int64_t length, int season, int horizon)
{
	lf_range range = {.reach = INFINITY, .horizon = horizon};

	if (length < LEAST_STEPS || length / HORIZONS < horizon || length / SEASONS < season)
		return range;
	range.lowest = range.highest = values[0];
	for (int64_t i = 1; i < length; i++)
		include(&range, values[i]);
	if (lf_range_of_walk(range.lowest, range.highest, values, length) < BOUNDED)
		range.reach = fmax(farthest_out(values, length, horizon), LEAST_REACH) *
					  (range.highest - range.lowest);
	return range;
}

double
lf_range_limit(const lf_range *range, int step, double forecast, double value)
{
	double reach = range->reach;

	if (step >= range->horizon)
		reach *= sqrt((step + 1.0) / range->horizon);
	return fmin(fmax(value, fmin(range->lowest, forecast) - reach),
				fmax(range->highest, forecast) + reach);
}
