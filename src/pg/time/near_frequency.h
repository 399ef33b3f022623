/*
 * near_frequency.h
 *	  What irregular timestamps nearly are, for hints.
 */
#ifndef LSTM_FORECAST_NEAR_FREQUENCY_H
#define LSTM_FORECAST_NEAR_FREQUENCY_H

#include "postgres.h"

#include "time/timeline.h"

#define NEAR_LEAST_ROWS 8 /* fewer are like nothing */

typedef enum NearKind
{
	NEAR_NONE,
	NEAR_ZONE,  /* regular in another time zone, whose clocks change */
	NEAR_UNIT,  /* one row a day, week, month, quarter or year, at changing moments */
	NEAR_FIXED, /* a fixed step with some noise, or with a step that was left out at times */
} NearKind;

typedef struct NearFrequency
{
	NearKind kind;
	const char *zone; /* NEAR_ZONE: one in which there is a pattern */
	const char *unit; /* NEAR_UNIT: as date_trunc names it */
	int64 step;       /* NEAR_FIXED: microseconds */
	bool centred;     /* NEAR_FIXED: around multiples of the step rather than between them */
	int64 rows;       /* NEAR_UNIT, NEAR_FIXED: timestamps */
	int64 places;     /* units or steps that have one */
} NearFrequency;

/*
 * What strictly ascending timestamps that follow no regular interval in that zone nearly follow.
 * Interruptible.
 */
extern NearFrequency near_frequency(const Times *times, const char *zone);

#endif
