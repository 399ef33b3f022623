/*
 * trainer_gain.c
 *	  Is a network better than the naive forecast that it started from?
 *
 * On a random walk, as daily prices nearly are, some epoch always validates a
 * little better by chance, and then forecasts worse. So the first weights give
 * way only to a mean gain of CLEAR_ERRORS standard errors. Windows of a series
 * overlap, so what counts as independent for the error is not a window but a
 * horizon, or in a panel of many series with little validation each, a series.
 */
#include "trainer_private.h"

#include <math.h>

#define CLEAR_ERRORS 1.0
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

/* Mean and standard error of the windows' gains over the first weights. */
static void
measure_gain(const lf_trainer *trainer, double *mean, double *standard_error)
{
	const lf_window_set *set = &trainer->spec.validation;
	int64_t rows = trainer->validation_rows;
	double independent =
		fmax((double) set->count / trainer->spec.network.horizon, (double) series_in(set));
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

bool
lf_trainer_is_best(const lf_trainer *trainer, double loss)
{
	double mean;
	double standard_error;

	if (!trainer->has_best)
		return true;
	if (trainer->progress.best_epoch > 0)
		return loss < trainer->progress.best_validation;
	measure_gain(trainer, &mean, &standard_error);
	/* what repeats a season is no random walk */
	if (trainer->spec.network.seasonal_skip > 1)
		return mean > 0;
	return mean > CLEAR_ERRORS * standard_error;
}
