/*
 * sparse_infer.h
 *	  The frequency of timestamps most of which are absent, as their absence says something.
 */
#ifndef LSTM_FORECAST_SPARSE_INFER_H
#define LSTM_FORECAST_SPARSE_INFER_H

#include "postgres.h"

#include "time/frequency.h"

/*
 * Where rows that are absent mean that nothing happened, a grid may have many more steps than
 * rows: the coarsest of months, weeks, days and hours on which all timestamps lie, with at most 30
 * steps a row. False, and *frequency unchanged, where there is none.
 */
extern bool frequency_infer_sparse(const Times *times, const char *zone, Frequency *frequency);

#endif
