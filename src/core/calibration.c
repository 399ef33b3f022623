/*
 * calibration.c
 *	  Intervals around forecasts, from the errors of forecasts before them.
 */
#include "calibration.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "distribution.h"
#include "scaling.h"

/*
 * A step with fewer residuals of its own than MIN_SIGNED, the least number whose
 * outermost order statistics bound a 95 % interval, says too little about each
 * side: its residuals count with both signs, which is conformal prediction by
 * absolute size. That needs MIN_SIZES, and a step with fewer borrows the
 * residuals of its neighbours, scaled as errors grow with the step.
 */
#define MIN_SIGNED 39
#define MIN_SIZES 19

#define LEAST_PART 0.1 /* of a forecast, which an actual value is taken for at least */

#define SPREAD_CLIP 4.0 /* times the mean: what a change counts as at most, in the next pass */
#define SPREAD_PASSES 4 /* the first one clips nothing */

/*
 * The standard deviation of ascending residuals, for the tail; of a single one,
 * its size. Doubles of floats: no square leaves the range.
 */
static double
tail_deviation(const float *row, int points)
{
	double mean = 0;
	double squares = 0;

	if (points == 1)
		return fabs(row[0]);
	for (int i = 0; i < points; i++)
		mean += row[i];
	mean /= points;
	for (int i = 0; i < points; i++)
		squares += (row[i] - mean) * (row[i] - mean);
	return sqrt(squares / (points - 1));
}

/*
 * The residual of probability p among `points` ascending ones. Between the order
 * statistics of rank p (n + 1) it is linear; past the outermost one it goes on
 * as the tail of a normal distribution with the sample's deviation, joined to
 * the outermost residual at rank 1 or n. Ascending in p.
 */
static double
residual_quantile(const float *row, int points, double p)
{
	double rank = p * (points + 1.0);
	int below;

	if (rank < 1)
		return row[0] + tail_deviation(row, points) *
							(lf_normal_quantile(p) - lf_normal_quantile(1 / (points + 1.0)));
	if (rank >= points)
		return row[points - 1] +
			   tail_deviation(row, points) *
				   (lf_normal_quantile(p) - lf_normal_quantile(points / (points + 1.0)));
	below = (int) rank;
	return row[below - 1] + (rank - below) * ((double) row[below] - row[below - 1]);
}

/* The size of a change in transformed units. */
static double
change_at(const lf_calibration *calibration, const double *values, int64_t step)
{
	return fabs(lf_transform_apply(calibration->transform, values[step]) -
				lf_transform_apply(calibration->transform, values[step - 1]));
}

double
lf_calibration_spread(const lf_calibration *calibration, const double *values, int64_t origin,
					  lf_spread_limits limits)
{
	int64_t first = origin > calibration->spread_steps ? origin - calibration->spread_steps : 1;
	double spread = INFINITY;

	if (calibration->spread_steps == 0)
		return 1;
	for (int pass = 0; pass < SPREAD_PASSES && origin > first; pass++)
	{
		double most = SPREAD_CLIP * spread;
		double sum = 0;

		for (int64_t i = first; i < origin; i++)
			sum += fmin(change_at(calibration, values, i), most);
		spread = sum / (double) (origin - first);
	}
	if (!(origin > first))
		spread = 0;
	return fmax(fmin(spread, limits.most), limits.least);
}

double
lf_calibration_quantile(const lf_calibration *calibration, int step, double forecast, double level,
						double spread, double p)
{
	int row = step < calibration->horizon ? step : calibration->horizon - 1;
	double residual;

	if (calibration->points < 1 || isnan(p))
		return NAN;
	if (p < 1e-12)
		p = 1e-12;
	if (p > 1 - 1e-12)
		p = 1 - 1e-12;
	residual = residual_quantile(calibration->residuals + (size_t) row * calibration->points,
								 calibration->points, p);
	if (step >= calibration->horizon)
		residual *= sqrt((step + 1.0) / calibration->horizon);
	residual *= spread;
	if (calibration->transform == LF_TRANSFORM_LOG)
		return fmin(forecast + fmax(forecast, LF_LEAST_LEVEL * fabs(level)) * expm1(residual),
					LF_LARGEST_VALUE); /* exact where there is no residual */
	return lf_transform_invert(calibration->transform,
							   lf_transform_apply(calibration->transform, forecast) + residual);
}

