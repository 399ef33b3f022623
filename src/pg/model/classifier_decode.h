/*
 * classifier_decode.h
 *	  Bytes to a model that tells classes.
 */
#ifndef LSTM_FORECAST_CLASSIFIER_DECODE_H
#define LSTM_FORECAST_CLASSIFIER_DECODE_H

#include "postgres.h"

#include "model/classifier.h"
#include "model/safetensors.h"

/*
 * Build it from an open file of so many bytes, in CurrentMemoryContext: every number is checked.
 * Errors as model_decode, 22P03 for what is wrong.
 */
extern Classifier *classifier_read(const SafetensorsFile *file, Size file_bytes,
								   MemoryContext scratch);

#endif
