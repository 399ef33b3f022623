/*
 * descent.c
 *	  How weights get better step by step, whatever network has them.
 */
#include "descent.h"

#include <math.h>
#include <string.h>

lf_status
lf_descent_check(const lf_training_config *training, lf_error *error)
{
	if (training->batch_size < 1 || training->steps_per_epoch < 1 || training->max_epochs < 1)
		return lf_fail(error, LF_ERROR_CONFIG,
					   "batch size, steps per epoch and epochs must be at least 1", NULL, NULL);
	if (!(training->learning_rate > 0) || !isfinite(training->learning_rate))
		return lf_fail(error, LF_ERROR_CONFIG, "\"learning_rate\" must be greater than 0", NULL,
					   NULL);
	return LF_OK;
}

/* Batches in all: what the epochs hold, or the limit where that is less. */
static int64_t
total_steps(const lf_training_config *training)
{
	const int64_t steps = (int64_t) training->max_epochs * training->steps_per_epoch;

	return training->max_steps > 0 && training->max_steps < steps ? training->max_steps : steps;
}

void
lf_descent_begin(lf_descent *descent, const lf_training_config *training, const char *hint)
{
	*descent = (lf_descent){.training = training,
							.hint = hint,
							.clock = NAN,
							.progress = {.max_epochs = training->max_epochs,
										 .max_steps = total_steps(training),
										 .train_loss = NAN,
										 .validation_loss = NAN,
										 .best_validation = NAN}};
}

void
lf_descent_layout(lf_descent *descent, const lf_training_config *training, size_t count,
				  lf_arena *arena)
{
	descent->count = count;
	lf_optimizer_layout(&descent->optimizer, training->optimizer, training->weight_decay, count,
						arena);
	descent->parameters = lf_arena_take(arena, count, sizeof(lf_real));
	descent->gradient = lf_arena_take(arena, count, sizeof(lf_real));
}

void
lf_descent_layout_record(lf_descent *descent, const lf_training_config *training, size_t count,
						 bool validates, lf_arena *arena)
{
	descent->log = (lf_training_log){.room = lf_log_rows(training->max_epochs), .stride = 1};
	descent->log.rows = lf_arena_take(arena, (size_t) descent->log.room, sizeof(lf_epoch));
	if (validates)
		descent->best = lf_arena_take(arena, count, sizeof(lf_real));
}

void
lf_descent_prepare(lf_descent *descent, const lf_parameter_table *table, const lf_real *initial,
				   lf_random *random, int64_t *budget)
{
	const lf_parameter *tensor = &table->entry[descent->place++];
	const size_t reals = tensor->shape[0] * tensor->shape[1];
	const size_t bytes = reals * sizeof(lf_real);

	if (initial != NULL)
		memcpy(descent->parameters + tensor->offset, initial + tensor->offset, bytes);
	else
		lf_parameter_initialize(tensor, random, descent->parameters);
	/* the memory of a team may hold what another training left */
	if (descent->optimizer.first != NULL)
		memset(descent->optimizer.first + tensor->offset, 0, bytes);
	if (descent->optimizer.second != NULL)
		memset(descent->optimizer.second + tensor->offset, 0, bytes);
	/* A random matrix costs far more a real than what else the budget counts. */
	*budget -= 32 * (int64_t) reals;
}

void
lf_descent_start_epoch(lf_descent *descent)
{
	descent->epoch_loss = 0;
	descent->epoch_weight = 0;
}

void
lf_descent_start_batch(lf_descent *descent)
{
	const lf_training_config *training = descent->training;

	descent->weight = 0;
	descent->loss = 0;
	descent->rate = lf_schedule_rate(training->schedule, training->learning_rate,
									 descent->progress.step, descent->progress.max_steps);
}

/* Mean over the epoch's targets so far; NaN where there was none. */
static double
epoch_mean(const lf_descent *descent)
{
	return descent->epoch_weight > 0 ? descent->epoch_loss / descent->epoch_weight : NAN;
}

