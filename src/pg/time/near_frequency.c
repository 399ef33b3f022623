/*
 * near_frequency.c
 *	  What irregular timestamps nearly are, for hints.
 *
 * Three things make a regular series look irregular, and each has a remedy in SQL:
 *
 * 1. Days and months of another zone, seen from one whose clocks do not change
 *	  with it: all timestamps then show one of two times of day, an hour apart.
 *	  Zones that stand for the clocks of many others are tried, so a zone is
 *	  named only where the timestamps are regular in it.
 * 2. One row a day, week, month, quarter or year, at changing moments: the first
 *	  business day of the month, the morning's weighing.
 * 3. A fixed step with noise: a sensor that sends every five minutes and some seconds.
 *
 * Of 2 and 3 the proof is the same: cut to the unit, nearly all timestamps have a
 * place of their own, and most places follow the one before. Events at random share
 * places or leave some out: where gaps are exponential, a third of them fall into
 * the place of the one before.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "time/frequency_infer.h"
#include "time/near_frequency.h"
#include "time/snap.h"

#define LEAST_CONSECUTIVE 0.75 /* of neighbours; business days leave out one in five */
#define MOST_SHARED 0.05       /* of neighbours */

#define MONTHS_A_QUARTER 3

/* A unit of the calendar and the median gaps, in days, that suggest it. */
typedef struct Unit
{
	const char *name;
	double shortest;
	double longest;
	int days; /* 0: it is of months */
	int months;
} Unit;

static const Unit units[] = {
	{"day", 0.5, 1.5, 1, 0},
	{"week", 5, 9, DAYS_A_WEEK, 0},
	{"month", 25, 36, 0, 1},
	{"quarter", 80, 100, 0, MONTHS_A_QUARTER},
	{"year", 350, 380, 0, MONTHS_PER_YEAR},
};

/* One zone for each offset and rule of daylight saving time that many people live by. */
static const char *const zones[] = {
	"Europe/Berlin",      "Europe/London",    "Europe/Athens",       "America/New_York",
	"America/Chicago",    "America/Denver",   "America/Los_Angeles", "America/Halifax",
	"America/Anchorage",  "America/St_Johns", "America/Santiago",    "Australia/Sydney",
	"Australia/Adelaide", "Pacific/Auckland", "Asia/Jerusalem",
};

/* Places in which timestamps are counted: those of a unit, or steps from an origin. */
typedef struct Places
{
	const Unit *unit; /* NULL: steps */
	pg_tz *zone;
	int64 step;
	TimestampTz origin;
} Places;

/* The number of the place of a timestamp. */
static int64
place_number(const Places *places, TimestampTz time)
{
	int day_of_month;
	bool last;
	int64 day;

	if (places->unit == NULL)
		return floor_divide(time - places->origin, places->step);
	day = calendar_split(time, places->zone).day;
	if (places->unit->days > 0)
		return day / places->unit->days; /* Julian day 0 is a Monday */
	return calendar_month(day, &day_of_month, &last) / places->unit->months;
}

/* Do timestamps have a place each, and one after the other? *count: places that have one. */
static bool
one_a_place(const Places *places, const Times *times, int64 *count)
{
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	int64 previous = 0;
	int64 row = 0;
	int64 shared = 0;
	int64 consecutive = 0;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++, row++)
		{
			int64 number = place_number(places, segment.first + i * segment.step);

			shared += row > 0 && number == previous;
			consecutive += row > 0 && number == previous + 1;
			previous = number;
		}
	*count = row - shared;
	return (double) shared <= MOST_SHARED * (double) (row - 1) &&
		   (double) consecutive >= LEAST_CONSECUTIVE * (double) (row - 1);
}

/* A zone of the list in which the timestamps are regular; NULL: none. */
static const char *
regular_zone(const Times *times, const char *zone)
{
	if (!snap_two_times_of_day(times, calendar_zone(zone)))
		return NULL;
	for (int i = 0; i < (int) lengthof(zones); i++)
	{
		Frequency frequency;

		if (!calendar_zone_exists(zones[i]))
			continue;
		frequency = frequency_infer(times, zones[i]);
		if (frequency.kind != FREQUENCY_IRREGULAR && frequency.kind != FREQUENCY_FIXED &&
			strcmp(frequency.zone, zones[i]) == 0)
			return zones[i];
	}
	return NULL;
}

/* The unit in which the timestamps have a place each; NULL: none. */
static const Unit *
find_unit(const Times *times, pg_tz *zone, double median, int64 *count)
{
	for (int i = 0; i < (int) lengthof(units); i++)
	{
		Places places = {.unit = &units[i], .zone = zone};
		double days = median / (double) USECS_PER_DAY;

		if (days >= units[i].shortest && days <= units[i].longest &&
			one_a_place(&places, times, count))
			return &units[i];
	}
	return NULL;
}

/* Find the step that the timestamps keep to but for some noise, from midnights of the zone on. */
static bool
find_step(const Times *times, pg_tz *zone, double median, NearFrequency *near)
{
	Places places = {.step = snap_usual_step(median)};
	TimestampTz origin = calendar_join(POSTGRES_EPOCH_JDATE, 0, zone);
	bool found = false;

	if (places.step == 0)
		return false;
	near->step = places.step;

	/* noise around the steps themselves puts half of the rows into the place before */
	for (int centred = 0; centred <= 1; centred++)
	{
		int64 count;

		places.origin = origin - (centred == 1 ? places.step / 2 : 0);
		if (!one_a_place(&places, times, &count) || (found && count <= near->places))
			continue;
		near->places = count;
		near->centred = centred == 1;
		found = true;
	}
	return found;
}

NearFrequency
near_frequency(const Times *times, const char *zone_name)
{
	NearFrequency near = {.kind = NEAR_NONE, .rows = times->count};
	double median;
	const Unit *unit;
	pg_tz *zone;

	if (times->count < NEAR_LEAST_ROWS)
		return near;
	near.zone = regular_zone(times, zone_name);
	if (near.zone != NULL)
	{
		near.kind = NEAR_ZONE;
		return near;
	}
	zone = calendar_zone(zone_name);
	median = (double) frequency_median_gap(times);
	unit = find_unit(times, zone, median, &near.places);
	if (unit != NULL)
	{
		near.kind = NEAR_UNIT;
		near.unit = unit->name;
	}
	else if (find_step(times, zone, median, &near))
		near.kind = NEAR_FIXED;
	return near;
}
