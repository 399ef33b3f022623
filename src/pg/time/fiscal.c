/*
 * fiscal.c
 *	  Fiscal periods of four, four and five weeks.
 */
#include "postgres.h"

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "time/calendar.h"
#include "time/fiscal.h"

#define FOUR_WEEKS 4
#define SCALE_YEAR 2000 /* in which quarters of any phase have the numbers of that year */

FiscalYear
fiscal_from(const FiscalYear *year, int64 day)
{
	FiscalYear from = *year;

	if (from.phase == FISCAL_OPEN_PHASE)
		from.phase = (int) floor_remainder(day, QUARTER_DAYS);
	return from;
}

/* The last weekday up to the date on which years turn. */
static int64
turn_of_year(const FiscalYear *fiscal, int year)
{
	int length = day_tab[isleap(year)][fiscal->month - 1];
	int64 date = date2j(year, fiscal->month, Min(fiscal->day, length));

	return date - floor_remainder(date - fiscal->phase, DAYS_A_WEEK);
}

/* The first quarter of SCALE_YEAR, where all years have 52 weeks. */
static int64
scale_begin(const FiscalYear *fiscal)
{
	int64 date = date2j(SCALE_YEAR, 1, 1);

	return date + floor_remainder(fiscal->phase - date, QUARTER_DAYS);
}

/* The number of the quarter that a day is in, and the day on which it begins. */
static int64
quarter_of(const FiscalYear *fiscal, int64 day, int64 *begin)
{
	int year;
	int month;
	int day_of_month;
	int64 quarter;

	if (fiscal->month == 0)
	{
		*begin = day - floor_remainder(day - fiscal->phase, QUARTER_DAYS);
		return SCALE_YEAR * QUARTERS_A_YEAR + (*begin - scale_begin(fiscal)) / QUARTER_DAYS;
	}
	/* it turns up to six days before its date, which may be in the year before */
	j2date((int) day, &year, &month, &day_of_month);
	*begin = turn_of_year(fiscal, ++year);
	while (*begin > day)
		*begin = turn_of_year(fiscal, --year);
	quarter = Min((day - *begin) / QUARTER_DAYS, QUARTERS_A_YEAR - 1);
	*begin += quarter * QUARTER_DAYS;
	return year * QUARTERS_A_YEAR + quarter;
}

int
fiscal_week(const FiscalYear *year, int period)
{
	return FOUR_WEEKS * period + (period >= year->five);
}

int64
fiscal_index(const FiscalYear *year, int64 day)
{
	int64 begin;
	int64 quarter = quarter_of(year, day, &begin);
	int period = PERIODS_A_QUARTER - 1;

	while (begin + fiscal_week(year, period) * DAYS_A_WEEK > day)
		period--;
	return quarter * PERIODS_A_QUARTER + period;
}

int64
fiscal_day(const FiscalYear *year, int64 index)
{
	int period = (int) floor_remainder(index, PERIODS_A_QUARTER);
	int64 quarter = (index - period) / PERIODS_A_QUARTER;
	int64 begin;

	if (year->month == 0)
		begin = scale_begin(year) + (quarter - SCALE_YEAR * QUARTERS_A_YEAR) * QUARTER_DAYS;
	else
	{
		int64 nth = floor_remainder(quarter, QUARTERS_A_YEAR);

		begin = turn_of_year(year, (int) ((quarter - nth) / QUARTERS_A_YEAR)) + nth * QUARTER_DAYS;
	}
	return begin + fiscal_week(year, period) * DAYS_A_WEEK;
}

bool
fiscal_valid(const FiscalYear *year)
{
	if (year->five < 1 || year->five > PERIODS_A_QUARTER)
		return false;
	if (year->month == 0)
		return year->day == 0 && year->phase >= FISCAL_OPEN_PHASE && year->phase < QUARTER_DAYS;
	return year->month >= 1 && year->month <= MONTHS_PER_YEAR && year->day >= 1 &&
		   year->day <= day_tab[1][year->month - 1] && year->phase >= 0 &&
		   year->phase < DAYS_A_WEEK;
}

char *
fiscal_text(const FiscalYear *year)
{
	int weeks[PERIODS_A_QUARTER];

	for (int i = 0; i < PERIODS_A_QUARTER; i++)
		weeks[i] = FOUR_WEEKS + (i + 1 == year->five);
	return psprintf("%d-%d-%d weeks", weeks[0], weeks[1], weeks[2]);
}

bool
fiscal_read(const char *text, FiscalYear *year)
{
	for (int five = 1; five <= PERIODS_A_QUARTER; five++)
	{
		char *known;

		*year = (FiscalYear){.five = five, .phase = FISCAL_OPEN_PHASE};
		known = fiscal_text(year);
		if (pg_strcasecmp(text, known) == 0 ||
			(strlen(text) == strlen("4-4-5") && strncmp(text, known, strlen(text)) == 0))
			return true;
	}
	return false;
}
