/*
 * backtest_private.h
 *	  What the parts of a back-test share, all of it defined in known.c.
 */
#ifndef LSTM_FORECAST_BACKTEST_PRIVATE_H
#define LSTM_FORECAST_BACKTEST_PRIVATE_H

#include "plan/glitch.h"
#include "backtest/backtest.h"

/*
 * The series as it was known at an origin: its first steps, with the last known value
 * in place of steps that were missing just before it. Covariates, a copy in
 * CurrentMemoryContext as are values that changed, keep what is known ahead; without any, the times
 * of what comes are not known either.
 */
extern GridSeries *backtest_truncate(const GridSeries *series, int64 origin);

/* Bytes that this takes at most, and the series' place in a list. */
extern Size backtest_truncate_bytes(const GridSeries *series);

/*
 * Put the last known value in place of the steps that were missing just before the origin, where a
 * series as it was known ends: once more after that value was a glitch, and another stands for it.
 * Its values are its own where there are such steps.
 */
extern void backtest_hold_last(GridSeries *known, const GridSeries *series);

/*
 * The values of the last count steps of a series before an origin (0 < count <= origin) as they
 * were known there, without the glitches that the judge finds among them; NULL: all count. They are
 * the series' own, or where these were other, a copy in CurrentMemoryContext.
 */
extern const double *backtest_known_tail(const GridSeries *series, int64 origin, int64 count,
										 const GlitchJudge *judge);

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
