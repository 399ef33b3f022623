/*
 * timeline.h
 *	  The timestamps of rows, in the order of the rows.
 *
 * Most series are sampled at equal distances, so timestamps are kept as runs of
 * these: a regular series of any length is one run, and every hole begins another.
 * Where runs would take more room than the timestamps themselves, as in months or at
 * random times, there is an array of them instead.
 */
#ifndef LSTM_FORECAST_TIMELINE_H
#define LSTM_FORECAST_TIMELINE_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* Rows at equal distances: row number `row` is at `first`, the next one `step` later. */
typedef struct TimeRun
{
	TimestampTz first;
	int64 step; /* > 0; 0: not known yet, of a run of one row */
	int64 row;
} TimeRun;

/* Grows in one memory context. All zero: no row. */
typedef struct Timeline
{
	int64 count;
	bool descends;      /* some row is not later than the one before it */
	TimestampTz latest; /* of the last row */
	int64 step;         /* of the last run; 0: none yet, or plain */
	TimeRun *runs;      /* (run_count) by row; NULL: none */
	int64 run_count;
	int64 capacity;     /* of whichever array there is */
	TimestampTz *plain; /* (count) instead of runs; NULL: none */
} Timeline;

/* Rows of a timeline, or of an array, that somebody else owns. */
typedef struct Times
{
	const TimestampTz *plain; /* (count), or NULL */
	const TimeRun *runs;      /* the first one holds row `offset`; NULL without any */
	int64 run_count;
	int64 offset; /* number of the first row, as runs count */
	int64 count;
} Times;

/* Part of a run: time i < count is first + i * step. */
typedef struct TimeSegment
{
	TimestampTz first;
	int64 step; /* > 0 where count > 1 */
	int64 count;
} TimeSegment;

static inline TimestampTz
segment_last(const TimeSegment *segment)
{
	return segment->first + segment->step * (segment->count - 1);
}

/* A place in Times. */
typedef struct TimeCursor
{
	const Times *times;
	int64 run; /* of the next row */
	int64 row; /* the next one, counted from the first of Times */
} TimeCursor;

/* What timeline_append leaves to do where a row does not just go on. */
extern void timeline_append_apart(Timeline *timeline, MemoryContext context, TimestampTz time);

/* Append a finite timestamp. */
static inline void
timeline_append(Timeline *timeline, MemoryContext context, TimestampTz time)
{
	/* unsigned, as the difference may overflow; it then is none of the steps that there may be */
	if (timeline->step > 0 && (uint64) time - (uint64) timeline->latest == (uint64) timeline->step)
	{
		timeline->latest = time;
		timeline->count++;
	}
	else
		timeline_append_apart(timeline, context, time);
}

/* Append the rows of Times, which must not lie in this timeline. Interruptible. */
extern void timeline_append_all(Timeline *timeline, MemoryContext context, const Times *times);

/* Bytes that the timestamps take, less what the arrays have room for beyond them. */
static inline Size
timeline_bytes(const Timeline *timeline)
{
	return timeline->plain != NULL ? (Size) timeline->count * sizeof(TimestampTz)
								   : (Size) timeline->run_count * sizeof(TimeRun);
}

/* The same of rows in an array or runs of their own. */
static inline Size
times_bytes(const Times *times)
{
	return times->plain != NULL ? (Size) times->count * sizeof(TimestampTz)
								: (Size) times->run_count * sizeof(TimeRun);
}

/* Free the arrays. */
extern void timeline_free(Timeline *timeline);

/* All rows, until the timeline changes. */
extern Times timeline_times(const Timeline *timeline);

/* The rows [first, first + count) of Times. */
extern Times times_slice(const Times *times, int64 first, int64 count);

/*
 * A timeline to read from that has these Times, which come from outside, where they lie. False
 * where none could have grown to them. Interruptible.
 */
extern bool timeline_view(const Times *times, Timeline *timeline);

/* The time of a row. */
extern TimestampTz times_at(const Times *times, int64 row);

/* The number of the rows, of all in ascending order, that are not after a time. */
extern int64 times_until(const Times *times, TimestampTz time);

/* A cursor before the first row. */
static inline TimeCursor
times_begin(const Times *times)
{
	return (TimeCursor){.times = times};
}

/*
 * The next rows, as many as are at equal distances; false at the end. most: how many
 * the segment may have at most. Looks at interrupts now and then.
 */
extern bool times_next(TimeCursor *cursor, int64 most, TimeSegment *segment);

#endif
