/*
 * tuning.c
 *	  Goes on training the pretrained network on the rows of a panel.
 */
#include "postgres.h"

#include <math.h>

#include "access/parallel.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "base/errors.h"
#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "base/progress.h"
#include "model/half.h"
#include "model/pretrained.h"
#include "model/starts.h"
#include "train/train_member.h"
#include "train/tuning.h"

#define RATE 1e-3
#define LEAST_STEPS 40 /* fewer do not show what it could learn */
#define MOST_STEPS 200
#define VALUES_A_STEP 2000 /* to learn from: more can teach more before it is learned by heart */
#define LEAST_HISTORY 6    /* steps before a forecast */
#define TUNINGS 2          /* on what lies before the tail, and on everything */
#define TIME_SHARE 3       /* the networks' time over that of both, at least */
#define SPEED 8            /* times as many operations a second as networks, which are narrower */

/* Steps of the optimizer; 0: there are too few for that to be worth anything. */
static int64
choose_steps(const lf_universal_tuner_spec *spec, const TrainPlan *plan)
{
	double flops = lf_universal_tuner_flops(spec);
	double work = 0;
	int64 values = 0;
	int64 steps;

	for (int64 i = 0; i < spec->dataset->count; i++)
		values += Max(spec->dataset->series[i].length - spec->tail, 0);
	for (int i = 0; i < plan->member_count; i++)
		work += member_work(&plan->members[i]);
	ereport(DEBUG1, (errmsg_internal("fine-tuning takes %.3g operations a step, the networks %.3g",
									 flops, work)));
	steps = Min(Max(values / VALUES_A_STEP, LEAST_STEPS), MOST_STEPS);
	steps = Min(steps, (int64) (work * SPEED / TIME_SHARE / TUNINGS / flops));
	return steps < LEAST_STEPS ? 0 : steps;
}

/* Are there enough series that it can learn from, and held-out windows to tell whether it did? What
 * it forecasts of counts are medians. */
static bool
worth_tuning(const Model *model, const TrainPlan *plan, const lf_universal_tuner_spec *spec)
{
	return model->pretrained && model->options.pretrained != PRETRAINED_ONLY &&
		   !model_counts(model) && plan->member_count > 0 && spec->tail > 0 &&
		   pretrained_reaches(model->season, model->horizon) &&
		   lf_universal_tuner_series(spec) >= MANY_SERIES;
}

Size
tuning_bytes(const lf_universal_tuner_spec *spec)
{
	size_t bytes;
	lf_error error;
	lf_status status = lf_universal_tuner_bytes(spec, &bytes, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	bytes = add_size(bytes, mul_size(TUNINGS * sizeof(lf_real), pretrained_table()->total));
	for (int64 i = 0; i < spec->dataset->count; i++)
		bytes = add_size(bytes, sizeof(lf_series) +
									mul_size(sizeof(double), spec->dataset->series[i].length));
	return bytes;
}

lf_universal_tuner_spec
plan_tuning(const Model *model, const TrainPlan *plan, const lf_dataset *dataset, Size held)
{
	lf_start_request request = starts_request(model);
	lf_universal_tuner_spec spec = {.config = lf_universal_shipped,
									.dataset = dataset,
									.season = request.season,
									.second = request.second,
									.horizon = request.horizon,
									.tail = holdout_steps(&plan->holdout),
									.history = Max(request.season, LEAST_HISTORY),
									.kernels = instructions_kernels(),
									.rate = RATE,
									.seed = (uint64) plan->options.seed};

	if (!worth_tuning(model, plan, &spec))
		return spec;
	spec.initial = model->weights != NULL ? model->weights : pretrained_weights();
	if (memory_allowed(add_size(held, tuning_bytes(&spec))))
		spec.steps = choose_steps(&spec, plan);
	return spec;
}

/* Is the time limit of a training that began then reached, if it has one? */
static bool
time_is_over(const TrainOptions *options, TimestampTz started)
{
	return !isnan(options->max_seconds) &&
		   (double) (GetCurrentTimestamp() - started) / USECS_PER_SEC >= options->max_seconds;
}

lf_real *
tune_pretrained(const lf_universal_tuner_spec *tuning, int64 tail, const TrainOptions *options,
				TimestampTz started)
{
	lf_allocator allocator = context_allocator(CurrentMemoryContext);
	size_t count = pretrained_table()->total;
	lf_universal_tuner_spec spec = *tuning;
	lf_universal_tuner *tuner;
	lf_real *weights = NULL;
	Progress progress;
	lf_error error;
	lf_status status;

	if (spec.steps == 0)
		return NULL;
	spec.tail = tail;
	status = lf_universal_tuner_create(&spec, &allocator, &core_interrupt, &tuner, &error);
	if (status != LF_OK)
		throw_core_error(status, &error);
	report_phase(PROGRESS_PRETRAINED);
	progress_begin(&progress, 1, 1, IsParallelWorker());
	do
	{
		let_interrupt_act();
		status = lf_universal_tuner_step(tuner, &error);
		progress_tuning(&progress, lf_universal_tuner_steps(tuner), spec.steps);
	} while ((status == LF_OK || status == LF_INTERRUPTED) && !time_is_over(options, started));
	progress_end(&progress);
	if (status == LF_DONE)
	{
		weights = palloc(sizeof(lf_real) * count);
		memcpy(weights, lf_universal_tuner_parameters(tuner), sizeof(lf_real) * count);
		/* what is measured is what is kept */
		round_to_halves(weights, count);
	}
	lf_universal_tuner_free(tuner);
	return weights;
}
