/*
 * snap.c
 *	  Timestamps that lie beside a regular grid, and the grid they are meant for.
 *
 * A clock that is read every hour shows 10:00:03, 11:00:01, 11:59:58; who weighs himself every
 * morning does so at another minute. Each is near a multiple of a step, counted from a time of day
 * that is found as the circular mean of what is left over, then made round as far as that brings
 * no timestamp much further from its place. A timestamp belongs to a place where it is within a
 * fifth of a step; that all are, of eight or more at random, has a chance below 1 in 1000.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/sorting.h"
#include "time/calendar.h"
#include "time/calendar_scan.h"
#include "time/snap.h"

#define STEP_TOLERANCE 0.1     /* of the median gap, from a step that people choose */
#define MOST_JITTER 5          /* a step by this */
#define ROUNDING_ALLOWANCE 2.2 /* times as far, for a round time before or after all */

/* Steps that people choose, in units of their own. */
static const struct
{
	int64 unit;
	int counts[12]; /* 0 at the end */
} usual_steps[] = {
	{USECS_PER_SEC / 1000, {1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500}},
	{USECS_PER_SEC, {1, 2, 5, 10, 15, 20, 30}},
	{USECS_PER_MINUTE, {1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30}},
	{USECS_PER_HOUR, {1, 2, 3, 4, 6, 8, 12}},
};

int64
snap_usual_step(double gap)
{
	double least = STEP_TOLERANCE * gap;
	int64 nearest = 0;

	for (int i = 0; i < (int) lengthof(usual_steps); i++)
		for (const int *count = usual_steps[i].counts; *count != 0; count++)
		{
			int64 step = *count * usual_steps[i].unit;

			if (fabs((double) step - gap) <= least)
			{
				least = fabs((double) step - gap);
				nearest = step;
			}
		}
	return nearest;
}

int64
snap_step(double median_gap)
{
	return median_gap >= (1 - 1.0 / MOST_JITTER) * (double) USECS_PER_DAY
			   ? USECS_PER_DAY
			   : snap_usual_step(median_gap);
}

bool
snap_two_times_of_day(const Times *times, pg_tz *zone)
{
	int64 first = calendar_split(times_at(times, 0), zone).time_of_day;
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	int64 other = first;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
		{
			int64 shown = calendar_split(segment.first + i * segment.step, zone).time_of_day;
			int64 apart = llabs(shown - first);

			if (shown == first || shown == other)
				continue;
			if (other != first || Min(apart, USECS_PER_DAY - apart) != USECS_PER_HOUR)
				return false;
			other = shown;
		}
	return other != first;
}

/* Where places are looked for: by a clock that shows what is meant. */
typedef struct Clock
{
	pg_tz *zone; /* NULL: absolute time and the offset */
	int64 offset;
	int64 step;
	int64 phase; /* of the places: less than a step */
} Clock;

static int64
shown(const Clock *clock, TimestampTz time)
{
	return clock->zone != NULL ? calendar_local(time, clock->zone) : time + clock->offset;
}

/* How far after its place a timestamp is, or before it where that is nearer, < 0. */
static int64
beside(const Clock *clock, TimestampTz time)
{
	int64 rest = floor_remainder(shown(clock, time) - clock->phase, clock->step);

	return rest > clock->step / 2 ? rest - clock->step : rest;
}

/* The circular mean of what timestamps are beyond multiples of the step. */
static int64
mean_phase(const Clock *clock, const Times *times)
{
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	double sine = 0;
	double cosine = 0;
	double share;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
		{
			int64 rest =
				floor_remainder(shown(clock, segment.first + i * segment.step), clock->step);
			double angle = 2 * M_PI * (double) rest / (double) clock->step;

			sine += sin(angle);
			cosine += cos(angle);
		}
	share = atan2(sine, cosine) / (2 * M_PI);
	return floor_remainder((int64) rint(share * (double) clock->step), clock->step);
}

