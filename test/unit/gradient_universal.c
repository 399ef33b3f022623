/*
 * gradient_universal.c
 *	  Every parameter tensor of the universal network against central differences.
 *
 * Compiled for double. The quantile loss has kinks; all parameters are random, so that hardly an
 * error lies near one, and single entries that do are told by halving the step.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/universal.h"

#define ROWS 3
#define HORIZON 5
#define LENGTH 30
#define ENTRIES 12 /* of each tensor */
#define EPSILON 1e-6
#define TOLERANCE 1e-5

typedef struct fixture
{
	lf_universal network;
	lf_universal_window windows[ROWS];
	double values[ROWS][LENGTH + HORIZON];
	lf_real *parameters, *gradient, *scratch;
	void *block;
} fixture;

static void
fixture_open(fixture *f, lf_cell_kind cell, int layers)
{
	const lf_universal_config config = {
		.cell = cell,
		.hidden_size = 4,
		.num_layers = layers,
		.loss = {.kind = LF_LOSS_QUANTILE, .quantile_count = 3, .quantiles = {.1, .5, .9}}};
	lf_random random = lf_random_seed(5, (uint64_t) cell * 10 + (uint64_t) layers);
	lf_arena arena = lf_arena_measure();
	lf_error error;

	for (int turn = 0; turn < 2; turn++)
	{
		lf_universal_layout(&f->network, &config, lf_kernels_named("plain"), ROWS, HORIZON, LENGTH,
							HORIZON, true, &arena, &error);
		f->parameters = lf_arena_take_reals(&arena, f->network.table.total, 1, 1);
		f->gradient = lf_arena_take_reals(&arena, f->network.table.total, 1, 1);
		f->scratch = lf_arena_take_reals(&arena, f->network.table.total, 1, 1);
		if (turn == 0)
		{
			f->block = malloc(lf_arena_bytes(&arena));
			arena = lf_arena_over(f->block, lf_arena_bytes(&arena));
		}
	}
	for (size_t i = 0; i < f->network.table.total; i++)
		f->parameters[i] = 0.4 * lf_random_normal(&random);
	for (int r = 0; r < ROWS; r++)
	{
		for (int t = 0; t < LENGTH + HORIZON; t++)
			f->values[r][t] = 10 + sin(t * 2 * M_PI / 4) + 0.5 * lf_random_normal(&random);
		f->windows[r] = (lf_universal_window){.values = f->values[r] + 5 * r,
											  .length = LENGTH - 5 * r,
											  .season = 4,
											  .second = r == 1 ? 8 : 0};
	}
}

static double
loss_of(fixture *f, lf_real *gradient)
{
	double loss;

	lf_universal_load(&f->network, f->parameters);
	lf_universal_read(&f->network, f->windows, ROWS, 1, HORIZON, true);
	lf_universal_gradient(&f->network, 1.0 / (ROWS * HORIZON), gradient, &loss, NULL);
	return loss;
}

static double
difference(fixture *f, size_t at, double step)
{
	const lf_real kept = f->parameters[at];
	double above, below;

	f->parameters[at] = kept + step;
	above = loss_of(f, f->scratch);
	f->parameters[at] = kept - step;
	below = loss_of(f, f->scratch);
	f->parameters[at] = kept;
	return (above - below) / (2 * step);
}

static void
check_network(lf_cell_kind cell, int layers)
{
	fixture f;
	lf_random random = lf_random_seed(9, (uint64_t) cell);

	fixture_open(&f, cell, layers);
	loss_of(&f, f.gradient);
	for (int i = 0; i < f.network.table.count; i++)
	{
		const lf_parameter *entry = &f.network.table.entry[i];
		const size_t count = entry->shape[0] * entry->shape[1];
		double worst = 0, largest = 0;

		for (int j = 0; j < ENTRIES; j++)
		{
			const size_t at = entry->offset + lf_random_below(&random, count);
			const double error =
				fmin(relative_difference(f.gradient[at], difference(&f, at, EPSILON)),
					 relative_difference(f.gradient[at], difference(&f, at, EPSILON / 10)));

			worst = fmax(worst, error);
			largest = fmax(largest, fabs(f.gradient[at]));
		}
		check(worst < TOLERANCE && largest > 0, "cell %d, %d layers: %s (%.1e of %.1e)", cell,
			  layers, entry->name, worst, largest);
	}
	free(f.block);
}

int
main(void)
{
	check_network(LF_CELL_GRU, 1);
	check_network(LF_CELL_GRU, 2);
	check_network(LF_CELL_LSTM, 1);
	check_network(LF_CELL_RNN, 2);
	return check_done();
}
