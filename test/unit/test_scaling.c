/*
 * test_scaling.c
 *	  Statistics and levels, and what they make of awkward series.
 */
#include "check.h"

#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "core/scaling.h"

#define LENGTH 400
#define LOOKBACK 24

static const lf_normalization normalizations[] = {LF_NORMALIZE_LAST,     LF_NORMALIZE_MEAN,
												  LF_NORMALIZE_INSTANCE, LF_NORMALIZE_SEASON,
												  LF_NORMALIZE_STANDARD, LF_NORMALIZE_MINMAX};

static lf_scaling_config
scaling(lf_normalization normalization)
{
	return (lf_scaling_config){.normalization = normalization, .season = 4};
}

static void
test_transforms(void)
{
	const lf_transform transforms[] = {LF_TRANSFORM_NONE, LF_TRANSFORM_LOG, LF_TRANSFORM_LOG1P};
	const double values[] = {1e-30, 1e-3, 0.5, 1, 17, 1e6, 1e30, 1e149};
	double worst = 0;
	bool finite = true;

	for (int t = 0; t < 3; t++)
	{
		for (int i = 0; i < 8; i++)
		{
			double back =
				lf_transform_invert(transforms[t], lf_transform_apply(transforms[t], values[i]));

			worst = fmax(worst, fabs(back / values[i] - 1));
		}
		for (double extreme = 1; extreme < 1e308; extreme *= 1e4)
			finite &= isfinite(lf_transform_invert(transforms[t], extreme)) &&
					  isfinite(lf_transform_invert(transforms[t], -extreme));
		finite &= lf_transform_invert(transforms[t], INFINITY) == LF_LARGEST_VALUE;
		finite &= isfinite(lf_transform_apply(transforms[t], 0)) &&
				  isfinite(lf_transform_apply(transforms[t], -1)) &&
				  isfinite(lf_transform_apply(transforms[t], -1e300));
	}
	check(worst < 1e-12, "inverses undo transforms (relative error %.1e)", worst);
	check(finite, "nothing overflows, and values outside the domain are clamped");
}

static void
test_statistics(void)
{
	double values[LENGTH];
	uint8_t observed[LENGTH];
	lf_series series = {.length = LENGTH, .values = values, .observed = observed};
	lf_random random = lf_random_seed(3, 0);
	lf_scaling_config config = scaling(LF_NORMALIZE_STANDARD);
	lf_scaler scaler;
	double mean = 0;
	double square = 0;
	int count = 0;

	for (int i = 0; i < LENGTH; i++)
	{
		observed[i] = i % 3 != 0;
		values[i] = observed[i] ? 100 + 5 * lf_random_normal(&random) : 1e9;
	}
	for (int i = 0; i < 300; i++)
		if (observed[i])
			mean += values[i], count++;
	mean /= count;
	for (int i = 0; i < 300; i++)
		if (observed[i])
			square += (values[i] - mean) * (values[i] - mean);
	lf_scaler_fit(&scaler, &config, &series, 300, LOOKBACK);
	check(fabs(scaler.mean - mean) < 1e-9 && fabs(scaler.deviation - sqrt(square / count)) < 1e-9,
		  "mean and deviation of the observed steps of the training part");
	check(scaler.minimum > 80 && scaler.maximum < 120, "extremes of the observed steps");

	/* White noise: around the window's last value it has twice the variance, around a mean of 4
	 * 5/4. */
	for (int i = 0; i < LENGTH; i++)
		values[i] = lf_random_normal(&random);
	series.observed = NULL;
	config = scaling(LF_NORMALIZE_LAST);
	lf_scaler_fit(&scaler, &config, &series, LENGTH, LOOKBACK);
	check(fabs(scaler.spread / sqrt(2) - 1) < 0.1, "spread of noise around its last value: %.3f",
		  scaler.spread);
	config = scaling(LF_NORMALIZE_MEAN);
	lf_scaler_fit(&scaler, &config, &series, LENGTH, LOOKBACK);
	check(fabs(scaler.spread / sqrt(1.25) - 1) < 0.1,
		  "spread of noise around its season's mean: %.3f", scaler.spread);

	/* A straight line: how far windows reach from their last value does not depend on the length.
	 */
	for (int i = 0; i < LENGTH; i++)
		values[i] = 1000 - 2 * i;
	config = scaling(LF_NORMALIZE_LAST);
	lf_scaler_fit(&scaler, &config, &series, LENGTH, LOOKBACK);
	check(scaler.spread > 18 && scaler.spread < 30, "spread of a line: %.2f", scaler.spread);
}

