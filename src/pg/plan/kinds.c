/*
 * kinds.c
 *	  What kind of numbers the values are: counts, often zero, positive.
 *
 * Of a part that is sold in one week of six the median is 0, which no stock keeper can use: what is
 * often zero is forecast by its mean, so errors are squared. Nobody sells -3 pieces, or 1.5 of
 *them.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "plan/plan_private.h"

#define OFTEN 0.33      /* share of zeros from which the median says too little */
#define SOME 0.05       /* share of zeros that are no accident */
#define LARGE_MEAN 10.0 /* from which log1p resembles the logarithm */

/* What all observed values have in common. What fills a hole may lie between. */
typedef struct Kinds
{
	int64 observed;
	int64 zeros;
	bool whole;
	double highest;
} Kinds;

static void
take_value(Kinds *kinds, double value)
{
	kinds->observed++;
	kinds->zeros += value == 0;
	kinds->highest = Max(kinds->highest, value);
	/* beyond int64 every double is whole */
	kinds->whole &= value >= 0x1p63 || (value >= 0 && (double) (int64) value == value);
}

static Kinds
find_kinds(const lf_dataset *dataset)
{
	Kinds kinds = {.whole = true, .highest = -INFINITY};

	for (int64 s = 0; s < dataset->count; s++)
	{
		const lf_series *series = &dataset->series[s];

		for (int64 i = 0; i < series->length; i++)
		{
			if (i % INTERRUPT_ROWS == 0)
				check_interrupts();
			if (series->observed == NULL || series->observed[i])
				take_value(&kinds, series->values[i]);
		}
	}
	return kinds;
}

/*
 * log where every value is above zero. Counts and sales have zeros among large
 * values: log1p is nearly the logarithm of these, and has a place for zero. Of
 * small values it would change next to nothing, and of values that are often zero it
 * would lead away from their mean.
 */
static lf_transform
find_logarithm(const PlanFacts *facts)
{
	if (facts->least > 0)
		return LF_TRANSFORM_LOG;
	return facts->least == 0 && facts->mean >= LARGE_MEAN && !facts->intermittent
			   ? LF_TRANSFORM_LOG1P
			   : LF_TRANSFORM_NONE;
}

/* Limits that the values keep to by their kind. */
static void
find_limits(PlanFacts *facts, TrainOptions *options, const Kinds *kinds)
{
	double zeros = (double) kinds->zeros / (double) Max(kinds->observed, 1);
	bool counts = facts->least >= 0 && facts->whole;

	if (counts && facts->least == 0 && kinds->highest == 1 && isnan(options->maximum) &&
		!(options->minimum > 1))
	{
		options->maximum = 1;
		plan_reason(facts, "maximum", "every value is 0 or 1");
	}
	if (!isnan(options->minimum))
		return;
	options->minimum = -INFINITY;
	if (facts->least < 0 || options->maximum < 0 ||
		!(counts || (facts->least == 0 && zeros >= SOME)))
		return;
	options->minimum = 0;
	plan_reason(facts, "minimum",
				counts ? "every value is a whole number, and none is below zero"
					   : "no value is below zero, and %.0f in a hundred are zero",
				100 * zeros);
}

/* Errors are absolute ones, and forecasts medians; means of what is often zero. */
static void
find_loss(PlanFacts *facts, TrainOptions *options, const Kinds *kinds)
{
	if (options->loss != OPTION_AUTO)
		return;
	options->loss = facts->intermittent ? LF_LOSS_MSE : LF_LOSS_MAE;
	if (facts->intermittent)
		plan_reason(facts, "loss", "%.0f in a hundred values are zero, so the mean is forecast",
					100 * (double) kinds->zeros / (double) kinds->observed);
}

void
plan_kinds(PlanFacts *facts, TrainOptions *options)
{
	Kinds kinds = find_kinds(&facts->dataset);

	facts->whole = kinds.whole && facts->least >= 0;
	facts->intermittent =
		facts->least >= 0 && (double) kinds.zeros > OFTEN * (double) kinds.observed;
	facts->logarithm = find_logarithm(facts);
	find_limits(facts, options, &kinds);
	find_loss(facts, options, &kinds);
}
