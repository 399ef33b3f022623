/*
 * each.h
 *	  Trains a model for each series, side by side in PostgreSQL's parallel workers.
 */
#ifndef LSTM_FORECAST_EACH_H
#define LSTM_FORECAST_EACH_H

#include "postgres.h"

#include "rows/panel_rows.h"
#include "options/options.h"
#include "train/series_attempt.h"

/* Gets the outcomes, in the order of the series' names, bytewise. label: NULL, unnamed. */
typedef void (*EachSink)(void *context, const char *label, const Outcome *outcome);

/*
 * Train a model for each series of rows of a source, which are put in order at most, and hand the
 * outcomes to the sink. A model's bytes, and whether there is one, depend on nothing but the
 * series' rows, the options and the settings: not on how many processes train. Uses as many as
 * worker_processes tells, PostgreSQL has free, and there may be memory for. What may go wrong
 * beyond the series is raised as by attempt_series. Interruptible.
 */
extern void train_each(const PanelRows *rows, char **covariate_names, const TrainOptions *options,
					   EachSink sink, void *context);

#endif
