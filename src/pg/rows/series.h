/*
 * series.h
 *	  A series on a grid of steps, and the passes to it from ordered rows, between which a panel
 *	  chooses a frequency.
 */
#ifndef LSTM_FORECAST_SERIES_H
#define LSTM_FORECAST_SERIES_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "time/frequency.h"
#include "rows/policies.h"
#include "rows/series_order.h"

/*
 * One series on its grid: step i is at frequency_add(frequency, first_time, i).
 * Steps that are filled under MISSING_ZERO count as observed: nothing there is zero.
 * Holes of future covariates are filled as `missing` says, those of categories by the one before,
 * before the first known value by it, after the last likewise; those of past ones by the value
 * known before (0 under MISSING_ZERO), as a forecast at that moment had no more. NaN stays where a
 * past covariate was not known yet, and where no row of the series has one. Future ones reach on
 * over the rows after the last observation, as far as these follow one another and are not NULL.
 */
typedef struct GridSeries
{
	const char *label; /* NULL: unnamed; the rows' */
	Frequency frequency;
	int64 rows;           /* rows read, NULLs included */
	int64 length;         /* steps, from the first to the last observation */
	int64 before;         /* of these, the first ones, that are not of the rows */
	const double *values; /* (length) filled; may be those of the rows */
	uint8 *observed; /* (length) 1: a real observation, or zero by MISSING_ZERO; NULL: all are */
	int64 missing;   /* steps that were filled */
	TimestampTz first_time; /* undefined for FREQUENCY_NONE */
	TimestampTz last_time;
	TimestampTz *times;            /* (covered) FREQUENCY_IRREGULAR: of every step; else NULL */
	int64 jitter;                  /* microseconds that a timestamp is off its step, at most */
	int64 duplicates;              /* rows merged away */
	int past;                      /* covariates known up to now */
	int future;                    /* covariates known ahead */
	Vocabulary *const *categories; /* (past + future) of those that are codes; NULL: none is */
	int64 covered;                 /* steps with future covariates, >= length; length without any */
	float *covariates; /* (covered, past + future); past ones are 0 from length on; or NULL */
} GridSeries;

/* What to do where series on their grids take more memory than allowed. */
#define SERIES_MEMORY_HINT "Give fewer rows, series or covariates, or have the setting raised."

/* Is a step a real observation? */
static inline bool
series_observed(const GridSeries *series, int64 step)
{
	return series->observed == NULL || series->observed[step];
}

/* The timestamp of a step, 0 <= step < length; undefined for FREQUENCY_NONE. */
extern TimestampTz series_time(const GridSeries *series, int64 step);

/*
 * Fill the steps between two, by a policy that does (not MISSING_ERROR). Interruptible.
 */
extern void series_fill_hole(double *values, int64 before, int64 after, MissingPolicy policy);

/* Where a frequency comes from: what to say about timestamps that do not fit it. */
typedef enum FrequencyOrigin
{
	FREQUENCY_OF_SERIES, /* an option, or the series itself */
	FREQUENCY_OF_PANEL,  /* the one that most rows of the panel show */
	FREQUENCY_OF_MODEL   /* a trained model's */
} FrequencyOrigin;

/* Rows after the last observation of a series, in order, which tell its future covariates. */
typedef struct AheadRows
{
	const OrderedRows *rows;
	int64 first; /* of them in rows->times and rows->covariates */
	int64 count;
	int column; /* the first future covariate of a row */
} AheadRows;

/* How rows are to be laid. */
typedef struct SeriesLayout
{
	const char *label;   /* NULL: unnamed */
	Frequency frequency; /* anchored at the rows */
	FrequencyOrigin origin;
	int past;
	int future;
	Vocabulary *const *categories; /* as of PanelRows */
	const AheadRows *ahead;        /* what alone is known ahead; NULL: the rows' own tail */
	MissingPolicy missing;
	Size held; /* bytes of rows and series that there are already */
} SeriesLayout;

/*
 * The frequency to use for ordered rows: fixed, or that of the option's text, or
 * inferred; anchored at the rows. label: of the series, for messages. It is a fault, 22000, where
 * the text names a day ("W-SUN") on which the timestamps are not;
 * with a fixed one there is none, and fault may be NULL.
 */
extern Frequency series_frequency(const OrderedRows *rows, const char *label,
								  const PanelRequest *request, const Frequency *fixed,
								  Fault *fault);

/*
 * Lay ordered rows on their grid and fill what is missing. NULL, with the fault, where timestamps
 * lie off the grid, steps are missing that must not, or the grid is out of proportion. Where
 * there is nothing to fill, the series' values are those of the rows, which must live as
 * long, as the label is, too; memory of their own goes over from rows to the series. What would
 * make more bytes than lstm_forecast.max_memory raises 54000.
 */
extern GridSeries *series_lay(OrderedRows *rows, const SeriesLayout *layout, Fault *fault);

#endif
