/*
 * train_member.c
 *	  Trains the networks of an ensemble, each by itself.
 *
 * A network is trained on all but the tail, early stopping choosing its weights
 * by the validation part. Then, where the plan says so, it is trained a little
 * longer on everything: the latest steps are those that tell most about the next.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "base/errors.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "model/scalers.h"
#include "model/network_table.h"
#include "base/interrupts.h"
#include "train/team_wait.h"
#include "train/train_member.h"

#define MOST_VALIDATION_WINDOWS 512
#define REFIT_RATE 0.3   /* of the learning rate: enough to learn the tail, too little to forget */
#define REFIT_SHARE 0.25 /* of the steps to the best weights */

/* Those of the members before that number. */
static Size
weights_before(const TrainJob *job, int number)
{
	Size count = 0;

	for (int i = 0; i < number; i++)
		count += network_weights(&job->members[i].network);
	return count;
}

Size
initial_weights(const TrainJob *job)
{
	return job->initial == NULL ? 0 : weights_before(job, job->member_count);
}

/* The weights that a network begins with; NULL: fresh ones. */
static const lf_real *
initial_of(const TrainJob *job, int number)
{
	return job->initial == NULL ? NULL : job->initial + weights_before(job, number);
}

double
member_work(const MemberPlan *member)
{
	return lf_network_flops(&member->network) * (double) member->training.max_steps *
		   member->training.batch_size;
}

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

lf_trainer_spec
member_trainer(const TrainJob *job, const MemberPlan *member, const lf_scaler *scalers)
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
							.kernels = instructions_kernels()};

	spec.train = window_set(job, member, -1, tail);
	spec.validation = window_set(job, member, tail, validation_end);
	if (tail == 0)
		spec.validation.count = 0;
	return spec;
}

int64
member_refit_steps(const MemberPlan *member, int64 best_step)
{
	/* of what was trained before mostly this is what teaches it something new */
	if (member->trained)
		return member->training.max_steps;
	return Max(1, (int64) ((double) best_step * REFIT_SHARE));
}

/* The same network on all windows, from its best weights on, without validation. */
static lf_trainer_spec
refit_spec(const TrainJob *job, const MemberPlan *member, const MemberOutput *output)
{
	lf_trainer_spec spec = member_trainer(job, member, output->scalers);
	int64 led = (int64) output->best_epoch * member->training.steps_per_epoch;

	spec.initial = output->parameters;
	spec.train = window_set(job, member, -1, 0);
	spec.validation.count = 0;
	spec.max_validation = 0;
	spec.training.max_epochs = 1;
	spec.training.max_steps = member_refit_steps(member, led);
	if (!member->trained)
		spec.training.learning_rate *= REFIT_RATE;
	spec.training.steps_per_epoch = (int) spec.training.max_steps;
	spec.training.schedule = LF_SCHEDULE_COSINE;
	return spec;
}

/*
 * Bytes of a training besides its trainer: the windows of the parts of the series,
 * of the training and of the refit.
 */
static Size
window_set_bytes(const TrainJob *job)
{
	return mul_size(mul_size(sizeof(int64_t), job->dataset.count), 5);
}

/* Let the size be no less than that of a trainer by this spec. */
static void
add_trainer(MemberSize *size, lf_trainer_spec *spec)
{
	size_t alone, own, shared;
	lf_error error;
	lf_status status = lf_trainer_bytes(spec, &alone, &error);

	spec->team.processes = 2; /* any number of several takes the same */
	if (status == LF_OK)
		status = lf_trainer_bytes(spec, &own, &error);
	if (status == LF_OK)
		status = lf_trainer_shared_bytes(spec, &shared, &error);
	if (status != LF_OK)
		throw_core_error(status, &error);
	size->alone = Max(size->alone, alone);
	size->own = Max(size->own, own);
	size->shared = Max(size->shared, shared);
}

MemberSize
measure_member(const TrainJob *job, int number)
{
	const MemberPlan *member = &job->members[number];
	Scratch scratch = scratch_enter("lstm_forecast measure");
	MemberOutput output = {.best_epoch = 1};
	lf_trainer_spec spec = member_trainer(job, member, NULL);
	MemberSize size = {.work = member_work(member),
					   .micro_batches = lf_trainer_micro_batches(&spec)};

	add_trainer(&size, &spec);
	/* a refit has more windows, so there may be more of them in a batch */
	spec = refit_spec(job, member, &output);
	if (member->refit)
		add_trainer(&size, &spec);
	size.alone = add_size(size.alone, window_set_bytes(job));
	size.own = add_size(size.own, window_set_bytes(job));
	scratch_leave(&scratch);
	return size;
}

