/*
 * frequency.c
 *	  Arithmetic on steps, and frequencies as text.
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "common/int.h"
#include "common/string.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "time/calendar.h"
#include "time/fiscal.h"
#include "time/frequency.h"
#include "time/frequency_infer.h"
#include "time/frequency_words.h"
#include "time/open_times.h"
#include "time/step_counter.h"
#include "time/step_list.h"

#define OPEN_WORD " on " /* between steps and open times */
#define MONTHS_A_QUARTER 3
#define SESSIONS_A_YEAR 252 /* of exchanges */
#define OTHER_HORIZON 12
#define MOST_UNLIKE 0.1       /* of the length of listed steps and that of steps that have a name */
#define LEAST_SHORT_PERIOD 12 /* steps in an hour, minute or second that count as a season */

/* A fixed unit of time and its name in an interval's text. */
typedef struct TimeUnit
{
	int64 length; /* microseconds */
	const char *name;
} TimeUnit;

/* Longest first; the last divides everything. */
static const TimeUnit time_units[] = {
	{USECS_PER_HOUR, "hour"}, {USECS_PER_MINUTE, "minute"}, {USECS_PER_SEC, "second"},
	{1000, "millisecond"},    {1, "microsecond"},
};

/* "1 hour", "2 hours" */
static char *
count_text(int64 count, const char *unit)
{
	return psprintf(INT64_FORMAT " %s%s", count, unit, count == 1 ? "" : "s");
}

/* start plus k times length, in microseconds. */
static TimestampTz
add_fixed(TimestampTz start, int64 k, int64 length)
{
	int64 shift;
	TimestampTz time;

	if (pg_mul_s64_overflow(k, length, &shift) || pg_add_s64_overflow(start, shift, &time) ||
		!IS_VALID_TIMESTAMP(time))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	return time;
}

/* start plus k times count days, business days, open times, months or fiscal periods. */
static TimestampTz
add_calendar(const Frequency *frequency, TimestampTz start, int64 k)
{
	CalendarGrid grid = calendar_grid(frequency, start);
	int64 shift;
	int64 index;
	bool exact;

	if (pg_mul_s64_overflow(k, grid.units, &shift) ||
		pg_add_s64_overflow(calendar_index(&grid, start, &exact), shift, &index))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	return calendar_time(&grid, index);
}

TimestampTz
frequency_nearest(const Frequency *frequency, TimestampTz time)
{
	TimestampTz near;
	bool exact;

	if (frequency->tolerance == 0)
		return time;
	if (calendar_kind(frequency->kind))
	{
		CalendarGrid grid = calendar_grid(frequency, time);

		near = calendar_time(&grid, calendar_index(&grid, time + frequency->tolerance, &exact));
	}
	else
	{
		int64 rest = floor_remainder(time - frequency->time_of_day, frequency->count);

		near = time - rest + (rest > frequency->count / 2 ? frequency->count : 0);
	}
	return llabs(time - near) <= frequency->tolerance ? near : time;
}

TimestampTz
frequency_add(const Frequency *frequency, TimestampTz start, int64 k)
{
	/* Even where start itself is beside the grid (the first of two equal local times). */
	if (k == 0)
		return start;
	switch (frequency->kind)
	{
		case FREQUENCY_FIXED:
		case FREQUENCY_IRREGULAR:
			return add_fixed(start, k, frequency->count);
		case FREQUENCY_DAYS:
		case FREQUENCY_BUSINESS_DAYS:
		case FREQUENCY_OPEN:
		case FREQUENCY_MONTHS:
		case FREQUENCY_FISCAL:
		case FREQUENCY_LISTED:
			return add_calendar(frequency, start, k);
		case FREQUENCY_NONE:
			break;
	}
	elog(ERROR, "frequency kind %d has no timestamps", (int) frequency->kind);
	return 0;
}

int64
frequency_step(const Frequency *frequency, TimestampTz start, TimestampTz time, bool *exact)
{
	StepCounter counter = step_counter(frequency, start);

	return step_counter_step(&counter, time, exact);
}

