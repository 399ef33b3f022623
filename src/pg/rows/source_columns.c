/*
 * source_columns.c
 *	  The columns that are read of a table or a SELECT.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/nearest.h"
#include "time/holiday_list.h"
#include "rows/source_columns.h"
#include "rows/source_types.h"

/* The place of a column; -1: there is none. */
static int
column_number(const SourceShape *shape, const char *name)
{
	for (int i = 0; i < shape->result->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(shape->result, i)->attname), name) == 0)
			return i;
	return -1;
}

bool
source_has_column(const SourceShape *shape, const char *name)
{
	return column_number(shape, name) >= 0;
}

Oid
source_column_type(const SourceShape *shape, const char *name)
{
	NearestName nearest = nearest_name(name, (int) strlen(name));
	int number = column_number(shape, name);

	if (number >= 0)
		return getBaseType(TupleDescAttr(shape->result, number)->atttypid);
	for (int i = 0; i < shape->result->natts; i++)
		nearest_offer(&nearest, NameStr(TupleDescAttr(shape->result, i)->attname));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" does not exist in the source", name),
			 errdetail("The source is \"%s\".", shape->source),
			 nearest.found != NULL ? errhint("Perhaps you meant the column \"%s\".", nearest.found)
								   : errhint("Columns are named as they stand in the source's "
											 "result, without quotes.")));
	return InvalidOid;
}

/*
 * Append the time. Dates and timestamps without a zone are those of the columns' zone, if there is
 * one: they stay as they are, and the reader makes them times. The SQL function timezone() would
 * take a zone's name for an abbreviation first, and CET for one hour ahead of UTC in summer, too.
 */
static void
append_time(StringInfo list, const SourceShape *shape, const SourceColumns *columns)
{
	const char *name;
	Oid type;

	if (columns->time == NULL)
	{
		appendStringInfoString(list, "NULL::pg_catalog.timestamptz");
		return;
	}
	name = quote_identifier(columns->time);
	type = source_column_type(shape, columns->time);
	if (columns->zone != NULL && type != TIMESTAMPTZOID)
		appendStringInfo(list, "lstm_source.%s::pg_catalog.timestamp", name);
	else
		appendStringInfo(list, "lstm_source.%s::pg_catalog.timestamptz", name);
}

/* Append the target; NULL where there is none to read. A label is not cast, as a series is not. */
static void
append_target(StringInfo list, const SourceShape *shape, const char *name, const char *label)
{
	if (label != NULL)
	{
		(void) source_column_type(shape, label);
		appendStringInfo(list, ", lstm_source.%s", quote_identifier(label));
		return;
	}
	if (name == NULL)
	{
		appendStringInfoString(list, ", NULL::pg_catalog.float8");
		return;
	}
	(void) source_column_type(shape, name);
	appendStringInfo(list, ", lstm_source.%s::pg_catalog.float8", quote_identifier(name));
}

/* Append the series, which is not cast: its text is that of its type, as in the aggregates. */
static void
append_series(StringInfo list, const SourceShape *shape, const char *name)
{
	if (name == NULL)
	{
		appendStringInfoString(list, ", NULL::pg_catalog.text");
		return;
	}
	(void) source_column_type(shape, name);
	appendStringInfo(list, ", lstm_source.%s", quote_identifier(name));
}

/* Append the name of a holiday. One that is not there, or blank, is no name. */
static void
append_holiday(StringInfo list, const char *name)
{
	char *trimmed =
		psprintf("pg_catalog.btrim(lstm_source.%s::pg_catalog.text)", quote_identifier(name));

	appendStringInfo(list,
					 ", CASE WHEN pg_catalog.length(%s) OPERATOR(pg_catalog.>) 0 THEN %s "
					 "ELSE '" UNNAMED_HOLIDAY "'::pg_catalog.text END",
					 trimmed, trimmed);
}

/*
 * How a covariate of a type is cast: categories to text; others to numbers, where true and false,
 * which PostgreSQL does not cast, are 1 and 0, and words, of which there are none, go by way of
 * text.
 */
static const char *
covariate_cast(Oid type, bool category)
{
	if (category)
		return "::pg_catalog.text";
	if (type == BOOLOID)
		return "::pg_catalog.bool::pg_catalog.int4::pg_catalog.float8";
	if (source_type_is_category(type))
		return "::pg_catalog.text::pg_catalog.float8";
	return "::pg_catalog.float8";
}

/* Append covariates, the first of which is number `first` of all. */
static void
append_covariates(StringInfo list, const SourceShape *shape, const SourceColumns *columns,
				  char *const *names, int first, int count)
{
	for (int i = 0; i < count; i++)
		appendStringInfo(list, ", lstm_source.%s%s", quote_identifier(names[i]),
						 covariate_cast(source_column_type(shape, names[i]),
										is_category(columns->categories, first + i)));
}

char *
source_select_list(const SourceShape *shape, const SourceColumns *columns)
{
	StringInfoData list;

	initStringInfo(&list);
	append_time(&list, shape, columns);
	append_target(&list, shape, columns->target, columns->label);
	if (columns->list_of != NULL && columns->series != NULL)
		append_holiday(&list, columns->series);
	else
		append_series(&list, shape, columns->series);
	append_covariates(&list, shape, columns, columns->past, 0, columns->past_count);
	append_covariates(&list, shape, columns, columns->future, columns->past_count,
					  columns->future_count);
	return list.data;
}
