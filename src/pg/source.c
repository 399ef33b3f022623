/*
 * source.c
 *	  Reads the rows of a table or a SELECT, with the caller's rights.
 *
 * The text is wrapped in a query of our own that names and casts the columns;
 * PostgreSQL parses, plans and checks it as any query of the caller's. A cursor
 * brings the rows in portions, so that memory holds 16 bytes a row and no more.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parser.h"
#include "parser/scansup.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
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

/* Raise 42703 when the source has no such column, with the nearest one it has in the hint. */
static void
check_column(TupleDesc columns, const char *source, const char *name)
{
	const char *nearest = NULL;
	int least = 4; /* farther names are no help */

	for (int i = 0; i < columns->natts; i++)
	{
		const char *column = NameStr(TupleDescAttr(columns, i)->attname);
		int distance;

		if (strcmp(column, name) == 0)
			return;
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
}

/* Analysing "SELECT *" tells the columns; it is not run, so it needs no privilege on them. */
static void
check_columns(const char *source, const char *relation, const char *time_column,
			  const char *target_column)
{
	SPIPlanPtr plan = prepare(psprintf("SELECT * FROM %s AS lstm_source", relation));
	CachedPlanSource *analysed = linitial(SPI_plan_get_plan_sources(plan));

	if (time_column != NULL)
		check_column(analysed->resultDesc, source, time_column);
	check_column(analysed->resultDesc, source, target_column);
	SPI_freeplan(plan);
}

static char *
source_query(const char *relation, const char *time_column, const char *target_column)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	if (time_column != NULL)
		appendStringInfo(&query, "lstm_source.%s::pg_catalog.timestamptz",
						 quote_identifier(time_column));
	else
		appendStringInfoString(&query, "NULL::pg_catalog.timestamptz");
	appendStringInfo(&query, ", lstm_source.%s::pg_catalog.float8 FROM %s AS lstm_source",
					 quote_identifier(target_column), relation);
	return query.data;
}

static void
append_portion(RowSet *rows)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple tuple = SPI_tuptable->vals[i];
		TupleDesc descriptor = SPI_tuptable->tupdesc;
		bool time_null;
		bool value_null;
		Datum time = SPI_getbinval(tuple, descriptor, 1, &time_null);
		Datum value = SPI_getbinval(tuple, descriptor, 2, &value_null);

		rowset_append(rows, NULL, time_null ? 0 : DatumGetTimestampTz(time),
					  rows->has_times && time_null, value_null ? 0 : DatumGetFloat8(value),
					  value_null);
	}
}

RowSet *
source_read(const char *source, const char *time_column, const char *target_column)
{
	RowSet *rows = rowset_create(CurrentMemoryContext, time_column != NULL);
	SPIPlanPtr plan;
	Portal cursor;
	const char *relation;

	SPI_connect();
	relation = source_relation(source);
	check_columns(source, relation, time_column, target_column);
	plan = prepare(source_query(relation, time_column, target_column));

	/* read-only: rows as of the calling statement's snapshot, and nothing that writes */
	cursor = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	for (;;)
	{
		SPI_cursor_fetch(cursor, true, PORTION);
		if (SPI_processed == 0)
			break;
		append_portion(rows);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(cursor);
	SPI_finish();
	return rows;
}
