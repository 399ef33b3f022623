/*
 * kinds.c
 *	  What kind of numbers a panel holds: counts, yes or no, seldom anything but zero.
 *
 * The median of a part that is sold in one week of five is 0, which nobody can order by; its mean
 * is what such data are forecast for, and least squares lead there. Zeros that come at known times,
 * as at night or on Sundays, are another matter: what varies at the other times has a median.
 */
#include "postgres.h"

#include <math.h>

#include "core/loss.h"
#include "base/interrupts.h"
#include "plan/plan_private.h"

#define SELDOM 3            /* often zero: more than one in so many steps */
#define ZEROS_OF_COUNTS 0.3 /* of the steps at which anything is ever counted */
#define LARGEST_COUNT 1e9   /* of what anybody counts one by one */
#define CLOSED 0.9          /* of the steps at one place of the season are zero: nothing ever is */
#define LARGE_MEAN 10.0     /* from which log1p resembles the logarithm */
#define MANY 20             /* values at a limit that show it to be one: one in so many steps */

/* What was counted; steps that were not observed count in nothing. */
typedef struct Count
{
	int64 steps;
	int64 zeros;
	int64 ones;
	int64 hundreds;
	double largest;
	int64 often_zero; /* steps of the series that are often zero */
	int64 counted;    /* steps of the series that are zero by chance */
	bool whole;       /* every value is a whole number, and none below zero */
	bool binary;      /* every value is 0 or 1 */
} Count;

/* The places of a season, by which the zeros of one series are told apart. */
typedef struct Places
{
	int season;
	int64 *steps;
	int64 *zeros;
	double *sums;
} Places;

static Places
create_places(int season)
{
	return (Places){.season = season,
					.steps = palloc_extended(sizeof(int64) * season, MCXT_ALLOC_HUGE),
					.zeros = palloc_extended(sizeof(int64) * season, MCXT_ALLOC_HUGE),
					.sums = palloc_extended(sizeof(double) * season, MCXT_ALLOC_HUGE)};
}

static void
count_value(Count *count, double value)
{
	/* beyond int64 every double is whole */
	count->whole &= value >= 0x1p63 || (value >= 0 && (double) (int64) value == value);
	count->binary &= value == 0 || value == 1;
	count->steps++;
	count->zeros += value == 0;
	count->ones += value == 1;
	count->hundreds += value == 100;
	count->largest = Max(count->largest, value);
}

/* Add a series to the panel. */
static void
add_count(Count *all, const Count *own)
{
	all->steps += own->steps;
	all->zeros += own->zeros;
	all->ones += own->ones;
	all->hundreds += own->hundreds;
	all->largest = Max(all->largest, own->largest);
	all->whole &= own->whole;
	all->binary &= own->binary;
}

/* Nothing counted yet. */
static Count
no_count(void)
{
	return (Count){.largest = -INFINITY, .whole = true, .binary = true};
}

/* Count one series; its own steps, and those by their place in the season. */
static void
count_series(const lf_series *series, Places *places, Count *own)
{
	int used = (int) Min(places->season, series->length);

	memset(places->steps, 0, sizeof(int64) * used);
	memset(places->zeros, 0, sizeof(int64) * used);
	memset(places->sums, 0, sizeof(double) * used);
	for (int64 i = 0; i < series->length; i++)
	{
		int place = (int) (i % places->season);

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (series->observed != NULL && !series->observed[i])
			continue;
		count_value(own, series->values[i]);
		places->steps[place]++;
		places->zeros[place] += series->values[i] == 0;
		places->sums[place] += series->values[i];
	}
}

/* Is a series often zero at the very times from which most of its sum comes? */
static bool
is_often_zero(const lf_series *series, const Places *places, const Count *own)
{
	double sum = 0;
	double seldom = 0;

	if (own->zeros * SELDOM <= own->steps)
		return false;
	for (int i = 0; i < Min(places->season, series->length); i++)
	{
		sum += places->sums[i];
		if (places->zeros[i] * SELDOM > places->steps[i])
			seldom += places->sums[i];
	}
	return seldom > sum / 2;
}

/* Is a series often zero by chance, and not because it is closed at known times? */
static bool
is_zero_by_chance(const lf_series *series, const Places *places)
{
	int64 steps = 0;
	int64 zeros = 0;

	for (int i = 0; i < Min(places->season, series->length); i++)
	{
		if ((double) places->zeros[i] >= CLOSED * (double) places->steps[i])
			continue;
		steps += places->steps[i];
		zeros += places->zeros[i];
	}
	return zeros > 0 && (double) zeros >= ZEROS_OF_COUNTS * (double) steps;
}

static Count
count_panel(const PlanFacts *facts)
{
	Places places = create_places(facts->season);
	Count all = no_count();

	for (int64 i = 0; i < facts->dataset.count; i++)
	{
		const lf_series *series = &facts->dataset.series[i];
		Count own = no_count();

		count_series(series, &places, &own);
		add_count(&all, &own);
		if (is_often_zero(series, &places, &own))
			all.often_zero += own.steps;
		if (is_often_zero(series, &places, &own) || is_zero_by_chance(series, &places))
			all.counted += own.steps;
	}
	pfree(places.steps);
	pfree(places.zeros);
	pfree(places.sums);
	return all;
}

