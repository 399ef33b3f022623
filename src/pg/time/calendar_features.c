/*
 * calendar_features.c
 *	  Where in the day, week, month and year a step is, as numbers for a network.
 *
 * Every cycle is a sine and a cosine, so that its end is next to its beginning and
 * all values lie in [-1, 1]. There are as few as say something: only cycles that
 * steps go through, i.e. no weekday for weekly data, whose steps are all on the
 * same. The season of the year moves on with the days, without a jump at the end
 * of a month. The day of the month (pay days, ends of months) is left to steps of
 * a day and more: for shorter ones the cycles of day and week rule, and a channel
 * that says little costs as much as one that says a lot.
 */
#include "postgres.h"

#include <math.h>

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "time/calendar.h"
#include "time/calendar_features.h"
#include "time/step_places.h"
#include "base/interrupts.h"

#define MONTHS_A_YEAR 12

/* Cycles that the steps of a frequency go through. */
typedef struct Cycles
{
	bool day;
	bool week;
	bool month;
	bool year;
} Cycles;

static Cycles
frequency_cycles(const Frequency *frequency)
{
	int64 count = frequency->count;
	double days = frequency_days(frequency);

	switch (frequency->kind)
	{
		case FREQUENCY_FIXED:
			return (Cycles){.day = count % USECS_PER_DAY != 0,
							.week = count % (DAYS_A_WEEK * USECS_PER_DAY) != 0,
							.month = count >= USECS_PER_DAY,
							.year = true};
		case FREQUENCY_IRREGULAR:
			return (Cycles){.day = count < USECS_PER_DAY,
							.week = true,
							.month = count >= USECS_PER_DAY,
							.year = true};
		case FREQUENCY_DAYS:
			return (Cycles){.week = count % DAYS_A_WEEK != 0, .month = true, .year = true};
		case FREQUENCY_BUSINESS_DAYS:
			return (Cycles){.week = true, .month = true, .year = true};
		case FREQUENCY_OPEN:
			return (Cycles){.day = count < USECS_PER_DAY,
							.week = true,
							.month = count >= USECS_PER_DAY,
							.year = true};
		case FREQUENCY_LISTED:
			return (Cycles){
				.day = days < 1, .week = days < DAYS_A_WEEK, .month = days >= 1, .year = true};
		case FREQUENCY_MONTHS:
			return (Cycles){.year = count % MONTHS_A_YEAR != 0};
		case FREQUENCY_FISCAL:
			return (Cycles){.year = true};
		case FREQUENCY_NONE:
			break;
	}
	return (Cycles){0};
}

int
calendar_feature_count(const Frequency *frequency)
{
	Cycles cycles = frequency_cycles(frequency);

	return 2 * (cycles.day + cycles.week + cycles.month + cycles.year);
}

int
calendar_cycle_names(const Frequency *frequency, const char *names[CALENDAR_CYCLES])
{
	Cycles cycles = frequency_cycles(frequency);
	int count = 0;

	if (cycles.day)
		names[count++] = "time of day";
	if (cycles.week)
		names[count++] = "day of week";
	if (cycles.month)
		names[count++] = "day of month";
	if (cycles.year)
		names[count++] = "time of year";
	return count;
}

/* Append the sine and cosine of a share of a cycle. Returns what follows them. */
static float *
append_cycle(float *out, double share)
{
	out[0] = (float) sin(2.0 * M_PI * share);
	out[1] = (float) cos(2.0 * M_PI * share);
	return out + 2;
}

/* The features of a date. */
static void
date_features(const Cycles *cycles, int64 day, float *out)
{
	int year;
	int month;
	int day_of_month;
	double share;

	j2date((int) day, &year, &month, &day_of_month);
	share = (double) (day_of_month - 1) / day_tab[isleap(year)][month - 1];
	/* Julian day 0 is a Monday. */
	if (cycles->week)
		out = append_cycle(out, (double) (day % DAYS_A_WEEK) / DAYS_A_WEEK);
	if (cycles->month)
		out = append_cycle(out, share);
	if (cycles->year)
		(void) append_cycle(out, (month - 1 + share) / MONTHS_A_YEAR);
}

void
calendar_features(const Frequency *frequency, TimestampTz start, int64 first, int64 count,
				  const TimestampTz *irregular, float *out, int stride)
{
	Cycles cycles = frequency_cycles(frequency);
	int features = calendar_feature_count(frequency);
	int clock_features = cycles.day ? 2 : 0;
	StepPlaces places;
	int64 previous_day = 0;

	if (features == 0 || count == 0)
		return;
	step_places_begin(&places, frequency, start, irregular);
	for (int64 i = 0; i < count; i++)
	{
		float *row = out + i * stride;
		LocalTime local = step_local_place(&places, first + i);

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (cycles.day)
			(void) append_cycle(row, (double) local.time_of_day / USECS_PER_DAY);
		if (i > 0 && local.day == previous_day)
			memcpy(row + clock_features, row - stride + clock_features,
				   sizeof(float) * (features - clock_features));
		else
			date_features(&cycles, local.day, row + clock_features);
		previous_day = local.day;
	}
}
