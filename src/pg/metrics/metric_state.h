/*
 * metric_state.h
 *	  The state that metrics share: a sum over rows of which the metric is the mean.
 *
 * It is a float8[], so that it combines in parallel plans without functions of its own, and is
 * checked at every entry, as anyone can call the support functions with any array.
 */
#ifndef LSTM_FORECAST_METRIC_STATE_H
#define LSTM_FORECAST_METRIC_STATE_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"

#include "base/compat.h"

/* What a state holds: number of rows, sum of their errors, and what rounding took from that sum. */
enum
{
	METRIC_ROWS,
	METRIC_SUM,
	METRIC_COMPENSATION,
	METRIC_LENGTH
};

/* Add to a sum, by its METRIC_LENGTH numbers. Finite terms whose sum is not raise 22003. */
extern void metric_add(float8 *state, float8 term);

/* The mean over the rows, of which there are some. */
extern float8 metric_mean(const float8 *state);

/* The numbers of a state. Any other array raises 22023. */
extern float8 *metric_numbers(ArrayType *state);

/* The state, which is the first argument; outside an aggregate a copy, as it is the caller's. */
extern ArrayType *metric_state(FunctionCallInfo fcinfo);

/* The state with one more row: what a transition function returns. */
extern Datum metric_add_row(FunctionCallInfo fcinfo, float8 error);

#endif