/* The furthest of timestamps from their places; of those beyond the limit, the first one. */
static int64
furthest(const Clock *clock, const Times *times, int64 limit)
{
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	int64 most = 0;

	while (most <= limit && times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count && most <= limit; i++)
		{
			int64 here = beside(clock, segment.first + i * segment.step);

			most = Max(most, llabs(here));
		}
	return most;
}

/* Move the phase to the roundest time that is about as near to all; most: the furthest of them. */
static void
round_phase(Clock *clock, const Times *times, int64 most)
{
	int64 exact = clock->phase;
	int64 limit = Min((int64) (ROUNDING_ALLOWANCE * (double) most), clock->step / MOST_JITTER);

	for (int i = lengthof(usual_steps) - 1; i >= 0; i--)
		for (int c = lengthof(usual_steps[i].counts) - 1; c >= 0; c--)
		{
			int64 unit = usual_steps[i].counts[c] * usual_steps[i].unit;

			if (unit == 0 || clock->step % unit != 0)
				continue;
			clock->phase = (exact + unit / 2) / unit * unit % clock->step;
			if (furthest(clock, times, limit) <= limit)
				return;
		}
	clock->phase = exact;
}

/* The place of a timestamp. */
static TimestampTz
place_of(const Clock *clock, TimestampTz time)
{
	int64 distance = beside(clock, time);

	if (clock->zone == NULL)
		return time - distance;
	/* the distance is by the clocks, which may be changed in between */
	return calendar_time_of_local(shown(clock, time) - distance, clock->zone);
}

bool
snap_times(const Times *times, const char *zone_name, int64 step, Times *out, int64 *tolerance)
{
	pg_tz *zone = calendar_zone(zone_name);
	TimestampTz first = times_at(times, 0);
	Clock clock = {.zone = step == USECS_PER_DAY ? zone : NULL,
				   .offset = calendar_local(first, zone) - first,
				   .step = step};
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	TimestampTz *places;
	int64 count = 0;
	int64 most;

	*tolerance = step / MOST_JITTER;
	if (times->count < SNAP_LEAST_ROWS ||
		(clock.zone != NULL && snap_two_times_of_day(times, zone)))
		return false;
	clock.phase = mean_phase(&clock, times);
	most = furthest(&clock, times, *tolerance);
	if (most > *tolerance)
		return false;
	round_phase(&clock, times, most);
	places =
		MemoryContextAllocHuge(CurrentMemoryContext, (Size) times->count * sizeof(TimestampTz));
	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
		{
			places[count] = place_of(&clock, segment.first + i * segment.step);
			if (count > 0 && places[count] <= places[count - 1])
			{
				pfree(places);
				return false;
			}
			count++;
		}
	*out = (Times){.plain = places, .count = count};
	return true;
}

Frequency
snap_months(const Times *times, const char *zone_name, int64 count)
{
	pg_tz *zone = calendar_zone(zone_name);
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	int64 *days = MemoryContextAllocHuge(CurrentMemoryContext, times->count * sizeof(int64));
	int64 *clocks = MemoryContextAllocHuge(CurrentMemoryContext, times->count * sizeof(int64));
	int64 row = 0;
	int64 first = 0;
	int64 divisor = 0;
	Frequency frequency;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++, row++)
		{
			LocalTime local = calendar_split(segment.first + i * segment.step, zone);
			int day_of_month;
			bool last;
			int64 month = calendar_month(local.day, &day_of_month, &last);

			first = row == 0 ? month : first;
			divisor = common_divisor(month - first, divisor);
			days[row] = day_of_month;
			clocks[row] = local.time_of_day;
		}
	qsort(days, row, sizeof(int64), compare_int64);
	qsort(clocks, row, sizeof(int64), compare_int64);
	memset(&frequency, 0, sizeof(frequency));
	frequency.kind = FREQUENCY_MONTHS;
	frequency.count = count != 0 ? count : Max(divisor, 1);
	frequency.month_any = true;
	frequency.month_day = (int) days[(row - 1) / 2];
	frequency.has_time = true;
	frequency.time_of_day = clocks[(row - 1) / 2];
	strlcpy(frequency.zone, zone_name, sizeof(frequency.zone));
	pfree(days);
	pfree(clocks);
	return frequency;
}
