/*
 * chart_series.h
 *	  One series as it is drawn: a point a time, and what there is to say of it.
 */
#ifndef LSTM_FORECAST_CHART_SERIES_H
#define LSTM_FORECAST_CHART_SERIES_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "chart/chart_rows.h"

/* What a line shows; edge i of the bands is LINE_EDGES + i. */
typedef enum ChartLine
{
	LINE_ACTUAL,
	LINE_FORECAST,
	LINE_NAIVE,
	LINE_EDGES
} ChartLine;

typedef struct ChartPoint
{
	TimestampTz time;
	double values[LINE_EDGES]; /* NaN: none */
	const double *edges;       /* ascending; NULL: none */
} ChartPoint;

typedef struct ChartSeries
{
	const char *name; /* UTF-8; NULL: unnamed */
	ChartPoint *points;
	int64 count;
	int edges;
	int bands;                /* edges i and edges - 1 - i are of band i, the outermost is 0 */
	int64 merged;             /* rows of a time that another row has */
	int64 step;               /* usual distance of points, microseconds; 0: not known */
	int64 gap;                /* points farther apart are not joined */
	int64 origin;             /* point that is the last one before the forecasts; -1: none */
	bool has_now;             /* is there a line of what was known? */
	TimestampTz now;          /* and where */
	int64 judged;             /* points with an actual value and bands */
	int64 inside[MOST_BANDS]; /* of these, those within each band */
	bool drawn[LINE_EDGES];   /* has the line any point? */
	bool empty;               /* has no line any? */
	double low;               /* of all that is drawn */
	double high;
} ChartSeries;

static inline double
point_value(const ChartPoint *point, int line)
{
	if (line < LINE_EDGES)
		return point->values[line];
	return point->edges == NULL ? NAN : point->edges[line - LINE_EDGES];
}

/*
 * The series of some rows, which are of one label and sorted, in CurrentMemoryContext. The bands'
 * edges stay the rows'. Interruptible.
 */
extern ChartSeries *chart_series_create(const ChartRows *state, const ChartRow **rows, int64 count);

#endif
