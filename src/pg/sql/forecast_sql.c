/*
 * forecast_sql.c
 *	  SQL functions that forecast: from the model, from a source, and the end of the aggregates.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "base/memory.h"
#include "rows/source.h"
#include "forecast/forecast.h"
#include "forecast/model_cache.h"
#include "sql/arguments.h"
#include "sql/rowstate.h"

PG_FUNCTION_INFO_V1(lstm_forecast);
PG_FUNCTION_INFO_V1(lstm_forecast_source);
PG_FUNCTION_INFO_V1(lstm_forecast_final);

#define ROW_COLUMNS 7
#define MOST_QUANTILES 1000
#define MOST_ROWS 1000000 /* of one array */

/* The arguments horizon, confidence_level and quantiles, which come in this order. */
static ForecastRequest
request_arguments(FunctionCallInfo fcinfo, int first)
{
	ForecastRequest request = {.interval.confidence = 0.95};

	if (!PG_ARGISNULL(first))
		request.horizon = horizon_argument(PG_GETARG_INT32(first));
	if (!PG_ARGISNULL(first + 1))
		request.interval.confidence = PG_GETARG_FLOAT8(first + 1);
	if (!PG_ARGISNULL(first + 2))
	{
		ArrayType *array = PG_GETARG_ARRAYTYPE_P(first + 2);

		if (array_contains_nulls(array))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("\"quantiles\" must not contain nulls"),
							errhint("Give numbers between 0 and 1.")));
		request.interval.quantile_count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
		if (request.interval.quantile_count > MOST_QUANTILES)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("too many quantiles"),
							errdetail("There are %d, and may be %d.",
									  request.interval.quantile_count, MOST_QUANTILES),
							errhint("Ask for fewer, in several calls if need be.")));
		request.interval.quantiles = (double *) ARR_DATA_PTR(array);
	}
	interval_check_request(&request.interval);
	return request;
}

/*
 * One row as columns of the type lstm_forecast_row. Rows come series by series into
 * the same arrays: the text of a label is made at the first step, and stays.
 */
static void
row_columns(const ForecastRow *row, int quantile_count, Datum *values, bool *nulls)
{
	memset(nulls, false, sizeof(bool) * ROW_COLUMNS);
	nulls[0] = row->label == NULL;
	if (row->step == 1)
		values[0] = row->label == NULL ? (Datum) 0 : CStringGetTextDatum(row->label);
	values[1] = Int32GetDatum(row->step);
	nulls[2] = !row->has_time;
	values[2] = TimestampTzGetDatum(row->time);
	values[3] = Float8GetDatum(row->forecast);
	nulls[4] = nulls[5] = !row->interval.known;
	values[4] = Float8GetDatum(row->interval.lower);
	values[5] = Float8GetDatum(row->interval.upper);
	nulls[6] = row->interval.quantiles == NULL;
	values[6] = (Datum) 0;
	if (row->interval.quantiles != NULL)
	{
		Datum *elements = palloc(sizeof(Datum) * quantile_count);

		for (int i = 0; i < quantile_count; i++)
			elements[i] = Float8GetDatum(row->interval.quantiles[i]);
		values[6] = PointerGetDatum(construct_array(
			elements, quantile_count, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	}
}

/* The type can be altered by its owner; what it no longer is we cannot fill. */
static void
check_row_type(TupleDesc descriptor)
{
	static const Oid types[ROW_COLUMNS] = {TEXTOID,   INT4OID,   TIMESTAMPTZOID, FLOAT8OID,
										   FLOAT8OID, FLOAT8OID, FLOAT8ARRAYOID};

	if (descriptor->natts != ROW_COLUMNS)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("type \"lstm_forecast_row\" was altered"),
			 errdetail("It has %d columns, and should have %d.", descriptor->natts, ROW_COLUMNS),
			 errhint("Drop the extension and create it again.")));
	for (int i = 0; i < ROW_COLUMNS; i++)
		if (TupleDescAttr(descriptor, i)->atttypid != types[i])
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("type \"lstm_forecast_row\" was altered"),
					 errdetail("Its column %d is not of type %s.", i + 1, format_type_be(types[i])),
					 errhint("Drop the extension and create it again.")));
}

