/*
 * trainer_phases.c
 *	  Trains one network, a bounded quantum of work at a time.
 *
 * The phases and how they follow one another:
 *
 *	 PREPARE   a first value for each tensor; VALIDATE, as no training may be the best there is
 *	 DRAW	   choose a batch's windows and count its observed targets
 *	 GRADIENT  the gradient of one micro-batch
 *	 ADD	   ... summed to that of those before it; GRADIENT again until the batch is whole
 *	 NORM	   of the whole gradient; is it a number?
 *	 UPDATE	   clip, and let the optimizer change the weights; DRAW again until the epoch is over
 *	 VALIDATE  the loss of some validation windows, until all are seen
 *	 KEEP	   copy the weights that are the best so far; DRAW again
 *	 FINISH	   are the weights still numbers?
 *	 DONE
 *
 * Micro-batches are summed in order and array work is cut at fixed places, so an
 * interrupt at any point changes no bit of the result.
 */
#include "trainer_private.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static lf_status
diverged(const lf_trainer *trainer, const char *what, lf_error *error)
{
	const lf_trainer_progress *progress = &trainer->progress;
	int epoch = progress->epoch + (progress->epoch < progress->max_epochs); /* the unfinished one */
	char text[LF_ERROR_TEXT];

	return lf_fail(
		error, LF_ERROR_DIVERGED, "training diverged",
		lf_format(text, "The %s became infinite or not a number in epoch %d, step %" PRId64 ".",
				  what, epoch, progress->step),
		"Lower \"learning_rate\", set \"gradient_clip\", or scale the data by "
		"\"normalization\".");
}

/* The reals from place on that this quantum goes through; sets the budget. Slices lie at fixed
 * places. */
static size_t
take_slice(lf_trainer *trainer)
{
	size_t left = trainer->network.table.total - trainer->place;
	size_t count = left < LF_TRAINER_QUANTUM ? left : LF_TRAINER_QUANTUM;

	trainer->budget -= (int64_t) count;
	return count;
}

static void
enter(lf_trainer *trainer, lf_trainer_phase next)
{
	trainer->phase = next;
	trainer->row = 0;
	trainer->place = 0;
	trainer->squares = 0;
}

static void
start_batch(lf_trainer *trainer)
{
	const lf_training_config *training = &trainer->spec.training;

	trainer->targets = 0;
	trainer->loss = 0;
	trainer->rate = lf_schedule_rate(training->schedule, training->learning_rate,
									 trainer->progress.step, trainer->progress.max_steps);
	enter(trainer, LF_PHASE_DRAW);
}

static void
start_epoch(lf_trainer *trainer)
{
	trainer->epoch_loss = 0;
	trainer->epoch_targets = 0;
	start_batch(trainer);
}

static void
start_validation(lf_trainer *trainer)
{
	trainer->checked_loss = 0;
	trainer->checked_targets = 0;
	enter(trainer, LF_PHASE_VALIDATE);
}

static lf_status
clear(lf_trainer *trainer, lf_error *error)
{
	lf_status status;

	trainer->budget = 0;
	if (!lf_arena_clear(&trainer->arena, LF_TRAINER_QUANTUM * sizeof(lf_real)))
		return LF_OK;
	enter(trainer, LF_PHASE_PREPARE);
	status = lf_trainer_layout(trainer, &trainer->spec, &trainer->arena, error);
	if (status == LF_OK)
		lf_trainer_list_series(trainer);
	return status;
}

static lf_status
prepare(lf_trainer *trainer)
{
	const lf_parameter_table *table = &trainer->network.table;
	const lf_parameter *tensor = &table->entry[trainer->place++];

	if (trainer->spec.initial != NULL)
		memcpy(trainer->parameters + tensor->offset, trainer->spec.initial + tensor->offset,
			   tensor->shape[0] * tensor->shape[1] * sizeof(lf_real));
	else
		lf_parameter_initialize(tensor, &trainer->weights, trainer->parameters);
	/* A random matrix costs far more a real than what else the budget counts. */
	trainer->budget -= 32 * (int64_t) (tensor->shape[0] * tensor->shape[1]);
	if (trainer->place == (size_t) table->count)
	{
		lf_network_load(&trainer->network, trainer->parameters);
		if (trainer->validation_rows > 0)
			start_validation(trainer);
		else
			start_epoch(trainer);
	}
	return LF_OK;
}

