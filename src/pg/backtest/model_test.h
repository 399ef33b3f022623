/*
 * model_test.h
 *	  The test of a trained model: its windows, and what is known of each series before the first.
 */
#ifndef LSTM_FORECAST_MODEL_TEST_H
#define LSTM_FORECAST_MODEL_TEST_H

#include "postgres.h"

#include "base/memory.h"
#include "rows/on_clock.h"
#include "plan/glitch.h"
#include "forecast/ensemble.h"
#include "forecast/history.h"
#include "backtest/backtest_private.h"

/* One window to forecast. */
typedef struct TestWindow
{
	int64 number; /* of the series in the panel */
	int64 origin; /* in that series */
	int fold;
} TestWindow;

/* Everything that the test of a model reads; arrays are by series. */
typedef struct ModelTest
{
	const Model *model;
	const Panel *panel;
	const Panel *scored; /* the same without the glitches that all of it shows */
	const BacktestRequest *request;
	bool every; /* a window for each step that is horizon steps ahead of one, of the training, too,
				 * and glitches are kept: they are what is looked for */
	int horizon;
	int64 tail; /* latest steps before an origin that are read */
	const History *histories;
	lf_series *series;
	lf_scaler **scalers; /* by network */
	SeriesStart *starts;
	GlitchJudge *judges;   /* NULL: glitches are kept */
	double *scales;        /* MASE's */
	double *usual_spreads; /* of conformal intervals */
	double panel_spread;   /* for interval_history_usual */
	PredictLevels levels;  /* none where intervals are conformal, or none are wanted */
	TestWindow *windows;
	int64 window_count;
	int64 window_capacity;
	MemoryAccount account;
} ModelTest;

/*
 * Choose the windows, and take from before the first origin of each series what tells of it. Asks
 * the account for what it takes. Raises 22023 where folds reach into the training. Interruptible.
 */
extern void prepare_test(ModelTest *test);

/* The first step of a series that no training data reaches, at least 1. */
extern int64 test_first_later(const Model *model, const History *history);

/* A window of a series as it was known at an origin. */
extern ClockWindow origin_window(const ModelTest *test, int64 number, int64 origin);

#endif
