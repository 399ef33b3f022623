/*
 * finetune.c
 *	  Trains a model further on newer rows.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "base/memory.h"
#include "model/encode.h"
#include "model/pretrained.h"
#include "options/class_options.h"
#include "forecast/history.h"
#include "forecast/misfit.h"
#include "train/finetune.h"
#include "train/parent.h"
#include "train/train.h"

static void
check_horizon(const Model *parent, int horizon)
{
	if (horizon == 0 || horizon == parent->horizon)
		return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("fine-tuning cannot change the horizon"),
					errdetail("It is %d in the model, and %d was given.", parent->horizon, horizon),
					errhint("Leave it out, or train another model with lstm_train().")));
}

/* The options of a model that is nothing but a pretrained network: rows decide what is open. */
static TrainOptions
bare_options(Jsonb *given, int horizon)
{
	TrainOptions options;

	options_parse(&options, given);
	options_check_forecast(&options);
	if (horizon > 0)
		options.horizon = horizon;
	options.pretrained = PRETRAINED_ONLY;
	return options;
}

TrainOptions
finetune_options(const Model *parent, Jsonb *given, int horizon)
{
	TrainOptions options = parent->options;

	if (parent->bare)
		return bare_options(given, horizon);
	options.horizon = parent->horizon;
	options.seasonal_period = parent->season;
	options.batch_size = OPTION_AUTO;
	options.max_epochs = OPTION_AUTO;
	options.max_steps = OPTION_AUTO;
	options.patience = OPTION_AUTO;
	options.learning_rate = NAN;
	options_refine(&options, given);
	check_horizon(parent, horizon);
	options.networks_given = !parent_in_halves(parent);
	return options;
}

/* Networks without inputs for holidays get none. */
static void
check_holidays(const Model *parent, const TrainOptions *options)
{
	if (options->holidays == NULL || parent->options.holidays != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("fine-tuning cannot add holidays"),
			 errdetail("The model was trained without any."),
			 errhint("Leave the option \"holidays\" out, or train another model with "
					 "lstm_train().")));
}

/* Rows have timestamps where the model has. */
static void
check_times(const Model *parent, const PanelRows *rows)
{
	bool trained = parent->frequency.kind != FREQUENCY_NONE;

	if (trained == rows->has_times)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 trained ? errmsg("the model was trained with timestamps, and the rows have none")
					 : errmsg("the model was trained without timestamps, and the rows have "
							  "some"),
			 trained ? errhint("Write lstm_finetune(model, ts, value), or name the "
							   "\"time_column\".")
					 : errhint("Write lstm_finetune(model, value ORDER BY ts), or leave the "
							   "\"time_column\" null.")));
}

/* The rows on the model's grid; those of listed steps on their new list. */
static Panel *
lay_rows(const Model *parent, const PanelRows *rows, char **covariate_names,
		 const TrainOptions *options)
{
	bool gridded = frequency_has_grid(&parent->frequency) && options->steps == NULL;
	Panel *panel;

	check_times(parent, rows);
	check_holidays(parent, options);
	panel = panel_to_train(gridded ? &parent->frequency : NULL, rows, covariate_names, options);
	history_check_covariates(parent, panel);
	misfit_check(parent, panel, NULL);
	return panel;
}

/* The weights of a model that is nothing but a pretrained network; NULL: those that ship. */
static const lf_real *
bare_weights(const Model *parent)
{
	Size bytes = sizeof(lf_real) * pretrained_table()->total;

	return memcmp(parent->weights, pretrained_weights(), bytes) == 0 ? NULL : parent->weights;
}

bytea *
finetune_model(const Model *parent, const PanelRows *rows, char **covariate_names,
			   const TrainOptions *options)
{
	Scratch scratch = scratch_enter("lstm_forecast training");
	const Model *model;
	bytea *bytes;

	if (parent->bare)
		model = train_panel(bare_weights(parent), panel_to_train(NULL, rows, NULL, options),
							covariate_names, options, TRAIN_TO_KEEP);
	else
		model = train_panel_on(parent, lay_rows(parent, rows, covariate_names, options),
							   covariate_names, options);
	MemoryContextSwitchTo(scratch.caller);
	bytes = model_encode(model);
	MemoryContextDelete(scratch.memory);
	return bytes;
}
