/*
 * train.c
 *	  Trains a model on the rows of a series or a panel.
 *
 * A model is an ensemble of member networks that differ by plan (plan.c) and
 * seed; each learns from all series. Here the parts are put together.
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "rows/on_clock.h"
#include "plan/clock.h"
#include "plan/glitch.h"
#include "plan/plan.h"
#include "model/encode.h"
#include "model/half.h"
#include "model/covariates.h"
#include "model/network_table.h"
#include "forecast/selection.h"
#include "train/calibration.h"
#include "train/limits.h"
#include "train/notices.h"
#include "train/parent.h"
#include "train/planned_size.h"
#include "train/train.h"
#include "train/tuning.h"
#include "train/workers.h"

#define MEASURING_HINT "Lower \"horizon\" or \"ensemble_size\", or have the setting raised."

/* The panel as the core reads it. Values stay the panel's. */
/* Bytes of the panel, its dataset, and what the model says of its series. */
static Size
dataset_bytes(const Panel *panel, const ModelCovariates *covariates)
{
	Size step = sizeof(float) * (Size) covariates_channels(covariates, &panel->frequency);
	Size bytes =
		add_size(panel->bytes, mul_size(sizeof(lf_series) + sizeof(ModelSeries), panel->count));

	for (int64 i = 0; i < panel->count; i++)
		bytes = add_size(bytes, mul_size(step, panel->series[i]->length));
	return bytes;
}

static lf_dataset
core_dataset(const Panel *panel, const ModelCovariates *covariates)
{
	lf_series *series = palloc_extended(mul_size(sizeof(lf_series), panel->count), MCXT_ALLOC_HUGE);

	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *grid = panel->series[i];

		check_interrupts();
		series[i] = (lf_series){.length = grid->length,
								.values = grid->values,
								.observed = grid->observed,
								.covered = grid->length,
								.covariates = covariates_series(
									covariates, &grid->frequency, grid->first_time, grid->times,
									grid->covariates, grid->covered, grid->length)};
	}
	return (lf_dataset){.count = panel->count, .series = series};
}

/* A full log of a member into the model's rows. */
static void
append_log(Model *model, int member, const MemberOutput *output)
{
	Size bytes = mul_size(sizeof(ModelLogRow), model->log_count + Max(output->epochs, 1));

	model->log = model->log == NULL ? palloc(bytes) : repalloc_huge(model->log, bytes);
	for (int i = 0; i < output->epochs; i++)
	{
		const lf_epoch *epoch = &output->log[i];
		ModelLogRow *row = &model->log[model->log_count++];

		row->member = member + 1;
		row->epoch = epoch->epoch;
		row->train_loss = epoch->train_loss;
		row->validation_loss = epoch->validation_loss;
		row->learning_rate = epoch->learning_rate;
		row->seconds = epoch->seconds;
	}
}

/*
 * Bring the weights of networks that no option describes to half precision, in which they are kept:
 * those that are measured, too, as what is measured is what forecasts.
 */
static void
round_weights(const MemberPlan *plan, const MemberOutput *output)
{
	Size count = network_weights(&plan->network);

	round_to_halves(output->parameters, count);
	round_to_halves(output->refitted, count);
}

static void
take_members(Model *model, const TrainPlan *plan, const MemberOutput *outputs)
{
	model->member_count = plan->member_count;
	model->members = palloc0(sizeof(ModelMember) * plan->member_count);
	for (int i = 0; i < plan->member_count; i++)
	{
		ModelMember *member = &model->members[i];
		const lf_training_config *training = &plan->members[i].training;

		if (!plan->options.networks_given)
			round_weights(&plan->members[i], &outputs[i]);
		member->network = plan->members[i].network;
		member->scaling = plan->members[i].scaling;
		member->loss = training->loss;
		member->schedule = (ModelSchedule){.batch_size = training->batch_size,
										   .max_epochs = training->max_epochs,
										   .max_steps = training->max_steps,
										   .patience = training->patience,
										   .learning_rate = training->learning_rate};
		member->seed = training->seed;
		member->best_epoch = outputs[i].best_epoch;
		member->scalers = outputs[i].scalers;
		member->parameters = outputs[i].parameters;
		append_log(model, i, &outputs[i]);
	}
	model->train_windows = plan->member_count > 0 ? outputs[0].train_windows : 0;
}

