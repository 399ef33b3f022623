/*
 * month_rule.h
 *	  Which day of each month: by number, the last, the third Friday, the first business day.
 */
#ifndef LSTM_FORECAST_MONTH_RULE_H
#define LSTM_FORECAST_MONTH_RULE_H

#include "postgres.h"

#include "time/frequency.h"

#define MONTH_BUSINESS_DAY 7 /* as a weekday: any from Monday to Friday */
#define MONTH_MOST_NTH 23    /* business days that a month may have */

/* A number that is the same of all dates, or none is. */
typedef struct SameNumber
{
	bool differs;
	int number; /* 0: no date yet */
} SameNumber;

/* What dates have in common as days of their months. All zero: no date yet. */
typedef struct MonthScan
{
	SameNumber weekday; /* from 1 */
	SameNumber nth;     /* of its weekday, from the month's beginning */
	SameNumber last;    /* from its end, -1 */
	SameNumber business_nth;
	SameNumber business_last;
} MonthScan;

/* Take a date, a Julian day, into a scan. */
extern void month_scan_day(MonthScan *scan, int64 day);

/* Set the rule that all dates of a scan follow. False: none of those by weekdays. */
extern bool month_rule_found(const MonthScan *scan, Frequency *frequency);

/*
 * The Julian day on which a rule's date of a month is, which begins on `first` and has so many
 * days. What there is not is the last (31 June, fifth Friday).
 */
extern int64 month_rule_day(const Frequency *frequency, int month_day, int64 first, int length);

/* Is it a rule that month_rule_found makes, or none by weekdays? */
extern bool month_rule_valid(const Frequency *frequency);

#endif
