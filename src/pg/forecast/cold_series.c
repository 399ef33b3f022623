/*
 * cold_series.c
 *	  Series without an observation, that are forecast by what is known of them that never changes.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "base/memory.h"
#include "time/calendar.h"
#include "time/frequency_infer.h"
#include "forecast/cold_series.h"
#include "forecast/cold_start.h"
#include "forecast/history.h"

#define MEMORY_HINT "Forecast fewer series in one call."

/* Is there no value in any row of a set, which has some? */
static bool
has_no_value(const RowSet *set)
{
	return set->fault == NULL && set->count > 0 && set->nulls == set->count;
}

/* Rows from the first one on that follow one another and know all that is to be known ahead. */
static int64
rows_ahead(const GridSeries *series, const OrderedRows *ordered, TimestampTz first)
{
	int known = series->past + series->future - series->statics;
	TimeCursor cursor = times_begin(&ordered->times);
	TimeSegment segment;
	int64 count = 0;

	while (times_next(&cursor, 1, &segment))
	{
		const float *row = ordered->covariates + count * ordered->covariate_count;
		bool exact;

		if (count % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (frequency_step(&series->frequency, first, segment.first, &exact) != count || !exact)
			return count;
		for (int c = series->past; c < known; c++)
			if (isnan(row[c]))
				return count;
		count++;
	}
	return count;
}

/* The covariates of a series: nothing is known before its rows but what never changes. */
static float *
lay_covariates(const GridSeries *series, const OrderedRows *ordered)
{
	int width = series->past + series->future;
	float *covariates = huge_array(series->covered, width, sizeof(float));

	for (int64 step = 0; step < series->covered; step++)
	{
		const float *row =
			ordered->covariates + Max(0, step - series->length) * ordered->covariate_count;

		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		for (int c = 0; c < width; c++)
		{
			bool told =
				c >= width - series->statics || (step >= series->length && c >= series->past);

			covariates[step * width + c] = told ? row[c] : NAN;
		}
	}
	return covariates;
}

/* A series of what is expected before its first row. */
static GridSeries *
expected_series(const Model *model, const ColdStart *cold, const PanelRows *rows, const char *label,
				const OrderedRows *ordered, MemoryAccount *account)
{
	GridSeries *series = palloc0(sizeof(GridSeries));
	int64 length = model_steps_read(model);
	TimestampTz first = times_at(&ordered->times, 0);
	double *values;

	series->label = label;
	series->rows = ordered->rows;
	series->frequency = model->frequency;
	(void) frequency_anchor(&series->frequency, &ordered->times, calendar_session_zone(), true);
	first = frequency_nearest(&series->frequency, first);
	series->past = panel_rows_past(rows);
	series->future = panel_rows_future(rows);
	series->statics = rows->statics;
	series->categories = rows->categories;
	series->length = length;
	series->first_time = frequency_add(&series->frequency, first, -length);
	series->last_time = frequency_add(&series->frequency, first, -1);
	series->covered =
		length + (series->future > series->statics ? rows_ahead(series, ordered, first) : 0);
	account_take(account, mul_size(sizeof(double) + 1, length));
	account_take(account,
				 mul_size(sizeof(float) * (series->past + series->future), series->covered));
	values = huge_array(length, 1, sizeof(double));
	series->observed = huge_array(length, 1, sizeof(uint8));
	memset(series->observed, 0, length);
	series->covariates = lay_covariates(series, ordered);
	series->cold =
		cold_start_expect(cold, model, ordered->covariates, series->first_time, length, values);
	series->values = values;
	return series;
}

static int
compare_series(const void *a, const void *b)
{
	check_interrupts();
	return compare_series_labels((*(GridSeries *const *) a)->label,
								 (*(GridSeries *const *) b)->label);
}

/* Let the panel have room for more series. */
static void
make_room(Panel *panel, int64 more)
{
	GridSeries **all = huge_array(panel->count + more, 1, sizeof(GridSeries *));

	memcpy(all, panel->series, sizeof(GridSeries *) * panel->count);
	panel->series = all;
}

/* The series without values that are left, and the first of them. */
static void
count_empty(const PanelRows *rows, const Model *model, Panel *panel)
{
	panel->empty = 0;
	for (int64 i = 0; i < rows->series_count; i++)
	{
		check_interrupts();
		if (!has_no_value(rows->series[i]) || history_find(model, rows->labels[i]) < 0)
			continue;
		if (panel->empty++ == 0 || compare_series_labels(rows->labels[i], panel->first_empty) < 0)
			panel->first_empty = rows->labels[i];
	}
}

/* Join one series without values. */
static void
join(const Model *model, const ColdStart *cold, const PanelRows *rows, int64 number, Panel *panel,
	 MemoryAccount *account)
{
	OrderRequest order = {.duplicates = (DuplicatePolicy) model->options.duplicates,
						  .columns = rows->columns,
						  .categories = rows->categories,
						  .trained = true};
	Fault fault = {0};
	OrderedRows ordered =
		series_order(rows->series[number], rows->labels[number], &order, account->held, &fault);

	if (fault.code != 0)
		fault_throw(&fault);
	panel->series[panel->count++] =
		expected_series(model, cold, rows, rows->labels[number], &ordered, account);
	series_order_free(&ordered);
}

void
cold_series_join(const Model *model, const PanelRows *rows, Panel *panel)
{
	MemoryAccount account = {.held = panel->bytes, .what = "laying out rows", .hint = MEMORY_HINT};
	const ColdStart *cold = NULL;

	if (!cold_start_possible(model) || panel->empty == 0)
		return;
	for (int64 i = 0; i < rows->series_count; i++)
	{
		check_interrupts();
		if (!has_no_value(rows->series[i]) || history_find(model, rows->labels[i]) >= 0)
			continue;
		if (cold == NULL)
		{
			make_room(panel, panel->empty);
			cold = cold_start_learn(model, &account);
		}
		join(model, cold, rows, i, panel, &account);
	}
	if (cold == NULL)
		return;
	count_empty(rows, model, panel);
	qsort(panel->series, panel->count, sizeof(GridSeries *), compare_series);
	panel->frequency = panel->series[0]->frequency;
	panel->bytes = account.held;
}
