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

#include "forecast.h"
#include "rowstate.h"
#include "source.h"

PG_FUNCTION_INFO_V1(lstm_forecast);
PG_FUNCTION_INFO_V1(lstm_forecast_source);
PG_FUNCTION_INFO_V1(lstm_forecast_final);

#define ROW_COLUMNS 7
#define MOST_QUANTILES 1000

/* A parsed model, kept with the expression that calls us: its bytes are compared, not trusted. */
typedef struct CachedModel
{
	MemoryContext context;
	bytea *bytes;
	Model *model;
} CachedModel;

/*
 * The model of an argument, parsed once for a query as long as the bytes stay
 * the same.
 */
static const Model *
cached_model(FmgrInfo *flinfo, struct varlena *argument)
{
	CachedModel *cached = flinfo->fn_extra;
	bytea *bytes = (bytea *) pg_detoast_datum(argument);
	MemoryContext caller;

	if (cached != NULL && cached->model != NULL && VARSIZE(cached->bytes) == VARSIZE(bytes) &&
		memcmp(cached->bytes, bytes, VARSIZE(bytes)) == 0)
		return cached->model;
	if (cached == NULL)
	{
		cached = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CachedModel));
		cached->context = AllocSetContextCreate(flinfo->fn_mcxt, "lstm_forecast parsed model",
												ALLOCSET_DEFAULT_SIZES);
		flinfo->fn_extra = cached;
	}
	cached->model = NULL;
	MemoryContextReset(cached->context);
	caller = MemoryContextSwitchTo(cached->context);
	cached->bytes = palloc(VARSIZE(bytes));
	memcpy(cached->bytes, bytes, VARSIZE(bytes));
	cached->model = model_decode(cached->bytes);
	MemoryContextSwitchTo(caller);
	return cached->model;
}

/* The arguments horizon, confidence_level and quantiles, which come in this order. */
static ForecastRequest
request_arguments(FunctionCallInfo fcinfo, int first)
{
	ForecastRequest request = {.confidence = 0.95};

	if (!PG_ARGISNULL(first))
		request.horizon = horizon_argument(PG_GETARG_INT32(first));
	if (!PG_ARGISNULL(first + 1))
		request.confidence = PG_GETARG_FLOAT8(first + 1);
	if (!PG_ARGISNULL(first + 2))
	{
		ArrayType *array = PG_GETARG_ARRAYTYPE_P(first + 2);

		if (array_contains_nulls(array))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("\"quantiles\" must not contain nulls"),
							errhint("Give numbers between 0 and 1.")));
		request.quantile_count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
		if (request.quantile_count > MOST_QUANTILES)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("too many quantiles"),
							errdetail("There are %d, and may be %d.", request.quantile_count,
									  MOST_QUANTILES),
							errhint("Ask for fewer, in several calls if need be.")));
		request.quantiles = (double *) ARR_DATA_PTR(array);
	}
	forecast_check_request(&request);
	return request;
}

/* One row as columns of the type lstm_forecast_row. */
static void
row_columns(const ForecastRow *row, int quantile_count, Datum *values, bool *nulls)
{
	memset(nulls, false, sizeof(bool) * ROW_COLUMNS);
	nulls[0] = row->label == NULL;
	values[0] = row->label == NULL ? (Datum) 0 : CStringGetTextDatum(row->label);
	values[1] = Int32GetDatum(row->step);
	nulls[2] = !row->has_time;
	values[2] = TimestampTzGetDatum(row->time);
	values[3] = Float8GetDatum(row->forecast);
	nulls[4] = nulls[5] = !row->has_interval;
	values[4] = Float8GetDatum(row->lower);
	values[5] = Float8GetDatum(row->upper);
	nulls[6] = row->quantiles == NULL;
	values[6] = (Datum) 0;
	if (row->quantiles != NULL)
	{
		Datum *elements = palloc(sizeof(Datum) * quantile_count);

		for (int i = 0; i < quantile_count; i++)
			elements[i] = Float8GetDatum(row->quantiles[i]);
		values[6] = PointerGetDatum(construct_array(
			elements, quantile_count, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	}
}

/* The type can be altered by its owner; what it no longer is we cannot fill. */
static void
check_row_type(TupleDesc descriptor)
{
	if (descriptor->natts != ROW_COLUMNS)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("type \"lstm_forecast_row\" was altered"),
			 errdetail("It has %d columns, and should have %d.", descriptor->natts, ROW_COLUMNS),
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
		row_columns(&rows[i], request->quantile_count, values, nulls);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* (model, horizon, confidence_level, quantiles) -> rows; none for a null model */
Datum
lstm_forecast(PG_FUNCTION_ARGS)
{
	MemoryContext scratch;
	MemoryContext caller;
	ForecastRequest request;
	const Model *model;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast forecast",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(scratch);
	request = request_arguments(fcinfo, 1);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	return_rows(fcinfo, model, forecast_model_histories(model), model->series_count, &request);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return (Datum) 0;
}

/* (model, source, time_column, target_column, horizon, confidence_level, quantiles) -> rows */
Datum
lstm_forecast_source(PG_FUNCTION_ARGS)
{
	MemoryContext scratch;
	MemoryContext caller;
	ForecastRequest request;
	const Model *model;
	RowSet *rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"source\" and \"target_column\" must not be null"),
				 errhint("Name a table or give a SELECT, and name the column to forecast.")));
	scratch = AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast forecast",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(scratch);
	request = request_arguments(fcinfo, 4);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	rows = source_read(text_to_cstring(PG_GETARG_TEXT_PP(1)),
					   PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)),
					   text_to_cstring(PG_GETARG_TEXT_PP(3)));
	if (rows->count > 0)
		return_rows(fcinfo, model, forecast_fresh_history(model, rows), 1, &request);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
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

/* (state) -> lstm_forecast_row[]; NULL for a group without rows or a null model */
Datum
lstm_forecast_final(PG_FUNCTION_ARGS)
{
	ForecastRequest request = {.confidence = 0.95};
	const RowState *state;
	const Model *model;
	ForecastRow *rows;
	TupleDesc descriptor;
	Datum *elements;
	Oid type;
	int horizon;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (RowState *) PG_GETARG_POINTER(0);
	if (state->constant == NULL)
		PG_RETURN_NULL();
	model = cached_model(fcinfo->flinfo, state->constant);
	rows = forecast_run(model, forecast_fresh_history(model, state->rows), 1, &request, &horizon);
	descriptor = result_row_type(fcinfo, &type);
	elements = palloc(sizeof(Datum) * horizon);
	for (int i = 0; i < horizon; i++)
	{
		Datum values[ROW_COLUMNS];
		bool nulls[ROW_COLUMNS];

		row_columns(&rows[i], request.quantile_count, values, nulls);
		elements[i] = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, horizon, type, -1, false, TYPALIGN_DOUBLE));
}
