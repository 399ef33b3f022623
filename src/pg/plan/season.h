/*
 * season.h
 *	  The seasonal period of a panel, found in its data.
 */
#ifndef LSTM_FORECAST_SEASON_H
#define LSTM_FORECAST_SEASON_H

#include "postgres.h"

#include "core/dataset.h"
#include "time/frequency.h"

/*
 * The period whose repetition the series show on average, in steps; 1 when none
 * does. Candidates come from the frequency; without one (no timestamps,
 * irregular) every lag is tried. Of a large panel an even sample of series is looked
 * at. *strength gets the mean autocorrelation at the period (0 for none).
 */
extern int season_detect(const Frequency *frequency, const lf_dataset *dataset, double *strength);

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
