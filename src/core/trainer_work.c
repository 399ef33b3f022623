/*
 * trainer_work.c
 *	  The work of a training that any process of a team can do, a unit at a time.
 */
#include "trainer_private.h"

/* A piece of the parameters. */
typedef struct slice
{
	size_t begin;
	size_t count;
} slice;

static slice
claimed_slice(const lf_trainer *trainer)
{
	size_t begin = (size_t) trainer->section.unit * LF_TRAINER_SLICE;
	size_t left = trainer->network.table.total - begin;

	return (slice){begin, left < LF_TRAINER_SLICE ? left : LF_TRAINER_SLICE};
}

int64_t
lf_trainer_held(const lf_trainer *trainer)
{
	return lf_smaller(trainer->slots + (trainer->micro_batch == 0),
					  trainer->micro_batches - trainer->micro_batch);
}

lf_status
lf_trainer_run_micro_batch(lf_trainer *trainer)
{
	const lf_trainer_spec *spec = &trainer->spec;
	int64_t number = trainer->micro_batch + trainer->section.unit;
	int64_t first = number * trainer->rows;
	int64_t rows = lf_smaller(trainer->rows, trainer->batch_rows - first);
	uint64_t runs = (uint64_t) (trainer->descent.progress.step * trainer->micro_batches + number);
	lf_random dropout = lf_random_seed(spec->training.seed, LF_STREAM_DROPOUT + runs);
	lf_real *gradient = trainer->descent.gradient;
	lf_status status;

	if (number > 0)
		gradient = trainer->partial +
				   (size_t) ((number - 1) % trainer->slots) * trainer->network.table.total;
	lf_batch_fill(&trainer->builder, trainer->windows + first, rows, NULL);
	status = lf_network_gradient(&trainer->network, &trainer->builder.batch, &spec->training.loss,
								 1.0 / trainer->descent.weight,
								 spec->network.dropout > 0 ? &dropout : NULL, gradient,
								 &trainer->losses[trainer->section.unit], trainer->interrupt);
	if (status == LF_OK)
		lf_section_finish_unit(trainer);
	trainer->budget = 0;
	return status;
}

void
lf_trainer_sum_slice(lf_trainer *trainer)
{
	const size_t total = trainer->network.table.total;
	const int64_t held = lf_trainer_held(trainer);
	const slice part = claimed_slice(trainer);
	lf_real *restrict gradient = trainer->descent.gradient + part.begin;

	for (int64_t k = trainer->micro_batch > 0 ? 0 : 1; k < held; k++)
	{
		int64_t slot = (trainer->micro_batch + k - 1) % trainer->slots;
		const lf_real *restrict partial = trainer->partial + (size_t) slot * total + part.begin;

		for (size_t i = 0; i < part.count; i++)
			gradient[i] += partial[i];
	}
	if (trainer->micro_batch + held == trainer->micro_batches)
	{
		double norm = lf_gradient_clip(gradient, part.count, 0);

		trainer->slice_squares[trainer->section.unit] = norm * norm;
	}
	trainer->budget -= held * (int64_t) part.count;
	lf_section_finish_unit(trainer);
}

void
lf_trainer_update_slice(lf_trainer *trainer)
{
	const slice part = claimed_slice(trainer);

	lf_descent_update(&trainer->descent, part.begin, part.count);
	trainer->budget -= (int64_t) part.count;
	lf_section_finish_unit(trainer);
}

/* Choose the windows of the claimed unit; how many. */
static int64_t
choose_checked(lf_trainer *trainer, int64_t first)
{
	const lf_window_set *set = &trainer->spec.validation;
	int64_t rows = lf_smaller(trainer->rows, trainer->validation_rows - first);

	for (int64_t i = 0; i < rows; i++)
		trainer->checked[i] = lf_window_set_locate(
			set, lf_evenly_spaced(set->count - 1, trainer->validation_rows, first + i));
	return rows;
}

lf_status
lf_trainer_check_windows(lf_trainer *trainer)
{
	int64_t first = trainer->section.unit * trainer->rows;
	int64_t rows = choose_checked(trainer, first);
	size_t horizon = trainer->spec.network.horizon;
	size_t answers = (size_t) rows * horizon; /* of one place in the windows */
	size_t plane = answers * lf_network_answers(&trainer->spec.network);
	lf_status status;

	lf_batch_fill(&trainer->builder, trainer->checked, rows, NULL);
	status = lf_network_forward(&trainer->network, &trainer->builder.batch, trainer->output,
								trainer->interrupt);
	trainer->budget = 0;
	if (status != LF_OK)
		return status;
	for (int64_t i = 0; i < rows; i++)
	{
		size_t place = plane - answers + (size_t) i * horizon;
		const lf_real *weight = trainer->builder.weight + place;
		int64_t targets = 0;

		for (size_t k = 0; k < horizon; k++)
			targets += weight[k] != 0;
		trainer->window_targets[first + i] = targets;
		trainer->window_losses[first + i] =
			lf_loss_sum(&trainer->spec.training.loss, trainer->output + place, plane,
						trainer->builder.target + place,
						trainer->builder.unit != NULL ? trainer->builder.unit + place : NULL,
						weight, horizon, 1, NULL);
	}
	lf_section_finish_unit(trainer);
	return LF_OK;
}