int64
frequency_distance(const Frequency *from, TimestampTz start, const Frequency *to, TimestampTz time,
				   bool *exact)
{
	StepCounter first = step_counter(from, start);
	StepCounter second = step_counter(to, time);
	int64 distance;
	int64 rest;

	*exact = false;
	if (from->kind != FREQUENCY_FIXED)
		distance = second.start_index - first.start_index;
	else if (pg_sub_s64_overflow(second.start, first.start, &distance))
		return time > start ? PG_INT64_MAX : PG_INT64_MIN;
	rest = distance % first.units;
	*exact = rest == 0;
	return distance / first.units - (rest < 0);
}

int64
frequency_behind(const Frequency *frequency, TimestampTz last, TimestampTz latest)
{
	int64 distance;
	bool exact;

	if (pg_sub_s64_overflow(latest, last, &distance))
		return PG_INT64_MAX;
	if (frequency->kind == FREQUENCY_IRREGULAR)
		return frequency->count > 0 ? distance / frequency->count : 0;
	return frequency_step(frequency, last, latest, &exact);
}

/*
 * The option's text as an interval. Not by interval_in, whose error for a text
 * that is none would be 22007 and would not name the option.
 */
static bool
read_interval(const char *text, Interval *span)
{
	struct pg_itm_in parts = {0};
	char buffer[256];
	char *field[MAXDATEFIELDS];
	int type[MAXDATEFIELDS];
	int fields;
	int dtype;
	int status;

	status = ParseDateTime(text, buffer, sizeof(buffer), field, type, MAXDATEFIELDS, &fields);
	if (status == 0)
		status = DecodeInterval(field, type, fields, INTERVAL_FULL_RANGE, &dtype, &parts);
	if (status == DTERR_BAD_FORMAT)
		status = DecodeISO8601Interval(pstrdup(text), &dtype, &parts);
	return status == 0 && dtype == DTK_DELTA && itmin2interval(&parts, span) == 0;
}

/*
 * Kind and count of an interval. Days with a time are a fixed number of hours:
 * 1.5 days reads as a day and 12 hours.
 */
static bool
classify_interval(const Interval *span, Frequency *frequency)
{
	int64 days;
	int64 time;

	if (span->month != 0)
	{
		frequency->kind = FREQUENCY_MONTHS;
		frequency->count = span->month;
		return span->month > 0 && span->day == 0 && span->time == 0;
	}
	if (span->time == 0)
	{
		frequency->kind = FREQUENCY_DAYS;
		frequency->count = span->day;
		return span->day > 0;
	}
	frequency->kind = FREQUENCY_FIXED;
	/* days that leave the range are more than any time of an interval: theirs is the sign */
	if (pg_mul_s64_overflow(span->day, USECS_PER_DAY, &days) ||
		pg_add_s64_overflow(span->time, days, &time))
		time = span->day > 0 ? PG_INT64_MAX : PG_INT64_MIN;
	frequency->count = time;
	return time > 0;
}

/* Raise the error of a text that says no frequency. */
pg_noreturn static void
throw_unknown(const char *text)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 errmsg("invalid value for option \"frequency\": \"%s\"", text),
		 errhint("Use \"auto\", \"irregular\", \"business day\", a positive interval of months, "
				 "of days, or of hours and less, such as \"7 days\" or \"30 minutes\", or a word "
				 "such as \"daily\", \"MS\", \"W-SUN\" or \"4-4-5 weeks\"; with open times, such "
				 "as \"1 day on "
				 "Mon-Sat\" or \"1 hour on Mon-Fri 09:00-17:00\".")));
}

int64
frequency_most(FrequencyKind kind)
{
	switch (kind)
	{
		case FREQUENCY_FIXED:
		case FREQUENCY_IRREGULAR:
			return END_TIMESTAMP;
		case FREQUENCY_OPEN:
			return USECS_PER_DAY;
		case FREQUENCY_DAYS:
		case FREQUENCY_BUSINESS_DAYS:
		case FREQUENCY_MONTHS:
			return PG_INT32_MAX; /* an interval has no more */
		case FREQUENCY_FISCAL:
		case FREQUENCY_LISTED:
		case FREQUENCY_NONE:
			break;
	}
	return 1;
}

