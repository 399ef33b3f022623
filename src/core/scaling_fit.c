/*
 * scaling_fit.c
 *	  The statistics of a series: range, mean, deviation and spread.
 *
 * Sums run over differences that were divided by the largest of them, so that
 * neither the squares of 1e30 nor those of 1e-30 leave the range of a double.
 */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "largest.h"
#include "random.h"
#include "scaling.h"

/* Windows, and steps of one window, that the spread looks at: a bound on the work for long series.
 */
#define SPREAD_WINDOWS 256
#define FITTED_STEPS                                                                               \
	1000000 /* the latest ones: more tell nothing new, and would delay a cancel                    \
			 */
#define SPREAD_STEPS 512
#define LANES 8 /* sums that run side by side, as each waits for its last term */

/*
 * The spread is at least this part of the deviation. Where nearly all sampled
 * windows are flat (a single spike in zeros), what varies elsewhere must not
 * become astronomic; a slow trend over a long series stays above it.
 */
#define SPREAD_FLOOR 1e-5

/*
 * Ranges of all values but the exceptions that these may lie beyond them: more than that, and a
 * few values set the scale of all others. Without one that lies so many deviations from the mean,
 * none is so far out.
 */
#define FAR_RANGES 3
#define SUSPICIOUS_DEVIATIONS 4

/* ... and of the distance of these, which must not become astronomic in units of the scale. */
#define LEAST_SHARE 1e-6

/* Steps of a series that are transformed once for all its windows. */
#define KEPT_STEPS 131072

/* A series as the statistics read it. */
typedef struct Steps
{
	const double *values;
	lf_transform transform; /* that is left to do */
	bool bounded;           /* so are the bounds, in transformed units */
	double lowest;
	double highest;
	const uint8_t *observed;
	const double *places; /* (SPREAD_WINDOWS, SPREAD_STEPS), or NULL: to be drawn */
} Steps;

/* Do what is left to do to count values, into `values`; these may be `from` itself. */
static void
finish_values(const Steps *steps, const double *from, int64_t count, double *values)
{
	for (int64_t i = 0; i < count; i++)
		values[i] = lf_transform_apply(steps->transform, from[i]);
	for (int64_t i = 0; steps->bounded && i < count; i++)
	{
		values[i] = values[i] > steps->lowest ? values[i] : steps->lowest;
		values[i] = values[i] < steps->highest ? values[i] : steps->highest;
	}
}

/* The steps [begin, begin + count): where they lie, or as they are to be read in `values`. */
static const double *
read_run(const Steps *steps, int64_t begin, int64_t count, double *values)
{
	if (steps->transform == LF_TRANSFORM_NONE && !steps->bounded)
		return steps->values + begin;
	finish_values(steps, steps->values + begin, count, values);
	return values;
}

/* A power of two near a size: quotients by it are exact, and its inverse is finite. */
static double
power_near(double size)
{
	int exponent;

	(void) frexp(size, &exponent);
	if (exponent < DBL_MIN_EXP)
		exponent = DBL_MIN_EXP;
	if (exponent >= DBL_MAX_EXP)
		exponent = DBL_MAX_EXP - 1;
	return ldexp(1.0, exponent);
}

/* The sum of count values after they were multiplied by `factor`. */
static double
sum_times(const double *values, int64_t count, double factor)
{
	double sums[LANES] = {0};
	int64_t whole = count - count % LANES;
	double sum = 0;

	for (int64_t i = 0; i < whole; i += LANES)
		for (int l = 0; l < LANES; l++)
			sums[l] += values[i + l] * factor;
	for (int64_t i = whole; i < count; i++)
		sums[i - whole] += values[i] * factor;
	for (int l = 0; l < LANES; l++)
		sum += sums[l];
	return sum;
}

/* The sum of the squares of count values that were multiplied by `factor`, around a level. */
static double
sum_squares(const double *values, int64_t count, double factor, double level)
{
	double sums[LANES] = {0};
	int64_t whole = count - count % LANES;
	double sum = 0;

	for (int64_t i = 0; i < whole; i += LANES)
		for (int l = 0; l < LANES; l++)
			sums[l] += (values[i + l] * factor - level) * (values[i + l] * factor - level);
	for (int64_t i = whole; i < count; i++)
		sums[i - whole] += (values[i] * factor - level) * (values[i] * factor - level);
	for (int l = 0; l < LANES; l++)
		sum += sums[l];
	return sum;
}

