/*
 * source_lists.h
 *	  What options list in a table or SELECT of their own: steps and holidays.
 */
#ifndef LSTM_FORECAST_SOURCE_LISTS_H
#define LSTM_FORECAST_SOURCE_LISTS_H

#include "postgres.h"

#include "rows/panel_rows.h"
#include "rows/source_columns.h"

/*
 * The columns of a list: its one column of dates or timestamps, and of holidays the one other
 * column as the series, if there is one, whose values are names. Raises 42804 where there are more,
 * or no times.
 */
extern void list_columns(const SourceShape *shape, SourceColumns *columns);

/* 22023 where options list times, and the rows have none. */
extern void lists_check(const SourceColumns *columns);

/*
 * Read what columns->steps and columns->holidays list, as of source_read, into rows. Not for rows
 * of which there are none.
 */
extern void lists_read(PanelRows *rows, const SourceColumns *columns);

#endif
