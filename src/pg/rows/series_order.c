/*
 * series_order.c
 *	  Rows in the order of their timestamps, one row a timestamp.
 *
 * Rows in order are used as they are. Those of parallel workers, and of tables that
 * were loaded in pieces, are long runs that do not overlap: only the runs are sorted.
 * Else the sort is a merge sort, bottom up: stable, which DUPLICATES_LAST needs,
 * O(n log n) whatever the order, and without recursion. Runs that are in order
 * already are only copied.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/scaling.h"
#include "base/interrupts.h"
#include "base/memory.h"
#include "base/sorting.h"
#include "time/calendar.h"
#include "rows/series_order.h"

#define INSERTION_ROWS 16                      /* rows a block that insertion sort makes */
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
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
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
		if (start % INTERRUPT_ROWS == 0)
			check_interrupts();
		insertion_sort(rows + start, Min(INSERTION_ROWS, n - start));
	}
	for (int64 width = INSERTION_ROWS; width < n; width *= 2)
	{
		Row *swap = rows;

		for (int64 start = 0; start < n; start += 2 * width)
		{
			check_interrupts();
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

/* Where merged rows go, and how they are merged. */
typedef struct Merge
{
	const RowSet *rows;
	const char *label;
	const OrderRequest *request;
	Timeline *timeline;
	double *values;
	float *covariates;
	double *scratch; /* as many as there are rows at one time; NULL: none yet */
	int64 scratch_size;
	int64 count; /* merged so far */
	int64 nulls; /* of these */
	Fault *fault;
} Merge;

/* What to do about rows of equal time in a source; several series in one table are a cause. */
static char *
source_hint(const OrderRequest *request, const char *label)
{
	const SourceColumns *columns = request->columns;
	const char *key = quote_identifier(columns->time);

	if (label != NULL)
		key = psprintf("%s, %s", quote_identifier(columns->series), key);
	return psprintf("%s by GROUP BY %s in a SELECT, or %s lstm_options(duplicates => 'sum'), or "
					"'mean' or 'last'.",
					columns->series != NULL
						? "Merge them"
						: "Give \"series_column\" if they are of several series; else merge them",
					key, request->trained ? "train with" : "by options =>");
}

/* What to do about rows of equal time. */
static char *
duplicate_hint(const OrderRequest *request, const char *label, TimestampTz time)
{
	if (clocks_set_forward(time))
		return pstrdup("Clocks are set forward just before, so that two local times are the "
					   "same one. If the data's clocks are not, set \"timezone\" to \"UTC\"; "
					   "else set the option \"duplicates\" to \"mean\", \"sum\" or \"last\".");
	if (request->columns != NULL && request->columns->time != NULL)
		return source_hint(request, label);
	return pstrdup("Set the option \"duplicates\" to \"mean\", \"sum\" or \"last\" to "
				   "merge them, or tell several series apart by GROUP BY.");
}

/*
 * The fault of two observations at one time. Timestamps without a zone
 * that never followed a change of clocks are a cause that nobody thinks of.
 */
static void
set_duplicate(const Merge *merge, TimestampTz time)
{
	const SourceColumns *columns = merge->request->columns;
	const char *series = merge->label == NULL ? "" : psprintf(" in series \"%s\"", merge->label);
	const char *column = "";

	if (columns != NULL && columns->time != NULL)
		column = psprintf("%s column \"%s\"", merge->label == NULL ? " in" : ",", columns->time);
	fault_set(merge->fault, ERRCODE_DATA_EXCEPTION, "duplicate timestamp %s%s%s",
			  timestamptz_to_str(time), series, column);
	fault_add_hint(merge->fault, duplicate_hint(merge->request, merge->label, time));
}

/*
 * One value of the n > 0 observations at one time, which are changed. Mean and
 * sum add in the order of size, so that the order of arrival, which a parallel
 * plan changes, does not show in the last bit.
 */
static double
merge_values(const Merge *merge, double *values, int64 n, TimestampTz time)
{
	DuplicatePolicy policy = merge->request->duplicates;
	double sum = 0.0;

	if (n == 1 || policy == DUPLICATES_LAST)
		return values[n - 1];
	if (policy == DUPLICATES_MEAN)
		return sorted_mean(values, n);
	if (policy == DUPLICATES_ERROR)
	{
		set_duplicate(merge, time);
		return NAN;
	}
	qsort(values, n, sizeof(double), compare_doubles);
	for (int64 i = 0; i < n; i++)
		sum += values[i];
	if (fabs(sum) > LF_LARGEST_VALUE)
		fault_set(merge->fault, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
				  "sum of the duplicates at %s is out of range", timestamptz_to_str(time));
	return sum;
}

/* The code that most of them are, the least of several; values are put in order. */
static double
most_frequent(double *values, int64 n)
{
	int64 most = 0;
	double found = values[0];
	int64 begin = 0;

	qsort(values, n, sizeof(double), compare_doubles);
	for (int64 i = 1; i <= n; i++)
	{
		if (i < n && values[i] == values[begin])
			continue;
		if (i - begin > most)
		{
			most = i - begin;
			found = values[begin];
		}
		begin = i;
	}
	return found;
}

/* The same of a covariate; a mean of categories there is not. */
static double
merge_covariate(const Merge *merge, double *values, int64 n, TimestampTz time, bool category)
{
	DuplicatePolicy policy = merge->request->duplicates;

	if (n == 1 || policy == DUPLICATES_LAST)
		return values[n - 1];
	if (policy == DUPLICATES_ERROR)
		for (int64 i = 1; i < n && merge->fault->code == 0; i++)
			if (values[i] != values[0])
				set_duplicate(merge, time);
	return category ? most_frequent(values, n) : sorted_mean(values, n);
}

/* Append the single row at a place. */
static void
take_row(Merge *merge, TimestampTz time, int64 place)
{
	int width = merge->rows->covariate_count;

	timeline_append(merge->timeline, CurrentMemoryContext, time);
	merge->values[merge->count] = merge->rows->values[place];
	merge->nulls += isnan(merge->rows->values[place]);
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
	timeline_append(merge->timeline, CurrentMemoryContext, group[0].time);
	merge->values[merge->count] =
		found == 0 ? NAN : merge_values(merge, merge->scratch, found, group[0].time);
	merge->nulls += found == 0;
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
					   : (float) merge_covariate(merge, merge->scratch, found, group[0].time,
												 is_category(merge->request->categories, c));
	}
	merge->count++;
}

/* Merge the sorted rows of equal time, up to a fault. */
static void
merge_duplicates(Merge *merge, const Row *rows, int64 n)
{
	int64 end;

	for (int64 start = 0; start < n && merge->fault->code == 0; start = end)
	{
		if (merge->count % INTERRUPT_ROWS == 0)
			check_interrupts();
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
		if (end-- % INTERRUPT_ROWS == 0)
			check_interrupts();
	while (first < end && isnan(ordered->values[first]))
		if (first++ % INTERRUPT_ROWS == 0)
			check_interrupts();
	ordered->skipped = first;
	ordered->count = end - first;
	ordered->tail = all - end;
	ordered->nulls -= first + ordered->tail;
	ordered->values += first;
	if (ordered->has_times)
		ordered->times = times_slice(&ordered->times, first, all - first);
	if (ordered->covariates != NULL)
		ordered->covariates += first * ordered->covariate_count;
}

/* Rows and where they stand. */
static void
list_rows(const RowSet *rows, Row *places)
{
	Times times = timeline_times(&rows->timeline);
	TimeCursor cursor = times_begin(&times);
	TimeSegment segment;
	int64 place = 0;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++, place++)
			places[place] = (Row){.time = segment.first + i * segment.step, .place = place};
}

/*
 * Hold what sorting takes beside `held` bytes to the setting: places twice, and at the end
 * the rows once more, whose values then are in one of these.
 */
static void
check_sorting_memory(const RowSet *rows, Size held)
{
	Size row = 2 * sizeof(Row) + sizeof(float) * (Size) rows->covariate_count;
	Size bytes = add_size(mul_size(row, rows->count), timeline_bytes(&rows->timeline));

	check_memory_limit(add_size(held, bytes), "sorting rows",
					   "Give rows in the order of their timestamps, fewer rows, or have the "
					   "setting raised.");
}

/* Sort rows that are out of order into memory of their own, one row a timestamp. */
static void
sort_and_merge(OrderedRows *ordered, const RowSet *rows, const char *label,
			   const OrderRequest *request, Fault *fault)
{
	Size size = (Size) rows->count * sizeof(Row);
	Row *places = MemoryContextAllocHuge(CurrentMemoryContext, size);
	Row *scratch = MemoryContextAllocHuge(CurrentMemoryContext, size);
	Merge merge = {.rows = rows,
				   .label = label,
				   .request = request,
				   .timeline = &ordered->timeline,
				   .fault = fault};
	Row *sorted;

	list_rows(rows, places);
	sorted = sort_rows(places, scratch, rows->count);

	/* The half that is free now takes the values. */
	merge.values = (double *) (sorted == places ? scratch : places);
	if (rows->covariate_count > 0)
		ordered->covariate_memory = merge.covariates = MemoryContextAllocHuge(
			CurrentMemoryContext, (Size) rows->count * rows->covariate_count * sizeof(float));
	merge_duplicates(&merge, sorted, rows->count);
	pfree(sorted);
	ordered->value_memory = merge.values;
	if (fault->code != 0)
	{
		series_order_free(ordered);
		return;
	}
	ordered->times = timeline_times(&ordered->timeline);
	ordered->count = merge.count;
	ordered->nulls = merge.nulls;
	ordered->duplicates = rows->count - merge.count;
	ordered->value_memory = repalloc_huge(merge.values, merge.count * sizeof(double));
	ordered->values = ordered->value_memory;
	ordered->covariates = merge.covariates;
}

/* A run on its way to its place. */
typedef struct SortedRun
{
	TimestampTz first;
	int64 row;
	int64 count;
} SortedRun;

static int
compare_runs(const void *a, const void *b)
{
	const SortedRun *left = a;
	const SortedRun *right = b;

	check_interrupts();
	return (left->first > right->first) - (left->first < right->first);
}

/* The runs of a set in the order of their times. */
static SortedRun *
sort_runs(const Timeline *timeline)
{
	SortedRun *runs =
		MemoryContextAllocHuge(CurrentMemoryContext, timeline->run_count * sizeof(SortedRun));

	for (int64 i = 0; i < timeline->run_count; i++)
	{
		const TimeRun *run = &timeline->runs[i];
		int64 end = i + 1 < timeline->run_count ? run[1].row : timeline->count;

		runs[i] = (SortedRun){.first = run->first, .row = run->row, .count = end - run->row};
	}
	qsort(runs, timeline->run_count, sizeof(SortedRun), compare_runs);
	return runs;
}

/* Put sorted runs one after the other. False, and nothing kept, where one reaches into the next. */
static bool
join_runs(const SortedRun *runs, const RowSet *rows, Timeline *timeline)
{
	Times all = timeline_times(&rows->timeline);

	*timeline = (Timeline){0};
	for (int64 i = 0; i < rows->timeline.run_count; i++)
	{
		Times run = times_slice(&all, runs[i].row, runs[i].count);

		timeline_append_all(timeline, rows->context, &run);
		if (timeline->descends)
		{
			timeline_free(timeline);
			return false;
		}
	}
	return true;
}

/* A copy of rows of `width` bytes, in the order of the runs. */
static void *
copy_runs(const SortedRun *runs, const RowSet *rows, const void *source, Size width)
{
	char *copy = MemoryContextAllocHuge(rows->context, (Size) rows->count * width);
	char *next = copy;

	for (int64 i = 0; i < rows->timeline.run_count; i++)
	{
		check_interrupts();
		memcpy(next, (const char *) source + runs[i].row * width, runs[i].count * width);
		next += runs[i].count * width;
	}
	return copy;
}

/*
 * Put the runs of a set in order, where they do not overlap; else, or where there are none,
 * it stays as it is. In place, as two copies of many rows would be in the way of training; no
 * two rows change their order that are at one time.
 */
static void
order_runs(RowSet *rows)
{
	SortedRun *runs;
	Timeline timeline;

	if (rows->timeline.runs == NULL)
		return;
	runs = sort_runs(&rows->timeline);
	if (join_runs(runs, rows, &timeline))
	{
		Size width = sizeof(float) * (Size) rows->covariate_count;
		double *values = copy_runs(runs, rows, rows->values, sizeof(double));

		if (width > 0)
		{
			float *covariates = copy_runs(runs, rows, rows->covariates, width);

			pfree(rows->covariates);
			rows->covariates = covariates;
		}
		pfree(rows->values);
		rows->values = values;
		rows->capacity = rows->count;
		timeline_free(&rows->timeline);
		rows->timeline = timeline;
	}
	pfree(runs);
}

/* Rows that are in order serve as they are. */
static void
use_rows(OrderedRows *ordered, const RowSet *rows)
{
	ordered->times = timeline_times(&rows->timeline);
	ordered->values = rows->values;
	ordered->covariates = rows->covariates;
	ordered->count = rows->count;
	ordered->nulls = rows->nulls;
}

OrderedRows
series_order(RowSet *rows, const char *label, const OrderRequest *request, Size held, Fault *fault)
{
	OrderedRows ordered = {.has_times = rows->has_times,
						   .covariate_count = rows->covariate_count,
						   .rows = rows->count};

	if (rows->timeline.descends)
		order_runs(rows);
	if (rows->timeline.descends)
	{
		check_sorting_memory(rows, held);
		sort_and_merge(&ordered, rows, label, request, fault);
	}
	else
		use_rows(&ordered, rows);
	trim_rows(&ordered);
	return ordered;
}

Size
ordered_bytes(const OrderedRows *ordered)
{
	Size rows = ordered->skipped + ordered->count + ordered->tail;
	Size row = (ordered->value_memory != NULL ? sizeof(double) : 0) +
			   (ordered->covariate_memory != NULL ? sizeof(float) * ordered->covariate_count : 0);

	return add_size(mul_size(row, rows), timeline_bytes(&ordered->timeline));
}

void
series_order_free(OrderedRows *ordered)
{
	timeline_free(&ordered->timeline);
	if (ordered->value_memory != NULL)
		pfree(ordered->value_memory);
	if (ordered->covariate_memory != NULL)
		pfree(ordered->covariate_memory);
	ordered->value_memory = NULL;
	ordered->covariate_memory = NULL;
}
