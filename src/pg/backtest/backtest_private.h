/*
 * backtest_private.h
 *	  What the parts of a back-test share, all of it defined in known.c.
 */
#ifndef LSTM_FORECAST_BACKTEST_PRIVATE_H
#define LSTM_FORECAST_BACKTEST_PRIVATE_H

#include "backtest/backtest.h"

/*
 * The series as it was known at an origin: its first steps, with the last known value
 * in place of steps that were missing just before it. Covariates, a copy in
 * CurrentMemoryContext as are values that changed, keep what is known ahead.
 */
extern GridSeries *backtest_truncate(const GridSeries *series, int64 origin);

/* Bytes that this takes at most, and the series' place in a list. */
extern Size backtest_truncate_bytes(const GridSeries *series);

/*
 * The values of steps [from, origin) of a series as they were known at the origin, as
 * in backtest_truncate. A copy in CurrentMemoryContext, the caller's to free.
 */
extern double *backtest_known_values(const GridSeries *series, int64 from, int64 origin);

/*
 * The start of a series: what the model keeps of it, where its starts have a share; of others, and
 * of series that it has never seen (number -1), one chosen on the first `known` steps.
 */
extern lf_start backtest_start(const Model *model, int64 number, const GridSeries *series,
							   int64 known);

/* Put the naive forecasts and that of the start beside a case and hand it to the request's sink.
 * Scratch is freed. */
extern void backtest_deliver(BacktestCase *tested, const BacktestRequest *request);

#endif
