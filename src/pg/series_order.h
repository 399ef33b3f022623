/*
 * series_order.h
 *	  Rows in the order of their timestamps, one row a timestamp.
 */
#ifndef LSTM_FORECAST_SERIES_ORDER_H
#define LSTM_FORECAST_SERIES_ORDER_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "series.h"

/* Strictly ascending rows, either those of a RowSet itself or in memory of their own. */
typedef struct OrderedRows
{
	const TimestampTz *times; /* (count), NULL without timestamps */
	const double *values;     /* (count), NaN: NULL */
	int64 count;
	int64 duplicates; /* rows merged away */
	void *memory;     /* to pfree, or NULL */
} OrderedRows;

/*
 * Sort and merge. Rows of equal time are one observation if at most one of them
 * has a value; several values are merged by the policy, or raise 22000. A sum
 * that overflows raises 22003. Interruptible.
 */
extern OrderedRows series_order(const RowSet *rows, const char *label, DuplicatePolicy policy);

#endif
