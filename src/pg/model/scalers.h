/*
 * scalers.h
 *	  Fits the scalers of a panel's series for one network.
 *
 * In logarithmic units a step means the same in every series. Divided by each
 * series' own spread, quiet series would weigh like restless ones; so networks
 * that centre logarithms on the window's last value or mean divide by the median
 * spread of the panel.
 */
#ifndef LSTM_FORECAST_SCALERS_H
#define LSTM_FORECAST_SCALERS_H

#include "postgres.h"

#include "core/dataset.h"
#include "core/scaling.h"
#include "model/model.h"

/* Fit one scaler a series on all but its last tail steps. Interruptible. */
extern void scalers_fit(const lf_scaling_config *scaling, const lf_dataset *dataset, int64 tail,
						int lookback, lf_scaler *scalers);

/* The scaler of a series that the model has never seen, from its first length steps. */
extern lf_scaler scaler_of_unseen(const Model *model, const ModelMember *member,
								  const lf_series *series, int64 length);

#endif
