/*
 * chart_series.c
 *	  One series as it is drawn: a point a time, and what there is to say of it.
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"

#include "base/interrupts.h"
#include "base/sorting.h"
#include "chart/chart_series.h"
#include "chart/svg_text.h"

#define SAMPLED_STEPS 1001
#define LONGEST_NAME 1000 /* bytes that are shown, at most */
#define LONGEST_GAP 5     /* usual distances that a line bridges: closed days, no missing month */

/* One point a time: of rows of the same time the last one that has a value gives it. */
static void
merge_rows(ChartSeries *series, const ChartRow **rows, int64 count)
{
	series->points = huge_array(count, 1, sizeof(ChartPoint));
	for (int64 i = 0; i < count; i++)
	{
		const ChartRow *row = rows[i];
		ChartPoint *point = &series->points[series->count - 1];

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (series->count == 0 || point->time != row->time)
		{
			series->points[series->count++] =
				(ChartPoint){.time = row->time,
							 .values = {row->actual, row->forecast, NAN},
							 .edges = row->edges};
			continue;
		}
		series->merged++;
		if (!isnan(row->actual))
			point->values[LINE_ACTUAL] = row->actual;
		if (!isnan(row->forecast))
			point->values[LINE_FORECAST] = row->forecast;
		if (row->edges != NULL)
			point->edges = row->edges;
	}
}

/* Where there is no forecast, the quantile in the middle of an odd number is the line. */
static void
take_medians(ChartSeries *series)
{
	if (series->edges % 2 == 0)
		return;
	for (int64 i = 0; i < series->count; i++)
	{
		ChartPoint *point = &series->points[i];

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (point->edges != NULL && isnan(point->values[LINE_FORECAST]))
			point->values[LINE_FORECAST] = point->edges[series->edges / 2];
	}
}

/* How far points are apart, by the median of a sample, and may be to be joined. */
static void
find_step(ChartSeries *series)
{
	int64 distances[SAMPLED_STEPS];
	int64 steps = series->count - 1;
	int64 count = Min(steps, SAMPLED_STEPS);

	series->gap = PG_INT64_MAX;
	if (count < 1)
		return;
	for (int64 i = 0; i < count; i++)
	{
		const ChartPoint *point = &series->points[i * steps / count];

		distances[i] = (int64) ((uint64) point[1].time - (uint64) point->time);
		if (distances[i] < 0)
			distances[i] = PG_INT64_MAX;
	}
	qsort(distances, count, sizeof(int64), compare_int64);
	series->step = distances[count / 2];
	if (series->step < PG_INT64_MAX / LONGEST_GAP)
		series->gap = LONGEST_GAP * series->step;
}

/* Is the point one of a forecast? */
static bool
is_forecast(const ChartPoint *point)
{
	return !isnan(point->values[LINE_FORECAST]) || point->edges != NULL;
}

/*
 * Where forecasts begin, the last observation before the first one, and until when values are
 * known: the last observation where forecasts go on after it, else where they begin.
 */
static void
find_now(ChartSeries *series, const ChartOptions *options)
{
	int64 observed = -1;
	int64 latest_forecast = -1;

	series->origin = -1;
	for (int64 i = 0; i < series->count; i++)
	{
		const ChartPoint *point = &series->points[i];

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (options->has_now && point->time > options->now)
			break;
		if (is_forecast(point))
		{
			if (latest_forecast < 0)
				series->origin = observed;
			latest_forecast = i;
		}
		if (!isnan(point->values[LINE_ACTUAL]))
			observed = i;
	}
	if (options->has_now)
		series->origin = observed;
	series->has_now =
		options->has_now || series->origin >= 0 || (observed >= 0 && latest_forecast > observed);
	if (series->has_now)
		series->now = options->has_now             ? options->now
					  : latest_forecast > observed ? series->points[observed].time
												   : series->points[series->origin].time;
}

/* How many actual values lie within the bands. */
static void
judge_bands(ChartSeries *series)
{
	for (int64 i = 0; i < series->count; i++)
	{
		const ChartPoint *point = &series->points[i];
		double actual = point->values[LINE_ACTUAL];

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (isnan(actual) || point->edges == NULL || series->bands == 0)
			continue;
		series->judged++;
		for (int band = 0; band < series->bands; band++)
			series->inside[band] +=
				point->edges[band] <= actual && actual <= point->edges[series->edges - 1 - band];
	}
}

/* The naive forecast from the origin on: the last season again and again. */
static void
add_naive(ChartSeries *series, int season)
{
	int64 first = series->origin - season + 1;

	if (series->origin < 0 || first < 0)
		return;
	for (int64 i = series->origin + 1; i < series->count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		series->points[i].values[LINE_NAIVE] =
			series->points[first + (i - series->origin - 1) % season].values[LINE_ACTUAL];
	}
}

/* Let forecasts that go on from the last observation begin there. */
static void
join_origin(ChartSeries *series)
{
	ChartPoint *origin = &series->points[Max(series->origin, 0)];
	double value = origin->values[LINE_ACTUAL];
	double *edges;

	if (series->origin < 0 || series->origin + 1 >= series->count || !is_forecast(origin + 1) ||
		is_forecast(origin) ||
		(double) origin[1].time - (double) origin->time > (double) series->gap)
		return;
	if (!isnan(origin[1].values[LINE_FORECAST]))
		origin->values[LINE_FORECAST] = value;
	if (!isnan(origin[1].values[LINE_NAIVE]))
		origin->values[LINE_NAIVE] = value;
	if (origin[1].edges == NULL)
		return;
	edges = palloc(sizeof(double) * series->edges);
	for (int i = 0; i < series->edges; i++)
		edges[i] = value;
	origin->edges = edges;
}

/* The range of all that is drawn, and which lines there are. */
static void
find_range(ChartSeries *series)
{
	series->low = INFINITY;
	series->high = -INFINITY;
	for (int64 i = 0; i < series->count; i++)
	{
		const ChartPoint *point = &series->points[i];

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		for (int line = 0; line < LINE_EDGES; line++)
			if (!isnan(point->values[line]))
			{
				series->drawn[line] = true;
				series->low = fmin(series->low, point->values[line]);
				series->high = fmax(series->high, point->values[line]);
			}
		if (point->edges != NULL && series->bands > 0)
		{
			series->low = fmin(series->low, point->edges[0]);
			series->high = fmax(series->high, point->edges[series->edges - 1]);
		}
	}
	series->empty = series->low > series->high;
}

/* A label as the picture has it: few name series by whole pages, and it stands there several times.
 */
static char *
clip_name(const char *label)
{
	size_t length = strnlen(label, LONGEST_NAME + 1);

	if (length <= LONGEST_NAME)
		return svg_utf8(label);
	return psprintf("%s" ELLIPSIS,
					svg_utf8(pnstrdup(label, pg_mbcliplen(label, (int) length, LONGEST_NAME))));
}

ChartSeries *
chart_series_create(const ChartRows *state, const ChartRow **rows, int64 count)
{
	ChartSeries *series = palloc0(sizeof(ChartSeries));

	series->name = rows[0]->label == NULL ? NULL : clip_name(rows[0]->label);
	series->edges = state->edges;
	series->bands = state->edges / 2;
	merge_rows(series, rows, count);
	take_medians(series);
	find_step(series);
	find_now(series, &state->options);
	judge_bands(series);
	if (state->options.naive)
		add_naive(series, state->options.season);
	join_origin(series);
	find_range(series);
	return series;
}
