/*
 * model_source.c
 *	  Fresh rows for a model.
 */
#include "postgres.h"

#include "model/pretrained.h"
#include "train/train.h"
#include "sql/arguments.h"
#include "sql/model_source.h"

PanelRows *
model_source_read(FunctionCallInfo fcinfo, const Model *model, SourceColumns *columns)
{
	take_model_columns(model, columns);
	return source_read(text_argument(fcinfo, 1), columns,
					   (DuplicatePolicy) model->options.duplicates);
}

const Panel *
model_rows_panel(const Model **model, const PanelRows *rows, int horizon, Skipped *skipped)
{
	TrainOptions options;
	const Panel *panel;

	if (!(*model)->bare)
		return history_panel(*model, rows, HISTORY_OF_FORECAST, skipped);
	options = pretrained_options(horizon);
	panel = panel_to_train(NULL, rows, NULL, &options);
	*model = train_panel((*model)->weights, panel, NULL, &options,
						 skipped != NULL ? TRAIN_QUIETLY : TRAIN_TO_FORECAST);
	return panel;
}
