/*
 * members.c
 *	  Trains the networks of a model that tells classes, each by itself.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/memutils.h"

#include "base/errors.h"
#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "base/progress.h"
#include "classes/members.h"
#include "model/classifier.h"

#define REFIT_RATE 0.3   /* of the learning rate: enough to learn the rest, too little to forget */
#define REFIT_SHARE 0.25 /* of the steps to the best weights */

/* One network that trains without what is held out. */
static lf_classifier_trainer_spec
training_spec(const ClassJob *job, int number)
{
	const ClassSequences *sequences = job->sequences;
	lf_classifier_trainer_spec spec = {
		.network = job->training.network,
		.training = job->training.training,
		.sequences = sequences->sequence,
		.train = sequences->numbers + sequences->part[PART_TRAIN].first,
		.train_count = sequences->part[PART_TRAIN].count,
		.validation = sequences->numbers + sequences->part[PART_STOP].first,
		.validation_count = sequences->part[PART_STOP].count,
		.difference_scales = job->difference_scales,
		.augmentation = job->training.augmentation,
		.class_weights = job->weights,
		.kernels = instructions_kernels(),
	};

	spec.training.seed += number;
	if (sequences->folds > 0)
		spec.train =
			class_sequences_of_fold(sequences, number % sequences->folds, false, &spec.train_count);
	return spec;
}

/*
 * The same network on everything, without validation: from its best weights on, or, where it was
 * trained without a part of few, anew in the same way.
 */
static lf_classifier_trainer_spec
refit_spec(const ClassJob *job, int number, const ClassOutput *output)
{
	const ClassSequences *sequences = job->sequences;
	lf_classifier_trainer_spec spec = training_spec(job, number);
	double led = (double) output->best_epoch * spec.training.steps_per_epoch;

	spec.train = sequences->numbers + sequences->part[PART_ALL].first;
	spec.train_count = sequences->part[PART_ALL].count;
	spec.validation_count = 0;
	if (sequences->folds > 0)
		return spec;
	spec.initial = output->parameters;
	spec.training.max_epochs = 1;
	spec.training.max_steps = Max(1, (int64) (led * REFIT_SHARE));
	spec.training.steps_per_epoch = (int) spec.training.max_steps;
	spec.training.learning_rate *= REFIT_RATE;
	spec.training.schedule = LF_SCHEDULE_COSINE;
	return spec;
}

static Size
trainer_bytes(const lf_classifier_trainer_spec *spec)
{
	size_t bytes;
	lf_error error;
	lf_status status = lf_classifier_trainer_bytes(spec, &bytes, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	return bytes;
}

/* Is a network to be trained on what was held out, too? */
static bool
refits(const ClassJob *job)
{
	return job->training.refit &&
		   (job->sequences->folds > 0 || job->sequences->part[PART_STOP].count > 0);
}

int
class_member_log_rows(const ClassTraining *training)
{
	return 2 * lf_log_rows(training->training.max_epochs) + 1;
}

Size
class_member_bytes(const ClassJob *job)
{
	Scratch scratch = scratch_enter("lstm_forecast measure");
	const ClassOutput none = {.best_epoch = 1};
	lf_classifier_trainer_spec spec = training_spec(job, 0);
	Size lists = mul_size(sizeof(int64), 2 * job->sequences->part[PART_ALL].count);
	Size bytes = trainer_bytes(&spec);

	spec = refit_spec(job, 0, &none);
	bytes = Max(bytes, trainer_bytes(&spec));
	scratch_leave(&scratch);
	return add_size(bytes, lists);
}

/* Run one trainer to its end, within the time limit, with progress and interrupts. */
static void
run_to_end(const ClassJob *job, lf_classifier_trainer *trainer, const ClassTurn *turn,
		   Progress *progress)
{
	const lf_trainer_progress *state = lf_classifier_trainer_get_progress(trainer);
	double deadline = job->training.max_seconds * (turn->round + progress->stage[1]) / turn->rounds;
	lf_error error;
	lf_status status;

	do
	{
		let_interrupt_act();
		check_interrupts();
		if (job->training.log_seconds)
			lf_classifier_trainer_set_clock(trainer, progress_seconds(progress));
		status = lf_classifier_trainer_step(trainer, &error);
		progress_update(progress, turn->number, turn->round, state);
		if (!isnan(deadline) && progress_seconds(progress) >= deadline)
			lf_classifier_trainer_finish(trainer);
	} while (status == LF_OK || status == LF_INTERRUPTED);
	if (status != LF_DONE)
		throw_core_error(status, &error);
}

/* Run a trainer by this spec, and keep its weights and log. Gives the best epoch. */
static int
run_trainer(const ClassJob *job, const lf_classifier_trainer_spec *spec, const ClassTurn *turn,
			Progress *progress, ClassOutput *output, lf_real *parameters)
{
	Scratch scratch = scratch_enter("lstm_forecast network");
	lf_allocator allocator = context_allocator(CurrentMemoryContext);
	lf_parameter_table *table = classifier_table(&spec->network);
	int before = output->epochs > 0 ? output->log[output->epochs - 1].epoch : 0;
	lf_classifier_trainer *trainer;
	const lf_epoch *log;
	int rows;
	int best;
	lf_error error;
	lf_status status =
		lf_classifier_trainer_create(spec, &allocator, &core_interrupt, &trainer, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	run_to_end(job, trainer, turn, progress);
	best = lf_classifier_trainer_get_progress(trainer)->best_epoch;
	memcpy(parameters, lf_classifier_trainer_parameters(trainer), sizeof(lf_real) * table->total);
	log = lf_classifier_trainer_log(trainer, &rows);
	for (int i = 0; i < rows; i++)
	{
		lf_epoch *row = &output->log[output->epochs++];

		*row = log[i];
		row->epoch += before;
	}
	lf_classifier_trainer_free(trainer);
	scratch_leave(&scratch);
	return best;
}

void
class_member_train(const ClassJob *job, const ClassTurn *turn, Progress *progress,
				   ClassOutput *output)
{
	Scratch scratch = scratch_enter("lstm_forecast member");
	lf_classifier_trainer_spec spec = training_spec(job, turn->number);
	bool folds = job->sequences->folds > 0;
	double share = !refits(job) ? 1 : folds ? 0.5 : 1 / (1 + REFIT_SHARE);

	output->epochs = 0;
	progress_stage(progress, false, 0, share);
	output->best_epoch = run_trainer(job, &spec, turn, progress, output, output->parameters);
	if (folds && output->epochs > 0)
		output->best_epoch = output->log[output->epochs - 1].epoch; /* nothing ended it before */
	if (refits(job) && (folds || output->best_epoch > 0))
	{
		spec = refit_spec(job, turn->number, output);
		progress_stage(progress, true, share, 1);
		(void) run_trainer(job, &spec, turn, progress, output, output->refitted);
	}
	else
	{
		lf_parameter_table *table = classifier_table(&spec.network);

		memcpy(output->refitted, output->parameters, sizeof(lf_real) * table->total);
		pfree(table);
	}
	scratch_leave(&scratch);
}
