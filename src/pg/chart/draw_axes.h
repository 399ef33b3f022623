/*
 * draw_axes.h
 *	  A panel's grid, numbers, times and names.
 */
#ifndef LSTM_FORECAST_DRAW_AXES_H
#define LSTM_FORECAST_DRAW_AXES_H

#include "postgres.h"

#include "chart/canvas.h"
#include "chart/layout.h"

/* What lies behind a panel's lines: its name, the grid with numbers and times. */
extern void draw_axes(Canvas *canvas, const Layout *layout, const Panel *panel);

/* The line of what was known, and what is left and right of it. */
extern void draw_now(Canvas *canvas, const Layout *layout, const Panel *panel);

#endif
