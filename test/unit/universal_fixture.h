/*
 * universal_fixture.h
 *	  A universal network with its memory, for the tests of src/core/universal*.c.
 */
#ifndef UNIVERSAL_FIXTURE_H
#define UNIVERSAL_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "core/universal.h"
#include "network_fixture.h"

typedef struct universal_fixture
{
	lf_universal network;
	lf_real *parameters;
	lf_real *gradient;
	void *block;
} universal_fixture;

/* What a test asks a network for. */
typedef struct universal_request
{
	int64_t season, second;
	int64_t rows;
	int groups; /* of the future */
	bool training;
} universal_request;

static const lf_universal_config universal_small = {
	.cell = LF_CELL_GRU,
	.hidden_size = 12,
	.num_layers = 1,
	.loss = {.kind = LF_LOSS_QUANTILE, .quantile_count = 3, .quantiles = {.1, .5, .8}}};

/* A fresh network, whose weights are then moved at random by so much. */
static inline void
universal_fixture_open(universal_fixture *f, const lf_universal_config *config,
					   const lf_kernels *kernels, const universal_request *request, double moved)
{
	const int64_t group = lf_universal_group(request->season);
	lf_random random = lf_random_seed(77, 0);
	lf_arena arena = lf_arena_measure();
	lf_error error;

	for (int turn = 0; turn < 2; turn++)
	{
		if (lf_universal_layout(&f->network, config, kernels, request->rows, request->groups,
								lf_universal_memory(request->season, request->second),
								request->groups * group, request->training, &arena,
								&error) != LF_OK)
		{
			printf("Bail out! %s\n", error.message);
			exit(2);
		}
		f->parameters = lf_arena_take_reals(&arena, f->network.table.total, 1, 1);
		f->gradient = lf_arena_take_reals(&arena, f->network.table.total, 1, 1);
		if (turn == 0)
		{
			f->block = malloc(lf_arena_bytes(&arena));
			arena = lf_arena_over(f->block, lf_arena_bytes(&arena));
		}
	}
	lf_universal_initialize(config, &f->network.table, 5, f->parameters);
	for (size_t i = 0; i < f->network.table.total; i++)
		f->parameters[i] += (lf_real) (moved * lf_random_normal(&random));
	lf_universal_load(&f->network, f->parameters);
}

static inline void
universal_fixture_close(universal_fixture *f)
{
	free(f->block);
}

#endif
