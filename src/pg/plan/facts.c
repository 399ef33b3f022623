/*
 * facts.c
 *	  What the data says before any rule is applied.
 */
#include "postgres.h"

#include <math.h>

#include "base/jsonio.h"
#include "base/sorting.h"
#include "time/calendar.h"
#include "plan/plan_private.h"
#include "base/interrupts.h"

#define LANES 8 /* sums that run side by side */
#define CENTRE_SERIES 100
#define CENTRE_WINDOWS 400
#define CLEARLY_NEARER 0.9
#define LEAST_HORIZONS 2 /* of a series that tells how long the typical one is */

void
plan_reason(PlanFacts *facts, const char *option, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	json_append_key(facts->reasons, option);
	json_append_text(facts->reasons, text);
}

lf_dataset
plan_dataset(const Panel *panel)
{
	lf_series *series = palloc_extended(mul_size(sizeof(lf_series), panel->count), MCXT_ALLOC_HUGE);

	for (int64 i = 0; i < panel->count; i++)
		series[i] = (lf_series){.length = panel->series[i]->length,
								.values = panel->series[i]->values,
								.observed = panel->series[i]->observed,
								.covered = panel->series[i]->length};
	return (lf_dataset){.count = panel->count, .series = series};
}

/*
 * The length such that half of all steps lie in series that are no longer, of those that have at
 * least `least` steps; of all where none has. They are taken in the order of their lengths.
 */
static int64
typical_length(const int64 *lengths, int64 count, int64 least)
{
	int64 first = 0;
	int64 steps = 0;
	int64 passed = 0;

	while (first < count && lengths[first] < least)
		first++;
	if (first == count)
		first = 0;
	for (int64 i = first; i < count; i++)
		steps += lengths[i];
	for (int64 i = first; i < count - 1; i++)
		if ((passed += lengths[i]) * 2 >= steps)
			return lengths[i];
	return lengths[count - 1];
}

/* The lengths of all series, ascending. */
static int64 *
ascending_lengths(const lf_dataset *dataset)
{
	int64 *lengths = palloc_extended(mul_size(sizeof(int64), dataset->count), MCXT_ALLOC_HUGE);

	for (int64 i = 0; i < dataset->count; i++)
		lengths[i] = dataset->series[i].length;
	qsort(lengths, dataset->count, sizeof(int64), compare_int64);
	return lengths;
}

/*
 * The smallest of count values, and the sum of their parts of a mean. In lanes, as one sum
 * would wait for its last term.
 */
static void
block_range(const double *values, int64 count, double part, double *least, double *sum)
{
	double smallest[LANES];
	double sums[LANES] = {0};
	int64 whole = count - count % LANES;

	for (int l = 0; l < LANES; l++)
		smallest[l] = *least;
	for (int64 i = 0; i < whole; i += LANES)
		for (int l = 0; l < LANES; l++)
		{
			smallest[l] = Min(smallest[l], values[i + l]);
			sums[l] += values[i + l] * part;
		}
	for (int64 i = whole; i < count; i++)
	{
		smallest[0] = Min(smallest[0], values[i]);
		sums[0] += values[i] * part;
	}
	for (int l = 0; l < LANES; l++)
	{
		*least = Min(*least, smallest[l]);
		*sum += sums[l];
	}
}

/* The smallest value of all series, and their mean, each series counting alike. */
static void
value_range(const lf_dataset *dataset, double *least, double *mean)
{
	*least = INFINITY;
	*mean = 0;
	for (int64 s = 0; s < dataset->count; s++)
	{
		const lf_series *series = &dataset->series[s];
		double own = 0;

		for (int64 i = 0; i < series->length; i += INTERRUPT_ROWS)
		{
			check_interrupts();
			block_range(series->values + i, Min(INTERRUPT_ROWS, series->length - i),
						1 / (double) series->length, least, &own);
		}
		*mean += own / (double) dataset->count;
	}
}

