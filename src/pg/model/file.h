/*
 * file.h
 *	  The file that the bytes of a model are: whole, of a known format, with options and a log.
 *
 * What forecasts and what tells classes share of reading. All raise 22P03 for what is wrong.
 */
#ifndef LSTM_FORECAST_FILE_H
#define LSTM_FORECAST_FILE_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "core/parameters.h"
#include "model/model.h"
#include "model/safetensors.h"

/* Metadata of a model that forecasts, and of one that tells classes. */
#define MODEL_METADATA "lstm_forecast.model"
#define CLASSIFIER_METADATA "lstm_forecast.classifier"

/*
 * The file in CurrentMemoryContext, but for the tensors' values, which stay in bytes. Not a model:
 * 22P03; damaged: XX001; newer format: 0A000.
 */
extern SafetensorsFile *file_open(const bytea *bytes, uint32 *checksum);

/* Does the model tell classes? */
extern bool file_is_classifier(const SafetensorsFile *file);

/* A metadata string that holds JSON, parsed in the scratch memory. */
extern Jsonb *file_metadata(const SafetensorsFile *file, const char *name, MemoryContext scratch);

typedef void OptionsParser(TrainOptions *options, Jsonb *json);

/* The options, by options_parse or options_parse_classes. */
extern void file_options(TrainOptions *options, const SafetensorsFile *file, OptionsParser *parse,
						 MemoryContext scratch);

/* The training log of so many networks, *count rows; one tensor. */
extern ModelLogRow *file_log(const SafetensorsFile *file, int members, int64 *count);

/*
 * The weights of a network, number of so many: table->count tensors, all finite. In
 * CurrentMemoryContext.
 */
extern void file_parameters(const SafetensorsFile *file, const lf_parameter_table *table,
							int members, int number, lf_real **parameters);

#endif
