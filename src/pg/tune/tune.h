/*
 * tune.h
 *	  Chooses options for a training by rolling-origin tests before the last horizon.
 */
#ifndef LSTM_FORECAST_TUNE_H
#define LSTM_FORECAST_TUNE_H

#include "postgres.h"

#include "rows/panel.h"
#include "tune/candidates.h"
#include "tune/fold_trial.h"

#define TUNE_MOST_FOLDS 100
#define TUNE_DEFAULT_FOLDS 3

typedef struct TuneRequest
{
	TuneCandidates candidates;
	int horizon; /* steps that a fold forecasts */
	int folds;
	TuneMetric metric;
	double max_seconds; /* NaN: no limit */
} TuneRequest;

/* What was found of a candidate. */
typedef struct TuneRow
{
	const Jsonb *options;
	double metric;             /* on its folds; NaN: none, as are the others */
	double naive;              /* of the seasonal naive forecast on the same folds */
	double last_horizon;       /* of what is ranked first, and of the default */
	double last_horizon_naive; /* beside it */
	int folds;
	double seconds; /* of all its trainings, in one process */
	const char *note;
} TuneRow;

typedef struct TuneRows
{
	int count;
	TuneRow *rows; /* (count) by rank */
} TuneRows;

/* The horizon of a panel under options. */
extern int tune_horizon(const Panel *panel, const TrainOptions *options);

/*
 * Tune on a panel whose glitches are not set aside yet; a NOTICE tells of each rung. Rows are in
 * CurrentMemoryContext, and but for seconds the same for any number of processes, unless
 * max_seconds ends it. Raises 22000 where no series is long enough for the folds. Interruptible.
 */
extern TuneRows tune_panel(const Panel *panel, char **covariate_names, const TuneRequest *request);

#endif
