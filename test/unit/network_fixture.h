/*
 * network_fixture.h
 *	  A network with its memory and one batch, made of the numbers that
 *	  test/golden/golden.py uses.
 */
#ifndef NETWORK_FIXTURE_H
#define NETWORK_FIXTURE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/loss.h"
#include "core/network.h"

static const char *const decoder_names[] = {"direct", "parallel", "recursive"};

/* The finalizer of MurmurHash3. */
static inline uint32_t
hash_mix(uint32_t value)
{
	value = (value ^ (value >> 16)) * UINT32_C(0x85EBCA6B);
	value = (value ^ (value >> 13)) * UINT32_C(0xC2B2AE35);
	return value ^ (value >> 16);
}

/* Numbers in [-scale, scale), exact in float where scale is a power of two. */
static inline void
hashed_fill(uint32_t seed, double scale, lf_real *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		const uint32_t bits = hash_mix(seed * UINT32_C(0x9E3779B1) + (uint32_t) i) >> 8;

		values[i] = (lf_real) (scale * (bits / 8388608.0 - 1.0));
	}
}

static inline lf_real *
hashed_reals(uint32_t seed, double scale, size_t count)
{
	lf_real *values = malloc((count ? count : 1) * sizeof(lf_real));

	hashed_fill(seed, scale, values, count);
	return values;
}

typedef struct network_fixture
{
	lf_network network;
	void *block;
	size_t measured; /* bytes that the measuring arena counted, and the real one used */
	size_t used;
	lf_real *parameters;
	lf_real *gradient;
	lf_real *output;
	size_t answers; /* reals of all answers, in one plane */
	size_t outputs; /* in all planes */
	lf_batch batch;
	lf_real *arrays[7]; /* the batch's */
} network_fixture;

static inline bool
network_fixture_open(network_fixture *f, const lf_network_config *config, const lf_kernels *kernels,
					 int64_t max_rows, bool training)
{
	lf_arena measure = lf_arena_measure();
	lf_arena arena;
	lf_error error;

	memset(f, 0, sizeof(*f));
	if (lf_network_layout(&f->network, config, kernels, max_rows, training, &measure, &error) !=
		LF_OK)
	{
		printf("# %s (%s)\n", error.message, error.detail);
		return false;
	}
	f->block = malloc(lf_arena_bytes(&measure));
	arena = lf_arena_over(f->block, lf_arena_bytes(&measure));
	if (lf_network_layout(&f->network, config, kernels, max_rows, training, &arena, &error) !=
		LF_OK)
		return false;
	f->measured = measure.used;
	f->used = arena.used;
	f->answers = (size_t) lf_network_answers(config) * max_rows * config->horizon;
	f->parameters = calloc(f->network.table.total, sizeof(lf_real));
	f->gradient = calloc(f->network.table.total, sizeof(lf_real));
	f->outputs = f->answers * f->network.outputs;
	f->output = calloc(f->outputs, sizeof(lf_real));
	return true;
}

/* The batch of the golden files, of rows windows; may be called again. */
static inline void
network_fixture_fill(network_fixture *f, uint32_t seed, int64_t rows, bool with_base)
{
	const lf_network_config *config = &f->network.config;
	const size_t answers = (size_t) lf_network_answers(config) * rows * config->horizon;
	const size_t lookback = config->lookback;
	const size_t known =
		answers / config->horizon * f->network.output_patches * f->network.future.inputs;

	for (int i = 0; i < 7; i++)
		free(f->arrays[i]);
	f->answers = answers;
	f->outputs = answers * f->network.outputs;
	f->arrays[0] = hashed_reals(seed + 1, 1.0, lookback * rows * config->channels);
	f->arrays[1] = hashed_reals(seed + 2, 1.0, lookback * rows);
	f->arrays[2] = hashed_reals(seed + 3, 1.0, answers);
	f->arrays[3] = hashed_reals(seed + 4, 2.0, answers);
	f->arrays[4] = calloc(answers, sizeof(lf_real));
	f->arrays[5] = hashed_reals(seed + 5, 1.0, known);
	f->arrays[6] = hashed_reals(seed + 6, 1.0, known);
	for (size_t i = 0; i < answers; i++)
		f->arrays[4][i] = i % 5 != 3;
	f->batch = (lf_batch){
		.rows = rows,
		.patches = f->arrays[0],
		.window = f->arrays[1],
		.base = with_base ? f->arrays[2] : NULL,
		.future = config->future > 0 ? f->arrays[5] : NULL,
		.change = config->future > 0 ? f->arrays[6] : NULL,
		.target = f->arrays[3],
		.weight = f->arrays[4],
	};
}

/* One over the weights' sum. */
static inline double
network_fixture_scale(const network_fixture *f)
{
	double sum = 0;

	for (size_t i = 0; i < f->answers; i++)
		sum += f->batch.weight[i];
	return 1.0 / sum;
}

static inline void
network_fixture_close(network_fixture *f)
{
	for (int i = 0; i < 7; i++)
		free(f->arrays[i]);
	free(f->block);
	free(f->parameters);
	free(f->gradient);
	free(f->output);
}

/* The largest difference, relative to the largest of the expected values (at least 0.01). */
static inline double
tensor_difference(const lf_real *values, const lf_real *expected, size_t count)
{
	double largest = 0.01;
	double worst = 0;

	for (size_t i = 0; i < count; i++)
		largest = fmax(largest, fabs(expected[i]));
	for (size_t i = 0; i < count; i++)
	{
		const double difference = fabs((double) values[i] - expected[i]) / largest;

		if (!(difference <= worst))
			worst = difference;
	}
	return worst;
}

#endif
