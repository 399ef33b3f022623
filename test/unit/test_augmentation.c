/*
 * test_augmentation.c
 *	  Sequences made from others: each kind of change by itself does what it says, and no other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/augmentation.h"

#define LENGTH 200
#define CHANNELS 2
#define TRIES 400

static float values[LENGTH * CHANNELS];
static lf_real out[LENGTH * CHANNELS];

/* Make one from the values with that seed; was it changed? */
static bool
make(const lf_augmentation *augmentation, uint64_t seed, int length)
{
	lf_random random = lf_random_seed(seed, 0);
	const lf_augmented drawn = lf_augmentation_draw(augmentation, &random);

	for (int t = 0; t < length; t++)
		lf_augmentation_step(augmentation, &drawn, values, length, CHANNELS, t, &random,
							 out + t * CHANNELS);
	return drawn.changed;
}

/* The first channel rises from 0 to 1, the second falls from 5 to 3. */
static void
set_ramps(void)
{
	for (int t = 0; t < LENGTH; t++)
	{
		values[t * CHANNELS] = (float) t / (LENGTH - 1);
		values[t * CHANNELS + 1] = 5 - 2 * values[t * CHANNELS];
	}
}

static void
test_share(void)
{
	const lf_augmentation augmentation = {.share = 0.25, .noise = 0.1};
	int changed = 0;
	bool same = true;

	for (uint64_t seed = 0; seed < TRIES; seed++)
		if (make(&augmentation, seed, LENGTH))
			changed++;
		else
			for (int i = 0; i < LENGTH * CHANNELS; i++)
				same &= out[i] == values[i];
	check(fabs(changed / (double) TRIES - 0.25) < 0.07, "a quarter is changed: %d of %d", changed,
		  TRIES);
	check(same, "the others are as they were");
}

static void
test_warp(void)
{
	const lf_augmentation augmentation = {.share = 1, .warp = 0.3};
	bool rising = true;
	bool together = true;
	double furthest = 0;

	for (uint64_t seed = 0; seed < TRIES; seed++)
	{
		make(&augmentation, seed, LENGTH);
		for (int t = 0; t < LENGTH; t++)
		{
			furthest = fmax(furthest, fabs(out[t * CHANNELS] - values[t * CHANNELS]));
			rising &= t == 0 || out[t * CHANNELS] > out[(t - 1) * CHANNELS];
			together &= fabs(out[t * CHANNELS + 1] - (5 - 2 * out[t * CHANNELS])) < 1e-5;
		}
		rising &= fabs(out[0]) < 1e-6 && fabs(out[(LENGTH - 1) * CHANNELS] - 1) < 1e-5;
	}
	check(rising, "time never runs back, and keeps its ends");
	check(together, "all columns go by the same time");
	check(furthest > 0.06 && furthest < 0.2, "it is off by up to %.3f of the length", furthest);
}

static void
test_crop(void)
{
	const lf_augmentation augmentation = {.share = 1, .crop = 0.1};
	double first = 0;
	double last = 1;
	bool even = true;

	for (uint64_t seed = 0; seed < TRIES; seed++)
	{
		make(&augmentation, seed, LENGTH);
		first = fmax(first, out[0]);
		last = fmin(last, out[(LENGTH - 1) * CHANNELS]);
		for (int t = 2; t < LENGTH; t++)
			even &= fabs(out[t * CHANNELS] - 2 * out[(t - 1) * CHANNELS] +
						 out[(t - 2) * CHANNELS]) < 1e-5;
	}
	check(first > 0.08 && first < 0.1 && last < 0.92 && last > 0.9,
		  "up to a tenth is cut at each end: %.3f, %.3f", first, last);
	check(even, "what is left is read evenly");
}

static void
test_scale_and_noise(void)
{
	const lf_augmentation scale = {.share = 1, .scale = 0.1};
	const lf_augmentation noise = {.share = 1, .noise = 0.05};
	double logs = 0;
	double squares = 0;
	bool whole = true;

	for (uint64_t seed = 0; seed < TRIES; seed++)
	{
		double factor;

		make(&scale, seed, LENGTH);
		factor = out[1] / values[1];
		logs += log(factor) * log(factor) / TRIES;
		for (int i = 0; i < LENGTH * CHANNELS; i++)
			whole &= fabs(out[i] - factor * values[i]) < 1e-5;
		make(&noise, seed, LENGTH);
		for (int i = 0; i < LENGTH * CHANNELS; i++)
			squares += pow(out[i] - values[i], 2) / (TRIES * LENGTH * CHANNELS);
	}
	check(whole && fabs(sqrt(logs) - 0.1) < 0.01, "a factor for all values, %.3f", sqrt(logs));
	check(fabs(sqrt(squares) - 0.05) < 0.001, "noise of %.4f", sqrt(squares));
}

static void
test_short(void)
{
	const lf_augmentation augmentation = {.share = 1, .warp = 0.3, .crop = 0.4};

	make(&augmentation, 1, 1);
	check(out[0] == values[0] && out[1] == values[1], "a sequence of one step stays");
	make(&augmentation, 1, 2);
	check(out[0] >= values[0] && out[2] <= values[2] && out[2] > out[0],
		  "one of two steps lies between them");
}

static void
refuse(lf_augmentation augmentation, const char *what)
{
	lf_error error = {0};

	check(lf_augmentation_check(&augmentation, &error) == LF_ERROR_CONFIG, "%s: %s (%s)", what,
		  error.message, error.detail);
}

int
main(void)
{
	lf_error error;

	set_ramps();
	test_share();
	test_warp();
	test_crop();
	test_scale_and_noise();
	test_short();
	check(lf_augmentation_check(&(lf_augmentation){1, 0.3, 0.4, 1, 1}, &error) == LF_OK,
		  "the most that there may be");
	check(lf_augmentation_check(&lf_augmentation_light, &error) == LF_OK &&
			  make(&lf_augmentation_light, 3, LENGTH),
		  "and the light one");
	refuse((lf_augmentation){.share = 1.1}, "more than all");
	refuse((lf_augmentation){.warp = NAN}, "a warp that is no number");
	refuse((lf_augmentation){.warp = 0.34}, "time that would run back");
	refuse((lf_augmentation){.crop = 0.5}, "nothing left");
	refuse((lf_augmentation){.scale = -0.1}, "a negative deviation");
	refuse((lf_augmentation){.noise = INFINITY}, "infinite noise");
	return check_done();
}
