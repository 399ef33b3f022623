/*
 * fiscal_infer.c
 *	  The fiscal periods that dates follow.
 *
 * All dates show one weekday, most are four or five weeks apart (six at the end of a long
 * year), and all of them follow one of two laws:
 *
 * 1. Cycles of 13 weeks, in which three weeks have a date: 0, 4 and 8 of them on, from one of three
 *	  phases. Of eight rows that fell on weeks at random all would fit in one case of ten thousand.
 *	  Dates that fit more than one phase, such as those of quarters, show no periods.
 * 2. Years of four such quarters that turn on the last weekday up to a date, which makes some of
 *	  them a week longer. All dates of the year are tried: one long year leaves one or two of them,
 *	  as the turn comes a day or two earlier each year until it leaps by a week. Of these the
 *	  most usual is taken. As there are many such laws, it takes a year's rows.
 *
 * The first is taken where both hold: then no long year is seen, and nothing tells when one comes.
 */
#include "postgres.h"

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "time/fiscal.h"
#include "time/fiscal_infer.h"

#define LEAST_ROWS 8
#define LEAST_ROWS_OF_LONG_YEAR 12
#define MOST_USUAL_TURNS 5

/*
 * How many days after the end of a month the date is up to which the last weekday is taken, the
 * most usual first. Periods that are dated on their last day turn on the last Saturday of a month
 * (0), or the one nearest its end (3); where they are dated on the first, it is the day after (1,
 * 4). The first Monday of a month is the last one up to its seventh day.
 */
static const int usual_turns[2][MOST_USUAL_TURNS] = {{0, 3, 4, 1, 7}, {4, 1, 3, 0, 7}};

/* The dates of timestamps. */
typedef struct Dates
{
	int64 *days; /* (count) Julian days */
	int64 count;
} Dates;

static Dates
collect_dates(const Times *times, const char *zone_name)
{
	Dates dates = {.days =
					   MemoryContextAllocHuge(CurrentMemoryContext, times->count * sizeof(int64))};
	pg_tz *zone = calendar_zone(zone_name);
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
			dates.days[dates.count++] = calendar_split(segment.first + i * segment.step, zone).day;
	return dates;
}

/* Are most dates as far from the one before as periods are? */
static bool
are_near_periods(const Dates *dates)
{
	int64 periods = 0;

	for (int64 i = 1; i < dates->count; i++)
	{
		int64 gap = dates->days[i] - dates->days[i - 1];

		periods += gap == 4 * DAYS_A_WEEK || gap == 5 * DAYS_A_WEEK || gap == 6 * DAYS_A_WEEK;
	}
	return 2 * periods >= dates->count;
}

/* Does a period begin on each date, another one each time? */
static bool
fits_all(const FiscalYear *year, const Dates *dates)
{
	int64 previous = 0;

	for (int64 i = 0; i < dates->count; i++)
	{
		int64 index = fiscal_index(year, dates->days[i]);

		if (fiscal_day(year, index) != dates->days[i] || (i > 0 && index <= previous))
			return false;
		previous = index;
	}
	return true;
}

/* How many phases of years of 52 weeks fit, and the first that does. */
static int
fit_cycles(const Dates *dates, FiscalYear *year)
{
	int found = 0;

	for (int period = 0; period < PERIODS_A_QUARTER; period++)
	{
		FiscalYear open = {.five = year->five, .phase = FISCAL_OPEN_PHASE};
		FiscalYear trial =
			fiscal_from(&open, dates->days[0] - fiscal_week(&open, period) * DAYS_A_WEEK);

		if (fits_all(&trial, dates) && found++ == 0)
			*year = trial;
	}
	return found;
}

/* How usual it is that years turn so, 0 the most. */
static int
turn_rank(const FiscalYear *year)
{
	const int *usual = usual_turns[year->phase == 0 || year->phase == DAYS_A_WEEK - 1];
	bool last = year->day == day_tab[1][year->month - 1];
	int rank = 0;

	while (rank < MOST_USUAL_TURNS && (last ? 0 : year->day) != usual[rank])
		rank++;
	return rank;
}

/* The most usual turn of years that fits, in periods of that order. rank: less than which it must
 * be. */
static bool
fit_turn(const Dates *dates, int five, int *rank, FiscalYear *year)
{
	bool found = false;

	for (int month = 1; month <= MONTHS_PER_YEAR; month++)
		for (int day = 1; day <= day_tab[1][month - 1]; day++)
		{
			FiscalYear trial = {.five = five,
								.phase = (int) (dates->days[0] % DAYS_A_WEEK),
								.month = month,
								.day = day};
			int here;

			check_interrupts();
			here = turn_rank(&trial);
			if (here >= *rank || !fits_all(&trial, dates))
				continue;
			*rank = here;
			*year = trial;
			found = true;
		}
	return found;
}

/* Fit periods, of a certain order of weeks unless that is 0. */
static bool
fit_periods(const Dates *dates, int five, FiscalYear *year)
{
	int rank = MOST_USUAL_TURNS + 1;
	bool found = false;
	int fits;

	*year = (FiscalYear){.five = five > 0 ? five : PERIODS_A_QUARTER};
	fits = fit_cycles(dates, year);
	if (fits > 0 || dates->count < LEAST_ROWS_OF_LONG_YEAR)
		return fits == 1;
	for (int other = PERIODS_A_QUARTER; other >= 1; other--)
		if (five == 0 || five == other)
			found |= fit_turn(dates, other, &rank, year);
	return found;
}

bool
fiscal_infer(const Times *times, const CalendarScan *scan, Frequency *frequency)
{
	Dates dates;
	bool found;

	if (times->count < LEAST_ROWS || scan->day_gcd % DAYS_A_WEEK != 0)
		return false;
	dates = collect_dates(times, frequency->zone);
	found = are_near_periods(&dates) && fit_periods(&dates, 0, &frequency->fiscal);
	pfree(dates.days);
	return found;
}

bool
fiscal_anchor(const Times *times, Frequency *frequency)
{
	Dates dates = collect_dates(times, frequency->zone);
	bool found = fit_periods(&dates, frequency->fiscal.five, &frequency->fiscal);

	pfree(dates.days);
	return found;
}
