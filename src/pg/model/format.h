/*
 * format.h
 *	  What writing and reading a model's bytes share: names, checksum, and the error of bytes
 *	  that are no model.
 */
#ifndef LSTM_FORECAST_FORMAT_H
#define LSTM_FORECAST_FORMAT_H

#include "postgres.h"

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
#define MODEL_TENSOR_SPREADS "usual_spreads"
#define MODEL_TENSOR_DIFFERENCES "holiday_differences"
#define MODEL_TENSOR_ERRORS "series_errors"
#define MODEL_TENSOR_SCALERS "scalers"
#define MODEL_TENSOR_STARTS "starts"
#define MODEL_TENSOR_CALIBRATION "calibration.residuals"
#define MODEL_TENSOR_LOG "training_log"
#define MODEL_TENSOR_STEPS "steps"

#define MODEL_SERIES_FIELDS 7 /* rows, length, covered, first_time, last_time, learned, windows */
#define MODEL_ERROR_FIELDS 3  /* mae, mase, naive_mae */
#define MODEL_SCALER_FIELDS 5
#define MODEL_START_FIELDS                                                                         \
	(4 + LF_START_FIELDS) /* method, transform, season, weight, parameters                         \
						   */
#define MODEL_LOG_FIELDS 6

#define MODEL_MAX_SERIES (10 * 1000 * 1000)

/* 22P03: whole bytes that do not make a model; the detail is a printf format. */
pg_noreturn extern void model_throw_invalid(const char *detail, ...) pg_attribute_printf(1, 2);

/* CRC-32C of all bytes, the checksum's own digits taken as zeros. size includes them. */
extern uint32 model_checksum(const char *bytes, size_t size);

#define MODEL_FISCAL_FIELDS 4 /* numbers of fiscal periods */

/* Words of the kinds of frequency, by FrequencyKind. */
#define MODEL_FREQUENCY_WORDS (FREQUENCY_IRREGULAR + 1)
extern const char *const model_frequency_words[MODEL_FREQUENCY_WORDS];

/* Are the anchors of a series those of its model? Else the metadata has them. */
extern bool model_anchors_equal(const Frequency *frequency, const Frequency *model);

/* The name in the file of a tensor of member (from 0) of count: "weight_ih_l0", or
 * "2.weight_ih_l0". */
extern char *model_tensor_name(int count, int member, const char *parameter);

#endif
