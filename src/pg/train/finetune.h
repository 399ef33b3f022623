/*
 * finetune.h
 *	  Trains a model further on newer rows.
 */
#ifndef LSTM_FORECAST_FINETUNE_H
#define LSTM_FORECAST_FINETUNE_H

#include "postgres.h"

#include "rows/panel_rows.h"
#include "model/model.h"

/*
 * The options of a fine-tuning: the model's where the call says nothing else. Those that the model
 * keeps, the horizon (0: not given) among them, raise 22023 where they differ. Of batch_size,
 * learning_rate, max_epochs, max_steps and patience only the call's own.
 */
extern TrainOptions finetune_options(const Model *parent, Jsonb *options, int horizon);

/*
 * Lay the rows on the model's grid, let its networks go on with a tenth of their training's steps,
 * measure on the held-out tail, and return the new model's bytes in CurrentMemoryContext. The
 * weights are the best ones on held-out windows, those of the model among them. A model without
 * networks chooses its starts anew. Raises 22023 where rows or covariates are not like the
 * model's, else as train_model.
 */
extern bytea *finetune_model(const Model *parent, const PanelRows *rows, char **covariate_names,
							 const TrainOptions *options);

#endif
