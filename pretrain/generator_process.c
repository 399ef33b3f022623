/*
 * generator_process.c
 *	  How series move: state spaces, clean seasons, Gaussian processes, walks.
 *
 * Sources: innovations state space: Hyndman, Koehler, Ord, Snyder, "Forecasting with Exponential
 * Smoothing" (2008); random processes by their spectrum: Timmer and Koenig, "On generating power
 * law noise", A&A 300 (1995).
 */
#include <string.h>

#include "generator_private.h"

#define LONGEST_SEASON 512
#define MOST_WAVES 16

/* Random numbers of variance 1 with tails as heavy as Student's t of that freedom. */
static double
heavy(generator *g, int freedom)
{
	double square = 0;

	if (freedom > 10)
		return normal(g);
	for (int i = 0; i < freedom; i++)
	{
		const double x = normal(g);

		square += x * x;
	}
	return normal(g) * sqrt((freedom - 2) / (square + 1e-9));
}

/* How large seasons are, over the noise of about 1: often none, sometimes all there is. */
static double
amplitude(generator *g)
{
	return chance(g, .15) ? 0 : lognormal(g, -.3, 1);
}

/* A longer season, one number for so many steps, added to values. */
static void
add_second(generator *g, const generator_shape *shape, int steps, double *values)
{
	double indices[LONGEST_SEASON];
	const int width = chance(g, .7) ? shape->season : 1;
	const int count = shape->second / width;
	const double size = lognormal(g, -.7, .7);

	if (width == 1 || count < 2)
	{
		/* all of it, step by step */
		season_indices(g, shape->second, indices);
		for (int t = 0; t < steps; t++)
			values[t] += size * indices[t % shape->second];
		return;
	}
	/* days of a week that differ in level */
	season_indices(g, count, indices);
	for (int t = 0; t < steps; t++)
		values[t] += size * indices[t / width % count];
}

/* Days whose pattern is smaller, as of weekends. */
static void
scale_days(generator *g, const generator_shape *shape, int steps, double *pattern)
{
	const int days = shape->second / shape->season;
	double factor[64] = {0};

	for (int d = 0; d < days && d < 64; d++)
		factor[d] = d < 5 || !chance(g, .9) ? 1 : uniform(g, 0, 1);
	if (days < 64)
		for (int t = 0; t < steps; t++)
			pattern[t] *= factor[t / shape->season % days];
}

/* The parameters of one state space. */
typedef struct space
{
	double level, trend, seasonal, damping;
	double noise, correlation;
	int freedom;
	bool uneven; /* the noise's size changes slowly */
} space;

static space
draw_space(generator *g, int season)
{
	space s = {.level = chance(g, .2) ? 0 : small_share(g, season > 1 && chance(g, .6) ? 9 : 2)};

	s.trend = chance(g, .5) ? 0 : s.level * small_share(g, 6);
	s.seasonal = chance(g, .35) ? 0 : .7 * small_share(g, 2.5);
	s.damping = chance(g, .7) ? 1 : uniform(g, .8, 1);
	s.noise = lognormal(g, -1, .9);
	s.correlation = chance(g, .6) ? 0 : uniform(g, -.4, .9);
	s.freedom = (const int[]){3, 5, 30}[below(g, 3)];
	s.uneven = chance(g, .3);
	return s;
}

/* A first slope, a step: none, a slow one, or one that leads. */
static double
draw_slope(generator *g, int season)
{
	const double size = chance(g, .3) ? 0 : chance(g, .5) ? .06 : .2;

	return size * normal(g) * sqrt(4. / (season > 4 ? season : 4));
}

void
process_state_space(generator *g, const generator_shape *shape, bool second, int steps,
					double *values)
{
	const int season = shape->season;
	const space s = draw_space(g, season);
	const bool events = with(g, GENERATOR_EVENTS);
	double indices[LONGEST_SEASON];
	double level = 0, size = 0, correlated = 0;
	double slope = draw_slope(g, season);

	memset(indices, 0, sizeof(indices));
	if (season > 1)
	{
		const double a = amplitude(g);

		season_indices(g, season, indices);
		for (int i = 0; i < season; i++)
			indices[i] *= a;
	}
	for (int t = 0; t < steps; t++)
	{
		double error = s.noise * heavy(g, s.freedom);

		if (s.uneven)
		{
			size += .15 * normal(g);
			error *= exp(.7 * fmax(-3, fmin(3, size)));
		}
		correlated = s.correlation * correlated + error;
		values[t] = level + s.damping * slope + indices[t % season] + correlated;
		level += s.damping * slope + s.level * error;
		slope = s.damping * slope + s.trend * error;
		indices[t % season] += season > 1 ? s.seasonal * error : 0;
		if (events && chance(g, .35 / steps))
			level += 2 * normal(g);
		if (events && chance(g, .6 / steps))
			slope += .08 * normal(g);
	}
	if (second)
		add_second(g, shape, steps, values);
}

/*
 * An excursion: a smooth way from here to there over the whole length, which bends once or twice,
 * or is a line.
 */
