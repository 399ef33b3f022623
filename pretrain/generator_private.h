/*
 * generator_private.h
 *	  What generator*.c share among themselves: draws, and the parts of a series.
 */
#ifndef GENERATOR_PRIVATE_H
#define GENERATOR_PRIVATE_H

#include <math.h>
#include <stdbool.h>

#include "generator.h"

#define PI 3.14159265358979323846

static inline double
uniform(generator *g, double from, double to)
{
	return from + (to - from) * lf_random_uniform(&g->random);
}

static inline bool
chance(generator *g, double probability)
{
	return lf_random_uniform(&g->random) < probability;
}

static inline double
normal(generator *g)
{
	return lf_random_normal(&g->random);
}

/* exp of a normal number. */
static inline double
lognormal(generator *g, double mean, double deviation)
{
	return exp(mean + deviation * normal(g));
}

/* Beta(1, b): near 0 for a large b. */
static inline double
small_share(generator *g, double b)
{
	return 1 - pow(lf_random_uniform(&g->random), 1 / b);
}

static inline double
exponential(generator *g)
{
	return -log(1 - lf_random_uniform(&g->random));
}

/* From 0 to count - 1. */
static inline int
below(generator *g, int count)
{
	return (int) lf_random_below(&g->random, (uint64_t) count);
}

static inline bool
with(const generator *g, generator_part part)
{
	return (g->parts & (int) part) != 0;
}

/* --- generator_season.c --- */

/* The indices of one season, of mean 0 and deviation 1: smooth, rough or spiky. */
extern void season_indices(generator *g, int season, double *indices);

/* --- generator_process.c: steps of a process, in units of about 1 --- */

extern void process_state_space(generator *g, const generator_shape *shape, bool second, int steps,
								double *values);
extern void process_clean(generator *g, const generator_shape *shape, bool second, int steps,
						  double *values);
extern void process_spectral(generator *g, const generator_shape *shape, bool second, int steps,
							 double *values);
extern void process_walk(generator *g, const generator_shape *shape, bool second, int steps,
						 double *values);

/* --- generator_counts.c --- */

/* Counts around a rate that follows what stands in values. */
extern void process_counts(generator *g, int steps, double *values);

/* --- generator_effects.c --- */

extern double deviation_of(const double *values, int steps);
extern void effect_growth(generator *g, int steps, double *values);
extern void effect_events(generator *g, int steps, int horizon, double *values);
extern void effect_modulation(generator *g, int steps, double *values);
extern void effect_limits(generator *g, const generator_shape *shape, int steps, double *values);
extern void effect_reversal(generator *g, int steps, double *values);
extern void effect_holes(generator *g, int steps, int horizon, double *values, uint8_t *observed);

#endif
