/*
 * ledger_sql.c
 *	  What the ledger of lstm_registry asks of a model's source: the rows of some series, or from
 *	  a time on, and what was observed, at the steps that forecasts are dated by.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "rows/panel.h"
#include "rows/source.h"
#include "rows/source_text.h"
#include "forecast/model_cache.h"
#include "train/notices.h"
#include "sql/arguments.h"
#include "sql/results.h"

PG_FUNCTION_INFO_V1(lstm_registry_rows);
PG_FUNCTION_INFO_V1(lstm_registry_observed);

/* Clocks of other zones, and dates, are less than that away from a moment. */
#define CLOCK_SLACK_DAYS 2
#define OBSERVED_COLUMNS 3

/* That many days earlier; DT_NOBEGIN where there is no such time. */
static TimestampTz
days_before(TimestampTz time, double days)
{
	double earlier = (double) time - ceil(days) * (double) USECS_PER_DAY;

	if (TIMESTAMP_NOT_FINITE(time) || earlier < (double) MIN_TIMESTAMP)
		return DT_NOBEGIN;
	return (TimestampTz) earlier;
}

/*
 * Append the condition that a column is not before a time. The time is a literal without a type,
 * which becomes the column's, so that an index on the column serves.
 */
static void
append_since(StringInfo query, const char *column, TimestampTz since)
{
	char *text = JsonEncodeDateTime(NULL, TimestampGetDatum(since), TIMESTAMPOID, NULL);

	appendStringInfo(query, " AND lstm_source.%s OPERATOR(pg_catalog.>=) %s",
					 quote_identifier(column), quote_literal_cstr(text));
}

/* Append the condition that a column is one of the texts of an array, as its own type reads them.
 */
static void
append_among(StringInfo query, const char *column, Datum texts)
{
	char *array = OidOutputFunctionCall(F_ARRAY_OUT, texts);

	appendStringInfo(query, " AND lstm_source.%s OPERATOR(pg_catalog.=) ANY (%s)",
					 quote_identifier(column), quote_literal_cstr(array));
}

/* What to restrict rows to; NULL, 0 and DT_NOBEGIN do not. */
typedef struct RowsWanted
{
	const char *time_column;
	TimestampTz since;
	const char *series_column;
	Datum series; /* text[] */
} RowsWanted;

/* The text of a SELECT of these rows of a source, and of some before that time. */
static char *
rows_text(const char *source, const RowsWanted *wanted)
{
	StringInfoData query;
	TimestampTz since = days_before(wanted->since, CLOCK_SLACK_DAYS);

	source_check_length(source);
	initStringInfo(&query);
	appendStringInfo(&query, "SELECT * FROM %s AS lstm_source WHERE true", source_relation(source));
	if (wanted->time_column != NULL && !TIMESTAMP_NOT_FINITE(since))
		append_since(&query, wanted->time_column, since);
	if (wanted->series_column != NULL && wanted->series != 0)
		append_among(&query, wanted->series_column, wanted->series);
	return query.data;
}

/*
 * (source, time_column, since, series_column, series) -> the text of a SELECT of its rows of these
 * series, and from `since` on, with some before it; what is null does not restrict it. Errors of
 * the text as of source_relation; those of columns are PostgreSQL's own, when it is read.
 */
Datum
lstm_registry_rows(PG_FUNCTION_ARGS)
{
	RowsWanted wanted = {.time_column = text_argument(fcinfo, 1),
						 .since = PG_ARGISNULL(2) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(2),
						 .series_column = text_argument(fcinfo, 3),
						 .series = PG_ARGISNULL(4) ? 0 : PG_GETARG_DATUM(4)};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(rows_text(text_argument(fcinfo, 0), &wanted)));
}

/* The rows of a source at the model's steps; series that cannot be laid there are left out. */
static const Panel *
observed_panel(const Model *model, const char *source, SourceColumns *columns)
{
	PanelRequest request = {.missing = (MissingPolicy) model->options.missing,
							.duplicates = (DuplicatePolicy) model->options.duplicates,
							.on_error = ON_ERROR_SKIP,
							.fixed = &model->frequency};
	const PanelRows *rows;
	const Panel *panel;

	/* a hole is not observed, and no reason to leave out a series */
	if (request.missing == MISSING_ERROR)
		request.missing = MISSING_LINEAR;
	columns->zone = model->options.time_zone;
	columns->keep_faults = true;
	rows = source_read(source, columns, request.duplicates);
	if (rows->count == 0)
		return NULL;
	panel = panel_build(rows, &request);
	notice_faulty(panel);
	return panel;
}

/* Put the observations of a series from a time on into the caller's tuplestore. */
static void
put_observed(ReturnSetInfo *result, const GridSeries *series, TimestampTz since)
{
	Datum values[OBSERVED_COLUMNS] = {0};
	bool nulls[OBSERVED_COLUMNS] = {false};

	values[0] = text_result(series->label, &nulls[0]);
	for (int64 step = 0; step < series->length; step++)
	{
		TimestampTz time;

		check_interrupts();
		if (!series_observed(series, step))
			continue;
		time = series_time(series, step);
		if (time < since)
			continue;
		values[1] = TimestampTzGetDatum(time);
		values[2] = Float8GetDatum(series->values[step]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/*
 * (model, source, time_column, target_column, series_column, since) -> series, ts, value: what was
 * observed from `since` on, dated, named and merged as the model's forecasts are. Steps that are
 * zero by the option missing => 'zero' count as observed between observations. No rows for a null
 * model or time, and for a source without rows. Errors as source_read; series that do not fit the
 * model's steps are left out with a NOTICE, and are an error where there are no others.
 */
Datum
lstm_registry_observed(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SourceColumns columns = {0};
	Scratch scratch;
	const Model *model;
	const Panel *panel;
	TimestampTz since;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < 4; i++)
		if (PG_ARGISNULL(i))
			return (Datum) 0;
	scratch = scratch_enter("lstm_forecast observations");
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	columns.time = text_argument(fcinfo, 2);
	columns.target = text_argument(fcinfo, 3);
	columns.series = text_argument(fcinfo, 4);
	since = PG_ARGISNULL(5) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(5);
	if (model->frequency.kind != FREQUENCY_NONE && !model->bare)
	{
		/* all rows of the first step: they may lie before the moment that it is dated by */
		RowsWanted wanted = {.time_column = columns.time,
							 .since = days_before(since, frequency_days(&model->frequency))};

		panel = observed_panel(model, rows_text(text_argument(fcinfo, 1), &wanted), &columns);
		for (int64 i = 0; panel != NULL && i < panel->count; i++)
			put_observed(result, panel->series[i], since);
	}
	scratch_leave(&scratch);
	return (Datum) 0;
}
