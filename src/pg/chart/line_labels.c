/*
 * line_labels.c
 *	  Labels beside the ends of a panel's lines.
 */
#include "postgres.h"

#include <math.h>

#include "chart/line_labels.h"
#include "chart/svg_text.h"

#define LINE_HEIGHT 14.0
#define BESIDE 9.0 /* pixels between the plot and a label */

/* The last point of a line; NULL: it has none. */
static const ChartPoint *
last_point(const ChartSeries *series, int line)
{
	for (int64 i = series->count - 1; i >= 0; i--)
		if (!isnan(point_value(&series->points[i], line)))
			return &series->points[i];
	return NULL;
}

static void
add_label(Panel *panel, char *text, Ink ink, bool bold, const ChartPoint *end, int line)
{
	panel->labels[panel->label_count++] = (EndLabel){
		.text = text, .ink = ink, .bold = bold, .value = point_value(end, line), .time = end->time};
}

/* "275", "forecast 275" */
static char *
forecast_label(const Panel *panel, double value, bool single)
{
	char *number = value_scale_text(&panel->scale, value, 1);

	return single && !panel->series->has_now ? psprintf("forecast %s", number) : number;
}

/* Each band at its upper end. */
static void
add_bands(Panel *panel, const ChartOptions *options)
{
	const ChartSeries *series = panel->series;

	for (int band = 0; band < series->bands; band++)
	{
		int line = LINE_EDGES + series->edges - 1 - band;
		const ChartPoint *point = last_point(series, line);
		char *name = band_name(options, series, band);

		if (point != NULL && name[0] != '\0')
			add_label(panel, name, INK_FORECAST, false, point, line);
	}
}

/* The most important ones first. */
void
line_labels_collect(Panel *panel, const ChartOptions *options, bool single)
{
	const ChartSeries *series = panel->series;
	const ChartPoint *forecast = last_point(series, LINE_FORECAST);
	const ChartPoint *actual = last_point(series, LINE_ACTUAL);
	const ChartPoint *naive = last_point(series, LINE_NAIVE);

	panel->label_count = 0;
	if (forecast != NULL)
		add_label(panel, forecast_label(panel, forecast->values[LINE_FORECAST], single),
				  INK_FORECAST, true, forecast, LINE_FORECAST);
	else if (actual != NULL && series->bands == 0)
		add_label(panel, value_scale_text(&panel->scale, actual->values[LINE_ACTUAL], 1), INK_TEXT,
				  true, actual, LINE_ACTUAL);
	if (!single)
		return;
	if (forecast != NULL && actual != NULL && (!series->has_now || actual->time > series->now))
		add_label(panel, pstrdup("observed"), INK_TEXT, false, actual, LINE_ACTUAL);
	add_bands(panel, options);
	if (naive != NULL)
		add_label(panel, pstrdup(options->season > 1 ? "seasonal naive" : "naive"), INK_MUTED,
				  false, naive, LINE_NAIVE);
}

double
line_labels_width(const Panel *panel)
{
	double width = 0;

	for (int i = 0; i < panel->label_count; i++)
		width = fmax(width, svg_text_width(panel->labels[i].text, LABEL_SIZE) + BESIDE);
	return width;
}

static int
compare_labels(const void *a, const void *b)
{
	const EndLabel *left = a;
	const EndLabel *right = b;

	return (left->y > right->y) - (left->y < right->y);
}

/* Labels that stand one below the other without a space. */
typedef struct LabelGroup
{
	double top; /* where the first one stands */
	int count;
} LabelGroup;

/*
 * Give sorted labels places a line apart with the least sum of squared moves: those that would
 * overlap become a group in the middle of where they belong (pool adjacent violators).
 */
static void
move_apart(EndLabel *labels, int count)
{
	LabelGroup groups[MOST_END_LABELS];
	int made = 0;
	int next = 0;

	for (int i = 0; i < count; i++)
	{
		groups[made++] = (LabelGroup){.top = labels[i].y, .count = 1};
		while (made > 1)
		{
			LabelGroup *above = &groups[made - 2];
			const LabelGroup *below = &groups[made - 1];
			double height = above->count * LINE_HEIGHT;
			int both = above->count + below->count;

			if (above->top + height <= below->top)
				break;
			above->top = (above->top * above->count + (below->top - height) * below->count) / both;
			above->count = both;
			made--;
		}
	}
	for (int group = 0; group < made; group++)
		for (int i = 0; i < groups[group].count; i++)
			labels[next++].y = groups[group].top + i * LINE_HEIGHT;
}

void
line_labels_place(Panel *panel)
{
	double top = panel->plot.y + LINE_HEIGHT / 2;
	double bottom = panel->plot.y + panel->plot.height - LINE_HEIGHT / 2 + 4;
	int room = Max(1, 1 + (int) ((bottom - top) / LINE_HEIGHT));
	EndLabel *labels = panel->labels;
	int count = Min(panel->label_count, room);

	panel->label_count = count;
	for (int i = 0; i < count; i++)
		labels[i].y = fmin(fmax(panel_y(panel, labels[i].value), top), bottom);
	qsort(labels, count, sizeof(EndLabel), compare_labels);
	move_apart(labels, count);
	/* what is above or below the plot now goes back, and pushes others */
	for (int i = 0; i < count; i++)
		labels[i].y = fmax(labels[i].y, top + i * LINE_HEIGHT);
	for (int i = count - 1; i >= 0; i--)
		labels[i].y = fmin(labels[i].y, bottom - (count - 1 - i) * LINE_HEIGHT);
}
