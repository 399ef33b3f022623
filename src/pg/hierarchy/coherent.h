/*
 * coherent.h
 *	  Rows of forecasts, checked, and what they are where they add up.
 *
 * A row is a node of the hierarchy at a step, its forecast and, where variances are given, that
 * forecast's. The hierarchy is that of all rows together; every step is reconciled by itself.
 */
#ifndef LSTM_FORECAST_COHERENT_H
#define LSTM_FORECAST_COHERENT_H

#include "postgres.h"

#include "hierarchy/path_tree.h"
#include "hierarchy/step_numbers.h"

typedef struct ForecastRows
{
	PathTree *tree;
	StepNumbers *steps;
	bool has_variances;
	int64 count;
	int64 *node;      /* [count] */
	int64 *step;      /* [count] */
	double *forecast; /* [count] NaN: none */
	double *variance; /* [count] NULL where none are given */
} ForecastRows;

/*
 * No rows yet, but room for so many, in the tree's context and account.
 */
extern ForecastRows *forecast_rows_create(PathTree *tree, StepNumbers *steps, int64 capacity,
										  bool has_variances);

/*
 * Add a row; a null forecast is NaN, and then its variance does not matter. Raises 22003 where the
 * forecast is infinite, NaN or too large, 22004 and 22023 where the variance is null or out of
 * range.
 */
extern void forecast_rows_add(ForecastRows *rows, int64 node, int64 step, const double *forecast,
							  const double *variance);

/*
 * The coherent forecast of each row, in the order of the rows. Nodes without children must have
 * one forecast a step, others one at most: else 22000 or 22004. Interruptible.
 */
extern void forecast_rows_reconcile(const ForecastRows *rows, double *coherent);

#endif
