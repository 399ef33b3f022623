/*
 * train.h
 *	  Trains a model on a prepared series.
 */
#ifndef LSTM_FORECAST_TRAIN_H
#define LSTM_FORECAST_TRAIN_H

#include "postgres.h"

#include "model.h"
#include "series.h"

/*
 * Lay the rows on their grid, plan, train every member, measure on the held-out
 * tail, and return the model's bytes in CurrentMemoryContext. label names the
 * series in errors (NULL: none). Interruptible; whatever ends it, the memory is
 * that of a child of CurrentMemoryContext.
 */
extern bytea *train_model(const RowSet *rows, const char *label, const TrainOptions *options);

#endif
