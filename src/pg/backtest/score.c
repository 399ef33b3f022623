/*
 * score.c
 *	  Scores one forecast of a back-test beside the naive ones.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/ensemble.h"
#include "backtest/backtest_private.h"

const char *const backtest_metric_names[BACKTEST_METRICS] = {
	[BACKTEST_MAE] = "mae",     [BACKTEST_RMSE] = "rmse", [BACKTEST_MAPE] = "mape",
	[BACKTEST_SMAPE] = "smape", [BACKTEST_MASE] = "mase",
};

/* The last step with an observation before the origin; the first step is one. */
static int64
last_observed(const GridSeries *series, int64 origin)
{
	int64 last = origin - 1;

	while (last > 0 && !series_observed(series, last))
		last--;
	return last;
}

static TimestampTz
time_before(const GridSeries *series, int64 origin)
{
	if (series->frequency.kind == FREQUENCY_IRREGULAR)
		return series->times[origin - 1];
	if (series->frequency.kind != FREQUENCY_NONE)
		return frequency_add(&series->frequency, series->first_time, origin - 1);
	return series->last_time;
}

double *
backtest_known_values(const GridSeries *series, int64 from, int64 origin)
{
	int64 last = last_observed(series, origin);
	double *values = palloc_extended(mul_size(sizeof(double), origin - from), MCXT_ALLOC_HUGE);

	for (int64 i = from; i < origin; i++)
		values[i - from] = series->values[Min(i, last)];
	return values;
}

GridSeries *
backtest_truncate(const GridSeries *series, int64 origin)
{
	GridSeries *known = palloc(sizeof(GridSeries));

	*known = *series;
	known->length = origin;
	known->missing = 0;
	for (int64 i = 0; i < origin; i++)
		known->missing += !series_observed(series, i);
	known->last_time = time_before(series, origin);
	if (!series_observed(series, origin - 1))
		known->values = backtest_known_values(series, 0, origin);
	if (series->covariates != NULL)
	{
		Size size = mul_size(sizeof(float), series->covered * (series->past + series->future));

		/* training completes them by means of its own, which other folds must not meet */
		known->covariates = palloc_extended(size, MCXT_ALLOC_HUGE);
		memcpy(known->covariates, series->covariates, size);
	}
	return known;
}

/* All metrics of one forecast over the observed steps. */
static void
measure(const BacktestCase *tested, const double *forecast, double *metrics)
{
	const double *actual = tested->series->values + tested->origin;
	double absolute = 0;
	double squared = 0;
	double percent = 0;
	double symmetric = 0;
	int count = 0;
	int percent_count = 0;

	for (int k = 0; k < tested->horizon; k++)
	{
		double error = fabs(actual[k] - forecast[k]);
		double size = fabs(actual[k]) + fabs(forecast[k]);

		if (!series_observed(tested->series, tested->origin + k))
			continue;
		count++;
		absolute += error;
		squared += error * error;
		symmetric += size > 0 ? 200 * error / size : 0;
		if (actual[k] == 0)
			continue;
		percent += 100 * error / fabs(actual[k]);
		percent_count++;
	}
	metrics[BACKTEST_MAE] = count > 0 ? absolute / count : NAN;
	metrics[BACKTEST_RMSE] = count > 0 ? sqrt(squared / count) : NAN;
	metrics[BACKTEST_MAPE] = percent_count > 0 ? percent / percent_count : NAN;
	metrics[BACKTEST_SMAPE] = count > 0 ? symmetric / count : NAN;
	metrics[BACKTEST_MASE] = metrics[BACKTEST_MAE] / tested->scale;
}

void
backtest_score(const BacktestCase *tested, const BacktestRequest *request)
{
	const GridSeries *series = tested->series;
	int season = (int) Min(tested->season, tested->origin);
	double *known = backtest_known_values(series, tested->origin - season, tested->origin);
	double *naive = palloc(sizeof(double) * tested->horizon);
	BacktestScore score = {.fold = tested->fold,
						   .label = series->label,
						   .has_time = series->frequency.kind != FREQUENCY_NONE,
						   .origin = time_before(series, tested->origin)};

	measure(tested, tested->forecast, score.model);
	lf_naive_forecast(known, season, 1, tested->horizon, naive);
	measure(tested, naive, score.naive);
	lf_naive_forecast(known, season, season, tested->horizon, naive);
	measure(tested, naive, score.seasonal_naive);
	request->sink(request->context, &score);
	pfree(naive);
	pfree(known);
}
