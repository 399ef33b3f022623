/*
 * generator_counts.c
 *	  Counts: whole, not negative, often zero (Croston 1972, "Forecasting and stock control for
 *	  intermittent demands").
 */
#include "generator_private.h"

/* Poisson (Knuth's products; rounded normal numbers where the rate is high). */
static double
poisson(generator *g, double rate)
{
	const double limit = exp(-rate);
	double product = 1;
	int count = -1;

	if (rate > 30)
		return fmax(0, round(rate + sqrt(rate) * normal(g)));
	do
	{
		product *= lf_random_uniform(&g->random);
		count++;
	} while (product > limit);
	return count;
}

void
process_counts(generator *g, int steps, double *values)
{
	const double deviation = deviation_of(values, steps) + 1e-6;
	const double rate = lognormal(g, .5, 1.5);
	const double swing = chance(g, .3) ? 0 : uniform(g, .1, .8);
	const double idle = chance(g, .5) ? 0 : uniform(g, .2, .9); /* steps without any demand */
	const double dispersion = chance(g, .5) ? 0 : uniform(g, .1, .8);

	for (int t = 0; t < steps; t++)
	{
		const double relative = fmax(-4, fmin(4, values[t] / deviation));
		double now = fmin(1e4, rate * exp(swing * relative));

		if (dispersion > 0)
			now *= exp(dispersion * normal(g));
		values[t] = idle > 0 && chance(g, idle) ? 0 : poisson(g, now);
	}
}
