/*
 * rowset.h
 *	  The rows of one series as they came.
 */
#ifndef LSTM_FORECAST_ROWSET_H
#define LSTM_FORECAST_ROWSET_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "base/fault.h"
#include "time/timeline.h"

/*
 * Rows in the order of arrival, growing in one memory context. A NULL value is
 * stored as NaN (a real NaN is refused on arrival). 8 bytes a row, 4 for each
 * covariate, and 8 where timestamps do not lie at equal distances (timeline.h).
 */
typedef struct RowSet
{
	MemoryContext context;
	bool has_times;
	int64 count;
	int64 capacity;
	int64 nulls;       /* rows without a value */
	Timeline timeline; /* without a row in a set without timestamps */
	double *values;
	int covariate_count; /* past ones, then future ones; 0: none */
	float *covariates;   /* (count, covariate_count), NaN: NULL; NULL without any */
	bool keeps_fault;    /* a row that it cannot take makes it faulty, and is no error */
	Fault *fault;        /* of the first such row; NULL: none. Later rows are not taken */
} RowSet;

extern RowSet *rowset_create(MemoryContext context, bool has_times, int covariate_count);

/* Bytes that it takes besides its rows: itself, and the room of its first arrays. */
extern Size rowset_overhead(const RowSet *rows);

/*
 * Append a row with its covariates ((covariate_count) floats, NaN for NULL; NULL
 * for NaN throughout). NULL time raises 22004, infinite time or non-finite value
 * 22003, naming the timestamp (or the row number). label: the series' name, or NULL. A set that
 * keeps its fault raises none of these.
 */
extern void rowset_append(RowSet *rows, const char *label, TimestampTz time, bool time_null,
						  double value, bool value_null, const float *covariates);

/* Raise a fault of a row that is about to be appended, or keep it where the set does that. */
extern void rowset_take_fault(RowSet *rows, const Fault *fault);

/*
 * Make room for more rows. The counts stay right if memory runs out half way. Too many raise
 * 54000.
 */
extern void rowset_reserve(RowSet *rows, int64 more);

/* Append all rows of source, which has the same covariates. */
extern void rowset_append_all(RowSet *rows, const RowSet *source);

/*
 * Make room for covariates that turn out to be there after rows have come: the
 * first `past` stay the first, those that are new are NaN.
 */
extern void rowset_widen(RowSet *rows, int old_past, int old_future, int past, int future);

/* " of series "a"", to follow a noun in a message; "" for an unnamed one. */
extern char *series_place(const char *label);

/*
 * " of series "a" at 2024-01-01 00:00:00+00", " in row 5": where the row that is
 * about to be appended stands, to follow a noun in a message.
 */
extern char *rowset_place(const RowSet *rows, const char *label, TimestampTz time, bool time_null);

#endif
