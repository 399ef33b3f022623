/*
 * chart_rows.h
 *	  Rows of a chart as they come, and in the order in which they are drawn.
 */
#ifndef LSTM_FORECAST_CHART_ROWS_H
#define LSTM_FORECAST_CHART_ROWS_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "base/memory.h"
#include "rows/panel_rows.h"
#include "chart/chart_options.h"

/* A row; NaN is NULL. */
typedef struct ChartRow
{
	const char *label; /* of its series, the same pointer in all of its rows; NULL: unnamed */
	TimestampTz time;
	double actual;
	double forecast;
	double *edges; /* (edges of the state) ascending; NULL: none */
} ChartRow;

/* What the aggregates collect. All of it lies in `context`. */
typedef struct ChartRows
{
	MemoryContext context;
	MemoryAccount account;
	ChartOptions options;
	struct varlena *options_value; /* that these were read from; NULL: none */
	PanelRows *labels;             /* keeps each series' name once; has no rows */
	ChartRow *rows;                /* (count) in the order of arrival */
	int64 count;
	int64 capacity;
	int edges; /* of bands a row, lower ones first; 0: not known yet */
} ChartRows;

extern ChartRows *chart_rows_create(MemoryContext context);

/*
 * Refuse a number that cannot be drawn, NaN, infinite or beyond 1e150, by 22003. name: what it is
 * of the row, whose label and time are there.
 */
extern void chart_row_check(const ChartRow *row, const char *name, double value);

/*
 * Append a row of checked numbers. edges: so many, in any order, which are sorted where they lie;
 * none: count 0. A time that is not finite raises 22003, another number of edges than before
 * 22023, too many rows for lstm_forecast.max_memory 54000.
 */
extern void chart_rows_append(ChartRows *rows, const ChartRow *row, double *edges, int count);

/*
 * The rows by series and time, those of the same time in the order of arrival: an array of
 * pointers in CurrentMemoryContext. Interruptible.
 */
extern const ChartRow **chart_rows_sorted(const ChartRows *rows);

#endif
