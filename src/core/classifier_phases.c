/*
 * classifier_phases.c
 *	  Trains one classifier, a bounded quantum of work at a time.
 *
 * The phases and how they follow one another:
 *
 *	 CLEAR	   the memory
 *	 PREPARE   a first value for each tensor
 *	 LOAD	   pack the weights; at first VALIDATE, as no training may be the best there is
 *	 DRAW	   choose a batch's sequences, and put them in order of their length
 *	 GRADIENT  the gradient of those of them that fit a run: a micro-batch
 *	 ADD	   ... is added to those before it; GRADIENT again until the batch is whole
 *	 MEASURE   the norm of the gradient
 *	 UPDATE	   clip, and let the optimizer change the weights; LOAD them, and DRAW again until the
 *			   epoch is over
 *	 VALIDATE  the loss of the validation's sequences
 *	 KEEP	   copy the weights that are the best so far; DRAW again
 *	 FINISH	   are the weights still numbers?
 *	 DONE
 *
 * Micro-batches are added in order, and array work is cut at fixed places: an interrupt changes no
 * bit of the result.
 */
#include <math.h>
#include <string.h>

#include "classifier_trainer_private.h"
#include "cross_entropy.h"
#include "smaller.h"

/* Reals that are gone through at a time. */
#define SLICE ((size_t) 1 << 16)

static void
enter(lf_classifier_trainer *trainer, lf_classifier_phase next)
{
	trainer->phase = next;
	trainer->descent.place = 0;
	trainer->descent.squares = 0;
}

/* The reals from place on that are next; takes them off the budget. */
static size_t
next_slice(lf_classifier_trainer *trainer)
{
	const size_t left = trainer->network.table.total - trainer->descent.place;
	const size_t count = left < SLICE ? left : SLICE;

	trainer->budget -= (int64_t) count;
	return count;
}

static bool
all_reals_done(const lf_classifier_trainer *trainer)
{
	return trainer->descent.place == trainer->network.table.total;
}

static void
start_batch(lf_classifier_trainer *trainer)
{
	lf_descent_start_batch(&trainer->descent);
	trainer->row = 0;
	enter(trainer, LF_CLASSIFIER_DRAW);
}

static void
start_epoch(lf_classifier_trainer *trainer)
{
	lf_descent_start_epoch(&trainer->descent);
	start_batch(trainer);
}

static void
start_validation(lf_classifier_trainer *trainer)
{
	trainer->block = 0;
	trainer->ordered = 0;
	trainer->row = 0;
	trainer->checked_loss = 0;
	trainer->checked_weight = 0;
	enter(trainer, LF_CLASSIFIER_VALIDATE);
}

static lf_status
clear(lf_classifier_trainer *trainer, lf_error *error)
{
	trainer->budget = 0;
	if (!lf_arena_clear(&trainer->memory.arena, LF_CLEAR_BYTES))
		return LF_OK;
	enter(trainer, LF_CLASSIFIER_PREPARE);
	return lf_classifier_trainer_layout(trainer, &trainer->spec, &trainer->memory.arena, error);
}

static lf_status
prepare(lf_classifier_trainer *trainer)
{
	const lf_parameter_table *table = &trainer->network.table;

	lf_descent_prepare(&trainer->descent, table, trainer->spec.initial, &trainer->weights,
					   &trainer->budget);
	if (trainer->descent.place == (size_t) table->count)
		enter(trainer, LF_CLASSIFIER_LOAD);
	return LF_OK;
}

/* After an update, or before the first. */
static void
end_batch(lf_classifier_trainer *trainer)
{
	if (lf_descent_end_batch(&trainer->descent))
		start_validation(trainer);
	else
		start_batch(trainer);
}

static lf_status
load(lf_classifier_trainer *trainer)
{
	const int cell = (int) trainer->descent.place++;

	lf_classifier_load_cell(&trainer->network, trainer->descent.parameters, cell);
	trainer->budget -= (int64_t) trainer->network.table.total / (cell + 1);
	if (cell + 1 < lf_classifier_cells(&trainer->network))
		return LF_OK;
	if (trainer->descent.optimizer.updates == 0)
		start_validation(trainer);
	else
		end_batch(trainer);
	return LF_OK;
}

