/*
 * calendar.c
 *	  Days, business days, open times, months and fiscal periods of a time zone, numbered in a row.
 *
 * A grid point is a local date and a local time of day. Two things keep that
 * from being the same as a timestamp:
 *
 * - When clocks are set forward, some local times do not exist. Such a point
 *	 lies where PostgreSQL's own conversion from timestamp puts it, i.e. at the
 *	 time that a clock would show that nobody set: 02:30 becomes 03:30. In zones
 *	 that change at midnight this moves the midnight of daily data to 01:00, once.
 * - When clocks are set back, some local times occur twice. A point then is the
 *	 second one, as in PostgreSQL, but the first is taken for the same point:
 *	 it shows the same date and time, and a device that reports daily at 02:30
 *	 may well report then.
 */
#include "postgres.h"

#include <unistd.h>

#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "time/calendar.h"
#include "time/fiscal.h"
#include "time/month_rule.h"
#include "time/open_times.h"
#include "time/step_list.h"

#define MONTHS_A_YEAR 12
#define BUSINESS_DAYS_A_WEEK 5
#define MOST_OFFSET_HOURS 15 /* from UTC, as PostgreSQL allows in a timestamp */
#define QUARTER_MINUTES 15

/* Raise the error of a result beyond PostgreSQL's range. */
pg_noreturn static void
throw_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
}

pg_tz *
calendar_zone(const char *name)
{
	/* PostgreSQL keeps a zone as long as the backend lives; looking it up folds case and hashes. */
	static char latest_name[sizeof(((Frequency *) 0)->zone)];
	static pg_tz *latest = NULL;
	pg_tz *zone;

	if (latest != NULL && strcmp(name, latest_name) == 0)
		return latest;
	zone = pg_tzset(name);
	if (zone == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("time zone \"%s\" not recognized", name)));
	if (strlcpy(latest_name, name, sizeof(latest_name)) < sizeof(latest_name))
		latest = zone;
	else
		latest = NULL;
	return zone;
}

/* Is there a file of that name, in any case, among those of PostgreSQL's time zones? */
static bool
has_zone_file(const char *name)
{
	char found[TZ_STRLEN_MAX + 1];
	int file = pg_open_tzfile(name, found);

	if (file < 0)
		return false;
	close(file);
	return true;
}

/*
 * Is it "<+05:30>-05:30", the name that PostgreSQL gives to clocks that are so far ahead of UTC, of
 * whole quarters of an hour? There are few of these.
 */
static bool
is_fixed_offset(const char *name)
{
	char shown[8];
	char canonical[32];
	int hours;
	int minutes = 0;

	if ((name[0] != '<' || (name[1] != '+' && name[1] != '-')) ||
		sscanf(name + 2, "%2d:%2d", &hours, &minutes) < 1 || hours < 0 ||
		hours > MOST_OFFSET_HOURS || minutes < 0 || minutes >= MINS_PER_HOUR ||
		minutes % QUARTER_MINUTES != 0)
		return false;
	snprintf(shown, sizeof(shown), minutes == 0 ? "%02d" : "%02d:%02d", hours, minutes);
	snprintf(canonical, sizeof(canonical), "<%c%s>%c%s", name[1], shown, name[1] == '+' ? '-' : '+',
			 shown);
	return strcmp(name, canonical) == 0;
}

/*
 * Not every zone that PostgreSQL takes is taken: it keeps each as long as the session lives, and of
 * rules such as "AAA1BBB" there is no end. Those that count leap seconds are not for timestamps.
 */
bool
calendar_zone_exists(const char *name)
{
	pg_tz *zone;

	if (strlen(name) >= sizeof(((Frequency *) 0)->zone) ||
		!(has_zone_file(name) || is_fixed_offset(name)))
		return false;
	zone = pg_tzset(name);
	return zone != NULL && pg_tz_acceptable(zone);
}

