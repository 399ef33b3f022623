/*
 * gates_sql.c
 *	  lstm_gates: what the gates of a model's networks do, of the model's own data and of a source.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "base/interrupts.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "rows/source.h"
#include "options/options.h"
#include "forecast/gates.h"
#include "forecast/model_cache.h"
#include "sql/arguments.h"
#include "sql/model_source.h"
#include "sql/results.h"

PG_FUNCTION_INFO_V1(lstm_gates);
PG_FUNCTION_INFO_V1(lstm_gates_source);

/* Places of the columns. */
enum
{
	COLUMN_SERIES,
	COLUMN_MEMBER,
	COLUMN_LAYER,
	COLUMN_DIRECTION,
	COLUMN_STEP,
	COLUMN_TS,
	COLUMN_UNIT,
	COLUMN_FORGET,
	COLUMN_INPUT,
	COLUMN_CANDIDATE,
	COLUMN_OUTPUT,
	COLUMN_CELL,
	COLUMN_HIDDEN,
	COLUMN_RESET,
	COLUMN_UPDATE,
	COLUMN_GRADIENT,
	COLUMN_PADDING,
	COLUMN_TRANSFORM,
	GATES_COLUMNS
};

/* Where rows go, and what stays the same from row to row. */
typedef struct Columns
{
	ReturnSetInfo *result;
	Datum directions[2];
	Datum transforms[LF_TRANSFORM_LOG1P + 1];
	const char *label;     /* of the row before */
	MemoryContext lasting; /* what outlives a row lies there: rows come in memory of their series */
	Datum values[GATES_COLUMNS];
	bool nulls[GATES_COLUMNS];
} Columns;

static void
begin_columns(Columns *columns, ReturnSetInfo *result)
{
	memset(columns, 0, sizeof(*columns));
	columns->result = result;
	columns->lasting = CurrentMemoryContext;
	columns->directions[0] = CStringGetTextDatum("forward");
	columns->directions[1] = CStringGetTextDatum("reverse");
	for (int i = 0; i <= LF_TRANSFORM_LOG1P; i++)
		columns->transforms[i] = CStringGetTextDatum(options_word("transform", i));
	columns->nulls[COLUMN_SERIES] = true;
}

static void
put_label(Columns *columns, const char *label)
{
	MemoryContext caller;

	if (columns->label == label)
		return;
	if (!columns->nulls[COLUMN_SERIES])
		pfree(DatumGetPointer(columns->values[COLUMN_SERIES]));
	columns->label = label;
	caller = MemoryContextSwitchTo(columns->lasting);
	columns->values[COLUMN_SERIES] = text_result(label, &columns->nulls[COLUMN_SERIES]);
	MemoryContextSwitchTo(caller);
}

static void
put_value(Columns *columns, int column, const lf_real *values, int unit)
{
	columns->nulls[column] = values == NULL;
	if (values != NULL)
		columns->values[column] = Float8GetDatum((float8) values[unit]);
}

/* A row of the result for each unit. */
static void
put_row(void *context, const GatesRow *row)
{
	Columns *columns = context;
	const lf_gate_values *gates = &row->values;

	put_label(columns, row->label);
	columns->values[COLUMN_MEMBER] = Int32GetDatum(row->member);
	columns->values[COLUMN_LAYER] = Int32GetDatum(row->layer);
	columns->values[COLUMN_DIRECTION] = columns->directions[row->reverse];
	columns->values[COLUMN_STEP] = Int32GetDatum(row->step);
	columns->values[COLUMN_TS] = TimestampTzGetDatum(row->time);
	columns->nulls[COLUMN_TS] = !row->has_time;
	columns->values[COLUMN_PADDING] = BoolGetDatum(row->padding);
	columns->values[COLUMN_TRANSFORM] = columns->transforms[row->transform];
	for (int unit = 0; unit < row->units; unit++)
	{
		columns->values[COLUMN_UNIT] = Int32GetDatum(unit + 1);
		put_value(columns, COLUMN_FORGET, gates->forget, unit);
		put_value(columns, COLUMN_INPUT, gates->input, unit);
		put_value(columns, COLUMN_CANDIDATE, gates->candidate, unit);
		put_value(columns, COLUMN_OUTPUT, gates->output, unit);
		put_value(columns, COLUMN_CELL, gates->cell, unit);
		put_value(columns, COLUMN_HIDDEN, gates->hidden, unit);
		put_value(columns, COLUMN_RESET, gates->reset, unit);
		put_value(columns, COLUMN_UPDATE, gates->update, unit);
		columns->values[COLUMN_GRADIENT] = Float8GetDatum(lf_gates_gradient(gates, unit));
		tuplestore_putvalues(columns->result->setResult, columns->result->setDesc, columns->values,
							 columns->nulls);
	}
}

