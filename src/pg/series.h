/*
 * series.h
 *	  From rows as they came to series on a grid of steps.
 */
#ifndef LSTM_FORECAST_SERIES_H
#define LSTM_FORECAST_SERIES_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "frequency.h"

/*
 * Rows in the order of arrival, growing in one memory context. A NULL value is
 * stored as NaN (a real NaN is refused on arrival). times is NULL in a set
 * without timestamps. 16 bytes a row.
 */
typedef struct RowSet
{
	MemoryContext context;
	bool has_times;
	int64 count;
	int64 capacity;
	TimestampTz *times;
	double *values;
	bool sorted; /* strictly ascending so far */
} RowSet;

typedef enum MissingPolicy
{
	MISSING_LINEAR,
	MISSING_PREVIOUS,
	MISSING_ZERO,
	MISSING_ERROR
} MissingPolicy;

typedef enum DuplicatePolicy
{
	DUPLICATES_ERROR,
	DUPLICATES_MEAN,
	DUPLICATES_SUM,
	DUPLICATES_LAST
} DuplicatePolicy;

/* One series on its grid: step i is at frequency_add(frequency, first_time, i). */
typedef struct GridSeries
{
	Frequency frequency;
	int64 rows;             /* rows read, NULLs included */
	int64 length;           /* steps, from the first to the last observation */
	double *values;         /* (length) filled */
	uint8 *observed;        /* (length) 1: a real observation */
	int64 missing;          /* steps that were filled */
	TimestampTz first_time; /* undefined for FREQUENCY_NONE */
	TimestampTz last_time;
	TimestampTz *times; /* FREQUENCY_IRREGULAR: of every step; else NULL */
	int64 duplicates;   /* rows merged away */
} GridSeries;

extern RowSet *rowset_create(MemoryContext context, bool has_times);

/*
 * Append a row. NULL time raises 22004, infinite time or non-finite value 22003,
 * naming the timestamp (or the row number). label: the series' name, or NULL.
 */
extern void rowset_append(RowSet *rows, const char *label, TimestampTz time, bool time_null,
						  double value, bool value_null);

/* Append all rows of source (parallel aggregation). */
extern void rowset_append_all(RowSet *rows, const RowSet *source);

/*
 * Sort by time (skipped when they came in order; rows itself is not changed),
 * merge duplicates, drop NULL rows after the last observation and before the
 * first, lay the rest on the frequency's grid and fill what is missing.
 * frequency_text: the option's text ("auto", ...); fixed: a frequency to use
 * instead (a trained model's), or NULL; its time of day, day of the month and
 * zone give way to those of the rows if need be, so go on with the frequency
 * that is in the result. Rows of equal time with one value among NULLs are no
 * duplicates to argue about: the value wins under every policy. Everything is allocated in
 * CurrentMemoryContext. The result does not depend on the order of the rows
 * (but for DUPLICATES_LAST). No observation at all gives length 0.
 * Errors: duplicates 22000 with the timestamp, missing steps under
 * MISSING_ERROR 22000 with the first missing timestamp, timestamps off the
 * grid of an explicit or fixed frequency 22000 with the timestamp, a grid out
 * of proportion to the rows 54000. Interruptible.
 */
extern GridSeries *series_build(const RowSet *rows, const char *label, const char *frequency_text,
								const Frequency *fixed, MissingPolicy missing,
								DuplicatePolicy duplicates);

#endif