static void
end_batch(lf_trainer *trainer)
{
	trainer->epoch_loss += trainer->loss * (double) trainer->targets;
	trainer->epoch_targets += trainer->targets;
	trainer->progress.step++;
	if (trainer->progress.epoch == 0 && trainer->epoch_targets > 0)
		trainer->progress.train_loss = trainer->epoch_loss / (double) trainer->epoch_targets;
	if (trainer->progress.step % trainer->spec.training.steps_per_epoch != 0 &&
		trainer->progress.step < trainer->progress.max_steps)
	{
		start_batch(trainer);
		return;
	}
	start_validation(trainer);
}

static lf_status
draw(lf_trainer *trainer)
{
	const lf_network_config *network = &trainer->spec.network;

	while (trainer->row < trainer->batch_rows && trainer->budget > 0)
	{
		lf_window *window = &trainer->windows[trainer->row++];

		*window = lf_trainer_next_window(trainer);
		trainer->targets += lf_batch_count(&trainer->builder, window, 1);
		trainer->budget -= network->lookback + network->horizon;
	}
	if (trainer->row < trainer->batch_rows)
		return LF_OK;

	/* Where nothing was observed there is nothing to learn, but the step counts: so training ends.
	 */
	if (trainer->targets == 0)
		end_batch(trainer);
	else
		enter(trainer, LF_PHASE_GRADIENT);
	return LF_OK;
}

static lf_status
run_gradient(lf_trainer *trainer, lf_interrupt interrupt)
{
	int64_t rows = lf_smaller(trainer->rows, trainer->batch_rows - trainer->row);
	lf_random saved = trainer->dropout;
	double loss;
	lf_status status;

	lf_batch_fill(&trainer->builder, trainer->windows + trainer->row, rows, NULL);
	status = lf_network_gradient(&trainer->network, &trainer->builder.batch,
								 &trainer->spec.training.loss, 1.0 / (double) trainer->targets,
								 trainer->spec.network.dropout > 0 ? &trainer->dropout : NULL,
								 trainer->row == 0 ? trainer->gradient : trainer->partial, &loss,
								 interrupt);
	if (status != LF_OK)
	{
		trainer->dropout = saved;
		return status;
	}
	trainer->budget = 0;
	trainer->loss += loss;
	if (trainer->row > 0)
		trainer->phase = LF_PHASE_ADD;
	else if (rows == trainer->batch_rows)
		trainer->phase = LF_PHASE_NORM;
	trainer->row += rows;
	return LF_OK;
}

static lf_status
add_partial(lf_trainer *trainer)
{
	size_t end = trainer->place + take_slice(trainer);

	for (size_t i = trainer->place; i < end; i++)
		trainer->gradient[i] += trainer->partial[i];
	trainer->place = end;
	if (end == trainer->network.table.total)
	{
		trainer->phase = trainer->row < trainer->batch_rows ? LF_PHASE_GRADIENT : LF_PHASE_NORM;
		trainer->place = 0;
	}
	return LF_OK;
}

static lf_status
measure_gradient(lf_trainer *trainer, lf_error *error)
{
	double limit = trainer->spec.training.gradient_clip;
	size_t count = take_slice(trainer);
	double norm = lf_gradient_clip(trainer->gradient + trainer->place, count, 0);

	trainer->squares += norm * norm;
	trainer->place += count;
	if (trainer->place < trainer->network.table.total)
		return LF_OK;

	norm = sqrt(trainer->squares);
	if (!isfinite(trainer->loss))
		return diverged(trainer, "loss", error);
	if (!isfinite(norm))
		return diverged(trainer, "gradient", error);
	/* As lf_gradient_clip does it, but in slices. */
	trainer->factor = limit > 0 && norm > limit ? (lf_real) (limit / (norm + 1e-6)) : 1;
	lf_optimizer_advance(&trainer->optimizer);
	enter(trainer, LF_PHASE_UPDATE);
	return LF_OK;
}

