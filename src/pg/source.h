/*
 * source.h
 *	  Reads the rows of a table or a SELECT, with the caller's rights.
 */
#ifndef LSTM_FORECAST_SOURCE_H
#define LSTM_FORECAST_SOURCE_H

#include "postgres.h"

#include "series.h"

/*
 * source is a table's (view's, ...) name, perhaps qualified and quoted as in
 * SQL, or the text of a SELECT. Columns are names as they stand in the source's
 * row type, unquoted. time_column NULL: the rows' order is the series' order.
 * The rows lie in CurrentMemoryContext. Errors: 42P01 for a missing relation,
 * 42703 for a missing column, 22023 for a source that is neither a name nor one
 * SELECT; syntax errors and missing privileges (42501) are PostgreSQL's own.
 */
extern RowSet *source_read(const char *source, const char *time_column, const char *target_column);

#endif
