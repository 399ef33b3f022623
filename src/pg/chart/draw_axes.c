/*
 * draw_axes.c
 *	  A panel's grid, numbers, times and names.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "chart/draw_axes.h"
#include "chart/svg_text.h"

#define TICK_LENGTH 4.0
#define LABEL_SPACE 6.0 /* between two labels of time */

static const TextStyle tick_style = {.size = TICK_SIZE, .ink = INK_MUTED, .anchor = ANCHOR_MIDDLE};

static void
draw_header(Canvas *canvas, const Layout *layout, const Panel *panel)
{
	double y = panel->outer.y + NAME_SIZE;
	TextStyle beside = {.size = LABEL_SIZE, .ink = INK_MUTED, .anchor = ANCHOR_END};

	canvas_text(canvas, panel->outer.x, y,
				(TextStyle){.size = NAME_SIZE, .ink = INK_TEXT, .bold = true}, panel->name);
	if (layout->two_headers || panel->name[0] == '\0')
	{
		beside.anchor = ANCHOR_START;
		canvas_text(canvas, panel->outer.x, panel->name[0] == '\0' ? y : y + LABEL_SIZE + 3, beside,
					panel->coverage);
	}
	else
		canvas_text(canvas, panel->outer.x + panel->outer.width, y, beside, panel->coverage);
}

static void
draw_values(Canvas *canvas, const Panel *panel)
{
	const Box *plot = &panel->plot;
	TextStyle style = tick_style;

	style.anchor = ANCHOR_END;
	for (int64 tick = panel->scale.first; tick <= panel->scale.last; tick++)
	{
		double value = value_scale_tick(&panel->scale, tick);
		double y = panel_y(panel, value);

		canvas_line(canvas, plot->x, y, plot->x + plot->width, y,
					tick == panel->scale.first ? INK_AXIS : INK_GRID, 1, NULL);
		canvas_text(canvas, plot->x - 6, y + 4, style, value_scale_text(&panel->scale, value, 0));
	}
}

/* Where a label in the middle of x ends to the left, moved so that it stays within the panel. */
static double
label_begin(const Panel *panel, double x, double width)
{
	double most = panel->outer.x + panel->outer.width - width;

	return fmax(fmin(x - width / 2, most), panel->outer.x);
}

/* Is there room for the group of a tick before that of the next one? */
static bool
group_has_room(const Panel *panel, const TimeTick *ticks, int count, int tick)
{
	double width = svg_text_width(ticks[tick].group, TICK_SIZE);
	double end = label_begin(panel, panel_x(panel, ticks[tick].time), width) + width;

	for (int next = tick + 1; next < count; next++)
		if (ticks[next].group[0] != '\0')
		{
			double next_width = svg_text_width(ticks[next].group, TICK_SIZE);

			return end + LABEL_SPACE <=
				   label_begin(panel, panel_x(panel, ticks[next].time), next_width);
		}
	return true;
}

static void
draw_times(Canvas *canvas, const Layout *layout, const Panel *panel)
{
	TimeTick ticks[MOST_TIME_TICKS];
	int64 least = panel->series->step > 0 ? panel->series->step : USECS_PER_DAY;
	int count = time_ticks(panel->first, panel->last, least, layout->options->zone,
						   panel->plot.width, ticks);
	double bottom = panel->plot.y + panel->plot.height;
	double shown_until = -INFINITY; /* pixels that groups take */

	for (int i = 0; i < count; i++)
	{
		double x = panel_x(panel, ticks[i].time);
		double width = svg_text_width(ticks[i].label, TICK_SIZE);
		double begin = label_begin(panel, x, width);

		canvas_line(canvas, x, bottom, x, bottom + TICK_LENGTH, INK_AXIS, 1, NULL);
		canvas_text(canvas, begin + width / 2, bottom + TICK_LENGTH + TICK_SIZE, tick_style,
					ticks[i].label);
		if (ticks[i].group[0] == '\0')
			continue;
		width = svg_text_width(ticks[i].group, TICK_SIZE);
		begin = label_begin(panel, x, width);
		if (begin < shown_until || (i == 0 && !group_has_room(panel, ticks, count, i)))
			continue;
		canvas_text(canvas, begin + width / 2, bottom + TICK_LENGTH + 2 * TICK_SIZE + 3, tick_style,
					ticks[i].group);
		shown_until = begin + width + LABEL_SPACE;
	}
}

void
draw_axes(Canvas *canvas, const Layout *layout, const Panel *panel)
{
	check_interrupts();
	draw_header(canvas, layout, panel);
	if (panel->series->empty)
	{
		canvas_text(canvas, panel->plot.x, panel->plot.y + panel->plot.height / 2,
					(TextStyle){.size = LABEL_SIZE, .ink = INK_MUTED}, "no values");
		return;
	}
	draw_values(canvas, panel);
	draw_times(canvas, layout, panel);
}

void
draw_now(Canvas *canvas, const Layout *layout, const Panel *panel)
{
	const Box *plot = &panel->plot;
	double x;
	double top;
	double width = svg_text_width("forecast", LABEL_SIZE);

	if (!panel->series->has_now || panel->series->empty)
		return;
	x = panel_x(panel, panel->series->now);
	top = plot->y - (layout->regions ? REGION_HEIGHT - 2 : 2);
	canvas_line(canvas, x, top, x, plot->y + plot->height, INK_AXIS, 1, "2 2");
	if (!layout->regions)
		return;
	if (x - 6 - svg_text_width("observed", LABEL_SIZE) >= plot->x)
		canvas_text(canvas, x - 6, plot->y - 5,
					(TextStyle){.size = LABEL_SIZE, .ink = INK_LINE, .anchor = ANCHOR_END},
					"observed");
	if (x + 6 + width <= panel->outer.x + panel->outer.width && panel->series->drawn[LINE_FORECAST])
		canvas_text(canvas, x + 6, plot->y - 5,
					(TextStyle){.size = LABEL_SIZE, .ink = INK_FORECAST}, "forecast");
}
