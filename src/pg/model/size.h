/*
 * size.h
 *	  How large a model may be.
 */
#ifndef LSTM_FORECAST_SIZE_H
#define LSTM_FORECAST_SIZE_H

#include "postgres.h"

/* Raise 54000 when bytes exceed the setting lstm_forecast.max_model_size, or 1 GB. */
extern void check_model_size(size_t bytes);

#endif
