/*
 * series_order.h
 *	  Rows in the order of their timestamps, one row a timestamp.
 */
#ifndef LSTM_FORECAST_SERIES_ORDER_H
#define LSTM_FORECAST_SERIES_ORDER_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "base/fault.h"
#include "rows/policies.h"
#include "rows/rowset.h"
#include "rows/source_columns.h"

/*
 * Strictly ascending rows, either those of a RowSet itself or in memory of their
 * own: from the first observation to the last, then the rows after it, whose
 * values are NULL.
 */
typedef struct OrderedRows
{
	bool has_times;
	Times times;             /* of all count + tail rows */
	const double *values;    /* (count), NaN: NULL; the first and the last are not */
	const float *covariates; /* (count + tail, covariate_count), NaN: NULL; NULL without any */
	int covariate_count;
	int64 count;
	int64 nulls;          /* of the count rows */
	int64 tail;           /* rows after the last observation */
	int64 skipped;        /* rows before the first */
	int64 rows;           /* read */
	int64 duplicates;     /* rows merged away */
	Timeline timeline;    /* own memory, or empty */
	double *value_memory; /* to pfree, or NULL */
	float *covariate_memory;
} OrderedRows;

/* What to do with rows of equal time, and what to say of them. */
typedef struct OrderRequest
{
	DuplicatePolicy duplicates;
	const SourceColumns *columns;  /* of a source; NULL: of an aggregate */
	Vocabulary *const *categories; /* as of PanelRows */
	bool trained;                  /* the policy is that of a model */
} OrderRequest;

/*
 * Sort, merge and trim. held: bytes that there are already, to which what sorting takes is
 * added; more than lstm_forecast.max_memory raises 54000, before it is taken. Rows of equal time
 * are one observation if at most one of them has a value; several values are merged by the policy,
 * or are a fault, 22000, and so are covariates (panel_build). A sum that overflows is one, too,
 * 22003. A fault is set, and nothing is left to free; else it stays as it was. No
 * observation at all gives count 0. Long runs that do not overlap are put in order in
 * the RowSet itself, which is the same set then. Interruptible.
 */
extern OrderedRows series_order(RowSet *rows, const char *label, const OrderRequest *request,
								Size held, Fault *fault);

/* Bytes of memory of its own. */
extern Size ordered_bytes(const OrderedRows *ordered);

/* The timestamps from the first observation to the last. */
static inline Times
ordered_times(const OrderedRows *ordered)
{
	return times_slice(&ordered->times, 0, ordered->times.count == 0 ? 0 : ordered->count);
}

/* Free what series_order has allocated. */
extern void series_order_free(OrderedRows *ordered);

#endif
