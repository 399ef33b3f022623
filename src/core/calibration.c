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
#include "sort.h"

/*
 * A step with fewer residuals of its own than MIN_SIGNED, the least number whose
 * outermost order statistics bound a 95 % interval, says too little about each
 * side: its residuals count with both signs, which is conformal prediction by
 * absolute size. That needs MIN_SIZES, and a step with fewer borrows the
 * residuals of its neighbours, scaled as errors grow with the step.
 */
#define MIN_SIGNED 39
#define MIN_SIZES 19

/* Spreads: how much of the mean one change may count for, and how far from the usual they go. */
#define MOST_MEANS 5
#define CLIP_ROUNDS 8 /* in which the mean of clipped sizes settles, at most */
#define SIZES_AT_ONCE 256
#define QUIETEST_PART 0.1
#define LOUDEST_PART 4.0

/* What relative errors are relative to is at least this part of the usual level. */
#define LEAST_LEVEL_PART 0.1
#define LEVEL_STEPS 60 /* that tell it where no spread is measured */

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

/* The latest values of a series, whose sizes or changes are looked at. */
typedef struct latest_steps
{
	const double *values;
	int64_t first;
	int64_t end;
	int64_t lag; /* steps that a change goes over */
	lf_transform transform;
} latest_steps;

/* The size of a value, or of the change to it. */
typedef double (*step_size)(const latest_steps *steps, int64_t i);

static double
change_size(const latest_steps *steps, int64_t i)
{
	return fabs(lf_transform_apply(steps->transform, steps->values[i]) -
				lf_transform_apply(steps->transform, steps->values[i - steps->lag]));
}

static double
value_size(const latest_steps *steps, int64_t i)
{
	return fabs(steps->values[i]);
}

/* Sizes are looked at several times: a portion of them, kept where it is all of them. */
typedef struct size_portion
{
	int64_t first; /* -1: none yet */
	double sizes[SIZES_AT_ONCE];
} size_portion;

/* The portion that begins with a step; returns its end. */
static int64_t
take_portion(size_portion *portion, const latest_steps *steps, step_size size, int64_t first)
{
	int64_t end = steps->end - first < SIZES_AT_ONCE ? steps->end : first + SIZES_AT_ONCE;

	if (portion->first == first)
		return end;
	for (int64_t i = first; i < end; i++)
		portion->sizes[i - first] = size(steps, i);
	portion->first = first;
	return end;
}

/*
 * What sizes are cut at: MOST_MEANS times the mean of those that are not 0, which are themselves
 * cut there, so that one of them cannot raise its own limit. 0 where all are 0.
 */
static double
clipping_limit(const latest_steps *steps, step_size size, size_portion *portion)
{
	double limit = LF_LARGEST_VALUE;

	for (int round = 0; round <= CLIP_ROUNDS; round++)
	{
		const double before = limit;
		double mean = 0;
		int64_t count = 0;

		for (int64_t first = steps->first, end; first < steps->end; first = end)
		{
			end = take_portion(portion, steps, size, first);
			for (int64_t i = 0; i < end - first; i++)
				if (portion->sizes[i] > 0)
					mean += (fmin(portion->sizes[i], limit) - mean) / (double) ++count;
		}
		limit = fmin(MOST_MEANS * mean, LF_LARGEST_VALUE);
		if (limit == before)
			break;
	}
	return limit;
}

/* The root mean square of sizes that are cut at a limit, by which they are divided: no square
 * leaves the range of a double. */
static double
clipped_deviation(const latest_steps *steps, step_size size)
{
	size_portion portion = {.first = -1};
	double limit = clipping_limit(steps, size, &portion);
	double squares = 0;

	if (!(limit > 0))
		return 0;
	for (int64_t first = steps->first, end; first < steps->end; first = end)
	{
		end = take_portion(&portion, steps, size, first);
		for (int64_t i = 0; i < end - first; i++)
		{
			double part = fmin(portion.sizes[i] / limit, 1);

			squares += part * part;
		}
	}
	return limit * sqrt(squares / (double) (steps->end - steps->first));
}

