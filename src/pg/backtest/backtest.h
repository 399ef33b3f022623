/*
 * backtest.h
 *	  Rolling-origin back-tests: what a model would have forecast at earlier times.
 *
 * At each origin a forecast sees the steps before it, and of covariates the future
 * ones; holes before an origin are never filled from what comes after it. That holds for
 * everything beside the forecast as well: intervals, naive forecasts, scales. Glitches before an
 * origin are those that show there. Whether what came is one, and counts in no metric, the whole
 * series says, as nothing is forecast from that.
 */
#ifndef LSTM_FORECAST_BACKTEST_H
#define LSTM_FORECAST_BACKTEST_H

#include "postgres.h"

#include "rows/panel.h"
#include "model/model.h"
#include "forecast/interval.h"

/* A forecast of one series at one origin, what it is compared with, and what came. */
typedef struct BacktestCase
{
	int fold;                 /* from 1, of each series from its earliest origin on */
	int64 number;             /* of the series in the panel */
	const GridSeries *series; /* whole: what came are its steps from origin on */
	int64 origin;             /* steps that were known, at least one */
	const double *known;      /* (known_count) the latest of them, as they were known there */
	int64 known_count;
	int horizon;
	int season;
	bool wall_clock; /* the start goes by the clock, as does the season of the naive forecast */
	double scale;    /* MASE's; NaN: none */
	const double *forecast;            /* (horizon), as are those that follow */
	const ForecastInterval *intervals; /* NULL: none were asked for */
	const double *naive;               /* the last known value */
	const double *seasonal_naive;      /* the last known season */
	lf_start start;                    /* of the series, chosen on what was known */
	const HolidayList *holidays;       /* with effects, for that; NULL: none are known */
	double holiday_difference;
	const lf_real *weights; /* of the model, for that; NULL: the shipped ones */
	const double *start_forecast;
} BacktestCase;

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

/* The errors of one case over its observed steps; NaN where undefined. */
typedef struct BacktestScore
{
	double model[BACKTEST_METRICS];
	double naive[BACKTEST_METRICS];
	double seasonal_naive[BACKTEST_METRICS];
	double start[BACKTEST_METRICS];
} BacktestScore;

extern BacktestScore backtest_score(const BacktestCase *tested);

typedef struct BacktestRequest
{
	int horizon;            /* 0: the model's */
	int folds;              /* 0: as many as there are */
	int stride;             /* steps between origins; 0: the horizon */
	const lf_real *weights; /* of the pretrained network that trainings start from; NULL: those
							 * that ship */
	const IntervalRequest *interval; /* NULL: none wanted */
	bool alone;                      /* this process forecasts without workers */
	bool trained; /* of backtest_model: windows that the model was trained on, too */
	/* called with each case, which it must copy what it keeps of; its memory is freed after it */
	void (*sink)(void *context, const BacktestCase *tested);
	void *context;
} BacktestRequest;

/*
 * Train a model for every fold, on the steps before its origins, and forecast. Of the panel
 * glitches are not set aside yet; a NOTICE tells of them. The last fold's targets are the last
 * steps of each series. MASE's scale is that of the steps before the origin. Raises 22000 where no
 * series is long enough, 54000 where the forecasts of a fold take too much memory. Interruptible.
 */
extern void backtest_training(const Panel *panel, char **covariate_names,
							  const TrainOptions *options, const BacktestRequest *request);

/*
 * Its parts. The panel as it was known so many steps before the end of each series; of one that has
 * too few by then, it has none. Glitches are not looked for. Raises 54000. Interruptible.
 */
extern Panel *backtest_known_panel(const Panel *panel, int64 behind);

/* Another one without the glitches that all of it shows, which are not scored. */
extern Panel backtest_judged(const Panel *panel, const TrainOptions *options, bool quietly);

/* One fold, which begins so many steps before the end of each series. */
typedef struct BacktestFold
{
	const Panel *panel;
	const Panel *scored; /* the same, judged */
	char **covariate_names;
	int number;
	int64 behind;
} BacktestFold;

/*
 * Train on what was known, and forecast what came: options->horizon is no longer open. In
 * CurrentMemoryContext. Errors as of backtest_training. Interruptible.
 */
extern void backtest_fold(const BacktestFold *fold, const TrainOptions *options,
						  const BacktestRequest *request);

/*
 * Forecast by a trained model at origins later than its training data: leak-proof, so
 * an origin within it raises 22023, as does a model without timestamps and a horizon
 * beyond the trained one. MASE's scale is that of the steps before the first origin, and so
 * are scalers and usual spread of a series that the model has never seen. With request->trained
 * the origins are the latest, whatever the model was trained on: that compares models with each
 * other, and tells of none how good it is. Interruptible.
 */
extern void backtest_model(const Model *model, const Panel *panel, const BacktestRequest *request);

#endif
