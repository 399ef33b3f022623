/*
 * range.h
 *	  The range that a series keeps within.
 *
 * A thermostat stands at 20 or at 21.5 degrees, a share between 0 and 100. Errors of earlier
 * forecasts do not know that: a last value at the upper end erred by as much upwards, when it was
 * at the lower one. Intervals of a series that has never left its range by much stay near it.
 */
#ifndef LF_RANGE_H
#define LF_RANGE_H

#include <stdint.h>

/* In the data's units. */
typedef struct lf_range
{
	double lowest;
	double highest;
	double reach; /* how far from it values may come; infinite: the series keeps to no range */
	int horizon;  /* steps ahead of which that is said */
} lf_range;

/*
 * The range of values, which is given, by that of a random walk: in root mean square changes times
 * the root of their number. Of random walks it is 1.6 on average (Feller, "The asymptotic
 * distribution of the range of sums of independent random variables", 1951), of a trend more, and
 * the less the sooner values turn back. Infinite where nothing changes.
 */
extern double lf_range_of_walk(double lowest, double highest, const double *values, int64_t length);

/*
 * The range of a series of finite values. It is one that the series keeps within where it was long
 * enough observed, at least 100 steps, four horizons and two seasons, and is much narrower than a
 * random walk with as large changes would have made it. Its reach is as far as any value of the
 * later half came out of what was known a horizon before, relative to the range then, and a tenth
 * of the range at least. A trend has thus a reach as long as it went in a horizon.
 */
extern lf_range lf_range_find(const double *values, int64_t length, int season, int horizon);

/*
 * A value that may come at this step (from 0), brought to within the reach of the range, and of the
 * forecast where that lies outside: there the series goes elsewhere. Beyond the horizon the reach
 * grows with the square root of the distance. Ascending in the value.
 */
extern double lf_range_limit(const lf_range *range, int step, double forecast, double value);

#endif
