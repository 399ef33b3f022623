/*
 * train_sql.c
 *	  SQL functions that train: the end of the lstm_train aggregates, and lstm_train over a source.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "base/progress_report.h"
#include "options/class_options.h"
#include "rows/source.h"
#include "train/limits.h"
#include "train/train.h"
#include "sql/arguments.h"
#include "sql/rowstate.h"

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

/* The arguments of lstm_train, but for the source: the options, and with them the columns. */
static TrainOptions
training_arguments(FunctionCallInfo fcinfo, SourceColumns *columns)
{
	TrainOptions options;

	*columns = column_arguments(fcinfo, 1);
	options = options_arguments(fcinfo, 6, 7);
	take_options(columns, &options);
	columns->ahead = text_argument(fcinfo, 8);
	static_arguments(fcinfo, 9, columns);
	return options;
}

/*
 * (source, time_column, target_column, series_column, past_columns, future_columns,
 * horizon, options, future_source, static_columns) -> model, or NULL for a source without rows
 */
Datum
lstm_train(PG_FUNCTION_ARGS)
{
	SourceColumns columns;
	TrainOptions options = training_arguments(fcinfo, &columns);
	PanelRows *rows;
	bytea *model;

	report_open(PROGRESS_TRAIN);
	rows = source_read(text_to_cstring(PG_GETARG_TEXT_PP(0)), &columns,
					   (DuplicatePolicy) options.duplicates);
	report_rows(rows->count);
	model = rows->count == 0 ? NULL : train_model(rows, covariate_names(&columns), &options);
	report_close();
	if (model == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(model);
}

/* (the arguments of lstm_train): its errors, as far as they show without reading rows */
Datum
lstm_train_check(PG_FUNCTION_ARGS)
{
	SourceColumns columns;

	(void) training_arguments(fcinfo, &columns);
	source_check(text_to_cstring(PG_GETARG_TEXT_PP(0)), &columns);
	PG_RETURN_VOID();
}
