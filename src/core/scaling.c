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
#include <string.h>

#include "random.h"

/* Windows, and steps of one window, that the spread looks at: a bound on the work for long series.
 */
#define SPREAD_WINDOWS 256
#define SPREAD_GROUP 8 /* windows whose sums run side by side, as each waits for its last term */
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

/* Steps of a series that are transformed once for all its windows. */
#define KEPT_STEPS 131072

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

/* A series as the statistics read it. */
typedef struct Steps
{
	const double *values;
	lf_transform transform; /* that is left to do */
	const uint8_t *observed;
	const double *jitter; /* (SPREAD_WINDOWS, SPREAD_STEPS), or NULL: to be drawn */
} Steps;

static inline double
step_value(const Steps *steps, int64_t step)
{
	if (steps->transform == LF_TRANSFORM_NONE)
		return steps->values[step];
	return lf_transform_apply(steps->transform, steps->values[step]);
}

/* count values, each `places` steps after begin; the question of the transform is asked but once.
 */
static inline void
gather(const Steps *steps, int64_t begin, const int64_t *places, int count, double *values)
{
	if (steps->transform == LF_TRANSFORM_NONE)
		for (int i = 0; i < count; i++)
			values[i] = steps->values[begin + places[i]];
	else
		for (int i = 0; i < count; i++)
			values[i] = lf_transform_apply(steps->transform, steps->values[begin + places[i]]);
}

