/*
 * start_team.h
 *	  Forecasts of many series by their starts, with parallel workers where that is worth it.
 */
#ifndef LSTM_FORECAST_START_TEAM_H
#define LSTM_FORECAST_START_TEAM_H

#include "postgres.h"

#include "model/starts.h"

/* What is asked for, and where it goes. */
typedef struct StartTask
{
	lf_start_request request; /* without the network */
	bool pretrained;          /* the network is to be had, with these weights (NULL: its own) */
	const lf_real *weights;
	const StartSeries *series; /* (count) */
	int64 count;
	int horizon;
	int level_count; /* > 0: each start is the network alone */
	const double *levels;
	double *forecasts; /* (count, horizon) */
	double *quantiles; /* (count, horizon, level_count) */
	Size held;         /* bytes held elsewhere: with these, workers take no more than max_memory;
						* 0: no workers are wanted */
} StartTask;

/*
 * Do that: in this process alone, or, of many series that the network forecasts, with as many
 * workers as PostgreSQL would give a query and has free, and there is memory for. Forecasts do not
 * depend on it. Interruptible; memory that it takes is freed.
 */
extern void start_team_forecast(const StartTask *task);

#endif