static lf_status
update(lf_trainer *trainer)
{
	size_t begin = trainer->place;
	size_t count = take_slice(trainer);

	if (trainer->factor != 1)
		for (size_t i = begin; i < begin + count; i++)
			trainer->gradient[i] *= trainer->factor;
	lf_optimizer_slice(&trainer->optimizer, trainer->rate, trainer->gradient, begin, count,
					   trainer->parameters);
	trainer->place += count;
	if (trainer->place == trainer->network.table.total)
	{
		lf_network_load(&trainer->network, trainer->parameters);
		trainer->budget -= (int64_t) trainer->place;
		end_batch(trainer);
	}
	return LF_OK;
}

/* After a validation and, where it was the best, its copy. */
static void
end_validation(lf_trainer *trainer)
{
	const lf_training_config *training = &trainer->spec.training;

	if (trainer->progress.step == trainer->progress.max_steps ||
		(training->patience > 0 && trainer->stale >= training->patience))
		enter(trainer, LF_PHASE_FINISH);
	else
		start_epoch(trainer);
}

static void
log_epoch(lf_trainer *trainer, double validation_loss)
{
	lf_trainer_progress *progress = &trainer->progress;

	progress->train_loss =
		trainer->epoch_targets > 0 ? trainer->epoch_loss / (double) trainer->epoch_targets : NAN;
	trainer->log[progress->epoch] = (lf_epoch){.epoch = progress->epoch + 1,
											   .train_loss = progress->train_loss,
											   .validation_loss = validation_loss,
											   .learning_rate = trainer->rate};
	progress->epoch++;
}

/* Log the epoch, if one was trained; is it the best? */
static lf_status
judge_validation(lf_trainer *trainer, lf_error *error)
{
	lf_trainer_progress *progress = &trainer->progress;
	double loss = NAN;
	bool improved;

	if (trainer->checked_targets > 0)
	{
		loss = trainer->checked_loss / (double) trainer->checked_targets;
		if (!isfinite(loss))
			return diverged(trainer, "validation loss", error);
	}
	progress->validation_loss = loss;
	if (progress->step > 0)
		log_epoch(trainer, loss);
	else
		memcpy(trainer->first_losses, trainer->window_losses,
			   trainer->validation_rows * sizeof(double));

	/* what still gets better may yet beat the weights before training */
	improved = progress->step > 0 && !(loss >= trainer->least_loss);
	if (improved)
		trainer->least_loss = loss;
	if (trainer->checked_targets > 0 && lf_trainer_is_best(trainer, loss))
	{
		progress->best_epoch = progress->epoch;
		progress->best_validation = loss;
		trainer->has_best = true;
		trainer->stale = 0;
		enter(trainer, LF_PHASE_KEEP);
		return LF_OK;
	}
	if (trainer->checked_targets > 0)
		trainer->stale = improved ? 0 : trainer->stale + 1;
	end_validation(trainer);
	return LF_OK;
}

/*
 * The loss of the next validation windows. With sequence supervision only the
 * last answer counts: it is the forecast, and the targets of the earlier ones
 * were partly trained on.
 */
