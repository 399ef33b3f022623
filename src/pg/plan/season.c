/*
 * season.c
 *	  The seasonal period of a panel, found in its data.
 *
 * The autocorrelation is taken of the first differences, so that a trend or a
 * random walk (whose values are correlated at every lag) shows no season. A
 * candidate that the calendar suggests needs less evidence than a bare lag. Over
 * a panel the series' autocorrelations are averaged: what most of them repeat is a
 * season also where each by itself is too short to tell it from chance.
 */
#include "postgres.h"

#include <math.h>

#include "plan/season.h"
#include "base/interrupts.h"

#define LANES 8                /* sums that run side by side */
#define SAMPLED_SERIES 100     /* of a panel */
#define RECENT_STEPS 20000     /* differences looked at, the latest ones: bounds the work */
#define LEAST_RECENT 500       /* ... of each of many series */
#define SEARCHED_LAGS 400      /* longest period found without a calendar */
#define CALENDAR_EVIDENCE 0.15 /* autocorrelation that confirms a calendar's candidate */
#define BARE_EVIDENCE 0.4      /* ... and that a lag needs which nothing suggests */
#define CHANCE_ERRORS 2.5      /* standard errors, 1 / sqrt(n), that no lag reaches by chance */
#define CLEARLY_BETTER 0.05    /* a longer candidate must beat the one before it by this */
#define NAIVE_ORIGINS 300

/* The first differences of a sampled series, centred and over their deviation. */
typedef struct Changes
{
	double *values;
	int64 count;
} Changes;

typedef struct Sample
{
	Changes *series;
	int count;
	int64 changes; /* of all series */
	int64 longest;
} Sample;

static int64
sampled_number(const lf_dataset *dataset, int i, int count)
{
	return count > 1 ? (dataset->count - 1) * i / (count - 1) : 0;
}

/* Standardised changes of the latest steps; none where nothing changes. */
static Changes
changes_of(const lf_series *series, int64 most)
{
	Changes changes = {.count = Min(series->length - 1, most)};
	const double *values = series->values + series->length - changes.count;
	double mean = 0;
	double variance = 0;

	if (changes.count < 4)
		return (Changes){0};
	changes.values = palloc(sizeof(double) * changes.count);
	for (int64 i = 0; i < changes.count; i++)
		changes.values[i] = values[i] - values[i - 1];
	for (int64 i = 0; i < changes.count; i++)
		mean += changes.values[i] / (double) changes.count;
	for (int64 i = 0; i < changes.count; i++)
		variance +=
			(changes.values[i] - mean) * (changes.values[i] - mean) / (double) changes.count;
	if (!(variance > 0) || !isfinite(variance))
	{
		pfree(changes.values);
		return (Changes){0};
	}
	for (int64 i = 0; i < changes.count; i++)
		changes.values[i] = (changes.values[i] - mean) / sqrt(variance);
	return changes;
}

static Sample
take_sample(const lf_dataset *dataset)
{
	int count = (int) Min(dataset->count, SAMPLED_SERIES);
	int64 most = Max(RECENT_STEPS / count, LEAST_RECENT);
	Sample sample = {.series = palloc(sizeof(Changes) * count)};

	for (int i = 0; i < count; i++)
	{
		Changes changes = changes_of(&dataset->series[sampled_number(dataset, i, count)], most);

		check_interrupts();
		if (changes.count == 0)
			continue;
		sample.series[sample.count++] = changes;
		sample.changes += changes.count;
		sample.longest = Max(sample.longest, changes.count);
	}
	return sample;
}

/*
 * The mean autocorrelation at a lag over the series that are `seasons` lags
 * long, weighted by their lengths; 0 where none is.
 */
static double
autocorrelation(const Sample *sample, int64 lag, int seasons)
{
	double sum = 0;
	double count = 0;

	for (int s = 0; s < sample->count; s++)
	{
		const Changes *changes = &sample->series[s];

		/* whole seasons of values have a change less */
		if (changes->count + 1 < seasons * lag)
			continue;
		for (int64 i = lag; i < changes->count; i++)
			sum += changes->values[i] * changes->values[i - lag];
		count += (double) changes->count;
	}
	return count > 0 ? sum / count : 0;
}

/* The first peak among all lags that reaches BARE_EVIDENCE and is no sub-multiple's echo. */
static int
search_all_lags(const Sample *sample, double *strength)
{
	int64 longest = Min(SEARCHED_LAGS, sample->longest / 3);
	double before = 1;
	double here = autocorrelation(sample, 1, 3);
	double best = Max(BARE_EVIDENCE, CHANCE_ERRORS / sqrt((double) sample->changes));
	int period = 1;

	for (int64 lag = 2; lag <= longest; lag++)
	{
		double after = autocorrelation(sample, lag, 3);

		check_interrupts();
		if (lag > 2 && here > before && here >= after && here > best)
		{
			best = here + CLEARLY_BETTER;
			*strength = here;
			period = (int) (lag - 1);
		}
		before = here;
		here = after;
	}
	return period;
}