/* A window that the spread looks at, and half as many steps after it. */
typedef struct SpreadWindow
{
	int64_t origin;
	int64_t begin;
	int64_t span; /* steps from begin on; of more than SPREAD_STEPS a sample is looked at */
	int64_t level_steps;
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
						  .level_steps = level_steps > 0 ? level_steps : real};
}

/* The level of a window as lf_scaling_level takes it (instance: the mean), times `factor`. */
static double
level_of(const Steps *steps, const SpreadWindow *window, double factor)
{
	double values[SPREAD_STEPS];
	double sum = 0;

	for (int64_t i = 0; i < window->level_steps; i += SPREAD_STEPS)
	{
		int64_t left = window->level_steps - i;
		int64_t count = left < SPREAD_STEPS ? left : SPREAD_STEPS;

		sum += sum_times(read_run(steps, window->origin - window->level_steps + i, count, values),
						 count, factor);
	}
	return sum / (double) window->level_steps;
}

/* Steps k plus a random number below 1, for the strata of a window. */
static void
draw_places(lf_random *random, double *places)
{
	for (int k = 0; k < SPREAD_STEPS; k++)
		places[k] = (double) k + lf_random_uniform(random);
}

/*
 * A stratified sample of the steps of a long window, whose jitter keeps it off any season;
 * those that were not observed are left out. Returns how many there are. Loops are apart so
 * that the first one's conversions are done side by side.
 */
static int64_t
sample_window(const Steps *steps, const SpreadWindow *window, const double *places, double *values)
{
	double stratum = (double) window->span / SPREAD_STEPS;
	int place[SPREAD_STEPS]; /* no window reaches an int's range: LF_MAX_LOOKBACK */
	int64_t count = SPREAD_STEPS;

	for (int k = 0; k < SPREAD_STEPS; k++)
		place[k] = (int) (stratum * places[k]);
	if (steps->observed != NULL)
	{
		count = 0;
		for (int k = 0; k < SPREAD_STEPS; k++)
			if (steps->observed[window->begin + place[k]])
				place[count++] = place[k];
	}
	for (int64_t k = 0; k < count; k++)
		values[k] = steps->values[window->begin + place[k]];
	if (steps->transform != LF_TRANSFORM_NONE || steps->bounded)
		finish_values(steps, values, count, values);
	return count;
}

/* The observed steps [begin, begin + *count), transformed: where they lie, or in `values`. */
static const double *
read_observed(const Steps *steps, int64_t begin, int64_t *count, double *values)
{
	const double *from = read_run(steps, begin, *count, values);
	int64_t observed = 0;

	if (steps->observed == NULL)
		return from;
	for (int64_t i = 0; i < *count; i++)
		if (steps->observed[begin + i])
			values[observed++] = from[i];
	*count = observed;
	return values;
}

/*
 * The squares of a window's observed steps around its level, summed, after all were multiplied
 * by `factor`. places: of a window that is sampled, else NULL.
 */
static double
window_squares(const Steps *steps, const SpreadWindow *window, double factor, const double *places,
			   int64_t *counted)
{
	double values[SPREAD_STEPS];
	const double *from = values;
	int64_t count = window->span;

	if (places != NULL)
		count = sample_window(steps, window, places, values);
	else
		from = read_observed(steps, window->begin, &count, values);
	*counted += count;
	return sum_squares(from, count, factor, level_of(steps, window, factor));
}

/*
 * The root mean square over evenly spaced windows of the first length steps, in transformed
 * units. size: about that of the result.
 */
