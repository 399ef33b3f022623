/*
 * layout.h
 *	  Where the panels of a chart lie, and what lies where in a panel.
 */
#ifndef LSTM_FORECAST_LAYOUT_H
#define LSTM_FORECAST_LAYOUT_H

#include "postgres.h"

#include "chart/canvas.h"
#include "chart/chart_series.h"
#include "chart/time_ticks.h"
#include "chart/value_scale.h"

#define TITLE_SIZE 16.0 /* of fonts, in pixels */
#define NAME_SIZE 13.0
#define LABEL_SIZE 12.0
#define TICK_SIZE 11.0
#define REGION_HEIGHT 17.0 /* of "observed" and "forecast" above a plot */

typedef struct Box
{
	double x;
	double y;
	double width;
	double height;
} Box;

/* A label beside the end of a line. */
typedef struct EndLabel
{
	char *text;
	Ink ink;
	bool bold;
	double value; /* where the line ends */
	TimestampTz time;
	double y; /* where the label stands */
} EndLabel;

#define MOST_END_LABELS (MOST_BANDS + 3)

typedef struct Panel
{
	const ChartSeries *series;
	char *name;     /* as wide as there is room for; "" where there is none */
	char *coverage; /* "27 of 30 inside 80 %", or "" */
	Box outer;
	Box plot;
	ValueScale scale;  /* of values; not where the series is empty */
	TimestampTz first; /* of the axis of time; less than last */
	TimestampTz last;
	EndLabel labels[MOST_END_LABELS];
	int label_count;
} Panel;

typedef struct Layout
{
	const ChartOptions *options;
	double width; /* of the picture */
	double height;
	bool single;    /* one panel: its lines are labelled, else there is a key for all */
	double title_y; /* base lines */
	double key_y;
	double note_y;
	bool two_headers; /* coverage below the name */
	bool regions;     /* a line for "observed" and "forecast" above the plot */
	Panel *panels;
	int count;
	int64 hidden; /* series that have no panel */
	char *note;   /* below the panels; "": none */
} Layout;

/* Lay out series; hidden: how many there are beside. In CurrentMemoryContext. Interruptible. */
extern Layout *layout_create(const ChartOptions *options, ChartSeries **series, int count,
							 int64 hidden);

/* Pixels of a time and a value in a panel. */
static inline double
panel_x(const Panel *panel, TimestampTz time)
{
	return panel->plot.x + panel->plot.width * (((double) time - (double) panel->first) /
												((double) panel->last - (double) panel->first));
}

static inline double
panel_y(const Panel *panel, double value)
{
	/* halves, as the whole range may be out of range */
	double share =
		(value / 2 - panel->scale.low / 2) / (panel->scale.high / 2 - panel->scale.low / 2);

	return panel->plot.y + panel->plot.height * (1 - share);
}

/* "80 %" of a band, "interval" of one whose level is not known. */
extern char *band_name(const ChartOptions *options, const ChartSeries *series, int band);

/* What a series' bands hold, "27 of 30 inside 80 %"; "" where nothing can be said. */
extern char *coverage_text(const ChartOptions *options, const ChartSeries *series);

#endif
