/*
 * draw_chart.h
 *	  A chart as an SVG document.
 */
#ifndef LSTM_FORECAST_DRAW_CHART_H
#define LSTM_FORECAST_DRAW_CHART_H

#include "postgres.h"

#include "chart/chart_rows.h"

/*
 * The document, in CurrentMemoryContext: ASCII, for rows of which there is at least one. The rows
 * stay as they are. Interruptible.
 */
extern char *draw_chart(ChartRows *rows);

#endif
