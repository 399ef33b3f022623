/*
 * network.c
 *	  Times one training step of the whole segment network: the core's side of bench/core/run.
 *
 *	network BATCH LOOKBACK HORIZON PATCH WIDTH KERNELS
 *
 * A step is what torch_network.py does with PyTorch: patch embedding, GRU, parallel
 * decoder, linear skip, mean absolute error, backward, the gradient clipped to norm
 * 1, one update by Adam; in the trainer's micro-batches. timing.h says what it reads
 * and writes.
 */
#include <stdlib.h>

#include "core/blas.h"
#include "core/network.h"
#include "core/optimizer.h"
#include "timing.h"

#define GRADIENT_CLIP 1.0
#define LEARNING_RATE 1e-3

typedef struct bench
{
	lf_network_config config;
	const lf_kernels *kernels;
	int64_t batch;
	int64_t rows; /* of a micro-batch */
	lf_network network;
	lf_optimizer optimizer;
	lf_real *patches; /* micro-batch by micro-batch: (n, rows, w) */
	lf_real *window;  /* (batch, L) */
	lf_real *target;  /* (batch, H_out) */
	lf_real *parameters;
	lf_real *gradient;
	lf_real *partial;
} bench;

static lf_status
layout(bench *b, lf_arena *arena)
{
	lf_error error;
	const lf_status status =
		lf_network_layout(&b->network, &b->config, b->kernels, b->rows, true, arena, &error);

	if (status != LF_OK)
	{
		fprintf(stderr, "network: %s\n", error.message);
		return status;
	}
	lf_optimizer_layout(&b->optimizer, LF_OPTIMIZER_ADAM, 0, b->network.table.total, arena);
	b->patches = lf_arena_take(arena, b->batch * b->config.lookback, sizeof(lf_real));
	b->window = lf_arena_take(arena, b->batch * b->config.lookback, sizeof(lf_real));
	b->target = lf_arena_take(arena, b->batch * b->config.horizon, sizeof(lf_real));
	b->parameters = lf_arena_take(arena, b->network.table.total, sizeof(lf_real));
	b->gradient = lf_arena_take(arena, b->network.table.total, sizeof(lf_real));
	b->partial = lf_arena_take(arena, b->network.table.total, sizeof(lf_real));
	return LF_OK;
}

/* Random windows, as they are and cut into patches. */
static void
fill(bench *b)
{
	const int L = b->config.lookback;
	const int w = b->config.patch_length;
	lf_random random = lf_random_seed(1, 0);

	for (int64_t i = 0; i < b->batch * L; i++)
		b->window[i] = (lf_real) lf_random_normal(&random);
	for (int64_t i = 0; i < b->batch * b->config.horizon; i++)
		b->target[i] = (lf_real) lf_random_normal(&random);
	for (int64_t row = 0; row < b->batch; row += b->rows)
	{
		const int64_t rows = b->rows < b->batch - row ? b->rows : b->batch - row;
		lf_real *out = b->patches + row * L;

		for (int patch = 0; patch < L / w; patch++)
			for (int64_t r = 0; r < rows; r++, out += w)
				memcpy(out, b->window + (row + r) * L + patch * w, w * sizeof(lf_real));
	}
	lf_parameters_initialize(&b->network.table, &random, b->parameters);
}

static void
train_step(void *state)
{
	bench *b = state;
	const lf_loss mae = {.kind = LF_LOSS_MAE};
	const size_t total = b->network.table.total;
	const double scale = 1.0 / ((double) b->batch * b->config.horizon);

	lf_network_load(&b->network, b->parameters);
	for (int64_t row = 0; row < b->batch; row += b->rows)
	{
		const lf_batch batch = {
			.rows = b->rows < b->batch - row ? b->rows : b->batch - row,
			.patches = b->patches + row * b->config.lookback,
			.window = b->window + row * b->config.lookback,
			.target = b->target + row * b->config.horizon,
		};
		lf_real *gradient = row == 0 ? b->gradient : b->partial;
		double loss;

		lf_network_gradient(&b->network, &batch, &mae, scale, NULL, gradient, &loss, NULL);
		if (row > 0)
			for (size_t i = 0; i < total; i++)
				b->gradient[i] += b->partial[i];
	}
	lf_gradient_clip(b->gradient, total, GRADIENT_CLIP);
	lf_optimizer_update(&b->optimizer, LEARNING_RATE, b->gradient, b->parameters);
}

int
main(int argc, char **argv)
{
	bench b = {0};
	lf_arena arena = lf_arena_measure();

	if (argc != 7 || (b.kernels = lf_kernels_named(argv[6])) == NULL)
	{
		fprintf(stderr, "usage: network BATCH LOOKBACK HORIZON PATCH WIDTH KERNELS\n");
		return 2;
	}
	b.batch = atoi(argv[1]);
	b.config = (lf_network_config){
		.cell = LF_CELL_GRU,
		.hidden_size = atoi(argv[5]),
		.num_layers = 1,
		.channels = 1,
		.lookback = atoi(argv[2]),
		.horizon = atoi(argv[3]),
		.patch_length = atoi(argv[4]),
		.decoder = LF_DECODER_PARALLEL,
		.linear_skip = true,
	};
	b.rows = lf_network_rows(&b.config, b.kernels, b.batch);
	lf_blas_single_thread();
	if (layout(&b, &arena) != LF_OK)
		return 1;
	arena = lf_arena_over(take_memory(lf_arena_bytes(&arena)), lf_arena_bytes(&arena));
	if (layout(&b, &arena) != LF_OK || arena.overflow)
		return 1;
	fill(&b);
	take_turns(train_step, &b, lf_network_flops(&b.config) * b.batch, b.network.table.total,
			   b.kernels);
	return 0;
}
