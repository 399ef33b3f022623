/*
 * train_sql.c
 *	  SQL functions that train: the end of the lstm_train aggregates, and lstm_train over a source.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "base/progress_report.h"
#include "options/class_options.h"
#include "train/limits.h"
#include "train/train.h"
#include "sql/rowstate.h"
#include "sql/train_call.h"

PG_FUNCTION_INFO_V1(lstm_train_final);
PG_FUNCTION_INFO_V1(lstm_train);
PG_FUNCTION_INFO_V1(lstm_train_check);

/* (state) -> model; the state is put in order at most, as a window may call again */
Datum
lstm_train_final(PG_FUNCTION_ARGS)
{
	const RowState *state;
	TrainOptions options;
	bytea *model;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (RowState *) PG_GETARG_POINTER(0);
	report_open(PROGRESS_TRAIN);
	report_rows(state->rows->count);
	options_parse(&options, rowstate_options(state));
	options_check_forecast(&options);
	limit_training_time(&options);
	model = train_model(state->rows, NULL, &options);
	report_close();
	PG_RETURN_BYTEA_P(model);
}

/*
 * (source, time_column, target_column, series_column, past_columns, future_columns,
 * horizon, options, future_source, static_columns) -> model, or NULL for a source without rows
 */
Datum
lstm_train(PG_FUNCTION_ARGS)
{
	TrainCall call;
	bytea *model;

	report_open(PROGRESS_TRAIN);
	train_call_read(fcinfo, &call);
	model = train_call_run(&call);
	report_close();
	if (model == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(model);
}

/* (the arguments of lstm_train): its errors, as far as they show without reading rows */
Datum
lstm_train_check(PG_FUNCTION_ARGS)
{
	TrainCall call;

	train_call_arguments(fcinfo, &call);
	source_check(text_to_cstring(PG_GETARG_TEXT_PP(0)), &call.columns);
	PG_RETURN_VOID();
}
