/*
 * layout.c
 *	  Where the panels of a chart lie, and what lies where in a panel.
 */
#include "postgres.h"

#include <math.h>

#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "chart/layout.h"
#include "chart/line_labels.h"
#include "chart/svg_text.h"

/* Pixels. */
#define MARGIN 14.0
#define PANEL_GAP 20.0
#define LEAST_PANEL 200.0 /* wide, where the chart says nothing of columns */
#define LEAST_WIDTH 100.0 /* where it does */
#define TITLE_HEIGHT 26.0
#define KEY_HEIGHT 22.0
#define NAME_HEIGHT 18.0
#define COVERAGE_HEIGHT 15.0
#define AXIS_HEIGHT 32.0 /* labels of time below the plot, two lines */
#define NOTE_HEIGHT 18.0
#define TICK_HEIGHT 42.0 /* from one value on the axis to the next, at least */
#define LEAST_PLOT 30.0
#define TICK_SPACE 7.0  /* between a number and the plot */
#define RIGHT_SPACE 8.0 /* beside a plot without labels */

#define COVERED_BANDS 3 /* that are said to hold so many values, at most */

char *
band_name(const ChartOptions *options, const ChartSeries *series, int band)
{
	if (band < options->levels)
		return psprintf("%g" NO_BREAK_SPACE "%%", rint(options->level[band] * 100) / 100);
	return pstrdup(series->bands == 1 ? "interval" : "");
}

char *
coverage_text(const ChartOptions *options, const ChartSeries *series)
{
	StringInfoData text;

	initStringInfo(&text);
	if (series->judged == 0)
		return text.data;
	for (int band = 0; band < Min(series->bands, Max(1, Min(options->levels, COVERED_BANDS)));
		 band++)
	{
		const char *name = band_name(options, series, band);

		if (band == 0)
			appendStringInfo(&text, "%lld of %lld", (long long) series->inside[0],
							 (long long) series->judged);
		else
			appendStringInfo(&text, ", %lld", (long long) series->inside[band]);
		appendStringInfo(&text, " inside %s",
						 band < options->levels ? name
						 : series->bands == 1   ? "the interval"
												: "the widest band");
	}
	return text.data;
}

/* As many columns as have room, of these the most that leave the fewest places empty. */
static int
choose_columns(const ChartOptions *options, int count)
{
	double room = options->width - 2 * MARGIN + PANEL_GAP;
	int most = Max(1, (int) (room / (LEAST_PANEL + PANEL_GAP)));
	int best = 1;
	int fewest = PG_INT32_MAX;

	if (options->columns > 0)
		return Max(1, Min(Min(options->columns, count), (int) (room / (LEAST_WIDTH + PANEL_GAP))));
	most = Min(most, count);
	for (int columns = Max((most + 1) / 2, Min(most, 2)); columns <= most; columns++)
	{
		int empty = (columns - count % columns) % columns;

		if (empty <= fewest)
		{
			fewest = empty;
			best = columns;
		}
	}
	return best;
}

/* The range of time that a panel shows: at least a little. */
static void
set_time_range(Panel *panel, TimestampTz first, TimestampTz last)
{
	if (first == last)
	{
		first = first > MIN_TIMESTAMP + USECS_PER_DAY ? first - USECS_PER_DAY : first;
		last = last < END_TIMESTAMP - USECS_PER_DAY - 1 ? last + USECS_PER_DAY : last;
	}
	panel->first = first;
	panel->last = last;
}

static TimestampTz
first_time(const ChartSeries *series)
{
	return series->has_now ? Min(series->points[0].time, series->now) : series->points[0].time;
}

static TimestampTz
last_time(const ChartSeries *series)
{
	TimestampTz last = series->points[series->count - 1].time;

	return series->has_now ? Max(last, series->now) : last;
}

/* Panels share the range of time, unless some would be much narrower than they are alone. */
static void
set_time_ranges(Layout *layout)
{
	TimestampTz first = PG_INT64_MAX;
	TimestampTz last = PG_INT64_MIN;
	double longest = 0;

	for (int i = 0; i < layout->count; i++)
	{
		const ChartSeries *series = layout->panels[i].series;

		first = Min(first, first_time(series));
		last = Max(last, last_time(series));
		longest = fmax(longest, (double) last_time(series) - (double) first_time(series));
	}
	for (int i = 0; i < layout->count; i++)
	{
		const ChartSeries *series = layout->panels[i].series;

		if ((double) last - (double) first <= 1.5 * longest)
			set_time_range(&layout->panels[i], first, last);
		else
			set_time_range(&layout->panels[i], first_time(series), last_time(series));
	}
}

/* The pixels above a panel's plot. */
static double
header_height(const Layout *layout)
{
	double height = layout->regions ? REGION_HEIGHT : 6;

	for (int i = 0; i < layout->count; i++)
		if (layout->panels[i].name[0] != '\0' || layout->panels[i].coverage[0] != '\0')
			return height + NAME_HEIGHT + (layout->two_headers ? COVERAGE_HEIGHT : 0);
	return height;
}

