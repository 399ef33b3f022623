/*
 * clock.c
 *	  Does a panel follow the wall clock, or the sun?
 *
 * What people do is at the same time by the clock after a change of it, what the sun does is an
 * hour off. So at each change in the past the days before it, at most a week, are laid upon as
 * many after it, once by the clock and once by absolute time, and the one that is nearer has it,
 * by how much it is nearer: those of all changes of all series count alike. Where the past has no
 * change, the clock is what timestamps in a zone are taken to follow.
 */
#include "postgres.h"

#include <math.h>

#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "options/options.h"
#include "plan/clock.h"
#include "plan/plan_private.h"
#include "plan/season.h"
#include "plan/season_sample.h"
#include "time/calendar.h"
#include "time/wall_clock.h"

#define SAMPLED_SERIES 100
#define MOST_DAYS DAYS_A_WEEK /* before and after a change, that are compared */
#define DAYS_AHEAD 366        /* after the last step, in which a change of clocks is prepared for */

/* Are the steps those of a zone whose clocks change between the first of all and a year on? */
static bool
clocks_change(const Panel *panel)
{
	TimestampTz first = panel->series[0]->first_time;
	TimestampTz last = panel->series[0]->last_time;
	TimestampTz change;

	for (int64 i = 1; i < panel->count; i++)
	{
		first = Min(first, panel->series[i]->first_time);
		last = Max(last, panel->series[i]->last_time);
	}
	return calendar_next_change(first, calendar_zone(panel->frequency.zone), &change) &&
		   change <= last + DAYS_AHEAD * USECS_PER_DAY;
}

/* Is a day, or several, among the seasons? */
static bool
has_days(const Panel *panel, int seasonal_period)
{
	int day = (int) (USECS_PER_DAY / panel->frequency.count);
	lf_dataset dataset;
	Seasons seasons;

	if (seasonal_period != OPTION_AUTO)
		return seasonal_period % day == 0;
	dataset = plan_dataset(panel);
	(void) season_detect(&panel->frequency, &dataset, &seasons);
	pfree(unconstify(lf_series *, dataset.series));
	for (int i = 0; i < seasons.count; i++)
		if (seasons.periods[i] % day == 0)
			return true;
	return false;
}

/* The difference of two observations, the second in [0, end); 0, and not counted, where one is
 * none. */
static bool
difference(const GridSeries *series, int64 step, int64 before, int64 end, double *result)
{
	if (before < 0 || before >= end || !series_observed(series, step) ||
		!series_observed(series, before))
		return false;
	*result = fabs(series->values[step] - series->values[before]);
	return isfinite(*result);
}

/*
 * From -1 to 1: how much nearer the days after a change at step `at` are to those before it by the
 * clock, which skips `skipped` numbers there, than by absolute time.
 */
static double
change_vote(const GridSeries *series, int64 at, int64 skipped, int64 lag)
{
	double by_clock = 0;
	double absolute = 0;

	for (int64 step = at; step < at + lag; step++)
	{
		double moved;
		double same;

		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!difference(series, step, step - lag + skipped, at, &moved) ||
			!difference(series, step, step - lag, at, &same))
			continue;
		by_clock += moved / (double) lag;
		absolute += same / (double) lag;
	}
	return by_clock + absolute > 0 ? (absolute - by_clock) / (absolute + by_clock) : 0;
}

/* The votes of all changes in a series. */
static double
series_vote(const GridSeries *series)
{
	WallClock clock = wall_clock(true, &series->frequency, series->first_time, series->length);
	int64 day = USECS_PER_DAY / series->frequency.count;
	TimestampTz change = series->first_time;
	int64 begun = 0; /* the step of the change before */
	double vote = 0;

	while (wall_clock_differs(&clock) && calendar_next_change(change, clock.zone, &change) &&
		   change <= series->last_time)
	{
		bool exact;
		int64 at = frequency_step(&series->frequency, series->first_time, change - 1, &exact) + 1;
		int64 skipped = wall_clock_number(&clock, at) - wall_clock_number(&clock, at - 1) - 1;
		int64 days = Min(MOST_DAYS, Min(at - begun, series->length - at) / day);

		if (skipped != 0 && days > 0)
			vote += change_vote(series, at, skipped, days * day);
		begun = at;
	}
	return vote;
}

bool
plan_wall_clock(const Panel *panel, int seasonal_period)
{
	int sampled = (int) Min(panel->count, SAMPLED_SERIES);
	double vote = 0;

	if (!wall_clock_possible(&panel->frequency) || !clocks_change(panel) ||
		!has_days(panel, seasonal_period))
		return false;
	for (int i = 0; i < sampled; i++)
		vote += series_vote(panel->series[lf_evenly_spaced(panel->count - 1, sampled, i)]);
	return vote >= 0;
}
