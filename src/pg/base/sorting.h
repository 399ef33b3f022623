/*
 * sorting.h
 *	  Orders for qsort that several files need. They look at interrupts, as long sorts take a while.
 */
#ifndef LSTM_FORECAST_SORTING_H
#define LSTM_FORECAST_SORTING_H

#include "postgres.h"

/* Of doubles that are no NaN, ascending. */
extern int compare_doubles(const void *a, const void *b);

/* Of int64s, ascending. */
extern int compare_int64(const void *a, const void *b);

#endif
