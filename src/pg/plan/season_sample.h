/*
 * season_sample.h
 *	  The values that seasons are looked for in: some series of a panel, made robust.
 */
#ifndef LSTM_FORECAST_SEASON_SAMPLE_H
#define LSTM_FORECAST_SEASON_SAMPLE_H

#include "postgres.h"

#include "core/dataset.h"

#define SAMPLED_SERIES 100 /* of a panel */

/* The latest values of a series: without a straight trend, what lies far out drawn in. */
typedef struct SampledSeries
{
	double *values;
	int64 count;
	int64 recent;  /* latest values that the spectrum is of */
	double *power; /* NULL until season_sample_spectra: lf_spectrum_power */
} SampledSeries;

typedef struct SeasonSample
{
	SampledSeries *series; /* those that vary */
	int count;
	int64 longest; /* count of a series */
	int64 recent;  /* longest one of a series */
	int64 size;    /* of the transforms */
	double *table; /* lf_spectrum_table */
	double alike;  /* mean square of the correlation between two series' changes */
} SeasonSample;

/* An even sample of the series, in CurrentMemoryContext; period: the likeliest, or 1. The work is
 * bounded; interruptible. */
extern SeasonSample season_sample_take(const lf_dataset *dataset, int period);

/* Take the spectra of the values as they are now. */
extern void season_sample_spectra(SeasonSample *sample);

/* Take what repeats after a period from all series of two periods or more. Returns how much the
 * values vary the less for it, on average. */
extern double season_sample_remove(SeasonSample *sample, int period);

/*
 * How alike the series' changes over so many steps are, the mean square of their correlation: what
 * chance does in one of them it then does in others, too. A season that all have is in it, but not
 * over its period.
 */
extern double season_sample_alike(const SeasonSample *sample, int lag);

/* As many series as are told apart of so many that are so alike. */
static inline double
season_independent_series(double alike, double count)
{
	return 1 / (1 / count + alike);
}

extern void season_sample_free(SeasonSample *sample);

/* Draw in values that lie more than so many times their usual size from their centre. */
extern void season_draw_in(double *values, int64 count, double sizes);

#endif