/* The best of the calendar's candidates that CALENDAR_EVIDENCE confirms. */
static int
search_candidates(const Sample *sample, const int *candidates, int count, double *strength)
{
	double best = CALENDAR_EVIDENCE;
	int period = 1;

	for (int i = 0; i < count; i++)
	{
		double here;

		if (candidates[i] < 2)
			continue;
		/* two whole seasons are the least that can repeat */
		here = autocorrelation(sample, candidates[i], 2);
		if (here > best)
		{
			best = here + CLEARLY_BETTER;
			*strength = here;
			period = candidates[i];
		}
	}
	return period;
}

int
season_detect(const Frequency *frequency, const lf_dataset *dataset, double *strength)
{
	int candidates[8];
	int count = frequency_seasons(frequency, candidates, lengthof(candidates));
	Sample sample = take_sample(dataset);
	int period;

	*strength = 0;
	if (count == 0 && (frequency->kind == FREQUENCY_NONE || frequency->kind == FREQUENCY_IRREGULAR))
		period = search_all_lags(&sample, strength);
	else
		period = search_candidates(&sample, candidates, count, strength);
	for (int i = 0; i < sample.count; i++)
		pfree(sample.series[i].values);
	pfree(sample.series);
	return period;
}

/*
 * The error in one series, at up to `origins` origins; *count gets how many there were.
 * forecasts: scratch for a period, or a horizon if that is shorter.
 */
static double
series_naive_error(const lf_series *series, int64 length, int period, int seasons, int horizon,
				   int64 origins, double *forecasts, int64 *count)
{
	const double *values = series->values;
	int64 history = (int64) period * seasons;
	double sum = 0;

	*count = Min(origins, length - horizon - history + 1);
	for (int64 i = 0; i < *count; i++)
	{
		int64 origin = history + (length - horizon - history) * i / Max(*count - 1, 1);

		for (int k = 0; k < Min(period, horizon); k++)
		{
			check_interrupts();
			forecasts[k] = 0;
			for (int s = 1; s <= seasons; s++)
				forecasts[k] += values[origin - (int64) s * period + k] / seasons;
		}
		for (int k = 0; k < horizon; k++)
			sum += fabs(values[origin + k] - forecasts[k % period]) / horizon;
	}
	return *count > 0 ? sum / (double) *count : INFINITY;
}

/*
 * The sum of the changes over a season of count steps, and their number: those of which both
 * ends were observed. In lanes, as one sum would wait for its last term.
 */
static double
sum_changes(const double *values, const uint8 *observed, int season, int64 count, int64 *counted)
{
	double sums[LANES] = {0};
	int64 whole = observed == NULL ? count - count % LANES : 0;
	double sum = 0;

	for (int64 i = 0; i < whole; i += LANES)
		for (int l = 0; l < LANES; l++)
			sums[l] += fabs(values[i + l] - values[i + l - season]);
	*counted += whole;
	for (int64 i = whole; i < count; i++)
	{
		if (observed != NULL && !(observed[i] && observed[i - season]))
			continue;
		sums[0] += fabs(values[i] - values[i - season]);
		(*counted)++;
	}
	for (int l = 0; l < LANES; l++)
		sum += sums[l];
	return sum;
}

double
season_naive_scale(const double *values, const uint8 *observed, int64 length, int season)
{
	double sum = 0;
	int64 count = 0;

	for (int64 i = season; i < length; i += INTERRUPT_ROWS)
	{
		check_interrupts();
		sum += sum_changes(values + i, observed == NULL ? NULL : observed + i, season,
						   Min(INTERRUPT_ROWS, length - i), &count);
	}
	return count > 0 && sum > 0 ? sum / (double) count : NAN;
}

double
season_naive_error(const lf_dataset *dataset, int64 tail, int period, int seasons, int horizon)
{
	int sampled = (int) Min(dataset->count, SAMPLED_SERIES);
	double *forecasts = palloc(sizeof(double) * Min(period, horizon));
	double sum = 0;
	int counted = 0;

	for (int i = 0; i < sampled; i++)
	{
		const lf_series *series = &dataset->series[sampled_number(dataset, i, sampled)];
		int64 length = series->length - tail;
		double scale = dataset->count > 1 ? season_naive_scale(series->values, NULL, length, 1) : 1;
		int64 count;
		double error = series_naive_error(series, length, period, seasons, horizon,
										  Max(NAIVE_ORIGINS / sampled, 3), forecasts, &count);

		if (count < 1 || !(scale > 0))
			continue;
		sum += error / scale;
		counted++;
	}
	pfree(forecasts);
	return counted > 0 ? sum / counted : INFINITY;
}
