/*
 * members.c
 *	  Trains the networks of an ensemble, each by itself.
 *
 * A network is trained on all but the tail, early stopping choosing its weights
 * by the validation part. Then, where the plan says so, it is trained a little
 * longer on everything: the latest steps are those that tell most about the next.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "drive.h"
#include "errors.h"
#include "members.h"
#include "memory.h"
#include "scalers.h"

#define MOST_VALIDATION_WINDOWS 512
#define REFIT_RATE 0.3   /* of the learning rate: enough to learn the tail, too little to forget */
#define REFIT_SHARE 0.25 /* of the steps to the best weights */

#define MEMORY_HINT                                                                                \
	"Lower \"hidden_size\", \"num_layers\", \"lookback\", \"horizon\", \"batch_size\" or "         \
	"\"max_epochs\", or have the setting raised."

/* The windows of a part of the dataset; its bookkeeping is in CurrentMemoryContext. */
static lf_window_set
window_set(const TrainJob *job, const MemberPlan *member, int64 from_end, int64 until_end)
{
	lf_window_set set = {.dataset = &job->dataset,
						 .lookback = member->network.lookback,
						 .horizon = member->network.horizon,
						 .min_history = member->min_history,
						 .from_end = from_end,
						 .until_end = until_end};

	set.cumulative =
		palloc_extended(mul_size(sizeof(int64_t), job->dataset.count), MCXT_ALLOC_HUGE);
	lf_window_set_count(&set);
	return set;
}

static lf_trainer_spec
trainer_spec(const TrainJob *job, const MemberPlan *member, const lf_scaler *scalers)
{
	const Holdout *holdout = &job->holdout;
	int64 tail = holdout_steps(holdout);
	int64 validation_end = holdout->shared ? 0 : holdout->calibration;
	lf_trainer_spec spec = {.network = member->network,
							.scaling = member->scaling,
							.training = member->training,
							.dataset = &job->dataset,
							.scalers = scalers,
							.max_validation = MOST_VALIDATION_WINDOWS,
							.kernels = lf_kernels_best()};

	spec.train = window_set(job, member, -1, tail);
	spec.validation = window_set(job, member, tail, validation_end);
	if (tail == 0)
		spec.validation.count = 0;
	return spec;
}

/* The same network on all windows, from its best weights on, without validation. */
static lf_trainer_spec
refit_spec(const TrainJob *job, const MemberPlan *member, const MemberOutput *output)
{
	lf_trainer_spec spec = trainer_spec(job, member, output->scalers);
	int64 steps = (int64) output->best_epoch * member->training.steps_per_epoch;

	spec.initial = output->parameters;
	spec.train = window_set(job, member, -1, 0);
	spec.validation.count = 0;
	spec.max_validation = 0;
	spec.training.max_epochs = 1;
	spec.training.max_steps = Max(1, (int64) ((double) steps * REFIT_SHARE));
	spec.training.steps_per_epoch = (int) spec.training.max_steps;
	spec.training.schedule = LF_SCHEDULE_COSINE;
	spec.training.learning_rate *= REFIT_RATE;
	return spec;
}

void
check_member_memory(const TrainJob *job)
{
	for (int i = 0; i < job->member_count; i++)
	{
		lf_trainer_spec spec = trainer_spec(job, &job->members[i], NULL);
		lf_error error;
		size_t bytes;
		lf_status status = lf_trainer_bytes(&spec, &bytes, &error);

		if (status != LF_OK)
			throw_core_error(status, &error);
		check_memory_limit(bytes, "training", MEMORY_HINT);
		pfree(spec.train.cumulative);
		pfree(spec.validation.cumulative);
	}
}

/*
 * When the network whose turn it is must be done, in seconds since the
 * beginning: turns that run at the same time share a part of the limit.
 */
static double
deadline_of(const TrainJob *job, int turn)
{
	int rounds = (job->member_count + job->processes - 1) / job->processes;

	return job->max_seconds * (turn / job->processes + 1) / rounds;
}

