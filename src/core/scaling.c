/*
 * scaling.c
 *	  From values to network units and back.
 *
 * Sums run over differences that were divided by the largest of them, so that
 * neither the squares of 1e30 nor those of 1e-30 leave the range of a double.
 */
#include "scaling.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "random.h"

/* Windows, and steps of one window, that the spread looks at: a bound on the work for long series.
 */
#define SPREAD_WINDOWS 256
#define FITTED_STEPS                                                                               \
	1000000 /* the latest ones: more tell nothing new, and would delay a cancel                    \
			 */
#define SPREAD_STEPS 512

/*
 * The spread is at least this part of the deviation. Where nearly all sampled
 * windows are flat (a single spike in zeros), what varies elsewhere must not
 * become astronomic; a slow trend over a long series stays above it.
 */
#define SPREAD_FLOOR 1e-5

/*
 * A window's own deviation is at least this part of the series' spread: what
 * follows a flat window in a series that varies stays within reach of the
 * network, and a window twenty times quieter than usual is still stretched to
 * its own size.
 */
#define INSTANCE_FLOOR 0.05

/* Steps of a usual deviation that stand for those that a window begins before its series. */
#define ASSUMED_STEPS 4

/* The arguments beyond which exp and expm1 overflow, rounded down. */
#define LARGEST_EXPONENT 709.0

double
lf_transform_apply(lf_transform transform, double value)
{
	switch (transform)
	{
		case LF_TRANSFORM_NONE:
			break;
		case LF_TRANSFORM_LOG:
			return log(value < DBL_MIN ? DBL_MIN : value);
		case LF_TRANSFORM_LOG1P:
			return log1p(value < -1.0 + DBL_EPSILON ? -1.0 + DBL_EPSILON : value);
	}
	return value;
}

double
lf_transform_invert(lf_transform transform, double value)
{
	switch (transform)
	{
		case LF_TRANSFORM_NONE:
			if (fabs(value) > DBL_MAX)
				return copysign(DBL_MAX, value);
			break;
		case LF_TRANSFORM_LOG:
			return exp(value > LARGEST_EXPONENT ? LARGEST_EXPONENT : value);
		case LF_TRANSFORM_LOG1P:
			return expm1(value > LARGEST_EXPONENT ? LARGEST_EXPONENT : value);
	}
	return value;
}

static bool
is_observed(const lf_series *series, int64_t step)
{
	return series->observed == NULL || series->observed[step];
}

/* The mean of count values; a running one, whose sum cannot overflow. */
static double
mean_of(const double *values, int64_t count)
{
	double mean = 0;

	for (int64_t i = 0; i < count; i++)
		mean += (values[i] - mean) / (double) (i + 1);
	return mean;
}

/* The root mean square of count values around level. */
static double
deviation_around(const double *values, int64_t count, double level)
{
	double largest = 0;
	double sum = 0;

	for (int64_t i = 0; i < count; i++)
		largest = fmax(largest, fabs(values[i] - level));
	if (!(largest > 0))
		return 0;
	for (int64_t i = 0; i < count; i++)
	{
		double ratio = (values[i] - level) / largest;

		sum += ratio * ratio;
	}
	return largest * sqrt(sum / (double) count);
}

/* The level of the window that ends before origin, as lf_scaling_level takes it; instance: its
 * mean. */
static double
level_before(const lf_scaling_config *config, const lf_series *series, int64_t origin, int lookback)
{
	int64_t steps = lookback;
	double mean = 0;

	if (config->normalization == LF_NORMALIZE_LAST)
		steps = 1;
	else if ((config->normalization == LF_NORMALIZE_MEAN ||
			  config->normalization == LF_NORMALIZE_SEASON) &&
			 config->season < lookback)
		steps = config->season;
	if (steps > origin)
		steps = origin;
	for (int64_t i = 0; i < steps; i++)
	{
		double value = lf_transform_apply(config->transform, series->values[origin - 1 - i]);

		mean += (value - mean) / (double) (i + 1);
	}
	return mean;
}

