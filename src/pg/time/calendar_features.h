/*
 * calendar_features.h
 *	  What the calendar says of a timestamp, as numbers for a network.
 */
#ifndef LSTM_FORECAST_CALENDAR_FEATURES_H
#define LSTM_FORECAST_CALENDAR_FEATURES_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "time/frequency.h"

/*
 * Number of calendar features of a frequency: a sine and a cosine of each cycle that
 * its steps go through, 0 where there is none (no timestamps, years). Shorter than a
 * day: the time of day, the weekday and the season of the year; days and business
 * days: the weekday, the day of the month and the season; weeks: the last two;
 * months: the season. Irregular: by the median gap, shorter than a day or not.
 */
extern int calendar_feature_count(const Frequency *frequency);

/* Cycles at most. */
#define CALENDAR_CYCLES 4

/*
 * The names of these cycles, in the order of their features: "time of day", "day of week", "day of
 * month", "time of year". Returns how many there are.
 */
extern int calendar_cycle_names(const Frequency *frequency, const char *names[CALENDAR_CYCLES]);

/*
 * The features of steps first .. first + count - 1 counted from start, in the local
 * time of the frequency's zone, into out (count, stride): stride floats a step, of
 * which the first calendar_feature_count are written. irregular: the times of steps
 * 0 .. first + count - 1 of an irregular series, or NULL to go on from start by the
 * median gap; other kinds do not look at it. Interruptible.
 */
extern void calendar_features(const Frequency *frequency, TimestampTz start, int64 first,
							  int64 count, const TimestampTz *irregular, float *out, int stride);

#endif