/* Run one trainer to its end, within the time limit, with progress and interrupts. */
static void
drive_trainer(const TrainJob *job, lf_trainer *trainer, int turn, Progress *progress,
			  double *seconds)
{
	const lf_trainer_progress *state = lf_trainer_get_progress(trainer);
	double deadline = deadline_of(job, turn);
	int epochs = 0;
	lf_error error;
	lf_status status;

	do
	{
		bool held_off = interrupt_held_off();

		status = lf_trainer_step(trainer, held_off, &error);
		progress_update(progress, turn, turn / job->processes, state);
		if (job->log_seconds)
			while (epochs < state->epoch)
				seconds[epochs++] = progress_seconds(progress);
		if (!isnan(deadline) && progress_seconds(progress) >= deadline)
			lf_trainer_finish(trainer);
	} while (status == LF_OK || status == LF_INTERRUPTED);
	if (status != LF_DONE)
		throw_core_error(status, &error);
}

/* Run a trainer by this spec, and keep its weights and log. */
static void
run_trainer(const TrainJob *job, const lf_trainer_spec *spec, int turn, Progress *progress,
			MemberOutput *output, lf_real *parameters)
{
	lf_allocator allocator = context_allocator(CurrentMemoryContext);
	lf_parameter_table *table = palloc(sizeof(lf_parameter_table));
	lf_trainer *trainer;
	const lf_epoch *log;
	int epochs;
	lf_error error;
	lf_status status = lf_parameter_table_build(&spec->network, table, &error);

	if (status == LF_OK)
		status = lf_trainer_create(spec, &allocator, CORE_INTERRUPT, &trainer, &error);
	if (status != LF_OK)
		throw_core_error(status, &error);
	drive_trainer(job, trainer, turn, progress, output->seconds + output->epochs);
	if (spec->initial == NULL)
		output->best_epoch = lf_trainer_get_progress(trainer)->best_epoch;
	memcpy(parameters, lf_trainer_parameters(trainer), sizeof(lf_real) * table->total);
	log = lf_trainer_log(trainer, &epochs);
	for (int i = 0; i < epochs; i++)
	{
		output->log[output->epochs + i] = log[i];
		output->log[output->epochs + i].epoch = output->epochs + i + 1;
	}
	output->epochs += epochs;
	lf_trainer_free(trainer);
	pfree(table);
}

/* A network that is no better than the naive forecast stays that. */
static void
refit(const TrainJob *job, const MemberPlan *member, int turn, Progress *progress,
	  MemberOutput *output)
{
	if (member->refit && output->best_epoch > 0)
	{
		lf_trainer_spec spec = refit_spec(job, member, output);

		progress_stage(progress, true, 1 / (1 + REFIT_SHARE), 1);
		run_trainer(job, &spec, turn, progress, output, output->refitted);
	}
	else
	{
		lf_parameter_table *table = palloc(sizeof(lf_parameter_table));
		lf_error error;
		lf_status status = lf_parameter_table_build(&member->network, table, &error);

		if (status != LF_OK)
			throw_core_error(status, &error);
		memcpy(output->refitted, output->parameters, sizeof(lf_real) * table->total);
	}
}

void
train_member(const TrainJob *job, int number, int turn, Progress *progress, MemberOutput *output)
{
	const MemberPlan *member = &job->members[number];
	MemoryContext scratch =
		AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast member", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	lf_trainer_spec spec;

	output->epochs = 0;
	scalers_fit(&member->scaling, &job->dataset, holdout_steps(&job->holdout),
				member->network.lookback, output->scalers);
	spec = trainer_spec(job, member, output->scalers);
	output->train_windows = spec.train.count;
	progress_stage(progress, false, 0, member->refit ? 1 / (1 + REFIT_SHARE) : 1);
	run_trainer(job, &spec, turn, progress, output, output->parameters);
	refit(job, member, turn, progress, output);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
}