static double
spread_of(const lf_scaling_config *config, const Steps *steps, int64_t length, int lookback,
		  double size)
{
	lf_random random = lf_random_seed(0, 0);
	double unit = power_near(size);
	int64_t first = lookback < length / 2 ? lookback : length / 2;
	int64_t windows;
	int64_t counted = 0;
	int64_t sampled = 0;
	double sum = 0;

	if (first < 1)
		first = 1;
	windows = length - first < SPREAD_WINDOWS ? length - first : SPREAD_WINDOWS;
	for (int64_t i = 0; i < windows; i++)
	{
		/* from the first to the last that one step follows */
		int64_t origin = first + lf_evenly_spaced(length - 1 - first, windows, i);
		SpreadWindow window = spread_window(config, length, origin, lookback);
		double drawn[SPREAD_STEPS];
		const double *places = NULL;

		if (window.span > SPREAD_STEPS && steps->places != NULL)
			places = steps->places + sampled++ * SPREAD_STEPS;
		else if (window.span > SPREAD_STEPS)
		{
			draw_places(&random, drawn);
			places = drawn;
		}
		sum += window_squares(steps, &window, 1 / unit, places, &counted);
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

/* Is there a value that counts? Not one that only stands in for what a logarithm does not have. */
static bool
has_value(const Steps *steps, int64_t step)
{
	return (steps->observed == NULL || steps->observed[step]) &&
		   (steps->transform != LF_TRANSFORM_LOG || steps->values[step] >= DBL_MIN);
}

/*
 * Minimum and maximum of the steps before length, 0 without any; half their distance. What is no
 * value of a logarithm lies at the bound.
 */
static double
fit_range(lf_scaler *scaler, Steps *steps, int64_t length)
{
	double lowest = INFINITY;
	double highest = -INFINITY;
	bool outside = false;

	for (int64_t i = first_fitted(length); i < length; i++)
		if (has_value(steps, i))
		{
			double value = steps->values[i];

			lowest = value < lowest ? value : lowest;
			highest = value > highest ? value : highest;
		}
		else
			outside |= steps->observed == NULL || steps->observed[i];
	if (!(lowest <= highest))
		lowest = highest = 0;

	/* The transforms are monotone. */
	scaler->minimum = lf_transform_apply(steps->transform, lowest);
	scaler->maximum = lf_transform_apply(steps->transform, highest);
	steps->bounded = outside;
	steps->lowest = lf_transform_within(LF_TRANSFORM_LOG, scaler, 0);
	steps->highest = INFINITY;
	return scaler->maximum / 2 - scaler->minimum / 2; /* the whole may overflow */
}

/*
 * Bounds that leave out nothing but values far beyond the others. False where there is none
 * outside.
 */
static bool
bound_steps(lf_scaler *scaler, Steps *steps, int64_t length)
{
	lf_largest high = {.most = LF_LARGEST_KEPT};
	lf_largest low = {.most = LF_LARGEST_KEPT};
	lf_random random = lf_random_seed(0, 0);
	int64_t first = first_fitted(length);
	int64_t sampled = length - first < LF_LARGEST_SAMPLE ? length - first : LF_LARGEST_SAMPLE;
	int64_t seen = 0;
	double lowest;
	double highest;
	double reach;

	for (int64_t i = 0; i < sampled; i++)
	{
		/* one of each stratum, at random, lest a season hide */
		int64_t begin = first + (length - first) / sampled * i;
		int64_t step = begin + (int64_t) lf_random_below(&random, (length - first) / sampled);

		if (!has_value(steps, step))
			continue;
		lf_largest_keep(&high, steps->values[step]);
		lf_largest_keep(&low, -steps->values[step]);
		seen++;
	}
	lowest = lf_transform_apply(steps->transform, -lf_largest_but(&low, lf_exceptions(seen)));
	highest = lf_transform_apply(steps->transform, lf_largest_but(&high, lf_exceptions(seen)));
	if (!(highest > lowest))
		return false;
	reach =
		fmax(FAR_RANGES * (highest - lowest), LEAST_SHARE * (scaler->maximum - scaler->minimum));
	if (!(scaler->minimum < lowest - reach || scaler->maximum > highest + reach))
		return false;
	steps->bounded = true;
	steps->lowest = fmax(steps->lowest, lowest - reach);
	steps->highest = highest + reach;
	scaler->minimum = fmax(scaler->minimum, steps->lowest);
	scaler->maximum = fmin(scaler->maximum, steps->highest);
	return true;
}

/*
 * Mean and deviation, over values laid into [0, 2). Blocks are summed twice while they are in
 * the cache, and joined as by Chan, Golub and LeVeque (1983), which loses no digits and has
 * no chain of divisions.
 */
static void
fit_moments(lf_scaler *scaler, const Steps *steps, int64_t length, double half)
{
	double unit = power_near(half);
	double factor = 1 / unit;
	double mean = 0;
	double squares = 0;
	double counted = 0;

	for (int64_t begin = first_fitted(length); begin < length; begin += SPREAD_STEPS)
	{
		double values[SPREAD_STEPS];
		int64_t count = begin + SPREAD_STEPS < length ? SPREAD_STEPS : length - begin;
		const double *from = read_observed(steps, begin, &count, values);
		double own;
		double distance;
		double share;

		if (count == 0)
			continue;
		for (int64_t i = 0; i < count; i++)
			values[i] = from[i] / 2 - scaler->minimum / 2;
		own = sum_times(values, count, factor) / (double) count;
		distance = own - mean;
		share = (double) count / (counted + (double) count);
		mean += distance * share;
		squares += sum_squares(values, count, factor, own) + distance * distance * counted * share;
		counted += (double) count;
	}
	scaler->mean = scaler->minimum + unit * mean + unit * mean;
	scaler->deviation = fmax(unit * (2 * sqrt(squares / counted)), DBL_MIN);
}

/* Read the steps before length once for all that follows, where scratch has room for them. */
static void
keep_steps(double *scratch, Steps *steps, int64_t length)
{
	if (scratch == NULL)
		return;
	steps->places = scratch + KEPT_STEPS;
	if ((steps->transform == LF_TRANSFORM_NONE && !steps->bounded) || length > KEPT_STEPS)
		return;
	finish_values(steps, steps->values, length, scratch);
	steps->values = scratch;
	steps->transform = LF_TRANSFORM_NONE;
	steps->bounded = false;
}

/* Does a value lie so far from the mean that a few may lead the deviation? */
static bool
is_suspicious(const lf_scaler *scaler)
{
	return fmax(scaler->maximum - scaler->mean, scaler->mean - scaler->minimum) >
		   SUSPICIOUS_DEVIATIONS * scaler->deviation;
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

	for (int i = 0; i < SPREAD_WINDOWS; i++)
		draw_places(&random, scratch + KEPT_STEPS + (size_t) i * SPREAD_STEPS);
}

void
lf_scaler_fit_with(double *scratch, lf_scaler *scaler, const lf_scaling_config *config,
				   const lf_series *series, int64_t length, int lookback)
{
	Steps given = {
		.values = series->values, .transform = config->transform, .observed = series->observed};
	Steps steps;
	double half;

	if (length > series->length)
		length = series->length;
	half = fit_range(scaler, &given, length);
	if (!(half > 0) && length < series->length)
	{
		length = series->length;
		half = fit_range(scaler, &given, length);
	}
	if (!(half > 0))
	{
		scaler->mean = scaler->minimum;
		scaler->deviation = scaler->spread = constant_scale(scaler->minimum);
		return;
	}
	steps = given;
	keep_steps(scratch, &steps, length);
	fit_moments(scaler, &steps, length, half);
	if (is_suspicious(scaler) && bound_steps(scaler, &given, length))
	{
		steps = given;
		keep_steps(scratch, &steps, length);
		fit_moments(scaler, &steps, length, scaler->maximum / 2 - scaler->minimum / 2);
	}
	scaler->spread = fmax(spread_of(config, &steps, length, lookback, scaler->deviation), DBL_MIN);
	/* filled steps are in levels, and may lie farther from all others than a square reaches */
	scaler->spread = fmin(scaler->spread, DBL_MAX);
	if (scaler->spread < SPREAD_FLOOR * scaler->deviation)
		scaler->spread = scaler->deviation;
}

void
lf_scaler_fit(lf_scaler *scaler, const lf_scaling_config *config, const lf_series *series,
			  int64_t length, int lookback)
{
	lf_scaler_fit_with(NULL, scaler, config, series, length, lookback);
}
