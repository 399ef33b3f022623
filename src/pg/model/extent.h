/*
 * extent.h
 *	  From when to when the series of a model reach.
 */
#ifndef LSTM_FORECAST_EXTENT_H
#define LSTM_FORECAST_EXTENT_H

#include "postgres.h"

#include "model/model.h"

/* When the series that begins first does; undefined without timestamps or series. Interruptible. */
extern TimestampTz model_first_time(const Model *model);

/* When the series that ended last did; likewise. */
extern TimestampTz model_latest_time(const Model *model);

/*
 * Did a series end long before the others: more than a horizon before `latest`, model_latest_time?
 * None does without timestamps.
 */
extern bool model_series_ended(const Model *model, const ModelSeries *series, TimestampTz latest);

#endif
