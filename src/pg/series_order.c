/*
 * series_order.c
 *	  Rows in the order of their timestamps, one row a timestamp.
 *
 * The sort is a merge sort, bottom up: stable, which DUPLICATES_LAST needs,
 * O(n log n) whatever the order, and without recursion. Runs that are in order
 * already, as most data are for the greatest part, are only copied.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "calendar.h"
#include "series_order.h"

#define INSERTION_ROWS 16 /* rows a block that insertion sort makes */
#define POLL_EVERY 16384  /* rows between looks for an interrupt */

#define CLOCK_CHANGE_SPAN (2 * USECS_PER_HOUR) /* no change of clocks is longer than this */

typedef struct Row
{
	TimestampTz time;
	double value; /* NaN: NULL */
} Row;

/* Sort a short block, stably. */
static void
insertion_sort(Row *rows, int64 n)
{
	for (int64 i = 1; i < n; i++)
	{
		Row row = rows[i];
		int64 place = i;

		for (; place > 0 && rows[place - 1].time > row.time; place--)
			rows[place] = rows[place - 1];
		rows[place] = row;
	}
}

/* Merge the sorted rows [0, middle) and [middle, n) of source into target. */
static void
merge_runs(const Row *source, Row *target, int64 middle, int64 n)
{
	int64 left = 0;
	int64 right = middle;

	if (middle >= n || source[middle - 1].time <= source[middle].time)
	{
		memcpy(target, source, n * sizeof(Row));
		return;
	}
	for (int64 i = 0; i < n; i++)
	{
		if (i % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (right >= n || (left < middle && source[left].time <= source[right].time))
			target[i] = source[left++];
		else
			target[i] = source[right++];
	}
}

/* Sort n rows, stably. Returns which of rows and scratch holds them; the other is free to use. */
static Row *
sort_rows(Row *rows, Row *scratch, int64 n)
{
	for (int64 start = 0; start < n; start += INSERTION_ROWS)
	{
		if (start % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		insertion_sort(rows + start, Min(INSERTION_ROWS, n - start));
	}
	for (int64 width = INSERTION_ROWS; width < n; width *= 2)
	{
		Row *swap = rows;

		for (int64 start = 0; start < n; start += 2 * width)
		{
			CHECK_FOR_INTERRUPTS();
			merge_runs(rows + start, scratch + start, width, Min(2 * width, n - start));
		}
		rows = scratch;
		scratch = swap;
	}
	return rows;
}

static int
compare_values(const void *a, const void *b)
{
	double left = ((const Row *) a)->value;
	double right = ((const Row *) b)->value;

	CHECK_FOR_INTERRUPTS();
	return (left > right) - (left < right);
}

/* Have the session's clocks been set forward in the two hours before? */
static bool
clocks_set_forward(TimestampTz time)
{
	LocalTime before;
	LocalTime after;

	if (time < MIN_TIMESTAMP + CLOCK_CHANGE_SPAN)
		return false;
	before = calendar_split(time - CLOCK_CHANGE_SPAN, session_timezone);
	after = calendar_split(time, session_timezone);
	return (after.day - before.day) * USECS_PER_DAY + after.time_of_day - before.time_of_day >
		   CLOCK_CHANGE_SPAN;
}

/*
 * Raise the error of two observations at one time. Timestamps without a zone
 * that never followed a change of clocks are a cause that nobody thinks of.
 */
static void
throw_duplicate(const char *label, TimestampTz time)
{
	const char *when = timestamptz_to_str(time);

	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 label == NULL ? errmsg("duplicate timestamp %s", when)
						   : errmsg("duplicate timestamp %s in series \"%s\"", when, label),
			 clocks_set_forward(time)
				 ? errhint("Clocks are set forward just before, so that two local times are the "
						   "same one. If the data's clocks are not, set \"timezone\" to \"UTC\"; "
						   "else set the option \"duplicates\" to \"mean\", \"sum\" or \"last\".")
				 : errhint("Set the option \"duplicates\" to \"mean\", \"sum\" or \"last\" to "
						   "merge them, or tell several series apart by GROUP BY.")));
}

/*
 * One value of n observations of equal time. Mean and sum add in the order of
 * size, so that the order of arrival, which a parallel plan changes, does not
 * show in the last bit.
 */
static double
merge_values(Row *rows, int64 n, const char *label, DuplicatePolicy policy)
{
	double sum = 0.0;
	double mean = 0.0;

	if (n == 1 || policy == DUPLICATES_LAST)
		return rows[n - 1].value;
	if (policy == DUPLICATES_ERROR)
		throw_duplicate(label, rows[0].time);
	qsort(rows, n, sizeof(Row), compare_values);
	for (int64 i = 0; i < n; i++)
		sum += rows[i].value;
	if (policy == DUPLICATES_MEAN && isfinite(sum))
		return sum / (double) n;
	if (policy == DUPLICATES_SUM)
	{
		if (!isfinite(sum))
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("sum of the duplicates at %s is out of range",
								   timestamptz_to_str(rows[0].time))));
		return sum;
	}
	for (int64 i = 0; i < n; i++)
		mean += rows[i].value / (double) n;
	return mean;
}

/*
 * Merge rows of equal time into times and values. Returns how many there are.
 * The rows are changed.
 */
static int64
merge_duplicates(Row *rows, int64 n, TimestampTz *times, double *values, const char *label,
				 DuplicatePolicy policy)
{
	int64 count = 0;
	int64 end;

	for (int64 start = 0; start < n; start = end)
	{
		int64 observed = start;

		if (count % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		times[count] = rows[start].time;
		/* A NULL beside a value says nothing: the values move to the front. */
		for (end = start; end < n && rows[end].time == times[count]; end++)
			if (!isnan(rows[end].value))
				rows[observed++] = rows[end];
		values[count] =
			observed == start ? NAN : merge_values(rows + start, observed - start, label, policy);
		count++;
	}
	return count;
}

OrderedRows
series_order(const RowSet *rows, const char *label, DuplicatePolicy policy)
{
	OrderedRows ordered = {.times = rows->times, .values = rows->values, .count = rows->count};
	Row *pairs;
	Row *scratch;
	Row *sorted;
	TimestampTz *times;
	double *values;

	if (!rows->has_times || rows->sorted)
		return ordered;

	pairs = MemoryContextAllocHuge(CurrentMemoryContext, rows->count * sizeof(Row));
	scratch = MemoryContextAllocHuge(CurrentMemoryContext, rows->count * sizeof(Row));
	for (int64 i = 0; i < rows->count; i++)
	{
		if (i % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		pairs[i].time = rows->times[i];
		pairs[i].value = rows->values[i];
	}
	sorted = sort_rows(pairs, scratch, rows->count);

	/* The half that is free now takes the result: all timestamps, then all values. */
	ordered.memory = sorted == pairs ? scratch : pairs;
	times = ordered.memory;
	values = (double *) (times + rows->count);
	ordered.count = merge_duplicates(sorted, rows->count, times, values, label, policy);
	ordered.duplicates = rows->count - ordered.count;
	ordered.times = times;
	ordered.values = values;
	pfree(sorted);
	return ordered;
}
