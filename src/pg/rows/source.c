/*
 * source.c
 *	  Reads the rows of a table or a SELECT, with the caller's rights.
 *
 * The text is wrapped in a query of our own that names and casts the columns;
 * PostgreSQL parses, plans and checks it as any query of the caller's. The executor
 * hands over each row as it finds it, so that memory holds no more than a row set does.
 */
#include "postgres.h"

#include <ctype.h>
#include <float.h>
#include <math.h>

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parser.h"
#include "parser/scansup.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "tcop/dest.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "rows/series_label.h"
#include "rows/source.h"

/* PostgreSQL parses without a look at interrupts, and the text is parsed and copied several times.
 */
#define LONGEST_SOURCE (16 * 1024 * 1024)

/* Past a comment, which may hold others; at its end where it has none. */
static const char *
skip_comment(const char *text)
{
	int depth = 0;

	do
	{
		if (text[0] == '/' && text[1] == '*')
			depth++;
		else if (text[0] == '*' && text[1] == '/')
			depth--;
		else
		{
			text += *text != '\0';
			continue;
		}
		text += 2;
	} while (depth > 0 && *text != '\0');
	return text;
}

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
		else if (text[0] == '/' && text[1] == '*')
			text = skip_comment(text);
		else
			return text;
	}
}

/* Can a character go on a word, in SQL? */
static bool
is_word_character(char c)
{
	return isalnum((unsigned char) c) || c == '_' || c == '$' || IS_HIGHBIT_SET(c);
}

/* Does the text's first word equal this one? */
static bool
begins_with_word(const char *text, const char *word)
{
	Size length = strlen(word);

	text = skip_to_word(text);
	return pg_strncasecmp(text, word, length) == 0 && !is_word_character(text[length]);
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

static void
check_length(const char *source)
{
	size_t length = strlen(source);

	if (length > LONGEST_SOURCE)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("source is too long"),
						errdetail("It has %zu bytes, and may have %d.", length, LONGEST_SOURCE),
						errhint("Put the rows into a table, or the query into a view.")));
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

/* A plan of one SELECT. ordered: a parallel plan must not bring its rows out of order. */
static SPIPlanPtr
prepare(const char *query, bool ordered)
{
	SPIPlanPtr plan = SPI_prepare_cursor(query, 0, NULL, ordered ? 0 : CURSOR_OPT_PARALLEL_OK);

	if (plan == NULL || !SPI_is_cursor_plan(plan))
		elog(ERROR, "source is not one that returns rows");
	return plan;
}

/* The place of a column; -1: there is none. */
static int
column_number(TupleDesc columns, const char *name)
{
	for (int i = 0; i < columns->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(columns, i)->attname), name) == 0)
			return i;
	return -1;
}

/* The type of a column. Raises 42703 when there is none, with the nearest one there is in the hint.
 */
static Oid
column_type(TupleDesc columns, const char *source, const char *name)
{
	const char *nearest = NULL;
	int least = 4; /* farther names are no help */
	int number = column_number(columns, name);

	if (number >= 0)
		return TupleDescAttr(columns, number)->atttypid;
	for (int i = 0; i < columns->natts; i++)
	{
		const char *column = NameStr(TupleDescAttr(columns, i)->attname);
		int distance;

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

/* Append the time; dates and timestamps without a zone are those of the columns' zone. */
static void
append_time(StringInfo query, TupleDesc result, const char *source, const SourceColumns *columns)
{
	Oid type;

	if (columns->time == NULL)
	{
		appendStringInfoString(query, "NULL::pg_catalog.timestamptz");
		return;
	}
	type = getBaseType(column_type(result, source, columns->time));
	if (columns->zone != NULL && (type == DATEOID || type == TIMESTAMPOID))
		appendStringInfo(query, "pg_catalog.timezone(%s, lstm_source.%s::pg_catalog.timestamp)",
						 quote_literal_cstr(columns->zone), quote_identifier(columns->time));
	else
		appendStringInfo(query, "lstm_source.%s::pg_catalog.timestamptz",
						 quote_identifier(columns->time));
}

/* Append the target; NULL where there is none to read. */
static void
append_target(StringInfo query, TupleDesc result, const char *source, const char *name)
{
	if (name == NULL)
	{
		appendStringInfoString(query, ", NULL::pg_catalog.float8");
		return;
	}
	(void) column_type(result, source, name);
	appendStringInfo(query, ", lstm_source.%s::pg_catalog.float8", quote_identifier(name));
}

/*
 * Time, target, series, then covariates. The series is not cast: its text is that of
 * its type's output function, as in the aggregates. Analysing "SELECT *" tells the
 * columns; it is not run, so it needs no privilege on them. Without a target to read the
 * series column may be missing, and is NULL in *columns then.
 */
static char *
source_query(const char *source, const char *relation, SourceColumns *columns)
{
	SPIPlanPtr plan = prepare(psprintf("SELECT * FROM %s AS lstm_source", relation), true);
	CachedPlanSource *analysed = linitial(SPI_plan_get_plan_sources(plan));
	TupleDesc result = analysed->resultDesc;
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	append_time(&query, result, source, columns);
	append_target(&query, result, source, columns->target);
	if (columns->target == NULL && columns->series != NULL &&
		column_number(result, columns->series) < 0)
		columns->series = NULL;
	if (columns->series != NULL)
	{
		(void) column_type(result, source, columns->series);
		appendStringInfo(&query, ", lstm_source.%s", quote_identifier(columns->series));
	}
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

/* What the executor gives its rows to. */
typedef struct Reader
{
	DestReceiver receiver; /* first: the executor knows no more */
	const SourceColumns *columns;
	PanelRows *rows;
	SeriesLabeller labeller;
	MemoryContext row_context; /* of what a row needs while it is read */
} Reader;

static Datum
column_value(const TupleTableSlot *slot, int column, bool *null)
{
	*null = slot->tts_isnull[column - 1];
	return slot->tts_values[column - 1];
}

/* " of series "a" at ...", where a row stands. */
static char *
row_place(const Reader *reader, const TupleTableSlot *slot, const char *label)
{
	bool null;
	Datum time = column_value(slot, TIME_COLUMN, &null);

	return rowset_place(panel_rows_series(reader->rows, label), label,
						null ? 0 : DatumGetTimestampTz(time), null);
}

/* The covariates of a row as floats, NaN for NULL. */
static void
read_covariates(const Reader *reader, const TupleTableSlot *slot, const char *label,
				float *covariates)
{
	const SourceColumns *columns = reader->columns;
	int width = columns->past_count + columns->future_count;

	for (int i = 0; i < width; i++)
	{
		bool null;
		Datum datum = column_value(slot, FIRST_COVARIATE_COLUMN + i, &null);
		double value = null ? 0 : DatumGetFloat8(datum);

		if (!(fabs(value) <= FLT_MAX))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("column \"%s\"%s is %s",
							i < columns->past_count ? columns->past[i]
													: columns->future[i - columns->past_count],
							row_place(reader, slot, label), covariate_fault(value)),
					 errhint("Use NULL for a covariate that is not known.")));
		covariates[i] = null ? NAN : (float) value;
	}
}

static void
append_row(Reader *reader, const TupleTableSlot *slot)
{
	PanelRows *rows = reader->rows;
	float covariates[MOST_COVARIATES];
	const char *label = NULL;
	bool time_null;
	bool value_null;
	bool series_null;
	Datum time = column_value(slot, TIME_COLUMN, &time_null);
	Datum value = column_value(slot, TARGET_COLUMN, &value_null);
	Datum series = column_value(slot, SERIES_COLUMN, &series_null);

	if (reader->columns->series != NULL)
	{
		if (series_null)
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("series in column \"%s\" is null", reader->columns->series),
							errhint("Leave out rows without a series, with a WHERE clause.")));
		label = series_label(&reader->labeller, rows, series);
	}
	if (rows->past + rows->future > 0)
		read_covariates(reader, slot, label, covariates);
	panel_rows_append(rows, label, time_null ? 0 : DatumGetTimestampTz(time),
					  rows->has_times && time_null, value_null ? 0 : DatumGetFloat8(value),
					  value_null, covariates);
}

