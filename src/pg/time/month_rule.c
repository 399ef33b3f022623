/*
 * month_rule.c
 *	  Which day of each month.
 *
 * Pay days, expiries of options and reports are on the last business day of a month or on its third
 * Friday: one a month, on another date each time, which a rule by weekdays tells.
 */
#include "postgres.h"

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "time/calendar.h"
#include "time/month_rule.h"

#define FRIDAY 4

static int
weekday_of(int64 day)
{
	return (int) (day % DAYS_A_WEEK); /* Julian day 0 is a Monday */
}

/* Is it such a day? */
static bool
is_day(int64 day, int weekday)
{
	return weekday == MONTH_BUSINESS_DAY ? weekday_of(day) <= FRIDAY : weekday_of(day) == weekday;
}

/* How many such days there are from one to another, both included. */
static int
count_days(int64 from, int64 to, int weekday)
{
	int count = 0;

	for (int64 day = from; day <= to; day++)
		count += is_day(day, weekday);
	return count;
}

static void
take_number(SameNumber *same, int number)
{
	same->differs |= number == 0 || (same->number != 0 && same->number != number);
	same->number = number;
}

void
month_scan_day(MonthScan *scan, int64 day)
{
	int year;
	int month;
	int day_of_month;
	int weekday = weekday_of(day);
	bool business = is_day(day, MONTH_BUSINESS_DAY);
	int64 first;
	int64 last;

	j2date((int) day, &year, &month, &day_of_month);
	first = day - day_of_month + 1;
	last = first + day_tab[isleap(year)][month - 1] - 1;
	take_number(&scan->weekday, weekday + 1);
	take_number(&scan->nth, count_days(first, day, weekday));
	take_number(&scan->last, -count_days(day, last, weekday));
	take_number(&scan->business_nth, business ? count_days(first, day, MONTH_BUSINESS_DAY) : 0);
	take_number(&scan->business_last, business ? -count_days(day, last, MONTH_BUSINESS_DAY) : 0);
}

/* Take a rule if all dates follow it. */
static bool
take_rule(Frequency *frequency, int weekday, const SameNumber *nth)
{
	if (nth->differs || nth->number == 0)
		return false;
	frequency->month_end = false;
	frequency->month_day = 0;
	frequency->month_weekday = weekday;
	frequency->month_nth = nth->number;
	return true;
}

bool
month_rule_found(const MonthScan *scan, Frequency *frequency)
{
	/* where both ends fit it is the last, as of dates it is the month's end */
	if (!scan->weekday.differs)
		return (scan->last.number == -1 &&
				take_rule(frequency, scan->weekday.number - 1, &scan->last)) ||
			   take_rule(frequency, scan->weekday.number - 1, &scan->nth);
	return take_rule(frequency, MONTH_BUSINESS_DAY, &scan->business_last) ||
		   take_rule(frequency, MONTH_BUSINESS_DAY, &scan->business_nth);
}

int64
month_rule_day(const Frequency *frequency, int month_day, int64 first, int length)
{
	int64 last = first + length - 1;
	int nth = frequency->month_nth;
	int step = nth > 0 ? 1 : -1;
	int left = abs(nth);
	int64 found = 0;

	if (frequency->month_end)
		return last;
	if (nth == 0)
		return Min(first + month_day - 1, last);
	for (int64 day = nth > 0 ? first : last; left > 0 && day >= first && day <= last; day += step)
		if (is_day(day, frequency->month_weekday))
		{
			found = day;
			left--;
		}
	return found;
}

bool
month_rule_valid(const Frequency *frequency)
{
	int most = frequency->month_weekday == MONTH_BUSINESS_DAY ? MONTH_MOST_NTH : 5;

	if (frequency->month_nth == 0)
		return frequency->month_weekday == 0;
	return frequency->kind == FREQUENCY_MONTHS && !frequency->month_end &&
		   frequency->month_day == 0 && !frequency->month_any && frequency->month_weekday >= 0 &&
		   frequency->month_weekday <= MONTH_BUSINESS_DAY && abs(frequency->month_nth) <= most;
}
