/*
 * draw_lines.c
 *	  A panel's bands, lines and their labels.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "chart/downsample.h"
#include "chart/draw_lines.h"

#define MOST_BUCKETS (MOST_LINE_POINTS / POINTS_A_BUCKET)
#define HALF_BAR 1.5 /* pixels, of a band of one point */
#define DOT_WIDTH 4.0
#define BEYOND_WIDTH 6.5
#define BEYOND_HOLE 3.5
#define LABEL_X 7.0
#define LEADER_LEAST 5.0  /* pixels that a label is away from its line's end */
#define LEADER_REACH 12.0 /* and that the end may be away from the plot's */

/* The points of a line, as many as are seen in so many pixels, at most. */
static int64
visible_points(const Panel *panel, int line, int most, DrawnPoint *points)
{
	int buckets = Max(1, Min(most, (int) ceil(panel->plot.width)));

	return downsample(panel->series, line, panel->first, panel->last, buckets, points);
}

static void
append_point(StringInfo path, const Panel *panel, char command, const ChartPoint *point, int line)
{
	path_append(path, command, panel_x(panel, point->time),
				panel_y(panel, point_value(point, line)));
}

/* How many points, from one on, are joined. */
static int64
run_length(const DrawnPoint *points, int64 first, int64 count)
{
	int64 next = first + 1;

	while (next < count && !points[next].begins)
		next++;
	return next - first;
}

/* A line, and points that are joined to none as dots. */
static void
draw_line(Canvas *canvas, const Panel *panel, const char *name, int line, Ink ink, double width,
		  const char *dashes)
{
	DrawnPoint *points = palloc(sizeof(DrawnPoint) * MOST_LINE_POINTS);
	int64 count = visible_points(panel, line, MOST_BUCKETS, points);
	StringInfoData path;
	StringInfoData dots;

	initStringInfo(&path);
	initStringInfo(&dots);
	for (int64 i = 0; i < count;)
	{
		int64 run = run_length(points, i, count);

		if (run == 1)
		{
			append_point(&dots, panel, 'M', points[i].point, line);
			appendStringInfoString(&dots, "h0");
		}
		else
			for (int64 k = 0; k < run; k++)
				append_point(&path, panel, k == 0 ? 'M' : 'L', points[i + k].point, line);
		i += run;
	}
	canvas_stroke(canvas, name, &path, ink, width, dashes);
	canvas_stroke(canvas, name, &dots, ink, DOT_WIDTH, NULL);
	pfree(path.data);
	pfree(dots.data);
	pfree(points);
}

/* A part of a band: to the right along the upper edge, back along the lower one. */
static void
append_area(StringInfo path, const Panel *panel, const DrawnPoint *upper, int64 upper_count,
			int upper_line, const DrawnPoint *lower, int64 lower_count, int lower_line)
{
	if (upper_count == 1 && lower_count == 1)
	{
		double x = panel_x(panel, upper->point->time);
		double top = panel_y(panel, point_value(upper->point, upper_line));
		double bottom = panel_y(panel, point_value(lower->point, lower_line));

		path_append(path, 'M', x - HALF_BAR, top);
		path_append(path, 'L', x + HALF_BAR, top);
		path_append(path, 'L', x + HALF_BAR, bottom);
		path_append(path, 'L', x - HALF_BAR, bottom);
	}
	else
	{
		for (int64 i = 0; i < upper_count; i++)
			append_point(path, panel, i == 0 ? 'M' : 'L', upper[i].point, upper_line);
		for (int64 i = lower_count - 1; i >= 0; i--)
			append_point(path, panel, 'L', lower[i].point, lower_line);
	}
	appendStringInfoChar(path, 'Z');
}

static void
draw_band(Canvas *canvas, const Panel *panel, int band)
{
	int lower_line = LINE_EDGES + band;
	int upper_line = LINE_EDGES + panel->series->edges - 1 - band;
	DrawnPoint *lower = palloc(sizeof(DrawnPoint) * MOST_LINE_POINTS);
	DrawnPoint *upper = lower + MOST_LINE_POINTS / 2;
	int64 lower_count = visible_points(panel, lower_line, MOST_BUCKETS / 2, lower);
	int64 upper_count = visible_points(panel, upper_line, MOST_BUCKETS / 2, upper);
	StringInfoData path;

	initStringInfo(&path);
	/* both have values at the same points, and so as many parts */
	for (int64 i = 0, k = 0; i < lower_count && k < upper_count;)
	{
		int64 lower_run = run_length(lower, i, lower_count);
		int64 upper_run = run_length(upper, k, upper_count);

		append_area(&path, panel, upper + k, upper_run, upper_line, lower + i, lower_run,
					lower_line);
		i += lower_run;
		k += upper_run;
	}
	canvas_fill(canvas, "band", &path, INK_FORECAST, BAND_OPACITY);
	pfree(path.data);
	pfree(lower);
}

void
draw_bands(Canvas *canvas, const Panel *panel)
{
	for (int band = 0; band < panel->series->bands; band++)
		draw_band(canvas, panel, band);
}

/* Circles around actual values beyond the widest band, one a pixel at most. */
static void
draw_beyond(Canvas *canvas, const Panel *panel)
{
	const ChartSeries *series = panel->series;
	StringInfoData dots;
	double latest = -INFINITY;

	if (series->bands == 0)
		return;
	initStringInfo(&dots);
	for (int64 i = 0; i < series->count; i++)
	{
		const ChartPoint *point = &series->points[i];
		double actual = point->values[LINE_ACTUAL];
		double x;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (isnan(actual) || point->edges == NULL ||
			(point->edges[0] <= actual && actual <= point->edges[series->edges - 1]))
			continue;
		x = panel_x(panel, point->time);
		if (x < latest + Max(1, panel->plot.width / MOST_LINE_POINTS))
			continue;
		latest = x;
		path_append(&dots, 'M', x, panel_y(panel, actual));
		appendStringInfoString(&dots, "h0");
	}
	canvas_stroke(canvas, "beyond", &dots, INK_LINE, BEYOND_WIDTH, NULL);
	canvas_stroke(canvas, "hole", &dots, INK_PAPER, BEYOND_HOLE, NULL);
	pfree(dots.data);
}

void
draw_lines(Canvas *canvas, const Panel *panel)
{
	draw_line(canvas, panel, "naive", LINE_NAIVE, INK_NAIVE, WIDTH_NAIVE, DASHES_NAIVE);
	draw_line(canvas, panel, "actual", LINE_ACTUAL, INK_LINE, WIDTH_ACTUAL, NULL);
	draw_line(canvas, panel, "forecast", LINE_FORECAST, INK_FORECAST, WIDTH_FORECAST, NULL);
	draw_beyond(canvas, panel);
}

void
draw_end_labels(Canvas *canvas, const Panel *panel)
{
	double x = panel->plot.x + panel->plot.width;

	for (int i = 0; i < panel->label_count; i++)
	{
		const EndLabel *label = &panel->labels[i];
		double end = panel_y(panel, label->value);

		if (fabs(end - label->y) >= LEADER_LEAST && x - panel_x(panel, label->time) <= LEADER_REACH)
			canvas_line(canvas, x + 1, end, x + LABEL_X - 1, label->y, INK_AXIS, 0.7, NULL);
		canvas_text(canvas, x + LABEL_X, label->y + 4,
					(TextStyle){.size = LABEL_SIZE, .ink = label->ink, .bold = label->bold},
					label->text);
	}
}