/* The latest `count` steps before an origin to which there is a change. */
static latest_steps
latest_of(const lf_calibration *calibration, const double *values, int64_t origin, int64_t count)
{
	bool seasonal = calibration->spread_lag > 1 && origin / 2 >= calibration->spread_lag;
	int64_t lag = seasonal ? calibration->spread_lag : 1;
	int64_t first = origin - count > lag ? origin - count : lag;

	return (latest_steps){.values = values,
						  .first = first,
						  .end = origin,
						  .lag = lag,
						  .transform = calibration->transform};
}

double
lf_calibration_spread(const lf_calibration *calibration, const double *values, int64_t length)
{
	latest_steps steps = latest_of(calibration, values, length, calibration->spread_steps);

	return steps.end > steps.first ? clipped_deviation(&steps, change_size) : 0;
}

lf_calibration_unit
lf_calibration_unit_at(const lf_calibration *calibration, const double *values, int64_t origin,
					   double usual)
{
	lf_calibration_unit unit = {.spread = 1};

	if (calibration->transform == LF_TRANSFORM_LOG && origin > 0)
	{
		int64_t count = calibration->spread_steps > 0 ? calibration->spread_steps : LEVEL_STEPS;
		latest_steps steps = latest_of(calibration, values, origin, count);

		if (steps.first == steps.end)
			steps.first--;
		unit.level = LEAST_LEVEL_PART * clipped_deviation(&steps, value_size);
	}
	if (calibration->spread_steps == 0)
		return unit;
	unit.spread = lf_calibration_spread(calibration, values, origin);
	if (usual > 0)
		unit.spread = fmin(fmax(unit.spread, fmax(QUIETEST_PART * usual, DBL_MIN)),
						   fmax(LOUDEST_PART * usual, DBL_MIN));
	else if (!(unit.spread > 0))
		unit.spread = 1;
	return unit;
}

/* What errors of a forecast are relative to, where they are. */
static double
relative_to(const lf_calibration_unit *unit, double forecast)
{
	return fmax(fmax(forecast, unit->level), DBL_MIN);
}

/* The residual of an observation, in the units of the scale. */
static double
residual_of(lf_transform transform, const lf_calibration_unit *unit, double actual, double forecast)
{
	if (transform == LF_TRANSFORM_LOG)
		return (actual - forecast) / relative_to(unit, forecast);
	return lf_transform_apply(transform, actual) - lf_transform_apply(transform, forecast);
}

/* The observation that has this residual. Where errors are relative, nothing lies below zero. */
static double
observation_of(lf_transform transform, const lf_calibration_unit *unit, double forecast,
			   double residual)
{
	double value;

	if (transform != LF_TRANSFORM_LOG)
		return lf_transform_invert(transform, lf_transform_apply(transform, forecast) + residual);
	value = fmin(forecast + relative_to(unit, forecast) * residual, LF_LARGEST_VALUE);
	return fmax(value, fmin(forecast, 0));
}

double
lf_calibration_quantile(const lf_calibration *calibration, int step, double forecast,
						const lf_calibration_unit *unit, double p)
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
	return observation_of(calibration->transform, unit, forecast, residual * unit->spread);
}

/* The residuals of all steps while the rows are built; arrays in the caller's scratch. */
typedef struct residual_table
{
	int horizon;
	int64_t windows;
	double *values; /* (horizon, windows): the first counts[step] of each row are used */
	double *counts; /* (horizon) */
	double *alike;  /* (horizon): so many residuals tell as much as one independent of the others */
	double *alike_sizes; /* (horizon): the same of their sizes */
	double *pool;  /* (2 * MIN_SIZES + 4 * windows): what one step takes from itself and others */
	double growth; /* the errors' size grows as step^growth */
} residual_table;

/*
 * The residual of a pair in spreads of its window, which is written to *unit; NaN where the pair
 * does not count.
 */
