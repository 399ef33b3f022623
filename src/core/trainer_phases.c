/*
 * trainer_phases.c
 *	  Trains one network, a bounded quantum of work at a time.
 *
 * The phases and how they follow one another:
 *
 *	 CLEAR	   the memory
 *	 JOIN	   wait until no process of the team uses the shared memory for what was before
 *	 PREPARE   a first value for each tensor
 *	 LOAD	   pack the weights; at first VALIDATE, as no training may be the best there is
 *	 DRAW	   choose a batch's windows and count its observed targets
 *	 GRADIENT  the gradients of some micro-batches: alone of one or, at first, two
 *	 SUM	   ... are summed to those before them; GRADIENT again until the batch is whole
 *	 UPDATE	   clip, and let the optimizer change the weights; LOAD them, and DRAW again until the
 *			   epoch is over
 *	 VALIDATE  the losses of the validation windows
 *	 KEEP	   copy the weights that are the best so far; DRAW again
 *	 FINISH	   are the weights still numbers?
 *	 DONE
 *
 * JOIN, PREPARE, GRADIENT, SUM, UPDATE and VALIDATE are sections, which a team shares; all else
 * every process does for itself. Micro-batches are summed in order, one after another, and array
 * work is cut at fixed places, so neither an interrupt nor who does what changes a bit of the
 * result. Nothing is written that another process may still have to read: between two uses of
 * an array there is the end of a section, or the same values are written again.
 */
#include "trainer_private.h"

#include <math.h>
#include <string.h>

static uint32_t
slice_count(const lf_trainer *trainer)
{
	return (uint32_t) ((trainer->network.table.total + LF_TRAINER_SLICE - 1) / LF_TRAINER_SLICE);
}

static void
enter(lf_trainer *trainer, lf_trainer_phase next)
{
	trainer->phase = next;
	trainer->row = 0;
	trainer->descent.place = 0;
	trainer->descent.squares = 0;
	if (next == LF_PHASE_JOIN)
		lf_section_begin(trainer, 0);
	else if (next == LF_PHASE_PREPARE)
		lf_section_begin(trainer, 1);
	else if (next == LF_PHASE_GRADIENT)
		lf_section_begin(trainer, (uint32_t) lf_trainer_held(trainer));
	else if (next == LF_PHASE_SUM || next == LF_PHASE_UPDATE)
		lf_section_begin(trainer, slice_count(trainer));
	else if (next == LF_PHASE_VALIDATE)
		lf_section_begin(
			trainer, (uint32_t) ((trainer->validation_rows + trainer->rows - 1) / trainer->rows));
}

static void
start_batch(lf_trainer *trainer)
{
	lf_descent_start_batch(&trainer->descent);
	trainer->micro_batch = 0;
	enter(trainer, LF_PHASE_DRAW);
}

static void
start_epoch(lf_trainer *trainer)
{
	lf_descent_start_epoch(&trainer->descent);
	start_batch(trainer);
}

static lf_status
clear(lf_trainer *trainer, lf_error *error)
{
	bool in_team = lf_trainer_in_team(&trainer->spec);
	const lf_trainer_team *team = &trainer->spec.team;
	lf_arena shared = {0};
	lf_status status;

	trainer->budget = 0;
	if (!lf_arena_clear(&trainer->memory.arena, LF_CLEAR_BYTES))
		return LF_OK;
	if (in_team)
	{
		shared = lf_arena_over(team->memory, team->bytes);
		shared.clear =
			shared.size; /* others may use it; nothing in it is read before it is written */
	}
	status = lf_trainer_layout(trainer, &trainer->spec, &trainer->memory.arena,
							   in_team ? &shared : &trainer->memory.arena, error);
	if (status == LF_OK)
		lf_trainer_list_series(trainer);
	enter(trainer, LF_PHASE_JOIN);
	return status;
}

static lf_status
join(lf_trainer *trainer)
{
	if (lf_section_next(trainer) == LF_SECTION_WAIT)
		return LF_WAITING;
	enter(trainer, LF_PHASE_PREPARE);
	return LF_OK;
}

