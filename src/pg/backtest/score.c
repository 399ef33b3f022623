/*
 * score.c
 *	  Metrics of one forecast of a back-test, and of the naive ones beside it.
 */
#include "postgres.h"

#include <math.h>

#include "backtest/backtest.h"

const char *const backtest_metric_names[BACKTEST_METRICS] = {
	[BACKTEST_MAE] = "mae",     [BACKTEST_RMSE] = "rmse", [BACKTEST_MAPE] = "mape",
	[BACKTEST_SMAPE] = "smape", [BACKTEST_MASE] = "mase",
};

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
		/* 0 has no percentage, and neither has a number so small that the quotient overflows */
		if (!isfinite(100 * error / fabs(actual[k])))
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

BacktestScore
backtest_score(const BacktestCase *tested)
{
	BacktestScore score = {{0}};

	measure(tested, tested->forecast, score.model);
	measure(tested, tested->naive, score.naive);
	measure(tested, tested->seasonal_naive, score.seasonal_naive);
	measure(tested, tested->start_forecast, score.start);
	return score;
}
