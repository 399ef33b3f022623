/*
 * timeline.c
 *	  The timestamps of rows, in the order of the rows.
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/timeline.h"

#define FIRST_RUNS 1 /* a regular series needs no more */
#define FIRST_PLAIN 64
#define LEAST_RUNS 8 /* so few tell nothing about those to come */
#define ROWS_A_RUN 4 /* on average, or runs take about as much room as timestamps */

/*
 * Longer distances make no run. It is far less than half of int64's range, so that the
 * difference of two timestamps, overflowed or not, is never mistaken for a step.
 */
#define LONGEST_STEP (INT64CONST(1) << 61)

/* An array for twice as many elements. Large ones move without being copied where realloc can. */
static void *
grow(MemoryContext context, void *array, int64 first, int64 *capacity, Size width)
{
	int64 wanted = array == NULL ? first : 2 * *capacity;

	if ((Size) wanted > MaxAllocHugeSize / width)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many rows")));
	if (array == NULL)
		array = MemoryContextAllocHuge(context, wanted * width);
	else
		array = repalloc_huge(array, wanted * width);
	*capacity = wanted;
	return array;
}

static void
append_plain(Timeline *timeline, MemoryContext context, TimestampTz time)
{
	if (timeline->count == timeline->capacity)
		timeline->plain =
			grow(context, timeline->plain, FIRST_PLAIN, &timeline->capacity, sizeof(TimestampTz));
	timeline->plain[timeline->count++] = time;
	timeline->latest = time;
}

/* Write the runs out as single timestamps. */
static void
make_plain(Timeline *timeline, MemoryContext context)
{
	Times times = timeline_times(timeline);
	TimeCursor cursor = times_begin(&times);
	int64 capacity = FIRST_PLAIN;
	TimestampTz *plain;
	TimeSegment segment;
	int64 row = 0;

	while (capacity <= timeline->count)
		capacity *= 2;
	plain = MemoryContextAllocHuge(context, capacity * sizeof(TimestampTz));
	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
			plain[row++] = segment.first + i * segment.step;
	pfree(timeline->runs);
	timeline->runs = NULL;
	timeline->run_count = 0;
	timeline->plain = plain;
	timeline->capacity = capacity;
	timeline->step = 0;
}

/* Let a row begin a run. */
static void
append_run(Timeline *timeline, MemoryContext context, TimestampTz time)
{
	if (timeline->run_count == timeline->capacity)
		timeline->runs =
			grow(context, timeline->runs, FIRST_RUNS, &timeline->capacity, sizeof(TimeRun));
	timeline->runs[timeline->run_count++] = (TimeRun){.first = time, .row = timeline->count};
	timeline->step = 0;
	timeline->latest = time;
	timeline->count++;
}

/* May the row be the second one of the last run? Then it tells the run's step. */
static bool
take_step(Timeline *timeline, TimestampTz time)
{
	TimeRun *run = &timeline->runs[timeline->run_count - 1];
	uint64 step = (uint64) time - (uint64) timeline->latest;

	if (timeline->count - run->row != 1 || time <= timeline->latest || step > (uint64) LONGEST_STEP)
		return false;
	timeline->step = run->step = (int64) step;
	timeline->latest = time;
	timeline->count++;
	return true;
}

void
timeline_append_apart(Timeline *timeline, MemoryContext context, TimestampTz time)
{
	if (timeline->count > 0 && time <= timeline->latest)
		timeline->descends = true;
	if (timeline->plain == NULL && timeline->run_count >= LEAST_RUNS &&
		timeline->count < timeline->run_count * ROWS_A_RUN)
		make_plain(timeline, context);
	if (timeline->plain != NULL)
		append_plain(timeline, context, time);
	else if (timeline->count == 0 || !take_step(timeline, time))
		append_run(timeline, context, time);
}

void
timeline_append_all(Timeline *timeline, MemoryContext context, const Times *times)
{
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
	{
		int64 done = 0;

		/* the second row tells the step, from which the others follow */
		while (done < segment.count &&
			   !(timeline->step > 0 && timeline->step == segment.step && done >= 2))
			timeline_append(timeline, context, segment.first + segment.step * done++);
		if (done < segment.count)
		{
			timeline->count += segment.count - done;
			timeline->latest = segment.first + segment.step * (segment.count - 1);
		}
	}
}

void
timeline_free(Timeline *timeline)
{
	if (timeline->runs != NULL)
		pfree(timeline->runs);
	if (timeline->plain != NULL)
		pfree(timeline->plain);
	*timeline = (Timeline){0};
}

Times
timeline_times(const Timeline *timeline)
{
	return (Times){.plain = timeline->plain,
				   .runs = timeline->runs,
				   .run_count = timeline->run_count,
				   .count = timeline->count};
}

