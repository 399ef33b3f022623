/*
 * train_call.c
 *	  A call of lstm_train over a source, in two halves: rows are read, then a model is trained.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/progress_report.h"
#include "train/train.h"
#include "sql/arguments.h"
#include "sql/train_call.h"

void
train_call_arguments(FunctionCallInfo fcinfo, TrainCall *call)
{
	call->rows = NULL;
	call->columns = column_arguments(fcinfo, 1);
	call->options = options_arguments(fcinfo, 6, 7);
	take_options(&call->columns, &call->options);
	call->columns.ahead = text_argument(fcinfo, 8);
	static_arguments(fcinfo, 9, &call->columns);
}

void
train_call_read(FunctionCallInfo fcinfo, TrainCall *call)
{
	train_call_arguments(fcinfo, call);
	call->rows = source_read(text_to_cstring(PG_GETARG_TEXT_PP(0)), &call->columns,
							 (DuplicatePolicy) call->options.duplicates);
	report_rows(call->rows->count);
}

bytea *
train_call_run(const TrainCall *call)
{
	if (call->rows->count == 0)
		return NULL;
	return train_model(call->rows, covariate_names(&call->columns), &call->options);
}
