/*
 * training.c
 *	  From rows on their grids to a training that is planned and checked, and not begun.
 */
#include "postgres.h"

#include "storage/shmem.h"
#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "rows/on_clock.h"
#include "plan/clock.h"
#include "model/covariates.h"
#include "model/holiday_effects.h"
#include "model/holidays.h"
#include "forecast/history.h"
#include "forecast/selection.h"
#include "train/calibration.h"
#include "train/notices.h"
#include "train/parent.h"
#include "train/planned_size.h"
#include "train/training.h"
#include "train/tuning.h"
#include "train/workers.h"

#define MEASURING_HINT "Lower \"horizon\" or \"ensemble_size\", or have the setting raised."

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

/* The panel as the core reads it. Values stay the panel's. */
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
	return (lf_dataset){.count = panel->count,
						.series = series,
						.labels = covariates_labels(covariates, &panel->frequency)};
}

static Model *
start_model(const Model *parent, const Panel *panel, char **covariate_names,
			const TrainOptions *options, const lf_real *weights)
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
	covariates_take(covariates, panel);
	covariates->calendar = options->calendar;
	covariates->names = covariate_names;
	covariates->holidays = parent != NULL
							   ? holidays_again(parent->covariates.holidays, panel->holidays)
							   : holidays_choose(panel);
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
		if (panel->future > panel->statics)
			(void) selection_check_ahead(&known, (int) lag + horizon, NULL);
	}
}

/* What there is to say about the ends of the series, before training. */
static void
look_ahead(const Model *model, const Panel *panel, int horizon, TrainPurpose purpose)
{
	bool forecasts = purpose == TRAIN_TO_FORECAST || purpose == TRAIN_TO_FORECAST_COMMON;

	if (forecasts && (panel->future > panel->statics || panel->frequency.kind == FREQUENCY_LISTED))
		check_ahead(panel, horizon, purpose == TRAIN_TO_FORECAST_COMMON);
	if (purpose == TRAIN_TO_KEEP || purpose == TRAIN_TO_FORECAST)
		notice_ended_series(panel, horizon);
	if (purpose == TRAIN_TO_KEEP || forecasts)
	{
		notice_unseen_holidays(panel, model->covariates.holidays);
		notice_holidays(panel, model->covariates.holidays, horizon);
	}
	if (purpose == TRAIN_TO_KEEP)
	{
		notice_future(panel, horizon);
		notice_listed(panel, horizon);
	}
}

/* What holidays do to series that go on is known of the parent; others are as all are. */
static void
take_differences(Model *model, const Panel *panel, const Model *parent)
{
	for (int64 i = 0; model_has_effects(model) && i < panel->count; i++)
	{
		check_interrupts();
		model->series[i].holiday_difference =
			holiday_difference(parent, history_find(parent, panel->series[i]->label));
	}
}

/* What the plan says of the model. */
static void
take_plan(Model *model, const TrainPlan *plan, const Model *parent)
{
	model->options = plan->options;
	model->horizon = plan->options.horizon;
	model->season = plan->season;
	model->seasons = plan->seasons;
	model->whole = plan->whole;
	model->pretrained = plan->starts && plan->options.pretrained != PRETRAINED_NONE;
	model->start_share = parent != NULL ? parent->start_share : 0;
	model->reasons = plan->reasons;
}

/* What is learned from, as its networks read it; the panel by their clocks. */
static void
take_rows(Training *training, const Model *parent, const Panel *panel, Panel *read)
{
	Model *model = training->model;
	TrainJob *job = &training->job;

	if (parent != NULL)
		parent_covariates(parent, &model->covariates);
	else
		covariates_fit(&model->covariates, panel, holdout_steps(&training->plan->holdout));
	if (model->wall_clock)
		clock_panel_covariates(panel, read);
	job->held = add_size(dataset_bytes(read, &model->covariates),
						 mul_size(sizeof(lf_real), initial_weights(job)));
	check_memory_limit(job->held, "training", SERIES_MEMORY_HINT);
	job->dataset = core_dataset(read, &model->covariates);
}

Training *
training_begin(const Model *parent, const lf_real *weights, const Panel *panel,
			   char **covariate_names, const TrainOptions *options, TrainPurpose purpose)
{
	Training *training = palloc0(sizeof(Training));
	Model *model = start_model(parent, panel, covariate_names, options, weights);
	int channels = covariates_channels(&model->covariates, &panel->frequency);
	int future = covariates_future(&model->covariates, &panel->frequency);
	Panel *read;
	TrainPlan *plan;

	model->wall_clock =
		parent != NULL ? parent->wall_clock : plan_wall_clock(panel, options->seasonal_period);
	read = model->wall_clock ? clock_panel(panel) : unconstify(Panel *, panel);
	if (parent == NULL)
		holiday_effects_find(model, read);
	else
		take_differences(model, panel, parent);
	if (model_has_effects(model))
		read = holiday_panel(model->covariates.holidays, read, holiday_differences(model));
	plan = parent != NULL ? parent_plan(parent, read, options)
						  : plan_training(read, options, channels, future);
	training->model = model;
	training->plan = plan;
	training->job = (TrainJob){.holdout = plan->holdout,
							   .member_count = plan->member_count,
							   .members = plan->members,
							   .initial = parent != NULL ? parent_weights(parent) : NULL,
							   .max_seconds = plan->options.max_seconds,
							   .log_seconds = plan->options.log_seconds,
							   .processes = worker_processes(options->workers)};
	look_ahead(model, panel, plan->options.horizon, purpose);
	take_plan(model, plan, parent);
	take_rows(training, parent, panel, read);
	check_planned_size(plan, panel, &training->job.dataset);
	if (plan->member_count > 0)
		prepare_training(&training->job);
	training->measuring =
		add_size(training->job.held, calibration_bytes(plan, &training->job.dataset));
	check_memory_limit(training->measuring, "training", MEASURING_HINT);
	training->tuning = plan_tuning(model, plan, &training->job.dataset, training->measuring);
	return training;
}
