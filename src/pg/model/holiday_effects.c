/*
 * holiday_effects.c
 *	  What holidays do to series, and series without it.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"

#include "core/event.h"
#include "base/interrupts.h"
#include "time/calendar.h"
#include "model/holiday_effects.h"

#define HOURS_A_DAY 24
#define USECS_PER_WEEK (DAYS_A_WEEK * USECS_PER_DAY)
#define LEAST_NEGATIVE 0.01 /* share of all that is below zero, for which it does not count */

/* The slots of a day that steps of a frequency are in. */
static int
slots_of(const Frequency *frequency)
{
	bool shorter = (frequency->kind == FREQUENCY_FIXED || frequency->kind == FREQUENCY_OPEN) &&
				   frequency->count < USECS_PER_DAY;

	return shorter ? HOURS_A_DAY : 1;
}

static int
slot_of(const HolidayList *list, const LocalTime *local)
{
	return list->slots == 1 ? 0 : (int) (local->time_of_day / USECS_PER_HOUR) % HOURS_A_DAY;
}

/* Mark the steps that are holidays. False: none is. */
static bool
mark_events(const HolidaySeries *series, uint8 *events)
{
	StepPlaces places;
	bool any = false;
	int64 previous = -1;

	step_places_begin(&places, series->frequency, series->first_time, NULL);
	for (int64 i = 0; i < series->length; i++)
	{
		int64 day = step_local_place(&places, i).day;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (i > 0 && day == previous)
			events[i] = events[i - 1];
		else
			events[i] = holiday_list_on(series->list, day, 0) >= 0;
		any |= events[i];
		previous = day;
	}
	return any;
}

double
holiday_factor(const HolidayList *list, const StepPlaces *places, int64 step, double difference)
{
	LocalTime local = step_local_place(places, step);
	int slot = slot_of(list, &local);
	int holiday = holiday_list_on(list, local.day, slot);

	if (holiday < 0)
		return 1;
	return Max(0, Min(1 + LF_EVENT_MOST,
					  1 + difference +
						  list->effects[(int64) list->days[holiday].name * list->slots + slot]));
}

static bool
is_observed(const HolidaySeries *series, int64 step)
{
	return series->observed == NULL || series->observed[step];
}

const double *
holiday_values(const HolidaySeries *series)
{
	int week = holiday_week(series->frequency);
	uint8 *events = huge_array(Max(series->length, 1), 1, sizeof(uint8));
	double *without = NULL;
	StepPlaces places;

	if (series->length == 0 || !mark_events(series, events))
	{
		pfree(events);
		return series->values;
	}
	without = huge_array(series->length, 1, sizeof(double));
	memcpy(without, series->values, sizeof(double) * series->length);
	step_places_begin(&places, series->frequency, series->first_time, NULL);
	for (int64 i = 0; i < series->length; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (events[i] && is_observed(series, i))
			without[i] =
				lf_event_without(series->values[i], lf_event_usual(series->values, events, i, week),
								 holiday_factor(series->list, &places, i, series->difference));
	}
	pfree(events);
	return without;
}

static HolidaySeries
series_of_grid(const HolidayList *list, const GridSeries *grid, double difference)
{
	return (HolidaySeries){.list = list,
						   .frequency = &grid->frequency,
						   .first_time = grid->first_time,
						   .length = grid->length,
						   .values = grid->values,
						   .observed = grid->observed,
						   .difference = difference};
}

double *
holiday_factors(const HolidaySeries *series, int64 first, int count)
{
	StepPlaces places;
	double *factors;
	bool any = false;

	if (series->list == NULL || series->list->effects == NULL)
		return NULL;
	factors = palloc(sizeof(double) * Max(count, 1));
	step_places_begin(&places, series->frequency, series->first_time, NULL);
	for (int k = 0; k < count; k++)
	{
		check_interrupts();
		factors[k] = holiday_factor(series->list, &places, first + k, series->difference);
		any |= factors[k] != 1;
	}
	if (any)
		return factors;
	pfree(factors);
	return NULL;
}

double *
holiday_differences(const Model *model)
{
	double *differences = huge_array(Max(model->series_count, 1), 1, sizeof(double));

	for (int64 i = 0; i < model->series_count; i++)
		differences[i] = model->series[i].holiday_difference;
	return differences;
}

