/*
 * halving.h
 *	  Successive halving: which candidates are measured on which folds, and in which order they end.
 *
 * On each rung the candidates that are left are measured on more folds than before, and the better
 * half of them goes on (Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and
 * Hyperparameter Optimization", 2016; Li et al., "Hyperband", 2018). The default, number 0, always
 * goes on. Clocks have no part in it.
 */
#ifndef LSTM_FORECAST_HALVING_H
#define LSTM_FORECAST_HALVING_H

#include "postgres.h"

#include "tune/fold_trial.h"

/* The field of candidates, and what is known of them. */
typedef struct TuneField
{
	int candidates;
	int folds; /* from the latest, 1, back */
	int64 series;
	TuneMetric metric;
	TrialResult *results; /* (candidates, folds); not known: not measured */
	bool *left;           /* (candidates) still in */
	int *reached;         /* (candidates) finished rungs that they were measured on */
} TuneField;

/* One candidate beside the default on the same folds, and how sure that is. */
typedef struct TuneComparison
{
	double difference; /* of the metric, mean over series and folds; below 0: it is better */
	double error; /* its standard error, for few pairs widened; NaN: of one pair there is none */
} TuneComparison;

/* Rungs, and folds of a rung (from 1) with all before it. */
extern int halving_rungs(int candidates, int folds);
extern int halving_folds(int rung, int rungs, int folds);

static inline TrialResult *
halving_result(const TuneField *field, int candidate, int fold)
{
	return &field->results[candidate * field->folds + fold - 1];
}

/* The message of a candidate's failure on folds 1 .. folds; NULL: there is none. */
extern const char *halving_failure(const TuneField *field, int candidate, int folds);

/* The metric of a candidate on folds 1 .. folds, mean over their series; NaN: none. */
extern double halving_metric(const TuneField *field, int candidate, int folds);

/* The same of the seasonal naive forecast. */
extern double halving_naive(const TuneField *field, int folds);

/* A candidate against the default on folds 1 .. folds. */
extern TuneComparison halving_compare(const TuneField *field, int candidate, int folds);

/*
 * Is it better than the default by more than chance: by a standard error, and as it is picked out
 * of many, by so many of them as the best of these comes to by luck?
 */
extern bool halving_surely_better(const TuneField *field, int candidate, int folds);

/* Let the better half of those that are left go on after a rung with so many folds. */
extern void halving_cut(TuneField *field, int folds);

/*
 * All candidates in the order in which they end: those that came furthest first, of these by their
 * metric, the default before all that are not surely better, those that failed at the end. rungs:
 * as halving_rungs says. order: (candidates).
 */
extern void halving_order(const TuneField *field, int rungs, int *order);

#endif
