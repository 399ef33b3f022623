/*
 * metadata.h
 *	  A model's metadata as JSON text.
 */
#ifndef LSTM_FORECAST_METADATA_H
#define LSTM_FORECAST_METADATA_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "model/model.h"

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
