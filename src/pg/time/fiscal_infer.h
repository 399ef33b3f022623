/*
 * fiscal_infer.h
 *	  The fiscal periods that dates follow.
 */
#ifndef LSTM_FORECAST_FISCAL_INFER_H
#define LSTM_FORECAST_FISCAL_INFER_H

#include "postgres.h"

#include "time/calendar_scan.h"
#include "time/frequency.h"

/*
 * Set the periods of a fiscal frequency, whose zone and time of day are known, if the
 * dates of timestamps show that they are of 4, 4 and 5 weeks: rules at the head of the .c file.
 * scan: of these timestamps in that zone. Interruptible.
 */
extern bool fiscal_infer(const Times *times, const CalendarScan *scan, Frequency *frequency);

/*
 * Set the phase of periods whose order of weeks is known so that all timestamps are dated on one.
 * False: there is no such phase, or they are so few that there are several. Interruptible.
 */
extern bool fiscal_anchor(const Times *times, Frequency *frequency);

#endif
