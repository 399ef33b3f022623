/*
 * series_grid.h
 *	  The passes from ordered rows to a series, between which a panel chooses a frequency.
 */
#ifndef LSTM_FORECAST_SERIES_GRID_H
#define LSTM_FORECAST_SERIES_GRID_H

#include "postgres.h"

#include "rows/series.h"
#include "rows/series_order.h"

/* Where a frequency comes from: what to say about timestamps that do not fit it. */
typedef enum FrequencyOrigin
{
	FREQUENCY_OF_SERIES, /* an option, or the series itself */
	FREQUENCY_OF_PANEL,  /* the one that most rows of the panel show */
	FREQUENCY_OF_MODEL   /* a trained model's */
} FrequencyOrigin;

/* How rows are to be laid. */
typedef struct SeriesLayout
{
	const char *label;   /* NULL: unnamed */
	Frequency frequency; /* anchored at the rows */
	FrequencyOrigin origin;
	int past;
	int future;
	MissingPolicy missing;
	Size held; /* bytes of rows and series that there are already */
} SeriesLayout;

/*
 * The frequency to use for ordered rows: fixed, or that of the option's text, or
 * inferred; anchored at the rows.
 */
extern Frequency series_frequency(const OrderedRows *rows, const char *text,
								  const Frequency *fixed);

/*
 * Lay ordered rows on their grid and fill what is missing; errors as panel_build. Where
 * there is nothing to fill, the series' values are those of the rows, which must live as
 * long; memory of their own goes over from rows to the series. What would make more bytes
 * than lstm_forecast.max_memory raises 54000.
 */
extern GridSeries *series_lay(OrderedRows *rows, const SeriesLayout *layout);

/*
 * Fill the holes of a series' covariates as the policy says. Under MISSING_ERROR
 * returns false at the first hole, with its step and number; else true.
 */
extern bool covariates_fill(GridSeries *series, MissingPolicy missing, int64 *step, int *number);

#endif
