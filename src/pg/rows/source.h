/*
 * source.h
 *	  Reads the rows of a table or a SELECT, with the caller's rights.
 */
#ifndef LSTM_FORECAST_SOURCE_H
#define LSTM_FORECAST_SOURCE_H

#include "postgres.h"

#include "rows/panel_rows.h"
#include "rows/policies.h"
#include "rows/source_columns.h"

/*
 * source is a table's (view's, ...) name, perhaps qualified and quoted as in
 * SQL, or the text of a SELECT; a semicolon may end it. Series may be of any type:
 * their text is the label; a NULL one raises 22004. Targets and covariates are numbers of
 * any type; covariates may be boolean (1 and 0), and NULL, or categories: words of text or of an
 * enum, which rows have as codes (vocabulary.h). Times are dates or timestamps.
 * NaN, infinity and what float4 does not hold raise 22003 with column, series and timestamp, or
 * are faults of their series.
 * Where the order of the rows decides (without times, or where the last of duplicates
 * counts) they come in the order of a plan that is not parallel.
 * Where columns->steps is a source of steps, the times of its one column of dates or timestamps are
 * in rows->steps, in order, each once; it is read after the rows, and not where there are none.
 * None at all raises 22000, NULL 22004, infinite ones 22003; rows without times 22023.
 * The days of columns->holidays, in columns->zone, with their names are in rows->holidays likewise,
 * bytewise by names, those without one called "holiday"; there may be none. Too many, or names too
 * long, raise 54000.
 * Where another source tells what is known ahead, its rows are in rows->ahead. It has the same
 * time and future columns, and the same series column, unless its rows hold for all series; it is
 * read after the other, and not where that has no rows. Without future columns it raises 22023.
 * The rows lie in CurrentMemoryContext, and refer to columns. Errors: 42P01 for a missing
 * relation, 42703 for a missing column, 42804 for one of another type, with the conversion in the
 * hint, 22023 for a source that is neither a name nor one SELECT; 54000 for a text of more than
 * 16 MB; syntax errors and missing privileges (42501) are PostgreSQL's own.
 */
extern PanelRows *source_read(const char *source, const SourceColumns *columns,
							  DuplicatePolicy duplicates);

/*
 * Look whether source_read could read it, and the sources that the columns name, without reading
 * rows: the queries are planned. A column of text is looked at for whether it has any value. The
 * same errors, but those that are about rows or about privileges, which PostgreSQL checks as it
 * runs a query.
 */
extern void source_check(const char *source, const SourceColumns *columns);
/* Read one source alone, without what options list. */
extern PanelRows *source_read_rows(const char *source, SourceColumns columns,
								   DuplicatePolicy duplicates);

#endif
