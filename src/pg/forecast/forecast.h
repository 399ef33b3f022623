/*
 * forecast.h
 *	  Forecasts from a model.
 */
#ifndef LSTM_FORECAST_FORECAST_H
#define LSTM_FORECAST_FORECAST_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "model/model.h"
#include "forecast/history.h"

typedef struct ForecastRequest
{
	int horizon;        /* 0: the trained one */
	double confidence;  /* of lower and upper, in (0, 1) */
	int quantile_count; /* 0: none asked for */
	double *quantiles;  /* each in (0, 1) */
} ForecastRequest;

typedef struct ForecastRow
{
	const char *label;
	int step; /* from 1 */
	bool has_time;
	TimestampTz time;
	double forecast;
	bool has_interval;
	double lower;
	double upper;
	double *quantiles; /* (request->quantile_count); NULL: none */
} ForecastRow;

/* Raise 22023 when a part of the request, but for its horizon, is out of range. */
extern void forecast_check_request(const ForecastRequest *request);

/*
 * Forecast every history, all in one batch: count * horizon rows, series by
 * series, in CurrentMemoryContext. *horizon gets the number of steps. Beyond
 * the trained horizon forecasts are fed back, with a NOTICE. Raises 22000, with series
 * and timestamp, where future covariates do not reach as far. Interruptible.
 */
extern ForecastRow *forecast_run(const Model *model, const History *histories, int64 count,
								 const ForecastRequest *request, int *horizon);

#endif
