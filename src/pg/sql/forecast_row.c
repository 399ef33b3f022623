/*
 * forecast_row.c
 *	  Forecasts as rows of the SQL type lstm_forecast_row.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "sql/forecast_row.h"
#include "sql/results.h"

/* Places of the columns. */
enum
{
	COLUMN_SERIES,
	COLUMN_STEP,
	COLUMN_TS,
	COLUMN_LOCAL_TS,
	COLUMN_ACTUAL,
	COLUMN_FORECAST,
	COLUMN_LOWER,
	COLUMN_UPPER,
	COLUMN_QUANTILES
};

static const Oid column_types[FORECAST_ROW_COLUMNS] = {
	[COLUMN_SERIES] = TEXTOID,           [COLUMN_STEP] = INT4OID,
	[COLUMN_TS] = TIMESTAMPTZOID,        [COLUMN_LOCAL_TS] = TIMESTAMPOID,
	[COLUMN_ACTUAL] = FLOAT8OID,         [COLUMN_FORECAST] = FLOAT8OID,
	[COLUMN_LOWER] = FLOAT8OID,          [COLUMN_UPPER] = FLOAT8OID,
	[COLUMN_QUANTILES] = FLOAT8ARRAYOID,
};

void
forecast_row_check_type(TupleDesc descriptor)
{
	if (descriptor->natts != FORECAST_ROW_COLUMNS)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("type \"lstm_forecast_row\" was altered"),
						errdetail("It has %d columns, and should have %d.", descriptor->natts,
								  FORECAST_ROW_COLUMNS),
						errhint("Drop the extension and create it again.")));
	for (int i = 0; i < FORECAST_ROW_COLUMNS; i++)
		if (TupleDescAttr(descriptor, i)->atttypid != column_types[i])
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
							errmsg("type \"lstm_forecast_row\" was altered"),
							errdetail("Its column %d is not of type %s.", i + 1,
									  format_type_be(column_types[i])),
							errhint("Drop the extension and create it again.")));
}

static void
put_number(ForecastColumns *columns, int column, double value)
{
	columns->values[column] = number_result(value, &columns->nulls[column]);
}

void
forecast_row_fill(ForecastColumns *columns, const ForecastRow *row, int quantile_count)
{
	const ForecastInterval *interval = &row->interval;

	/* rows come series by series: the text of a label is made once */
	if (!columns->begun || columns->label != row->label)
	{
		if (columns->begun && !columns->nulls[COLUMN_SERIES])
			pfree(DatumGetPointer(columns->values[COLUMN_SERIES]));
		columns->begun = true;
		columns->label = row->label;
		columns->values[COLUMN_SERIES] = text_result(row->label, &columns->nulls[COLUMN_SERIES]);
	}
	columns->values[COLUMN_STEP] = Int32GetDatum(row->step);
	columns->nulls[COLUMN_TS] = columns->nulls[COLUMN_LOCAL_TS] = !row->has_time;
	columns->values[COLUMN_TS] = TimestampTzGetDatum(row->time);
	columns->values[COLUMN_LOCAL_TS] = TimestampGetDatum(row->local_time);
	put_number(columns, COLUMN_ACTUAL, row->actual);
	put_number(columns, COLUMN_FORECAST, row->forecast);
	put_number(columns, COLUMN_LOWER, interval->known ? interval->lower : NAN);
	put_number(columns, COLUMN_UPPER, interval->known ? interval->upper : NAN);
	/* those of the row before are where they were needed */
	if (columns->values[COLUMN_QUANTILES] != (Datum) 0)
		pfree(DatumGetPointer(columns->values[COLUMN_QUANTILES]));
	columns->values[COLUMN_QUANTILES] =
		numbers_result(interval->quantiles, quantile_count, &columns->nulls[COLUMN_QUANTILES]);
}