/* Is it a run of so many rows? */
static bool
run_valid(const TimeRun *run, int64 count)
{
	int64 span;
	TimestampTz last;

	return count > 0 && IS_VALID_TIMESTAMP(run->first) &&
		   (count == 1 ? run->step == 0 : run->step > 0 && run->step <= LONGEST_STEP) &&
		   !pg_mul_s64_overflow(run->step, count - 1, &span) &&
		   !pg_add_s64_overflow(run->first, span, &last) && IS_VALID_TIMESTAMP(last);
}

/* View single timestamps. */
static bool
view_plain(const TimestampTz *plain, Timeline *timeline)
{
	for (int64 row = 0; row < timeline->count; row++)
	{
		if (row % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!IS_VALID_TIMESTAMP(plain[row]))
			return false;
		timeline->descends |= row > 0 && plain[row] <= timeline->latest;
		timeline->latest = plain[row];
	}
	timeline->plain = unconstify(TimestampTz *, plain);
	return true;
}

bool
timeline_view(const Times *times, Timeline *timeline)
{
	*timeline = (Timeline){.count = times->count};
	if (times->plain != NULL)
		return view_plain(times->plain, timeline);
	if (times->run_count < 1 || times->runs[0].row != 0)
		return false;
	for (int64 number = 0; number < times->run_count; number++)
	{
		const TimeRun *run = &times->runs[number];
		int64 end = number + 1 < times->run_count ? run[1].row : times->count;

		if (number % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (end > times->count || !run_valid(run, end - run->row))
			return false;
		timeline->descends |= number > 0 && run->first <= timeline->latest;
		timeline->latest = run->first + run->step * (end - run->row - 1);
	}
	timeline->runs = unconstify(TimeRun *, times->runs);
	timeline->run_count = times->run_count;
	return true;
}

/* The run that holds a row of Times, by bisection. */
static int64
run_of_row(const Times *times, int64 row)
{
	int64 low = 0;
	int64 high = times->run_count - 1;

	while (low < high)
	{
		int64 middle = low + (high - low + 1) / 2;

		if (times->runs[middle].row <= times->offset + row)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

Times
times_slice(const Times *times, int64 first, int64 count)
{
	Times slice = *times;

	Assert(first >= 0 && count >= 0 && first + count <= times->count);
	slice.count = count;
	if (times->plain != NULL)
		slice.plain += first;
	else if (count > 0)
	{
		int64 run = run_of_row(times, first);

		slice.runs += run;
		slice.run_count = run_of_row(times, first + count - 1) - run + 1;
		slice.offset += first;
	}
	return slice;
}

TimestampTz
times_at(const Times *times, int64 row)
{
	const TimeRun *run;

	Assert(row >= 0 && row < times->count);
	if (times->plain != NULL)
		return times->plain[row];
	run = &times->runs[run_of_row(times, row)];
	return run->first + (times->offset + row - run->row) * run->step;
}

/* Of the rows of runs, those that are not after a time. */
static int64
runs_until(const Times *times, TimestampTz time)
{
	int64 low = 0;
	int64 high = times->run_count;
	const TimeRun *run;
	int64 end;
	int64 row;

	/* how many runs begin at or before it */
	while (low < high)
	{
		int64 middle = low + (high - low) / 2;

		if (times->runs[middle].first <= time)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	run = &times->runs[low - 1];
	end = low < times->run_count ? run[1].row : times->offset + times->count;
	row = run->row;
	/* unsigned, as the difference may overflow */
	if (run->step > 0)
		row += Min((int64) (((uint64) time - (uint64) run->first) / (uint64) run->step),
				   end - run->row - 1);
	return Max(0, Min(row + 1 - times->offset, times->count));
}

int64
times_until(const Times *times, TimestampTz time)
{
	int64 low = 0;
	int64 high = times->count;

	if (times->plain == NULL)
		return runs_until(times, time);
	while (low < high)
	{
		int64 middle = low + (high - low) / 2;

		if (times->plain[middle] <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
times_next(TimeCursor *cursor, int64 most, TimeSegment *segment)
{
	const Times *times = cursor->times;
	const TimeRun *run;
	int64 row;
	int64 end;

	if (cursor->row >= times->count)
		return false;
	if (cursor->row % INTERRUPT_ROWS == 0 || times->plain == NULL)
		check_interrupts();
	if (times->plain != NULL)
	{
		*segment = (TimeSegment){.first = times->plain[cursor->row++], .count = 1};
		return true;
	}
	run = &times->runs[cursor->run];
	row = times->offset + cursor->row;
	end = cursor->run + 1 < times->run_count ? run[1].row : times->offset + times->count;
	*segment = (TimeSegment){.first = run->first + (row - run->row) * run->step,
							 .step = run->step,
							 .count = Min(Min(end - row, most), times->count - cursor->row)};
	cursor->row += segment->count;
	if (row + segment->count >= end)
		cursor->run++;
	return true;
}
