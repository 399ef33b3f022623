/*
 * time_ticks.c
 *	  Round times for an axis: full hours, Mondays, first days of months, by the clocks and the
 *	  calendar of a zone.
 */
#include "postgres.h"

#include <math.h>

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "chart/time_ticks.h"

#define MONTHS 12
#define MONDAY_JULIAN 0 /* Julian day 0 was a Monday */

typedef enum StepUnit
{
	STEP_CLOCK, /* microseconds of a day */
	STEP_DAY,
	STEP_MONTH
} StepUnit;

/* A distance of ticks, and how many pixels a label takes with the space beside it. */
typedef struct TickStep
{
	StepUnit unit;
	int64 count;
	int pixels;
} TickStep;

#define ONE_SECOND USECS_PER_SEC
#define ONE_MINUTE USECS_PER_MINUTE
#define ONE_HOUR USECS_PER_HOUR

static const TickStep steps[] = {
	{STEP_CLOCK, 1, 90},
	{STEP_CLOCK, 10, 90},
	{STEP_CLOCK, 100, 90},
	{STEP_CLOCK, 1000, 90},
	{STEP_CLOCK, 10000, 90},
	{STEP_CLOCK, 100000, 90},
	{STEP_CLOCK, ONE_SECOND, 66},
	{STEP_CLOCK, 5 * ONE_SECOND, 66},
	{STEP_CLOCK, 15 * ONE_SECOND, 66},
	{STEP_CLOCK, 30 * ONE_SECOND, 66},
	{STEP_CLOCK, ONE_MINUTE, 50},
	{STEP_CLOCK, 5 * ONE_MINUTE, 50},
	{STEP_CLOCK, 15 * ONE_MINUTE, 50},
	{STEP_CLOCK, 30 * ONE_MINUTE, 50},
	{STEP_CLOCK, ONE_HOUR, 50},
	{STEP_CLOCK, 3 * ONE_HOUR, 50},
	{STEP_CLOCK, 6 * ONE_HOUR, 50},
	{STEP_CLOCK, 12 * ONE_HOUR, 50},
	{STEP_DAY, 1, 28},
	{STEP_DAY, 2, 28},
	{STEP_DAY, 7, 28},
	{STEP_DAY, 14, 28},
	{STEP_MONTH, 1, 36},
	{STEP_MONTH, 3, 36},
	{STEP_MONTH, 6, 40},
	{STEP_MONTH, 12, 44},
	{STEP_MONTH, 24, 44},
	{STEP_MONTH, 60, 44},
	{STEP_MONTH, 120, 44},
	{STEP_MONTH, 240, 44},
	{STEP_MONTH, 600, 44},
	{STEP_MONTH, 1200, 44},
	{STEP_MONTH, 6000, 44},
	{STEP_MONTH, 12000, 50},
	{STEP_MONTH, 60000, 50},
	{STEP_MONTH, 120000, 60},
	{STEP_MONTH, 600000, 60},
	{STEP_MONTH, 1200000, 60},
};

static const char *const month_names[MONTHS] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
												"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* About how many microseconds a step takes. */
static double
step_length(const TickStep *step)
{
	if (step->unit == STEP_CLOCK)
		return (double) step->count;
	if (step->unit == STEP_DAY)
		return (double) step->count * USECS_PER_DAY;
	return (double) step->count * (DAYS_A_YEAR / MONTHS) * USECS_PER_DAY;
}

/* The shortest step whose labels have room, and that is not shorter than another, but for a little,
 * as months are not alike. */
static const TickStep *
choose_step(double span, double least, double pixels)
{
	const TickStep *step = steps;

	while (step < steps + lengthof(steps) - 1 &&
		   (step_length(step) * 1.1 < least || span / step_length(step) * step->pixels > pixels ||
			span / step_length(step) > MOST_TIME_TICKS - 2))
		step++;
	return step;
}

/* Of steps of a part of a day: the time of the first tick at or after another. */
static LocalTime
clock_begin(const TickStep *step, LocalTime local)
{
	int64 number = (local.time_of_day + step->count - 1) / step->count;

	local.time_of_day = number * step->count;
	return local;
}

/* The first date of a step at or after a day. */
static int64
date_begin(const TickStep *step, int64 day)
{
	int64 month;
	int day_of_month;
	bool last;

	if (step->unit == STEP_DAY)
		return floor_divide(day - MONDAY_JULIAN + step->count - 1, step->count) * step->count +
			   MONDAY_JULIAN;
	month = calendar_month((int) day, &day_of_month, &last);
	month = floor_divide(month - (day_of_month == 1) + step->count, step->count) * step->count;
	return date2j((int) floor_divide(month, MONTHS), (int) floor_remainder(month, MONTHS) + 1, 1);
}

/* The tick after one. */
static LocalTime
step_on(const TickStep *step, LocalTime local)
{
	if (step->unit != STEP_CLOCK)
	{
		local.day = date_begin(step, local.day + 1);
		return local;
	}
	local.time_of_day += step->count;
	if (local.time_of_day >= USECS_PER_DAY)
	{
		local.time_of_day = 0;
		local.day++;
	}
	return local;
}

