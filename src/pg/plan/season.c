/*
 * season.c
 *	  The seasonal periods of a panel, found in its data.
 *
 * A candidate that the calendar suggests needs less evidence than a peak of the spectrum that
 * nothing suggests: there are hundreds of these. Over a panel the evidence is averaged: what most
 * series repeat is a season also where each by itself is too short to tell it from chance.
 */
#include "postgres.h"

#include <math.h>

#include "plan/season.h"
#include "plan/season_brief.h"
#include "plan/season_evidence.h"
#include "base/interrupts.h"

#define LONGEST_SERVED 100 /* steps: a day of 15 minutes is served, a week of hours is not */
#define LANES 8            /* sums that run side by side */
#define MOST_CANDIDATES 8
#define CLEAR_STRENGTH 0.65
#define BARE_STRENGTH 0.2 /* of a period that nothing suggests */
#define BARE_CYCLES 6     /* that are seen of what nothing suggests */
#define ROWS_CYCLES 3     /* ... where no calendar suggests anything */
#define TRIED_PEAKS 3
#define PEAK_MULTIPLES 3  /* a peak may be at the season's third multiple */
#define LONGEST_BARE 1000 /* steps; a peak tells longer periods only roughly */
#define BESIDE_WAVE 0.1   /* of a season's frequency */
#define NAIVE_ORIGINS 300
#define BRIEF_ODDS 2.0  /* to one a series, of which there are few cycles */
#define PANEL_ODDS 20.0 /* that are enough for all of them */

/* What evidence is asked for a period. */
typedef struct Demand
{
	double errors;   /* standard errors ... */
	double strength; /* ... and strength */
	double clear;    /* standard errors that do from CLEAR_STRENGTH on: few cycles leave much to
						chance, however clear they are */
} Demand;

/* For the candidate that the calendar gives first, and for its others. */
static const Demand likely = {.errors = 2.4, .strength = 0.03, .clear = 1.56};
static const Demand other = {.errors = 3, .strength = 0.03, .clear = 3};

static int
compare_ints(const void *a, const void *b)
{
	int left = *(const int *) a;
	int right = *(const int *) b;

	return (left > right) - (left < right);
}

/* The periods that were found, ascending, and how much of the values each explains. */
typedef struct Found
{
	Seasons seasons;
	double explained[SEASONS_KEPT];
} Found;

/* Keep a period, and take what it explains from the values. */
static void
keep_season(Found *found, SeasonSample *sample, int period)
{
	int place = found->seasons.count++;

	for (; place > 0 && found->seasons.periods[place - 1] > period; place--)
	{
		found->seasons.periods[place] = found->seasons.periods[place - 1];
		found->explained[place] = found->explained[place - 1];
	}
	found->seasons.periods[place] = period;
	found->explained[place] = season_sample_remove(sample, period);
	season_sample_spectra(sample);
}

/* Is a frequency, 1 / period, about a multiple of one that was found already? What changes from
 * cycle to cycle lies beside these. */
static bool
is_beside_season(const Seasons *found, double period)
{
	for (int i = 0; i < found->count; i++)
	{
		double waves = found->periods[i] / period;

		if (waves > 0.5 && fabs(waves - rint(waves)) < BESIDE_WAVE)
			return true;
	}
	return false;
}

/* Keep a period that the data confirm with so much evidence, unless it is one of those found. */
static bool
try_season(Found *found, SeasonSample *sample, int period, const Demand *demand)
{
	SeasonEvidence evidence;

	if (found->seasons.count == SEASONS_KEPT || is_beside_season(&found->seasons, period))
		return false;
	evidence = season_evidence(sample, period);
	if (evidence.strength < demand->strength ||
		evidence.errors < (evidence.strength < CLEAR_STRENGTH ? demand->errors : demand->clear))
		return false;
	keep_season(found, sample, period);
	return true;
}

/*
 * Keep the calendar's candidates that the data confirm, the shorter ones first: what they explain
 * is no evidence for a multiple of them. All but the likeliest need more, and all beside one that
 * was found: how the days of a season differ by chance is spread over all multiples of the day.
 */
