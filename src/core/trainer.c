/*
 * trainer.c
 *	  A trainer's memory and interface; what its steps do is in trainer_phases.c.
 */
#include "trainer.h"

#include <math.h>

#include "trainer_private.h"

/* Streams of the seed, so that no choice shifts another. */
enum
{
	STREAM_WEIGHTS,
	STREAM_SHUFFLE,
	STREAM_DROPOUT
};

/* What the layout and the first step rely on. */
static lf_status
check_spec(const lf_trainer_spec *spec, lf_error *error)
{
	const lf_training_config *training = &spec->training;
	lf_parameter_table table;
	lf_status status = lf_parameter_table_build(&spec->network, &table, error);

	if (status != LF_OK)
		return status;
	if (training->batch_size < 1 || training->steps_per_epoch < 1 || training->max_epochs < 1)
		return lf_fail(error, LF_ERROR_CONFIG,
					   "batch size, steps per epoch and epochs must be at least 1", NULL, NULL);
	if (lf_loss_outputs(&training->loss) != (spec->network.outputs > 0 ? spec->network.outputs : 1))
		return lf_fail(error, LF_ERROR_CONFIG, "the network's outputs do not fit its loss", NULL,
					   NULL);
	if (!(training->learning_rate > 0) || !isfinite(training->learning_rate))
		return lf_fail(error, LF_ERROR_CONFIG, "\"learning_rate\" must be greater than 0", NULL,
					   NULL);
	if (spec->train.count < 1)
		return lf_fail(error, LF_ERROR_DATA, "there is no window to train on", NULL,
					   "Lower \"lookback\" or \"horizon\", or train on more rows.");
	return LF_OK;
}

lf_status
lf_trainer_layout(lf_trainer *trainer, const lf_trainer_spec *spec, lf_arena *arena,
				  lf_error *error)
{
	const lf_network_config *network = &spec->network;
	size_t answers = (size_t) lf_network_answers(network) * network->horizon;
	size_t outputs;
	size_t count;
	lf_status status;

	trainer->batch_rows = lf_smaller(spec->training.batch_size, spec->train.count);
	trainer->rows = lf_network_rows(network, spec->kernels, trainer->batch_rows);
	trainer->validation_rows = lf_smaller(spec->max_validation, spec->validation.count);
	if (trainer->validation_rows < 0)
		trainer->validation_rows = 0;

	status = lf_network_layout(&trainer->network, network, spec->kernels, trainer->rows, true,
							   arena, error);
	if (status != LF_OK)
		return status;
	lf_batch_layout(&trainer->builder, network, &spec->scaling, spec->dataset, spec->scalers,
					trainer->rows, true, arena);
	count = trainer->network.table.total;
	lf_optimizer_layout(&trainer->optimizer, spec->training.optimizer, spec->training.weight_decay,
						count, arena);

	trainer->windows = lf_arena_take(arena, trainer->batch_rows, sizeof(lf_window));
	trainer->drawn = lf_arena_take(arena, spec->train.dataset->count, sizeof(int64_t));
	trainer->parameters = lf_arena_take(arena, count, sizeof(lf_real));
	trainer->gradient = lf_arena_take(arena, count, sizeof(lf_real));
	if (trainer->rows < trainer->batch_rows)
		trainer->partial = lf_arena_take(arena, count, sizeof(lf_real));
	if (trainer->validation_rows > 0)
	{
		trainer->best = lf_arena_take(arena, count, sizeof(lf_real));
		trainer->checked = lf_arena_take(arena, trainer->rows, sizeof(lf_window));
		trainer->first_losses = lf_arena_take(arena, trainer->validation_rows, sizeof(double));
		trainer->window_losses = lf_arena_take(arena, trainer->validation_rows, sizeof(double));
		if (!lf_multiply(answers, lf_loss_outputs(&spec->training.loss), &outputs) ||
			!lf_multiply(outputs, trainer->rows, &outputs))
			arena->overflow = true;
		else
			trainer->output = lf_arena_take(arena, outputs, sizeof(lf_real));
	}
	trainer->log = lf_arena_take(arena, spec->training.max_epochs, sizeof(lf_epoch));
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "training needs more memory than there can be", NULL,
					   "Choose a smaller network, lookback, horizon or batch.");
	return LF_OK;
}

