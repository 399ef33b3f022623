/*
 * series.h
 *	  From rows as they came to series on a grid of steps.
 */
#ifndef LSTM_FORECAST_SERIES_H
#define LSTM_FORECAST_SERIES_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "time/frequency.h"
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

/*
 * One series on its grid: step i is at frequency_add(frequency, first_time, i).
 * Holes of future covariates are filled as `missing` says, before the first known
 * value by it, after the last likewise; those of past ones by the value known before
 * (0 under MISSING_ZERO), as a forecast at that moment had no more. NaN stays where
 * a past covariate was not known yet, and where no row of the series has one. Future
 * ones reach on over the rows after the last observation, as far as these follow
 * one another and are not NULL.
 */
typedef struct GridSeries
{
	char *label; /* NULL: unnamed */
	Frequency frequency;
	int64 rows;             /* rows read, NULLs included */
	int64 length;           /* steps, from the first to the last observation */
	const double *values;   /* (length) filled; may be those of the rows */
	uint8 *observed;        /* (length) 1: a real observation; NULL: all are */
	int64 missing;          /* steps that were filled */
	TimestampTz first_time; /* undefined for FREQUENCY_NONE */
	TimestampTz last_time;
	TimestampTz *times; /* (covered) FREQUENCY_IRREGULAR: of every step; else NULL */
	int64 duplicates;   /* rows merged away */
	int past;           /* covariates known up to now */
	int future;         /* covariates known ahead */
	int64 covered;      /* steps with future covariates, >= length; length without any */
	float *covariates;  /* (covered, past + future); past ones are 0 from length on; or NULL */
} GridSeries;

/* Is a step a real observation? */
static inline bool
series_observed(const GridSeries *series, int64 step)
{
	return series->observed == NULL || series->observed[step];
}

extern RowSet *rowset_create(MemoryContext context, bool has_times, int covariate_count);

/*
 * Append a row with its covariates ((covariate_count) floats, NaN for NULL; NULL
 * for NaN throughout). NULL time raises 22004, infinite time or non-finite value
 * 22003, naming the timestamp (or the row number). label: the series' name, or NULL.
 */
extern void rowset_append(RowSet *rows, const char *label, TimestampTz time, bool time_null,
						  double value, bool value_null, const float *covariates);

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

/*
 * " of series "a" at 2024-01-01 00:00:00+00", " in row 5": where the row that is
 * about to be appended stands, to follow a noun in a message.
 */
extern char *rowset_place(const RowSet *rows, const char *label, TimestampTz time, bool time_null);

/* " of series "a"", to follow a noun in a message; "" for an unnamed one. */
extern char *series_place(const char *label);

#endif
