/*
 * metadata.h
 *	  A model's metadata as JSON text, and the names in the file: private to model_*.c.
 */
#ifndef LSTM_FORECAST_METADATA_H
#define LSTM_FORECAST_METADATA_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "base/compat.h"
#include "model/model.h"

/*
 * How every model begins, after the header's length. The checksum lies at a
 * fixed place, so that it is checked before anything is parsed, and the version
 * behind it, so that a newer format is told from a wrong one.
 */
#define MODEL_MAGIC "{\"__metadata__\":{\"format\":\"pt\",\"lstm_forecast.checksum\":\""
#define MODEL_MAGIC_LENGTH (sizeof(MODEL_MAGIC) - 1)
#define MODEL_CHECKSUM_DIGITS 8
#define MODEL_CHECKSUM_ZEROS "00000000"
#define MODEL_VERSION_KEY "\",\"lstm_forecast.version\":\""
#define MODEL_VERSION_KEY_LENGTH (sizeof(MODEL_VERSION_KEY) - 1)

#define MODEL_TENSOR_HISTORY "history.values"
#define MODEL_TENSOR_COVARIATES "history.covariates"
#define MODEL_TENSOR_SERIES "series"
#define MODEL_TENSOR_SPREADS "least_spreads"
#define MODEL_TENSOR_SCALERS "scalers"
#define MODEL_TENSOR_CALIBRATION "calibration.residuals"
#define MODEL_TENSOR_LOG "training_log"

#define MODEL_SERIES_FIELDS 5 /* rows, length, covered, first_time, last_time */
#define MODEL_SCALER_FIELDS 5
#define MODEL_LOG_FIELDS 6

#define MODEL_MAX_SERIES (10 * 1000 * 1000)

/* 22P03: whole bytes that do not make a model; the detail is a printf format. */
pg_noreturn extern void model_throw_invalid(const char *detail, ...) pg_attribute_printf(1, 2);

/* CRC-32C of all bytes, the checksum's own digits taken as zeros. size includes them. */
extern uint32 model_checksum(const char *bytes, size_t size);

/* Words of the kinds of frequency, by FrequencyKind. */
extern const char *const model_frequency_words[];

/* Are the anchors of a series those of its model? Else the metadata has them. */
extern bool model_anchors_equal(const Frequency *frequency, const Frequency *model);

/* Everything but the options and what the tensors hold, as JSON text. */
extern char *model_metadata_write(const Model *model);

/*
 * Fill the model from such a JSON object, all but the options and what the
 * tensors hold; every value is checked by itself, and what goes into the networks
 * and comes out of them against covariates and losses. series_count is there
 * already, so that the file has paid for the memory. Wrong ones raise 22P03.
 */
extern void model_metadata_read(Model *model, Jsonb *json);

#endif
