/*
 * listed.h
 *	  The steps of a model whose steps are listed, out of its bytes.
 */
#ifndef LSTM_FORECAST_MODEL_LISTED_H
#define LSTM_FORECAST_MODEL_LISTED_H

#include "postgres.h"

#include "model/model.h"
#include "model/safetensors.h"

/*
 * The list, in CurrentMemoryContext; NULL where the file has none. Raises 22P03 for one that is no
 * list, 54000 for one that would take more than lstm_forecast.max_memory beside `held` bytes.
 */
extern const Times *listed_read(const SafetensorsFile *file, Size held);

/* Raise 22P03 where the steps of a series are not all listed. For other frequencies they are. */
extern void listed_check(const ModelSeries *series);

#endif
