/*
 * calibration.h
 *	  Measures a trained ensemble on its held-out windows.
 */
#ifndef LSTM_FORECAST_CALIBRATION_H
#define LSTM_FORECAST_CALIBRATION_H

#include "postgres.h"

#include "plan/plan.h"
#include "model/model.h"

/*
 * Fill model->errors and model->calibration from the calibration part of the
 * holdout: forecasts of every member for the same windows, their median, the starts' share in it
 * (held_out.h), the seasonal naive forecast beside it. A model without networks is measured on the
 * past of its series. Without a holdout the errors are NaN and
 * there is no calibration. Of a panel, windows of all series count; MASE is measured by
 * each series' own scale. Also fills the usual spread and the errors of every series. kept: errors
 * are to be shown; else the pretrained network alone is measured only where intervals are made of
 * that. tuned: see take_starts.
 */
extern void calibrate_model(Model *model, const TrainPlan *plan, const lf_dataset *dataset,
							bool kept, lf_real *tuned);

/*
 * What of model->calibration is known before training: horizon and spread_steps as they will
 * be, spread_lag at least, points as many as there will be at least, no residuals. complete: no
 * step was filled.
 */
extern lf_calibration calibration_planned(const TrainPlan *plan, const lf_dataset *dataset,
										  bool complete);

/* The same as it will mostly be, of so many windows on which the model is measured. */
extern lf_calibration calibration_expected(const TrainPlan *plan, const lf_dataset *dataset,
										   int64 windows);

/* An upper bound of the bytes that calibrate_model takes, for the check before training. */
extern Size calibration_bytes(const TrainPlan *plan, const lf_dataset *dataset);

#endif
