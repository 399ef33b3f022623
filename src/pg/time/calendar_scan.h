/*
 * calendar_scan.h
 *	  What the dates of timestamps have in common.
 */
#ifndef LSTM_FORECAST_CALENDAR_SCAN_H
#define LSTM_FORECAST_CALENDAR_SCAN_H

#include "postgres.h"

#include "time/month_rule.h"
#include "time/timeline.h"

/* What the dates of some timestamps have in common in one zone. */
typedef struct CalendarScan
{
	int64 time_of_day;
	int64 day_gcd;    /* divides all gaps in days */
	int64 month_gcd;  /* divides all gaps in months; 0: all in one month */
	int max_day;      /* latest day of a month */
	bool month_ends;  /* every date is its month's last */
	bool weekends;    /* some date is a Saturday or Sunday */
	bool weeks;       /* a weekend lies between some two dates */
	MonthScan month;  /* the dates as weekdays of their months, where one_a_month */
	bool one_a_month; /* no two in one month */
} CalendarScan;

/* What divides both, 0 dividing nothing but 0. */
extern int64 common_divisor(int64 a, int64 b);

/* What divides all distances from one timestamp to the next; 0 where there are none. Interruptible.
 */
extern int64 times_divisor(const Times *times);

/*
 * Look at the dates in one zone. False: the timestamps do not show the same
 * local time of day, or two of them the same date. Interruptible.
 */
extern bool calendar_scan(const Times *times, const char *zone, CalendarScan *scan);

#endif