/*
 * Mean square, in units of `unit`, of one window's steps and half as many that
 * follow around the window's level. Of a long window a stratified sample is
 * taken, whose jitter keeps it off any season.
 */
static double
window_square(const lf_scaling_config *config, const lf_series *series, int64_t length,
			  int64_t origin, int lookback, double unit, lf_random *random, int64_t *counted)
{
	double level = level_before(config, series, origin, lookback);
	int64_t begin = origin > lookback ? origin - lookback : 0;
	int64_t end = origin + (lookback + 1) / 2 < length ? origin + (lookback + 1) / 2 : length;
	int64_t steps = end - begin < SPREAD_STEPS ? end - begin : SPREAD_STEPS;
	double sum = 0;

	for (int64_t k = 0; k < steps; k++)
	{
		int64_t step = begin + k;
		double ratio;

		if (end - begin > SPREAD_STEPS)
			step = begin + (int64_t) ((double) (end - begin) / SPREAD_STEPS *
									  ((double) k + lf_random_uniform(random)));
		if (!is_observed(series, step))
			continue;
		ratio = (lf_transform_apply(config->transform, series->values[step]) - level) / unit;
		sum += ratio * ratio;
		(*counted)++;
	}
	return sum;
}

/* The root mean square over evenly spaced windows of the first length steps, in transformed units.
 */
static double
spread_of(const lf_scaling_config *config, const lf_series *series, int64_t length, int lookback,
		  double unit)
{
	lf_random random = lf_random_seed(0, 0);
	int64_t first = lookback < length / 2 ? lookback : length / 2;
	int64_t windows;
	int64_t counted = 0;
	double sum = 0;

	if (first < 1)
		first = 1;
	windows = length - first < SPREAD_WINDOWS ? length - first : SPREAD_WINDOWS;
	for (int64_t i = 0; i < windows; i++)
	{
		/* From the first origin to the last that one step follows; quotients, as products overflow.
		 */
		int64_t gaps = windows > 1 ? windows - 1 : 1;
		int64_t range = length - 1 - first;
		int64_t origin = first + range / gaps * i + range % gaps * i / gaps;

		sum += window_square(config, series, length, origin, lookback, unit, &random, &counted);
	}
	return counted > 0 ? unit * sqrt(sum / (double) counted) : 0;
}

/*
 * The scale of what never varies: 1, or the constant's own size where that is
 * smaller, lest a network's small error drown a series of 1e-30.
 */
static double
constant_scale(double value)
{
	double size = fabs(value);

	return size < 1 && size >= DBL_MIN ? size : 1;
}

/* The first of the steps before length that count. */
static int64_t
first_fitted(int64_t length)
{
	return length > FITTED_STEPS ? length - FITTED_STEPS : 0;
}

/* Minimum and maximum of the observed steps before length, 0 without any; half their distance. */
static double
fit_range(lf_scaler *scaler, const lf_scaling_config *config, const lf_series *series,
		  int64_t length)
{
	double lowest = INFINITY;
	double highest = -INFINITY;

	for (int64_t i = first_fitted(length); i < length; i++)
		if (is_observed(series, i))
		{
			lowest = fmin(lowest, series->values[i]);
			highest = fmax(highest, series->values[i]);
		}
	if (!(lowest <= highest))
		lowest = highest = 0;

	/* The transforms are monotone. */
	scaler->minimum = lf_transform_apply(config->transform, lowest);
	scaler->maximum = lf_transform_apply(config->transform, highest);
	return scaler->maximum / 2 - scaler->minimum / 2; /* the whole may overflow */
}

