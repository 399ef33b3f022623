/*
 * backtest_private.h
 *	  What backtest*.c share.
 */
#ifndef LSTM_FORECAST_BACKTEST_PRIVATE_H
#define LSTM_FORECAST_BACKTEST_PRIVATE_H

#include "backtest/backtest.h"

/* A forecast of one series at one origin, and what it is compared with. */
typedef struct BacktestCase
{
	const GridSeries *series; /* whole: the targets are its steps from origin on */
	int64 origin;             /* steps that were known */
	int fold;
	int horizon;
	int season;
	double scale;           /* MASE's; NaN: none */
	const double *forecast; /* (horizon) */
} BacktestCase;

/*
 * The series as it was known at an origin: its first steps, with the last known value
 * in place of steps that were missing just before it. Covariates, a copy in
 * CurrentMemoryContext as are values that changed, keep what is known ahead.
 */
extern GridSeries *backtest_truncate(const GridSeries *series, int64 origin);

/*
 * The values of steps [from, origin) of a series as they were known at the origin, as
 * in backtest_truncate. A copy in CurrentMemoryContext, the caller's to free.
 */
extern double *backtest_known_values(const GridSeries *series, int64 from, int64 origin);

/* Score a case and hand it to the request's sink. */
extern void backtest_score(const BacktestCase *tested, const BacktestRequest *request);

#endif
