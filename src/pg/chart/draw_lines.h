/*
 * draw_lines.h
 *	  A panel's bands, lines and their labels.
 */
#ifndef LSTM_FORECAST_DRAW_LINES_H
#define LSTM_FORECAST_DRAW_LINES_H

#include "postgres.h"

#include "chart/canvas.h"
#include "chart/layout.h"

#define MOST_LINE_POINTS 2000 /* of one path */

#define BAND_OPACITY 0.17
#define DASHES_NAIVE "4 3"
#define WIDTH_ACTUAL 1.5
#define WIDTH_FORECAST 2.0
#define WIDTH_NAIVE 1.0

/* The bands, outermost first, which lie on each other. */
extern void draw_bands(Canvas *canvas, const Panel *panel);

/* The lines, and points beyond the widest band; then what they are. */
extern void draw_lines(Canvas *canvas, const Panel *panel);
extern void draw_end_labels(Canvas *canvas, const Panel *panel);

#endif