static double
pair_residual(lf_transform transform, const lf_calibration_pairs *pairs, int64_t window, int step,
			  lf_calibration_unit *unit)
{
	size_t pair = (size_t) window * pairs->horizon + step;
	double residual;

	*unit = pairs->units != NULL ? pairs->units[window] : (lf_calibration_unit){.spread = 1};
	if (pairs->weight != NULL && pairs->weight[pair] == 0)
		return NAN;
	residual =
		residual_of(transform, unit, pairs->actual[pair], pairs->forecast[pair]) / unit->spread;
	return isfinite(residual) ? residual : NAN;
}

/*
 * Make of residuals of one step, NaN where there is none, their distances from the mean, 0 where
 * there is none, at most 1 in size. False where all are 0.
 */
static bool
center(double *values, int64_t count)
{
	double mean = 0;
	double largest = 0;
	double known = 0;

	for (int64_t i = 0; i < count; i++)
		if (!isnan(values[i]))
			mean += (values[i] - mean) / ++known;
	for (int64_t i = 0; i < count; i++)
	{
		values[i] = isnan(values[i]) ? 0 : values[i] - mean;
		largest = fmax(largest, fabs(values[i]));
	}
	if (!(largest > 0 && isfinite(largest)))
		return false;
	for (int64_t i = 0; i < count; i++)
		values[i] /= largest;
	return true;
}

/*
 * How many of the residuals of one step tell as much as one that is independent of all others: the
 * integrated autocorrelation time over windows that both reach that step before the later one
 * begins to be forecast, up to the first that is not positive. Destroys the values.
 */
static double
autocorrelation_time(double *values, const lf_window *places, int64_t windows, int step)
{
	double squares = 0;
	double time = 1;

	if (places == NULL || !center(values, windows))
		return 1;
	for (int64_t i = 0; i < windows; i++)
		squares += values[i] * values[i];
	for (int64_t lag = 1; lag < windows; lag++)
	{
		double products = 0;

		for (int64_t i = lag; i < windows; i++)
			if (places[i].series == places[i - lag].series &&
				places[i].origin - places[i - lag].origin <= step)
				products += values[i] * values[i - lag];
		if (!(products > 0))
			break;
		time += 2 * products / squares;
	}
	return time;
}

/* Collect the residuals of the pairs that count, and how far they tell the same. */
static void
collect_residuals(residual_table *table, lf_transform transform, const lf_calibration_pairs *pairs)
{
	double *signs = table->pool;
	double *sizes = table->pool + table->windows;

	for (int step = 0; step < table->horizon; step++)
	{
		double *row = table->values + (size_t) step * table->windows;
		int64_t count = 0;

		for (int64_t window = 0; window < table->windows; window++)
		{
			lf_calibration_unit unit;
			double residual = pair_residual(transform, pairs, window, step, &unit);

			signs[window] = residual;
			sizes[window] = fabs(residual);
			if (!isnan(residual))
				row[count++] = residual;
		}
		table->counts[step] = (double) count;
		table->alike[step] = autocorrelation_time(signs, pairs->places, table->windows, step);
		table->alike_sizes[step] = autocorrelation_time(sizes, pairs->places, table->windows, step);
	}
}

