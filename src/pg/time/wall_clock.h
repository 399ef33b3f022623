/*
 * wall_clock.h
 *	  Steps of an hour and below, numbered by what the clocks of their zone show.
 *
 * Such steps are absolute: an hour is an hour. What follows people's days is the same at the same
 * time by the clock, and a day of it is not 24 steps where the clocks change. Numbered by the
 * clocks, it is: the hour that is left out in spring has a number and no step, and of the hour that
 * comes twice in autumn two steps have the same number.
 */
#ifndef LSTM_FORECAST_WALL_CLOCK_H
#define LSTM_FORECAST_WALL_CLOCK_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "pgtime.h"

#include "time/frequency.h"

/* By so many hours of steps there may be fewer numbers, at most: clocks are two hours ahead of
 * themselves in Antarctica, and in the second hour of two alike a forecast begins before the first.
 */
#define WALL_CLOCK_HOURS 4

typedef struct WallClock
{
	int64 step; /* microseconds */
	TimestampTz first;
	Timestamp shown; /* by the clocks at the first step */
	pg_tz *zone;     /* NULL: steps have their own numbers, as no clock changes */
} WallClock;

/* Are these steps that the clocks can number: whole ones in a day, of an hour at most? */
extern bool wall_clock_possible(const Frequency *frequency);

/*
 * Of so many steps from the first one on. Numbers are those of the steps where they are not wanted
 * by the clocks, are not possible, or where no clock changes meanwhile.
 */
extern WallClock wall_clock(bool wanted, const Frequency *frequency, TimestampTz first,
							int64 steps);

/* Is there any number that is not that of the step? */
static inline bool
wall_clock_differs(const WallClock *clock)
{
	return clock->zone != NULL;
}

/*
 * The number of a step, 0 of the first one. Where an hour comes twice it goes back, below 0 if that
 * is at the very beginning.
 */
extern int64 wall_clock_number(const WallClock *clock, int64 step);

/*
 * How many numbers are known where so many steps are, of which the next `ahead` are forecast: what
 * these have is not. A forecast that begins in an hour that comes again goes on from before it.
 */
extern int64 wall_clock_known(const WallClock *clock, int64 steps, int64 ahead);

/* So many more steps are read for a number of steps by the clock; 0 where that is not wanted. */
static inline int64
wall_clock_more(bool wanted, const Frequency *frequency)
{
	return wanted ? WALL_CLOCK_HOURS * USECS_PER_HOUR / frequency->count : 0;
}

#endif
