/*
 * scaling.c
 *	  From values to network units and back.
 */
#include "scaling.h"

#include <float.h>
#include <math.h>

/*
 * A window's own deviation is at least this part of the series' spread: what
 * follows a flat window in a series that varies stays within reach of the
 * network, and a window twenty times quieter than usual is still stretched to
 * its own size.
 */
#define INSTANCE_FLOOR 0.05

/* In logarithms, how far below a series' smallest value zero lies at least: a hundredth of it. */
#define LEAST_REACH 4.605170185988091

/* Steps of a usual deviation that stand for those that a window begins before its series. */
#define ASSUMED_STEPS 4

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
			break;
		case LF_TRANSFORM_LOG:
			value = exp(value);
			break;
		case LF_TRANSFORM_LOG1P:
			value = expm1(value);
			break;
	}
	return fabs(value) > LF_LARGEST_VALUE ? copysign(LF_LARGEST_VALUE, value) : value;
}

/* What stands for zero in the logarithm of a series. */
static double
logarithm_floor(const lf_scaler *scaler)
{
	return scaler->minimum - fmax(scaler->maximum - scaler->minimum, LEAST_REACH);
}

double
lf_transform_within(lf_transform transform, const lf_scaler *scaler, double value)
{
	switch (transform)
	{
		case LF_TRANSFORM_NONE:
			break;
		case LF_TRANSFORM_LOG:
			/* a level that is lower by far is a level all the same */
			return value < DBL_MIN ? logarithm_floor(scaler) : log(value);
		case LF_TRANSFORM_LOG1P:
			return fmax(lf_transform_apply(transform, value), logarithm_floor(scaler));
	}
	return value;
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
		case LF_NORMALIZE_COUNT:
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
		case LF_NORMALIZE_COUNT:
			level.level = 0;
			level.scale = 1 + fmax(mean, 0);
			break;
	}
	level.scale = fmax(level.scale, DBL_MIN);
	return level;
}