/* The arguments member and layer, which come in this order. */
static GatesRequest
request_arguments(FunctionCallInfo fcinfo, int first)
{
	return (GatesRequest){.member = integer_argument(fcinfo, first, "member", 0, PG_INT32_MAX, -1),
						  .layer =
							  integer_argument(fcinfo, first + 1, "layer", 1, LF_MAX_LAYERS, 0)};
}

static void
return_gates(FunctionCallInfo fcinfo, const Model *model, const History *histories, int64 count,
			 const GatesRequest *request)
{
	Columns columns;

	gates_check_request(model, request);
	begin_columns(&columns, (ReturnSetInfo *) fcinfo->resultinfo);
	gates_run(model, histories, count, request, put_row, &columns);
}

/* (model, series, member, layer) -> rows; none for a null model */
Datum
lstm_gates(PG_FUNCTION_ARGS)
{
	GatesRequest request;
	Scratch scratch;
	const Model *model;
	const History *histories;
	char **labels;
	int label_count;
	int64 count;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast gates");
	request = request_arguments(fcinfo, 2);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	if (model->bare)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a pretrained model has no series of its own"),
						errdetail("Its gates are those of rows that it is given."),
						errhint("Write lstm_gates(lstm_pretrained(), 'table', 'time column', "
								"'target column').")));
	labels = array_argument(fcinfo, 1, "series", &label_count);
	histories = history_of_model(model, labels, label_count, NULL, &count);
	return_gates(fcinfo, model, histories, count, &request);
	scratch_leave(&scratch);
	return (Datum) 0;
}

pg_noreturn static void
throw_no_series(const char *label, const History *histories, int64 count)
{
	NearestName nearest = nearest_name(label, (int) strlen(label));

	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		if (histories[i].label != NULL)
			nearest_offer(&nearest, histories[i].label);
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the rows have no series \"%s\"", label),
					errdetail("They have %lld series.", (long long) count),
					nearest.found == NULL
						? errhint("Name series as \"series_column\" has them.")
						: errhint("Perhaps you meant the series \"%s\".", nearest.found)));
}

/* The histories of those names, in their order; all where labels is NULL. */
static const History *
named_histories(const History *histories, int64 *count, char **labels, int label_count)
{
	History *named;

	if (labels == NULL)
		return histories;
	check_memory_limit(mul_size(sizeof(History), label_count), "looking at gates",
					   "Name fewer series in one call.");
	named = huge_array(Max(label_count, 1), 1, sizeof(History));
	for (int i = 0; i < label_count; i++)
	{
		int64 k = 0;

		while (k < *count &&
			   (histories[k].label == NULL || strcmp(histories[k].label, labels[i]) != 0))
		{
			if (++k % INTERRUPT_ROWS == 0)
				check_interrupts();
		}
		if (k == *count)
			throw_no_series(labels[i], histories, *count);
		check_interrupts();
		named[i] = histories[k];
	}
	*count = label_count;
	return named;
}

/*
 * (model, source, time_column, target_column, series_column, past_columns, future_columns, series,
 * member, layer) -> rows; none for a null model or a source without rows
 */
Datum
lstm_gates_source(PG_FUNCTION_ARGS)
{
	GatesRequest request;
	Scratch scratch;
	const Model *model;
	SourceColumns columns;
	PanelRows *rows;
	char **labels;
	int label_count;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast gates");
	columns = column_arguments(fcinfo, 2);
	labels = array_argument(fcinfo, 7, "series", &label_count);
	request = request_arguments(fcinfo, 8);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	gates_check_request(model, &request);
	rows = model_source_read(fcinfo, model, &columns);
	if (rows->count > 0)
	{
		const Panel *panel = model_rows_panel(&model, rows, 0, NULL);
		const History *histories;
		int64 count = panel->count;

		request.held = panel->bytes;
		histories = named_histories(history_of_panel(model, panel), &count, labels, label_count);
		return_gates(fcinfo, model, histories, count, &request);
	}
	scratch_leave(&scratch);
	return (Datum) 0;
}