/* Let values[root] sink to its place in the heap of count values whose root is the largest. */
static void
sink(double *values, int64_t root, int64_t count)
{
	double moved = values[root];
	int64_t child;

	for (; (child = 2 * root + 1) < count; root = child)
	{
		if (child + 1 < count && values[child] < values[child + 1])
			child++;
		if (moved >= values[child])
			break;
		values[root] = values[child];
	}
	values[root] = moved;
}

/* Ascending order in place: a heap sort, as the C library's qsort may allocate. */
static void
sort_ascending(double *values, int64_t count)
{
	for (int64_t root = count / 2 - 1; root >= 0; root--)
		sink(values, root, count);
	for (int64_t end = count - 1; end > 0; end--)
	{
		double largest = values[0];

		values[0] = values[end];
		values[end] = largest;
		sink(values, 0, end);
	}
}

/* The residuals of all steps while the rows are built; arrays in the caller's scratch. */
typedef struct residual_table
{
	int horizon;
	int64_t windows;
	double *values; /* (horizon, windows): the first counts[step] of each row are used */
	double *counts; /* (horizon) */
	double *pool;   /* (2 * MIN_SIZES + 4 * windows): what one step takes from itself and others */
	double growth;  /* the errors' size grows as step^growth */
} residual_table;

/*
 * A residual on the scale of the transform. Of logarithms it is that of one more than the error's
 * part of the forecast, or of the least part of the level: what lf_calibration_quantile undoes. An
 * actual value of zero or less has no logarithm, and counts as a small one.
 */
static double
residual_of(lf_transform transform, double actual, double forecast, double level)
{
	if (transform == LF_TRANSFORM_LOG)
		return log1p(fmax((actual - forecast) / fmax(forecast, LF_LEAST_LEVEL * fabs(level)),
						  LEAST_PART - 1));
	return lf_transform_apply(transform, actual) - lf_transform_apply(transform, forecast);
}

/* Collect the finite residuals of the pairs that count. */
static void
collect_residuals(residual_table *table, lf_transform transform, const lf_calibration_pairs *pairs)
{
	for (int step = 0; step < table->horizon; step++)
	{
		double *row = table->values + (size_t) step * table->windows;
		int64_t count = 0;

		for (int64_t window = 0; window < table->windows; window++)
		{
			size_t pair = (size_t) window * table->horizon + step;
			double residual;

			if (pairs->weight != NULL && pairs->weight[pair] == 0)
				continue;
			residual = residual_of(transform, pairs->actual[pair], pairs->forecast[pair],
								   pairs->levels == NULL ? 0 : pairs->levels[window]);
			if (pairs->spreads != NULL)
				residual /= pairs->spreads[window];
			if (isfinite(residual))
				row[count++] = residual;
		}
		table->counts[step] = (double) count;
	}
}

/*
 * How the errors grow with the step: the slope of log(root mean square) over
 * log(step), by least squares, kept between that of steady errors (0) and that
 * of a random walk (1/2), as few residuals tell little about it.
 */
