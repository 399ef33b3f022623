/*
 * trial.c
 *	  How long pieces of a training take here and now: some of them are done, and timed.
 */
#include "postgres.h"

#include <time.h>

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/errors.h"
#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "core/random.h"
#include "model/scalers.h"
#include "model/starts.h"
#include "train/trial.h"

#define LEAST_STEPS 2       /* that are timed; the first one, which begins with memory, is not */
#define STEP_FLOPS 4e9      /* operations of a step that is tried: some hundredths of a second */
#define FAST_ROWS 16        /* windows of a batch below which kernels are slower */
#define LONG_RUN 48         /* held-out windows of one series that are tried at most */
#define TOGETHER_WINDOWS 64 /* of all series that the pretrained network is tried on */
#define SAMPLE_KEY 1        /* of the order in which series are sampled */

/*
 * Seconds that this process has had a processor. What others do on the machine in the moment of a
 * trial says little about the minutes of a training.
 */
static double
processor_seconds(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0)
		return (double) GetCurrentTimestamp() / USECS_PER_SEC;
	return (double) time.tv_sec + (double) time.tv_nsec * 1e-9;
}

/* --- networks --- */

/*
 * A network whose step, of so many windows, is short enough to be tried, alike in all that decides
 * how fast it is; how many times as long a step of the other is.
 */
static double
make_short(MemberPlan *member, int batch)
{
	lf_network_config *network = &member->network;
	int rows = Min(batch, FAST_ROWS);
	double window = lf_network_flops(network);
	double whole = window * batch;

	if (window * rows > STEP_FLOPS)
	{
		double part = STEP_FLOPS / (window * rows);
		int patches = (int) (network->lookback / network->patch_length * part);

		network->lookback = Max(patches, 1) * network->patch_length;
		network->horizon = Max((int) (network->horizon * part), 1);
		network->seasonal_skip = 0;
		network->skip_seasons = 0;
		member->min_history = Min(member->min_history, network->lookback);
		window = lf_network_flops(network);
	}
	member->training.batch_size = batch;
	if (window * batch > STEP_FLOPS)
		member->training.batch_size = Max((int) (STEP_FLOPS / window), rows);
	return whole / (window * member->training.batch_size);
}

/* When steps were done: each takes as long as those between the first and the last of them. */
typedef struct StepClock
{
	double started;
	double first; /* seconds, like the others; of interest once a step is done */
	double last;
	int64 begun; /* steps that were done at first */
	int64 done;  /* ... and at last */
} StepClock;

static void
note_steps(StepClock *clock, int64 done)
{
	if (done == clock->done)
		return;
	clock->last = processor_seconds();
	if (clock->done == 0)
	{
		clock->first = clock->last;
		clock->begun = done;
	}
	clock->done = done;
}

/* Is it enough? The first step, which begins with memory, is not to be the only one. */
static bool
enough_steps(const StepClock *clock, double seconds)
{
	return clock->done - clock->begun >= LEAST_STEPS &&
		   processor_seconds() - clock->started >= seconds;
}

static double
step_seconds(const StepClock *clock)
{
	if (clock->done == clock->begun)
		return processor_seconds() - clock->started;
	return (clock->last - clock->first) / (double) (clock->done - clock->begun);
}

/*
 * Seconds of a step of a trainer. Its errors are those of the training, which will raise them if it
 * gets there.
 */
static double
time_steps(lf_trainer *trainer, double seconds)
{
	StepClock clock = {.started = processor_seconds()};
	lf_error error;
	lf_status status;

	do
	{
		let_interrupt_act();
		status = lf_trainer_step(trainer, &error);
		note_steps(&clock, lf_trainer_get_progress(trainer)->step);
	} while ((status == LF_OK || status == LF_INTERRUPTED) && !enough_steps(&clock, seconds));
	return step_seconds(&clock);
}

MemberTime
try_member(const TrainJob *job, int number, double seconds)
{
	Scratch scratch = scratch_enter("lstm_forecast trial");
	lf_allocator allocator = context_allocator(CurrentMemoryContext);
	MemberPlan member = job->members[number];
	double started = processor_seconds();
	int64 windows = member_trainer(job, &member, NULL).train.count;
	double longer = make_short(&member, (int) Min(member.training.batch_size, windows));
	lf_scaler *scalers = huge_array(job->dataset.count, 1, sizeof(lf_scaler));
	MemberTime time;
	lf_trainer_spec spec;
	lf_trainer *trainer;
	lf_error error;
	lf_status status;

	scalers_fit(&member.scaling, &job->dataset, holdout_steps(&job->holdout),
				member.network.lookback, scalers);
	time.begin = processor_seconds() - started;
	spec = member_trainer(job, &member, scalers);
	spec.validation.count = 0;
	spec.max_validation = 0;
	spec.training.max_epochs = 1;
	spec.training.steps_per_epoch = PG_INT32_MAX;
	spec.training.max_steps = 0;
	status = lf_trainer_create(&spec, &allocator, &core_interrupt, &trainer, &error);
	if (status != LF_OK)
		throw_core_error(status, &error);
	time.step = longer * time_steps(trainer, seconds);
	lf_trainer_free(trainer);
	scratch_leave(&scratch);
	return time;
}

