/*
 * classifier_trainer.c
 *	  A classifier trainer's memory and interface; what its steps do is in classifier_phases.c.
 */
#include "classifier_trainer.h"

#include <math.h>

#include "classifier_trainer_private.h"
#include "cross_entropy.h"
#include "smaller.h"

/* The labels of a sequence are classes, or none. */
static lf_status
check_labels(const lf_classifier_config *config, const lf_sequence *sequence, lf_error *error)
{
	const int answers = lf_classifier_answers(config, sequence->length);
	char detail[LF_ERROR_TEXT];

	for (int i = 0; i < answers; i++)
		if (sequence->labels[i] < LF_UNLABELLED || sequence->labels[i] >= config->classes)
			return lf_fail(error, LF_ERROR_DATA, "a label is no class",
						   lf_format(detail, "It is %d; there are %d classes.", sequence->labels[i],
									 config->classes),
						   NULL);
	return LF_OK;
}

/* A list of sequences: the longest, and the weight of all labels is added. */
static lf_status
check_sequences(const lf_classifier_trainer_spec *spec, const int64_t *numbers, int64_t count,
				int *longest, double *weight, lf_error *error)
{
	for (int64_t i = 0; i < count; i++)
	{
		const lf_sequence *sequence = &spec->sequences[numbers[i]];
		lf_status status = lf_classifier_check_length(sequence->length, error);

		if (status == LF_OK)
			status = check_labels(&spec->network, sequence, error);
		if (status != LF_OK)
			return status;
		if (sequence->length > *longest)
			*longest = sequence->length;
		*weight += lf_cross_entropy_weight(sequence->labels,
										   lf_classifier_answers(&spec->network, sequence->length),
										   spec->class_weights);
	}
	return LF_OK;
}

static lf_status
check_class_weights(const lf_classifier_trainer_spec *spec, lf_error *error)
{
	char detail[LF_ERROR_TEXT];
	double sum = 0;

	for (int k = 0; spec->class_weights != NULL && k < spec->network.classes; k++)
	{
		const double weight = spec->class_weights[k];

		if (!(weight >= 0) || !isfinite(weight))
			return lf_fail(
				error, LF_ERROR_CONFIG, "weight of a class is out of range",
				lf_format(detail, "It is %g, and must be a number of at least 0.", weight), NULL);
		sum += weight;
	}
	if (spec->class_weights != NULL && sum == 0)
		return lf_fail(error, LF_ERROR_CONFIG, "no class has a weight", NULL, NULL);
	return LF_OK;
}

/* What the layout and the first step rely on; the longest sequence. */
static lf_status
check_spec(const lf_classifier_trainer_spec *spec, int *longest, lf_error *error)
{
	lf_parameter_table table;
	double weight = 0;
	double unused = 0;
	lf_status status = lf_classifier_table_build(&spec->network, &table, error);

	*longest = 0;
	if (status == LF_OK)
		status = check_class_weights(spec, error);
	if (status == LF_OK)
		status = lf_augmentation_check(&spec->augmentation, error);
	if (status == LF_OK && spec->augmentation.share > 0 &&
		spec->network.supervision == LF_SUPERVISION_SEQUENCE)
		status = lf_fail(error, LF_ERROR_CONFIG, "sequences with a label a row cannot be augmented",
						 NULL, NULL);
	if (status == LF_OK)
		status = lf_descent_check(&spec->training, error);
	if (status == LF_OK)
		status = check_sequences(spec, spec->train, spec->train_count, longest, &weight, error);
	if (status == LF_OK)
		status = check_sequences(spec, spec->validation, spec->validation_count, longest, &unused,
								 error);
	if (status == LF_OK && !(weight > 0))
		return lf_fail(error, LF_ERROR_DATA, "no sequence to train on has a label", NULL, NULL);
	return status;
}

