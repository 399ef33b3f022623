/*
 * source.h
 *	  Reads the rows of a table or a SELECT, with the caller's rights.
 */
#ifndef LSTM_FORECAST_SOURCE_H
#define LSTM_FORECAST_SOURCE_H

#include "postgres.h"

#include "rows/panel_rows.h"
#include "rows/policies.h"

/* What to read: names of columns as they stand in the source's row type, unquoted. */
typedef struct SourceColumns
{
	const char *time; /* NULL: the rows' order is the series' order */
	const char *zone; /* of dates and timestamps without one; NULL: the session's */
	const char *target;
	const char *series; /* NULL: one unnamed series */
	int past_count;
	char **past; /* covariates known up to now */
	int future_count;
	char **future;     /* covariates known ahead */
	const char *ahead; /* another source, of rows that tell them ahead; NULL: none */
} SourceColumns;

/*
 * source is a table's (view's, ...) name, perhaps qualified and quoted as in
 * SQL, or the text of a SELECT. Series may be of any type: their text is the label;
 * a NULL one raises 22004. Targets and covariates are cast to float8; covariates may
 * be boolean (1 and 0), and NULL. NaN, infinity and what float4 does not hold raise
 * 22003 with column, series and timestamp.
 * Where the order of the rows decides (without times, or where the last of duplicates
 * counts) they come in the order of a plan that is not parallel.
 * Where another source tells what is known ahead, its rows are in rows->ahead. It has the same
 * time and future columns, and the same series column, unless its rows hold for all series; it is
 * read after the other, and not where that has no rows. Without future columns it raises 22023.
 * The rows lie in CurrentMemoryContext. Errors: 42P01 for a missing relation,
 * 42703 for a missing column, 22023 for a source that is neither a name nor one
 * SELECT; 54000 for a text of more than 16 MB; syntax errors and missing privileges (42501) are
 * PostgreSQL's own.
 */
extern PanelRows *source_read(const char *source, const SourceColumns *columns,
							  DuplicatePolicy duplicates);

#endif
