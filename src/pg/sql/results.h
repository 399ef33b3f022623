/*
 * results.h
 *	  Values that SQL functions return, NULL where there is none.
 */
#ifndef LSTM_FORECAST_RESULTS_H
#define LSTM_FORECAST_RESULTS_H

#include "postgres.h"

/* A float8; NaN is NULL. */
extern Datum number_result(double value, bool *null);

/* A float8[] of so many elements, in CurrentMemoryContext; no pointer is NULL. */
extern Datum numbers_result(const double *values, int count, bool *null);

/* A text, in CurrentMemoryContext; no pointer is NULL. */
extern Datum text_result(const char *text, bool *null);

#endif
