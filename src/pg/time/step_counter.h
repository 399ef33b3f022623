/*
 * step_counter.h
 *	  Counts the steps of a frequency for many timestamps.
 */
#ifndef LSTM_FORECAST_STEP_COUNTER_H
#define LSTM_FORECAST_STEP_COUNTER_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "time/calendar.h"
#include "time/frequency.h"
#include "time/timeline.h"

/*
 * Counts steps of one frequency from one start, for many timestamps. The frequency
 * must outlive it.
 */
typedef struct StepCounter
{
	const Frequency *frequency;
	TimestampTz start;
	CalendarGrid grid; /* of calendar kinds */
	int64 start_index;
	int64 units; /* a step, of the numbers of the grid, or microseconds */
} StepCounter;

/* Not for FREQUENCY_NONE and FREQUENCY_IRREGULAR. */
extern StepCounter step_counter(const Frequency *frequency, TimestampTz start);

/* The time of a step. */
extern TimestampTz step_counter_time(const StepCounter *counter, int64 step);

/* As frequency_step. */
extern int64 step_counter_step(const StepCounter *counter, TimestampTz time, bool *exact);

/*
 * Steps from each row of a segment to the next, where they are the same for all rows
 * and the first one's place tells the others'; 0 where rows must be counted one by one.
 */
extern int64 step_counter_stride(const StepCounter *counter, const TimeSegment *segment);

#endif