void
plan_check_transform(const PlanFacts *facts, int transform)
{
	double bound = transform == LF_TRANSFORM_LOG ? 0 : -1;

	if (transform != LF_TRANSFORM_LOG && transform != LF_TRANSFORM_LOG1P)
		return;
	for (int64 s = 0; s < facts->panel->count; s++)
	{
		const GridSeries *series = facts->panel->series[s];

		for (int64 i = 0; i < series->length; i++)
		{
			if (i % INTERRUPT_ROWS == 0)
				check_interrupts();
			if (series->values[i] <= bound)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("option \"transform\" is \"%s\", but not every value is above %g",
								options_word("transform", transform), bound),
						 errdetail("Step %lld%s has the value %g.", (long long) i + 1,
								   series_place(series->label), series->values[i]),
						 errhint("Leave \"transform\" out, or set it to \"none\".")));
		}
	}
}

/* "7 and 365", of at least one. */
static char *
periods_text(const Seasons *seasons)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < seasons->count; i++)
		appendStringInfo(&text, "%s%d",
						 i == 0                    ? ""
						 : i == seasons->count - 1 ? " and "
												   : ", ",
						 seasons->periods[i]);
	return text.data;
}

static void
find_season(PlanFacts *facts, TrainOptions *options)
{
	Seasons *seasons = &facts->seasons;

	facts->season = options->seasonal_period;
	if (facts->season != OPTION_AUTO)
	{
		if (facts->season > 1)
			*seasons = (Seasons){.count = 1, .periods = {facts->season}};
		return;
	}
	facts->season = season_detect(&facts->panel->frequency, &facts->dataset, seasons);
	options->seasonal_period = facts->season;
	if (seasons->count == 0)
		plan_reason(facts, "seasonal_period",
					"nothing repeats clearly enough, after what the frequency suggests or else");
	else if (facts->season == 1)
		plan_reason(facts, "seasonal_period",
					"the values repeat after %s steps, a year, which is too long to plan with",
					periods_text(seasons));
	else
		plan_reason(facts, "seasonal_period", "the values repeat after %s steps",
					periods_text(seasons));
}

/*
 * The horizon, and the length of the typical series that has room for it.
 *
 * The horizon is what is usual; of short series half of their steps. The longest one decides: a few
 * steps of many others are no reason to forecast less of it.
 */
static void
find_horizon(PlanFacts *facts, TrainOptions *options)
{
	int64 *lengths = ascending_lengths(&facts->dataset);
	int usual = frequency_horizon(&facts->panel->frequency);
	int64 most;
	int64 least;

	facts->longest = lengths[facts->dataset.count - 1];
	most = Max(1, facts->longest / 2);
	if (options->horizon == OPTION_AUTO)
	{
		options->horizon = (int) Min(usual, most);
		if (usual <= most)
			plan_reason(facts, "horizon", "what is usual for the frequency \"%s\"",
						options->frequency);
		else
			plan_reason(facts, "horizon", "%lld steps are too few for the %d that are usual",
						(long long) facts->longest, usual);
	}
	least = LEAST_HORIZONS * (int64) options->horizon;
	facts->length = typical_length(lengths, facts->dataset.count, least);
	for (int64 i = 0; i < facts->dataset.count; i++)
		facts->capable += lengths[i] >= least;
	if (facts->capable == 0)
		facts->capable = facts->dataset.count;
	pfree(lengths);
}

PlanFacts *
plan_facts(const Panel *panel, TrainOptions *options)
{
	PlanFacts *facts = palloc0(sizeof(PlanFacts));
	double least;
	double mean;

	facts->panel = panel;
	facts->dataset = plan_dataset(panel);
	value_range(&facts->dataset, &least, &mean);
	facts->least = least;
	facts->mean = mean;
	facts->reasons = makeStringInfo();
	appendStringInfoChar(facts->reasons, '{');
	if (options->frequency == NULL)
	{
		options->frequency = frequency_text(&panel->frequency);
		plan_reason(facts, "frequency",
					panel->frequency.kind == FREQUENCY_LISTED ? "the option \"steps\" lists them"
															  : "the timestamps are spaced so");
	}
	if (options->time_zone == NULL && panel->frequency.kind != FREQUENCY_NONE)
	{
		options->time_zone = pstrdup(calendar_session_zone());
		plan_reason(facts, "time_zone", "the session's when it was trained");
	}
	find_season(facts, options);
	find_horizon(facts, options);
	plan_kinds(facts, options);
	return facts;
}

/* How far the horizon after a window lies from two centres, in the window's deviations. */
typedef struct CentreDistance
{
	double window; /* from its mean */
	double season; /* from its last season's mean */
} CentreDistance;

