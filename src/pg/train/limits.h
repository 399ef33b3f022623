/*
 * limits.h
 *	  How long the settings allow a training to be.
 */
#ifndef LSTM_FORECAST_LIMITS_H
#define LSTM_FORECAST_LIMITS_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "options/options.h"

/*
 * Hold the option max_seconds to the setting lstm_forecast.max_training_time: one that
 * is open becomes the setting, a larger one raises 54000.
 */
extern void limit_training_time(TrainOptions *options);

/* A NOTICE when it was the setting that ended a training begun at that time. */
extern void notice_training_time(const TrainOptions *options, TimestampTz started);

#endif