static void
add_excursion(generator *g, int steps, double *values)
{
	const bool line = chance(g, .5);
	const double size = lognormal(g, -.2, .8) * (chance(g, .5) ? 1 : -1);
	const double power = line ? 1 : lognormal(g, 0, .4);
	const double bend = line ? 0 : normal(g) * .5;
	const double turn = uniform(g, .5, 2);

	for (int t = 0; t < steps; t++)
	{
		const double x = (double) t / steps;

		values[t] += size * (pow(x, power) + bend * sin(PI * turn * x));
	}
}

/*
 * A season whose size and level go their own slow way, as the weather lets them: both change from
 * one season to the next, and evenly in between.
 */
static void
add_wandering(generator *g, int season, int steps, double *values)
{
	const double keep = uniform(g, .6, 1);
	const double swing = lognormal(g, -2.2, .8), drift = lognormal(g, -1.6, .8);
	double size = 0, level = 0, next_size = 0, next_level = 0;

	for (int t = 0; t < steps; t++)
	{
		const double part = (double) (t % season) / season;

		if (t % season == 0)
		{
			size = next_size;
			level = next_level;
			next_size = keep * size + swing * normal(g);
			next_level = keep * level + drift * normal(g);
		}
		values[t] = values[t] * exp((1 - part) * size + part * next_size) + (1 - part) * level +
					part * next_level;
	}
}

void
process_clean(generator *g, const generator_shape *shape, bool second, int steps, double *values)
{
	const double noise = lognormal(g, -3, 1);
	double indices[LONGEST_SEASON];

	memset(values, 0, steps * sizeof(double));
	if (shape->season > 1)
	{
		const double a = lognormal(g, 0, .7);

		season_indices(g, shape->season, indices);
		for (int t = 0; t < steps; t++)
			values[t] = a * indices[t % shape->season];
		if (second && chance(g, .5))
			scale_days(g, shape, steps, values);
	}
	if (second)
		add_second(g, shape, steps, values);
	if (shape->season > 1 && chance(g, .5))
		add_wandering(g, shape->season, steps, values);
	if (chance(g, .7))
		add_excursion(g, steps, values);
	for (int t = 0; t < steps; t++)
		values[t] += noise * normal(g);
}

void
process_spectral(generator *g, const generator_shape *shape, bool second, int steps, double *values)
{
	const double slope = uniform(g, .5, 2.5); /* of the spectrum, in logarithms */
	const double noise = chance(g, .5) ? 0 : lognormal(g, -2, 1);
	double indices[LONGEST_SEASON];

	memset(values, 0, steps * sizeof(double));
	for (int k = 0; k < MOST_WAVES; k++)
	{
		/* from less than one turn in all to one in four steps, evenly in logarithms */
		const double turns = .4 * pow(steps / 1.6, (k + uniform(g, 0, 1)) / MOST_WAVES);
		const double size = normal(g) * pow(turns, -slope / 2) * 1.4;
		const double phase = uniform(g, 0, 2 * PI);
		const double angle = 2 * PI * turns / steps;
		/* a recurrence is as good as so many cosines */
		const double turn = 2 * cos(angle);
		double before = size * cos(phase - angle), now = size * cos(phase);

		for (int t = 0; t < steps; t++)
		{
			const double next = turn * now - before;

			values[t] += now;
			before = now;
			now = next;
		}
	}
	if (shape->season > 1 && chance(g, .7))
	{
		const double a = amplitude(g);

		season_indices(g, shape->season, indices);
		for (int t = 0; t < steps; t++)
			values[t] += a * indices[t % shape->season];
		if (second)
			add_second(g, shape, steps, values);
	}
	for (int t = 0; t < steps; t++)
		values[t] += noise * normal(g);
}

void
process_walk(generator *g, const generator_shape *shape, bool second, int steps, double *values)
{
	const double momentum = chance(g, .6) ? 0 : uniform(g, 0, .8);
	const double return_to = chance(g, .6) ? 0 : small_share(g, 12);
	const double change = chance(g, .7) ? 0 : 3. / steps; /* of regime */
	const double drift = chance(g, .6) ? 0 : .1 * normal(g);
	const int freedom = (const int[]){3, 5, 30, 30}[below(g, 4)];
	double indices[LONGEST_SEASON];
	double x = 0, step = 0, centre = 0, size = .3, logsize = 0;
	const double volatile_size = chance(g, .5) ? 0 : .15;
	const double a = shape->season > 1 && chance(g, .5) ? .5 * amplitude(g) : 0;

	season_indices(g, shape->season > 1 ? shape->season : 2, indices);
	for (int t = 0; t < steps; t++)
	{
		if (change > 0 && chance(g, change))
		{
			centre = 2 * normal(g);
			size = lognormal(g, -1.2, .7);
		}
		logsize = .98 * logsize + volatile_size * normal(g);
		step = momentum * step + size * exp(logsize) * heavy(g, freedom);
		x += step + drift * size + return_to * (centre - x);
		values[t] = x + a * indices[shape->season > 1 ? t % shape->season : 0];
	}
	if (second && a > 0)
		add_second(g, shape, steps, values);
}
