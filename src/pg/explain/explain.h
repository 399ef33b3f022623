/*
 * explain.h
 *	  What a forecast is made of.
 */
#ifndef LSTM_FORECAST_EXPLAIN_H
#define LSTM_FORECAST_EXPLAIN_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "explain/changes.h"
#include "forecast/history.h"

/* A component of a forecast. */
typedef struct ExplainRow
{
	const char *label; /* of the series; NULL: unnamed */
	int step;          /* ahead, from 1 */
	bool has_time;
	TimestampTz time;
	const char *component;
	double value; /* those of a step add up to its forecast */
} ExplainRow;

typedef struct ExplainRequest
{
	int horizon; /* steps */
	const Changes *changes;
	Size held; /* bytes that there are already, of the rows */
	void (*sink)(void *context, const ExplainRow *row);
	void *context;
} ExplainRequest;

/*
 * Give the sink the components of the forecasts of these histories, whose drivers are changed
 * first: series by series, step by step, the start first. The forecasts are those of
 * forecast_run, beyond the trained horizon as well; their lag is 0. Raises 54000 before any work
 * where that takes too much memory, 22000, with series and timestamp, where future covariates do
 * not reach as far. Interruptible; memory of one series is freed before the next.
 */
extern void explain_run(const Model *model, History *histories, int64 count,
						const ExplainRequest *request);

#endif