static CentreDistance
centre_distance(const double *values, int lookback, int season, int horizon)
{
	double mean = 0;
	double last = 0;
	double squares = 0;
	CentreDistance distance = {0};

	for (int i = 0; i < lookback; i++)
		mean += values[i] / lookback;
	for (int i = lookback - season; i < lookback; i++)
		last += values[i] / season;
	for (int i = 0; i < lookback; i++)
		squares += (values[i] - mean) * (values[i] - mean) / lookback;
	for (int k = lookback; k < lookback + horizon; k++)
	{
		distance.window += fabs(values[k] - mean) / horizon;
		distance.season += fabs(values[k] - last) / horizon;
	}
	distance.window /= sqrt(squares);
	distance.season /= sqrt(squares);
	return distance;
}

/*
 * Centre z-scored windows on their mean, or on that of their last season where the
 * steps after them lie clearly nearer to it: where the level wanders or grows. By
 * medians over sampled windows, as flat ones have huge distances.
 */
lf_normalization
plan_centre(PlanFacts *facts, int lookback, int horizon, int64 tail)
{
	const lf_dataset *dataset = &facts->dataset;
	int sampled = (int) Min(dataset->count, CENTRE_SERIES);
	int origins = CENTRE_WINDOWS / sampled;
	double *window = palloc(sizeof(double) * CENTRE_WINDOWS);
	double *season = palloc(sizeof(double) * CENTRE_WINDOWS);
	int count = 0;

	for (int i = 0; i < sampled; i++)
	{
		int64 number = sampled > 1 ? (dataset->count - 1) * i / (sampled - 1) : 0;
		const lf_series *series = &dataset->series[number];
		int64 room = series->length - tail - lookback - horizon;

		for (int k = 0; k < origins && room >= 0; k++)
		{
			const double *values = series->values + room * k / Max(origins - 1, 1);
			CentreDistance distance;

			check_interrupts();
			distance = centre_distance(values, lookback, Min(facts->season, lookback), horizon);
			if (!isfinite(distance.window) || !isfinite(distance.season))
				continue;
			window[count] = distance.window;
			season[count++] = distance.season;
		}
	}
	qsort(window, count, sizeof(double), compare_doubles);
	qsort(season, count, sizeof(double), compare_doubles);
	if (count == 0 || season[count / 2] >= CLEARLY_NEARER * window[count / 2])
		return LF_NORMALIZE_INSTANCE;
	plan_reason(facts, "normalization",
				"the steps after a window lie nearer to its last season's mean than to its own "
				"(%.2f against %.2f of its deviations)",
				season[count / 2], window[count / 2]);
	return LF_NORMALIZE_SEASON;
}

/* Of the naive forecasts that repeat means of so many seasons of a period, is one better? */
static void
try_skip(const PlanFacts *facts, const TrainOptions *options, int64 tail, int lookback, int period,
		 double *least, PlanSkip *skip)
{
	const int means[3] = {1, 4, lookback / period};

	for (int m = 0; m < lengthof(means); m++)
	{
		double error;

		if (means[m] < 1 || (int64) means[m] * period > lookback)
			continue;
		error = season_naive_error(&facts->dataset, tail, period, means[m], options->horizon);
		if (error < *least)
		{
			*least = error;
			*skip = (PlanSkip){.period = period, .seasons = means[m]};
		}
	}
}

/*
 * Of the last value and the last season, and of the means of several of them
 * (which tell more where noise is large), the one that erred least so far.
 */
PlanSkip
plan_skip(PlanFacts *facts, const TrainOptions *options, int64 tail, int lookback)
{
	PlanSkip skip = {.period = facts->season, .seasons = 1};
	double least = INFINITY;

	if (options->seasonal_skip == 0)
		skip.period = 0;
	if (options->seasonal_skip != OPTION_AUTO)
		return skip;
	try_skip(facts, options, tail, lookback, facts->season, &least, &skip);
	if (facts->season > 1)
		try_skip(facts, options, tail, lookback, 1, &least, &skip);
	plan_reason(facts, "seasonal_skip",
				"of the naive forecasts, repeating the mean of the last %d times %d steps erred "
				"least",
				skip.seasons, skip.period);
	return skip;
}
