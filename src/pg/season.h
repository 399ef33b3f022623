/*
 * season.h
 *	  The seasonal period of a series, found in its data.
 */
#ifndef LSTM_FORECAST_SEASON_H
#define LSTM_FORECAST_SEASON_H

#include "postgres.h"

#include "frequency.h"

/*
 * The period whose repetition the first length values show, in steps; 1 when
 * none does. Candidates come from the frequency; without one (no timestamps,
 * irregular) every lag is tried.
 */
extern int season_detect(const Frequency *frequency, const double *values, int64 length);

/*
 * Mean absolute error, over horizons of the given length at up to a few hundred
 * origins in the first length values, of repeating the mean of the last seasons
 * of period values (period 1: of the last values). Infinite where no origin fits.
 */
extern double season_naive_error(const double *values, int64 length, int period, int seasons,
								 int horizon);

#endif
