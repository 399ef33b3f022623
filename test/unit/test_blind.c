/*
 * test_blind.c
 *	  Blind windows: categories that a network is not to see now and then, so that it learns what to
 *	  forecast where they are not known.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "core/batch.h"

#define LENGTH 12
#define LOOKBACK 4
#define HORIZON 2
#define CHANNELS 5 /* the target, a number, two indicators of one category, one of another */
#define DRAWS 5000

typedef struct fixture
{
	double values[LENGTH];
	float covariates[LENGTH * (CHANNELS - 1)];
	lf_series series;
	lf_dataset dataset;
	lf_scaler scaler;
	lf_batch_builder builder;
	void *memory;
} fixture;

static const int labels[CHANNELS - 1] = {0, 1, 1, 2};

/* Covariates that are never 0, and change from step to step. */
static void
set_up(fixture *f, const int *categories)
{
	lf_batch_spec spec = {.network = {.cell = LF_CELL_GRU,
									  .hidden_size = 2,
									  .num_layers = 1,
									  .channels = CHANNELS,
									  .future = CHANNELS - 1,
									  .lookback = LOOKBACK,
									  .horizon = HORIZON,
									  .patch_length = 1},
						  .scaling = {.normalization = LF_NORMALIZE_LAST, .season = 1},
						  .dataset = &f->dataset,
						  .scalers = &f->scaler,
						  .max_rows = 1,
						  .with_targets = true};
	lf_arena arena = lf_arena_measure();
	size_t bytes;

	for (int i = 0; i < LENGTH; i++)
		f->values[i] = i * i;
	for (int i = 0; i < LENGTH * (CHANNELS - 1); i++)
		f->covariates[i] = 1 + (float) (i * i);
	f->series = (lf_series){
		.length = LENGTH, .values = f->values, .covered = LENGTH, .covariates = f->covariates};
	f->dataset = (lf_dataset){.count = 1, .series = &f->series, .labels = categories};
	lf_scaler_fit(&f->scaler, &spec.scaling, &f->series, LENGTH, LOOKBACK);
	lf_batch_layout(&f->builder, &spec, &arena);
	bytes = lf_arena_bytes(&arena);
	f->memory = malloc(bytes);
	arena = lf_arena_over(f->memory, bytes);
	lf_batch_layout(&f->builder, &spec, &arena);
}

/* Is a covariate 0 in all that a window is made of (1), in nothing (0), or in a part (-1)? */
static int
is_hidden(fixture *f, uint32_t blind, int c)
{
	const lf_window window = {.series = 0, .origin = LENGTH - HORIZON, .blind = blind};
	const int F = CHANNELS - 1;
	int zeros = 0;

	lf_batch_fill(&f->builder, &window, 1, NULL);
	for (int t = 0; t < LOOKBACK; t++)
		zeros += f->builder.batch.patches[t * CHANNELS + 1 + c] == 0;
	for (int k = 0; k < HORIZON; k++)
		zeros +=
			(f->builder.batch.future[k * F + c] == 0) + (f->builder.batch.change[k * F + c] == 0);
	return zeros == 0 ? 0 : zeros == LOOKBACK + 2 * HORIZON ? 1 : -1;
}

static void
test_sighted(void)
{
	fixture f;
	int hidden = 0;

	set_up(&f, labels);
	for (int c = 0; c < CHANNELS - 1; c++)
		hidden += is_hidden(&f, 0, c) != 0;
	check(hidden == 0, "a window that is not blind sees all categories");
	free(f.memory);
	set_up(&f, NULL);
	for (uint32_t blind = 1; blind < 200; blind++)
		for (int c = 0; c < CHANNELS - 1; c++)
			hidden += is_hidden(&f, blind, c) != 0;
	check(hidden == 0, "numbers are seen by every window");
	free(f.memory);
}

static void
test_blind(void)
{
	fixture f;
	int hidden[CHANNELS - 1] = {0};
	int parts = 0, split = 0, both = 0, again = 0;

	set_up(&f, labels);
	for (uint32_t blind = 1; blind <= DRAWS; blind++)
	{
		int at[CHANNELS - 1];

		for (int c = 0; c < CHANNELS - 1; c++)
		{
			at[c] = is_hidden(&f, blind, c);
			again += at[c] != is_hidden(&f, blind, c);
			parts += at[c] < 0;
			hidden[c] += at[c] > 0;
		}
		split += at[1] != at[2];
		both += at[1] > 0 && at[3] > 0;
	}
	check(parts == 0, "a category is hidden in the window and ahead of it, or nowhere");
	check(split == 0, "all indicators of a category go together");
	check(again == 0, "the same number hides the same");
	check(hidden[0] == 0, "numbers beside categories are seen");
	check(fabs(hidden[1] / (double) DRAWS - LF_LABEL_DROPOUT) < 0.015 &&
			  fabs(hidden[3] / (double) DRAWS - LF_LABEL_DROPOUT) < 0.015,
		  "each category is hidden in one window of ten: %d, %d", hidden[1], hidden[3]);
	check(both > 20 && both < 90, "one of them says nothing about the other: %d", both);
	free(f.memory);
}

int
main(void)
{
	test_sighted();
	test_blind();
	return check_done();
}