/* Forecast into the caller's tuplestore. Scratch memory is the caller's to free. */
static void
return_rows(FunctionCallInfo fcinfo, const Model *model, const History *histories, int64 count,
			const ForecastRequest *request)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum values[ROW_COLUMNS];
	bool nulls[ROW_COLUMNS];
	ForecastRow *rows;
	int horizon;

	check_row_type(result->setDesc);
	rows = forecast_run(model, histories, count, request, &horizon);
	for (int64 i = 0; i < count * horizon; i++)
	{
		CHECK_FOR_INTERRUPTS();
		row_columns(&rows[i], request->interval.quantile_count, values, nulls);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* (model, horizon, confidence_level, quantiles, series) -> rows; none for a null model */
Datum
lstm_forecast(PG_FUNCTION_ARGS)
{
	Scratch scratch;
	ForecastRequest request;
	const Model *model;
	const History *histories;
	char **labels;
	int label_count;
	int64 count;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast forecast");
	request = request_arguments(fcinfo, 1);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	labels = text_array_argument(fcinfo, 4, "series", &label_count);
	histories = history_of_model(model, labels, label_count, &count);
	return_rows(fcinfo, model, histories, count, &request);
	scratch_leave(&scratch);
	return (Datum) 0;
}

/*
 * (model, source, time_column, target_column, series_column, past_columns,
 * future_columns, horizon, confidence_level, quantiles) -> rows
 */
Datum
lstm_forecast_source(PG_FUNCTION_ARGS)
{
	Scratch scratch;
	ForecastRequest request;
	const Model *model;
	SourceColumns columns;
	PanelRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast forecast");
	columns = column_arguments(fcinfo, 2);
	request = request_arguments(fcinfo, 7);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	default_covariates(model, &columns);
	rows = source_read(text_to_cstring(PG_GETARG_TEXT_PP(1)), &columns,
					   (DuplicatePolicy) model->options.duplicates);
	if (rows->count > 0)
	{
		const Panel *panel = history_panel(model, rows);

		return_rows(fcinfo, model, history_of_panel(model, panel), panel->count, &request);
	}
	scratch_leave(&scratch);
	return (Datum) 0;
}

/* The element type of the array that this call returns. */
static TupleDesc
result_row_type(FunctionCallInfo fcinfo, Oid *type)
{
	TupleDesc descriptor;

	*type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));
	if (!OidIsValid(*type))
		elog(ERROR, "lstm_forecast does not return an array");
	descriptor = lookup_rowtype_tupdesc_copy(*type, -1);
	check_row_type(descriptor);
	return descriptor;
}

/* Raise 54000, before any work, when one array would hold too many rows. */
static void
check_array_rows(int64 count, int horizon)
{
	if (count > MOST_ROWS / horizon)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many forecasts for one array"),
						errdetail("There are %lld series of %d steps.", (long long) count, horizon),
						errhint("Forecast from a \"source\", or group by series.")));
}

/* (state) -> lstm_forecast_row[]; NULL for a group without rows or a null model */
Datum
lstm_forecast_final(PG_FUNCTION_ARGS)
{
	ForecastRequest request = {.interval.confidence = 0.95};
	const RowState *state;
	const Model *model;
	ForecastRow *rows;
	TupleDesc descriptor;
	Datum *elements;
	Datum values[ROW_COLUMNS];
	bool nulls[ROW_COLUMNS];
	Oid type;
	const Panel *panel;
	int64 count;
	int horizon;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (RowState *) PG_GETARG_POINTER(0);
	if (state->constant == NULL)
		PG_RETURN_NULL();
	model = cached_model(fcinfo->flinfo, state->constant);
	panel = history_panel(model, state->rows);
	count = panel->count;
	check_array_rows(count, model->horizon);
	rows = forecast_run(model, history_of_panel(model, panel), count, &request, &horizon);
	descriptor = result_row_type(fcinfo, &type);
	elements = palloc_extended(sizeof(Datum) * count * horizon, MCXT_ALLOC_HUGE);
	for (int i = 0; i < count * horizon; i++)
	{
		CHECK_FOR_INTERRUPTS();
		row_columns(&rows[i], request.interval.quantile_count, values, nulls);
		elements[i] = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
	}
	PG_RETURN_ARRAYTYPE_P(
		construct_array(elements, (int) (count * horizon), type, -1, false, TYPALIGN_DOUBLE));
}