/* Refuse a step that no model may have; of days and months an interval holds no such number. */
static void
check_length(const char *text, const Frequency *frequency)
{
	if (frequency->count > frequency_most(frequency->kind))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid value for option \"frequency\": \"%s\"", text),
						errdetail("A step may have %lld microseconds.",
								  (long long) frequency_most(frequency->kind)),
						errhint("Give a shorter interval.")));
}

/* Kind and count of a text without open times, all else 0. False: it is none of these texts. */
static bool
read_steps(const char *text, Frequency *frequency)
{
	FrequencyWord word;

	memset(frequency, 0, sizeof(*frequency));
	if (fiscal_read(text, &frequency->fiscal))
	{
		frequency->kind = FREQUENCY_FISCAL;
		frequency->count = 1;
		return true;
	}
	if (!frequency_word_read(text, &word) && !read_interval(text, &word.span))
		return false;
	if (!word.business_days)
		return classify_interval(&word.span, frequency);
	frequency->kind = FREQUENCY_BUSINESS_DAYS;
	frequency->count = 1;
	return true;
}

/*
 * Read a text that may end with open times, "1 hour on Mon-Fri 09:00-17:00". Those of business
 * days, or of the whole week, are no more than that.
 */
static bool
read_open_steps(const char *text, Frequency *frequency)
{
	char *steps = pstrdup(text);
	char *on = strstr(steps, OPEN_WORD);
	FrequencyKind kind;

	if (on == NULL) /* "1 day on" is an interval to PostgreSQL 18 */
		return !pg_str_endswith(text, " on") && read_steps(text, frequency);
	*on = '\0';
	if (!read_steps(steps, frequency))
		return false;
	kind = frequency->kind;
	if (kind == FREQUENCY_DAYS && frequency->count == 1)
		frequency->count = USECS_PER_DAY;
	else if (kind != FREQUENCY_FIXED || frequency->count < OPEN_LEAST_STEP ||
			 USECS_PER_DAY % frequency->count != 0)
		return false;
	frequency->kind = FREQUENCY_OPEN;
	if (!open_read(on + strlen(OPEN_WORD), frequency))
		return false;
	if (open_is_business(frequency))
	{
		*frequency = frequency_without_closing(frequency);
		frequency->kind = FREQUENCY_BUSINESS_DAYS;
	}
	else if (!open_valid(frequency))
		*frequency = frequency_without_closing(frequency);
	return true;
}

bool
frequency_parse(const char *text, const Times *times, const char *zone, Frequency *frequency)
{
	if (pg_strcasecmp(text, "auto") == 0)
		return false;
	memset(frequency, 0, sizeof(*frequency));
	if (pg_strcasecmp(text, "none") == 0)
	{
		frequency->kind = FREQUENCY_NONE;
		return true;
	}
	if (pg_strcasecmp(text, "irregular") == 0)
	{
		frequency->kind = FREQUENCY_IRREGULAR;
		frequency->count = frequency_median_gap(times);
		strlcpy(frequency->zone, zone, sizeof(frequency->zone));
		return true;
	}
	if (!read_open_steps(text, frequency))
		throw_unknown(text);
	strlcpy(frequency->zone, zone, sizeof(frequency->zone));
	check_length(text, frequency);
	(void) frequency_anchor(frequency, times, zone, true);
	return true;
}

Frequency
frequency_without_closing(const Frequency *frequency)
{
	Frequency plain = {.kind = FREQUENCY_DAYS, .count = 1};

	if (frequency->kind == FREQUENCY_OPEN && frequency->count < USECS_PER_DAY)
	{
		plain.kind = FREQUENCY_FIXED;
		plain.count = frequency->count;
	}
	memcpy(plain.zone, frequency->zone, sizeof(plain.zone));
	return plain;
}

Frequency
frequency_of_list(const Times *listed, const char *zone)
{
	Frequency frequency = {.kind = FREQUENCY_LISTED, .count = 1, .listed = listed};

	strlcpy(frequency.zone, zone, sizeof(frequency.zone));
	return frequency;
}

