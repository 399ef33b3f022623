/*
 * train.c
 *	  Trains a model on the rows of a series or a panel.
 *
 * A model is an ensemble of member networks that differ by plan (plan.c) and
 * seed; each learns from all series. Here the parts are put together.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/memory.h"
#include "base/progress_report.h"
#include "plan/glitch.h"
#include "plan/plan.h"
#include "model/encode.h"
#include "train/calibration.h"
#include "train/estimate.h"
#include "train/keep.h"
#include "train/limits.h"
#include "train/notices.h"
#include "train/train.h"
#include "train/training.h"
#include "train/tuning.h"
#include "train/workers.h"

/*
 * Measure the networks, which have not seen the tail, and the starts beside them. Tuned weights of
 * the pretrained network that were taken are tuned anew on all of the rows, as the networks are.
 */
static void
measure(Model *model, const TrainPlan *plan, const lf_dataset *dataset,
		const lf_universal_tuner_spec *tuning, TimestampTz started, bool kept)
{
	lf_real *tuned =
		tune_pretrained(tuning, holdout_steps(&plan->holdout), &plan->options, started);
	lf_real *refitted;

	report_phase(PROGRESS_MEASURING);
	calibrate_model(model, plan, dataset, kept, tuned);
	if (tuned == NULL || model->weights != tuned || !plan->options.refit)
		return;
	refitted = tune_pretrained(tuning, 0, &plan->options, started);
	if (refitted != NULL)
		model->weights = refitted;
}

/* Train on a panel; parent: the model whose networks go on, NULL for fresh ones. */
static Model *
train(const Model *parent, const lf_real *weights, const Panel *panel, char **covariate_names,
	  const TrainOptions *options, TrainPurpose purpose)
{
	Training *training;
	const TrainPlan *plan;
	Model *model;
	MemberOutput *outputs;
	TimestampTz started;

	report_phase(PROGRESS_PREPARING);
	training = training_begin(parent, weights, panel, covariate_names, options, purpose);
	plan = training->plan;
	model = training->model;
	outputs = palloc0(sizeof(MemberOutput) * plan->member_count);
	if (purpose != TRAIN_QUIETLY)
		notice_long_training(training);
	started = GetCurrentTimestamp();
	if (plan->member_count > 0)
		train_members(&training->job, outputs);
	notice_training_time(&plan->options, started);
	keep_members(model, plan, outputs);
	keep_learned(model, &training->job);
	measure(model, plan, &training->job.dataset, &training->tuning, started,
			purpose == TRAIN_TO_KEEP);
	for (int i = 0; i < model->member_count; i++)
		model->members[i].parameters = outputs[i].refitted;
	keep_panel(model, panel);
	return model;
}

Model *
train_panel(const lf_real *weights, const Panel *panel, char **covariate_names,
			const TrainOptions *options, TrainPurpose purpose)
{
	return train(NULL, weights, panel, covariate_names, options, purpose);
}

Model *
train_panel_on(const Model *parent, const Panel *panel, char **covariate_names,
			   const TrainOptions *options)
{
	return train(parent, model_has_own_weights(parent) ? parent->weights : NULL, panel,
				 covariate_names, options, TRAIN_TO_KEEP);
}

static void
throw_no_observation(const PanelRows *rows)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_DATA_EXCEPTION), errmsg("series has no observation to train on"),
		 errdetail("%lld rows were read, and the value of each is null.", (long long) rows->count),
		 errhint("Give rows with values that are not null.")));
}

/* A model's text is UTF-8, but a database in SQL_ASCII may hold anything. */
static void
check_name(const char *what, const char *name)
{
	if (pg_verify_mbstr(PG_UTF8, name, (int) strlen(name), true))
		return;
	ereport(ERROR, (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
					errmsg("%s is not valid UTF-8: \"%s\"", what, name),
					errdetail("A model keeps texts as UTF-8, and this database has no encoding."),
					errhint("Give another one, or convert it by convert_from().")));
}

static void
check_names(const Panel *panel, char **covariate_names, const TrainOptions *options)
{
	if (GetDatabaseEncoding() != PG_SQL_ASCII)
		return;
	for (int64 i = 0; i < panel->count; i++)
		if (panel->series[i]->label != NULL)
			check_name("name of a series", panel->series[i]->label);
	for (int64 i = 0; i < panel->skipped_count; i++)
		check_name("name of a series", panel->skipped[i].label);
	for (int i = 0; covariate_names != NULL && i < panel->past + panel->future; i++)
		check_name("name of a column", covariate_names[i]);
	for (int i = 0; i < panel->past + panel->future; i++)
		for (int k = 0; is_category(panel->categories, i) && k < panel->categories[i]->count; k++)
			check_name("category", panel->categories[i]->words[k]);
	if (options->steps != NULL)
		check_name("option \"steps\"", options->steps);
	if (options->holidays != NULL)
		check_name("option \"holidays\"", options->holidays);
	for (int i = 0; panel->holidays != NULL && i < panel->holidays->name_count; i++)
		check_name("name of a holiday", panel->holidays->names[i]);
}

/* The rows on their grids; fixed: of a model that is trained on, else NULL. */
static Panel *
lay_panel(const Frequency *fixed, const PanelRows *rows, const TrainOptions *options)
{
	PanelRequest request = {.frequency = options->frequency,
							.steps = rows->steps,
							.fixed = fixed,
							.zone = options->time_zone,
							.missing = (MissingPolicy) options->missing,
							.duplicates = (DuplicatePolicy) options->duplicates,
							.on_error = (ErrorPolicy) options->on_error};
	Panel *panel;

	report_phase(PROGRESS_PREPARING);
	if ((options->steps != NULL || options->holidays != NULL) && rows->columns == NULL)
		ereport(
			ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("an aggregate cannot read the option \"%s\"",
					options->steps != NULL ? LIST_OF_STEPS : LIST_OF_HOLIDAYS),
			 errdetail("Aggregates see their rows only, and may run in parallel workers."),
			 errhint("Write lstm_train(source, time_column, target_column, ...), with the table "
					 "or SELECT as the source.")));
	panel = panel_build(rows, &request);

	notice_faulty(panel);
	return panel;
}

Panel *
training_panel(const PanelRows *rows, const TrainOptions *options)
{
	return lay_panel(NULL, rows, options);
}

void
training_glitches(Panel *panel, const TrainOptions *options, bool quietly)
{
	Glitches glitches;

	if (!glitches_wanted(options))
		return;
	glitches = glitches_set_aside(panel, options->seasonal_period, options->horizon, NULL);
	if (!quietly)
		notice_glitches(&glitches,
						"Set the option \"glitches\" to \"keep\" if the values are right.");
}

Panel *
panel_to_train(const Frequency *fixed, const PanelRows *rows, char **covariate_names,
			   const TrainOptions *options)
{
	Panel *panel = lay_panel(fixed, rows, options);

	training_glitches(panel, options, false);
	if (panel->count == 0)
		throw_no_observation(rows);
	notice_rows(panel, options);
	check_names(panel, covariate_names, options);
	return panel;
}

bytea *
train_model(const PanelRows *rows, char **covariate_names, const TrainOptions *options)
{
	Scratch scratch = scratch_enter("lstm_forecast training");
	const Panel *panel = panel_to_train(NULL, rows, covariate_names, options);
	const Model *model = train_panel(NULL, panel, covariate_names, options, TRAIN_TO_KEEP);
	bytea *bytes;

	MemoryContextSwitchTo(scratch.caller);
	bytes = model_encode(model);
	MemoryContextDelete(scratch.memory);
	return bytes;
}