Panel *
holiday_panel(const HolidayList *list, const Panel *panel, const double *differences)
{
	MemoryAccount account = {
		.held = panel->bytes, .what = "laying out rows", .hint = SERIES_MEMORY_HINT};
	Panel *without = palloc(sizeof(Panel));

	*without = *panel;
	account_take(&account, mul_size(sizeof(GridSeries *) + sizeof(GridSeries), panel->count));
	without->series = huge_array(Max(panel->count, 1), 1, sizeof(GridSeries *));
	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *grid = panel->series[i];
		HolidaySeries series = series_of_grid(list, grid, differences[i]);
		GridSeries *own = palloc(sizeof(GridSeries));

		check_interrupts();
		account_take(&account, mul_size(sizeof(double) + sizeof(uint8), grid->length));
		*own = *grid;
		own->values = holiday_values(&series);
		without->series[i] = own;
	}
	without->bytes = account.held;
	return without;
}

/* What was seen of holidays, as it is summed up. */
typedef struct Seen
{
	const HolidayList *list;
	int week;
	double *sums;   /* (list->count, slots) of values, in units of their series; a day has its
					 * place at its first holiday */
	double *usuals; /* of usual values */
	double squares; /* of the differences of steps that are no holidays, relative */
	int64 ordinary; /* these */
} Seen;

/* A series with its usual values, where these are known and above zero; else NaN. */
static double *
usual_values(const HolidaySeries *series, const uint8 *events, int week)
{
	double *usuals = huge_array(series->length, 1, sizeof(double));

	for (int64 i = 0; i < series->length; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		usuals[i] = is_observed(series, i) ? lf_event_usual(series->values, events, i, week) : NAN;
		if (!(usuals[i] > 0))
			usuals[i] = NAN;
	}
	return usuals;
}

/* By how much values are above the usual ones, as they grow; NaN: nothing tells it. */
static double
growth(const HolidaySeries *series, const uint8 *events, const double *usuals, double *level)
{
	double values = 0;
	double usual = 0;
	int64 count = 0;

	for (int64 i = 0; i < series->length; i++)
	{
		if (events[i] || isnan(usuals[i]))
			continue;
		values += series->values[i];
		usual += usuals[i];
		count++;
	}
	*level = count > 0 ? usual / (double) count : NAN;
	return usual > 0 && values > 0 ? values / usual : NAN;
}

/* A step as a series shows it: its value, what was to be expected, both in units of its level. */
typedef struct SeenStep
{
	double value;
	double usual;
} SeenStep;

static SeenStep
seen_step(const HolidaySeries *series, const double *usuals, int64 i, double grown, double level)
{
	return (SeenStep){.value = series->values[i] / level, .usual = grown * usuals[i] / level};
}

/* Sum up a series. */
static void
add_series(Seen *seen, const HolidaySeries *series, const uint8 *events, const double *usuals)
{
	const HolidayList *list = seen->list;
	double level;
	double grown = growth(series, events, usuals, &level);
	StepPlaces places;

	step_places_begin(&places, series->frequency, series->first_time, NULL);
	for (int64 i = 0; i < series->length && !isnan(grown); i++)
	{
		SeenStep step;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (isnan(usuals[i]))
			continue;
		step = seen_step(series, usuals, i, grown, level);
		if (events[i])
		{
			LocalTime local = step_local_place(&places, i);
			int64 place =
				(int64) holiday_list_find(list, local.day) * list->slots + slot_of(list, &local);

			seen->sums[place] += step.value;
			seen->usuals[place] += step.usual;
		}
		else
		{
			double away = Min(step.value / step.usual - 1, LF_EVENT_MOST);

			seen->squares += away * away;
			seen->ordinary++;
		}
	}
}

/* The mean difference of a series from the effects that all show, and the variance chance gives it.
 */
static void
measure_difference(const Seen *seen, const HolidaySeries *series, const uint8 *events,
				   const double *usuals, double *own, double *variance)
{
	double level;
	double grown = growth(series, events, usuals, &level);
	double difference = 0;
	double usual = 0;
	int64 days = 0;
	int64 previous = -1;
	StepPlaces places;

	step_places_begin(&places, series->frequency, series->first_time, NULL);
	for (int64 i = 0; i < series->length && !isnan(grown); i++)
	{
		SeenStep step;
		int64 day;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!events[i] || isnan(usuals[i]))
			continue;
		step = seen_step(series, usuals, i, grown, level);
		difference += step.value - step.usual * holiday_factor(seen->list, &places, i, 0);
		usual += step.usual;
		day = step_local_place(&places, i).day;
		days += day != previous;
		previous = day;
	}
	*own = usual > 0 ? difference / usual : 0;
	*variance = usual > 0 ? seen->squares / (double) Max(seen->ordinary, 1) / (double) days : NAN;
}

