/*
 * decode.h
 *	  Bytes to a model.
 */
#ifndef LSTM_FORECAST_DECODE_H
#define LSTM_FORECAST_DECODE_H

#include "postgres.h"

#include "model/classifier.h"
#include "model/model.h"

/*
 * The same of a model of either kind: one that tells classes is in *classifier, and NULL is
 * returned; classifier NULL: as model_decode.
 */
extern Model *model_decode_any(const bytea *bytes, Classifier **classifier);

/*
 * Check every byte and build the model in CurrentMemoryContext (nothing points
 * into bytes). Not a model: 22P03; damaged: XX001; newer format: 0A000;
 * one that tells classes: 22023.
 */
extern Model *model_decode(const bytea *bytes);

#endif
