/*
 * season.h
 *	  The seasonal periods of a panel, found in its data.
 */
#ifndef LSTM_FORECAST_SEASON_H
#define LSTM_FORECAST_SEASON_H

#include "postgres.h"

#include "core/dataset.h"
#include "time/frequency.h"

#define SEASONS_KEPT 4

/* Periods that the data repeat, in steps, ascending. */
typedef struct Seasons
{
	int count;
	int periods[SEASONS_KEPT];
} Seasons;

/* The longest of them that is a multiple of a season > 1; 0: none. */
static inline int
seasons_second(int season, const Seasons *seasons)
{
	int second = 0;

	for (int i = 0; season > 1 && i < seasons->count; i++)
		if (seasons->periods[i] > season && seasons->periods[i] % season == 0)
			second = seasons->periods[i];
	return second;
}

/*
 * The period to plan with, in steps; 1 where nothing repeats. *found gets it and the others that
 * the data repeat: those that the frequency suggests, as far as the data confirm them, and what
 * their spectrum and the correlation of changes show without being asked. Chance makes one of
 * noise, of random walks and of trends in a few cases of a thousand; in series of less than four of
 * the calendar's seasons in about seven of a hundred, as there a season that is missed costs far
 * more. The longest one serves if those shorter are repeated in it; a year of days or of shorter
 * steps, and a season of more than 100 steps beside a shorter one, is only told.
 *
 * Of a large panel an even sample of series is looked at, of a long series its latest 65,536 steps:
 * some milliseconds of work. One value far out does not lead. Interruptible.
 */
extern int season_detect(const Frequency *frequency, const lf_dataset *dataset, Seasons *found);

/*
 * Mean absolute error, over horizons of the given length at up to a few hundred
 * origins before the last `tail` steps, of repeating the mean of the last seasons of
 * period values (period 1: of the last values). Of a panel, the mean over sampled
 * series of the error by their mean absolute change. Infinite where no origin fits.
 */
extern double season_naive_error(const lf_dataset *dataset, int64 tail, int period, int seasons,
								 int horizon);

/*
 * The in-sample mean absolute error of the seasonal naive forecast over the first
 * length values, MASE's scale; with season 1 the mean absolute change. Pairs with a
 * step that was not observed are left out (observed NULL: all were). NaN where there
 * is no pair, or nothing changes. Interruptible.
 */
extern double season_naive_scale(const double *values, const uint8 *observed, int64 length,
								 int season);

#endif