static inline bool
is_observed(const Steps *steps, int64_t step)
{
	return steps->observed == NULL || steps->observed[step];
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

/* A window that the spread looks at, and half as many steps after it. */
typedef struct SpreadWindow
{
	int64_t origin;
	int64_t begin;
	int64_t span;  /* steps from begin on */
	int64_t terms; /* of them that are looked at */
	int64_t level_steps;
	double level;
} SpreadWindow;

static SpreadWindow
spread_window(const lf_scaling_config *config, int64_t length, int64_t origin, int lookback)
{
	int64_t begin = origin > lookback ? origin - lookback : 0;
	int64_t end = origin + (lookback + 1) / 2 < length ? origin + (lookback + 1) / 2 : length;
	int real = (int) (origin - begin);
	int level_steps = lf_scaling_level_steps(config, real);

	/* where the level is the series' own, the window's deviation is asked for */
	return (SpreadWindow){.origin = origin,
						  .begin = begin,
						  .span = end - begin,
						  .terms = end - begin < SPREAD_STEPS ? end - begin : SPREAD_STEPS,
						  .level_steps = level_steps > 0 ? level_steps : real};
}

/*
 * The levels of windows, as lf_scaling_level takes them (instance: the mean): running means
 * of the steps before their origins, the last one first.
 */
static void
find_levels(const Steps *steps, SpreadWindow *windows)
{
	double means[SPREAD_GROUP] = {0};
	int64_t common = windows[0].level_steps;
	int64_t last[SPREAD_GROUP];

	for (int w = 0; w < SPREAD_GROUP; w++)
	{
		common = windows[w].level_steps < common ? windows[w].level_steps : common;
		last[w] = windows[w].origin - 1;
	}
	for (int64_t i = 0; i < common; i++)
	{
		double count = (double) (i + 1);
		double values[SPREAD_GROUP];

		gather(steps, -i, last, SPREAD_GROUP, values);
		for (int w = 0; w < SPREAD_GROUP; w++)
			means[w] += (values[w] - means[w]) / count;
	}
	for (int w = 0; w < SPREAD_GROUP; w++)
	{
		for (int64_t i = common; i < windows[w].level_steps; i++)
			means[w] +=
				(step_value(steps, windows[w].origin - 1 - i) - means[w]) / (double) (i + 1);
		windows[w].level = means[w];
	}
}

/*
 * The squares of a window's steps around its level, in units of `unit`; 0 for those that were
 * not observed. Of a long window a stratified sample is taken, whose
 * jitter keeps it off any season. Returns how many were observed. Loops are apart so that
 * divisions are done side by side.
 */
static int64_t
window_squares(const Steps *steps, const SpreadWindow *window, double unit, const double *jitter,
			   double *squares)
{
	double stratum = (double) window->span / SPREAD_STEPS;
	int64_t place[SPREAD_STEPS];
	int terms = (int) window->terms;
	int64_t counted = terms;

	for (int k = 0; k < terms; k++)
		place[k] = jitter == NULL ? k : (int64_t) (stratum * ((double) k + jitter[k]));
	gather(steps, window->begin, place, terms, squares);
	for (int k = 0; k < terms; k++)
	{
		double ratio = (squares[k] - window->level) / unit;

		squares[k] = ratio * ratio;
	}
	for (int k = 0; steps->observed != NULL && k < terms; k++)
		if (!steps->observed[window->begin + place[k]])
		{
			squares[k] = 0;
			counted--;
		}
	return counted;
}

/* The random numbers of the next long window. */
static const double *
next_jitter(const Steps *steps, int64_t number, lf_random *random, double *drawn)
{
	if (steps->jitter != NULL)
		return steps->jitter + number * SPREAD_STEPS;
	for (int k = 0; k < SPREAD_STEPS; k++)
		drawn[k] = lf_random_uniform(random);
	return drawn;
}

/* The squares of a group of windows, summed each by itself. Returns how many steps they are of. */
static int64_t
sum_squares(const Steps *steps, const SpreadWindow *windows, int count, double unit,
			int64_t *jittered, lf_random *random, double *sums)
{
	double squares[SPREAD_GROUP][SPREAD_STEPS];
	double drawn[SPREAD_STEPS];
	int64_t counted = 0;
	int64_t most = 0;

	for (int w = 0; w < count; w++)
		most = windows[w].terms > most ? windows[w].terms : most;
	for (int w = 0; w < SPREAD_GROUP; w++)
	{
		const double *jitter = NULL;
		int64_t terms = w < count ? windows[w].terms : 0;

		if (w < count && windows[w].span > SPREAD_STEPS)
			jitter = next_jitter(steps, (*jittered)++, random, drawn);
		if (w < count)
			counted += window_squares(steps, &windows[w], unit, jitter, squares[w]);
		memset(squares[w] + terms, 0, sizeof(double) * (size_t) (most - terms));
	}
	for (int w = 0; w < SPREAD_GROUP; w++)
		sums[w] = 0;
	for (int64_t k = 0; k < most; k++)
		for (int w = 0; w < SPREAD_GROUP; w++)
			sums[w] += squares[w][k];
	return counted;
}

/* The root mean square over evenly spaced windows of the first length steps, in transformed units.
 */
static double
spread_of(const lf_scaling_config *config, const Steps *steps, int64_t length, int lookback,
		  double unit)
{
	lf_random random = lf_random_seed(0, 0);
	int64_t first = lookback < length / 2 ? lookback : length / 2;
	int64_t windows;
	int64_t counted = 0;
	int64_t jittered = 0;
	double sum = 0;

	if (first < 1)
		first = 1;
	windows = length - first < SPREAD_WINDOWS ? length - first : SPREAD_WINDOWS;
	for (int64_t i = 0; i < windows; i += SPREAD_GROUP)
	{
		int count = windows - i < SPREAD_GROUP ? (int) (windows - i) : SPREAD_GROUP;
		SpreadWindow group[SPREAD_GROUP];
		double sums[SPREAD_GROUP];

		/* a group that is not full is filled by its last window, which is not counted */
		for (int w = 0; w < SPREAD_GROUP; w++)
		{
			int64_t number = i + (w < count ? w : count - 1);
			/* from the first to the last that one step follows */
			int64_t origin = first + lf_evenly_spaced(length - 1 - first, windows, number);

			group[w] = spread_window(config, length, origin, lookback);
		}
		find_levels(steps, group);
		counted += sum_squares(steps, group, count, unit, &jittered, &random, sums);
		for (int w = 0; w < count; w++)
			sum += sums[w];
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
		if (series->observed == NULL || series->observed[i])
		{
			double value = series->values[i];

			lowest = value < lowest ? value : lowest;
			highest = value > highest ? value : highest;
		}
	if (!(lowest <= highest))
		lowest = highest = 0;

	/* The transforms are monotone. */
	scaler->minimum = lf_transform_apply(config->transform, lowest);
	scaler->maximum = lf_transform_apply(config->transform, highest);
	return scaler->maximum / 2 - scaler->minimum / 2; /* the whole may overflow */
}

/* Welford's recurrence on the values laid into [0, 1]. */
static void
fit_moments(lf_scaler *scaler, const Steps *steps, int64_t length, double half)
{
	double mean = 0;
	double squares = 0;
	int64_t counted = 0;

	for (int64_t i = first_fitted(length); i < length; i++)
	{
		double value;
		double before;

		if (!is_observed(steps, i))
			continue;
		value = (step_value(steps, i) / 2 - scaler->minimum / 2) / half;
		before = value - mean;
		mean += before / (double) ++counted;
		squares += before * (value - mean);
	}
	scaler->mean = scaler->minimum + half * mean + half * mean;
	scaler->deviation = fmax(half * (2 * sqrt(squares / (double) counted)), DBL_MIN);
}

/* The steps before length, transformed where scratch has room for them. */
static Steps
read_steps(double *scratch, lf_transform transform, const lf_series *series, int64_t length)
{
	Steps steps = {.values = series->values, .transform = transform, .observed = series->observed};

	if (scratch == NULL)
		return steps;
	steps.jitter = scratch + KEPT_STEPS;
	if (transform == LF_TRANSFORM_NONE || length > KEPT_STEPS)
		return steps;
	for (int64_t i = 0; i < length; i++)
		scratch[i] = lf_transform_apply(transform, series->values[i]);
	steps.values = scratch;
	steps.transform = LF_TRANSFORM_NONE;
	return steps;
}

size_t
lf_scaler_scratch_count(void)
{
	return KEPT_STEPS + (size_t) SPREAD_WINDOWS * SPREAD_STEPS;
}

void
lf_scaler_scratch_fill(double *scratch)
{
	lf_random random = lf_random_seed(0, 0);

	for (int i = 0; i < SPREAD_WINDOWS * SPREAD_STEPS; i++)
		scratch[KEPT_STEPS + i] = lf_random_uniform(&random);
}

void
lf_scaler_fit_with(double *scratch, lf_scaler *scaler, const lf_scaling_config *config,
				   const lf_series *series, int64_t length, int lookback)
{
	double half;
	Steps steps;

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
	steps = read_steps(scratch, config->transform, series, length);
	fit_moments(scaler, &steps, length, half);
	scaler->spread = fmax(spread_of(config, &steps, length, lookback, scaler->deviation), DBL_MIN);
	if (scaler->spread < SPREAD_FLOOR * scaler->deviation)
		scaler->spread = scaler->deviation;
}

void
lf_scaler_fit(lf_scaler *scaler, const lf_scaling_config *config, const lf_series *series,
			  int64_t length, int lookback)
{
	lf_scaler_fit_with(NULL, scaler, config, series, length, lookback);
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
