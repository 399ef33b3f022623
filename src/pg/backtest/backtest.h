/*
 * backtest.h
 *	  Rolling-origin back-tests: what a model would have forecast at earlier times.
 *
 * At each origin a forecast sees the steps before it, and of covariates the future
 * ones; holes before an origin are never filled from what comes after it.
 */
#ifndef LSTM_FORECAST_BACKTEST_H
#define LSTM_FORECAST_BACKTEST_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "rows/panel.h"
#include "model/model.h"

typedef enum BacktestMetric
{
	BACKTEST_MAE,
	BACKTEST_RMSE,
	BACKTEST_MAPE,
	BACKTEST_SMAPE,
	BACKTEST_MASE,
	BACKTEST_METRICS /* how many */
} BacktestMetric;

extern const char *const backtest_metric_names[BACKTEST_METRICS];

/* The errors of one fold and series over its observed steps; NaN where undefined. */
typedef struct BacktestScore
{
	int fold; /* from 1, of each series from its earliest origin on */
	const char *label;
	bool has_time;
	TimestampTz origin; /* the last step that was known */
	double model[BACKTEST_METRICS];
	double naive[BACKTEST_METRICS];
	double seasonal_naive[BACKTEST_METRICS];
} BacktestScore;

typedef struct BacktestRequest
{
	int horizon; /* 0: the model's */
	int folds;   /* 0: as many as there are */
	int stride;  /* steps between origins; 0: the horizon */
	/* called with each score, which it must copy what it keeps of */
	void (*sink)(void *context, const BacktestScore *score);
	void *context;
} BacktestRequest;

/*
 * Train a model for every fold, on the steps before its origins, and score it. The
 * last fold's targets are the last steps of each series. MASE's scale is that of the
 * steps before the origin. Raises 22000 where no series is long enough. Interruptible.
 */
extern void backtest_training(const Panel *panel, char **covariate_names,
							  const TrainOptions *options, const BacktestRequest *request);

/*
 * Score a trained model at origins later than its training data: leak-proof, so
 * an origin within it raises 22023, as does a model without timestamps and a horizon
 * beyond the trained one. MASE's scale is that of the steps before the first origin.
 */
extern void backtest_model(const Model *model, const Panel *panel, const BacktestRequest *request);

#endif
