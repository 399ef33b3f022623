/*
 * rowset_merge.h
 *	  Rows of parallel workers into one row set, in the order of their times.
 */
#ifndef LSTM_FORECAST_ROWSET_MERGE_H
#define LSTM_FORECAST_ROWSET_MERGE_H

#include "postgres.h"

#include "rows/rowset.h"

/*
 * Add all rows of source, which has the same covariates: where both are in order so that
 * they are then, too, else after those of the target. Rows at one time keep their order. No
 * memory but what the rows take. Interruptible.
 */
extern void rowset_merge(RowSet *target, const RowSet *source);

#endif