static double
error_growth(const residual_table *table)
{
	double n = 0, x = 0, y = 0, xx = 0, xy = 0;

	for (int step = 0; step < table->horizon; step++)
	{
		const double *row = table->values + (size_t) step * table->windows;
		double count = table->counts[step];
		double largest = 0;
		double sum = 0;
		double log_step = log(step + 1.0);
		double log_size;

		for (int64_t i = 0; i < count; i++)
			largest = fmax(largest, fabs(row[i]));
		if (!(largest > 0))
			continue;
		for (int64_t i = 0; i < count; i++)
			sum += (row[i] / largest) * (row[i] / largest);
		log_size = log(largest) + 0.5 * log(sum / count);
		n += count;
		x += count * log_step;
		y += count * log_size;
		xx += count * log_step * log_step;
		xy += count * log_step * log_size;
	}
	if (!(n > 0) || xx - x * x / n <= 1e-9 * n)
		return 0;
	return fmin(fmax((xy - x * y / n) / (xx - x * x / n), 0), 0.5);
}

/* Append the residuals of step `from`, brought to the size of step `to`; the new count. */
static int64_t
pool_step(const residual_table *table, int from, int to, int64_t pooled)
{
	const double *row = table->values + (size_t) from * table->windows;
	double ratio = from == to ? 1 : pow((to + 1.0) / (from + 1.0), table->growth);

	for (int64_t i = 0; i < table->counts[from]; i++)
		table->pool[pooled++] = ratio * row[i];
	return pooled;
}

/*
 * Fill the pool for one step and return its size: its own residuals; with fewer
 * than MIN_SIZES those of the nearest steps too; with fewer than MIN_SIGNED own
 * ones, each with both signs. Not sorted.
 */
static int64_t
fill_pool(const residual_table *table, int step)
{
	int64_t pooled = pool_step(table, step, step, 0);
	bool mirror = pooled < MIN_SIGNED;

	for (int distance = 1; pooled < MIN_SIZES && distance < table->horizon; distance++)
	{
		if (step - distance >= 0)
			pooled = pool_step(table, step - distance, step, pooled);
		if (step + distance < table->horizon)
			pooled = pool_step(table, step + distance, step, pooled);
	}
	if (mirror)
	{
		for (int64_t i = 0; i < pooled; i++)
			table->pool[pooled + i] = -table->pool[i];
		pooled *= 2;
	}
	return pooled;
}

/* `points` order statistics of the sorted pool, as evenly spaced in probability as the pool's own.
 */
static void
thin_pool(const double *pool, int64_t pooled, int points, float *row)
{
	for (int j = 0; j < points; j++)
	{
		double rank = (j + 1.0) * ((double) pooled + 1) / (points + 1.0);
		int64_t below = (int64_t) rank;
		double value = pool[below - 1];

		if (below < pooled)
			value += (rank - (double) below) * (pool[below] - value);
		row[j] = (float) fmin(fmax(value, -FLT_MAX), FLT_MAX);
	}
}

int64_t
lf_calibration_scratch(int horizon, int64_t windows)
{
	return (horizon + 4) * windows + horizon + 2 * MIN_SIZES;
}

bool
lf_calibration_build(lf_calibration *calibration, const lf_calibration_pairs *pairs, int max_points,
					 float *residuals, double *scratch)
{
	int horizon = pairs->horizon;
	residual_table table = {.horizon = horizon, .windows = pairs->windows, .values = scratch};
	int64_t fewest = max_points;

	table.counts = table.values + (size_t) horizon * pairs->windows;
	table.pool = table.counts + horizon;
	collect_residuals(&table, calibration->transform, pairs);
	table.growth = error_growth(&table);

	/* Every row gets as many points as the poorest step has. */
	for (int step = 0; step < horizon; step++)
	{
		int64_t pooled = fill_pool(&table, step);

		if (pooled < fewest)
			fewest = pooled;
	}
	calibration->points = (int) fewest;
	if (fewest < 1)
		return false;
	calibration->horizon = horizon;
	calibration->residuals = residuals;
	for (int step = 0; step < horizon; step++)
	{
		int64_t pooled = fill_pool(&table, step);

		sort_ascending(table.pool, pooled);
		thin_pool(table.pool, pooled, (int) fewest, residuals + (size_t) step * fewest);
	}
	return true;
}
