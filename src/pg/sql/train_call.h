/*
 * train_call.h
 *	  A call of lstm_train over a source, in two halves: rows are read, then a model is trained.
 */
#ifndef LSTM_FORECAST_TRAIN_CALL_H
#define LSTM_FORECAST_TRAIN_CALL_H

#include "postgres.h"
#include "fmgr.h"

#include "rows/source.h"
#include "options/options.h"

typedef struct TrainCall
{
	SourceColumns columns;
	TrainOptions options;
	PanelRows *rows; /* which refer to columns; NULL: not read */
} TrainCall;

/*
 * The arguments of lstm_train (source, time_column, target_column, series_column, past_columns,
 * future_columns, horizon, options, future_source, static_columns) but for the source. Errors are
 * those of the arguments.
 */
extern void train_call_arguments(FunctionCallInfo fcinfo, TrainCall *call);

/*
 * The same, and the rows of the source, in CurrentMemoryContext. Needs a snapshot. Errors are those
 * of the arguments and of source_read.
 */
extern void train_call_read(FunctionCallInfo fcinfo, TrainCall *call);

/*
 * Train on them: a model in CurrentMemoryContext, NULL where the source had no rows. Needs no
 * snapshot; without one a single process trains.
 */
extern bytea *train_call_run(const TrainCall *call);

#endif
