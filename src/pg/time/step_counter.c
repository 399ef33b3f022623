/*
 * step_counter.c
 *	  Counts the steps of a frequency for many timestamps.
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/timestamp.h"

#include "time/step_counter.h"

StepCounter
step_counter(const Frequency *frequency, TimestampTz start)
{
	StepCounter counter = {.frequency = frequency, .start = frequency_nearest(frequency, start)};
	bool exact;

	if (frequency->count <= 0)
		elog(ERROR, "frequency has no step");
	if (calendar_kind(frequency->kind))
	{
		counter.grid = calendar_grid(frequency, counter.start);
		counter.start_index = calendar_index(&counter.grid, counter.start, &exact);
		counter.units = counter.grid.units;
	}
	else if (frequency->kind == FREQUENCY_FIXED)
		counter.units = frequency->count;
	else
		elog(ERROR, "frequency kind %d has no grid", (int) frequency->kind);
	return counter;
}

/* The last step at or before a time, as step_counter_step without a tolerance. */
static int64
last_step(const StepCounter *counter, TimestampTz time, bool *exact)
{
	int64 units = counter->units;
	int64 distance;
	int64 step;

	*exact = true;
	/* Even where start itself is beside the grid (the first of two equal local times). */
	if (time == counter->start)
		return 0;
	if (counter->frequency->kind != FREQUENCY_FIXED)
		distance = calendar_index(&counter->grid, time, exact) - counter->start_index;
	else if (pg_sub_s64_overflow(time, counter->start, &distance))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamps are too far apart")));
	step = distance / units;
	if (distance % units != 0)
	{
		*exact = false;
		step -= distance < 0;
	}
	return step;
}

TimestampTz
step_counter_time(const StepCounter *counter, int64 step)
{
	if (step == 0 || counter->frequency->kind == FREQUENCY_FIXED)
		return frequency_add(counter->frequency, counter->start, step);
	return calendar_time(&counter->grid, counter->start_index + step * counter->units);
}

int64
step_counter_step(const StepCounter *counter, TimestampTz time, bool *exact)
{
	int64 tolerance = counter->frequency->tolerance;
	int64 step;

	if (tolerance == 0)
		return last_step(counter, time, exact);
	step = last_step(counter, time + tolerance, exact);
	*exact = llabs(time - step_counter_time(counter, step)) <= tolerance;
	return step;
}

int64
step_counter_stride(const StepCounter *counter, const TimeSegment *segment)
{
	int64 count = counter->frequency->count;

	if (counter->frequency->kind != FREQUENCY_FIXED || segment->step % count != 0)
		return 0;
	return segment->step / count;
}