static lf_status
draw(lf_classifier_trainer *trainer)
{
	const lf_classifier_trainer_spec *spec = &trainer->spec;

	for (int64_t i = 0; i < trainer->batch_rows; i++)
	{
		const int64_t number =
			spec->train[lf_random_pass(&trainer->shuffle, &trainer->pass, spec->train_count)];
		const lf_sequence *sequence = &spec->sequences[number];

		trainer->numbers[i] = number;
		trainer->descent.weight += lf_cross_entropy_weight(
			sequence->labels, lf_classifier_answers(&spec->network, sequence->length),
			spec->class_weights);
	}
	lf_classifier_order(spec->sequences, trainer->batch_rows, trainer->numbers, trainer->keys);
	trainer->budget -= trainer->batch_rows;
	if (trainer->descent.weight > 0)
		enter(trainer, LF_CLASSIFIER_GRADIENT);
	else
		end_batch(trainer);
	return LF_OK;
}

static lf_status
run_gradient(lf_classifier_trainer *trainer)
{
	const lf_classifier_trainer_spec *spec = &trainer->spec;
	const int64_t *numbers = trainer->numbers + trainer->row;
	const int64_t rows = lf_classifier_next_rows(&spec->network, &trainer->room, spec->sequences,
												 numbers, trainer->batch_rows - trainer->row);
	const uint64_t run =
		(uint64_t) (trainer->descent.progress.step * trainer->batch_rows + trainer->row);
	const uint64_t stream = LF_CLASSIFIER_STREAM_RUNS + 2 * run;
	const lf_classifier_batch batch = {
		.sequences = spec->sequences,
		.numbers = numbers,
		.rows = rows,
		.difference_scales = spec->difference_scales,
		.augmentation = spec->augmentation.share > 0 ? &spec->augmentation : NULL,
		.random = lf_random_seed(spec->training.seed, stream + 1)};
	lf_random dropout = lf_random_seed(spec->training.seed, stream);
	double loss;
	lf_status status = lf_classifier_gradient(
		&trainer->network, &batch, spec->class_weights, 1 / trainer->descent.weight,
		spec->network.dropout > 0 ? &dropout : NULL,
		trainer->row == 0 ? trainer->descent.gradient : trainer->part, &loss, trainer->interrupt);

	trainer->budget = 0;
	if (status != LF_OK)
		return status;
	trainer->descent.loss += loss;
	trainer->rows = rows;
	if (trainer->row > 0)
	{
		enter(trainer, LF_CLASSIFIER_ADD);
		return LF_OK;
	}
	trainer->row = rows;
	if (trainer->row == trainer->batch_rows)
		enter(trainer, LF_CLASSIFIER_MEASURE);
	return LF_OK;
}

static lf_status
add(lf_classifier_trainer *trainer)
{
	const size_t count = next_slice(trainer);
	lf_real *restrict gradient = trainer->descent.gradient + trainer->descent.place;
	const lf_real *restrict part = trainer->part + trainer->descent.place;

	for (size_t i = 0; i < count; i++)
		gradient[i] += part[i];
	trainer->descent.place += count;
	if (!all_reals_done(trainer))
		return LF_OK;
	trainer->row += trainer->rows;
	enter(trainer,
		  trainer->row == trainer->batch_rows ? LF_CLASSIFIER_MEASURE : LF_CLASSIFIER_GRADIENT);
	return LF_OK;
}

/* The gradient's norm; at its end, by how much it is to be clipped. */
static lf_status
measure(lf_classifier_trainer *trainer, lf_error *error)
{
	lf_descent *descent = &trainer->descent;
	const size_t count = next_slice(trainer);
	const double norm = lf_gradient_clip(descent->gradient + descent->place, count, 0);
	lf_status status;

	descent->squares += norm * norm;
	descent->place += count;
	if (!all_reals_done(trainer))
		return LF_OK;
	status = lf_descent_judge(descent, descent->squares, error);
	if (status == LF_OK)
		enter(trainer, LF_CLASSIFIER_UPDATE);
	return status;
}

static lf_status
update(lf_classifier_trainer *trainer)
{
	const size_t count = next_slice(trainer);

	lf_descent_update(&trainer->descent, trainer->descent.place, count);
	trainer->descent.place += count;
	if (all_reals_done(trainer))
		enter(trainer, LF_CLASSIFIER_LOAD);
	return LF_OK;
}

/* After a validation and, where it was the best, its copy. */
static void
end_validation(lf_classifier_trainer *trainer)
{
	if (lf_descent_over(&trainer->descent))
		enter(trainer, LF_CLASSIFIER_FINISH);
	else
		start_epoch(trainer);
}

