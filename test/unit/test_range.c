/*
 * test_range.c
 *	  The range that a series keeps within, and what is none.
 */
#include "check.h"

#include <math.h>

#include "core/random.h"
#include "core/range.h"

#define LENGTH 400
#define SEEDS 50

static double values[LENGTH];
static double upside_down[LENGTH];
static lf_random source;

/* In how many of the seeds a kind keeps to a range. */
static int
count_kept(double (*next)(int t, double last), int length)
{
	int kept = 0;

	for (int seed = 1; seed <= SEEDS; seed++)
	{
		source = lf_random_seed(seed, 0);
		for (int t = 0; t < length; t++)
			values[t] = next(t, t > 0 ? values[t - 1] : 0);
		kept += isfinite(lf_range_find(values, length, 1, 24).reach);
	}
	return kept;
}

/* One of two states, kept for three steps. */
static double
next_state(int t, double last)
{
	if (t % 3 > 0)
		return last;
	return lf_random_below(&source, 2) == 0 ? 20 : 21.5;
}

static double
next_of_noise(int t, double last)
{
	(void) t;
	(void) last;
	return 50 + lf_random_normal(&source);
}

static double
next_of_walk(int t, double last)
{
	(void) t;
	return last + lf_random_normal(&source);
}

static double
next_of_trend(int t, double last)
{
	(void) last;
	return t + lf_random_normal(&source);
}

static void
test_kinds(void)
{
	check(count_kept(next_state, LENGTH) == SEEDS, "two states are a range");
	check(count_kept(next_of_noise, LENGTH) == SEEDS, "so is a level under noise");
	check(count_kept(next_of_walk, LENGTH) <= SEEDS / 10, "random walks keep to none (%d of %d)",
		  count_kept(next_of_walk, LENGTH), SEEDS);
	check(count_kept(next_of_trend, LENGTH) == 0, "nor do trends");
	check(count_kept(next_state, 99) == 0, "nor do short series");
	for (int t = 0; t < LENGTH; t++)
		values[t] = 7;
	check(isinf(lf_range_find(values, LENGTH, 1, 24).reach), "nor what never moved");
	for (int t = 0; t < LENGTH; t++)
		values[t] = t % 2;
	check(isinf(lf_range_find(values, LENGTH, 1, 101).reach), "nor is it told for long horizons");
	check(isinf(lf_range_find(values, LENGTH, 201, 24).reach), "or without two seasons");
	check(isfinite(lf_range_find(values, LENGTH, 200, 100).reach), "which else it is");
}

/* How far from the range values may come. */
static void
test_reach(void)
{
	lf_range range;
	lf_range turned;

	for (int t = 0; t < LENGTH; t++)
		values[t] = t % 2 == 0 ? 100 : 110;
	range = lf_range_find(values, LENGTH, 1, 10);
	check(range.lowest == 100 && range.highest == 110 && fabs(range.reach - 1) < 1e-12,
		  "a tenth of the range at least");
	check(lf_range_limit(&range, 0, 110, 125) == 110 + range.reach &&
			  lf_range_limit(&range, 9, 110, 85) == 100 - range.reach,
		  "values beyond are brought to it");
	check(lf_range_limit(&range, 0, 110, 104) == 104, "those within stay");
	check(lf_range_limit(&range, 0, 130, 140) == 130 + range.reach &&
			  lf_range_limit(&range, 0, 80, 70) == 80 - range.reach,
		  "a forecast outside takes it along");
	check(fabs(lf_range_limit(&range, 39, 110, 200) - (110 + 2 * range.reach)) < 1e-12,
		  "four horizons ahead it is twice as far");

	/* the later half once came out of what was known by four widths of it */
	values[300] = 150;
	range = lf_range_find(values, LENGTH, 1, 10);
	check(fabs(range.reach - 4 * 50) < 1e-9, "and as far as values once came out (%.1f)",
		  range.reach);
	for (int t = 0; t < LENGTH; t++)
		upside_down[t] = -values[t];
	turned = lf_range_find(upside_down, LENGTH, 1, 10);
	check(turned.lowest == -range.highest && turned.reach == range.reach, "downwards the same");
	for (int t = 0; t < LENGTH; t++)
		values[t] = t < 250 ? 5 : t % 2;
	check(isinf(lf_range_find(values, LENGTH, 1, 10).reach),
		  "what had stood still and moves keeps to none");
}

/* At any level and size the same. */
static void
test_scale(void)
{
	double sizes[] = {1e-140, 1e-6, 1e9, 1e140};

	for (int i = 0; i < 4; i++)
	{
		lf_range range;

		for (int t = 0; t < LENGTH; t++)
			values[t] = sizes[i] * (t * 7 % 5);
		range = lf_range_find(values, LENGTH, 1, 24);
		check(fabs(range.reach / (0.4 * sizes[i]) - 1) < 1e-12, "in sizes of %g", sizes[i]);
	}
}

int
main(void)
{
	test_kinds();
	test_reach();
	test_scale();
	return check_done();
}