static void
test_long_series(void)
{
	/* Only a sample is read of a long series; noise with a season of 8 must come out right. */
	const int64_t length = 300000;
	double *values = malloc(sizeof(double) * length);
	lf_series series = {.length = length, .values = values};
	lf_scaling_config config = scaling(LF_NORMALIZE_INSTANCE);
	lf_random random = lf_random_seed(4, 0);
	lf_scaler scaler;

	for (int64_t i = 0; i < length; i++)
		values[i] = sin(i * M_PI / 4) + 0.5 * lf_random_normal(&random);
	lf_scaler_fit(&scaler, &config, &series, length, 8192);
	check(fabs(scaler.spread / sqrt(0.75) - 1) < 0.02, "a sample gives the spread: %.4f",
		  scaler.spread);
	free(values);
}

static void
test_levels(void)
{
	const double window[6] = {1, 3, 5, 2, 4, 9};
	const lf_scaler scaler = {
		.mean = 7, .deviation = 3, .minimum = -2, .maximum = 8, .spread = 2.5};
	lf_scaling_config config = scaling(LF_NORMALIZE_LAST);
	lf_level level = lf_scaling_level(&config, &scaler, window, 6, 6);

	check(level.level == 9 && level.scale == 2.5, "last: the last value and the spread");
	config = scaling(LF_NORMALIZE_MEAN);
	level = lf_scaling_level(&config, &scaler, window, 6, 6);
	check(fabs(level.level - 5) < 1e-15 && level.scale == 2.5,
		  "mean: the last season's mean and the spread");
	config.season = 100;
	level = lf_scaling_level(&config, &scaler, window, 6, 6);
	check(fabs(level.level - 4) < 1e-15, "mean: a season longer than the window");
	config = scaling(LF_NORMALIZE_INSTANCE);
	level = lf_scaling_level(&config, &scaler, window, 6, 6);
	check(fabs(level.level - 4) < 1e-15 && fabs(level.scale - sqrt(40.0 / 6)) < 1e-14,
		  "instance: the window's mean and deviation");
	config = scaling(LF_NORMALIZE_SEASON);
	config.season = 2;
	level = lf_scaling_level(&config, &scaler, window, 6, 6);
	check(level.level == (window[4] + window[5]) / 2 && fabs(level.scale - sqrt(40.0 / 6)) < 1e-14,
		  "season: the last season's mean and the window's deviation");
	config = scaling(LF_NORMALIZE_STANDARD);
	level = lf_scaling_level(&config, &scaler, window, 6, 6);
	check(level.level == 7 && level.scale == 3, "standard: the series' mean and deviation");
	config = scaling(LF_NORMALIZE_MINMAX);
	level = lf_scaling_level(&config, &scaler, window, 6, 6);
	check(level.level == -2 && level.scale == 10, "minmax: the series' extremes");
	config = scaling(LF_NORMALIZE_NONE);
	level = lf_scaling_level(&config, &scaler, window, 6, 6);
	check(level.level == 0 && level.scale == 1, "none: the values themselves");

	config = scaling(LF_NORMALIZE_INSTANCE);
	level = lf_scaling_level(&config, &scaler, (const double[6]){4, 4, 4, 4, 4, 4}, 6, 6);
	check(level.level == 4 && level.scale == 0.05 * scaler.spread,
		  "instance: a flat window gets a twentieth of the spread");
}

