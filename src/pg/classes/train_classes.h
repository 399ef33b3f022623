/*
 * train_classes.h
 *	  Rows with labels to a model that tells classes.
 */
#ifndef LSTM_FORECAST_TRAIN_CLASSES_H
#define LSTM_FORECAST_TRAIN_CLASSES_H

#include "postgres.h"

#include "options/options.h"
#include "rows/panel_rows.h"

/*
 * Train on rows whose past covariates are the value columns (names (past), or NULL where they came
 * as arrays) and whose values are the numbers of their labels. The model's bytes are in
 * CurrentMemoryContext. Errors: as class_data_build; 22000 for fewer than two classes.
 */
extern bytea *train_classes(const PanelRows *rows, char **names, const TrainOptions *options);

#endif
