/*
 * predictor.h
 *	  Makes and runs the core's predictor of one network.
 */
#ifndef LSTM_FORECAST_PREDICTOR_H
#define LSTM_FORECAST_PREDICTOR_H

#include "postgres.h"
#include "core/predictor.h"
#include "model/model.h"

/* Bytes that the predictor of a network takes for max_rows windows a call. Core's errors. */
extern Size predictor_bytes(const ModelMember *member, int64 max_rows);

/*
 * A predictor of a model's network over a dataset, for max_rows windows a call,
 * in CurrentMemoryContext. scalers: one a series of the dataset; levels: as in
 * lf_predictor_spec, taken only by a network that gives a distribution. Raises the core's errors.
 */
extern lf_predictor *create_predictor(const ModelMember *member, const lf_dataset *dataset,
									  const lf_scaler *scalers, int64 max_rows,
									  const double *levels, int level_count);

/*
 * Step until done: forecasts of count windows, with levels their quantiles, and where not NULL the
 * dispersions of counts.
 * Raises the core's errors.
 */
extern void run_predictor(lf_predictor *predictor, const lf_window *windows, int64 count,
						  double *forecasts, double *quantiles, double *dispersions);

#endif