/* Windows that begin before their series: what stands there must not matter. */
static void
test_short_windows(void)
{
	const double window[6] = {NAN, NAN, NAN, 2, 4, 9};
	const lf_scaler scaler = {
		.mean = 7, .deviation = 3, .minimum = -2, .maximum = 8, .spread = 2.5};
	lf_scaling_config config = scaling(LF_NORMALIZE_LAST);
	lf_level level = lf_scaling_level(&config, &scaler, window, 6, 3);
	bool good = true;

	check(level.level == 9 && level.scale == 2.5, "last: of a window that is half real");
	config = scaling(LF_NORMALIZE_MEAN);
	level = lf_scaling_level(&config, &scaler, window, 6, 3);
	check(level.level == 5 && level.scale == 2.5, "mean: over the season as far as real");
	config.season = 2;
	level = lf_scaling_level(&config, &scaler, window, 6, 3);
	check(level.level == 6.5, "mean: over a season that is wholly real");
	config = scaling(LF_NORMALIZE_INSTANCE);
	level = lf_scaling_level(&config, &scaler, window, 6, 3);
	check(level.level == 5 && fabs(level.scale - sqrt((9 + 1 + 16 + 3 * 6.25) / 6)) < 1e-14,
		  "instance: the missing steps count as usual ones");
	level = lf_scaling_level(&config, &scaler, (const double[]){NAN, NAN, NAN, NAN, NAN, 3}, 6, 1);
	check(level.level == 3 && fabs(level.scale - 2.5 * sqrt(0.8)) < 1e-14,
		  "instance: of a single step, four usual ones");

	for (int n = LF_NORMALIZE_LAST; n <= LF_NORMALIZE_NONE; n++)
	{
		lf_level none;

		config = scaling((lf_normalization) n);
		level = lf_scaling_level(&config, &scaler, (const double[]){NAN, 4}, 2, 1);
		none = lf_scaling_level(&config, &scaler, (const double[]){NAN, NAN}, 2, 0);
		good &= isfinite(level.level) && level.scale >= 1 && level.scale <= 10 &&
				isfinite(none.level) && none.scale >= 1 && none.scale <= 10;
		if (n < LF_NORMALIZE_STANDARD)
			good &= level.level == 4 && none.level == scaler.mean;
	}
	check(good, "a single step, or none, gives every normalization a level and a scale");
}

/* Fit over the series and look at every window: the largest unit in size, or infinity when any is
 * not finite. */
static double
largest_unit(const lf_scaling_config *config, const lf_series *series, int lookback,
			 double *smallest_scale)
{
	lf_scaler scaler;
	double largest = 0;

	lf_scaler_fit(&scaler, config, series, series->length, lookback);
	*smallest_scale = INFINITY;
	if (!(scaler.deviation > 0) || !(scaler.spread > 0) || !isfinite(scaler.mean) ||
		!isfinite(scaler.deviation) || !isfinite(scaler.spread))
		return INFINITY;
	for (int64_t origin = lookback; origin <= series->length; origin++)
	{
		lf_level level = lf_scaling_level(config, &scaler, series->values + origin - lookback,
										  lookback, lookback);

		*smallest_scale = fmin(*smallest_scale, level.scale);
		if (!isfinite(level.level) || !isfinite(level.scale) || !(level.scale > 0))
			return INFINITY;
		for (int64_t i = origin - lookback; i < series->length && i < origin + lookback; i++)
			largest = fmax(largest, fabs((series->values[i] - level.level) / level.scale));
	}
	return largest;
}