/*
 * What forecasts read of a series: its last steps, as many as the longest
 * lookback and the intervals' spread, and the covariates that are known ahead.
 */
static void
keep_series(const Model *model, const GridSeries *series, ModelSeries *kept)
{
	int64 longest = model_steps_read(model);
	int width = series->past + series->future;

	kept->label = series->label == NULL ? NULL : pstrdup(series->label);
	kept->rows = series->length - series->missing;
	kept->length = Min(series->length, longest);
	kept->history = series->values + series->length - kept->length;
	kept->covered = kept->length + series->covered - series->length;
	if (width > 0)
		kept->covariates = series->covariates + (series->length - kept->length) * width;
	kept->first_time = series->first_time;
	kept->last_time = series->last_time;
	kept->frequency = series->frequency;
}

/* The beginning of a message, in whole characters. */
static char *
clip_message(const char *message)
{
	/* a database without an encoding holds UTF-8, as check_names has seen */
	int encoding = GetDatabaseEncoding() == PG_SQL_ASCII ? PG_UTF8 : GetDatabaseEncoding();

	return pnstrdup(message, pg_encoding_mbcliplen(encoding, message, (int) strlen(message),
												   MODEL_LONGEST_MESSAGE));
}

static void
keep_panel(Model *model, const Panel *panel)
{
	for (int64 i = 0; i < panel->count; i++)
		keep_series(model, panel->series[i], &model->series[i]);
	model->skipped_count = panel->skipped_count;
	model->skipped =
		palloc_extended(mul_size(sizeof(ModelSkipped), panel->skipped_count), MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < panel->skipped_count; i++)
		model->skipped[i] =
			(ModelSkipped){.label = pstrdup(panel->skipped[i].label),
						   .message = clip_message(panel->skipped[i].fault.message)};
}

/* Note which series the networks learned from. */
static void
keep_learned(Model *model, const TrainJob *job)
{
	bool *learned = palloc_extended(model->series_count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < job->member_count; i++)
		mark_learned(job, i, learned);
	for (int64 i = 0; i < model->series_count; i++)
		model->series[i].learned = learned[i];
	pfree(learned);
}

static Model *
start_model(const Panel *panel, char **covariate_names, const TrainOptions *options,
			const lf_real *weights)
{
	Model *model = palloc0(sizeof(Model));
	ModelCovariates *covariates = &model->covariates;

	model->frequency = panel->frequency;
	model->weights = unconstify(lf_real *, weights);
	model->rows = panel->rows;
	model->missing = panel->missing;
	model->kernel = pstrdup(instructions_kernels()->name);
	model->series_count = panel->count;
	model->series = palloc_extended(mul_size(sizeof(ModelSeries), panel->count),
									MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	covariates->past = panel->past;
	covariates->future = panel->future;
	covariates->calendar = options->calendar;
	covariates->names = covariate_names;
	return model;
}

/*
 * Future covariates must be known for the horizon, and its steps where they are listed. From a
 * common origin that begins after the latest timestamp of all; series that ended more than a
 * horizon before it are not forecast.
 */
static void
check_ahead(const Panel *panel, int horizon, bool common)
{
	TimestampTz origin = panel->series[0]->last_time;

	for (int64 i = 1; common && i < panel->count; i++)
		origin = Max(origin, panel->series[i]->last_time);
	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *series = panel->series[i];
		KnownAhead known = {.label = series->label,
							.frequency = &series->frequency,
							.last_time = series->last_time,
							.steps = series->covered - series->length};
		bool exact;
		int64 lag =
			common ? frequency_step(&series->frequency, series->last_time, origin, &exact) : 0;

		check_interrupts();
		if (lag > horizon)
			continue;
		(void) selection_check_listed(&known, (int) lag + horizon, NULL);
		if (panel->future > 0)
			(void) selection_check_ahead(&known, (int) lag + horizon, NULL);
	}
}

