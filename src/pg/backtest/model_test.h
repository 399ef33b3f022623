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

typedef struct ModelTest ModelTest;

/* Everything that the test of a model reads; arrays are by series. */
struct ModelTest
{
	const Model *model;
	const Panel *panel;
	const Panel *scored; /* the same without the glitches that all of it shows */
	const BacktestRequest *request;
	bool keep_glitches; /* they are what is looked for: each origin sees them */
	int horizon;
	int64 tail; /* latest steps before an origin that are read; set by prepare_test */
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

	/*
	 * Appends the windows of a series. Gives the origin of the first, or where there is none, what
	 * would be, but no more than the series' length: a model may have been trained on much later
	 * rows.
	 */
	int64 (*choose)(ModelTest *test, int64 number);
	void *chooser; /* what it goes by */
};

/*
 * The first origin that no training data reaches: a whole step after the last one that was trained
 * on. Not of a model without timestamps. Interruptible.
 */
extern int64 test_first_origin(const Model *model, const History *history);

/* One more window, for test->choose. Asks the account. */
extern void test_append_window(ModelTest *test, int64 number, int64 origin, int fold);

/*
 * Choose the windows, and take from before the first origin of each series what tells of it. Asks
 * the account for what it takes. Interruptible.
 */
extern void prepare_test(ModelTest *test);

/* A window of a series as it was known at an origin. */
extern ClockWindow origin_window(const ModelTest *test, int64 number, int64 origin);

#endif
