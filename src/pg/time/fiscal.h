/*
 * fiscal.h
 *	  Fiscal periods of four, four and five weeks: arithmetic and text of FREQUENCY_FISCAL.
 *
 * A quarter has thirteen weeks, one of its three periods five of them; a year has four
 * quarters, and in its last period a week more where its turn is bound to a date ("the
 * Saturday nearest the end of January"). Any day of a period may be the one that rows are
 * dated on: that day is where periods begin here.
 */
#ifndef LSTM_FORECAST_FISCAL_H
#define LSTM_FORECAST_FISCAL_H

#include "postgres.h"

#include "time/frequency.h"

#define PERIODS_A_QUARTER 3
#define QUARTERS_A_YEAR 4
#define QUARTER_DAYS 91
#define FISCAL_OPEN_PHASE (-1)

/* The same periods, where their phase is open with a quarter that begins on a Julian day. */
extern FiscalYear fiscal_from(const FiscalYear *year, int64 day);

/* The number of the period that a Julian day is in. Not for an open phase. */
extern int64 fiscal_index(const FiscalYear *year, int64 day);

/* The Julian day on which a period begins. Not for numbers out of timestamps' range, as their
 * twelfth, a year, tells. */
extern int64 fiscal_day(const FiscalYear *year, int64 index);

/* The week of a quarter, from 0, with which its period begins. */
extern int fiscal_week(const FiscalYear *year, int period);

/* Is it a year that fiscal_infer.h makes, or one of an open phase? */
extern bool fiscal_valid(const FiscalYear *year);

/* "4-4-5 weeks" */
extern char *fiscal_text(const FiscalYear *year);

/* Read such a text, of which "weeks" may be left out; the phase is left open. False: it is none. */
extern bool fiscal_read(const char *text, FiscalYear *year);

#endif
