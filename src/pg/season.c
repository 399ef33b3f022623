/*
 * season.c
 *	  The seasonal period of a series, found in its data.
 *
 * The autocorrelation is taken of the first differences, so that a trend or a
 * random walk (whose values are correlated at every lag) shows no season. A
 * candidate that the calendar suggests needs less evidence than a bare lag.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "season.h"

#define RECENT_STEPS 20000     /* differences looked at, the latest ones: bounds the work */
#define SEARCHED_LAGS 400      /* longest period found without a calendar */
#define CALENDAR_EVIDENCE 0.15 /* autocorrelation that confirms a calendar's candidate */
#define BARE_EVIDENCE 0.4      /* ... and that a lag needs which nothing suggests */
#define CHANCE_ERRORS 2.5      /* standard errors, 1 / sqrt(n), that no lag reaches by chance */
#define CLEARLY_BETTER 0.05    /* a longer candidate must beat the one before it by this */
#define NAIVE_ORIGINS 300

/* Autocorrelation of the count differences at lag. */
static double
autocorrelation(const double *differences, int64 count, int64 lag, double mean, double variance)
{
	double sum = 0;

	for (int64 i = lag; i < count; i++)
		sum += (differences[i] - mean) * (differences[i - lag] - mean);
	return sum / (variance * (double) count);
}

/* The first peak among all lags that reaches BARE_EVIDENCE and is no sub-multiple's echo. */
static int
search_all_lags(const double *differences, int64 count, double mean, double variance)
{
	int64 longest = Min(SEARCHED_LAGS, count / 3);
	double before = 1;
	double here = autocorrelation(differences, count, 1, mean, variance);
	double best = Max(BARE_EVIDENCE, CHANCE_ERRORS / sqrt((double) count));
	int period = 1;

	for (int64 lag = 2; lag <= longest; lag++)
	{
		double after = autocorrelation(differences, count, lag, mean, variance);

		CHECK_FOR_INTERRUPTS();
		if (lag > 2 && here > before && here >= after && here > best)
		{
			best = here + CLEARLY_BETTER;
			period = (int) (lag - 1);
		}
		before = here;
		here = after;
	}
	return period;
}

int
season_detect(const Frequency *frequency, const double *values, int64 length)
{
	int candidates[8];
	int candidate_count = frequency_seasons(frequency, candidates, lengthof(candidates));
	int64 count = Min(length - 1, RECENT_STEPS);
	double *differences;
	double mean = 0;
	double variance = 0;
	double best = CALENDAR_EVIDENCE;
	int period = 1;

	if (count < 4)
		return 1;
	differences = palloc(sizeof(double) * count);
	for (int64 i = 0; i < count; i++)
		differences[i] = values[length - count + i] - values[length - count + i - 1];
	for (int64 i = 0; i < count; i++)
		mean += differences[i] / (double) count;
	for (int64 i = 0; i < count; i++)
		variance += (differences[i] - mean) * (differences[i] - mean) / (double) count;
	if (!(variance > 0) || !isfinite(variance))
		period = 1;
	else if (candidate_count == 0 &&
			 (frequency->kind == FREQUENCY_NONE || frequency->kind == FREQUENCY_IRREGULAR))
		period = search_all_lags(differences, count, mean, variance);
	else
		for (int i = 0; i < candidate_count; i++)
		{
			double strength;

			/* two whole seasons are the least that can repeat */
			if (candidates[i] < 2 || count < 2 * (int64) candidates[i])
				continue;
			strength = autocorrelation(differences, count, candidates[i], mean, variance);
			if (strength > best)
			{
				best = strength + CLEARLY_BETTER;
				period = candidates[i];
			}
		}
	pfree(differences);
	return period;
}

double
season_naive_error(const double *values, int64 length, int period, int seasons, int horizon)
{
	int64 history = (int64) period * seasons;
	int64 origins = Min(NAIVE_ORIGINS, length - horizon - history + 1);
	double sum = 0;

	for (int64 i = 0; i < origins; i++)
	{
		int64 origin = history + (length - horizon - history) * i / Max(origins - 1, 1);

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < horizon; k++)
		{
			double forecast = 0;

			for (int s = 1; s <= seasons; s++)
				forecast += values[origin - (int64) s * period + k % period] / seasons;
			sum += fabs(values[origin + k] - forecast);
		}
	}
	return origins > 0 ? sum / ((double) origins * horizon) : INFINITY;
}
