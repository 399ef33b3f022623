/*
 * step_places.h
 *	  What the clocks and the calendar show at the steps of a series.
 */
#ifndef LSTM_FORECAST_STEP_PLACES_H
#define LSTM_FORECAST_STEP_PLACES_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "time/calendar.h"
#include "time/frequency.h"

/* The steps of a series, counted from its start. */
typedef struct StepPlaces
{
	const Frequency *frequency;
	TimestampTz start;
	const TimestampTz *irregular;
	pg_tz *zone;
	CalendarGrid grid; /* of calendar kinds */
	int64 start_index;
} StepPlaces;

/*
 * Begin with step 0 at start. irregular: the times of the steps that will be asked for of an
 * irregular series, or NULL to go on from start by the median gap; other kinds do not look at it.
 * Frequency and times must outlive the places.
 */
extern void step_places_begin(StepPlaces *places, const Frequency *frequency, TimestampTz start,
							  const TimestampTz *irregular);

/* Where a step is in the local time of the frequency's zone. Out of range raises 22008. */
extern LocalTime step_local_place(const StepPlaces *places, int64 step);

#endif
