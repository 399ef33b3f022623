/*
 * anomalies.h
 *	  Which rows of a panel a model did not expect.
 */
#ifndef LSTM_FORECAST_ANOMALIES_H
#define LSTM_FORECAST_ANOMALIES_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "core/watch.h"
#include "rows/panel.h"
#include "model/model.h"

/* A step with an observation, what was forecast of it and what is said of it. */
typedef struct AnomalyRow
{
	const GridSeries *series;
	int64 step;
	bool judged; /* else there was too little before it, and nothing below holds */
	double forecast;
	lf_watch_verdict verdict;
} AnomalyRow;

typedef struct AnomalyRequest
{
	int ahead;          /* steps from a forecast's origin to the row, 1 .. the model's horizon */
	double probability; /* of what is no anomaly, in (0, 1) */
	TimestampTz since;  /* rows before it are history; DT_NOBEGIN: there are none */
	bool all;           /* rows that are no anomaly, too */
	/* called with each row that is wanted, series by series in order of time */
	void (*sink)(void *context, const AnomalyRow *row);
	void *context;
} AnomalyRequest;

/* 22023 where the probability is not between 0 and 1. */
extern void anomalies_check(const AnomalyRequest *request);

/*
 * Forecast every step from those before it and judge it by core/watch.h, in which steps that the
 * networks were trained on are compared with each other alone, and later ones with the errors of
 * held-out windows from the first on. A NOTICE tells of series with too little history to judge any
 * of their rows. Errors as step_forecasts_make. Interruptible.
 */
extern void anomalies_find(const Model *model, const Panel *panel, const AnomalyRequest *request);

#endif
