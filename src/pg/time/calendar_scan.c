/*
 * calendar_scan.c
 *	  What the dates of timestamps have in common.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "time/calendar_scan.h"

#define FIRST_TIMES 3 /* of which one at least shows the time of day that is meant */

/* The date before, while dates are scanned. */
typedef struct ScannedDate
{
	bool known;
	int64 day;
	int64 month;
} ScannedDate;

int64
common_divisor(int64 a, int64 b)
{
	while (b != 0)
	{
		int64 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

int64
times_divisor(const Times *times)
{
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	TimestampTz previous = times_at(times, 0);
	int64 step = 0;

	while (step != 1 && times_next(&cursor, INTERRUPT_ROWS, &segment))
	{
		step = common_divisor(step, segment.first - previous);
		if (segment.count > 1)
			step = common_divisor(step, segment.step);
		previous = segment_last(&segment);
	}
	return step;
}

/* Take one more date into a scan; previous: those before it. False as calendar_scan. */
static bool
scan_date(CalendarScan *scan, TimestampTz time, pg_tz *zone, ScannedDate *previous)
{
	LocalTime local = calendar_split(time, zone);
	int64 month;
	int day_of_month;
	bool last;

	if (local.time_of_day != scan->time_of_day &&
		calendar_join(local.day, scan->time_of_day, zone) != time)
		return false;
	month = calendar_month(local.day, &day_of_month, &last);
	if (previous->known)
	{
		if (local.day <= previous->day)
			return false;
		scan->day_gcd = common_divisor(scan->day_gcd, local.day - previous->day);
		scan->month_gcd = common_divisor(scan->month_gcd, month - previous->month);
		if (local.day / DAYS_A_WEEK != previous->day / DAYS_A_WEEK)
			scan->weeks = true;
		scan->one_a_month &= month > previous->month;
	}
	if (scan->one_a_month)
		month_scan_day(&scan->month, local.day);
	scan->max_day = Max(scan->max_day, day_of_month);
	scan->month_ends &= last;
	scan->weekends |= calendar_weekend(local.day);
	*previous = (ScannedDate){.known = true, .day = local.day, .month = month};
	return true;
}

bool
calendar_scan(const Times *times, const char *zone_name, CalendarScan *scan)
{
	pg_tz *zone = calendar_zone(zone_name);
	TimeCursor cursor = times_begin(times);
	ScannedDate previous = {0};
	TimeSegment segment;

	/*
	 * A time of day that the change of clocks skips is shown late on that day, so
	 * of the first few the earliest is the one that is meant.
	 */
	memset(scan, 0, sizeof(*scan));
	scan->time_of_day = USECS_PER_DAY;
	for (int64 i = 0; i < Min(times->count, FIRST_TIMES); i++)
		scan->time_of_day =
			Min(scan->time_of_day, calendar_split(times_at(times, i), zone).time_of_day);
	scan->month_ends = true;
	scan->one_a_month = true;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
			if (!scan_date(scan, segment.first + i * segment.step, zone, &previous))
				return false;
	return true;
}
