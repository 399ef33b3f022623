/*
 * clock_history.h
 *	  Histories as networks and starts read them, where a model follows the wall clock.
 */
#ifndef LSTM_FORECAST_CLOCK_HISTORY_H
#define LSTM_FORECAST_CLOCK_HISTORY_H

#include "postgres.h"

#include "rows/on_clock.h"
#include "forecast/history.h"

/* The window of a forecast that reaches a horizon beyond a history's lag. */
extern ClockWindow clock_history_window(const Model *model, const History *history, int horizon);

/*
 * The histories by the wall clock (on_clock.h), each with the lag from which so many numbers reach
 * the horizon's last step; those that no change of clocks meets as they are. In
 * CurrentMemoryContext, on the account. Interruptible.
 */
extern const History *clock_histories(const Model *model, const History *histories, int64 count,
									  int horizon, MemoryAccount *account);

#endif