/* Is every value 0 or 1, and not all the same? */
static bool
is_yes_or_no(const Count *all)
{
	return all->binary && all->zeros > 0 && all->zeros < all->steps;
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
	if (facts->intermittent)
		return LF_TRANSFORM_NONE;
	if (facts->least > 0)
		return LF_TRANSFORM_LOG;
	return facts->least == 0 && facts->mean >= LARGE_MEAN ? LF_TRANSFORM_LOG1P : LF_TRANSFORM_NONE;
}

/* Nobody sells -3 pieces, and no rain is less than none. */
static void
find_minimum(PlanFacts *facts, TrainOptions *options, const Count *all)
{
	if (!isnan(options->minimum))
		return;
	options->minimum = -INFINITY;
	if (options->maximum < 0 ||
		!(facts->whole || (facts->least >= 0 && all->zeros * MANY >= all->steps)))
		return;
	options->minimum = 0;
	if (facts->whole)
		plan_reason(facts, "minimum", "every value is a whole number, and none is below zero");
	else
		plan_reason(facts, "minimum", "no value is below zero, and %lld of %lld are zero",
					(long long) all->zeros, (long long) all->steps);
}

/* No share is more than all of it. */
static void
find_maximum(PlanFacts *facts, TrainOptions *options, const Count *all)
{
	bool share = facts->least >= 0 && facts->least < all->largest &&
				 ((all->largest == 1 && all->ones * MANY >= all->steps) ||
				  (all->largest == 100 && all->hundreds * MANY >= all->steps));

	if (!isnan(options->maximum))
		return;
	options->maximum = INFINITY;
	if (options->minimum > all->largest || !(share || is_yes_or_no(all)))
		return;
	options->maximum = all->largest;
	if (is_yes_or_no(all))
		plan_reason(facts, "maximum", "every value is 0 or 1");
	else
		plan_reason(facts, "maximum", "no value is below 0 or above %g, and many are that",
					all->largest);
}

/* Errors are absolute ones, and forecasts medians; means of what is often zero. */
static void
find_loss(PlanFacts *facts, TrainOptions *options, const Count *all)
{
	if (options->loss != OPTION_AUTO)
		return;
	options->loss = facts->counts         ? LF_LOSS_NEGATIVE_BINOMIAL
					: facts->intermittent ? LF_LOSS_MSE
										  : LF_LOSS_MAE;
	if (facts->counts)
		plan_reason(facts, "loss",
					"every value is a whole number, none is below zero and %lld of %lld are zero",
					(long long) all->zeros, (long long) all->steps);
	else if (is_yes_or_no(all))
		plan_reason(facts, "loss", "every value is 0 or 1, so the mean is forecast");
	else if (facts->intermittent)
		plan_reason(facts, "loss", "%lld of %lld values are zero, so the mean is forecast",
					(long long) all->zeros, (long long) all->steps);
}

/* A loss of counts has a scaling of its own: who wants another has another loss. */
static bool
leaves_scaling(const TrainOptions *options)
{
	int members = options_member_count(options);
	bool leaves = true;

	for (int i = 0; i < Max(members, 1); i++)
	{
		TrainOptions own = *options;

		if (members > 0)
			options_of_member(options, i, &own);
		leaves &= own.transform == OPTION_AUTO || own.transform == LF_TRANSFORM_NONE;
		leaves &= own.normalization == OPTION_AUTO || own.normalization == LF_NORMALIZE_COUNT;
	}
	return leaves;
}

/* A distribution of counts tells more than errors that were made: of these most are of zeros. */
static void
find_interval(PlanFacts *facts, TrainOptions *options)
{
	if (options->interval != OPTION_AUTO)
		return;
	options->interval = INTERVAL_CONFORMAL;
	if (!lf_loss_of_counts((lf_loss_kind) options->loss))
		return;
	options->interval = INTERVAL_MODEL;
	plan_reason(facts, "interval", "the loss is that of a distribution of counts");
}

void
plan_kinds(PlanFacts *facts, TrainOptions *options)
{
	Count all = count_panel(facts);

	facts->whole = all.whole && facts->least >= 0;
	facts->intermittent =
		facts->least >= 0 && (is_yes_or_no(&all) || all.often_zero > all.steps / 2);
	facts->counts = facts->whole && !is_yes_or_no(&all) && all.counted > all.steps / 2 &&
					all.largest <= LARGEST_COUNT && leaves_scaling(options);
	facts->intermittent |= facts->counts;
	facts->logarithm = find_logarithm(facts);
	find_minimum(facts, options, &all);
	find_maximum(facts, options, &all);
	find_loss(facts, options, &all);
	plan_check_counts(facts, options);
	find_interval(facts, options);
}
