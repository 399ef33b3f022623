/*
 * source.c
 *	  Reads the rows of a table or a SELECT, with the caller's rights.
 *
 * The text is wrapped in a query of our own that names and casts the columns;
 * PostgreSQL parses, plans and checks it as any query of the caller's. A cursor
 * brings the rows in portions, so that memory holds no more than a row set does.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parser.h"
#include "parser/scansup.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "compat.h"
#include "source.h"

#define PORTION 10000

/* Past white space, comments and opening parentheses. */
static const char *
skip_to_word(const char *text)
{
	for (;;)
	{
		if (scanner_isspace(*text) || *text == '(')
			text++;
		else if (text[0] == '-' && text[1] == '-')
			text += strcspn(text, "\n");
		else if (text[0] == '/' && text[1] == '*' && strstr(text, "*/") != NULL)
			text = strstr(text, "*/") + 2;
		else
			return text;
	}
}

/* Does the text's first word equal this one? */
static bool
begins_with_word(const char *text, const char *word)
{
	Size length = strlen(word);

	text = skip_to_word(text);
	return pg_strncasecmp(text, word, length) == 0 &&
		   (text[length] == '\0' || scanner_isspace(text[length]) || text[length] == '(' ||
			text[length] == '*');
}

pg_noreturn static void
throw_invalid_source(const char *source, const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid source \"%s\"", source), errdetail("%s", detail),
					errhint("Give a table's name, quoted as in SQL where it needs quotes, or "
							"the text of one SELECT without a semicolon.")));
}

/* The relation's name, checked to exist and quoted anew, so that nothing else can hide in it. */
static const char *
quoted_relation(const char *source, List *parts)
{
	List *names = NIL;
	RangeVar *relation;
	ListCell *cell;

	foreach (cell, parts)
		names = lappend(names, makeString(lfirst(cell)));
	relation = makeRangeVarFromNameList(names);
	if (!OidIsValid(RangeVarGetRelid(relation, NoLock, true)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation \"%s\" does not exist", source),
				 errhint("Check the name and the search path; a name with capital letters or "
						 "other special characters needs double quotes.")));
	return quote_qualified_identifier(relation->schemaname, relation->relname);
}

/* The text must be one SELECT by itself, or wrapping it in parentheses would change its meaning. */
static void
check_query(const char *source)
{
	List *statements = raw_parser(source, RAW_PARSE_DEFAULT);
	RawStmt *raw = list_length(statements) == 1 ? linitial_node(RawStmt, statements) : NULL;
	Node *statement = raw != NULL ? raw->stmt : NULL;

	if (statement == NULL || !IsA(statement, SelectStmt) ||
		((SelectStmt *) statement)->intoClause != NULL || raw->stmt_len != 0)
		throw_invalid_source(source, "It is not one SELECT.");
}

/* What stands after FROM: the table, or the query in parentheses. */
static const char *
source_relation(const char *source)
{
	List *parts = NIL;

	if (SplitIdentifierString(pstrdup(source), '.', &parts) && list_length(parts) >= 1 &&
		list_length(parts) <= 3)
		return quoted_relation(source, parts);
	if (!begins_with_word(source, "select") && !begins_with_word(source, "with") &&
		!begins_with_word(source, "values") && !begins_with_word(source, "table"))
		throw_invalid_source(source, "It is neither the name of a table nor a SELECT.");
	check_query(source);

	/* the line break ends a comment that the text may end with */
	return psprintf("(%s\n)", source);
}

static SPIPlanPtr
prepare(const char *query)
{
	SPIPlanPtr plan = SPI_prepare_cursor(query, 0, NULL, CURSOR_OPT_NO_SCROLL);

	if (plan == NULL || !SPI_is_cursor_plan(plan))
		elog(ERROR, "source cannot be read by a cursor");
	return plan;
}

/* The type of a column. Raises 42703 when there is none, with the nearest one there is in the hint.
 */
static Oid
column_type(TupleDesc columns, const char *source, const char *name)
{
	const char *nearest = NULL;
	int least = 4; /* farther names are no help */

	for (int i = 0; i < columns->natts; i++)
	{
		const char *column = NameStr(TupleDescAttr(columns, i)->attname);
		int distance;

		if (strcmp(column, name) == 0)
			return TupleDescAttr(columns, i)->atttypid;
		distance =
			varstr_levenshtein_less_equal(name, pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1),
										  column, strlen(column), 1, 1, 1, least, true);
		if (distance < least)
		{
			least = distance;
			nearest = column;
		}
	}
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("column \"%s\" does not exist in the source", name),
					errdetail("The source is \"%s\".", source),
					nearest != NULL ? errhint("Perhaps you meant the column \"%s\".", nearest)
									: errhint("Columns are named as they stand in the source's "
											  "result, without quotes.")));
	return InvalidOid;
}

/* Columns of source_query; covariates follow. */
#define TIME_COLUMN 1
#define TARGET_COLUMN 2
#define SERIES_COLUMN 3
#define FIRST_COVARIATE_COLUMN 4

/* Append a covariate as a number; true and false, which PostgreSQL does not cast, are 1 and 0. */
static void
append_covariate(StringInfo query, TupleDesc result, const char *source, const char *name)
{
	Oid type = getBaseType(column_type(result, source, name));

	appendStringInfo(query, ", lstm_source.%s%s::pg_catalog.float8", quote_identifier(name),
					 type == BOOLOID ? "::pg_catalog.bool::pg_catalog.int4" : "");
}

/*
 * Time, target, series, then covariates. The series is not cast: its text is that of
 * its type's output function, as in the aggregates. Analysing "SELECT *" tells the
 * columns; it is not run, so it needs no privilege on them.
 */