void
lf_scaler_fit(lf_scaler *scaler, const lf_scaling_config *config, const lf_series *series,
			  int64_t length, int lookback)
{
	double half;
	double mean = 0;
	double squares = 0;
	int64_t counted = 0;

	if (length > series->length)
		length = series->length;
	half = fit_range(scaler, config, series, length);
	if (!(half > 0) && length < series->length)
	{
		length = series->length;
		half = fit_range(scaler, config, series, length);
	}
	if (!(half > 0))
	{
		scaler->mean = scaler->minimum;
		scaler->deviation = scaler->spread = constant_scale(scaler->minimum);
		return;
	}

	/* Welford's recurrence on the values laid into [0, 1]. */
	for (int64_t i = first_fitted(length); i < length; i++)
	{
		double value;
		double before;

		if (!is_observed(series, i))
			continue;
		value = lf_transform_apply(config->transform, series->values[i]);
		value = (value / 2 - scaler->minimum / 2) / half;
		before = value - mean;
		mean += before / (double) ++counted;
		squares += before * (value - mean);
	}
	scaler->mean = scaler->minimum + half * mean + half * mean;
	scaler->deviation = fmax(half * (2 * sqrt(squares / (double) counted)), DBL_MIN);
	scaler->spread = fmax(spread_of(config, series, length, lookback, scaler->deviation), DBL_MIN);
	if (scaler->spread < SPREAD_FLOOR * scaler->deviation)
		scaler->spread = scaler->deviation;
}

/*
 * The scale of LF_NORMALIZE_INSTANCE and _SEASON from the real steps of a window of which
 * `missing` are not.
 */
static double
instance_scale(const lf_scaler *scaler, const double *values, int real, int missing, double level)
{
	int assumed = missing < ASSUMED_STEPS ? missing : ASSUMED_STEPS;
	double floor =
		scaler->maximum > scaler->minimum ? scaler->spread * INSTANCE_FLOOR : scaler->spread;
	double deviation = deviation_around(values, real, level);

	if (assumed > 0)
		deviation = hypot(deviation * sqrt((double) real / (real + assumed)),
						  scaler->spread * sqrt((double) assumed / (real + assumed)));
	return fmax(deviation, floor);
}

int
lf_scaling_level_steps(const lf_scaling_config *config, int real)
{
	switch (config->normalization)
	{
		case LF_NORMALIZE_LAST:
			return real > 0 ? 1 : 0;
		case LF_NORMALIZE_MEAN:
		case LF_NORMALIZE_SEASON:
			return config->season < real ? config->season : real;
		case LF_NORMALIZE_INSTANCE:
			return real;
		case LF_NORMALIZE_STANDARD:
		case LF_NORMALIZE_MINMAX:
		case LF_NORMALIZE_NONE:
			break;
	}
	return 0;
}

lf_level
lf_scaling_level(const lf_scaling_config *config, const lf_scaler *scaler, const double *window,
				 int lookback, int real)
{
	const double *values = window + lookback - real;
	int steps = lf_scaling_level_steps(config, real);
	double mean = steps > 0 ? mean_of(window + lookback - steps, steps) : scaler->mean;
	lf_level level = {.level = mean, .scale = 1};

	switch (config->normalization)
	{
		case LF_NORMALIZE_LAST:
		case LF_NORMALIZE_MEAN:
			level.scale = scaler->spread;
			break;
		case LF_NORMALIZE_INSTANCE:
			level.scale = instance_scale(scaler, values, real, lookback - real, mean);
			break;
		case LF_NORMALIZE_SEASON:
			level.scale = instance_scale(scaler, values, real, lookback - real,
										 real > 0 ? mean_of(values, real) : scaler->mean);
			break;
		case LF_NORMALIZE_STANDARD:
			level.scale = scaler->deviation;
			break;
		case LF_NORMALIZE_MINMAX:
			level.level = scaler->minimum;
			level.scale = scaler->maximum > scaler->minimum
							  ? fmin(scaler->maximum - scaler->minimum, DBL_MAX)
							  : scaler->deviation;
			break;
		case LF_NORMALIZE_NONE:
			level.level = 0;
			break;
	}
	level.scale = fmax(level.scale, DBL_MIN);
	return level;
}
