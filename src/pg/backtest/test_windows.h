/*
 * test_windows.h
 *	  Forecasts of the windows of a trained model's test, in portions.
 */
#ifndef LSTM_FORECAST_TEST_WINDOWS_H
#define LSTM_FORECAST_TEST_WINDOWS_H

#include "postgres.h"

#include "backtest/model_test.h"

/* The latest steps before a window's origin, as they were known there. */
typedef struct KnownSteps
{
	const double *values;
	int64 count;
} KnownSteps;

/* The last `most` of them. They are the series' own, or a copy in CurrentMemoryContext. */
extern KnownSteps test_known_steps(const ModelTest *test, const TestWindow *window, int64 most);

/* What the model says of windows, in its own steps: see test_forecast_places. */
typedef struct TestForecasts
{
	double *forecasts; /* (count, the model's horizon) */
	double *quantiles; /* (count, the model's horizon, test->levels); NULL without levels */
	double *spreads;   /* (count, the model's horizon) as in PredictWork; NULL: not wanted */
} TestForecasts;

/*
 * How many windows are forecast at a time, by test_forecast. Raises 54000 where one alone takes too
 * much memory.
 */
extern int64 test_portion(const ModelTest *test);

/* Bytes that test_forecast takes for so many windows, its results and their intervals. */
extern Size test_portion_bytes(const ModelTest *test, int64 count);

/*
 * Forecast windows from what was known at their origins, in CurrentMemoryContext. with_spreads:
 * theirs are wanted, too. Interruptible.
 */
extern TestForecasts test_forecast(const ModelTest *test, const TestWindow *windows, int64 count,
								   bool with_spreads);

/*
 * The place of each step's forecast (test->horizon of them) among those of a window. By the clock
 * one may lie beyond the horizon: the forecast of a season before is the nearest to it that there
 * is.
 */
extern int *test_forecast_places(const ModelTest *test, const TestWindow *window);

#endif