char *
frequency_text(const Frequency *frequency)
{
	Frequency plain;
	int unit = 0;

	switch (frequency->kind)
	{
		case FREQUENCY_NONE:
			return pstrdup("none");
		case FREQUENCY_IRREGULAR:
			return pstrdup("irregular");
		case FREQUENCY_LISTED:
			return pstrdup(FREQUENCY_LISTED_TEXT);
		case FREQUENCY_BUSINESS_DAYS:
			return pstrdup("business day");
		case FREQUENCY_OPEN:
			plain = frequency_without_closing(frequency);
			return psprintf("%s%s%s", frequency_text(&plain), OPEN_WORD, open_text(frequency));
		case FREQUENCY_DAYS:
			return count_text(frequency->count, "day");
		case FREQUENCY_MONTHS:
			if (frequency->count % MONTHS_PER_YEAR == 0)
				return count_text(frequency->count / MONTHS_PER_YEAR, "year");
			return count_text(frequency->count, "month");
		case FREQUENCY_FISCAL:
			return fiscal_text(&frequency->fiscal);
		case FREQUENCY_FIXED:
			while (frequency->count % time_units[unit].length != 0)
				unit++;
			return count_text(frequency->count / time_units[unit].length, time_units[unit].name);
	}
	elog(ERROR, "unknown frequency kind %d", (int) frequency->kind);
	return NULL;
}

/* Days a step where the frequency is one of whole days, fixed or local; else 0. */
static int64
days_a_step(const Frequency *frequency)
{
	if (frequency->kind == FREQUENCY_DAYS)
		return frequency->count;
	if (frequency->kind == FREQUENCY_FIXED && frequency->count % USECS_PER_DAY == 0)
		return frequency->count / USECS_PER_DAY;
	return 0;
}

/* The horizon of listed steps: of what they are like in the mean. */
static int
listed_horizon(double days)
{
	static const struct
	{
		double days;
		int horizon;
	} usual[] = {{DAYS_A_YEAR, 6},
				 {DAYS_A_YEAR / 4, 8},
				 {DAYS_A_YEAR / MONTHS_PER_YEAR, 18},
				 {DAYS_A_WEEK, 13},
				 {DAYS_A_YEAR / SESSIONS_A_YEAR, 10},
				 {1, 14},
				 {1.0 / HOURS_PER_DAY, 48}};

	for (int i = 0; i < (int) lengthof(usual); i++)
		if (fabs(days / usual[i].days - 1) <= MOST_UNLIKE)
			return usual[i].horizon;
	return OTHER_HORIZON;
}

int
frequency_horizon(const Frequency *frequency)
{
	int64 days = days_a_step(frequency);

	if (frequency->kind == FREQUENCY_LISTED)
		return listed_horizon(frequency_days(frequency));

	if (frequency->kind == FREQUENCY_MONTHS && frequency->count % MONTHS_PER_YEAR == 0)
		return 6;
	if (frequency->kind == FREQUENCY_MONTHS && frequency->count == MONTHS_A_QUARTER)
		return 8;
	if ((frequency->kind == FREQUENCY_MONTHS && frequency->count == 1) ||
		frequency->kind == FREQUENCY_FISCAL)
		return 18;
	if (days == DAYS_A_WEEK)
		return 13;
	if (days == 1)
		return 14;
	if (frequency->kind == FREQUENCY_BUSINESS_DAYS)
		return 10;
	if ((frequency->kind == FREQUENCY_FIXED || frequency->kind == FREQUENCY_OPEN) &&
		frequency->count == USECS_PER_HOUR)
		return 48;
	return OTHER_HORIZON;
}

/* Append a period of at least two steps, unless there is no room. Returns the new count. */
static int
add_period(int *periods, int count, int max, int64 period)
{
	if (period < 2 || period > INT_MAX || count >= max)
		return count;
	periods[count] = (int) period;
	return count + 1;
}

/*
 * The seasons of a step shorter than a day that hold a whole number of steps:
 * the day, the week, then the hour, minute and second, of machines, where the
 * steps are fine enough to show one.
 */
