/*
 * limits.h
 *	  What the settings allow a training, checked before its work starts.
 */
#ifndef LSTM_FORECAST_LIMITS_H
#define LSTM_FORECAST_LIMITS_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "plan/plan.h"

/*
 * Hold the option max_seconds to the setting lstm_forecast.max_training_time: one that
 * is open becomes the setting, a larger one raises 54000.
 */
extern void limit_training_time(TrainOptions *options);

/* A NOTICE when it was the setting that ended a training begun at that time. */
extern void notice_training_time(const TrainOptions *options, TimestampTz started);

/* Raise 54000 when bytes exceed the setting lstm_forecast.max_model_size, or 1 GB. */
extern void check_model_size(size_t bytes);

/*
 * The same, before training, for what is known of a model by then: the weights of its
 * networks, what it keeps of every series, its name among this, and the residuals of its
 * intervals. Never more than the model will have. Names that fill more than a model's header
 * can hold raise 54000, too.
 */
extern void check_planned_size(const TrainPlan *plan, const Panel *panel,
							   const lf_dataset *dataset);

#endif
