/*
 * estimate.c
 *	  What a training will be, before it begins: how much work, memory and time.
 *
 * Everything but the time follows from the plan. The time of a step, and of a start, is found by
 * doing some; how many there will be is known but for what early stopping leaves out. For that
 * stands what it mostly is (bench/estimate).
 */
#include "postgres.h"

#include <math.h>

#include "postmaster/bgworker_internals.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "base/room.h"
#include "model/encode.h"
#include "model/network_table.h"
#include "model/starts.h"
#include "train/calibration.h"
#include "train/estimate.h"
#include "train/keep.h"
#include "train/trial.h"
#include "train/tuning.h"

#define TRIAL_SECONDS 0.3       /* for all networks, for the tuner, and for each kind of start */
#define MOST_TRIALS 4           /* networks that are tried; the others by their operations */
#define FORWARD_SHARE 0.33      /* of a step's time is what a forecast of its windows takes */
#define BEST_EPOCH 0.31         /* of all, after which weights mostly get no better ... */
#define BEST_EPOCH_LATE 0.6     /* ... of a training that does not stop early */
#define LONG_SECONDS 300        /* of a training that is worth a notice */
#define SLOWEST_FLOPS 5e9       /* operations a second of networks, at least ... */
#define SLOWEST_FLOPS_PLAIN 5e8 /* ... without vector instructions */
#define SLOWEST_STEP 1e-3       /* seconds of a step besides, at most */
#define SLOWEST_START 0.02      /* ... and of a series' start ... */
#define SLOWEST_NETWORK 2e-3    /* ... that is the pretrained network alone */
#define PARALLEL_SPEED 0.95     /* of a process that is not alone on its machine */
#define PROCESS_BYTES 1500000   /* that a process takes besides, to train */
#define PRETRAINED_BYTES                                                                           \
	2500000 /* that the pretrained network takes besides: of products in BLAS */

/* --- how much of it --- */

/* Steps of a network that does not stop early. */
static int64
planned_steps(const MemberPlan *member)
{
	const lf_training_config *training = &member->training;
	int64 steps = (int64) training->max_epochs * training->steps_per_epoch;

	return training->max_steps > 0 ? Min(steps, training->max_steps) : steps;
}

static bool
may_stop_early(const MemberPlan *member)
{
	return member->training.patience > 0 && member->training.patience < member->training.max_epochs;
}

/* The epoch of the best weights, mostly. */
static double
expected_best(const MemberPlan *member)
{
	return member->training.max_epochs * (may_stop_early(member) ? BEST_EPOCH : BEST_EPOCH_LATE);
}

/* Epochs that a network is mostly trained. */
static double
expected_epochs(const MemberPlan *member)
{
	const lf_training_config *training = &member->training;

	if (!may_stop_early(member))
		return training->max_epochs;
	return Min(expected_best(member) + training->patience, training->max_epochs);
}

/* Steps of training and refit together, mostly. */
static double
expected_steps(const MemberPlan *member)
{
	double share = expected_epochs(member) / member->training.max_epochs;
	double steps = (double) planned_steps(member) * share;
	int64 best = (int64) (expected_best(member) * member->training.steps_per_epoch);

	return steps + (member->refit ? (double) member_refit_steps(member, best) : 0);
}

/* --- seconds --- */

/* Seconds of a network's training by one process, of which a piece was tried. */
static double
member_seconds(const TrainJob *job, const MemberPlan *member, const MemberTime *time)
{
	Scratch scratch = scratch_enter("lstm_forecast windows");
	lf_trainer_spec spec = member_trainer(job, member, NULL);
	double window = time->step / (double) Min(member->training.batch_size, spec.train.count);
	double checked = (double) Min(spec.validation.count, spec.max_validation);

	scratch_leave(&scratch);
	return time->begin + expected_steps(member) * time->step +
		   expected_epochs(member) * checked * window * FORWARD_SHARE;
}

static bool
alike(const MemberPlan *a, const MemberPlan *b)
{
	return memcmp(&a->network, &b->network, sizeof(a->network)) == 0 &&
		   a->training.batch_size == b->training.batch_size;
}

/*
 * Seconds of each network's training by one process, in place of its operations. Gives those of a
 * forecast by all of them for one window.
 */
