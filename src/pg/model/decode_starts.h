/*
 * decode_starts.h
 *	  The starts of a model, and what they ask, out of its bytes.
 */
#ifndef LSTM_FORECAST_DECODE_STARTS_H
#define LSTM_FORECAST_DECODE_STARTS_H

#include "postgres.h"

#include "model/model.h"
#include "model/safetensors.h"

/*
 * The start of each series, where the model needs them; its metadata and series are read already.
 * Returns how many tensors were taken; raises 22P03 for what no training gives.
 */
extern int decode_starts(Model *model, const SafetensorsFile *file);

/*
 * The weights of the pretrained network, where the model has its own, in CurrentMemoryContext.
 * Returns and raises likewise.
 */
extern int decode_own_weights(Model *model, const SafetensorsFile *file);

#endif
