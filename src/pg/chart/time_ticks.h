/*
 * time_ticks.h
 *	  Round times for an axis: full hours, Mondays, first days of months, by the clocks and the
 *	  calendar of a zone.
 */
#ifndef LSTM_FORECAST_TIME_TICKS_H
#define LSTM_FORECAST_TIME_TICKS_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "pgtime.h"

#define MOST_TIME_TICKS 100

typedef struct TimeTick
{
	TimestampTz time;
	char label[24]; /* "14:00", "5", "Mar", "2024" */
	char group[24]; /* what the label is of, where that begins: "5 Mar 2024", "Mar 2024"; or "" */
} TimeTick;

/*
 * The ticks from first to last (first < last), with labels of font size 11 that have room in so
 * many pixels, and no nearer to each other than what they are for, `least` microseconds. Returns
 * how many there are, at least one unless the times are out of range, at most MOST_TIME_TICKS.
 */
extern int time_ticks(TimestampTz first, TimestampTz last, int64 least, pg_tz *zone, double pixels,
					  TimeTick *ticks);

/* A time as one would write it beside such ticks: "5 Mar 2024 14:00", without what is zero. */
extern char *time_text(TimestampTz time, pg_tz *zone);

#endif
