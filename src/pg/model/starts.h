/*
 * starts.h
 *	  Choosing starts and forecasting with them (core/start.h), in memory of their own.
 */
#ifndef LSTM_FORECAST_STARTS_H
#define LSTM_FORECAST_STARTS_H

#include "postgres.h"

#include "core/start.h"

/* lf_start_choose; what it works in is taken from CurrentMemoryContext, and freed. */
extern lf_start start_choose(const lf_start_request *request, const double *values,
							 const uint8 *observed, int64 length);

/* lf_start_forecast, likewise. */
extern void start_forecast(const lf_start *start, const double *values, int64 length, int horizon,
						   double *forecast);

/* Bytes that either takes. */
extern Size start_bytes(const lf_start_request *request);

#endif
