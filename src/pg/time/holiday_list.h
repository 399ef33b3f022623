/*
 * holiday_list.h
 *	  Days that somebody has listed as holidays, and what they are as numbers for a network.
 *
 * A holiday is a whole day of the local calendar, and has a name. Names that came up often enough
 * in what was learned from have an input of their own; all holidays share one that says that it is
 * one, and, as the days around them differ, too, one each for the distance from the last and to the
 * next. Steps longer than a day count the holidays in them, and know no distance.
 */
#ifndef LSTM_FORECAST_HOLIDAY_LIST_H
#define LSTM_FORECAST_HOLIDAY_LIST_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "time/frequency.h"
#include "time/step_places.h"

#define MOST_HOLIDAYS 100000    /* days with a name, in a list */
#define MOST_HOLIDAY_NAMES 1000 /* in a list */
#define LONGEST_HOLIDAY 200     /* bytes of a name */
#define MOST_OWN_HOLIDAYS 64    /* names with an input of their own */
#define UNNAMED_HOLIDAY "holiday"
#define HOLIDAY_REACH 7 /* days around a holiday that are told from others */

typedef struct Holiday
{
	int32 day; /* Julian day number */
	int32 name;
} Holiday;

typedef struct HolidayList
{
	int count;
	Holiday *days; /* (count) by day, then name, all different */
	int name_count;
	char **names;    /* (name_count) all different */
	int own;         /* of the names the first, each with an input of its own */
	int slots;       /* parts of a day, each with effects of its own; 0: effects are not known */
	double *effects; /* (name_count + 1, slots) of names, relative to what is usual, > -1 where
						something is left; the last row is that of other names. Or NULL */
} HolidayList;

/* Put the days of a list in order, and leave out those that come twice. */
extern void holiday_list_order(HolidayList *list);

/* The first holiday of a list on a day or later, its number; count where there is none. */
extern int holiday_list_find(const HolidayList *list, int64 day);

/* The last listed day. The list must not be empty. */
extern int64 holiday_list_end(const HolidayList *list);

/*
 * The holiday of a day with the largest effect in the slot of a time of day, the first one where
 * effects are not known; -1: the day is none.
 */
extern int holiday_list_on(const HolidayList *list, int64 day, int slot);

/* Steps a week, of steps up to a day of which each week has as many; 0 of others. */
extern int holiday_week(const Frequency *frequency);

/*
 * The days of a step, from first to last: its own; or those of a step that is longer. Months are
 * calendar months, dated on any day, several from the one dated in its first half or up to the one
 * dated in its second; weeks dated on Friday to Sunday end then; others begin on their date.
 */
extern void holiday_step_days(const StepPlaces *places, int64 step, int64 *first, int64 *last);

/* Numbers that a list has for a step of a frequency; 0 without timestamps. */
extern int holiday_feature_count(const HolidayList *list, const Frequency *frequency);

/*
 * These numbers of steps first .. first + count - 1, as calendar_features: one for each name with
 * an input of its own, the common one, and the distances. What is rare is the larger, as if it were
 * standardised. Days after the end of the list are none. Interruptible.
 */
extern void holiday_features(const HolidayList *list, const Frequency *frequency, TimestampTz start,
							 int64 first, int64 count, const TimestampTz *irregular, float *out,
							 int stride);

#endif
