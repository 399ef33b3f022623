/*
 * forecast.h
 *	  Forecasts from a model.
 */
#ifndef LSTM_FORECAST_FORECAST_H
#define LSTM_FORECAST_FORECAST_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "rows/series.h"
#include "model/model.h"
#include "forecast/history.h"
#include "forecast/interval.h"

typedef struct ForecastRequest
{
	int horizon; /* 0: the trained one */
	Size held;   /* bytes that there are already, of the rows */
	bool alone;  /* by this process, without workers */
	IntervalRequest interval;
} ForecastRequest;

typedef struct ForecastRow
{
	const char *label;
	int step; /* ahead, from 1; 0 and below: of the history, 0 its latest */
	bool has_time;
	TimestampTz time;
	Timestamp local_time; /* as the clocks and the calendar of the series' zone show it */
	double actual;        /* NaN: not known */
	double forecast;      /* NaN: none */
	ForecastInterval interval;
} ForecastRow;

/* The number of steps that are asked for. */
extern int forecast_horizon(const Model *model, const ForecastRequest *request);

/*
 * A step of fresh rows as a row: those up to the forecast's origin are fresh->length + lag. What
 * was not observed has no actual.
 */
extern ForecastRow forecast_history_row(const History *history, int64 step);

/*
 * Raise 54000 when the rows of forecast_run and what they are made of take more memory than
 * allowed. levels: probabilities asked of the networks; quantiles: asked for in each row.
 */
extern void forecast_check_rows(int64 count, int horizon, int levels, int quantiles);

/*
 * Forecast every history, all in one batch: count * horizon rows, series by
 * series, in CurrentMemoryContext. *horizon gets the number of steps, which begin after the lag
 * of each. Beyond the trained horizon forecasts are fed back, with a NOTICE. Raises 54000
 * before any work where that takes too much memory, 22000, with series and timestamp, where future
 * covariates do not reach as far. Interruptible.
 */
extern ForecastRow *forecast_run(const Model *model, const History *histories, int64 count,
								 const ForecastRequest *request, int *horizon);

#endif
