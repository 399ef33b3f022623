/*
 * tensors.h
 *	  Tensors of a model's file that must have a type and a shape.
 */
#ifndef LSTM_FORECAST_TENSORS_H
#define LSTM_FORECAST_TENSORS_H

#include "postgres.h"

#include "model/safetensors.h"

#define ANY_LENGTH (-1) /* of a dimension */

/* The tensor of that name; raises 22P03 where there is none, or of another type or shape. */
extern const SafetensorsTensor *tensor_expected(const SafetensorsFile *file, const char *name,
												SafetensorsType type, int dimensions,
												const int64 *shape);

/* The same of weights, which are floats or halves. */
extern const SafetensorsTensor *tensor_weights(const SafetensorsFile *file, const char *name,
											   int dimensions, const int64 *shape);

/* All values of such a tensor. Interruptible. */
extern void tensor_floats(const SafetensorsFile *file, const SafetensorsTensor *tensor,
						  float *values);

/* Copy count doubles of a tensor, from number `first` on. */
extern void tensor_doubles(const SafetensorsFile *file, const SafetensorsTensor *tensor,
						   size_t first, double *values, size_t count);

#endif
