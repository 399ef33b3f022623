/*
 * trainer_gain.c
 *	  Is a network better than the naive forecast that it started from?
 *
 * On a random walk, as daily prices nearly are, some epoch always validates a
 * little better by chance, and then forecasts worse. So the first weights give
 * way only to a mean gain of CLEAR_ERRORS standard errors. Windows of a series
 * overlap, so what counts as independent for the error is not a window but a
 * horizon, or in a panel of many series with little validation each, a series.
 *
 * What repeats a season is no random walk: there any gain will do where there
 * are ENOUGH_HORIZONS to judge by, and of fewer a gain of up to ASKED_SHARE of
 * the loss, as few horizons go with few windows, learned by heart. And where many
 * such series taught the network, it gives way only to a clear loss. They share
 * the validation's span of time, and so what was unusual about it: all of them
 * together say little more of the next span than one of them would.
 */
#include "trainer_private.h"

#include <math.h>

#define CLEAR_ERRORS 1.0
#define MANY_SERIES 10
#define ENOUGH_HORIZONS 4.0
#define ASKED_SHARE 0.4
#define LEAST_INDEPENDENT                                                                          \
	4.0 /* the steps of a window err apart, so even one horizon is several                         \
		 */

/* Series that have a window. */
static int64_t
series_in(const lf_window_set *set)
{
	int64_t series = 0;
	int64_t before = 0;

	for (int64_t i = 0; i < set->dataset->count; i++)
	{
		series += set->cumulative[i] > before;
		before = set->cumulative[i];
	}
	return series;
}

/* Horizons that the validation spans, of all series together or of one. */
static double
horizons_in(const lf_trainer *trainer, double series)
{
	return (double) trainer->spec.validation.count / trainer->spec.network.horizon / series;
}

/* Mean and standard error of the windows' gains over the first weights. */
static void
measure_gain(const lf_trainer *trainer, double independent, double *mean, double *standard_error)
{
	int64_t rows = trainer->validation_rows;
	double sum = 0;
	double squares = 0;

	for (int64_t i = 0; i < rows; i++)
		sum += trainer->first_losses[i] - trainer->window_losses[i];
	*mean = sum / (double) rows;
	for (int64_t i = 0; i < rows; i++)
	{
		double off = trainer->first_losses[i] - trainer->window_losses[i] - *mean;

		squares += off * off;
	}
	independent = fmin(fmax(independent, LEAST_INDEPENDENT), (double) rows);
	*standard_error = sqrt(squares / (double) rows / independent);
}

/* The gain over a season's naive forecast that few series have to show. */
static double
gain_asked(const lf_trainer *trainer)
{
	double horizons = 1 + horizons_in(trainer, 1);
	double loss = 0;

	if (horizons >= ENOUGH_HORIZONS)
		return 0;
	for (int64_t i = 0; i < trainer->validation_rows; i++)
		loss += trainer->first_losses[i] / (double) trainer->validation_rows;
	return ASKED_SHARE * (1 - horizons / ENOUGH_HORIZONS) * loss;
}

bool
lf_trainer_is_best(const lf_trainer *trainer, double loss)
{
	double series = (double) series_in(&trainer->spec.validation);
	double mean;
	double standard_error;

	if (!trainer->descent.has_best)
		return true;
	/* weights that were trained before are no naive forecast */
	if (trainer->descent.progress.best_epoch > 0 || trainer->spec.trained)
		return loss < trainer->descent.progress.best_validation;
	if (trainer->spec.network.seasonal_skip <= 1)
	{
		measure_gain(trainer, fmax(horizons_in(trainer, 1), series), &mean, &standard_error);
		return mean > CLEAR_ERRORS * standard_error;
	}
	measure_gain(trainer, horizons_in(trainer, series), &mean, &standard_error);
	return mean > (series < MANY_SERIES ? gain_asked(trainer) : -CLEAR_ERRORS * standard_error);
}
