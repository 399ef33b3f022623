/*
 * notices.h
 *	  What a forecast tells about the series that it goes on from.
 */
#ifndef LSTM_FORECAST_FORECAST_NOTICES_H
#define LSTM_FORECAST_FORECAST_NOTICES_H

#include "postgres.h"

#include "forecast/history.h"

/* Where a series ends. */
typedef struct SeriesEnd
{
	const char *label;
	const Frequency *frequency;
	TimestampTz last_time; /* undefined for FREQUENCY_NONE */
} SeriesEnd;

/* Where forecasts begin, as far as the caller of a function says. */
typedef enum OriginChoice
{
	ORIGIN_GIVEN,  /* at the end of each series: there is nothing to choose */
	ORIGIN_SERIES, /* the same by choice */
	ORIGIN_COMMON  /* after the latest timestamp of all */
} OriginChoice;

/*
 * A NOTICE where series end more than a horizon before the latest one: all of their forecasts are
 * dated before the first one of that. Not of a common origin, which leaves them out. Returns
 * whether there was one.
 */
extern bool notice_early_ends(const SeriesEnd *ends, int64 count, int horizon, OriginChoice origin);

/*
 * The same of histories, and NOTICEs of fresh rows that have fewer steps than the networks read and
 * the model's own rows of that series had, of which most were filled, unless they were in training,
 * or that have several values that the model's logarithms cannot take. None if something was
 * *noticed before.
 */
extern void notice_histories(const Model *model, const History *histories, int64 count, int horizon,
							 OriginChoice origin, bool *noticed);

/*
 * A NOTICE where a list of holidays ends before the last of `horizon` steps after a time: what lies
 * beyond counts as none. Returns whether there was one.
 */
extern bool notice_holidays_end(const HolidayList *list, const Frequency *frequency,
								TimestampTz last_time, int horizon);

#endif