const char *
calendar_session_zone(void)
{
	/* looking for the file is dear, and this is asked for every series */
	static pg_tz *latest = NULL;
	static char latest_name[sizeof(((Frequency *) 0)->zone)];
	const char *name = pg_get_timezone_name(session_timezone);
	long int offset;

	if (latest == session_timezone)
		return latest_name;
	/* a rule without summer time is an offset with another name */
	if (name != NULL && !calendar_zone_exists(name) &&
		pg_get_timezone_offset(session_timezone, &offset))
		name = offset == 0 ? "UTC" : pg_get_timezone_name(pg_tzset_offset(-offset));
	if (name == NULL || !calendar_zone_exists(name))
		name = "UTC";
	strlcpy(latest_name, name, sizeof(latest_name));
	latest = session_timezone;
	return latest_name;
}

/* Seconds from 1970 on to 2000. */
#define EPOCH_SECONDS ((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (pg_time_t) SECS_PER_DAY)

bool
calendar_next_change(TimestampTz time, pg_tz *zone, TimestampTz *change)
{
	pg_time_t seconds = (pg_time_t) floor_divide(time, USECS_PER_SEC) + EPOCH_SECONDS;
	pg_time_t boundary;
	long int before;
	long int after;
	int before_dst;
	int after_dst;

	while (pg_next_dst_boundary(&seconds, &before, &before_dst, &boundary, &after, &after_dst,
								zone) == 1)
	{
		/* some boundaries are only of names */
		if (before != after)
		{
			*change = (boundary - EPOCH_SECONDS) * USECS_PER_SEC;
			return true;
		}
		seconds = boundary;
	}
	return false;
}

/*
 * Seconds that a zone's clocks are ahead of UTC. The zone's rules are asked once for
 * all times up to the next change of clocks: series ascend, and asking is dear.
 */
static int64
zone_offset(TimestampTz time, pg_tz *zone)
{
	static pg_tz *latest = NULL;
	static pg_time_t from;
	static pg_time_t until;
	static int64 offset;
	pg_time_t seconds = (pg_time_t) floor_divide(time, USECS_PER_SEC) + EPOCH_SECONDS;
	long int before;
	long int after;
	int before_dst;
	int after_dst;
	struct pg_tm *local;

	if (zone == latest && seconds >= from && seconds < until)
		return offset;
	local = pg_localtime(&seconds, zone);
	if (local == NULL)
		throw_out_of_range();
	latest = NULL;
	offset = local->tm_gmtoff;
	from = seconds;
	switch (pg_next_dst_boundary(&seconds, &before, &before_dst, &until, &after, &after_dst, zone))
	{
		case 1:
			latest = zone;
			break;
		case 0:
			until = PG_INT64_MAX;
			latest = zone;
			break;
		default:
			break;
	}
	return offset;
}

LocalTime
calendar_split(TimestampTz time, pg_tz *zone)
{
	LocalTime local;
	int64 shown;

	if (!IS_VALID_TIMESTAMP(time))
		throw_out_of_range();
	shown = time + zone_offset(time, zone) * USECS_PER_SEC;
	local.day = floor_divide(shown, USECS_PER_DAY);
	local.time_of_day = shown - local.day * USECS_PER_DAY;
	local.day += POSTGRES_EPOCH_JDATE;
	return local;
}

