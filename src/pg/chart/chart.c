/*
 * chart.c
 *	  The aggregates lstm_chart and lstm_fan_chart: rows of forecasts as a picture.
 *
 * Arguments of aggregates have no names in calls, and what comes after the numbers may be a series,
 * options, or both. So the place after them takes any type, and a jsonb, a json or a literal that
 * begins with a brace are options there; overloads instead would make a literal ambiguous.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "base/jsonio.h"
#include "base/memory.h"
#include "rows/series_label.h"
#include "chart/chart_rows.h"
#include "chart/draw_chart.h"

PG_FUNCTION_INFO_V1(lstm_chart_accum);
PG_FUNCTION_INFO_V1(lstm_fan_chart_accum);
PG_FUNCTION_INFO_V1(lstm_chart_final);

/* Where a transition function has its arguments. */
enum
{
	ARGUMENT_STATE,
	ARGUMENT_TIME,
	ARGUMENT_ACTUAL,
	ARGUMENT_FORECAST,
	ARGUMENT_LOWER, /* or the quantiles */
	ARGUMENT_UPPER
};

#define CALL_HINT "Call the aggregates \"lstm_chart\" and \"lstm_fan_chart\"."

/* What the argument after the numbers is; kept from row to row. */
typedef struct SeriesArgument
{
	Oid type;
	SeriesLabeller labeller;
} SeriesArgument;

/* The type of an argument, and how its values become names. */
static SeriesArgument *
series_argument(FunctionCallInfo fcinfo, int number)
{
	SeriesArgument *argument = fcinfo->flinfo->fn_extra;

	if (argument != NULL)
		return argument;
	argument = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(SeriesArgument));
	argument->type = get_fn_expr_argtype(fcinfo->flinfo, number);
	if (!OidIsValid(argument->type))
		elog(ERROR, "type of the series is unknown");
	series_labeller_init(&argument->labeller, argument->type, fcinfo->flinfo->fn_mcxt);
	fcinfo->flinfo->fn_extra = argument;
	return argument;
}

/* The options in the place of a series; NULL: it is one. */
static Jsonb *
options_for_series(const SeriesArgument *argument, Datum value)
{
	const char *literal;

	if (argument->type == JSONBOID)
		return DatumGetJsonbP(value);
	if (argument->type == JSONOID)
		return json_parse(TextDatumGetCString(value));
	if (argument->type != UNKNOWNOID)
		return NULL;
	/* a literal, whose value is a C string */
	literal = DatumGetCString(value);
	return literal[strspn(literal, " \t\n\r")] == '{' ? json_parse(literal) : NULL;
}

/* Read the options of the first row, and hold the others to them. */
static void
take_options(ChartRows *rows, const Jsonb *json, bool first)
{
	const struct varlena *known = rows->options_value;
	MemoryContext caller;

	if (!first)
	{
		if (known == (const struct varlena *) json ||
			(known != NULL && json != NULL && VARSIZE(known) == VARSIZE(json) &&
			 memcmp(known, json, VARSIZE(json)) == 0))
			return;
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options of a chart differ within a group"),
						errhint("Add what they depend on to GROUP BY.")));
	}
	caller = MemoryContextSwitchTo(rows->context);
	if (json != NULL)
	{
		rows->options_value = palloc(VARSIZE(json));
		memcpy(rows->options_value, json, VARSIZE(json));
	}
	chart_options_parse(&rows->options, (Jsonb *) rows->options_value);
	MemoryContextSwitchTo(caller);
}

/* The number of an argument, NaN for NULL. */
static double
number_argument(FunctionCallInfo fcinfo, int number, const ChartRow *row, const char *name)
{
	double value;

	if (PG_ARGISNULL(number))
		return NAN;
	value = PG_GETARG_FLOAT8(number);
	chart_row_check(row, name, value);
	return value;
}

