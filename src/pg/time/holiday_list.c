/*
 * holiday_list.c
 *	  Days that somebody has listed as holidays, and what they are as numbers for a network.
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "utils/datetime.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "time/holiday_list.h"
#include "time/open_times.h"

#define LONG_DAYS 5         /* from one listed or irregular step to the next */
#define HOLIDAYS_A_YEAR 12  /* about as many as there are anywhere */
#define MOST_WEIGHT 10.0    /* what covariates are cut to */
#define DISTANCE_WEIGHT 3.0 /* a share of days around holidays that is usual, standardised */
#define MONTHS_A_YEAR 12
#define MIDDLE_OF_MONTH 15
#define FRIDAY 4 /* from Monday */

static int
compare_holidays(const void *a, const void *b)
{
	const Holiday *left = a;
	const Holiday *right = b;

	if (left->day != right->day)
		return left->day < right->day ? -1 : 1;
	return (left->name > right->name) - (left->name < right->name);
}

void
holiday_list_order(HolidayList *list)
{
	int kept = 0;

	qsort(list->days, list->count, sizeof(Holiday), compare_holidays);
	for (int i = 0; i < list->count; i++)
		if (kept == 0 || compare_holidays(&list->days[kept - 1], &list->days[i]) != 0)
			list->days[kept++] = list->days[i];
	list->count = kept;
}