/* Cut names to the width of a panel; does coverage stand beside them, or below? */
static void
fit_headers(Layout *layout, double width)
{
	for (int i = 0; i < layout->count; i++)
	{
		Panel *panel = &layout->panels[i];
		const char *name = panel->series->name != NULL ? panel->series->name : "";
		double beside;

		check_interrupts();
		panel->coverage = coverage_text(layout->options, panel->series);
		panel->name = svg_fit_text(name, NAME_SIZE * 1.08, width);
		beside = svg_text_width(panel->coverage, LABEL_SIZE) +
				 svg_text_width(panel->name, NAME_SIZE * 1.08) + 12;
		if (panel->name[0] != '\0' && panel->coverage[0] != '\0' && beside > width)
			layout->two_headers = true;
		panel->coverage = svg_fit_text(panel->coverage, LABEL_SIZE, width);
		layout->regions |= layout->single && panel->series->has_now;
	}
}

/* The pixels that numbers take left of the plot. */
static double
axis_width(const Panel *panel)
{
	double width = 0;

	for (int64 tick = panel->scale.first; tick <= panel->scale.last; tick++)
		width =
			fmax(width, svg_text_width(value_scale_text(&panel->scale,
														value_scale_tick(&panel->scale, tick), 0),
									   TICK_SIZE));
	return width + TICK_SPACE;
}

/* Scales, labels and plots of panels whose outer boxes are known. */
static void
place_plots(Layout *layout)
{
	double header = header_height(layout);
	double left = 0;
	double right = RIGHT_SPACE;

	for (int i = 0; i < layout->count; i++)
	{
		Panel *panel = &layout->panels[i];
		Box *plot = &panel->plot;

		check_interrupts();
		plot->y = panel->outer.y + header;
		plot->height = fmax(panel->outer.height - header - AXIS_HEIGHT, LEAST_PLOT);
		panel->scale = panel->series->empty
						   ? value_scale(0, 1, 1)
						   : value_scale(panel->series->low, panel->series->high,
										 Max(2, (int) (plot->height / TICK_HEIGHT)));
		line_labels_collect(panel, layout->options, layout->single);
		left = fmax(left, axis_width(panel));
		right = fmax(right, line_labels_width(panel));
	}
	for (int i = 0; i < layout->count; i++)
	{
		Panel *panel = &layout->panels[i];

		panel->plot.x = panel->outer.x + left;
		panel->plot.width = fmax(panel->outer.width - left - right, LEAST_PLOT);
		line_labels_place(panel);
	}
}

/* The height of a panel that suits its width. */
static double
panel_height(const Layout *layout, double width)
{
	if (layout->options->height > 0)
		return layout->options->height;
	if (layout->single)
		return fmin(fmax(width * 0.45, 230), 460);
	return fmin(fmax(width * 0.66, 165), 250);
}

/* What has no place in the panels; "" for nothing. */
static char *
note_text(const Layout *layout)
{
	StringInfoData note;
	int64 merged = 0;

	initStringInfo(&note);
	for (int i = 0; i < layout->count; i++)
		merged += layout->panels[i].series->merged;
	if (layout->hidden > 0)
		appendStringInfo(&note, "+%lld more series", (long long) layout->hidden);
	if (merged > 0)
		appendStringInfo(&note, "%s%lld row%s at times of other rows: the last one is shown",
						 note.len > 0 ? "; " : "", (long long) merged, merged == 1 ? "" : "s");
	return svg_fit_text(note.data, TICK_SIZE, layout->width - 2 * MARGIN);
}

Layout *
layout_create(const ChartOptions *options, ChartSeries **series, int count, int64 hidden)
{
	Layout *layout = palloc0(sizeof(Layout));
	int columns = choose_columns(options, count);
	double width = (options->width - 2 * MARGIN - (columns - 1) * PANEL_GAP) / columns;
	double y = MARGIN;
	double height;

	*layout = (Layout){.options = options,
					   .width = options->width,
					   .single = count == 1,
					   .panels = palloc0(sizeof(Panel) * count),
					   .count = count,
					   .hidden = hidden};
	for (int i = 0; i < count; i++)
		layout->panels[i].series = series[i];
	height = panel_height(layout, width);
	layout->title_y = y + TITLE_SIZE - 2;
	y += options->title != NULL ? TITLE_HEIGHT : 0;
	layout->key_y = y + LABEL_SIZE;
	y += layout->single ? 0 : KEY_HEIGHT;
	fit_headers(layout, width);
	for (int i = 0; i < count; i++)
		layout->panels[i].outer = (Box){.x = MARGIN + (i % columns) * (width + PANEL_GAP),
										.y = y + (i / columns) * (height + PANEL_GAP),
										.width = width,
										.height = height};
	set_time_ranges(layout);
	place_plots(layout);
	y = layout->panels[count - 1].outer.y +
		fmax(height, layout->panels[0].plot.y - layout->panels[0].outer.y +
						 layout->panels[0].plot.height + AXIS_HEIGHT);
	layout->note = note_text(layout);
	layout->note_y = y + NOTE_HEIGHT - 4;
	layout->height = ceil(y + (layout->note[0] != '\0' ? NOTE_HEIGHT : 0) + MARGIN / 2);
	return layout;
}