/* "2024", "45 BC" */
static void
write_year(char *text, size_t size, int year)
{
	if (year > 0)
		snprintf(text, size, "%d", year);
	else
		snprintf(text, size, "%d BC", 1 - year);
}

/* "14:00", "14:00:30", "14:00:30.25" */
static void
write_clock(char *text, size_t size, int64 time_of_day, bool seconds)
{
	int minutes = (int) (time_of_day / USECS_PER_MINUTE);
	int rest = (int) (time_of_day % USECS_PER_MINUTE);
	size_t length;

	if (!seconds && rest == 0)
	{
		snprintf(text, size, "%02d:%02d", minutes / 60, minutes % 60);
		return;
	}
	snprintf(text, size, "%02d:%02d:%02d.%06d", minutes / 60, minutes % 60,
			 rest / (int) USECS_PER_SEC, rest % (int) USECS_PER_SEC);
	length = strlen(text);
	while (text[length - 1] == '0')
		text[--length] = '\0';
	if (text[length - 1] == '.')
		text[length - 1] = '\0';
}

/* Say what a tick is, and what of, where that is not what the tick before is of. */
static void
write_labels(const TickStep *step, LocalTime local, const LocalTime *before, TimeTick *tick)
{
	char year_text[16];
	int year;
	int month;
	int day;
	int year_before = 0;
	int month_before = 0;
	int day_before = 0;
	bool new_year;
	bool new_month;

	j2date((int) local.day, &year, &month, &day);
	if (before != NULL)
		j2date((int) before->day, &year_before, &month_before, &day_before);
	new_year = before == NULL || year != year_before;
	new_month = new_year || month != month_before;
	write_year(year_text, sizeof(year_text), year);
	tick->group[0] = '\0';
	if (step->unit == STEP_CLOCK)
	{
		write_clock(tick->label, sizeof(tick->label), local.time_of_day,
					step->count % USECS_PER_MINUTE != 0);
		if (before == NULL || local.day != before->day)
			snprintf(tick->group, sizeof(tick->group), new_year ? "%d %s %s" : "%d %s", day,
					 month_names[month - 1], year_text);
	}
	else if (step->unit == STEP_DAY)
	{
		snprintf(tick->label, sizeof(tick->label), "%d", day);
		if (new_month)
			snprintf(tick->group, sizeof(tick->group), new_year ? "%s %s" : "%s",
					 month_names[month - 1], year_text);
	}
	else if (step->count < MONTHS)
	{
		strlcpy(tick->label, month_names[month - 1], sizeof(tick->label));
		if (new_year)
			strlcpy(tick->group, year_text, sizeof(tick->group));
	}
	else
		strlcpy(tick->label, year_text, sizeof(tick->label));
}

/* Is the time of day one that the zone's clocks show on that day, once after the tick before? */
static bool
clock_shows(TimestampTz time, LocalTime local, pg_tz *zone)
{
	LocalTime shown = calendar_split(time, zone);

	return shown.day == local.day && shown.time_of_day == local.time_of_day;
}

int
time_ticks(TimestampTz first, TimestampTz last, int64 least, pg_tz *zone, double pixels,
		   TimeTick *ticks)
{
	const TickStep *step = choose_step((double) last - (double) first, (double) least, pixels);
	LocalTime local = calendar_split(first, zone);
	int64 last_day = calendar_split(last, zone).day;
	LocalTime before;
	int count = 0;

	if (step->unit == STEP_CLOCK)
		local = clock_begin(step, local);
	else
		local = (LocalTime){.day = date_begin(step, local.day + (local.time_of_day > 0))};
	if (local.time_of_day >= USECS_PER_DAY)
		local = (LocalTime){.day = local.day + 1};
	for (; local.day <= last_day && count < MOST_TIME_TICKS; local = step_on(step, local))
	{
		TimeTick *tick = &ticks[count];

		check_interrupts();
		tick->time = calendar_join(local.day, local.time_of_day, zone);
		if (tick->time > last)
			break;
		/* midnight may be left out in spring, and the day's first time stands for it */
		if (tick->time < first || (count > 0 && tick->time <= tick[-1].time) ||
			(step->unit == STEP_CLOCK && !clock_shows(tick->time, local, zone)))
			continue;
		write_labels(step, local, count > 0 ? &before : NULL, tick);
		before = local;
		count++;
	}
	return count;
}

char *
time_text(TimestampTz time, pg_tz *zone)
{
	LocalTime local = calendar_split(time, zone);
	char year_text[16];
	char clock[24];
	int year;
	int month;
	int day;

	j2date((int) local.day, &year, &month, &day);
	write_year(year_text, sizeof(year_text), year);
	if (local.time_of_day == 0)
		return psprintf("%d %s %s", day, month_names[month - 1], year_text);
	write_clock(clock, sizeof(clock), local.time_of_day, false);
	return psprintf("%d %s %s %s", day, month_names[month - 1], year_text, clock);
}