/* The state with the row's options and the row but for its bands; at: where the series is. */
static ChartRows *
begin_row(FunctionCallInfo fcinfo, int at, ChartRow *row)
{
	MemoryContext context = aggregate_context(fcinfo, CALL_HINT);
	bool first = PG_ARGISNULL(ARGUMENT_STATE);
	ChartRows *rows =
		first ? chart_rows_create(context) : (ChartRows *) PG_GETARG_POINTER(ARGUMENT_STATE);
	Jsonb *options = NULL;

	if (PG_NARGS() > at + 1)
		options = PG_ARGISNULL(at + 1) ? NULL : PG_GETARG_JSONB_P(at + 1);
	if (PG_NARGS() > at && !PG_ARGISNULL(at))
	{
		SeriesArgument *argument = series_argument(fcinfo, at);

		if (PG_NARGS() == at + 1)
			options = options_for_series(argument, PG_GETARG_DATUM(at));
		if (options == NULL || PG_NARGS() > at + 1)
			row->label = series_label(&argument->labeller, rows->labels, PG_GETARG_DATUM(at));
	}
	take_options(rows, options, first);
	if (PG_ARGISNULL(ARGUMENT_TIME))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("timestamp%s is null", series_place(row->label)),
				 errhint("Leave out rows without a timestamp, with a WHERE or FILTER clause; steps "
						 "without timestamps need some, such as timestamp '2000-01-01' + step * "
						 "interval '1 day'.")));
	row->time = PG_GETARG_TIMESTAMPTZ(ARGUMENT_TIME);
	row->actual = number_argument(fcinfo, ARGUMENT_ACTUAL, row, "\"actual\"");
	row->forecast = number_argument(fcinfo, ARGUMENT_FORECAST, row, "\"forecast\"");
	return rows;
}

/* (state, ts, actual, forecast, lower, upper [, series [, options]]) */
Datum
lstm_chart_accum(PG_FUNCTION_ARGS)
{
	ChartRow row = {0};
	ChartRows *rows = begin_row(fcinfo, ARGUMENT_UPPER + 1, &row);
	double edges[] = {number_argument(fcinfo, ARGUMENT_LOWER, &row, "\"lower\""),
					  number_argument(fcinfo, ARGUMENT_UPPER, &row, "\"upper\"")};
	bool band = !isnan(edges[0]) && !isnan(edges[1]);

	chart_rows_append(rows, &row, edges, band ? 2 : 0);
	PG_RETURN_POINTER(rows);
}

/* The quantiles of a row, checked. Returns how many; 0: none, or some of them are NULL. */
static int
read_quantiles(const ArrayType *array, const ChartRow *row, double *edges)
{
	int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"quantiles\" must have one dimension")));
	if (count > 2 * MOST_BANDS + 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"quantiles\" has too many elements"),
						errdetail("There are %d, and may be %d.", count, 2 * MOST_BANDS + 1),
						errhint("Take some of them: quantiles[1], and so on, in an ARRAY[].")));
	if (array_contains_nulls(unconstify(ArrayType *, array)))
		return 0;
	memcpy(edges, ARR_DATA_PTR(array), sizeof(double) * count);
	for (int i = 0; i < count; i++)
		chart_row_check(row, "a quantile", edges[i]);
	return count;
}

/* (state, ts, actual, forecast, quantiles [, series [, options]]) */
Datum
lstm_fan_chart_accum(PG_FUNCTION_ARGS)
{
	ChartRow row = {0};
	ChartRows *rows = begin_row(fcinfo, ARGUMENT_LOWER + 1, &row);
	double edges[2 * MOST_BANDS + 1];
	int count = 0;

	if (!PG_ARGISNULL(ARGUMENT_LOWER))
		count = read_quantiles(PG_GETARG_ARRAYTYPE_P(ARGUMENT_LOWER), &row, edges);
	chart_rows_append(rows, &row, edges, count);
	PG_RETURN_POINTER(rows);
}

/* final function of both: the document; NULL of no rows. */
Datum
lstm_chart_final(PG_FUNCTION_ARGS)
{
	ChartRows *rows;

	(void) aggregate_context(fcinfo, CALL_HINT);
	if (PG_ARGISNULL(ARGUMENT_STATE))
		PG_RETURN_NULL();
	rows = (ChartRows *) PG_GETARG_POINTER(ARGUMENT_STATE);
	PG_RETURN_TEXT_P(cstring_to_text(draw_chart(rows)));
}