static double
try_members(const TrainJob *job, MemberSize *sizes)
{
	double forecast = 0;
	MemberTime times[MOST_TRIALS];
	int tried[MOST_TRIALS];
	int count = 0;
	double speed = 0; /* seconds an operation, of the network that was tried last */

	for (int i = 0; i < job->member_count; i++)
	{
		const MemberPlan *member = &job->members[i];
		MemberTime time = {0};
		double flops = lf_network_flops(&member->network) * member->training.batch_size;
		int like = 0;

		while (like < count && !alike(member, &job->members[tried[like]]))
			like++;
		if (like == count && count < MOST_TRIALS)
		{
			tried[count] = i;
			times[count++] =
				try_member(job, i, TRIAL_SECONDS / Min(job->member_count, MOST_TRIALS));
		}
		if (like < count)
		{
			time = times[like];
			speed = time.step / flops;
		}
		else
			time.step = speed * flops;
		sizes[i].work = member_seconds(job, member, &time);
		forecast += FORWARD_SHARE * time.step / member->training.batch_size;
	}
	return forecast;
}

/* Processes that there will mostly be, and that do not take turns on a processor. */
static int
likely_processes(const TrainJob *job)
{
	int processes = Min(job->processes, 1 + max_parallel_workers);

	return Max(Min(processes, processors()), 1);
}

/* Seconds of all networks, of their training and of their forecasts for so many windows. */
static double
networks_seconds(const TrainJob *job, int64 windows)
{
	MemberSize *sizes = palloc(sizeof(MemberSize) * job->member_count);
	TrainSchedule *schedule = palloc(schedule_bytes(job->member_count));
	int processes = likely_processes(job);
	double forecasts;
	double seconds;

	/* who trains what with whom goes by operations */
	schedule_fill(schedule, job->sizes, job->member_count, processes);
	memcpy(sizes, job->sizes, sizeof(MemberSize) * job->member_count);
	forecasts = (double) windows * try_members(job, sizes);
	seconds = schedule_time(schedule, sizes, job->member_count);
	if (processes > 1)
		seconds /= PARALLEL_SPEED;
	ereport(DEBUG1, (errmsg_internal("networks take %.3g s in %d processes", seconds, processes)));
	pfree(schedule);
	pfree(sizes);
	if (!isnan(job->max_seconds))
		seconds = Min(seconds, job->max_seconds);
	return seconds + forecasts;
}

/*
 * Seconds of the training but for the reading of its rows; held: see try_starts. Tuned weights are
 * mostly tried, and not taken.
 */
static double
training_seconds(const Training *training, const HeldOut *held)
{
	const lf_universal_tuner_spec *tuning = &training->tuning;
	double seconds = 0;

	if (training->job.member_count > 0)
		seconds += networks_seconds(&training->job, held == NULL ? 0 : held->count);
	if (tuning->steps > 0)
		seconds += (double) tuning->steps * try_tuning(tuning, TRIAL_SECONDS / 2);
	if (training->plan->starts)
	{
		StartTimes times = try_starts(training, held, TRIAL_SECONDS / 2);

		ereport(DEBUG1,
				(errmsg_internal("starts take %.3g s, %.3g s on held-out windows, %.3g s alone",
								 times.choose, times.test, times.alone)));
		seconds += times.choose + times.test;
		if (training->job.dataset.count >= MANY_SERIES)
			seconds += times.alone * (1 + (tuning->steps > 0));
	}
	return seconds;
}

/* --- bytes --- */

/* Bytes at the peak: while the networks are trained, or measured, or the pretrained one is tuned.
 */
static Size
peak_bytes(const Training *training)
{
	lf_start_request request = starts_request(training->model);
	Size measuring = training->measuring;

	if (training->plan->starts)
		measuring = add_size(measuring, start_work_bytes(&request, training->model->pretrained));
	if (training->tuning.steps > 0)
		measuring = Max(measuring, add_size(training->measuring, tuning_bytes(&training->tuning)));
	if (training->model->pretrained)
		measuring = add_size(measuring, PRETRAINED_BYTES);
	if (training->job.member_count == 0)
		return measuring;
	return Max(measuring,
			   add_size(training->job.peak, mul_size(PROCESS_BYTES, training->job.processes)));
}

