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
#include "sorting.h"

#define INSERTION_ROWS 16 /* rows a block that insertion sort makes */
#define POLL_EVERY 16384  /* rows between looks for an interrupt */

#define CLOCK_CHANGE_SPAN (2 * USECS_PER_HOUR) /* no change of clocks is longer than this */

/* What is sorted: where a row stands in the row set goes along with its time. */
typedef struct Row
{
	TimestampTz time;
	int64 place;
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

/* The mean of n numbers, which are sorted: their sum then does not depend on their order. */
static double
sorted_mean(double *numbers, int64 n)
{
	double sum = 0.0;
	double mean = 0.0;

	qsort(numbers, n, sizeof(double), compare_doubles);
	for (int64 i = 0; i < n; i++)
		sum += numbers[i];
	if (isfinite(sum))
		return sum / (double) n;
	for (int64 i = 0; i < n; i++)
		mean += numbers[i] / (double) n;
	return mean;
}

/*
 * One value of the n > 0 observations at one time, which are changed. Mean and
 * sum add in the order of size, so that the order of arrival, which a parallel
 * plan changes, does not show in the last bit.
 */
static double
merge_values(double *values, int64 n, const char *label, TimestampTz time, DuplicatePolicy policy)
{
	double sum = 0.0;

	if (n == 1 || policy == DUPLICATES_LAST)
		return values[n - 1];
	if (policy == DUPLICATES_ERROR)
		throw_duplicate(label, time);
	if (policy == DUPLICATES_MEAN)
		return sorted_mean(values, n);
	qsort(values, n, sizeof(double), compare_doubles);
	for (int64 i = 0; i < n; i++)
		sum += values[i];
	if (!isfinite(sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the duplicates at %s is out of range", timestamptz_to_str(time))));
	return sum;
}

/* The same of a covariate. */
static double
merge_covariate(double *values, int64 n, const char *label, TimestampTz time,
				DuplicatePolicy policy)
{
	if (n == 1 || policy == DUPLICATES_LAST)
		return values[n - 1];
	if (policy == DUPLICATES_ERROR)
		for (int64 i = 1; i < n; i++)
			if (values[i] != values[0])
				throw_duplicate(label, time);
	return sorted_mean(values, n);
}

/* Where merged rows go, and how they are merged. */
typedef struct Merge
{
	const RowSet *rows;
	const char *label;
	DuplicatePolicy policy;
	TimestampTz *times;
	double *values;
	float *covariates;
	double *scratch; /* as many as there are rows at one time; NULL: none yet */
	int64 scratch_size;
	int64 count; /* merged so far */
} Merge;

/* Append the single row at a place. */
static void
take_row(Merge *merge, TimestampTz time, int64 place)
{
	int width = merge->rows->covariate_count;

	merge->times[merge->count] = time;
	merge->values[merge->count] = merge->rows->values[place];
	if (width > 0)
		memcpy(merge->covariates + merge->count * width, merge->rows->covariates + place * width,
			   sizeof(float) * width);
	merge->count++;
}

/* Append one row for n rows at the same time. A NULL beside a value says nothing. */
static void
take_group(Merge *merge, const Row *group, int64 n)
{
	const RowSet *rows = merge->rows;
	int width = rows->covariate_count;
	int64 found = 0;

	if (n > merge->scratch_size)
	{
		if (merge->scratch != NULL)
			pfree(merge->scratch);
		merge->scratch_size = Max(n, 2 * merge->scratch_size);
		merge->scratch =
			MemoryContextAllocHuge(CurrentMemoryContext, merge->scratch_size * sizeof(double));
	}
	for (int64 i = 0; i < n; i++)
		if (!isnan(rows->values[group[i].place]))
			merge->scratch[found++] = rows->values[group[i].place];
	merge->times[merge->count] = group[0].time;
	merge->values[merge->count] = found == 0 ? NAN
											 : merge_values(merge->scratch, found, merge->label,
															group[0].time, merge->policy);
	for (int c = 0; c < width; c++)
	{
		found = 0;
		for (int64 i = 0; i < n; i++)
		{
			float value = rows->covariates[group[i].place * width + c];

			if (!isnan(value))
				merge->scratch[found++] = value;
		}
		merge->covariates[merge->count * width + c] =
			found == 0 ? NAN
					   : (float) merge_covariate(merge->scratch, found, merge->label, group[0].time,
												 merge->policy);
	}
	merge->count++;
}

/* Merge the sorted rows of equal time. */
static void
merge_duplicates(Merge *merge, const Row *rows, int64 n)
{
	int64 end;

	for (int64 start = 0; start < n; start = end)
	{
		if (merge->count % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		for (end = start + 1; end < n && rows[end].time == rows[start].time;)
			end++;
		if (end == start + 1)
			take_row(merge, rows[start].time, rows[start].place);
		else
			take_group(merge, rows + start, end - start);
	}
	if (merge->scratch != NULL)
		pfree(merge->scratch);
}

/* Cut off what lies before the first observation, and tell what lies after the last. */
static void
trim_rows(OrderedRows *ordered)
{
	int64 first = 0;
	int64 end = ordered->count;
	int64 all = ordered->count;

	while (end > 0 && isnan(ordered->values[end - 1]))
		if (end-- % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
	while (first < end && isnan(ordered->values[first]))
		if (first++ % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
	ordered->skipped = first;
	ordered->count = end - first;
	ordered->tail = all - end;
	ordered->values += first;
	if (ordered->times != NULL)
		ordered->times += first;
	if (ordered->covariates != NULL)
		ordered->covariates += first * ordered->covariate_count;
}

/* Sort rows that are out of order into memory of their own, one row a timestamp. */
static void
sort_and_merge(OrderedRows *ordered, const RowSet *rows, const char *label, DuplicatePolicy policy)
{
	Size size = (Size) rows->count * sizeof(Row);
	Row *places = MemoryContextAllocHuge(CurrentMemoryContext, size);
	Row *scratch = MemoryContextAllocHuge(CurrentMemoryContext, size);
	Merge merge = {.rows = rows, .label = label, .policy = policy};
	Row *sorted;

	for (int64 i = 0; i < rows->count; i++)
	{
		if (i % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		places[i].time = rows->times[i];
		places[i].place = i;
	}
	sorted = sort_rows(places, scratch, rows->count);

	/* The half that is free now takes the result: all timestamps, then all values. */
	ordered->memory = sorted == places ? scratch : places;
	merge.times = ordered->memory;
	merge.values = (double *) (merge.times + rows->count);
	if (rows->covariate_count > 0)
		ordered->covariate_memory = merge.covariates = MemoryContextAllocHuge(
			CurrentMemoryContext, (Size) rows->count * rows->covariate_count * sizeof(float));
	merge_duplicates(&merge, sorted, rows->count);
	ordered->count = merge.count;
	ordered->duplicates = rows->count - merge.count;
	ordered->times = merge.times;
	ordered->values = merge.values;
	ordered->covariates = merge.covariates;
	pfree(sorted);
}

OrderedRows
series_order(const RowSet *rows, const char *label, DuplicatePolicy policy)
{
	OrderedRows ordered = {.times = rows->times,
						   .values = rows->values,
						   .covariates = rows->covariates,
						   .covariate_count = rows->covariate_count,
						   .count = rows->count,
						   .rows = rows->count};

	if (rows->has_times && !rows->sorted)
		sort_and_merge(&ordered, rows, label, policy);
	trim_rows(&ordered);
	return ordered;
}

void
series_order_free(OrderedRows *ordered)
{
	if (ordered->memory != NULL)
		pfree(ordered->memory);
	if (ordered->covariate_memory != NULL)
		pfree(ordered->covariate_memory);
	ordered->memory = ordered->covariate_memory = NULL;
}
