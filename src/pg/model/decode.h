/*
 * decode.h
 *	  Bytes to a model.
 */
#ifndef LSTM_FORECAST_DECODE_H
#define LSTM_FORECAST_DECODE_H

#include "postgres.h"

#include "model/model.h"

/*
 * Check every byte and build the model in CurrentMemoryContext (nothing points
 * into bytes). Not a model: 22P03; damaged: XX001; newer format: 0A000.
 */
extern Model *model_decode(const bytea *bytes);

#endif
