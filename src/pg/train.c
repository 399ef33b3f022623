/*
 * train.c
 *	  Trains a model on a prepared series.
 *
 * A model is an ensemble of member networks that differ by plan (plan.c) and
 * seed. Each is trained by itself: what a member learns depends on nothing but
 * the data, its plan and its seed.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "drive.h"
#include "errors.h"
#include "evaluate.h"
#include "memory.h"
#include "plan.h"
#include "progress.h"
#include "train.h"

#define MOST_VALIDATION_WINDOWS 512

#define MEMORY_HINT                                                                                \
	"Lower \"hidden_size\", \"num_layers\", \"lookback\", \"horizon\", \"batch_size\" or "         \
	"\"max_epochs\", or have the setting raised."

/* A number of microseconds as PostgreSQL writes an interval. */
static const char *
gap_text(int64 microseconds)
{
	Interval gap = {.time = microseconds};

	return DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(&gap)));
}

static void
notice_frequency(const GridSeries *series, const TrainOptions *options)
{
	if (series->frequency.kind == FREQUENCY_IRREGULAR && options->frequency == NULL)
		ereport(NOTICE, (errmsg("timestamps follow no regular interval: rows are taken as steps"),
						 errdetail("Forecasts are spaced by the median gap, %s.",
								   gap_text(series->frequency.count)),
						 errhint("Set the option \"frequency\" if the interval is known.")));
}

/* The windows of a part of the dataset; its bookkeeping is in CurrentMemoryContext. */
static lf_window_set
window_set(const lf_dataset *dataset, const lf_network_config *network, int64 from_end,
		   int64 until_end)
{
	lf_window_set set = {.dataset = dataset,
						 .lookback = network->lookback,
						 .horizon = network->horizon,
						 .min_history = network->lookback,
						 .from_end = from_end,
						 .until_end = until_end};

	set.cumulative = palloc(sizeof(int64_t) * dataset->count);
	lf_window_set_count(&set);
	return set;
}

static lf_trainer_spec
trainer_spec(const lf_dataset *dataset, const TrainPlan *plan, const MemberPlan *member,
			 const lf_scaler *scalers)
{
	const Holdout *holdout = &plan->holdout;
	int64 tail = holdout_steps(holdout);
	int64 validation_end = holdout->shared ? 0 : holdout->calibration;
	lf_trainer_spec spec = {.network = member->network,
							.scaling = member->scaling,
							.training = member->training,
							.dataset = dataset,
							.scalers = scalers,
							.max_validation = MOST_VALIDATION_WINDOWS,
							.kernels = lf_kernels_best()};

	spec.train = window_set(dataset, &member->network, -1, tail);
	spec.validation = window_set(dataset, &member->network, tail, validation_end);
	if (tail == 0)
		spec.validation.count = 0;
	return spec;
}

/* A full log of a member into the model's rows. */
static void
append_log(Model *model, int member, const lf_trainer *trainer, const double *seconds)
{
	int count;
	const lf_epoch *log = lf_trainer_log(trainer, &count);
	Size bytes = sizeof(ModelLogRow) * (model->log_count + count);

	model->log = model->log == NULL ? palloc(bytes) : repalloc(model->log, bytes);
	for (int i = 0; i < count; i++)
	{
		ModelLogRow *row = &model->log[model->log_count++];

		row->member = member + 1;
		row->epoch = log[i].epoch;
		row->train_loss = log[i].train_loss;
		row->validation_loss = log[i].validation_loss;
		row->learning_rate = log[i].learning_rate;
		row->seconds = seconds == NULL ? NAN : seconds[i];
	}
}

/* Run one trainer to its end, within the time limit, with progress and interrupts. */
static void
drive_trainer(lf_trainer *trainer, int member, const TrainOptions *options, Progress *progress,
			  double *seconds)
{
	const lf_trainer_progress *state = lf_trainer_get_progress(trainer);
	double deadline = options->max_seconds * (member + 1) / progress->members;
	int epochs = 0;
	lf_error error;
	lf_status status;

	do
	{
		bool held_off = interrupt_held_off();

		status = lf_trainer_step(trainer, held_off, &error);
		progress_update(progress, member, state);
		if (seconds != NULL)
			while (epochs < state->epoch)
				seconds[epochs++] = progress_seconds(progress);
		if (!isnan(deadline) && progress_seconds(progress) >= deadline)
			lf_trainer_finish(trainer);
	} while (status == LF_OK || status == LF_INTERRUPTED);
	if (status != LF_DONE)
		throw_core_error(status, &error);
}

/* Raise 54000 before any work starts when a member, or the measuring after all, needs too much. */
static void
check_memory(const TrainPlan *plan, const lf_dataset *dataset)
{
	for (int i = 0; i < plan->member_count; i++)
	{
		lf_trainer_spec spec = trainer_spec(dataset, plan, &plan->members[i], NULL);
		lf_error error;
		size_t bytes;
		lf_status status = lf_trainer_bytes(&spec, &bytes, &error);

		if (status != LF_OK)
			throw_core_error(status, &error);
		check_memory_limit(bytes, "training", MEMORY_HINT);
	}
	check_memory_limit(evaluate_bytes(plan->member_count, plan->options.horizon), "training",
					   MEMORY_HINT);
}