/* What there is to say about the ends of the series, before training. */
static void
look_ahead(const Panel *panel, int horizon, TrainPurpose purpose)
{
	bool forecasts = purpose == TRAIN_TO_FORECAST || purpose == TRAIN_TO_FORECAST_COMMON;

	if (forecasts && (panel->future > 0 || panel->frequency.kind == FREQUENCY_LISTED))
		check_ahead(panel, horizon, purpose == TRAIN_TO_FORECAST_COMMON);
	if (purpose == TRAIN_TO_KEEP || purpose == TRAIN_TO_FORECAST)
		notice_ended_series(panel, horizon);
	if (purpose == TRAIN_TO_KEEP)
	{
		notice_future(panel, horizon);
		notice_listed(panel, horizon);
	}
}

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
	Model *model = start_model(panel, covariate_names, options, weights);
	ModelCovariates *covariates = &model->covariates;
	bool wall_clock =
		parent != NULL ? parent->wall_clock : plan_wall_clock(panel, options->seasonal_period);
	Panel *read = wall_clock ? clock_panel(panel) : unconstify(Panel *, panel);
	TrainPlan *plan =
		parent != NULL
			? parent_plan(parent, read, options)
			: plan_training(read, options, covariates_channels(covariates, &panel->frequency),
							covariates_future(covariates, &panel->frequency));
	TrainJob job = {.holdout = plan->holdout,
					.member_count = plan->member_count,
					.members = plan->members,
					.initial = parent != NULL ? parent_weights(parent) : NULL,
					.max_seconds = plan->options.max_seconds,
					.log_seconds = plan->options.log_seconds,
					.processes = worker_processes(options->workers)};
	MemberOutput *outputs = palloc0(sizeof(MemberOutput) * plan->member_count);
	lf_universal_tuner_spec tuning;
	TimestampTz started;
	Size measuring;

	look_ahead(panel, plan->options.horizon, purpose);
	model->options = plan->options;
	model->horizon = plan->options.horizon;
	model->season = plan->season;
	model->seasons = plan->seasons;
	model->whole = plan->whole;
	model->pretrained = plan->starts && plan->options.pretrained != PRETRAINED_NONE;
	model->start_share = parent != NULL ? parent->start_share : 0;
	model->wall_clock = wall_clock;
	model->reasons = plan->reasons;
	if (parent != NULL)
		parent_covariates(parent, covariates);
	else
		covariates_fit(covariates, panel, holdout_steps(&plan->holdout));
	if (wall_clock)
		clock_panel_covariates(panel, read);
	job.held =
		add_size(dataset_bytes(read, covariates), mul_size(sizeof(lf_real), initial_weights(&job)));
	check_memory_limit(job.held, "training", SERIES_MEMORY_HINT);
	job.dataset = core_dataset(read, covariates);

	check_planned_size(plan, panel, &job.dataset);
	if (plan->member_count > 0)
		prepare_training(&job);
	measuring = add_size(job.held, calibration_bytes(plan, &job.dataset));
	check_memory_limit(measuring, "training", MEASURING_HINT);
	tuning = plan_tuning(model, plan, &job.dataset, measuring);
	started = GetCurrentTimestamp();
	if (plan->member_count > 0)
		train_members(&job, outputs);
	notice_training_time(&plan->options, started);
	take_members(model, plan, outputs);
	keep_learned(model, &job);
	measure(model, plan, &job.dataset, &tuning, started, purpose == TRAIN_TO_KEEP);
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
	if (options->steps != NULL)
		check_name("option \"steps\"", options->steps);
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

	if (options->steps != NULL && rows->columns == NULL)
		ereport(
			ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("an aggregate cannot read the option \"steps\""),
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
	glitches = glitches_set_aside(panel, options->seasonal_period, NULL);
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