/* Of the DestReceiver: the rows are about to come. */
static void
begin_rows(DestReceiver *self, int operation, TupleDesc descriptor)
{
	Reader *reader = (Reader *) self;

	(void) operation;
	series_labeller_init(&reader->labeller, TupleDescAttr(descriptor, SERIES_COLUMN - 1)->atttypid,
						 reader->rows->context);
	reader->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast row", ALLOCSET_SMALL_SIZES);
}

/* Of the DestReceiver: a row. */
static bool
take_row(TupleTableSlot *slot, DestReceiver *self)
{
	Reader *reader = (Reader *) self;
	MemoryContext caller = MemoryContextSwitchTo(reader->row_context);

	slot_getallattrs(slot);
	append_row(reader, slot);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(reader->row_context);
	return true;
}

/* Of the DestReceiver: there are no more rows, and no one will ask again; nothing is left to do. */
static void
end_rows(DestReceiver *self)
{
	(void) self;
}

/* Read one source. */
static PanelRows *
read_rows(const char *source, SourceColumns columns, DuplicatePolicy duplicates)
{
	bool ordered = columns.time == NULL || duplicates == DUPLICATES_LAST;

	/* SPI has a meaning of its own for DestSPI and DestNone, but for no other kind */
	Reader reader = {.receiver = {.receiveSlot = take_row,
								  .rStartup = begin_rows,
								  .rShutdown = end_rows,
								  .rDestroy = end_rows,
								  .mydest = DestTuplestore},
					 .columns = &columns};
	/* read-only: rows as of the calling statement's snapshot, and nothing that writes */
	SPIExecuteOptions options = {.read_only = true, .dest = &reader.receiver};
	const char *relation;
	SPIPlanPtr plan;
	int status;

	reader.rows = panel_rows_create(CurrentMemoryContext, columns.time != NULL, columns.past_count,
									columns.future_count);
	check_length(source);
	SPI_connect();
	relation = source_relation(source);
	plan = prepare(source_query(source, relation, &columns), ordered);
	status = SPI_execute_plan_extended(plan, &options);
	if (status != SPI_OK_SELECT)
		elog(ERROR, "reading the source failed: %s", SPI_result_code_string(status));
	SPI_finish();
	return reader.rows;
}

/* Read what is known ahead: no target, and no past covariates. */
static PanelRows *
read_ahead(const SourceColumns *columns, DuplicatePolicy duplicates)
{
	SourceColumns ahead = *columns;

	ahead.target = NULL;
	ahead.past_count = 0;
	return read_rows(columns->ahead, ahead, duplicates);
}

PanelRows *
source_read(const char *source, const SourceColumns *columns, DuplicatePolicy duplicates)
{
	PanelRows *rows;

	check_covariate_counts(columns->past_count, columns->future_count);
	if (columns->ahead != NULL && columns->future_count == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"future_source\" has no future columns to tell"),
						errdetail("It is \"%s\".", columns->ahead),
						errhint("Name them in \"future_columns\" in the training; a model that was "
								"trained without any needs no \"future_source\".")));
	rows = read_rows(source, *columns, duplicates);
	if (columns->ahead != NULL && rows->count > 0)
		rows->ahead = read_ahead(columns, duplicates);
	return rows;
}