static char *
source_query(const char *source, const char *relation, const SourceColumns *columns)
{
	SPIPlanPtr plan = prepare(psprintf("SELECT * FROM %s AS lstm_source", relation));
	CachedPlanSource *analysed = linitial(SPI_plan_get_plan_sources(plan));
	TupleDesc result = analysed->resultDesc;
	StringInfoData query;

	if (columns->time != NULL)
		(void) column_type(result, source, columns->time);
	(void) column_type(result, source, columns->target);
	if (columns->series != NULL)
		(void) column_type(result, source, columns->series);

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	if (columns->time != NULL)
		appendStringInfo(&query, "lstm_source.%s::pg_catalog.timestamptz",
						 quote_identifier(columns->time));
	else
		appendStringInfoString(&query, "NULL::pg_catalog.timestamptz");
	appendStringInfo(&query, ", lstm_source.%s::pg_catalog.float8",
					 quote_identifier(columns->target));
	if (columns->series != NULL)
		appendStringInfo(&query, ", lstm_source.%s", quote_identifier(columns->series));
	else
		appendStringInfoString(&query, ", NULL::pg_catalog.text");
	for (int i = 0; i < columns->past_count; i++)
		append_covariate(&query, result, source, columns->past[i]);
	for (int i = 0; i < columns->future_count; i++)
		append_covariate(&query, result, source, columns->future[i]);
	appendStringInfo(&query, " FROM %s AS lstm_source", relation);
	SPI_freeplan(plan);
	return query.data;
}

/* What the rows are read with. */
typedef struct Reader
{
	const SourceColumns *columns;
	PanelRows *rows;
	FmgrInfo series_output; /* looked up with the first portion */
} Reader;

static void
find_series_output(Reader *reader, TupleDesc descriptor)
{
	Oid function;
	bool variable;

	getTypeOutputInfo(TupleDescAttr(descriptor, SERIES_COLUMN - 1)->atttypid, &function, &variable);
	fmgr_info(function, &reader->series_output);
}

/* " of series "a" at ...", where a row stands. */
static char *
row_place(const Reader *reader, HeapTuple tuple, TupleDesc descriptor, const char *label)
{
	bool null;
	Datum time = SPI_getbinval(tuple, descriptor, TIME_COLUMN, &null);

	return rowset_place(panel_rows_series(reader->rows, label), label,
						null ? 0 : DatumGetTimestampTz(time), null);
}

/* The covariates of a row as floats, NaN for NULL. */
static void
read_covariates(const Reader *reader, HeapTuple tuple, TupleDesc descriptor, const char *label,
				float *covariates)
{
	const SourceColumns *columns = reader->columns;
	int width = columns->past_count + columns->future_count;

	for (int i = 0; i < width; i++)
	{
		bool null;
		Datum datum = SPI_getbinval(tuple, descriptor, FIRST_COVARIATE_COLUMN + i, &null);
		double value = null ? 0 : DatumGetFloat8(datum);

		if (!(fabs(value) <= FLT_MAX))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("column \"%s\"%s is %s",
							i < columns->past_count ? columns->past[i]
													: columns->future[i - columns->past_count],
							row_place(reader, tuple, descriptor, label), covariate_fault(value)),
					 errhint("Use NULL for a covariate that is not known.")));
		covariates[i] = null ? NAN : (float) value;
	}
}

static void
append_row(Reader *reader, HeapTuple tuple, TupleDesc descriptor)
{
	PanelRows *rows = reader->rows;
	float covariates[MOST_COVARIATES];
	char *label = NULL;
	bool time_null;
	bool value_null;
	bool series_null;
	Datum time = SPI_getbinval(tuple, descriptor, TIME_COLUMN, &time_null);
	Datum value = SPI_getbinval(tuple, descriptor, TARGET_COLUMN, &value_null);
	Datum series = SPI_getbinval(tuple, descriptor, SERIES_COLUMN, &series_null);

	if (reader->columns->series != NULL)
	{
		if (series_null)
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("series in column \"%s\" is null", reader->columns->series),
							errhint("Leave out rows without a series, with a WHERE clause.")));
		label = OutputFunctionCall(&reader->series_output, series);
	}
	if (rows->past + rows->future > 0)
		read_covariates(reader, tuple, descriptor, label, covariates);
	panel_rows_append(rows, label, time_null ? 0 : DatumGetTimestampTz(time),
					  rows->has_times && time_null, value_null ? 0 : DatumGetFloat8(value),
					  value_null, covariates);
	if (label != NULL)
		pfree(label);
}

PanelRows *
source_read(const char *source, const SourceColumns *columns)
{
	Reader reader = {.columns = columns};
	SPIPlanPtr plan;
	Portal cursor;
	const char *relation;

	if (columns->past_count + columns->future_count > MOST_COVARIATES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("too many covariates"),
						errdetail("There are %d, and may be %d.",
								  columns->past_count + columns->future_count, MOST_COVARIATES)));
	reader.rows = panel_rows_create(CurrentMemoryContext, columns->time != NULL,
									columns->past_count, columns->future_count);
	SPI_connect();
	relation = source_relation(source);
	plan = prepare(source_query(source, relation, columns));

	/* read-only: rows as of the calling statement's snapshot, and nothing that writes */
	cursor = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	find_series_output(&reader, cursor->tupDesc);
	for (;;)
	{
		SPI_cursor_fetch(cursor, true, PORTION);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
			append_row(&reader, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(cursor);
	SPI_finish();
	return reader.rows;
}
