/*
 * snap.h
 *	  Timestamps that lie beside a regular grid, and the grid they are meant for.
 */
#ifndef LSTM_FORECAST_SNAP_H
#define LSTM_FORECAST_SNAP_H

#include "postgres.h"

#include "pgtime.h"

#include "time/frequency.h"

#define SNAP_LEAST_ROWS 8 /* fewer are near something by chance */

/* The step that people choose, shorter than a day, which is nearest to a gap; 0: none is near. */
extern int64 snap_usual_step(double gap);

/* The step that timestamps with this median gap may jitter around: that, or a day; 0: none. */
extern int64 snap_step(double median_gap);

/* Do all timestamps show one of two times of day, an hour apart? So midnights of other zones do. */
extern bool snap_two_times_of_day(const Times *times, pg_tz *zone);

/*
 * Timestamps moved to the nearest multiples of a step, at most a day, from a time of day on that
 * suits them: by the clocks of the zone where it is a day. False where some are too far from
 * these, or two have the same. *tolerance: how far from its place a timestamp may be. Allocated in
 * CurrentMemoryContext, out->plain. Interruptible.
 */
extern bool snap_times(const Times *times, const char *zone, int64 step, Times *out,
					   int64 *tolerance);

/*
 * One timestamp a month on changing days: a frequency of so many months, 0 for what divides their
 * distances, dated on the usual day at the usual time. Does not check that months differ.
 * Interruptible.
 */
extern Frequency snap_months(const Times *times, const char *zone, int64 count);

#endif
