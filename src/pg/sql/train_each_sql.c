/*
 * train_each_sql.c
 *	  The SQL function that trains a model for each series of a source.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "base/memory.h"
#include "base/progress_report.h"
#include "rows/source.h"
#include "train/each.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(lstm_train_each);

#define COLUMNS 5

/* A row for a series, into the caller's tuplestore. */
static void
put_outcome(void *context, const char *label, const Outcome *outcome)
{
	ReturnSetInfo *result = context;
	Scratch scratch = scratch_enter("lstm_forecast row");
	bool failed = outcome->code != 0;
	bool nulls[COLUMNS] = {false, failed, !failed, !failed, false};
	Datum values[COLUMNS] = {CStringGetTextDatum(label)};

	if (failed)
	{
		values[2] = CStringGetTextDatum(unpack_sql_state(outcome->code));
		values[3] = CStringGetTextDatum(outcome->message);
	}
	else
		values[1] = PointerGetDatum(outcome->model);
	values[4] = Float8GetDatum(outcome->seconds);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	scratch_leave(&scratch);
}

/*
 * (source, time_column, target_column, series_column, past_columns, future_columns, horizon,
 * options, future_source) -> a row for each series; none for a source without rows
 */
Datum
lstm_train_each(PG_FUNCTION_ARGS)
{
	Scratch scratch;
	SourceColumns columns;
	TrainOptions options;
	PanelRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	scratch = scratch_enter("lstm_forecast training of each");
	columns = column_arguments(fcinfo, 1);
	if (columns.series == NULL)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("\"series_column\" must not be null"),
						errhint("Name the column that tells the series apart, or train one series "
								"with lstm_train().")));
	options = options_arguments(fcinfo, 6, 7);
	take_options(&columns, &options);
	columns.ahead = text_argument(fcinfo, 8);
	/* whatever on_error says of panels: each series has a model of its own */
	columns.keep_faults = true;
	report_open(PROGRESS_TRAIN_EACH);
	rows = source_read(text_argument(fcinfo, 0), &columns, (DuplicatePolicy) options.duplicates);
	report_rows(rows->count);
	train_each(rows, covariate_names(&columns), &options, put_outcome, fcinfo->resultinfo);
	report_close();
	scratch_leave(&scratch);
	return (Datum) 0;
}
