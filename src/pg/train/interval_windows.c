/*
 * interval_windows.c
 *	  The windows that intervals are made of, where they are not just those held out.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "base/memory.h"
#include "forecast/interval.h"
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
		/* windows come series by series, and with their origins */
		if (i > 0 && window->series != window[-1].series)
			mean = (RunningMean){0};
		mean_until(&mean, &dataset->series[window->series], window->origin);
		for (int k = 0; k < past->horizon; k++)
			past->forecast[i * past->horizon + k] = mean.mean;
	}
	return past;
}

/*
 * Leave out the steps of a window that a break lies before: within the window, or so few steps
 * before it that its forecast still reads what was before the break. How many are left.
 */
static int
leave_out_after_break(HeldOut *held, int64 window, const double *values, double most, int aftermath)
{
	int64 origin = held->windows[window].origin;
	uint8 *observed = held->observed + window * held->horizon;
	bool broken = false;
	int left = 0;

	for (int64 i = Max(1, origin - aftermath); i < origin && !broken; i++)
		broken = fabs(values[i] - values[i - 1]) > most;
	for (int k = 0; k < held->horizon; k++)
	{
		/* what comes after the end of the series is not observed */
		broken =
			broken || (observed[k] && fabs(values[origin + k] - values[origin + k - 1]) > most);
		if (broken)
			observed[k] = 0;
		left += observed[k];
	}
	return left;
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

/*
 * A meter that was replaced begins at 0 again. No forecast knows of that before, and what it erred
 * by says nothing of those after; unless little else is known.
 */
static void
leave_out_breaks(HeldOut *held, const lf_dataset *dataset, int season)
{
	Size cells = mul_size(held->count, held->horizon);
	uint8 *all = huge_array(held->count, held->horizon, sizeof(uint8));
	int aftermath = Max(2 * season, held->horizon);
	double most = INFINITY;
	int64 known = 0;
	int64 left = 0;

	memcpy(all, held->observed, cells);
	for (Size i = 0; i < cells; i++)
		known += all[i];
	for (int64 i = 0; i < held->count; i++)
	{
		int64 number = held->windows[i].series;

		check_interrupts();
		if (i == 0 || held->windows[i - 1].series != number)
			most = break_size(&dataset->series[number]);
		left += leave_out_after_break(held, i, dataset->series[number].values, most, aftermath);
	}
	if (left < known / 2)
		memcpy(held->observed, all, cells);
	pfree(all);
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
	leave_out_breaks(held, dataset, model->season);
	return held;
}
