/*
 * draw_chart.c
 *	  A chart as an SVG document.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "chart/canvas.h"
#include "chart/draw_axes.h"
#include "chart/draw_chart.h"
#include "chart/draw_lines.h"
#include "chart/svg_text.h"

#define DESCRIBED_SERIES 10
#define SWATCH 18.0
#define KEY_SPACE 14.0

/* What a series shows, as a sentence. */
static void
describe_series(StringInfo text, const Layout *layout, const ChartSeries *series)
{
	const ChartOptions *options = layout->options;
	const ChartPoint *last = &series->points[series->count - 1];

	appendStringInfo(text, "%s%s%s to %s", series->name != NULL ? series->name : "",
					 series->name != NULL ? ": " : "",
					 time_text(series->points[0].time, options->zone),
					 time_text(last->time, options->zone));
	if (series->has_now)
		appendStringInfo(text, ", observed until %s", time_text(series->now, options->zone));
	if (series->judged > 0)
		appendStringInfo(text, ", %s", coverage_text(options, series));
	appendStringInfoChar(text, '.');
}

static char *
describe_chart(const Layout *layout)
{
	StringInfoData text;

	initStringInfo(&text);
	if (!layout->single)
		appendStringInfo(&text, "%lld series. ", (long long) (layout->count + layout->hidden));
	for (int i = 0; i < layout->count && i < DESCRIBED_SERIES; i++)
	{
		if (i > 0)
			appendStringInfoChar(&text, ' ');
		describe_series(&text, layout, layout->panels[i].series);
	}
	return text.data;
}

static char *
chart_title(const Layout *layout)
{
	const ChartSeries *series = layout->panels[0].series;

	if (layout->options->title != NULL)
		return svg_utf8(layout->options->title);
	if (!layout->single)
		return psprintf("Forecasts of %lld series", (long long) (layout->count + layout->hidden));
	return series->name != NULL ? psprintf("Forecast of %s", series->name) : pstrdup("Forecast");
}

/* Where the next entry of the key stands. */
typedef struct KeyPlace
{
	double x;
	double y;
} KeyPlace;

/* An entry of the key: a piece of a line or a band, and what it is. */
static void
draw_key_entry(Canvas *canvas, KeyPlace *place, double end, int line, const char *text)
{
	static const Ink inks[] = {INK_LINE, INK_FORECAST, INK_NAIVE};
	static const double widths[] = {WIDTH_ACTUAL, WIDTH_FORECAST, WIDTH_NAIVE};
	double width = SWATCH + 5 + svg_text_width(text, LABEL_SIZE);
	double x = place->x;
	double y = place->y;

	/* what has no room is left out */
	if (x + width > end)
		return;
	if (line >= LINE_EDGES)
	{
		/* an inner band lies on those around it */
		for (int band = 0; band <= line - LINE_EDGES; band++)
			canvas_box(canvas, x, y - 10, SWATCH, 11, INK_FORECAST, BAND_OPACITY);
	}
	else
		canvas_line(canvas, x, y - 4, x + SWATCH, y - 4, inks[line], widths[line],
					line == LINE_NAIVE ? DASHES_NAIVE : NULL);
	canvas_text(canvas, x + SWATCH + 5, y, (TextStyle){.size = LABEL_SIZE, .ink = INK_TEXT}, text);
	place->x += width + KEY_SPACE;
}

/* Does any panel draw the line? */
static bool
any_draws(const Layout *layout, int line)
{
	for (int i = 0; i < layout->count; i++)
		if (layout->panels[i].series->drawn[line])
			return true;
	return false;
}

/* What the lines of all panels are. */
static void
draw_key(Canvas *canvas, const Layout *layout)
{
	static const int lines[] = {LINE_ACTUAL, LINE_FORECAST, LINE_NAIVE};
	const ChartSeries *series = layout->panels[0].series;
	const char *names[] = {"observed", "forecast",
						   layout->options->season > 1 ? "seasonal naive" : "naive"};
	KeyPlace place = {.x = layout->panels[0].outer.x, .y = layout->key_y};
	double end = layout->width - place.x;

	for (int i = 0; i < lengthof(lines); i++)
		if (any_draws(layout, lines[i]))
			draw_key_entry(canvas, &place, end, lines[i], names[i]);
	for (int band = 0; band < series->bands; band++)
	{
		const char *name = band_name(layout->options, series, band);

		if (name[0] != '\0')
			draw_key_entry(canvas, &place, end, LINE_EDGES + band, name);
	}
}

static void
draw_panel(Canvas *canvas, const Layout *layout, const Panel *panel)
{
	StringInfoData title;

	initStringInfo(&title);
	describe_series(&title, layout, panel->series);
	canvas_group(canvas, title.data);
	draw_axes(canvas, layout, panel);
	if (!panel->series->empty)
	{
		draw_bands(canvas, panel);
		draw_now(canvas, layout, panel);
		draw_lines(canvas, panel);
		draw_end_labels(canvas, panel);
	}
	canvas_group_end(canvas);
}

static char *
draw_layout(const Layout *layout)
{
	Canvas canvas;
	double x = layout->panels[0].outer.x;
	char *title = chart_title(layout);

	canvas_begin(&canvas, layout->options->theme, layout->width, layout->height, title,
				 describe_chart(layout));
	if (layout->options->title != NULL)
		canvas_text(&canvas, x, layout->title_y,
					(TextStyle){.size = TITLE_SIZE, .ink = INK_TEXT, .bold = true},
					svg_fit_text(title, TITLE_SIZE * 1.08, layout->width - 2 * x));
	if (!layout->single)
		draw_key(&canvas, layout);
	for (int i = 0; i < layout->count; i++)
	{
		check_interrupts();
		draw_panel(&canvas, layout, &layout->panels[i]);
	}
	canvas_text(&canvas, x, layout->note_y, (TextStyle){.size = TICK_SIZE, .ink = INK_MUTED},
				layout->note);
	canvas_end(&canvas);
	return canvas.svg.data;
}

/* How many rows, from one on, are of the same series. */
static int64
series_rows(const ChartRow **rows, int64 first, int64 count)
{
	int64 next = first + 1;

	while (next < count && rows[next]->label == rows[first]->label)
	{
		if (next % INTERRUPT_ROWS == 0)
			check_interrupts();
		next++;
	}
	return next - first;
}

char *
draw_chart(ChartRows *rows)
{
	Size bytes = (sizeof(ChartRow *) + sizeof(ChartPoint)) * (Size) rows->count;
	ChartSeries **series = palloc(sizeof(ChartSeries *) * rows->options.panels);
	const ChartRow **sorted;
	int64 hidden = 0;
	int count = 0;
	char *document;

	account_take(&rows->account, bytes);
	sorted = chart_rows_sorted(rows);
	for (int64 i = 0; i < rows->count;)
	{
		int64 length = series_rows(sorted, i, rows->count);

		if (count < rows->options.panels)
			series[count++] = chart_series_create(rows, sorted + i, length);
		else
			hidden++;
		i += length;
	}
	document = draw_layout(layout_create(&rows->options, series, count, hidden));
	account_give(&rows->account, bytes);
	return document;
}
