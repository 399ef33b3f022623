/*
 * trainer.c
 *	  A trainer's memory and interface; what its steps do is in trainer_phases.c.
 */
#include "trainer.h"

#include <math.h>

#include "trainer_private.h"

/*
 * Micro-batches are what a team shares, so where a batch is much work it is cut further than
 * memory needs: but not below the rows that the kernels' tiles are paid back with, nor below about
 * half a millisecond, beside which waiting for each other does not count.
 */
#define SHARE_ROWS 32
#define SHARE_FLOPS 5e7

/* What the layout and the first step rely on. */
static lf_status
check_spec(const lf_trainer_spec *spec, lf_error *error)
{
	lf_parameter_table table;
	lf_status status = lf_parameter_table_build(&spec->network, &table, error);

	if (status != LF_OK)
		return status;
	status = lf_descent_check(&spec->training, error);
	if (status == LF_OK)
		status = lf_network_check_loss(&spec->network, &spec->training.loss, error);
	if (status != LF_OK)
		return status;
	if (spec->train.count < 1)
		return lf_fail(error, LF_ERROR_DATA, "there is no window to train on", NULL,
					   "Lower \"lookback\" or \"horizon\", or train on more rows.");
	return LF_OK;
}

/* Windows in a micro-batch: the same however many processes there are. */
static int64_t
micro_batch_rows(const lf_trainer_spec *spec, int64_t batch_rows)
{
	int64_t most = lf_network_rows(&spec->network, spec->kernels, batch_rows);
	double least = fmax(SHARE_ROWS, ceil(SHARE_FLOPS / lf_network_flops(&spec->network)));
	int64_t parts;

	if ((double) most <= least || (double) batch_rows < 2 * least)
		return most;
	parts = batch_rows / (int64_t) least;
	return lf_smaller(most, (batch_rows + parts - 1) / parts);
}

static int64_t
batch_rows_of(const lf_trainer_spec *spec)
{
	return lf_smaller(spec->training.batch_size, spec->train.count);
}

int64_t
lf_trainer_micro_batches(const lf_trainer_spec *spec)
{
	int64_t batch_rows = batch_rows_of(spec);
	int64_t rows = micro_batch_rows(spec, batch_rows);

	return (batch_rows + rows - 1) / rows;
}

/* Where the weights and what they are summed and judged by lie. */
static void
layout_shared(lf_trainer *trainer, const lf_trainer_spec *spec, lf_arena *arena)
{
	size_t count = trainer->network.table.total;
	size_t slices = (count + LF_TRAINER_SLICE - 1) / LF_TRAINER_SLICE;

	lf_descent_layout(&trainer->descent, &spec->training, count, arena);
	trainer->partial = lf_arena_take_reals(arena, trainer->slots, count, 1);
	trainer->losses = lf_arena_take(arena, 1 + (size_t) trainer->slots, sizeof(double));
	trainer->slice_squares = lf_arena_take(arena, slices, sizeof(double));
	trainer->window_losses = lf_arena_take(arena, trainer->validation_rows, sizeof(double));
	trainer->window_targets = lf_arena_take(arena, trainer->validation_rows, sizeof(int64_t));
}

static void
layout_validation(lf_trainer *trainer, const lf_trainer_spec *spec, lf_arena *arena)
{
	const lf_network_config *network = &spec->network;
	const size_t steps = (size_t) lf_network_answers(network) * network->horizon;

	if (trainer->validation_rows == 0)
		return;
	trainer->checked = lf_arena_take(arena, trainer->rows, sizeof(lf_window));
	trainer->first_losses = lf_arena_take(arena, trainer->validation_rows, sizeof(double));
	trainer->output =
		lf_arena_take_reals(arena, lf_loss_outputs(&spec->training.loss), steps, trainer->rows);
}

lf_status
lf_trainer_layout(lf_trainer *trainer, const lf_trainer_spec *spec, lf_arena *arena,
				  lf_arena *shared, lf_error *error)
{
	int64_t slots = lf_trainer_in_team(spec) ? LF_TRAINER_SLOTS : 1;
	lf_status status;

	trainer->batch_rows = batch_rows_of(spec);
	trainer->rows = micro_batch_rows(spec, trainer->batch_rows);
	trainer->micro_batches = lf_trainer_micro_batches(spec);
	trainer->slots = lf_smaller(slots, trainer->micro_batches - 1);
	trainer->validation_rows = lf_smaller(spec->max_validation, spec->validation.count);
	if (trainer->validation_rows < 0)
		trainer->validation_rows = 0;

	status = lf_network_layout(&trainer->network, &spec->network, spec->kernels, trainer->rows,
							   true, arena, error);
	if (status != LF_OK)
		return status;
	lf_batch_layout(&trainer->builder,
					&(lf_batch_spec){.network = spec->network,
									 .scaling = spec->scaling,
									 .dataset = spec->dataset,
									 .scalers = spec->scalers,
									 .max_rows = trainer->rows,
									 .with_targets = true},
					arena);
	trainer->windows = lf_arena_take(arena, trainer->batch_rows, sizeof(lf_window));
	trainer->drawn = lf_arena_take(arena, spec->train.dataset->count, sizeof(int64_t));
	lf_descent_layout_record(&trainer->descent, &spec->training, trainer->network.table.total,
							 trainer->validation_rows > 0, arena);
	layout_validation(trainer, spec, arena);
	layout_shared(trainer, spec, shared);
	if (arena->overflow || shared->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "training needs more memory than there can be", NULL,
					   "Choose a smaller network, lookback, horizon or batch.");
	return LF_OK;
}

