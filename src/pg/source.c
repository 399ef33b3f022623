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
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "source.h"

#define PORTION 10000

/* Does the text begin with this word, after white space and opening parentheses? */
static bool
begins_with_word(const char *text, const char *word)
{
	Size length = strlen(word);

	while (scanner_isspace(*text) || *text == '(')
		text++;
	return pg_strncasecmp(text, word, length) == 0 &&
		   (text[length] == '\0' || scanner_isspace(text[length]) || text[length] == '(' ||
			text[length] == '*');
}

static bool
is_query(const char *source)
{
	return begins_with_word(source, "select") || begins_with_word(source, "with") ||
		   begins_with_word(source, "values") || begins_with_word(source, "table");
}

/* The relation's name, checked to exist and quoted anew, so that nothing else can hide in it. */
static const char *
quoted_relation(const char *source)
{
	List *parts = NIL;
	List *names = NIL;
	RangeVar *relation;
	ListCell *cell;

	if (SplitIdentifierString(pstrdup(source), '.', &parts))
		foreach (cell, parts)
			names = lappend(names, makeString(lfirst(cell)));
	if (list_length(names) < 1 || list_length(names) > 3)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid source \"%s\"", source),
				 errdetail("It is neither the name of a table nor a SELECT."),
				 errhint("Give a table's name, quoted as in SQL where it needs quotes, or "
						 "the text of a SELECT.")));
	relation = makeRangeVarFromNameList(names);
	(void) RangeVarGetRelid(relation, NoLock, false);
	return quote_qualified_identifier(relation->schemaname, relation->relname);
}

static char *
source_query(const char *source, const char *time_column, const char *target_column)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	if (time_column != NULL)
		appendStringInfo(&query, "lstm_source.%s::pg_catalog.timestamptz",
						 quote_identifier(time_column));
	else
		appendStringInfoString(&query, "NULL::pg_catalog.timestamptz");
	appendStringInfo(&query, ", lstm_source.%s::pg_catalog.float8 FROM ",
					 quote_identifier(target_column));
	if (is_query(source))
	{
		/* the line break ends a comment that the text may end with */
		appendStringInfo(&query, "(%s\n) AS lstm_source", source);
	}
	else
		appendStringInfo(&query, "%s AS lstm_source", quoted_relation(source));
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
	char *query;

	SPI_connect();
	query = source_query(source, time_column, target_column);
	plan = SPI_prepare_cursor(query, 0, NULL, CURSOR_OPT_NO_SCROLL);
	if (plan == NULL || !SPI_is_cursor_plan(plan))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("source is not a single SELECT"),
				 errhint("Give a table's name or one SELECT without a semicolon.")));

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
