/*
 * step_forecasts.h
 *	  A forecast of every step of a panel from the steps before it.
 */
#ifndef LSTM_FORECAST_STEP_FORECASTS_H
#define LSTM_FORECAST_STEP_FORECASTS_H

#include "postgres.h"

#include "core/watch.h"
#include "backtest/test_portion.h"

/* What is forecast of the steps of one series. */
typedef struct SeriesForecasts
{
	int64 first;          /* steps before it have no forecast */
	int64 later;          /* the first step that the training did not see */
	lf_watch_step *steps; /* (length of the series) those before first are not set */
	uint8 *changed;       /* (length) steps that count for something else since they were read */
	double *counts;  /* (length) what each step counts for, as long as anomalies may end soon */
	double *lasting; /* (length) the same, but those that lasted count as they are */
	double *read;    /* (length) of these what was read */
	uint8 *inside;   /* (length) origins within such anomalies, before it is known that they last */
	double *errors;  /* (error_count) held-out ones in widths of the interval, ascending */
	int error_count;
} SeriesForecasts;

typedef struct StepForecasts
{
	const Model *model;
	const Panel *panel; /* as it is */
	Panel counted;      /* with what each step counts for: lasting, or counts */
	int ahead;          /* steps from the origin to what is forecast */
	ModelTest test;     /* of the counted panel */
	SeriesForecasts *series;
	MemoryContext scratch; /* of one round */
} StepForecasts;

/*
 * Forecast every step that has enough before it, `ahead` steps ahead, in CurrentMemoryContext.
 * Raises 22023 for a model without timestamps, and where ahead is beyond its horizon, 54000 where
 * that takes too much memory. Interruptible.
 */
extern StepForecasts *step_forecasts_make(const Model *model, const Panel *panel, int ahead);

/*
 * Let a step of a series count for a value in the history of later ones, and `lasting` steps before
 * it for what they are: from now on, as the steps up to this one did not know. To be said of all
 * steps in their order.
 */
extern void step_forecasts_count(StepForecasts *forecasts, int64 number, int64 step, double value,
								 int lasting);

/* Forecast what read such steps once more. False where there were none. Interruptible. */
extern bool step_forecasts_again(StepForecasts *forecasts);

#endif
