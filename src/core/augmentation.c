/*
 * augmentation.c
 *	  Other sequences of the same class, made from one.
 */
#include "augmentation.h"

#include <math.h>
#include <stddef.h>

#define LF_PI 3.14159265358979323846

const lf_augmentation lf_augmentation_light = {
	.share = 1, .warp = 0.08, .crop = 0.04, .scale = 0.1, .noise = 0.05};

lf_status
lf_augmentation_check(const lf_augmentation *augmentation, lf_error *error)
{
	const struct
	{
		const char *name;
		double value, most;
	} ranges[] = {
		{"share", augmentation->share, 1}, {"warp", augmentation->warp, 0.3},
		{"crop", augmentation->crop, 0.4}, {"scale", augmentation->scale, 1},
		{"noise", augmentation->noise, 1},
	};
	char message[LF_ERROR_TEXT];
	char detail[LF_ERROR_TEXT];

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		/* written so that NaN fails, too */
		if (!(ranges[i].value >= 0 && ranges[i].value <= ranges[i].most))
			return lf_fail(
				error, LF_ERROR_CONFIG,
				lf_format(message, "%s of the augmentation is out of range", ranges[i].name),
				lf_format(detail, "It is %g, and must be between 0 and %g.", ranges[i].value,
						  ranges[i].most),
				NULL);
	return LF_OK;
}

/* Uniform in [-most, most). */
static double
uniform(lf_random *random, double most)
{
	return most * (2 * lf_random_uniform(random) - 1);
}

/* The place, 0 .. 1, that is read where evenly the place u would be. */
static double
warped(double u, const double *waves)
{
	double place = u;

	for (int k = 1; k <= LF_AUGMENTATION_WAVES; k++)
		place += waves[k - 1] * sin(LF_PI * k * u) / (LF_PI * k);
	return fmin(fmax(place, 0), 1);
}

lf_augmented
lf_augmentation_draw(const lf_augmentation *augmentation, lf_random *random)
{
	lf_augmented drawn = {.changed = lf_random_uniform(random) < augmentation->share};

	if (!drawn.changed)
		return drawn;
	for (int k = 0; k < LF_AUGMENTATION_WAVES; k++)
		drawn.waves[k] = uniform(random, augmentation->warp);
	drawn.begin = augmentation->crop * lf_random_uniform(random);
	drawn.span = 1 - drawn.begin - augmentation->crop * lf_random_uniform(random);
	drawn.factor = exp(augmentation->scale * lf_random_normal(random));
	return drawn;
}

void
lf_augmentation_step(const lf_augmentation *augmentation, const lf_augmented *augmented,
					 const float *values, int length, int channels, int step, lf_random *random,
					 lf_real *out)
{
	const double u = length > 1 ? (double) step / (length - 1) : 0;
	double place = step;
	int before = step;
	int after = step;

	if (augmented->changed)
	{
		place = (augmented->begin + augmented->span * warped(u, augmented->waves)) * (length - 1);
		before = (int) place < length - 1 ? (int) place : length - 1;
		after = before + 1 < length ? before + 1 : before;
	}
	for (int c = 0; c < channels; c++)
	{
		const double low = values[(size_t) before * channels + c];
		const double high = values[(size_t) after * channels + c];

		if (augmented->changed)
			out[c] = (lf_real) (augmented->factor * (low + (place - before) * (high - low)) +
								augmentation->noise * lf_random_normal(random));
		else
			out[c] = (lf_real) low;
	}
}