/* Train one member into model->members[number]. Scratch lives in a context of its own. */
static void
train_member(Model *model, const lf_dataset *dataset, const TrainPlan *plan, int number,
			 Progress *progress)
{
	const MemberPlan *planned = &plan->members[number];
	ModelMember *member = &model->members[number];
	int64 tail = holdout_steps(&plan->holdout);
	MemoryContext scratch =
		AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast member", ALLOCSET_DEFAULT_SIZES);
	lf_allocator allocator = context_allocator(scratch);
	lf_parameter_table table;
	lf_trainer_spec spec;
	lf_trainer *trainer;
	lf_error error;
	lf_status status;
	double *seconds = NULL;

	member->network = planned->network;
	member->scaling = planned->scaling;
	member->seed = planned->training.seed;
	member->scalers = palloc(sizeof(lf_scaler) * dataset->count);
	for (int64 i = 0; i < dataset->count; i++)
		lf_scaler_fit(&member->scalers[i], &member->scaling, &dataset->series[i],
					  dataset->series[i].length - tail, member->network.lookback);

	status = lf_parameter_table_build(&member->network, &table, &error);
	if (status != LF_OK)
		throw_core_error(status, &error);
	spec = trainer_spec(dataset, plan, planned, member->scalers);
	if (number == 0)
		model->train_windows = spec.train.count;
	status = lf_trainer_create(&spec, &allocator, CORE_INTERRUPT, &trainer, &error);
	if (status != LF_OK)
		throw_core_error(status, &error);
	if (plan->options.log_seconds)
		seconds = palloc(sizeof(double) * planned->training.max_epochs);

	drive_trainer(trainer, number, &plan->options, progress, seconds);

	member->best_epoch = lf_trainer_get_progress(trainer)->best_epoch;
	member->parameters = palloc_extended(sizeof(lf_real) * table.total, MCXT_ALLOC_HUGE);
	memcpy(member->parameters, lf_trainer_parameters(trainer), sizeof(lf_real) * table.total);
	append_log(model, number, trainer, seconds);
	lf_trainer_free(trainer);
	MemoryContextDelete(scratch);
}

/* The last steps of the series, as many as the longest lookback and the intervals' spread read. */
static void
keep_history(Model *model, const GridSeries *series, const char *label)
{
	ModelSeries *kept = palloc0(sizeof(ModelSeries));
	int64 longest = Max(model_longest_lookback(model), model->calibration.spread_steps + 1);

	kept->label = label == NULL ? NULL : pstrdup(label);
	kept->rows = series->length - series->missing;
	kept->length = Min(series->length, longest);
	kept->history = series->values + series->length - kept->length;
	kept->first_time = series->first_time;
	kept->last_time = series->last_time;
	model->series = kept;
	model->series_count = 1;
}

static Model *
train_series(const GridSeries *series, const char *label, const TrainOptions *options)
{
	TrainPlan *plan = plan_training(series, options);
	lf_series core_series = {
		.length = series->length, .values = series->values, .observed = series->observed};
	lf_dataset dataset = {.count = 1, .series = &core_series};
	Model *model = palloc0(sizeof(Model));
	Progress progress;

	model->options = plan->options;
	model->frequency = series->frequency;
	model->horizon = plan->options.horizon;
	model->season = plan->season;
	model->member_count = plan->member_count;
	model->members = palloc0(sizeof(ModelMember) * plan->member_count);
	model->rows = series->rows;
	model->missing = series->missing;
	model->kernel = pstrdup(lf_kernels_best()->name);

	check_memory(plan, &dataset);
	progress_begin(&progress, plan->member_count);
	for (int i = 0; i < plan->member_count; i++)
		train_member(model, &dataset, plan, i, &progress);
	evaluate_model(model, &dataset, &plan->holdout);
	progress_end(&progress);
	keep_history(model, series, label);
	return model;
}

bytea *
train_model(const RowSet *rows, const char *label, const TrainOptions *options)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch =
		AllocSetContextCreate(caller, "lstm_forecast training", ALLOCSET_DEFAULT_SIZES);
	GridSeries *series;
	Model *model;
	bytea *bytes;

	MemoryContextSwitchTo(scratch);
	series = series_build(rows, label, options->frequency, NULL, (MissingPolicy) options->missing,
						  (DuplicatePolicy) options->duplicates);
	if (series->length == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION), errmsg("series has no observation to train on"),
				 errdetail("%lld rows were read, and the value of each is null.",
						   (long long) rows->count),
				 errhint("Give rows with values that are not null.")));
	notice_frequency(series, options);
	model = train_series(series, label, options);
	MemoryContextSwitchTo(caller);
	bytes = model_encode(model);
	MemoryContextDelete(scratch);
	return bytes;
}