Timestamp
calendar_local(TimestampTz time, pg_tz *zone)
{
	LocalTime local = calendar_split(time, zone);
	Timestamp shown = (local.day - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY + local.time_of_day;

	if (!IS_VALID_TIMESTAMP(shown))
		throw_out_of_range();
	return shown;
}

TimestampTz
calendar_join(int64 day, int64 time_of_day, pg_tz *zone)
{
	TimestampTz time;
	struct pg_tm tm = {0};
	fsec_t fsec;
	int offset;

	if (day < DATETIME_MIN_JULIAN || day >= TIMESTAMP_END_JULIAN)
		throw_out_of_range();
	j2date((int) day, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	dt2time(time_of_day, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &fsec);
	offset = DetermineTimeZoneOffset(&tm, zone);
	if (tm2timestamp(&tm, fsec, &offset, &time) != 0)
		throw_out_of_range();
	return time;
}

TimestampTz
calendar_time_of_local(Timestamp local, pg_tz *zone)
{
	int64 day;

	if (TIMESTAMP_NOT_FINITE(local))
		return local;
	day = floor_divide(local, USECS_PER_DAY);
	return calendar_join(day + POSTGRES_EPOCH_JDATE, local - day * USECS_PER_DAY, zone);
}

/* The number of days of a month that is counted from year 0. */
static int
month_length(int64 month)
{
	int64 year = floor_divide(month, MONTHS_A_YEAR);

	return day_tab[isleap(year)][month - year * MONTHS_A_YEAR];
}

int
calendar_month(int64 day, int *day_of_month, bool *last)
{
	int year;
	int month;
	int number;

	j2date((int) day, &year, &month, day_of_month);
	number = year * MONTHS_A_YEAR + month - 1;
	*last = *day_of_month == month_length(number);
	return number;
}

const char *
calendar_weekday(TimestampTz time, const char *zone)
{
	return days[j2day((int) calendar_split(time, calendar_zone(zone)).day)];
}

bool
calendar_weekend(int64 day)
{
	int weekday = j2day((int) day);

	return weekday == 0 || weekday == 6;
}

bool
calendar_kind(FrequencyKind kind)
{
	return kind == FREQUENCY_DAYS || kind == FREQUENCY_BUSINESS_DAYS || kind == FREQUENCY_OPEN ||
		   kind == FREQUENCY_MONTHS || kind == FREQUENCY_FISCAL || kind == FREQUENCY_LISTED;
}

bool
calendar_closed(const Frequency *frequency, TimestampTz time)
{
	CalendarGrid grid;
	bool exact;

	if (!frequency_closes(frequency))
		return false;
	grid = calendar_grid(frequency, time);
	if (frequency->kind == FREQUENCY_BUSINESS_DAYS)
		return calendar_weekend(calendar_split(time, grid.zone).day);
	(void) calendar_index(&grid, time, &exact);
	return !exact;
}

CalendarGrid
calendar_grid(const Frequency *frequency, TimestampTz start)
{
	CalendarGrid grid;
	bool open_day = frequency->kind == FREQUENCY_MONTHS && !frequency->month_end &&
					frequency->month_day == 0 && frequency->month_nth == 0;
	bool open_phase =
		frequency->kind == FREQUENCY_FISCAL && frequency->fiscal.phase == FISCAL_OPEN_PHASE;

	grid.kind = frequency->kind;
	grid.frequency = frequency;
	grid.units = frequency->kind == FREQUENCY_OPEN ? 1 : frequency->count;
	grid.month_day = frequency->month_day;
	grid.fiscal = frequency->fiscal;
	grid.time_of_day = frequency->time_of_day;
	grid.zone = calendar_zone(frequency->zone);
	if (open_day || open_phase || !frequency->has_time)
	{
		LocalTime local = calendar_split(start, grid.zone);
		bool last;

		if (open_day)
			(void) calendar_month(local.day, &grid.month_day, &last);
		if (open_phase)
			grid.fiscal = fiscal_from(&frequency->fiscal, local.day);
		if (!frequency->has_time)
			grid.time_of_day = frequency->kind == FREQUENCY_OPEN
								   ? local.time_of_day % frequency->count
								   : local.time_of_day;
	}
	return grid;
}

/* The date of a number. */
static int64
calendar_day(const CalendarGrid *grid, int64 index)
{
	int64 week;
	int64 year;
	int length;

	switch (grid->kind)
	{
		case FREQUENCY_DAYS:
			if (index < -TIMESTAMP_END_JULIAN || index > TIMESTAMP_END_JULIAN)
				throw_out_of_range();
			return index;
		case FREQUENCY_BUSINESS_DAYS:
			/* Julian day 0 is a Monday. */
			week = floor_divide(index, BUSINESS_DAYS_A_WEEK);
			if (week < -TIMESTAMP_END_JULIAN || week > TIMESTAMP_END_JULIAN)
				throw_out_of_range();
			return week * DAYS_A_WEEK + index - week * BUSINESS_DAYS_A_WEEK;
		case FREQUENCY_MONTHS:
			year = floor_divide(index, MONTHS_A_YEAR);
			if (year < JULIAN_MINYEAR || year > JULIAN_MAXYEAR)
				throw_out_of_range();
			length = month_length(index);
			return month_rule_day(grid->frequency, grid->month_day,
								  date2j((int) year, (int) (index - year * MONTHS_A_YEAR) + 1, 1),
								  length);
		case FREQUENCY_FISCAL:
			year = floor_divide(index, PERIODS_A_QUARTER * QUARTERS_A_YEAR);
			if (year < JULIAN_MINYEAR || year > JULIAN_MAXYEAR)
				throw_out_of_range();
			return fiscal_day(&grid->fiscal, index);
		default:
			break;
	}
	elog(ERROR, "frequency kind %d has no calendar", (int) grid->kind);
	return 0;
}

LocalTime
calendar_place(const CalendarGrid *grid, int64 index)
{
	/* beyond the list there is no place: the nearest one serves who looks further than needed */
	if (grid->kind == FREQUENCY_LISTED)
	{
		const Times *list = grid->frequency->listed;

		return calendar_split(times_at(list, Max(0, Min(index, list->count - 1))), grid->zone);
	}
	if (grid->kind != FREQUENCY_OPEN)
		return (LocalTime){.day = calendar_day(grid, index), .time_of_day = grid->time_of_day};
	/* there is a step a week at least */
	if (index / open_steps_a_week(grid->frequency) < -TIMESTAMP_END_JULIAN ||
		index / open_steps_a_week(grid->frequency) > TIMESTAMP_END_JULIAN)
		throw_out_of_range();
	return open_place(grid->frequency, grid->time_of_day, index);
}

/* The number of the last grid date at or before a date. */
static int64
day_index(const CalendarGrid *grid, int64 day)
{
	int64 week;
	int64 index;
	int day_of_month;
	bool last;

	switch (grid->kind)
	{
		case FREQUENCY_DAYS:
			return day;
		case FREQUENCY_BUSINESS_DAYS:
			week = day / DAYS_A_WEEK;
			return week * BUSINESS_DAYS_A_WEEK +
				   Min(day - week * DAYS_A_WEEK, BUSINESS_DAYS_A_WEEK - 1);
		case FREQUENCY_MONTHS:
			index = calendar_month(day, &day_of_month, &last);
			return grid->frequency->month_any || calendar_day(grid, index) <= day ? index
																				  : index - 1;
		case FREQUENCY_FISCAL:
			return fiscal_index(&grid->fiscal, day);
		default:
			break;
	}
	elog(ERROR, "frequency kind %d has no calendar", (int) grid->kind);
	return 0;
}

int64
calendar_index(const CalendarGrid *grid, TimestampTz time, bool *exact)
{
	LocalTime local;
	LocalTime place;
	TimestampTz point;
	int64 index;

	if (grid->kind == FREQUENCY_LISTED)
		return step_list_index(grid->frequency->listed, time, exact);
	local = calendar_split(time, grid->zone);
	index = grid->kind == FREQUENCY_OPEN ? open_index(grid->frequency, grid->time_of_day, local)
										 : day_index(grid, local.day);
	place = calendar_place(grid, index);

	if ((grid->kind == FREQUENCY_MONTHS && grid->frequency->month_any) ||
		(place.day == local.day && place.time_of_day == local.time_of_day))
	{
		*exact = true;
		return index;
	}
	point = calendar_time(grid, index);
	*exact = point == time;
	return point <= time ? index : index - 1;
}

TimestampTz
calendar_time(const CalendarGrid *grid, int64 index)
{
	LocalTime place;

	if (grid->kind == FREQUENCY_LISTED)
		return step_list_time(grid->frequency->listed, index);
	place = calendar_place(grid, index);
	return calendar_join(place.day, place.time_of_day, grid->zone);
}