static lf_status
prepare(lf_trainer *trainer)
{
	switch (lf_section_next(trainer))
	{
		case LF_SECTION_WAIT:
			return LF_WAITING;
		case LF_SECTION_UNIT: /* of which all tensors are one */
			lf_descent_prepare(&trainer->descent, &trainer->network.table, trainer->spec.initial,
							   &trainer->weights, &trainer->budget);
			if (trainer->descent.place == (size_t) trainer->network.table.count)
				lf_section_finish_unit(trainer);
			return LF_OK;
		case LF_SECTION_OVER:
			break;
	}
	enter(trainer, LF_PHASE_LOAD);
	return LF_OK;
}

static void
end_batch(lf_trainer *trainer)
{
	if (lf_descent_end_batch(&trainer->descent))
		enter(trainer, LF_PHASE_VALIDATE);
	else
		start_batch(trainer);
}

static lf_status
load(lf_trainer *trainer)
{
	size_t cells = (size_t) lf_network_cells(&trainer->network);

	while (trainer->descent.place < cells && trainer->budget > 0)
	{
		lf_network_load_cell(&trainer->network, trainer->descent.parameters,
							 (int) trainer->descent.place++);
		trainer->budget -= (int64_t) (trainer->network.table.total / cells);
	}
	if (trainer->descent.place < cells)
		return LF_OK;
	if (trainer->descent.optimizer.updates > 0)
		end_batch(trainer);
	else if (trainer->validation_rows > 0)
		enter(trainer, LF_PHASE_VALIDATE);
	else
		start_epoch(trainer);
	return LF_OK;
}

static lf_status
draw(lf_trainer *trainer)
{
	const lf_network_config *network = &trainer->spec.network;

	while (trainer->row < trainer->batch_rows && trainer->budget > 0)
	{
		lf_window *window = &trainer->windows[trainer->row++];

		*window = lf_trainer_next_window(trainer);
		trainer->descent.weight += (double) lf_batch_count(&trainer->builder, window, 1);
		trainer->budget -= network->lookback + network->horizon;
	}
	if (trainer->row < trainer->batch_rows)
		return LF_OK;

	/* Where nothing was observed there is nothing to learn, but the step counts: so training ends.
	 */
	if (trainer->descent.weight == 0)
		end_batch(trainer);
	else
		enter(trainer, LF_PHASE_GRADIENT);
	return LF_OK;
}

static lf_status
run_gradient(lf_trainer *trainer)
{
	switch (lf_section_next(trainer))
	{
		case LF_SECTION_WAIT:
			return LF_WAITING;
		case LF_SECTION_UNIT:
			return lf_trainer_run_micro_batch(trainer);
		case LF_SECTION_OVER:
			break;
	}
	for (uint32_t i = 0; i < trainer->section.units; i++)
		trainer->descent.loss += trainer->losses[i];
	enter(trainer, LF_PHASE_SUM);
	return LF_OK;
}

/* After the whole gradient. */
static lf_status
judge_gradient(lf_trainer *trainer, lf_error *error)
{
	double squares = 0;
	lf_status status;

	for (uint32_t i = 0; i < trainer->section.units; i++)
		squares += trainer->slice_squares[i];
	status = lf_descent_judge(&trainer->descent, squares, error);
	if (status == LF_OK)
		enter(trainer, LF_PHASE_UPDATE);
	return status;
}

static lf_status
sum_gradients(lf_trainer *trainer, lf_error *error)
{
	switch (lf_section_next(trainer))
	{
		case LF_SECTION_WAIT:
			return LF_WAITING;
		case LF_SECTION_UNIT:
			lf_trainer_sum_slice(trainer);
			return LF_OK;
		case LF_SECTION_OVER:
			break;
	}
	trainer->micro_batch += lf_trainer_held(trainer);
	if (trainer->micro_batch == trainer->micro_batches)
		return judge_gradient(trainer, error);
	enter(trainer, LF_PHASE_GRADIENT);
	return LF_OK;
}

static lf_status
update(lf_trainer *trainer)
{
	switch (lf_section_next(trainer))
	{
		case LF_SECTION_WAIT:
			return LF_WAITING;
		case LF_SECTION_UNIT:
			lf_trainer_update_slice(trainer);
			return LF_OK;
		case LF_SECTION_OVER:
			break;
	}
	enter(trainer, LF_PHASE_LOAD);
	return LF_OK;
}

