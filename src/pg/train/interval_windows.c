/*
 * interval_windows.c
 *	  The windows that intervals are made of, where they are not just those held out.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "base/memory.h"
#include "forecast/interval.h"
#include "plan/lone_values.h"
#include "train/held_out.h"

#define FEW_WINDOWS 60    /* of what is often zero: they hold too few steps that are not */
#define BREAK_SPREADS 100 /* a change of so many usual ones is none that a forecast can know of */
#define BREAK_STEPS 200   /* ... where there is no more than one in so many steps */

/* The mean of the observed ones of a series' first steps. */
typedef struct RunningMean
{
	int64 steps;
	int64 count;
	double mean;
} RunningMean;

static void
mean_until(RunningMean *mean, const lf_series *series, int64 origin)
{
	for (; mean->steps < origin; mean->steps++)
	{
		if (mean->steps % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (series->observed == NULL || series->observed[mean->steps])
			mean->mean += (series->values[mean->steps] - mean->mean) / (double) ++mean->count;
	}
}

/* Is a window the first one of its series? They come series by series. */
static bool
is_first(const HeldOut *held, int64 window)
{
	return window == 0 || held->windows[window - 1].series != held->windows[window].series;
}

/*
 * Windows all over the past but for its first quarter, each forecast by the mean of what was
 * before: of values that are often zero, networks tell little more.
 */
static HeldOut *
windows_by_means(const Model *model, const lf_dataset *dataset)
{
	HeldOut *past =
		held_out_past(model, dataset, &(PastPart){.least = 1, .fraction = 4, .most = PAST_WINDOWS});
	RunningMean mean = {0};

	held_out_actuals(past, dataset, model->season);
	past->forecast = huge_array(past->count, past->horizon, sizeof(double));
	for (int64 i = 0; i < past->count; i++)
	{
		const lf_window *window = &past->windows[i];

		check_interrupts();
		if (is_first(past, i))
			mean = (RunningMean){0};
		mean_until(&mean, &dataset->series[window->series], window->origin);
		for (int k = 0; k < past->horizon; k++)
			past->forecast[i * past->horizon + k] = mean.mean;
	}
	return past;
}

/*
 * Leave out the steps of a window that a break lies before: within the window, or so few steps
 * before it that its forecast still reads what was before the break.
 */
static void
leave_out_after_break(HeldOut *held, int64 window, const double *values, double most, int aftermath)
{
	int64 origin = held->windows[window].origin;
	uint8 *observed = held->observed + window * held->horizon;
	bool broken = false;

	for (int64 i = Max(1, origin - aftermath); i < origin && !broken; i++)
		broken = fabs(values[i] - values[i - 1]) > most;
	for (int k = 0; k < held->horizon; k++)
	{
		/* what comes after the end of the series is not observed */
		broken =
			broken || (observed[k] && fabs(values[origin + k] - values[origin + k - 1]) > most);
		if (broken)
			observed[k] = 0;
	}
}

/* What a change of a series is a break from; infinite where there are many so large. */
static double
break_size(const lf_series *series)
{
	const lf_calibration units = {.transform = LF_TRANSFORM_NONE};
	double most = BREAK_SPREADS * interval_usual_spread(&units, series->values, series->length);
	int64 breaks = 0;

	for (int64 i = 1; i < series->length; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		breaks += fabs(series->values[i] - series->values[i - 1]) > most;
	}
	return breaks * BREAK_STEPS <= series->length ? most : INFINITY;
}

/* Steps of all windows that count. */
static int64
count_observed(const HeldOut *held)
{
	Size cells = mul_size(held->count, held->horizon);
	int64 count = 0;

	for (Size i = 0; i < cells; i++)
		count += held->observed[i];
	return count;
}

/* Leave out the steps of a window whose values came once. */
static void
leave_out_lone(HeldOut *held, int64 window, const LoneValues *lone)
{
	uint8 *observed = held->observed + window * held->horizon;

	for (int i = 0; i < lone->count; i++)
	{
		int64 ahead = lone->steps[i] - held->windows[window].origin;

		if (ahead >= 0 && ahead < held->horizon)
			observed[ahead] = 0;
	}
}

/* Leave out a window that reads such a value so lately that its forecast may be led by it, unless
 * that is so at the end of the series, too. */
static void
leave_out_led(HeldOut *held, int64 window, const LoneValues *lone, int64 length, int aftermath)
{
	int64 origin = held->windows[window].origin;

	for (int i = 0; i < lone->count; i++)
		if (lone->steps[i] < Min(origin, length - aftermath) &&
			lone->steps[i] >= origin - aftermath)
			memset(held->observed + window * held->horizon, 0, held->horizon);
}

/* What is left out of windows: one kind after the other. */
typedef enum LeftOut
{
	LEFT_OUT_BREAKS,
	LEFT_OUT_LONE,
	LEFT_OUT_LED
} LeftOut;

/* The lone values of each window's series. */
static LoneValues *
find_lone(const HeldOut *held, const lf_dataset *dataset, int season)
{
	LoneValues *lone = huge_array(held->count, 1, sizeof(LoneValues));

	for (int64 i = 0; i < held->count; i++)
	{
		check_interrupts();
		lone[i] = is_first(held, i)
					  ? lone_values_find(&dataset->series[held->windows[i].series], season)
					  : lone[i - 1];
	}
	return lone;
}

/* Leave out one kind, unless little would be left: fewer than half of `known` steps. */
static void
leave_out(HeldOut *held, const lf_dataset *dataset, int season, const LoneValues *lone,
		  LeftOut kind, int64 known)
{
	Size cells = mul_size(held->count, held->horizon);
	uint8 *all = huge_array(held->count, held->horizon, sizeof(uint8));
	int aftermath = Max(2 * season, held->horizon);
	double most = INFINITY;

	memcpy(all, held->observed, cells);
	for (int64 i = 0; i < held->count; i++)
	{
		const lf_series *series = &dataset->series[held->windows[i].series];

		check_interrupts();
		if (kind == LEFT_OUT_BREAKS && is_first(held, i))
			most = break_size(series);
		if (kind == LEFT_OUT_BREAKS)
			leave_out_after_break(held, i, series->values, most, aftermath);
		else if (kind == LEFT_OUT_LONE)
			leave_out_lone(held, i, &lone[i]);
		else
			leave_out_led(held, i, &lone[i], series->length, aftermath);
	}
	if (count_observed(held) < known / 2)
		memcpy(held->observed, all, cells);
	pfree(all);
}

/*
 * A meter that was replaced begins at 0 again: no forecast knows of that before, and what it erred
 * by says nothing of those after. A value that comes once, far from all others, is one of hundreds;
 * but among the errors of one step in some dozens of windows it would be one of dozens.
 */
static void
leave_out_unforeseen(HeldOut *held, const lf_dataset *dataset, int season)
{
	int64 known = count_observed(held);
	LoneValues *lone = find_lone(held, dataset, season);

	for (int kind = LEFT_OUT_BREAKS; kind <= LEFT_OUT_LED; kind++)
		leave_out(held, dataset, season, lone, kind, known);
	pfree(lone);
}

HeldOut *
interval_windows(const Model *model, const lf_dataset *dataset, HeldOut *held, bool intermittent)
{
	if (intermittent && held->count < FEW_WINDOWS)
	{
		HeldOut *past = windows_by_means(model, dataset);

		if (past->count > held->count)
			return past;
	}
	leave_out_unforeseen(held, dataset, model->season);
	return held;
}
