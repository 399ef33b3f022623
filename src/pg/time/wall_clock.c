/*
 * wall_clock.c
 *	  Steps of an hour and below, numbered by what the clocks of their zone show.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "time/wall_clock.h"

bool
wall_clock_possible(const Frequency *frequency)
{
	return frequency->kind == FREQUENCY_FIXED && frequency->count <= USECS_PER_HOUR &&
		   USECS_PER_DAY % frequency->count == 0;
}

WallClock
wall_clock(bool wanted, const Frequency *frequency, TimestampTz first, int64 steps)
{
	WallClock clock = {.step = frequency->count, .first = first};
	TimestampTz change;
	pg_tz *zone;

	if (!wanted || !wall_clock_possible(frequency))
		return clock;
	zone = calendar_zone(frequency->zone);
	if (!calendar_next_change(first, zone, &change) ||
		change > frequency_add(frequency, first, Max(steps - 1, 0)))
		return clock;
	clock.zone = zone;
	clock.shown = calendar_local(first, zone);
	return clock;
}

int64
wall_clock_number(const WallClock *clock, int64 step)
{
	int64 since;

	if (clock->zone == NULL)
		return step;
	since = calendar_local(clock->first + step * clock->step, clock->zone) - clock->shown;
	/* to the nearest: clocks that change by half an hour show hours at other minutes */
	since += (clock->step - 1) / 2;
	return floor_divide(since, clock->step);
}

int64
wall_clock_known(const WallClock *clock, int64 steps, int64 ahead)
{
	int64 known = wall_clock_number(clock, steps - 1) + 1;

	for (int64 i = 0; clock->zone != NULL && i < ahead; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		known = Min(known, wall_clock_number(clock, steps + i));
	}
	return Max(known, 1);
}
