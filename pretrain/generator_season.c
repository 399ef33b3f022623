/*
 * generator_season.c
 *	  The shapes of a season.
 */
#include <string.h>

#include "generator_private.h"

#define MOST_WAVES 12

/* A few waves, the higher ones smaller. */
static void
smooth(generator *g, int season, double *indices)
{
	const int waves = season / 2 < MOST_WAVES ? season / 2 : MOST_WAVES;
	const double decay = uniform(g, .3, 2.5);

	memset(indices, 0, season * sizeof(double));
	for (int k = 1; k <= waves; k++)
	{
		const double size = normal(g) * pow(k, -decay);
		const double phase = uniform(g, 0, 2 * PI);

		for (int i = 0; i < season; i++)
			indices[i] += size * cos(2 * PI * k * i / season + phase);
	}
}

static void
rough(generator *g, int season, double *indices)
{
	for (int i = 0; i < season; i++)
		indices[i] = normal(g);
}

/* Little but a few high steps: a payday, a December. */
static void
spiky(generator *g, int season, double *indices)
{
	for (int i = 0; i < season; i++)
		indices[i] = (chance(g, .15) ? 1.5 * exponential(g) : 0) + .2 * normal(g);
}

/* Two states, as of open and closed hours, or of weekends. */
static void
two_states(generator *g, int season, double *indices)
{
	const int from = below(g, season);
	const int length = 1 + below(g, season > 2 ? season - 1 : 1);
	const double ramp = chance(g, .5) ? .1 : .4;

	for (int i = 0; i < season; i++)
		indices[i] = ((i - from + season) % season < length ? 1 : -1) + ramp * normal(g);
}

void
season_indices(generator *g, int season, double *indices)
{
	const double kind = uniform(g, 0, 1);
	double mean = 0, square = 0;

	if (kind < .5)
		smooth(g, season, indices);
	else if (kind < .75)
		rough(g, season, indices);
	else if (kind < .88)
		spiky(g, season, indices);
	else
		two_states(g, season, indices);
	for (int i = 0; i < season; i++)
		mean += indices[i] / season;
	for (int i = 0; i < season; i++)
		square += (indices[i] - mean) * (indices[i] - mean) / season;
	for (int i = 0; i < season; i++)
		indices[i] = (indices[i] - mean) / (sqrt(square) + 1e-6);
}