lf_status
lf_trainer_bytes(const lf_trainer_spec *spec, size_t *bytes, lf_error *error)
{
	lf_arena arena = lf_arena_measure();
	lf_trainer measured = {0};
	lf_status status = check_spec(spec, error);

	if (status != LF_OK)
		return status;
	lf_arena_take(&arena, 1, sizeof(lf_trainer));
	status = lf_trainer_layout(&measured, spec, &arena, error);
	if (status == LF_OK)
		*bytes = lf_arena_bytes(&arena);
	return status;
}

/* Batches in all: what the epochs hold, or the limit where that is less. */
static int64_t
total_steps(const lf_training_config *training)
{
	int64_t steps = (int64_t) training->max_epochs * training->steps_per_epoch;

	return training->max_steps > 0 ? lf_smaller(steps, training->max_steps) : steps;
}

lf_status
lf_trainer_create(const lf_trainer_spec *spec, const lf_allocator *allocator,
				  lf_interrupt interrupt, lf_trainer **trainer, lf_error *error)
{
	uint64_t seed = spec->training.seed;
	size_t bytes;
	lf_arena arena;
	lf_trainer *made;
	void *block;
	lf_status status = lf_trainer_bytes(spec, &bytes, error);

	*trainer = NULL;
	if (status != LF_OK)
		return status;
	block = allocator->allocate(allocator->context, bytes);
	if (block == NULL)
	{
		char text[LF_ERROR_TEXT];

		return lf_fail(error, LF_ERROR_MEMORY, "out of memory",
					   lf_format(text, "Training needs %zu bytes.", bytes), NULL);
	}
	arena = lf_arena_over(block, bytes);
	made = lf_arena_take(&arena, 1, sizeof(lf_trainer));
	made->arena = arena;
	made->spec = *spec;
	made->allocator = *allocator;
	made->block = block;
	made->interrupt = interrupt;
	made->weights = lf_random_seed(seed, STREAM_WEIGHTS);
	made->shuffle = lf_random_seed(seed, STREAM_SHUFFLE);
	made->dropout = lf_random_seed(seed, STREAM_DROPOUT);
	made->pass_place = INT64_MAX; /* the first window drawn starts a pass */
	made->least_loss = NAN;
	made->progress = (lf_trainer_progress){.max_epochs = spec->training.max_epochs,
										   .max_steps = total_steps(&spec->training),
										   .train_loss = NAN,
										   .validation_loss = NAN,
										   .best_validation = NAN};
	*trainer = made;
	return LF_OK;
}

void
lf_trainer_free(lf_trainer *trainer)
{
	lf_allocator allocator;

	if (trainer == NULL)
		return;
	allocator = trainer->allocator; /* it lies in the block */
	allocator.release(allocator.context, trainer->block);
}

lf_status
lf_trainer_step(lf_trainer *trainer, bool ignore_interrupt, lf_error *error)
{
	lf_interrupt interrupt = ignore_interrupt ? NULL : trainer->interrupt;
	lf_status status;

	if (trainer->phase != LF_PHASE_DONE && interrupt != NULL && *interrupt)
		return LF_INTERRUPTED;
	trainer->budget = LF_TRAINER_QUANTUM;
	do
		status = lf_trainer_run_phase(trainer, interrupt, error);
	while (status == LF_OK && trainer->budget > 0);
	return status;
}

void
lf_trainer_finish(lf_trainer *trainer)
{
	trainer->finishing = true;
}

const lf_trainer_progress *
lf_trainer_get_progress(const lf_trainer *trainer)
{
	return &trainer->progress;
}

const lf_real *
lf_trainer_parameters(const lf_trainer *trainer)
{
	return trainer->has_best ? trainer->best : trainer->parameters;
}

const lf_epoch *
lf_trainer_log(const lf_trainer *trainer, int *count)
{
	*count = trainer->progress.epoch;
	return trainer->log;
}
