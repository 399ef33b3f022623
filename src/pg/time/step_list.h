/*
 * step_list.h
 *	  Steps that somebody has listed: the times of FREQUENCY_LISTED, and their bytes.
 *
 * A list is Times in ascending order, with one at least, whose distances an int64 holds. Steps are
 * their numbers in it, so what is not listed (holidays, nights) is no step.
 */
#ifndef LSTM_FORECAST_STEP_LIST_H
#define LSTM_FORECAST_STEP_LIST_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "time/timeline.h"

#define MOST_LISTED_STEPS (10 * 1000 * 1000)

/* The number of the last step at or before a time; -1 where there is none. */
extern int64 step_list_index(const Times *list, TimestampTz time, bool *exact);

/* The time of a step. Raises 22000 where the list does not reach so far. */
extern TimestampTz step_list_time(const Times *list, int64 number);

/* Steps listed after a time. */
extern int64 step_list_ahead(const Times *list, TimestampTz time);

/* Days from one step to the next, in the mean; 0 where there is but one. */
extern double step_list_days(const Times *list);

/*
 * How many steps more than half of the spans have that have any: of so many days by a zone's
 * calendar, from a Monday on. 0 where no number is that usual. Interruptible.
 */
extern int64 step_list_usual(const Times *list, int days, const char *zone);

/*
 * A list as bytes: its first time, the unit of all distances, then distances and how often each
 * comes in a row. A year of sessions takes about 250. In CurrentMemoryContext. Interruptible.
 */
extern char *step_list_encode(const Times *list, Size *size);

/*
 * The steps in such bytes, which may come from anywhere; -1 where they are no list, or one of more
 * than MOST_LISTED_STEPS. Takes no memory.
 */
extern int64 step_list_count(const char *bytes, Size size);

/* The list in bytes that have a step_list_count, in CurrentMemoryContext. Interruptible. */
extern Times *step_list_decode(const char *bytes, Size size);

#endif
