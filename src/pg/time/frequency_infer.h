/*
 * frequency_infer.h
 *	  The frequency that timestamps show.
 */
#ifndef LSTM_FORECAST_FREQUENCY_INFER_H
#define LSTM_FORECAST_FREQUENCY_INFER_H

#include "postgres.h"

#include "time/frequency.h"

/*
 * The frequency of strictly ascending timestamps, in that time zone,
 * or in UTC where only that makes a pattern (rules: head of the .c file).
 * Fewer than 3 timestamps, or none of the known patterns: FREQUENCY_IRREGULAR.
 * Gaps (missing steps) are allowed as long as the steps that are there fit and
 * the gaps do not outnumber them by far.
 */
extern Frequency frequency_infer(const Times *times, const char *zone);

/* The median gap between ascending timestamps, in microseconds; 0 where there is none. */
extern int64 frequency_median_gap(const Times *times);

/*
 * Set the anchors (month_end, month_day, month_weekday, month_nth, time_of_day, zone, fiscal) of a
 * frequency of known kind and count so that all of the ascending timestamps lie on its grid. What
 * fits already stays; else the zones tried are the frequency's own, the given one and UTC, those
 * that show midnight first. False, and nothing changed, where there is no such grid. loosely:
 * timestamps may also lie around a grid (tolerance), or on any days of months (month_any).
 */
extern bool frequency_anchor(Frequency *frequency, const Times *times, const char *zone,
							 bool loosely);

#endif