void
mark_learned(const TrainJob *job, int number, bool *learned)
{
	const MemberPlan *member = &job->members[number];
	lf_window_set set =
		window_set(job, member, -1, member->refit ? 0 : holdout_steps(&job->holdout));

	for (int64 i = 0; i < job->dataset.count; i++)
		learned[i] |= set.cumulative[i] > (i > 0 ? set.cumulative[i - 1] : 0);
	pfree(set.cumulative);
}

/* When the network of this turn must be done, in seconds since the beginning. */
static double
deadline_of(const TrainJob *job, const MemberTurn *turn)
{
	return job->max_seconds * (turn->round + 1) / turn->rounds;
}

/* Run one trainer to its end, within the time limit, with progress and interrupts. */
static void
run_to_end(const TrainJob *job, lf_trainer *trainer, const MemberTurn *turn, Progress *progress)
{
	const lf_trainer_progress *state = lf_trainer_get_progress(trainer);
	double deadline = deadline_of(job, turn);
	TeamWait wait = {0};
	lf_error error;
	lf_status status;

	do
	{
		let_interrupt_act();
		if (job->log_seconds)
			lf_trainer_set_clock(trainer, progress_seconds(progress));
		status = lf_trainer_step(trainer, &error);
		if (turn->team != NULL)
			team_wait(&wait, turn->team->moved, status == LF_WAITING);
		if (status == LF_WAITING)
			continue;
		progress_update(progress, turn->turn, turn->round, state);
		if (!isnan(deadline) && progress_seconds(progress) >= deadline)
			lf_trainer_finish(trainer);
	} while (status == LF_OK || status == LF_INTERRUPTED || status == LF_WAITING);
	if (status != LF_DONE)
		throw_core_error(status, &error);
}

/* Run a trainer by this spec, and keep its weights and log. Gives the best epoch. */
static int
run_trainer(const TrainJob *job, const lf_trainer_spec *spec, const MemberTurn *turn,
			Progress *progress, MemberOutput *output, lf_real *parameters)
{
	lf_allocator allocator = context_allocator(CurrentMemoryContext);
	lf_parameter_table *table = network_table(&spec->network);
	lf_trainer *trainer;
	const lf_epoch *log;
	int before = output->epochs > 0 ? output->log[output->epochs - 1].epoch : 0;
	int best_epoch;
	int rows;
	lf_error error;
	lf_status status = lf_trainer_create(spec, &allocator, &core_interrupt, &trainer, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	run_to_end(job, trainer, turn, progress);
	best_epoch = lf_trainer_get_progress(trainer)->best_epoch;
	memcpy(parameters, lf_trainer_parameters(trainer), sizeof(lf_real) * table->total);
	log = lf_trainer_log(trainer, &rows);
	for (int i = 0; i < rows; i++)
	{
		lf_epoch *row = &output->log[output->epochs++];

		*row = log[i];
		row->epoch += before;
	}
	lf_trainer_free(trainer);
	pfree(table);
	return best_epoch;
}

/* The team as the core knows it; stage 0 is the training, 1 the refit. */
static lf_trainer_team
core_team(const MemberTeam *team, int stage)
{
	if (team == NULL)
		return (lf_trainer_team){0};
	return (lf_trainer_team){.processes = team->processes,
							 .board = &team->boards[stage],
							 .memory = team->memory,
							 .bytes = team->bytes};
}

/* A network that is no better than the naive forecast stays that, unless it was trained before. */
static void
refit(const TrainJob *job, const MemberPlan *member, const MemberTurn *turn, Progress *progress,
	  MemberOutput *output)
{
	if (member->refit && (output->best_epoch > 0 || member->trained))
	{
		lf_trainer_spec spec = refit_spec(job, member, output);

		spec.team = core_team(turn->team, 1);
		progress_stage(progress, true, 1 / (1 + REFIT_SHARE), 1);
		(void) run_trainer(job, &spec, turn, progress, output, output->refitted);
	}
	else
		memcpy(output->refitted, output->parameters,
			   sizeof(lf_real) * network_weights(&member->network));
}

void
train_member(const TrainJob *job, const MemberTurn *turn, Progress *progress, MemberOutput *output)
{
	const MemberPlan *member = &job->members[turn->number];
	Scratch scratch = scratch_enter("lstm_forecast member");
	lf_trainer_spec spec;

	output->epochs = 0;
	scalers_fit(&member->scaling, &job->dataset, holdout_steps(&job->holdout),
				member->network.lookback, output->scalers);
	spec = member_trainer(job, member, output->scalers);
	spec.initial = initial_of(job, turn->number);
	spec.trained = member->trained;
	spec.team = core_team(turn->team, 0);
	output->train_windows = spec.train.count;
	progress_stage(progress, false, 0, member->refit ? 1 / (1 + REFIT_SHARE) : 1);
	output->best_epoch = run_trainer(job, &spec, turn, progress, output, output->parameters);
	refit(job, member, turn, progress, output);
	scratch_leave(&scratch);
}