static int
fixed_seasons(int64 step, int *periods, int max)
{
	static const int64 seasons[] = {USECS_PER_DAY, DAYS_A_WEEK * USECS_PER_DAY, USECS_PER_HOUR,
									USECS_PER_MINUTE, USECS_PER_SEC};
	int count = 0;

	for (int i = 0; i < (int) lengthof(seasons); i++)
		if (seasons[i] % step == 0 &&
			(seasons[i] >= USECS_PER_DAY || seasons[i] / step >= LEAST_SHORT_PERIOD))
			count = add_period(periods, count, max, seasons[i] / step);
	return count;
}

/* The day, where all have the same open times, and the week. */
static int
open_seasons(const Frequency *frequency, int *periods, int max)
{
	int day = open_steps_a_day(frequency);
	int week = open_steps_a_week(frequency);
	int count = add_period(periods, 0, max, day);

	return week == day ? count : add_period(periods, count, max, week);
}

/* The steps that most days and most weeks have; of longer ones those of a year, in the mean. */
static int
listed_seasons(const Frequency *frequency, int *periods, int max)
{
	double days = frequency_days(frequency);
	int count;
	int64 day;
	int64 week;

	if (days <= 0)
		return 0;
	if (days >= DAYS_A_WEEK)
		return add_period(periods, 0, max, (int64) (DAYS_A_YEAR / days + 0.5));
	day = step_list_usual(frequency->listed, 1, frequency->zone);
	week = step_list_usual(frequency->listed, DAYS_A_WEEK, frequency->zone);
	count = add_period(periods, 0, max, day);
	return week == day ? count : add_period(periods, count, max, week);
}

int
frequency_seasons(const Frequency *frequency, int *periods, int max)
{
	int64 days = days_a_step(frequency);

	/* Every second or third day, the same weekdays return after seven steps, too. */
	if (days > 0 && days < DAYS_A_WEEK)
		return add_period(periods, 0, max, DAYS_A_WEEK);
	if (days > 0)
		return add_period(periods, 0, max, (int64) (DAYS_A_YEAR / days + 0.5));
	if (frequency->kind == FREQUENCY_BUSINESS_DAYS)
		return add_period(periods, 0, max, 5);
	if (frequency->kind == FREQUENCY_LISTED)
		return listed_seasons(frequency, periods, max);
	if (frequency->kind == FREQUENCY_OPEN)
		return open_seasons(frequency, periods, max);
	if (frequency->kind == FREQUENCY_MONTHS && MONTHS_PER_YEAR % frequency->count == 0)
		return add_period(periods, 0, max, MONTHS_PER_YEAR / frequency->count);
	if (frequency->kind == FREQUENCY_FISCAL)
		return add_period(periods, 0, max, PERIODS_A_QUARTER * QUARTERS_A_YEAR);
	if (frequency->kind == FREQUENCY_FIXED)
		return fixed_seasons(frequency->count, periods, max);
	return 0;
}

double
frequency_days(const Frequency *frequency)
{
	switch (frequency->kind)
	{
		case FREQUENCY_FIXED:
			return (double) frequency->count / (double) USECS_PER_DAY;
		case FREQUENCY_DAYS:
			return (double) frequency->count;
		case FREQUENCY_BUSINESS_DAYS:
			return DAYS_A_WEEK / 5.0;
		case FREQUENCY_OPEN:
			return DAYS_A_WEEK / (double) open_steps_a_week(frequency);
		case FREQUENCY_MONTHS:
			return (double) frequency->count * DAYS_A_YEAR / MONTHS_PER_YEAR;
		case FREQUENCY_FISCAL:
			return (double) QUARTER_DAYS / PERIODS_A_QUARTER;
		case FREQUENCY_LISTED:
			return step_list_days(frequency->listed);
		case FREQUENCY_NONE:
		case FREQUENCY_IRREGULAR:
			break;
	}
	return 0;
}

int
frequency_year(const Frequency *frequency)
{
	double days = frequency_days(frequency);
	double steps;

	if (days == 0 || frequency->kind == FREQUENCY_MONTHS || frequency->kind == FREQUENCY_FISCAL ||
		days_a_step(frequency) >= DAYS_A_WEEK ||
		(frequency->kind == FREQUENCY_LISTED && days >= DAYS_A_WEEK))
		return 0;
	steps = DAYS_A_YEAR / days;
	return steps >= 2 && steps < INT_MAX ? (int) (steps + 0.5) : 0;
}
