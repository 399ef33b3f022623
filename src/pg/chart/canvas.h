/*
 * canvas.h
 *	  SVG elements in the colours of a theme.
 *
 * Colours are attributes, which every program honours. Where the theme is left to the reader, each
 * has a class beside it, and a style sheet changes the classes for who prefers dark: style sheets
 * win over attributes, and what knows none draws the light chart.
 */
#ifndef LSTM_FORECAST_CANVAS_H
#define LSTM_FORECAST_CANVAS_H

#include "postgres.h"
#include "lib/stringinfo.h"

typedef enum Ink
{
	INK_PAPER,
	INK_TEXT,
	INK_MUTED, /* text beside */
	INK_LINE,  /* what was observed */
	INK_GRID,
	INK_AXIS,
	INK_FORECAST,
	INK_NAIVE,
	INK_COUNT
} Ink;

typedef enum Anchor
{
	ANCHOR_START,
	ANCHOR_MIDDLE,
	ANCHOR_END
} Anchor;

typedef struct Canvas
{
	StringInfoData svg;
	int theme; /* a ChartTheme */
} Canvas;

/* How a text stands; y is that of its base line. */
typedef struct TextStyle
{
	double size;
	Ink ink;
	Anchor anchor;
	bool bold;
} TextStyle;

/* Begin and end the document; title and description are what is read aloud. */
extern void canvas_begin(Canvas *canvas, int theme, double width, double height, const char *title,
						 const char *description);
extern void canvas_end(Canvas *canvas);

/* A group with a title, which browsers show under the pointer. */
extern void canvas_group(Canvas *canvas, const char *title);
extern void canvas_group_end(Canvas *canvas);

/* A text; "" draws nothing. */
extern void canvas_text(Canvas *canvas, double x, double y, TextStyle style, const char *text);

/* A straight line; dashes NULL: none. */
extern void canvas_line(Canvas *canvas, double x1, double y1, double x2, double y2, Ink ink,
						double width, const char *dashes);

/* A rectangle, filled. */
extern void canvas_box(Canvas *canvas, double x, double y, double width, double height, Ink ink,
					   double opacity);

/* A path whose data (what stands in "d") is a line, or an area. name: the class that tells which.
 */
extern void canvas_stroke(Canvas *canvas, const char *name, const StringInfo path, Ink ink,
						  double width, const char *dashes);
extern void canvas_fill(Canvas *canvas, const char *name, const StringInfo path, Ink ink,
						double opacity);

/* Append "M1 2" or "L1 2" to a path's data. */
extern void path_append(StringInfo path, char command, double x, double y);

#endif