int
holiday_list_find(const HolidayList *list, int64 day)
{
	int low = 0;
	int high = list->count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (list->days[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
holiday_list_on(const HolidayList *list, int64 day, int slot)
{
	int found = holiday_list_find(list, day);

	if (found == list->count || list->days[found].day != day)
		return -1;
	for (int i = found + 1; list->effects != NULL && i < list->count && list->days[i].day == day;
		 i++)
		if (fabs(list->effects[(int64) list->days[i].name * list->slots + slot]) >
			fabs(list->effects[(int64) list->days[found].name * list->slots + slot]))
			found = i;
	return found;
}

int64
holiday_list_end(const HolidayList *list)
{
	return list->days[list->count - 1].day;
}

/* Are steps longer than a day, so that several holidays may lie in one? */
static bool
steps_are_long(const Frequency *frequency)
{
	switch (frequency->kind)
	{
		case FREQUENCY_FIXED:
		case FREQUENCY_OPEN:
			return frequency->count > USECS_PER_DAY;
		case FREQUENCY_DAYS:
		case FREQUENCY_BUSINESS_DAYS:
			return frequency->count > 1;
		case FREQUENCY_MONTHS:
		case FREQUENCY_FISCAL:
			return true;
		case FREQUENCY_LISTED:
			return frequency_days(frequency) >= LONG_DAYS;
		case FREQUENCY_IRREGULAR:
			return frequency->count >= LONG_DAYS * USECS_PER_DAY;
		case FREQUENCY_NONE:
			break;
	}
	return false;
}

int
holiday_week(const Frequency *frequency)
{
	int64 week = (int64) DAYS_A_WEEK * USECS_PER_DAY;

	switch (frequency->kind)
	{
		case FREQUENCY_FIXED:
			return frequency->count <= USECS_PER_DAY && week % frequency->count == 0 &&
						   week / frequency->count <= INT_MAX
					   ? (int) (week / frequency->count)
					   : 0;
		case FREQUENCY_DAYS:
			return frequency->count == 1 ? DAYS_A_WEEK : 0;
		case FREQUENCY_BUSINESS_DAYS:
			return frequency->count == 1 ? DAYS_A_WEEK - 2 : 0;
		case FREQUENCY_OPEN:
			return (int) open_steps_a_week(frequency);
		case FREQUENCY_NONE:
		case FREQUENCY_IRREGULAR:
		case FREQUENCY_MONTHS:
		case FREQUENCY_FISCAL:
		case FREQUENCY_LISTED:
			break;
	}
	return 0;
}

/* The first day of a month, counted from year 0. */
static int64
month_begin(int64 month)
{
	return date2j((int) (month / MONTHS_A_YEAR), (int) (month % MONTHS_A_YEAR) + 1, 1);
}

/* Is a step of weeks that is dated on this day over then? */
static bool
dated_by_end(const Frequency *frequency, int64 day)
{
	bool weeks = frequency->kind == FREQUENCY_LISTED ||
				 (frequency->kind == FREQUENCY_DAYS && frequency->count % DAYS_A_WEEK == 0) ||
				 (frequency->kind == FREQUENCY_FIXED &&
				  frequency->count % (DAYS_A_WEEK * USECS_PER_DAY) == 0);

	/* Julian day 0 is a Monday */
	return weeks && day % DAYS_A_WEEK >= FRIDAY;
}

void
holiday_step_days(const StepPlaces *places, int64 step, int64 *first, int64 *last)
{
	const Frequency *frequency = places->frequency;
	int64 day = step_local_place(places, step).day;

	*first = *last = day;
	if (!steps_are_long(frequency))
		return;
	if (frequency->kind == FREQUENCY_MONTHS)
	{
		int day_of_month;
		bool end;
		int64 month = calendar_month(day, &day_of_month, &end);

		if (day_of_month > MIDDLE_OF_MONTH)
			month -= frequency->count - 1;
		*first = month_begin(month);
		*last = month_begin(month + frequency->count) - 1;
	}
	else if (dated_by_end(frequency, day))
		*first = step > 0 || frequency->kind != FREQUENCY_IRREGULAR
					 ? step_local_place(places, step - 1).day + 1
					 : day;
	else
		*last = Max(day, step_local_place(places, step + 1).day - 1);
}

int
holiday_feature_count(const HolidayList *list, const Frequency *frequency)
{
	if (frequency->kind == FREQUENCY_NONE)
		return 0;
	return list->own + 1 + (steps_are_long(frequency) ? 0 : 2);
}

/* What one of so many steps a year weighs, as a column that is standardised. */
static double
rarity(const Frequency *frequency, int times_a_year)
{
	double days = steps_are_long(frequency) ? frequency_days(frequency) : 1;
	double share = times_a_year * Max(days, 1) / DAYS_A_YEAR;

	return Min(MOST_WEIGHT, 1 / sqrt(Min(share, 1)));
}

/* How near a holiday so many days away is, from 0 to 1. */
static double
nearness(int64 days)
{
	return 1 - (double) Min(days, HOLIDAY_REACH) / HOLIDAY_REACH;
}

/* The numbers of the days from first to last. */
static void
span_features(const HolidayList *list, const Frequency *frequency, int64 first, int64 last,
			  float *out)
{
	int next = holiday_list_find(list, first);
	int days = 0;

	memset(out, 0, sizeof(float) * holiday_feature_count(list, frequency));
	if (!steps_are_long(frequency))
	{
		float *distances = out + list->own + 1;

		/* the day itself is as near as can be from both sides */
		if (next < list->count)
			distances[1] = (float) (DISTANCE_WEIGHT * nearness(list->days[next].day - first));
		if (next < list->count && list->days[next].day == first)
			distances[0] = distances[1];
		else if (next > 0)
			distances[0] = (float) (DISTANCE_WEIGHT * nearness(first - list->days[next - 1].day));
	}
	for (int i = next; i < list->count && list->days[i].day <= last; i++)
	{
		int name = list->days[i].name;

		if (name < list->own)
			out[name] += (float) rarity(frequency, 1);
		days += i == next || list->days[i].day != list->days[i - 1].day;
	}
	out[list->own] = (float) (days * rarity(frequency, HOLIDAYS_A_YEAR));
}

void
holiday_features(const HolidayList *list, const Frequency *frequency, TimestampTz start,
				 int64 first, int64 count, const TimestampTz *irregular, float *out, int stride)
{
	int features = holiday_feature_count(list, frequency);
	StepPlaces places;
	int64 previous = 0;

	if (features == 0 || count == 0)
		return;
	step_places_begin(&places, frequency, start, irregular);
	for (int64 i = 0; i < count; i++)
	{
		float *row = out + i * stride;
		int64 from;
		int64 to;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		holiday_step_days(&places, first + i, &from, &to);
		if (i > 0 && from == previous && from == to)
			memcpy(row, row - stride, sizeof(float) * features);
		else
			span_features(list, frequency, from, to, row);
		previous = from;
	}
}
