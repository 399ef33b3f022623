/*
 * open_infer.c
 *	  The times of the week at which there are never rows.
 *
 * A shop that is closed on Sundays has no row then, in any week; a shop that sold nothing on
 * some days has none either. What tells them apart is how unlikely it is that an open slot of the
 * week was empty every time. With p the share of open steps that have a row, and n weeks, that is
 * (1 - p)^n for one slot; of all open ones, as many as there are must not be expected to
 * look closed: at most MOST_MISTAKEN of one. So three weeks of office hours without a hole are
 * enough, four with one in ten missing, and thirteen weeks of days of which every second has a
 * sale. Fewer than LEAST_WEEKS are never enough: a closed week and a holiday look alike.
 *
 * One row at a time that is else closed keeps it open, as steps must hold all rows.
 */
#include "postgres.h"

#include <math.h>

#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "time/calendar_scan.h"
#include "time/open_infer.h"
#include "time/open_times.h"

#define LEAST_WEEKS 4 /* of which a slot is never seen */
#define LEAST_WEEKS_OF_MANY 3
#define MANY_ROWS 100
#define MOST_MISTAKEN 0.01 /* open slots that look closed by chance */

/* What divides the distances between timestamps by the clocks; 0: these do not ascend. */
static int64
local_step(const Times *times, pg_tz *zone)
{
	Timestamp first = calendar_local(times_at(times, 0), zone);
	Timestamp previous = first - 1;
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	int64 step = 0;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
		{
			Timestamp local = calendar_local(segment.first + i * segment.step, zone);

			if (local <= previous)
				return 0;
			step = common_divisor(local - first, step);
			previous = local;
		}
	return step;
}

/* Mark the slots that ever have a row. */
static void
mark_open(const Times *times, const Frequency *frequency, bool *open)
{
	pg_tz *zone = calendar_zone(frequency->zone);
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
		{
			LocalTime local = calendar_split(segment.first + i * segment.step, zone);

			/* Julian day 0 is a Monday */
			open[(local.day % DAYS_A_WEEK * USECS_PER_DAY + local.time_of_day) / frequency->count] =
				true;
		}
}

/* Are there enough weeks, and rows in them, to call closed what never had one? */
static bool
is_evident(const Times *times, const Frequency *frequency)
{
	TimestampTz first = times_at(times, 0);
	TimestampTz last = times_at(times, times->count - 1);
	CalendarGrid grid = calendar_grid(frequency, first);
	int a_week = open_steps_a_week(frequency);
	bool exact;
	int64 steps = 1 + calendar_index(&grid, last, &exact) - calendar_index(&grid, first, &exact);
	int64 weeks = steps / a_week;
	double share = (double) times->count / (double) steps;

	return weeks >= (times->count < MANY_ROWS ? LEAST_WEEKS : LEAST_WEEKS_OF_MANY) &&
		   pow(Max(1 - share, 0), (double) weeks) * a_week <= MOST_MISTAKEN;
}

/* Find the open times of steps of that length, which begin at that time of day, or a part of it. */
static bool
find_open(const Times *times, const char *zone, int64 step, int64 time_of_day, Frequency *frequency)
{
	bool *open = palloc0(sizeof(bool) * open_slots_a_week(step));
	bool found;

	*frequency = (Frequency){
		.kind = FREQUENCY_OPEN, .count = step, .has_time = true, .time_of_day = time_of_day};
	strlcpy(frequency->zone, zone, sizeof(frequency->zone));
	mark_open(times, frequency, open);
	found = open_take_slots(frequency, open) && open_valid(frequency) &&
			!open_is_business(frequency) && is_evident(times, frequency);
	pfree(open);
	return found;
}

bool
open_infer_days(const Times *times, const char *zone, int64 time_of_day, Frequency *frequency)
{
	return find_open(times, zone, USECS_PER_DAY, time_of_day, frequency);
}

bool
open_infer_hours(const Times *times, const char *zone, Frequency *frequency)
{
	pg_tz *clocks = calendar_zone(zone);
	int64 step = local_step(times, clocks);

	if (step < OPEN_LEAST_STEP || step >= USECS_PER_DAY || USECS_PER_DAY % step != 0)
		return false;
	return find_open(times, zone, step,
					 calendar_split(times_at(times, 0), clocks).time_of_day % step, frequency);
}
