/*
 * model_source.h
 *	  Fresh rows for a model: out of a source, and as the model forecasts them.
 */
#ifndef LSTM_FORECAST_MODEL_SOURCE_H
#define LSTM_FORECAST_MODEL_SOURCE_H

#include "postgres.h"
#include "fmgr.h"

#include "rows/panel_rows.h"
#include "rows/source.h"
#include "model/model.h"
#include "forecast/history.h"

/*
 * Read the source, argument 1 of the call, for the model: what the columns leave open is as the
 * model's (take_model_columns), and so is what becomes of duplicates. Errors as source_read.
 */
extern PanelRows *model_source_read(FunctionCallInfo fcinfo, const Model *model,
									SourceColumns *columns);

/*
 * The rows as what the model forecasts from. A model that is nothing but a pretrained network
 * becomes what it is once trained on them, for that horizon (0: its own). skipped as of
 * history_panel; where it is not NULL the training is quiet.
 */
extern const Panel *model_rows_panel(const Model **model, const PanelRows *rows, int horizon,
									 Skipped *skipped);

#endif