static void
test_awkward_series(void)
{
	double values[LENGTH];
	uint8_t observed[LENGTH];
	lf_series series = {.length = LENGTH, .values = values};
	const double sizes[] = {1e-300, 1e-30, 1e-3, 1, 1e30, 1e300};
	double scale;

	for (size_t n = 0; n < sizeof(normalizations) / sizeof(normalizations[0]); n++)
	{
		lf_normalization kind = normalizations[n];
		lf_scaling_config config = scaling(kind);
		double worst_constant = 0;
		double worst_noise = 0;
		bool scales = true;

		for (int s = 0; s < 6; s++)
		{
			lf_random random = lf_random_seed(s, 0);

			for (int i = 0; i < LENGTH; i++)
				values[i] = sizes[s];
			worst_constant = fmax(worst_constant, largest_unit(&config, &series, LOOKBACK, &scale));
			scales &= scale <= 1;
			for (int i = 0; i < LENGTH; i++)
				values[i] = sizes[s] * (lf_random_uniform(&random) - 0.3);
			worst_noise = fmax(worst_noise, largest_unit(&config, &series, LOOKBACK, &scale));
		}
		check(worst_constant <= 1e-12 && scales,
			  "normalization %d: constants of any size become 0 (%.1e)", kind, worst_constant);
		check(worst_noise < 10, "normalization %d: noise of any size becomes about 1 (%.2f)", kind,
			  worst_noise);

		memset(values, 0, sizeof(values));
		check(largest_unit(&config, &series, LOOKBACK, &scale) == 0 && scale == 1,
			  "normalization %d: zeros", kind);
		values[LENGTH / 2] = 1e6;
		check(largest_unit(&config, &series, LOOKBACK, &scale) < 500,
			  "normalization %d: a single spike", kind);
	}
	/* what fills a hole lies where nothing was observed */
	for (int i = 0; i < LENGTH; i++)
	{
		observed[i] = i % 7 != 3;
		values[i] = observed[i] ? 1e-140 * (i % 5) : 1e150;
	}
	series.observed = observed;
	for (size_t n = 0; n < sizeof(normalizations) / sizeof(normalizations[0]); n++)
	{
		lf_scaling_config config = scaling(normalizations[n]);
		lf_scaler scaler;

		lf_scaler_fit(&scaler, &config, &series, LENGTH, LOOKBACK);
		check(isfinite(scaler.mean) && isfinite(scaler.spread) && scaler.spread > 0,
			  "normalization %d: fills out of all proportion", normalizations[n]);
	}
}

/* One value, two, or a hundredth far out: what scales they leave, beside those without them. */
static void
test_led_scales(void)
{
	double values[LENGTH];
	lf_series series = {.length = LENGTH, .values = values};

	for (int transform = LF_TRANSFORM_NONE; transform <= LF_TRANSFORM_LOG1P; transform++)
	{
		lf_scaling_config config = scaling(LF_NORMALIZE_LAST);
		lf_scaler plain;
		lf_scaler led;
		double worst = 1;
		lf_random random = lf_random_seed(7, 0);

		config.transform = (lf_transform) transform;
		for (int i = 0; i < LENGTH; i++)
			values[i] = 100 + 10 * lf_random_normal(&random);
		lf_scaler_fit(&plain, &config, &series, LENGTH, LOOKBACK);
		for (int count = 1; count <= 2; count++)
		{
			values[50 * count] = 1e7;
			lf_scaler_fit(&led, &config, &series, LENGTH, LOOKBACK);
			worst = fmax(worst, fmax(led.deviation / plain.deviation, led.spread / plain.spread));
			worst = fmax(worst, (led.maximum - led.minimum) / (plain.maximum - plain.minimum));
		}
		check(worst < 4, "transform %d: a value of 100,000 times the others, and two (%.2f)",
			  transform, worst);
		/* what is not rare is not left out */
		for (int i = 0; i < LENGTH; i += 40)
			values[i] = 1e7;
		lf_scaler_fit(&led, &config, &series, LENGTH, LOOKBACK);
		check(led.maximum == lf_transform_apply(config.transform, 1e7) &&
				  led.deviation > 10 * plain.deviation,
			  "transform %d: every fortieth value sets the scale", transform);
	}
}

