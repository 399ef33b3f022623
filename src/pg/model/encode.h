/*
 * encode.h
 *	  A model to its bytes.
 */
#ifndef LSTM_FORECAST_ENCODE_H
#define LSTM_FORECAST_ENCODE_H

#include "postgres.h"

#include "model/model.h"

/* The model's bytes, in CurrentMemoryContext. Larger than 1 GB raises 54000 and says what to lower.
 */
extern bytea *model_encode(const Model *model);

/* How many bytes that would be, the header of a bytea not counted. */
extern Size model_encoded_size(const Model *model);

#endif