lf_status
lf_classifier_trainer_layout(lf_classifier_trainer *trainer, const lf_classifier_trainer_spec *spec,
							 lf_arena *arena, lf_error *error)
{
	const int64_t block = lf_smaller(spec->validation_count, LF_CLASSIFIER_BLOCK);
	int64_t most;
	size_t count;
	int longest;
	lf_status status = check_spec(spec, &longest, error);

	if (status != LF_OK)
		return status;
	trainer->batch_rows = lf_smaller(spec->training.batch_size, spec->train_count);
	most = block > trainer->batch_rows ? block : trainer->batch_rows;
	trainer->room = lf_classifier_room_for(&spec->network, spec->kernels, longest, most);
	status = lf_classifier_layout(&trainer->network, &spec->network, &trainer->room, spec->kernels,
								  true, arena, error);
	if (status != LF_OK)
		return status;
	count = trainer->network.table.total;
	lf_descent_layout(&trainer->descent, &spec->training, count, arena);
	lf_descent_layout_record(&trainer->descent, &spec->training, count, spec->validation_count > 0,
							 arena);
	trainer->part = lf_arena_take_reals(arena, count, 1, 1);
	trainer->numbers = lf_arena_take(arena, most, sizeof(int64_t));
	trainer->keys = lf_arena_take(arena, most, sizeof(double));
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "training needs more memory than there can be", NULL,
					   "Choose a smaller network, shorter sequences or a smaller batch.");
	return LF_OK;
}

lf_status
lf_classifier_trainer_bytes(const lf_classifier_trainer_spec *spec, size_t *bytes, lf_error *error)
{
	lf_arena arena = lf_arena_measure();
	lf_classifier_trainer measured = {0};
	lf_status status;

	lf_arena_take(&arena, 1, sizeof(lf_classifier_trainer));
	status = lf_classifier_trainer_layout(&measured, spec, &arena, error);
	if (status == LF_OK)
		*bytes = lf_arena_bytes(&arena);
	return status;
}

lf_status
lf_classifier_trainer_create(const lf_classifier_trainer_spec *spec, const lf_allocator *allocator,
							 lf_interrupt interrupt, lf_classifier_trainer **trainer,
							 lf_error *error)
{
	const uint64_t seed = spec->training.seed;
	size_t bytes;
	lf_memory memory;
	lf_classifier_trainer *made;
	lf_status status = lf_classifier_trainer_bytes(spec, &bytes, error);

	*trainer = NULL;
	if (status == LF_OK)
		status = lf_memory_take(&memory, allocator, bytes, "Training", error);
	if (status != LF_OK)
		return status;
	made = lf_arena_take(&memory.arena, 1, sizeof(lf_classifier_trainer));
	made->memory = memory;
	made->spec = *spec;
	made->interrupt = interrupt;
	made->weights = lf_random_seed(seed, LF_CLASSIFIER_STREAM_WEIGHTS);
	made->shuffle = lf_random_seed(seed, LF_CLASSIFIER_STREAM_SHUFFLE);
	made->pass = LF_PASS_BEGIN;
	lf_descent_begin(&made->descent, &made->spec.training,
					 "Lower \"learning_rate\", or set \"gradient_clip\".");
	*trainer = made;
	return LF_OK;
}

lf_status
lf_classifier_trainer_step(lf_classifier_trainer *trainer, lf_error *error)
{
	lf_status status;

	if (trainer->phase != LF_CLASSIFIER_DONE && lf_interrupted(trainer->interrupt))
		return LF_INTERRUPTED;
	trainer->budget = LF_QUANTUM;
	do
		status = lf_classifier_run_phase(trainer, error);
	while (status == LF_OK && trainer->budget > 0);
	return status;
}

void
lf_classifier_trainer_finish(lf_classifier_trainer *trainer)
{
	trainer->finishing = true;
}

void
lf_classifier_trainer_set_clock(lf_classifier_trainer *trainer, double seconds)
{
	trainer->descent.clock = seconds;
}

const lf_trainer_progress *
lf_classifier_trainer_get_progress(const lf_classifier_trainer *trainer)
{
	return &trainer->descent.progress;
}

const lf_real *
lf_classifier_trainer_parameters(const lf_classifier_trainer *trainer)
{
	return lf_descent_result(&trainer->descent);
}

const lf_epoch *
lf_classifier_trainer_log(const lf_classifier_trainer *trainer, int *count)
{
	*count = trainer->descent.log.count;
	return trainer->descent.log.rows;
}

void
lf_classifier_trainer_free(lf_classifier_trainer *trainer)
{
	if (trainer != NULL)
		lf_memory_release(&trainer->memory);
}