bool
lf_descent_end_batch(lf_descent *descent)
{
	lf_trainer_progress *progress = &descent->progress;

	descent->epoch_loss += descent->loss * descent->weight;
	descent->epoch_weight += descent->weight;
	progress->step++;
	if (progress->epoch == 0)
		progress->train_loss = epoch_mean(descent);
	return progress->step % descent->training->steps_per_epoch == 0 ||
		   progress->step >= progress->max_steps;
}

static lf_status
diverged(const lf_descent *descent, const char *what, lf_error *error)
{
	return lf_training_diverged(&descent->progress, what, descent->hint, error);
}

lf_status
lf_descent_judge(lf_descent *descent, double squares, lf_error *error)
{
	const double limit = descent->training->gradient_clip;
	const double norm = sqrt(squares);

	if (!isfinite(descent->loss))
		return diverged(descent, "loss", error);
	if (!isfinite(norm))
		return diverged(descent, "gradient", error);
	descent->factor = limit > 0 && norm > limit ? (lf_real) (limit / (norm + 1e-6)) : 1;
	lf_optimizer_advance(&descent->optimizer);
	return LF_OK;
}

void
lf_descent_update(lf_descent *descent, size_t from, size_t count)
{
	const lf_real factor = descent->factor;
	lf_real *gradient = descent->gradient;

	if (factor != 1)
		for (size_t i = from; i < from + count; i++)
			gradient[i] *= factor;
	lf_optimizer_slice(&descent->optimizer, descent->rate, gradient, from, count,
					   descent->parameters);
}

static void
log_epoch(lf_descent *descent)
{
	lf_trainer_progress *progress = &descent->progress;

	progress->epoch++;
	progress->train_loss = epoch_mean(descent);
	*lf_training_log_next(&descent->log) = (lf_epoch){.epoch = progress->epoch,
													  .train_loss = progress->train_loss,
													  .validation_loss = progress->validation_loss,
													  .learning_rate = descent->rate,
													  .seconds = descent->clock};
}

lf_status
lf_descent_validated(lf_descent *descent, double loss, bool judged, lf_error *error)
{
	if (judged && !isfinite(loss))
		return diverged(descent, "validation loss", error);
	descent->progress.validation_loss = loss;
	if (descent->progress.step > 0)
		log_epoch(descent);
	return LF_OK;
}

void
lf_descent_note_best(lf_descent *descent)
{
	descent->progress.best_epoch = descent->progress.epoch;
	descent->progress.best_validation = descent->progress.validation_loss;
	descent->has_best = true;
	descent->stale = 0;
}

bool
lf_descent_over(const lf_descent *descent)
{
	const int patience = descent->training->patience;

	return descent->progress.step == descent->progress.max_steps ||
		   (patience > 0 && descent->stale >= patience);
}

/* The reals from place on that are gone through next; takes them off the budget. */
static size_t
next_reals(const lf_descent *descent, int64_t *budget)
{
	const size_t left = descent->count - descent->place;
	const size_t count = left < LF_QUANTUM ? left : LF_QUANTUM;

	*budget -= (int64_t) count;
	return count;
}

bool
lf_descent_keep(lf_descent *descent, int64_t *budget)
{
	const size_t count = next_reals(descent, budget);

	memcpy(descent->best + descent->place, descent->parameters + descent->place,
		   count * sizeof(lf_real));
	descent->place += count;
	return descent->place == descent->count;
}

lf_status
lf_descent_finish(lf_descent *descent, int64_t *budget, bool *done, lf_error *error)
{
	*done = descent->has_best;
	if (!*done)
	{
		const size_t count = next_reals(descent, budget);
		const double norm = lf_gradient_clip(descent->parameters + descent->place, count, 0);

		descent->squares += norm * norm;
		descent->place += count;
		*done = descent->place == descent->count;
	}
	return isfinite(descent->squares) ? LF_OK : diverged(descent, "weights", error);
}
