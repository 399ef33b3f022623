/*
 * estimate_sql.c
 *	  The SQL function that says what a training will take.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "rows/source.h"
#include "train/estimate.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(lstm_estimate);

#define COLUMNS 6

/*
 * (source, time_column, target_column, series_column, past_columns, future_columns,
 * horizon, options, future_source, static_columns) -> a row, of NULLs for a source without rows
 */
Datum
lstm_estimate(PG_FUNCTION_ARGS)
{
	TimestampTz started = GetCurrentTimestamp();
	SourceColumns columns = column_arguments(fcinfo, 1);
	Datum values[COLUMNS] = {0};
	bool nulls[COLUMNS] = {true, true, true, true, true, true};
	TrainOptions options;
	TupleDesc row;
	PanelRows *rows;

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	options = options_arguments(fcinfo, 6, 7);
	take_options(&columns, &options);
	columns.ahead = text_argument(fcinfo, 8);
	static_arguments(fcinfo, 9, &columns);
	rows = source_read(text_argument(fcinfo, 0), &columns, (DuplicatePolicy) options.duplicates);
	if (rows->count > 0)
	{
		Estimate estimate = estimate_model(rows, covariate_names(&columns), &options, started);

		values[0] = Int64GetDatum(estimate.windows);
		values[1] = Int64GetDatum(estimate.parameters);
		values[2] = Int64GetDatum(estimate.steps);
		values[3] = Int64GetDatum((int64) estimate.memory);
		values[4] = Int64GetDatum((int64) estimate.model);
		values[5] = Float8GetDatum(estimate.seconds);
		memset(nulls, 0, sizeof(nulls));
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls)));
}