/* Log the epoch, if one was trained; is it the best? */
static lf_status
judge_validation(lf_classifier_trainer *trainer, lf_error *error)
{
	lf_descent *descent = &trainer->descent;
	const bool judged = trainer->checked_weight > 0;
	const double loss = judged ? trainer->checked_loss / trainer->checked_weight : NAN;
	lf_status status = lf_descent_validated(descent, loss, judged, error);

	if (status != LF_OK)
		return status;
	if (judged && !(descent->has_best && loss >= descent->progress.best_validation))
	{
		lf_descent_note_best(descent);
		enter(trainer, LF_CLASSIFIER_KEEP);
		return LF_OK;
	}
	if (judged)
		descent->stale++;
	end_validation(trainer);
	return LF_OK;
}

/* The validation's next sequences, in order of their length. */
static void
order_block(lf_classifier_trainer *trainer)
{
	const int64_t left = trainer->spec.validation_count - trainer->block - trainer->ordered;

	trainer->block += trainer->ordered;
	trainer->ordered = lf_smaller(left, LF_CLASSIFIER_BLOCK);
	trainer->row = 0;
	memcpy(trainer->numbers, trainer->spec.validation + trainer->block,
		   trainer->ordered * sizeof(int64_t));
	lf_classifier_order(trainer->spec.sequences, trainer->ordered, trainer->numbers, trainer->keys);
}

static lf_status
validate(lf_classifier_trainer *trainer, lf_error *error)
{
	const lf_classifier_trainer_spec *spec = &trainer->spec;
	lf_classifier_batch batch = {.sequences = spec->sequences,
								 .difference_scales = spec->difference_scales};
	double loss;
	double weight;
	lf_status status;

	if (trainer->block + trainer->row >= spec->validation_count)
		return judge_validation(trainer, error);
	trainer->budget = 0;
	if (trainer->row == trainer->ordered)
		order_block(trainer);
	batch.numbers = trainer->numbers + trainer->row;
	batch.rows = lf_classifier_next_rows(&spec->network, &trainer->room, spec->sequences,
										 batch.numbers, trainer->ordered - trainer->row);
	status = lf_classifier_forward(&trainer->network, &batch, trainer->interrupt);
	if (status == LF_OK)
		status = lf_classifier_measure(&trainer->network, &batch, spec->class_weights,
									   trainer->interrupt, &loss, &weight);
	if (status != LF_OK)
		return status;
	trainer->checked_loss += loss;
	trainer->checked_weight += weight;
	trainer->row += batch.rows;
	return LF_OK;
}

static lf_status
keep_best(lf_classifier_trainer *trainer)
{
	if (lf_descent_keep(&trainer->descent, &trainer->budget))
		end_validation(trainer);
	return LF_OK;
}

static lf_status
finish(lf_classifier_trainer *trainer, lf_error *error)
{
	bool done;
	lf_status status = lf_descent_finish(&trainer->descent, &trainer->budget, &done, error);

	if (status == LF_OK && done)
		enter(trainer, LF_CLASSIFIER_DONE);
	return status;
}

/* Phases that may be left at once: the weights are whole, and nothing is lost but their own work.
 */
static bool
can_leave(lf_classifier_phase phase)
{
	return phase == LF_CLASSIFIER_DRAW || phase == LF_CLASSIFIER_GRADIENT ||
		   phase == LF_CLASSIFIER_ADD || phase == LF_CLASSIFIER_MEASURE ||
		   phase == LF_CLASSIFIER_VALIDATE;
}

lf_status
lf_classifier_run_phase(lf_classifier_trainer *trainer, lf_error *error)
{
	if (trainer->finishing && can_leave(trainer->phase))
		enter(trainer, LF_CLASSIFIER_FINISH);
	switch (trainer->phase)
	{
		case LF_CLASSIFIER_CLEAR:
			return clear(trainer, error);
		case LF_CLASSIFIER_PREPARE:
			return prepare(trainer);
		case LF_CLASSIFIER_LOAD:
			return load(trainer);
		case LF_CLASSIFIER_DRAW:
			return draw(trainer);
		case LF_CLASSIFIER_GRADIENT:
			return run_gradient(trainer);
		case LF_CLASSIFIER_ADD:
			return add(trainer);
		case LF_CLASSIFIER_MEASURE:
			return measure(trainer, error);
		case LF_CLASSIFIER_UPDATE:
			return update(trainer);
		case LF_CLASSIFIER_VALIDATE:
			return validate(trainer, error);
		case LF_CLASSIFIER_KEEP:
			return keep_best(trainer);
		case LF_CLASSIFIER_FINISH:
			return finish(trainer, error);
		case LF_CLASSIFIER_DONE:
			break;
	}
	return LF_DONE;
}
