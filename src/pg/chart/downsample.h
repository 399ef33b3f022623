/*
 * downsample.h
 *	  The points of a long line that make a difference on paper.
 */
#ifndef LSTM_FORECAST_DOWNSAMPLE_H
#define LSTM_FORECAST_DOWNSAMPLE_H

#include "postgres.h"

#include "chart/chart_series.h"

#define POINTS_A_BUCKET 4 /* that are kept at most */

typedef struct DrawnPoint
{
	const ChartPoint *point;
	bool begins; /* not joined to the point before */
} DrawnPoint;

/*
 * The points of a line of a series that has its times between two: of each of so many equal parts
 * of that time the first, the last, the lowest and the highest one. Lines through these and
 * through all points look alike where a part is a column of pixels (U. Jugel, Z. Jerzak,
 * G. Hackenbroich, V. Markl, M4: A Visualization-Oriented Time Series Data Aggregation, VLDB 2014).
 * drawn: (POINTS_A_BUCKET * buckets). Returns how many there are. Interruptible.
 */
extern int64 downsample(const ChartSeries *series, int line, TimestampTz first, TimestampTz last,
						int buckets, DrawnPoint *drawn);

#endif
