/*
 * generator_effects.c
 *	  What happens to a series on its way into a table.
 */
#include <stdlib.h>
#include <string.h>

#include "generator_private.h"

double
deviation_of(const double *values, int steps)
{
	double mean = 0, square = 0;

	for (int t = 0; t < steps; t++)
		mean += values[t] / steps;
	for (int t = 0; t < steps; t++)
		square += (values[t] - mean) * (values[t] - mean) / steps;
	return sqrt(square);
}

/* Positive, and everything in it in proportion. */
void
effect_growth(generator *g, int steps, double *values)
{
	const double strength = 1.5 * lognormal(g, -1.6, .7) / fmax(deviation_of(values, steps), .3);

	for (int t = 0; t < steps; t++)
		values[t] = exp(fmax(-12, fmin(12, strength * values[t])));
}

/* Single values that lie far off, in the past only: nobody can forecast them. */
void
effect_events(generator *g, int steps, int horizon, double *values)
{
	const double size = lognormal(g, .8, .8) * deviation_of(values, steps);
	const double often = chance(g, .5) ? .02 : 2. / steps;

	for (int t = 0; t < steps - horizon; t++)
		if (chance(g, often))
			values[t] += size * normal(g);
}

/* The distance from the mean grows or shrinks by and by. */
void
effect_modulation(generator *g, int steps, double *values)
{
	const double from = lognormal(g, 0, .5), to = lognormal(g, 0, .5);
	double mean = 0;

	for (int t = 0; t < steps; t++)
		mean += values[t] / steps;
	for (int t = 0; t < steps; t++)
		values[t] = mean + (values[t] - mean) * (from + (to - from) * t / steps);
}

static int
ascending(const void *a, const void *b)
{
	const double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

/* The value below which a share of the others lies. */
static double
quantile(generator *g, const double *values, int steps, double share)
{
	double *sorted = g->scratch[2];

	memcpy(sorted, values, steps * sizeof(double));
	qsort(sorted, steps, sizeof(double), ascending);
	return sorted[(int) (share * (steps - 1))];
}

/* A limit that cuts, whole units, values that are held for a while, two states. */
void
effect_limits(generator *g, const generator_shape *shape, int steps, double *values)
{
	const double kind = uniform(g, 0, 1);

	if (kind < .4)
	{
		const bool top = chance(g, .5);
		const double limit =
			quantile(g, values, steps, top ? uniform(g, .5, .95) : uniform(g, .05, .5));

		for (int t = 0; t < steps; t++)
			values[t] = top ? fmin(values[t], limit) : fmax(values[t], limit);
	}
	else if (kind < .8)
	{
		const double unit = deviation_of(values, steps) * lognormal(g, -1, .8) + 1e-9;

		for (int t = 0; t < steps; t++)
			values[t] = unit * round(values[t] / unit);
	}
	else if (kind < .9 || shape->season > 1)
	{
		const double hold = uniform(g, .2, .8);

		for (int t = 1; t < steps; t++)
			if (chance(g, hold))
				values[t] = values[t - 1];
	}
	else
	{
		const double limit = quantile(g, values, steps, uniform(g, .2, .8));

		for (int t = 0; t < steps; t++)
			values[t] = values[t] > limit;
	}
}

void
effect_reversal(generator *g, int steps, double *values)
{
	if (chance(g, .5))
	{
		for (int t = 0; t < steps; t++)
			values[t] = -values[t];
		return;
	}
	for (int t = 0; t < steps / 2; t++)
	{
		const double value = values[t];

		values[t] = values[steps - 1 - t];
		values[steps - 1 - t] = value;
	}
}

/* Steps without a row, filled as the extension fills them: by a straight line. */
void
effect_holes(generator *g, int steps, int horizon, double *values, uint8_t *observed)
{
	const double often = chance(g, .5) ? uniform(g, 0, .3) : 1. / steps;
	const int longest = chance(g, .5) ? 1 : 1 + below(g, 12);
	const int end = steps - horizon;

	for (int t = 1; t < end - 1; t++)
	{
		int to = t;

		if (!chance(g, often))
			continue;
		while (to < t + longest && to < end - 1)
			to++;
		for (int i = t; i < to; i++)
		{
			const double part = (double) (i - t + 1) / (to - t + 1);

			values[i] = (1 - part) * values[t - 1] + part * values[to];
			observed[i] = 0;
		}
		t = to;
	}
}
