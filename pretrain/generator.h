/*
 * generator.h
 *	  Synthetic series: all that the shipped network learns from.
 *
 * A series is drawn in two parts: a process (generator_process.c), which says how it moves, with
 * seasons (generator_season.c) in it, and effects (generator_effects.c), which say what happens to
 * a table on its way: growth, rounding, limits, peaks, holes. docs/pretraining.md explains every
 * part with its ranges and sources.
 */
#ifndef GENERATOR_H
#define GENERATOR_H

#include <stdint.h>

#include "core/random.h"

#define GENERATOR_LONGEST 4096 /* steps of a series at most */

/* What the windows of one micro-batch have in common. */
typedef struct generator_shape
{
	int season;  /* 1: none */
	int second;  /* a longer season, of which some of the series have none; 0: none */
	int past;    /* steps before the forecast at most */
	int horizon; /* steps of the forecast */
} generator_shape;

/* Parts that can be left out, to see what they are worth. */
typedef enum generator_part
{
	GENERATOR_STATE_SPACE = 1 << 0, /* level, damped trend, evolving season */
	GENERATOR_CLEAN = 1 << 1,       /* seasons and excursions, hardly any noise */
	GENERATOR_SPECTRAL = 1 << 2,    /* Gaussian processes by their spectrum */
	GENERATOR_WALK = 1 << 3,        /* walks with momentum, mean reversion, regimes */
	GENERATOR_COUNTS = 1 << 4,      /* intermittent and small counts */
	GENERATOR_GROWTH = 1 << 5,      /* what is positive and grows by factors */
	GENERATOR_MIX = 1 << 6,         /* sums of two series */
	GENERATOR_EVENTS = 1 << 7,      /* outliers, shifts, bends */
	GENERATOR_LIMITS = 1 << 8,      /* censored, rounded, held values */
	GENERATOR_MODULATION = 1 << 9,  /* an amplitude that changes */
	GENERATOR_REVERSAL = 1 << 10,   /* of sign and time */
	GENERATOR_HOLES = 1 << 11,      /* missing values */
	GENERATOR_SECOND = 1 << 12,     /* week over day, year over week */
	GENERATOR_ALL = (1 << 13) - 1
} generator_part;

/* A generator and its scratch; by value. */
typedef struct generator
{
	int parts; /* generator_part, joined */
	lf_random random;
	double scratch[3][GENERATOR_LONGEST];
} generator;

/* Draw what the next windows have in common. */
extern generator_shape generator_draw_shape(generator *generator);

/* A series: its steps, of which the last shape->horizon are the forecast's. */
typedef struct generator_series
{
	int length; /* steps before the forecast; from 3 to shape->past */
	int second; /* shape->second, or 0 */
	double values[GENERATOR_LONGEST];
	uint8_t observed[GENERATOR_LONGEST];
} generator_series;

/* Draw one: finite values of any size. */
extern void generator_draw(generator *generator, const generator_shape *shape,
						   generator_series *series);

#endif