/* What a network's training will give, for its size alone. */
static void
make_output(const TrainJob *job, int number, MemberOutput *output)
{
	const MemberPlan *member = &job->members[number];
	Size weights = network_weights(&member->network);
	int epochs = (int) ceil(expected_epochs(member)) + member->refit;

	output->scalers = huge_array(job->dataset.count, 1, sizeof(lf_scaler));
	memset(output->scalers, 0, sizeof(lf_scaler) * job->dataset.count);
	output->parameters = output->refitted = huge_array(weights, 1, sizeof(lf_real));
	for (Size i = 0; i < weights; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		output->parameters[i] = (lf_real) 0.1; /* no half, unless it is made one */
	}
	output->epochs = Min(epochs, member_log_rows(member));
	output->log = palloc0(sizeof(lf_epoch) * Max(output->epochs, 1));
	output->best_epoch = (int) expected_best(member);
}

/* Let the model be what it will be, as far as its size goes. */
static void
fill_model(Training *training)
{
	Model *model = training->model;
	const TrainJob *job = &training->job;
	MemberOutput *outputs = palloc0(sizeof(MemberOutput) * Max(job->member_count, 1));
	const ForecastErrors errors = {1.0 / 3, 1.0 / 3, 1.0 / 3, 1.0 / 3};

	for (int i = 0; i < job->member_count; i++)
		make_output(job, i, &outputs[i]);
	keep_members(model, training->plan, outputs);
	keep_learned(model, job);
	model->errors = (ModelErrors){.model = errors, .naive = errors, .start = errors};
	model->starts = training->plan->starts;
	if (model->starts)
		model->start_share = job->member_count > 0 ? 0.5 : 1;
}

/* --- all of it --- */

static void
count_work(const TrainJob *job, Estimate *estimate)
{
	for (int i = 0; i < job->member_count; i++)
	{
		estimate->parameters += (int64) network_weights(&job->members[i].network);
		estimate->steps += planned_steps(&job->members[i]);
	}
	if (job->member_count > 0)
		estimate->windows = member_trainer(job, &job->members[0], NULL).train.count;
}

Estimate
estimate_model(const PanelRows *rows, char **covariate_names, const TrainOptions *options,
			   TimestampTz started)
{
	Scratch scratch = scratch_enter("lstm_forecast estimate");
	const Panel *panel = panel_to_train(NULL, rows, covariate_names, options);
	Training *training = training_begin(NULL, NULL, panel, covariate_names, options, TRAIN_TO_KEEP);
	Model *model = training->model;
	const lf_dataset *dataset = &training->job.dataset;
	Estimate estimate = {.seconds = (double) (GetCurrentTimestamp() - started) / USECS_PER_SEC,
						 .memory = peak_bytes(training)};
	HeldOut *held;

	count_work(&training->job, &estimate);
	fill_model(training);
	held = held_out_find(model, training->plan, dataset);
	estimate.seconds += training_seconds(training, held);
	model->calibration =
		calibration_expected(training->plan, dataset, held == NULL ? 0 : held->count);
	keep_panel(model, panel);
	estimate.model = model_encoded_size(model);
	MemoryContextSwitchTo(scratch.caller);
	MemoryContextDelete(scratch.memory);
	return estimate;
}

/* Can a training take long at all? Trying that takes a moment, which a short one should not. */
static bool
may_take_long(const Training *training)
{
	const TrainJob *job = &training->job;
	bool plain = strcmp(training->model->kernel, "plain") == 0;
	bool only = training->model->options.pretrained == PRETRAINED_ONLY;
	double seconds = 0;

	if (training->plan->starts)
		seconds += (only ? SLOWEST_NETWORK : SLOWEST_START) * (double) job->dataset.count;
	for (int i = 0; i < job->member_count; i++)
		seconds += member_work(&job->members[i]) / (plain ? SLOWEST_FLOPS_PLAIN : SLOWEST_FLOPS) +
				   (double) planned_steps(&job->members[i]) * SLOWEST_STEP;
	if (!isnan(job->max_seconds) && job->max_seconds <= LONG_SECONDS)
		return false;
	return seconds > LONG_SECONDS;
}

void
notice_long_training(const Training *training)
{
	double seconds;

	if (!may_take_long(training))
		return;
	seconds = training_seconds(training, NULL);
	if (seconds <= LONG_SECONDS)
		return;
	ereport(
		NOTICE,
		(errmsg("training is likely to take longer than five minutes"),
		 errdetail("It will be about %.0f minutes, for %d networks in %d processes.",
				   seconds / SECS_PER_MINUTE, training->job.member_count, training->job.processes),
		 errhint("Set \"max_seconds\" to have the best so far by then, raise \"workers\" where "
				 "processors are free, or compare options by lstm_estimate().")));
}
