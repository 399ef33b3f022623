/*
 * generator.c
 *	  Draws series: which process, which effects, how often.
 */
#include "generator.h"

#include <string.h>

#include "generator_private.h"

/* Shapes, and how often each is drawn. */
typedef struct shape_choice
{
	int season;
	int second;
	int past;
	int horizon;
	double weight;
} shape_choice;

static const shape_choice choices[] = {
	{1, 0, 48, 14, 3},                           /* years, and what has no season */
	{1, 0, 192, 48, 1},       {4, 0, 64, 12, 3}, /* quarters */
	{5, 0, 120, 30, .7},                         /* business days */
	{7, 0, 150, 35, 1.5},                        /* days */
	{12, 0, 120, 24, 4},                         /* months */
	{24, 0, 240, 48, .8},                        /* hours */
	{24, 168, 1032, 48, 1.4}, {48, 336, 1500, 48, .4}, {52, 0, 260, 26, 1}, /* weeks */
	{0, 0, 192, 36, .8},                                                    /* any season */
};

#define CHOICES (sizeof(choices) / sizeof(choices[0]))

generator_shape
generator_draw_shape(generator *g)
{
	double total = 0, drawn;
	size_t i = 0;
	generator_shape shape;

	for (size_t j = 0; j < CHOICES; j++)
		total += choices[j].weight;
	drawn = uniform(g, 0, total);
	while (i + 1 < CHOICES && drawn >= choices[i].weight)
		drawn -= choices[i++].weight;
	shape = (generator_shape){choices[i].season, choices[i].second, choices[i].past,
							  choices[i].horizon};
	if (shape.season == 0)
		shape.season = 2 + below(g, 60);
	if (!with(g, GENERATOR_SECOND))
		shape.second = 0;
	/* often as far as it goes, so that long windows are not rare */
	if (chance(g, .6))
	{
		const int least = shape.season > 1 ? 2 * shape.season : 6;

		if (shape.second == 0 && least < shape.past)
			shape.past = least + below(g, shape.past - least + 1);
		shape.horizon = 1 + below(g, shape.horizon);
	}
	return shape;
}

/* What has so many steps a day, or a year, is rather a machine's or the weather's than people's. */
#define LONG_SEASON 24

/* One process by itself. */
static void
draw_process(generator *g, const generator_shape *shape, bool second, int steps, double *values)
{
	const struct
	{
		generator_part part;
		double weight;
		void (*process)(generator *, const generator_shape *, bool, int, double *);
	} processes[] = {
		{GENERATOR_STATE_SPACE, .6, process_state_space},
		{GENERATOR_CLEAN, shape->season >= LONG_SEASON ? .45 : .15, process_clean},
		{GENERATOR_SPECTRAL, .1, process_spectral},
		{GENERATOR_WALK, .15, process_walk},
	};
	double total = 0, drawn;

	for (int i = 0; i < 4; i++)
		total += with(g, processes[i].part) ? processes[i].weight : 0;
	drawn = uniform(g, 0, total);
	for (int i = 0; i < 4; i++)
	{
		if (!with(g, processes[i].part))
			continue;
		if (drawn < processes[i].weight)
		{
			processes[i].process(g, shape, second, steps, values);
			return;
		}
		drawn -= processes[i].weight;
	}
	process_state_space(g, shape, second, steps, values);
}

/* How many steps of the past there are: often all, sometimes hardly any. */
static int
draw_length(generator *g, const generator_shape *shape)
{
	const int least = shape->second > 0 ? 2 * shape->season : 3;

	if (least >= shape->past || !chance(g, .35))
		return shape->past;
	return least + below(g, shape->past - least + 1);
}

static void
draw_effects(generator *g, const generator_shape *shape, int steps, generator_series *series)
{
	double *values = series->values;

	if (with(g, GENERATOR_MODULATION) && chance(g, .1))
		effect_modulation(g, steps, values);
	if (with(g, GENERATOR_REVERSAL) && chance(g, .1))
		effect_reversal(g, steps, values);
	if (with(g, GENERATOR_GROWTH) && chance(g, .35))
		effect_growth(g, steps, values);
	if (with(g, GENERATOR_COUNTS) && chance(g, .08))
		process_counts(g, steps, values);
	else if (with(g, GENERATOR_LIMITS) && chance(g, .08))
		effect_limits(g, shape, steps, values);
	if (with(g, GENERATOR_EVENTS) && chance(g, .15))
		effect_events(g, steps, shape->horizon, values);
	if (with(g, GENERATOR_HOLES) && chance(g, .1))
		effect_holes(g, steps, shape->horizon, values, series->observed);
}

void
generator_draw(generator *g, const generator_shape *shape, generator_series *series)
{
	const int length = draw_length(g, shape);
	const int steps = length + shape->horizon;
	const bool second = shape->second > 0 && chance(g, .75);

	series->length = length;
	/* a second season is looked for, and sometimes found where there is none */
	series->second = second || (shape->second > 0 && chance(g, .2)) ? shape->second : 0;
	memset(series->observed, 1, steps);
	draw_process(g, shape, second, steps, series->values);
	if (with(g, GENERATOR_MIX) && chance(g, .12))
	{
		double *other = g->scratch[0];
		const double share = uniform(g, .2, .8);

		draw_process(g, shape, second, steps, other);
		for (int t = 0; t < steps; t++)
			series->values[t] = share * series->values[t] + (1 - share) * other[t];
	}
	draw_effects(g, shape, steps, series);
}