double
lf_calibration_misfit(const lf_calibration *calibration, const lf_calibration_pairs *pairs)
{
	bool relative = calibration->transform == LF_TRANSFORM_LOG;
	double size = 0;  /* the mean residual's */
	double width = 0; /* the mean logarithm of what residuals are measured in */
	double count = 0;

	for (int64_t window = 0; window < pairs->windows; window++)
		for (int step = 0; step < pairs->horizon; step++)
		{
			double forecast = pairs->forecast[(size_t) window * pairs->horizon + step];
			lf_calibration_unit unit;
			double residual = pair_residual(calibration->transform, pairs, window, step, &unit);

			if (isnan(residual))
				continue;
			count++;
			size += (fabs(residual) - size) / count;
			width +=
				(log(unit.spread * (relative ? relative_to(&unit, forecast) : 1)) - width) / count;
		}
	return size > 0 ? log(size) + width : INFINITY;
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

/* Does a step say too little about each side of its forecasts? */
static bool
is_mirrored(const residual_table *table, int step)
{
	return table->counts[step] < MIN_SIGNED * table->alike[step];
}

/*
 * Fill the pool for one step and return its size: its own residuals; with fewer
 * than MIN_SIZES those of the nearest steps too; with fewer than MIN_SIGNED own
 * ones that tell something new, each with both signs. Not sorted.
 */
static int64_t
fill_pool(const residual_table *table, int step)
{
	int64_t pooled = pool_step(table, step, step, 0);

	for (int distance = 1; pooled < MIN_SIZES && distance < table->horizon; distance++)
	{
		if (step - distance >= 0)
			pooled = pool_step(table, step - distance, step, pooled);
		if (step + distance < table->horizon)
			pooled = pool_step(table, step + distance, step, pooled);
	}
	if (is_mirrored(table, step))
	{
		for (int64_t i = 0; i < pooled; i++)
			table->pool[pooled + i] = -table->pool[i];
		pooled *= 2;
	}
	return pooled;
}

/* The standard deviation of a pool of two or more, taken for floats, so that no square leaves the
 * range. */
static double
pool_deviation(const double *pool, int64_t pooled)
{
	double mean = 0;
	double squares = 0;

	for (int64_t i = 0; i < pooled; i++)
	{
		double value = fmin(fmax(pool[i], -FLT_MAX), FLT_MAX);
		double change = value - mean;

		mean += change / (double) (i + 1);
		squares += change * (value - mean);
	}
	return sqrt(squares / (double) (pooled - 1));
}

/*
 * `points` order statistics of the sorted pool, evenly spaced in the probability that an
 * observation stays below them. Where each residual tells something new (alike is 1) that is rank /
 * (pooled + 1). Of n independent ones among them, the order statistic that stands for probability u
 * of the pool, at rank u * pooled + 1/2, is as that of n residuals at rank u n + 1/2.
 */
static void
thin_pool(const double *pool, int64_t pooled, double alike, int points, float *row)
{
	double deviation = pool_deviation(pool, pooled);
	double outermost = (1 + alike) / 2 / ((double) pooled + alike); /* probability of rank 1 */

	for (int j = 0; j < points; j++)
	{
		double p = (j + 1.0) / (points + 1.0);
		double rank = (j + 1.0) * ((double) pooled + alike) / (points + 1.0) + (1 - alike) / 2;
		int64_t below = (int64_t) fmin(fmax(rank, 1), (double) pooled);
		double value = pool[below - 1];

		if (rank < 1)
			value += deviation * (lf_normal_quantile(p) - lf_normal_quantile(outermost));
		else if (rank > (double) pooled)
			value += deviation * (lf_normal_quantile(p) - lf_normal_quantile(1 - outermost));
		else if (below < pooled)
			value += (rank - (double) below) * (pool[below] - value);
		row[j] = (float) fmin(fmax(value, -FLT_MAX), FLT_MAX);
	}
}

int64_t
lf_calibration_scratch(int horizon, int64_t windows)
{
	return (horizon + 4) * windows + 3 * horizon + 2 * MIN_SIZES;
}

bool
lf_calibration_build(lf_calibration *calibration, const lf_calibration_pairs *pairs, int max_points,
					 float *residuals, double *scratch)
{
	int horizon = pairs->horizon;
	residual_table table = {.horizon = horizon, .windows = pairs->windows, .values = scratch};
	int64_t fewest = max_points;

	table.counts = table.values + (size_t) horizon * pairs->windows;
	table.alike = table.counts + horizon;
	table.alike_sizes = table.alike + horizon;
	table.pool = table.alike_sizes + horizon;
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
		bool mirrored = is_mirrored(&table, step);

		lf_sort_ascending(table.pool, pooled);
		thin_pool(table.pool, pooled, mirrored ? table.alike_sizes[step] : table.alike[step],
				  (int) fewest, residuals + (size_t) step * fewest);
	}
	return true;
}
