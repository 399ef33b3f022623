/*
 * explain_sql.c
 *	  SQL functions that explain forecasts: from the model, from a source.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "rows/source.h"
#include "forecast/forecast.h"
#include "forecast/model_cache.h"
#include "forecast/notices.h"
#include "forecast/selection.h"
#include "explain/explain.h"
#include "sql/arguments.h"
#include "sql/model_source.h"
#include "sql/results.h"

PG_FUNCTION_INFO_V1(lstm_explain);
PG_FUNCTION_INFO_V1(lstm_explain_source);

#define COLUMNS 5

static const Oid column_types[COLUMNS] = {TEXTOID, INT4OID, TIMESTAMPTZOID, TEXTOID, FLOAT8OID};

static const char *const missing_words[] = {"error", "skip", NULL};

/* What a call asks for. */
typedef struct ExplainCall
{
	int horizon; /* 0: the trained one */
	Jsonb *changes;
	Skipped skipped;
	Skipped *skips; /* the same; NULL: a series that cannot be forecast is an error */
	Size held;      /* bytes of the rows */
} ExplainCall;

/* Take the arguments horizon, changes and on_missing. */
static void
call_arguments(FunctionCallInfo fcinfo, int horizon, int changes, int on_missing, ExplainCall *call)
{
	call->horizon = integer_argument(fcinfo, horizon, "horizon", 1, LF_MAX_HORIZON, 0);
	call->changes = PG_ARGISNULL(changes) ? NULL : PG_GETARG_JSONB_P(changes);
	if (choice_argument(fcinfo, on_missing, "on_missing", missing_words) == 1)
		call->skips = &call->skipped;
}

/* Raise 42804 where the type of the rows is not the extension's any more. */
static void
check_type(TupleDesc descriptor)
{
	bool same = descriptor->natts == COLUMNS;

	for (int i = 0; i < COLUMNS && same; i++)
		same = TupleDescAttr(descriptor, i)->atttypid == column_types[i];
	if (!same)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("type \"lstm_explain_row\" was altered"),
						errdetail("Its columns are not those that the extension made."),
						errhint("Drop the extension and create it again.")));
}

/* Put a row into the caller's tuplestore. */
static void
put_row(void *context, const ExplainRow *row)
{
	ReturnSetInfo *result = context;
	Datum values[COLUMNS] = {0};
	bool nulls[COLUMNS] = {false};

	values[0] = text_result(row->label, &nulls[0]);
	values[1] = Int32GetDatum(row->step);
	nulls[2] = !row->has_time;
	values[2] = TimestampTzGetDatum(row->time);
	values[3] = text_result(row->component, &nulls[3]);
	values[4] = number_result(row->value, &nulls[4]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	if (!nulls[0])
		pfree(DatumGetPointer(values[0]));
	pfree(DatumGetPointer(values[3]));
}

/* Explain into the caller's tuplestore. */
static void
return_rows(FunctionCallInfo fcinfo, const Model *model, History *histories, int64 count,
			const ExplainCall *call)
{
	const Changes changes = changes_read(model, call->changes);
	const ForecastRequest forecast = {.horizon = call->horizon};
	const ExplainRequest request = {.horizon = forecast_horizon(model, &forecast),
									.changes = &changes,
									.held = call->held,
									.sink = put_row,
									.context = fcinfo->resultinfo};
	const SelectionRequest selection = {.horizon = request.horizon, .skipped = call->skips};

	check_type(((ReturnSetInfo *) fcinfo->resultinfo)->setDesc);
	count = selection_make(model, histories, count, &selection);
	if (count == 0)
		return;
	notice_histories(model, histories, count, request.horizon, ORIGIN_GIVEN,
					 call_site_noticed(fcinfo->flinfo));
	explain_run(model, histories, count, &request);
}

static void
throw_no_series(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("a pretrained model has no series of its own"),
					errdetail("It forecasts rows that it is given."),
					errhint("Write lstm_explain(lstm_pretrained(), 'table', 'time column', "
							"'target column').")));
}

/* (model, horizon, series, changes, on_missing) -> rows; none for a null model */
Datum
lstm_explain(PG_FUNCTION_ARGS)
{
	ExplainCall call = {0};
	Scratch scratch;
	const Model *model;
	History *histories;
	char **labels;
	int label_count;
	int64 count;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast explanation");
	call_arguments(fcinfo, 1, 3, 4, &call);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	if (model->bare)
		throw_no_series();
	labels = array_argument(fcinfo, 2, "series", &label_count);
	histories = history_of_model(model, labels, label_count, call.skips, &count);
	return_rows(fcinfo, model, histories, count, &call);
	scratch_leave(&scratch);
	return (Datum) 0;
}

/*
 * (model, source, time_column, target_column, series_column, past_columns, future_columns, horizon,
 * changes, future_source, on_missing) -> rows
 */
Datum
lstm_explain_source(PG_FUNCTION_ARGS)
{
	ExplainCall call = {0};
	Scratch scratch;
	const Model *model;
	SourceColumns columns;
	PanelRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast explanation");
	columns = column_arguments(fcinfo, 2);
	call_arguments(fcinfo, 7, 8, 10, &call);
	columns.ahead = text_argument(fcinfo, 9);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	rows = model_source_read(fcinfo, model, &columns);
	if (rows->count > 0)
	{
		bool bare = model->bare;
		const Panel *panel = model_rows_panel(&model, rows, call.horizon, call.skips);

		/* the training has looked at the same rows, unless it was to be quiet */
		if (bare)
			*call_site_noticed(fcinfo->flinfo) = call.skips == NULL;
		call.held = panel->bytes;
		return_rows(fcinfo, model, history_of_panel(model, panel), panel->count, &call);
	}
	scratch_leave(&scratch);
	return (Datum) 0;
}
