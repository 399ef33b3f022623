/*
 * calendar.h
 *	  Days, business days, open times, months and fiscal periods of a time zone, numbered in a row.
 */
#ifndef LSTM_FORECAST_CALENDAR_H
#define LSTM_FORECAST_CALENDAR_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "pgtime.h"

#include "time/frequency.h"

#define DAYS_A_WEEK 7
#define DAYS_A_YEAR 365.25

/* What a wall clock and a wall calendar show. */
typedef struct LocalTime
{
	int64 day;         /* Julian day number of the local date */
	int64 time_of_day; /* microseconds since local midnight, as the clock shows them */
} LocalTime;

/* The dates of a calendar kind of frequency, at one time of day, or its open times. */
typedef struct CalendarGrid
{
	FrequencyKind kind; /* FREQUENCY_DAYS, _BUSINESS_DAYS, _OPEN, _MONTHS, _FISCAL or _LISTED */
	const Frequency
		*frequency; /* which it is of: open times, rules of months are looked up there */
	int64 units;    /* of the numbers, a step of the frequency */
	int month_day;
	FiscalYear fiscal;
	int64 time_of_day;
	pg_tz *zone;
} CalendarGrid;

/* The zone of that name. An unknown name raises 22023. */
extern pg_tz *calendar_zone(const char *name);

/*
 * The name of the session's zone, that of its offset where it is a rule without summer time, or
 * "UTC" where it has none that calendar_zone_exists. Valid until the session's zone changes.
 */
extern const char *calendar_session_zone(void);

/*
 * Is there a zone of that name, and does it fit into a frequency? Names are those of
 * pg_timezone_names, in any case, and those of offsets of quarters of an hour, "<+05:30>-05:30".
 */
extern bool calendar_zone_exists(const char *name);

/* When clocks are changed next after a time; false: never again, as far as is known. */
extern bool calendar_next_change(TimestampTz time, pg_tz *zone, TimestampTz *change);

/* A timestamp as the clocks and the calendar of a zone show it. Out of range raises 22008. */
extern Timestamp calendar_local(TimestampTz time, pg_tz *zone);

/* A timestamp as the clocks of a zone show it. Out of range raises 22008. */
extern LocalTime calendar_split(TimestampTz time, pg_tz *zone);

/*
 * The timestamp at which a zone's clocks show a date and a time of day; where
 * they never do, or do twice, as PostgreSQL casts it. Out of range raises 22008.
 */
extern TimestampTz calendar_join(int64 day, int64 time_of_day, pg_tz *zone);

/* The same of a timestamp without a zone; an infinite one stays infinite. */
extern TimestampTz calendar_time_of_local(Timestamp local, pg_tz *zone);

/* The date's day of the month, its month counted from year 0, and whether it is the month's last.
 */
extern int calendar_month(int64 day, int *day_of_month, bool *last);

/* The name of the weekday that a zone's calendar shows. */
extern const char *calendar_weekday(TimestampTz time, const char *zone);

/* Saturday or Sunday? */
extern bool calendar_weekend(int64 day);

/* Is it a kind that is counted in local time? */
extern bool calendar_kind(FrequencyKind kind);

/* Is no open day or time at hand? Never of kinds without closed times. */
extern bool calendar_closed(const Frequency *frequency, TimestampTz time);

/*
 * The grid of a calendar frequency, which must outlive it; start gives the anchors that the
 * frequency leaves open.
 */
extern CalendarGrid calendar_grid(const Frequency *frequency, TimestampTz start);

/*
 * The number of the last grid point at or before time: of its day, business day, open time,
 * month or fiscal period, on a scale of its own. *exact: time is that point.
 */
extern int64 calendar_index(const CalendarGrid *grid, TimestampTz time, bool *exact);

/* The timestamp of a number. Out of range raises 22008, beyond a list 22000. */
extern TimestampTz calendar_time(const CalendarGrid *grid, int64 index);

/*
 * Date and time of a number; cheaper than its timestamp, and enough to know weekday and hour. Far
 * out of range it raises 22008; beyond a list it is the nearest listed one.
 */
extern LocalTime calendar_place(const CalendarGrid *grid, int64 index);

/* Division that rounds down, for numbers of either sign, and what it leaves; divisor > 0. */
static inline int64
floor_divide(int64 dividend, int64 divisor)
{
	return dividend / divisor - (dividend % divisor < 0);
}

static inline int64
floor_remainder(int64 dividend, int64 divisor)
{
	int64 rest = dividend % divisor;

	return rest < 0 ? rest + divisor : rest;
}

#endif