static lf_status
validate(lf_trainer *trainer, lf_interrupt interrupt, lf_error *error)
{
	const lf_window_set *set = &trainer->spec.validation;
	int64_t rows = lf_smaller(trainer->rows, trainer->validation_rows - trainer->row);
	int64_t gaps = trainer->validation_rows - 1;
	size_t horizon = trainer->spec.network.horizon;
	size_t answers;
	size_t plane;
	size_t offset;
	lf_status status;

	if (rows == 0)
		return judge_validation(trainer, error);
	for (int64_t i = 0; i < rows; i++)
	{
		int64_t number = trainer->row + i;
		int64_t range = set->count - 1;

		/* Evenly spaced, the last one the latest; quotients, as products overflow. */
		number = gaps > 0 ? range / gaps * number + range % gaps * number / gaps : range;
		trainer->checked[i] = lf_window_set_locate(set, number);
	}
	lf_batch_fill(&trainer->builder, trainer->checked, rows, NULL);
	status =
		lf_network_forward(&trainer->network, &trainer->builder.batch, trainer->output, interrupt);
	if (status != LF_OK)
		return status;

	answers = (size_t) rows * horizon; /* of one place in the windows */
	plane = answers * lf_network_answers(&trainer->spec.network);
	offset = plane - answers;
	for (int64_t i = 0; i < rows; i++)
	{
		size_t place = offset + (size_t) i * horizon;
		double loss = lf_loss_sum(&trainer->spec.training.loss, trainer->output + place, plane,
								  trainer->builder.target + place, trainer->builder.weight + place,
								  horizon, 1, NULL);

		trainer->checked_loss += loss;
		trainer->window_losses[trainer->row + i] = loss;
	}
	for (size_t i = offset; i < plane; i++)
		trainer->checked_targets += trainer->builder.weight[i] != 0;
	trainer->row += rows;
	trainer->budget = 0;
	return LF_OK;
}

static lf_status
keep_best(lf_trainer *trainer)
{
	size_t count = take_slice(trainer);

	memcpy(trainer->best + trainer->place, trainer->parameters + trainer->place,
		   count * sizeof(lf_real));
	trainer->place += count;
	if (trainer->place == trainer->network.table.total)
		end_validation(trainer);
	return LF_OK;
}

/*
 * Without validation the last weights are the result. No loss was seen since
 * their last update, so they themselves are looked at.
 */
static lf_status
finish(lf_trainer *trainer, lf_error *error)
{
	if (trainer->optimizer.updates == 0 && !trainer->finishing)
		return lf_fail(
			error, LF_ERROR_DATA, "no training window has an observed target",
			"In every window the last known step, or all steps to forecast, were missing "
			"and filled.",
			"Set \"frequency\" to the interval of the data, raise \"horizon\", or train on "
			"data with fewer gaps.");
	if (!trainer->has_best)
	{
		size_t count = take_slice(trainer);
		double norm = lf_gradient_clip(trainer->parameters + trainer->place, count, 0);

		trainer->squares += norm * norm;
		trainer->place += count;
		if (!isfinite(trainer->squares))
			return diverged(trainer, "weights", error);
		if (trainer->place < trainer->network.table.total)
			return LF_OK;
	}
	enter(trainer, LF_PHASE_DONE);
	return LF_OK;
}

/* Phases that may be left at once: the weights are whole, and nothing is lost but their own work.
 */
static bool
can_leave(lf_trainer_phase phase)
{
	return phase == LF_PHASE_DRAW || phase == LF_PHASE_GRADIENT || phase == LF_PHASE_ADD ||
		   phase == LF_PHASE_NORM || phase == LF_PHASE_VALIDATE;
}

lf_status
lf_trainer_run_phase(lf_trainer *trainer, lf_interrupt interrupt, lf_error *error)
{
	if (trainer->finishing && can_leave(trainer->phase))
		enter(trainer, LF_PHASE_FINISH);
	switch (trainer->phase)
	{
		case LF_PHASE_CLEAR:
			return clear(trainer, error);
		case LF_PHASE_PREPARE:
			return prepare(trainer);
		case LF_PHASE_DRAW:
			return draw(trainer);
		case LF_PHASE_GRADIENT:
			return run_gradient(trainer, interrupt);
		case LF_PHASE_ADD:
			return add_partial(trainer);
		case LF_PHASE_NORM:
			return measure_gradient(trainer, error);
		case LF_PHASE_UPDATE:
			return update(trainer);
		case LF_PHASE_VALIDATE:
			return validate(trainer, interrupt, error);
		case LF_PHASE_KEEP:
			return keep_best(trainer);
		case LF_PHASE_FINISH:
			return finish(trainer, error);
		case LF_PHASE_DONE:
			break;
	}
	return LF_DONE;
}
