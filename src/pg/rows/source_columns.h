/*
 * source_columns.h
 *	  The columns that are read of a table or a SELECT.
 */
#ifndef LSTM_FORECAST_SOURCE_COLUMNS_H
#define LSTM_FORECAST_SOURCE_COLUMNS_H

#include "postgres.h"

#include "access/tupdesc.h"

#include "rows/vocabulary.h"

/* Options that list times in a source of their own. */
#define LIST_OF_STEPS "steps"
#define LIST_OF_HOLIDAYS "holidays"

/* What to read: names of columns as they stand in the source's row type, unquoted. */
typedef struct SourceColumns
{
	const char *time;   /* NULL: the rows' order is the series' order */
	const char *zone;   /* of dates and timestamps without one; NULL: the session's */
	const char *target; /* NULL: there is none to read */
	const char *label;  /* instead of a target: of any type, the rows' values are labels; NULL */
	const char *series; /* NULL: one unnamed series */
	int past_count;
	char **past; /* covariates known up to now */
	int future_count;
	char **future; /* covariates known ahead */
	int static_count;
	char **statics; /* what is the same in all rows of a series: read after the future ones */
	/*
	 * (past + future) the vocabularies of columns that hold categories, NULL for those that hold
	 * numbers. known: they are those of a model, of which no number becomes a category. Else
	 * source_read finds them, and this is NULL.
	 */
	Vocabulary **categories;
	bool known;
	const char *ahead;     /* another source, of rows that tell them ahead; NULL: none */
	const char *steps;     /* a source of the times that are the steps; NULL: none */
	const char *past_name; /* of the argument that names `past`; NULL: past_columns */
	const char *holidays;  /* a source of days that are holidays, and their names; NULL: none */
	const char *list_of; /* it is one of these lists, and its columns are found by type; or NULL */
	bool keep_faults;    /* as of PanelRows: rows that no series can have are no errors */
} SourceColumns;

/* A source whose result is known. */
typedef struct SourceShape
{
	const char *source; /* as the caller gave it, for messages */
	TupleDesc result;
} SourceShape;

/* Is there a column of that name? */
extern bool source_has_column(const SourceShape *shape, const char *name);

/*
 * The type of a column, that of its domain's base. Raises 42703 when there is none, with the
 * nearest one there is in the hint.
 */
extern Oid source_column_type(const SourceShape *shape, const char *name);

/*
 * What to read of "lstm_source", to follow SELECT: the time, the target, the series, then the
 * covariates, all but the series cast to what rows hold; but a time that is to be taken in
 * columns->zone is a timestamp without a zone. Whether their types allow that was looked at before
 * (source_types.h).
 */
extern char *source_select_list(const SourceShape *shape, const SourceColumns *columns);

#endif
