/*
 * test_portion.h
 *	  A portion of the windows of a trained model's test: as they were known at their origins, and
 *	  their forecasts.
 */
#ifndef LSTM_FORECAST_TEST_PORTION_H
#define LSTM_FORECAST_TEST_PORTION_H

#include "postgres.h"

#include "backtest/model_test.h"
#include "model/holiday_effects.h"

/* The latest steps before an origin, as they were known there. */
typedef struct KnownSteps
{
	const double *values;
	int64 count;
} KnownSteps;

/* The last `most` steps before a window's origin. */
extern KnownSteps test_known_steps(const ModelTest *test, const TestWindow *window, int64 most);

/* These as networks and starts read them: without the effects of holidays. */
extern KnownSteps test_read_steps(const ModelTest *test, const TestWindow *window, int64 most);

/* What holidays make of the steps of a window, (horizon); NULL: nothing. */
extern double *test_factors(const ModelTest *test, const TestWindow *window);

/*
 * The place of each step's forecast (test->horizon) among those of a window, in
 * CurrentMemoryContext. By the clock one may lie beyond the horizon: the forecast of a season
 * before is the nearest to it that there is.
 */
extern int *test_places(const ModelTest *test, const TestWindow *window);

/* Windows that are forecast together. */
typedef struct TestPortion
{
	const TestWindow *windows;
	int64 count;
	lf_series *series; /* the test's, and behind them those that windows have of their own; room for
						* one a window */
	int64 series_count;
	lf_window *located; /* (count) each window in one of these series */
} TestPortion;

/* In CurrentMemoryContext. Interruptible. */
extern TestPortion test_portion(const ModelTest *test, const TestWindow *windows, int64 count);

/* What the model forecasts for a portion. */
typedef struct TestForecasts
{
	double *forecasts; /* (count, model->horizon) */
	double *quantiles; /* (count, model->horizon, test->levels.count) where there are levels */
	double *spreads;   /* (count, model->horizon) as in PredictWork; NULL: not wanted */
} TestForecasts;

/* Let the model do that, into the arrays. starts: by series of the test. Interruptible. */
extern void test_forecast(const ModelTest *test, const TestPortion *portion,
						  const SeriesStart *starts, const TestForecasts *forecasts);

/* Bytes that all of this takes for so many windows, forecasts of all kinds included. */
extern Size test_portion_bytes(const ModelTest *test, int64 count);

/* How many windows make a portion, where each takes so many numbers besides; at least one. */
extern int64 test_portion_windows(const ModelTest *test, int64 more);

/* As many of these windows as memory is left for, at least one; each takes so many bytes besides.
 */
extern int64 test_portion_within(const ModelTest *test, int64 windows, Size more);

#endif