/* After a validation and, where it was the best, its copy. */
static void
end_validation(lf_trainer *trainer)
{
	if (lf_descent_over(&trainer->descent))
		enter(trainer, LF_PHASE_FINISH);
	else
		start_epoch(trainer);
}

/* Log the epoch, if one was trained; is it the best? */
static lf_status
judge_validation(lf_trainer *trainer, lf_error *error)
{
	lf_descent *descent = &trainer->descent;
	int64_t targets = 0;
	double loss = 0;
	bool improved;
	lf_status status;

	for (int64_t i = 0; i < trainer->validation_rows; i++)
	{
		loss += trainer->window_losses[i];
		targets += trainer->window_targets[i];
	}
	loss = targets > 0 ? loss / (double) targets : NAN;
	status = lf_descent_validated(descent, loss, targets > 0, error);
	if (status != LF_OK)
		return status;
	if (descent->progress.step == 0)
		memcpy(trainer->first_losses, trainer->window_losses,
			   trainer->validation_rows * sizeof(double));

	/* what still gets better may yet beat the weights before training */
	improved = descent->progress.step > 0 && !(loss >= trainer->least_loss);
	if (improved)
		trainer->least_loss = loss;
	if (targets > 0 && lf_trainer_is_best(trainer, loss))
	{
		lf_descent_note_best(descent);
		enter(trainer, LF_PHASE_KEEP);
		return LF_OK;
	}
	if (targets > 0)
		descent->stale = improved ? 0 : descent->stale + 1;
	end_validation(trainer);
	return LF_OK;
}

static lf_status
validate(lf_trainer *trainer, lf_error *error)
{
	switch (lf_section_next(trainer))
	{
		case LF_SECTION_WAIT:
			return LF_WAITING;
		case LF_SECTION_UNIT:
			return lf_trainer_check_windows(trainer);
		case LF_SECTION_OVER:
			break;
	}
	return judge_validation(trainer, error);
}

static lf_status
keep_best(lf_trainer *trainer)
{
	if (lf_descent_keep(&trainer->descent, &trainer->budget))
		end_validation(trainer);
	return LF_OK;
}

static lf_status
finish(lf_trainer *trainer, lf_error *error)
{
	bool done;
	lf_status status;

	if (trainer->descent.optimizer.updates == 0 && !trainer->finishing)
		return lf_fail(
			error, LF_ERROR_DATA, "no training window has an observed target",
			"In every window the last known step, or all steps to forecast, were missing "
			"and filled.",
			"Set \"frequency\" to the interval of the data, raise \"horizon\", or train on "
			"data with fewer gaps.");
	status = lf_descent_finish(&trainer->descent, &trainer->budget, &done, error);
	if (status == LF_OK && done)
		enter(trainer, LF_PHASE_DONE);
	return status;
}

/* Phases that may be left at once: the weights are whole, and nothing is lost but their own work.
 */
static bool
can_leave(lf_trainer_phase phase)
{
	return phase == LF_PHASE_DRAW || phase == LF_PHASE_GRADIENT || phase == LF_PHASE_SUM ||
		   phase == LF_PHASE_VALIDATE;
}

lf_status
lf_trainer_run_phase(lf_trainer *trainer, lf_error *error)
{
	if (trainer->finishing && can_leave(trainer->phase))
		enter(trainer, LF_PHASE_FINISH);
	switch (trainer->phase)
	{
		case LF_PHASE_CLEAR:
			return clear(trainer, error);
		case LF_PHASE_JOIN:
			return join(trainer);
		case LF_PHASE_PREPARE:
			return prepare(trainer);
		case LF_PHASE_LOAD:
			return load(trainer);
		case LF_PHASE_DRAW:
			return draw(trainer);
		case LF_PHASE_GRADIENT:
			return run_gradient(trainer);
		case LF_PHASE_SUM:
			return sum_gradients(trainer, error);
		case LF_PHASE_UPDATE:
			return update(trainer);
		case LF_PHASE_VALIDATE:
			return validate(trainer, error);
		case LF_PHASE_KEEP:
			return keep_best(trainer);
		case LF_PHASE_FINISH:
			return finish(trainer, error);
		case LF_PHASE_DONE:
			break;
	}
	return LF_DONE;
}