/* Bytes of a trainer's own block, and of what it shares. */
static lf_status
measure(const lf_trainer_spec *spec, size_t *bytes, size_t *shared_bytes, lf_error *error)
{
	lf_arena own = lf_arena_measure();
	lf_arena shared = lf_arena_measure();
	bool in_team = lf_trainer_in_team(spec);
	lf_trainer measured = {0};
	lf_status status = check_spec(spec, error);

	if (status != LF_OK)
		return status;
	lf_arena_take(&own, 1, sizeof(lf_trainer));
	status = lf_trainer_layout(&measured, spec, &own, in_team ? &shared : &own, error);
	if (status != LF_OK)
		return status;
	*bytes = lf_arena_bytes(&own);
	*shared_bytes = in_team ? lf_arena_bytes(&shared) : 0;
	return LF_OK;
}

lf_status
lf_trainer_bytes(const lf_trainer_spec *spec, size_t *bytes, lf_error *error)
{
	size_t shared;

	return measure(spec, bytes, &shared, error);
}

lf_status
lf_trainer_shared_bytes(const lf_trainer_spec *spec, size_t *bytes, lf_error *error)
{
	size_t own;

	return measure(spec, &own, bytes, error);
}

lf_status
lf_trainer_create(const lf_trainer_spec *spec, const lf_allocator *allocator,
				  lf_interrupt interrupt, lf_trainer **trainer, lf_error *error)
{
	uint64_t seed = spec->training.seed;
	size_t bytes;
	lf_memory memory;
	lf_trainer *made;
	lf_status status = lf_trainer_bytes(spec, &bytes, error);

	*trainer = NULL;
	if (status == LF_OK)
		status = lf_memory_take(&memory, allocator, bytes, "Training", error);
	if (status != LF_OK)
		return status;
	made = lf_arena_take(&memory.arena, 1, sizeof(lf_trainer));
	made->memory = memory;
	made->spec = *spec;
	made->interrupt = interrupt;
	made->weights = lf_random_seed(seed, LF_STREAM_WEIGHTS);
	made->shuffle = lf_random_seed(seed, LF_STREAM_SHUFFLE);
	made->blind = lf_random_seed(seed, LF_STREAM_BLIND);
	made->pass = LF_PASS_BEGIN;
	made->least_loss = NAN;
	lf_descent_begin(&made->descent, &made->spec.training,
					 "Lower \"learning_rate\", set \"gradient_clip\", or scale the data by "
					 "\"normalization\".");
	*trainer = made;
	return LF_OK;
}

void
lf_trainer_free(lf_trainer *trainer)
{
	if (trainer != NULL)
		lf_memory_release(&trainer->memory);
}

lf_status
lf_trainer_step(lf_trainer *trainer, lf_error *error)
{
	lf_status status;

	if (trainer->phase != LF_PHASE_DONE && lf_interrupted(trainer->interrupt))
		return LF_INTERRUPTED;
	trainer->budget = LF_QUANTUM;
	trainer->moved = false;
	do
	{
		status = lf_trainer_run_phase(trainer, error);
		trainer->moved |= status == LF_OK;
	} while (status == LF_OK && trainer->budget > 0);
	/* who has moved may be who others wait for: the caller is to know */
	return status == LF_WAITING && trainer->moved ? LF_OK : status;
}

void
lf_trainer_finish(lf_trainer *trainer)
{
	trainer->asked = true;
	if (!lf_trainer_in_team(&trainer->spec))
		trainer->finishing = true;
}

void
lf_trainer_set_clock(lf_trainer *trainer, double seconds)
{
	trainer->descent.clock = seconds;
}

const lf_trainer_progress *
lf_trainer_get_progress(const lf_trainer *trainer)
{
	return &trainer->descent.progress;
}

const lf_real *
lf_trainer_parameters(const lf_trainer *trainer)
{
	return lf_descent_result(&trainer->descent);
}

const lf_epoch *
lf_trainer_log(const lf_trainer *trainer, int *count)
{
	*count = trainer->descent.log.count;
	return trainer->descent.log.rows;
}