/* Zero and less beside what a logarithm has seen: a small value, and not the smallest number. */
static void
test_outside_domain(void)
{
	double values[LENGTH];
	lf_series series = {.length = LENGTH, .values = values};
	lf_scaling_config config = scaling(LF_NORMALIZE_MEAN);
	lf_random random = lf_random_seed(8, 0);
	lf_scaler scaler;
	double floor;

	config.transform = LF_TRANSFORM_LOG;
	for (int i = 0; i < LENGTH; i++)
		values[i] = 150 + 100 * lf_random_uniform(&random);
	lf_scaler_fit(&scaler, &config, &series, LENGTH, LOOKBACK);
	floor = exp(lf_transform_within(LF_TRANSFORM_LOG, &scaler, 0));
	check(fabs(floor / exp(scaler.minimum) * 100 - 1) < 1e-9 &&
			  lf_transform_within(LF_TRANSFORM_LOG, &scaler, -5) ==
				  lf_transform_within(LF_TRANSFORM_LOG, &scaler, 0),
		  "log: zero and less are a hundredth of the smallest value (%.3f)", floor);
	check(lf_transform_within(LF_TRANSFORM_LOG, &scaler, 0.001) == log(0.001),
		  "log: a level that fell is followed");

	/* one zero among the rows of a series that no training has seen */
	values[LENGTH / 2] = 0;
	lf_scaler_fit(&scaler, &config, &series, LENGTH, LOOKBACK);
	check(scaler.minimum >= log(150) && scaler.deviation < 1 && scaler.spread < 1,
		  "log: a zero leads no scale (%.2f, %.2f)", scaler.deviation, scaler.spread);
	memset(values, 0, sizeof(values));
	lf_scaler_fit(&scaler, &config, &series, LENGTH, LOOKBACK);
	check(isfinite(lf_transform_within(LF_TRANSFORM_LOG, &scaler, 0)) && scaler.deviation > 0,
		  "log: nothing but zeros");

	config.transform = LF_TRANSFORM_LOG1P;
	for (int i = 0; i < LENGTH; i++)
		values[i] = i % 7;
	lf_scaler_fit(&scaler, &config, &series, LENGTH, LOOKBACK);
	check(fabs(lf_transform_within(LF_TRANSFORM_LOG1P, &scaler, -1) + log(100)) < 1e-9 &&
			  lf_transform_within(LF_TRANSFORM_LOG1P, &scaler, -5) ==
				  lf_transform_within(LF_TRANSFORM_LOG1P, &scaler, -1) &&
			  lf_transform_within(LF_TRANSFORM_LOG1P, &scaler, -0.5) == log1p(-0.5),
		  "log1p: -1 and less");
}

static void
test_missed_spike(void)
{
	/* A spike so rare that no sampled window meets it must not leave a scale of next to nothing. */
	const int64_t length = 1000000;
	double *values = calloc(length, sizeof(double));
	lf_series series = {.length = length, .values = values};
	lf_scaling_config config = scaling(LF_NORMALIZE_LAST);
	lf_scaler scaler;

	for (int64_t i = 0; i < length; i++)
		values[i] = i % 2 * 1e-9;
	values[length / 2 + 1234] = 1e6;
	lf_scaler_fit(&scaler, &config, &series, length, LOOKBACK);
	/* the spike counts as a millionth of itself, 1 */
	check(scaler.spread == scaler.deviation && fabs(scaler.deviation / 0.001 - 1) < 1e-6,
		  "the deviation stands in where sampled windows are flat: %.3g", scaler.spread);
	free(values);
}

