/*
 * fold_trial.h
 *	  A trial: one candidate trained and tested on one fold.
 */
#ifndef LSTM_FORECAST_FOLD_TRIAL_H
#define LSTM_FORECAST_FOLD_TRIAL_H

#include "postgres.h"

#include "backtest/backtest.h"
#include "train/series_attempt.h"

/* What candidates are measured by; backtest_metric_names has their names. */
typedef BacktestMetric TuneMetric;

/* What was found of one series; NaN: nothing. Metrics of MASE are not divided by its scale yet. */
typedef struct TrialScore
{
	double model;
	double naive; /* of the seasonal naive forecast */
	double scale; /* MASE's, as this candidate's season has it */
} TrialScore;

typedef struct TrialResult
{
	bool known;
	int code;            /* SQLSTATE of what failed; 0: nothing did */
	const char *message; /* of that; NULL: none */
	double seconds;
	TrialScore *scores; /* (series); NULL: none */
} TrialResult;

/* What is tried. */
typedef struct FoldTrial
{
	const Panel *panel;
	const TrainOptions *usual; /* the default's: glitches that it sets aside are not scored */
	char **covariate_names;
	TuneMetric metric;
	int fold; /* from 1; it ends so many horizons before the panel's end, less one */
} FoldTrial;

/*
 * Train with options by this process alone and put the scores of all series of the panel (those
 * that are too short for the fold NaN) into scores. What is wrong with the rows for these options
 * is the outcome, whose message is good until the next attempt. Interruptible.
 */
extern Outcome try_fold(SeriesAttempts *attempts, const FoldTrial *trial,
						const TrainOptions *options, TrialScore *scores);

#endif
