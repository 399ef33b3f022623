/*
 * evaluate.h
 *	  Measures a trained ensemble on its held-out windows.
 */
#ifndef LSTM_FORECAST_EVALUATE_H
#define LSTM_FORECAST_EVALUATE_H

#include "postgres.h"

#include "model.h"
#include "plan.h"

/*
 * Fill model->errors and model->calibration from the calibration part of the
 * holdout: forecasts of every member for the same windows, their median, the
 * seasonal naive forecast beside it. Without a holdout the errors are NaN and
 * there is no calibration.
 */
extern void evaluate_model(Model *model, const lf_dataset *dataset, const Holdout *holdout);

/* An upper bound of the bytes that this takes, for the check before training. */
extern size_t evaluate_bytes(int member_count, int horizon);

#endif