static void
test_short_series(void)
{
	double values[3] = {5, 7, 6};
	lf_scaling_config config = scaling(LF_NORMALIZE_LAST);
	bool good = true;

	for (int length = 0; length <= 3; length++)
		for (size_t n = 0; n < sizeof(normalizations) / sizeof(normalizations[0]); n++)
		{
			lf_series series = {.length = length, .values = values};
			lf_scaler scaler;

			config.normalization = normalizations[n];
			lf_scaler_fit(&scaler, &config, &series, 100, LOOKBACK);
			good &= isfinite(scaler.mean) && scaler.spread > 0 && scaler.deviation > 0 &&
					isfinite(scaler.spread);
		}
	check(good, "series shorter than a window, down to none");
}

/* A part without any variation says nothing about the scale of what follows it. */
static void
test_series_in_the_tail(void)
{
	double values[LENGTH];
	uint8_t observed[LENGTH];
	lf_series series = {.length = LENGTH, .values = values, .observed = observed};
	lf_random random = lf_random_seed(6, 0);
	bool same = true;
	bool apart = true;

	for (int i = 0; i < LENGTH; i++)
	{
		values[i] = i < 20 ? 5000 : 5000 + 300 * lf_random_normal(&random);
		observed[i] = i != 15;
	}
	for (size_t n = 0; n < sizeof(normalizations) / sizeof(normalizations[0]); n++)
	{
		const int64_t lengths[] = {-50, -1, 0, 1, 2, 20};
		lf_scaling_config config = scaling(normalizations[n]);
		lf_scaler whole;
		lf_scaler part;

		lf_scaler_fit(&whole, &config, &series, LENGTH, LOOKBACK);
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		{
			lf_scaler_fit(&part, &config, &series, lengths[i], LOOKBACK);
			same &= memcmp(&part, &whole, sizeof(part)) == 0;
		}
		lf_scaler_fit(&part, &config, &series, 22, LOOKBACK);
		apart &= part.deviation > 1 && part.deviation != whole.deviation;
	}
	check(same, "no step, one, or a constant part: the whole series is fitted");
	check(apart, "two values that differ are enough not to look further");
}

/* What is kept from one fit to the next must not change it. */
static void
test_scratch(void)
{
	enum
	{
		LONGEST = 2000
	};
	const int lengths[] = {1, 2, 30, 700, LONGEST};
	const int lookbacks[] = {7, 600};
	double *scratch = malloc(sizeof(double) * lf_scaler_scratch_count());
	double *values = malloc(sizeof(double) * LONGEST);
	uint8_t *observed = malloc(LONGEST);
	lf_random random = lf_random_seed(7, 0);
	bool same = true;

	for (int i = 0; i < LONGEST; i++)
	{
		values[i] = 50 + 20 * sin(i * 0.3) + lf_random_uniform(&random);
		observed[i] = i % 5 != 0;
	}
	lf_scaler_scratch_fill(scratch);
	for (int i = 0; i < 5 * 2 * 2 * 3; i++)
		for (size_t n = 0; n < sizeof(normalizations) / sizeof(normalizations[0]); n++)
		{
			lf_series series = {.length = lengths[i % 5], .values = values};
			lf_scaling_config config = scaling(normalizations[n]);
			lf_scaler with;
			lf_scaler without;

			series.observed = i / 5 % 2 == 0 ? NULL : observed;
			config.transform = (lf_transform) (i / 20);
			lf_scaler_fit(&without, &config, &series, series.length, lookbacks[i / 10 % 2]);
			lf_scaler_fit_with(scratch, &with, &config, &series, series.length,
							   lookbacks[i / 10 % 2]);
			same &= memcmp(&with.mean, &without.mean, sizeof(double)) == 0 &&
					with.deviation == without.deviation && with.spread == without.spread;
		}
	check(same, "a scratch changes no bit, for long and short windows, with holes and without");
	free(scratch);
	free(values);
	free(observed);
}

int
main(void)
{
	test_transforms();
	test_statistics();
	test_long_series();
	test_levels();
	test_short_windows();
	test_awkward_series();
	test_led_scales();
	test_outside_domain();
	test_missed_spike();
	test_short_series();
	test_series_in_the_tail();
	test_scratch();
	return check_done();
}