static void
search_candidates(Found *found, SeasonSample *sample, const int *candidates, int count)
{
	int sorted[MOST_CANDIDATES];

	memcpy(sorted, candidates, sizeof(int) * count);
	qsort(sorted, count, sizeof(int), compare_ints);
	for (int i = 0; i < count; i++)
		(void) try_season(found, sample, sorted[i],
						  sorted[i] == candidates[0] && found->seasons.count == 0 ? &likely
																				  : &other);
}

/*
 * Keep the calendar's likeliest period where the series are too short for anything but weighing
 * what speaks for it. Not known, a season that is there doubles the error; one that is not there
 * costs little, but for a trend. But what a model says of its data should hold.
 */
static void
try_brief_season(Found *found, SeasonSample *sample, int period)
{
	double least = log(Min(BRIEF_ODDS * sample->count, PANEL_ODDS));

	if (found->seasons.count == 0 && season_brief_odds(sample, period) >= least)
		keep_season(found, sample, period);
}

/* Keep a season at a peak of the spectrum, which is at its frequency or at a multiple of it. */
static bool
try_peaks(Found *found, SeasonSample *sample, int longest, const Demand *demand)
{
	double peaks[TRIED_PEAKS];
	int count = season_peaks(sample, peaks, TRIED_PEAKS);

	for (int i = 0; i < count * PEAK_MULTIPLES; i++)
	{
		double period = rint(peaks[i / PEAK_MULTIPLES] * (i % PEAK_MULTIPLES + 1));

		if (period >= 2 && period <= longest && try_season(found, sample, (int) period, demand))
			return true;
	}
	return false;
}

/*
 * Keep seasons that no calendar suggests. As any of many periods might have been one, they need
 * more evidence.
 */
static void
search_others(Found *found, SeasonSample *sample, int cycles, int longest)
{
	double tried = Max((double) sample->longest / cycles, 1);
	double errors = sqrt(likely.errors * likely.errors + 2 * log(tried));
	Demand demand = {.errors = errors, .strength = BARE_STRENGTH, .clear = errors};
	bool more = true;

	longest = Min(longest, (int) tried);
	while (more && found->seasons.count < SEASONS_KEPT)
	{
		int lag = season_lag(sample, cycles);

		more = (lag > 0 && try_season(found, sample, lag, &demand)) ||
			   try_peaks(found, sample, longest, &demand);
	}
}

/*
 * The period to plan with: the longest that the shorter ones are repeated in, too; else what
 * explains more. A year of days or hours leaves too few cycles to learn from. Beside a shorter one,
 * more than LONGEST_SERVED steps are only told: networks that start from a week of hours erred more
 * on M4 Hourly than those that start from a day and read weeks all the same (OWA .432 against
 * .409), and a week of five minutes, read several times, takes many minutes.
 */
static int
serving_season(const Found *found, int year)
{
	int serving = 1;
	double explained = 0;

	for (int i = 0; i < found->seasons.count; i++)
	{
		int period = found->seasons.periods[i];

		if (period == year || (serving > 1 && period > LONGEST_SERVED) ||
			(period % serving != 0 && found->explained[i] < explained))
			continue;
		serving = period;
		explained = found->explained[i];
	}
	return serving;
}

int
season_detect(const Frequency *frequency, const lf_dataset *dataset, Seasons *seasons)
{
	int candidates[MOST_CANDIDATES];
	int count = frequency_seasons(frequency, candidates, lengthof(candidates));
	int year = frequency_year(frequency);
	SeasonSample sample = season_sample_take(dataset, count > 0 ? candidates[0] : 1);
	Found found = {0};

	if (sample.count > 0)
	{
		season_sample_spectra(&sample);
		search_candidates(&found, &sample, candidates, count);
		if (count > 0)
			try_brief_season(&found, &sample, candidates[0]);
		search_others(&found, &sample, count > 0 ? BARE_CYCLES : ROWS_CYCLES,
					  year > 0 ? year / 2 : LONGEST_BARE);
		/* of few years: cycles of four weeks or a month return after one, too */
		if (year > 0)
			search_candidates(&found, &sample, &year, 1);
	}
	season_sample_free(&sample);
	*seasons = found.seasons;
	return serving_season(&found, year);
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
		const lf_series *series =
			&dataset->series[lf_evenly_spaced(dataset->count - 1, sampled, i)];
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
