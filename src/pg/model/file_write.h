/*
 * file_write.h
 *	  The file that the bytes of a model are, as it is written: what forecasts and what tells
 * classes share of that.
 */
#ifndef LSTM_FORECAST_FILE_WRITE_H
#define LSTM_FORECAST_FILE_WRITE_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "core/parameters.h"
#include "core/real.h"
#include "model/model.h"
#include "model/safetensors.h"

/* The metadata that every model begins with, and its options; what the model is follows. */
extern void file_add_metadata(SafetensorsWriter *writer, Jsonb *options);

/*
 * A file of so many bytes with its header, in CurrentMemoryContext; *data is where its tensors
 * begin. More than the limit raises 54000.
 */
extern bytea *file_begin(Size size, const char *header, Size header_length, char **data);

/* Put doubles at *to and move it on. Every NaN gets the same bits. */
extern void file_put_doubles(char **to, const double *values, int64 count);

/* The training log: (count, MODEL_LOG_FIELDS). */
extern void file_put_log(char *to, const ModelLogRow *log, int64 count, bool seconds);

/* Weights as floats or halves. */
extern void file_put_parameters(char *to, const lf_real *parameters, size_t count, bool halves);

/*
 * Announce the tensors of a network, number of so many, as floats or halves; they lie in the file
 * as the weights lie in memory.
 */
extern void file_add_parameters(SafetensorsWriter *writer, const lf_parameter_table *table,
								int members, int number, bool halves);

/* When all else is there. */
extern void file_put_checksum(bytea *file);

#endif