double
try_tuning(const lf_universal_tuner_spec *tuning, double seconds)
{
	Scratch scratch = scratch_enter("lstm_forecast trial");
	lf_allocator allocator = context_allocator(CurrentMemoryContext);
	StepClock clock = {.started = processor_seconds()};
	lf_universal_tuner *tuner;
	lf_error error;
	lf_status status =
		lf_universal_tuner_create(tuning, &allocator, &core_interrupt, &tuner, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	do
	{
		let_interrupt_act();
		status = lf_universal_tuner_step(tuner, &error);
		note_steps(&clock, lf_universal_tuner_steps(tuner));
	} while ((status == LF_OK || status == LF_INTERRUPTED) && !enough_steps(&clock, seconds));
	lf_universal_tuner_free(tuner);
	scratch_leave(&scratch);
	return step_seconds(&clock);
}

/* --- starts --- */

/* What is at one place of a sample in an order that has nothing to do with theirs. */
static int64
sampled(int64 count, int64 place)
{
	return (int64) lf_random_permute(SAMPLE_KEY, (uint64) count, (uint64) place);
}

/* Choose the start of a series anew: what was kept of it is forgotten. */
static double
time_choice(const lf_series *series, StartWork *work)
{
	double started;

	work->answers.values = NULL;
	work->notes.values = NULL;
	started = processor_seconds();
	(void) start_work_choose(work, series->values, series->observed, series->length);
	return processor_seconds() - started;
}

/* Seconds for the starts of all series. */
static double
time_choices(const lf_dataset *dataset, StartWork *work, double seconds)
{
	double spent = 0;
	int64 done = 0;

	for (; done < dataset->count && (done == 0 || spent < seconds); done++)
	{
		check_interrupts();
		spent += time_choice(&dataset->series[sampled(dataset->count, done)], work);
	}
	return spent / (double) done * (double) dataset->count;
}

/* Held-out windows of one series, which lie behind one another. */
typedef struct Run
{
	int64 first;
	int64 count;
} Run;

static Run *
find_runs(const HeldOut *held, int64 *count)
{
	Run *runs = huge_array(held->count, 1, sizeof(Run));

	*count = 0;
	for (int64 i = 0; i < held->count; i++)
	{
		if (i == 0 || held->windows[i].series != held->windows[i - 1].series)
			runs[(*count)++] = (Run){.first = i};
		runs[*count - 1].count++;
	}
	return runs;
}

/* Seconds to forecast these windows of a series, for which one start is chosen in so many seconds
 * if there are many: those that are not tried take the time of the others. */
static double
time_run(const Training *training, const HeldOut *held, const Run *run, StartWork *work)
{
	HeldOut part = *held;
	const lf_series *series = &training->job.dataset.series[held->windows[run->first].series];
	double started;
	double choice = 0;
	double spent;

	part.windows = held->windows + run->first;
	part.count = Min(run->count, LONG_RUN);
	if (part.count < run->count)
		choice = time_choice(series, work);
	work->answers.values = NULL;
	work->notes.values = NULL;
	started = processor_seconds();
	pfree(forecast_starts(training->plan, &training->job.dataset, &part, work));
	spent = processor_seconds() - started;
	if (part.count == run->count)
		return spent;
	return spent +
		   Max(spent - choice, 0) * (double) (run->count - part.count) / (double) part.count;
}

/* Seconds to forecast all held-out windows. */
static double
time_runs(const Training *training, const HeldOut *held, StartWork *work, double seconds)
{
	const double started = processor_seconds();
	int64 count;
	Run *runs = find_runs(held, &count);
	double time = 0;
	int64 windows = 0;

	for (int64 i = 0; i < count && (i == 0 || processor_seconds() - started < seconds); i++)
	{
		const Run *run = &runs[sampled(count, i)];

		check_interrupts();
		time += time_run(training, held, run, work);
		windows += run->count;
	}
	pfree(runs);
	return time / (double) windows * (double) held->count;
}

/* Seconds to forecast all of them by the pretrained network alone. */
static double
time_alone(const Training *training, const HeldOut *held, StartWork *work)
{
	double started = processor_seconds();
	HeldOut part = *held;

	part.count = Min(held->count, TOGETHER_WINDOWS);
	part.windows = palloc(sizeof(lf_window) * part.count);
	for (int64 i = 0; i < part.count; i++)
		part.windows[i] = held->windows[lf_evenly_spaced(held->count - 1, part.count, i)];
	work->request.only = true;
	pfree(forecast_starts(training->plan, &training->job.dataset, &part, work));
	pfree(part.windows);
	return (processor_seconds() - started) * (double) held->count / (double) part.count;
}

StartTimes
try_starts(const Training *training, const HeldOut *held, double seconds)
{
	Scratch scratch = scratch_enter("lstm_forecast trial");
	const Model *model = training->model;
	const lf_dataset *dataset = &training->job.dataset;
	lf_start_request request = starts_request(model);
	StartWork *work = start_work_begin(&request, model->pretrained, model->weights);
	StartTimes times = {0};

	start_work_keep(work);
	times.choose = time_choices(dataset, work, seconds);
	if (held != NULL)
		times.test = time_runs(training, held, work, seconds);
	if (held != NULL && work->request.network != NULL && !request.only)
		times.alone = time_alone(training, held, work);
	scratch_leave(&scratch);
	return times;
}