/* Are some values of a panel below zero, more than by chance? Nothing is relative then. */
static bool
goes_below(const Panel *panel)
{
	double below = 0;
	double all = 0;

	for (int64 i = 0; i < panel->count; i++)
		for (int64 step = 0; step < panel->series[i]->length; step++)
		{
			double value = panel->series[i]->values[step];

			if (step % INTERRUPT_ROWS == 0)
				check_interrupts();
			all += fabs(value);
			below += value < 0 ? -value : 0;
		}
	return below > LEAST_NEGATIVE * all;
}

/* The effects of the names of a list, from what was seen. */
static void
take_effects(HolidayList *list, const Seen *seen)
{
	int64 cells = (int64) list->count * list->slots;
	double *seen_effects = huge_array(cells, 1, sizeof(double));
	double *counts = palloc(sizeof(double) * list->name_count);
	int64_t *day = palloc(sizeof(int64_t) * list->count);
	int *name = palloc(sizeof(int) * list->count);
	lf_event_sample sample = {.days = list->count,
							  .slots = list->slots,
							  .effects = seen_effects,
							  .entries = list->count,
							  .day = day,
							  .name = name,
							  .names = list->name_count,
							  .noise = seen->squares / (double) Max(seen->ordinary, 1)};

	for (int64 i = 0; i < cells; i++)
		seen_effects[i] =
			seen->usuals[i] > 0 ? Min(seen->sums[i] / seen->usuals[i] - 1, LF_EVENT_MOST) : NAN;
	for (int i = 0; i < list->count; i++)
	{
		bool same = i > 0 && list->days[i].day == list->days[i - 1].day;

		day[i] = same ? day[i - 1] : i;
		name[i] = list->days[i].name;
	}
	list->effects = huge_array((int64) list->name_count + 1, list->slots, sizeof(double));
	lf_event_effects(&sample, counts, list->effects);
	pfree(name);
	pfree(day);
	pfree(counts);
	pfree(seen_effects);
}

/* Look at each series once more or for the first time: at its holidays, or its difference. */
static void
look_at_series(Seen *seen, const Panel *read, double *own, double *variances)
{
	for (int64 i = 0; i < read->count; i++)
	{
		HolidaySeries series = series_of_grid(seen->list, read->series[i], 0);
		uint8 *events = huge_array(series.length, 1, sizeof(uint8));
		double *usuals;

		if (own != NULL)
		{
			own[i] = 0;
			variances[i] = NAN;
		}
		if (mark_events(&series, events))
		{
			usuals = usual_values(&series, events, seen->week);
			if (own != NULL)
				measure_difference(seen, &series, events, usuals, &own[i], &variances[i]);
			else
				add_series(seen, &series, events, usuals);
			pfree(usuals);
		}
		pfree(events);
	}
}

/* Bytes that finding effects takes: of days and slots, of all series, and of the longest. */
static Size
finding_bytes(const Panel *read, int64 cells)
{
	int64 longest = 0;

	for (int64 i = 0; i < read->count; i++)
		longest = Max(longest, read->series[i]->length);
	return add_size(mul_size(4 * sizeof(double), cells),
					add_size(mul_size(2 * sizeof(double), read->count),
							 mul_size(sizeof(double) + sizeof(uint8), longest)));
}

void
holiday_effects_find(Model *model, const Panel *read)
{
	HolidayList *list = palloc(sizeof(HolidayList));
	Seen seen = {.list = list, .week = holiday_week(&read->frequency)};
	double *own;
	int64 cells;

	if (model->covariates.holidays == NULL || seen.week == 0 || goes_below(read))
		return;
	*list = *model->covariates.holidays;
	list->slots = slots_of(&read->frequency);
	cells = (int64) list->count * list->slots;
	check_memory_limit(add_size(read->bytes, finding_bytes(read, cells)), "learning holidays",
					   SERIES_MEMORY_HINT);
	seen.sums = huge_array(2 * cells, 1, sizeof(double));
	memset(seen.sums, 0, sizeof(double) * 2 * cells);
	seen.usuals = seen.sums + cells;
	look_at_series(&seen, read, NULL, NULL);
	take_effects(list, &seen);
	model->covariates.holidays = list;
	own = huge_array(2 * read->count, 1, sizeof(double));
	look_at_series(&seen, read, own, own + read->count);
	lf_event_differences(read->count, own + read->count, own);
	for (int64 i = 0; i < read->count; i++)
		model->series[i].holiday_difference = own[i];
	pfree(own);
	pfree(seen.sums);
}
