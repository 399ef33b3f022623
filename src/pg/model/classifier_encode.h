/*
 * classifier_encode.h
 *	  A model that tells classes to its bytes.
 */
#ifndef LSTM_FORECAST_CLASSIFIER_ENCODE_H
#define LSTM_FORECAST_CLASSIFIER_ENCODE_H

#include "postgres.h"

#include "model/classifier.h"

/* The model's bytes, in CurrentMemoryContext; errors as model_encode. */
extern bytea *classifier_encode(const Classifier *classifier);

#endif
