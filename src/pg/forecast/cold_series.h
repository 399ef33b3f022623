/*
 * cold_series.h
 *	  Series without an observation, that are forecast by what is known of them that never changes.
 */
#ifndef LSTM_FORECAST_COLD_SERIES_H
#define LSTM_FORECAST_COLD_SERIES_H

#include "postgres.h"

#include "rows/panel.h"
#include "model/model.h"

/*
 * Put series into a panel of fresh rows that have no value in any row, and that the model does not
 * know: what is expected of them (cold_start.h) stands for the steps before their first row, at
 * which their forecasts begin. Not of a model that can expect nothing. In CurrentMemoryContext,
 * within max_memory; interruptible.
 */
extern void cold_series_join(const Model *model, const PanelRows *rows, Panel *panel);

#endif
