/*
 * predictor.c
 *	  Forecasts of one trained network, a bounded number of windows at a time.
 */
#include "predictor.h"

/* Bytes zeroed in one step. */
#define CLEAR_BYTES ((size_t) 4 << 20)

struct lf_predictor
{
	lf_allocator allocator;
	void *block;
	lf_arena arena; /* over the block */
	lf_interrupt interrupt;
	lf_predictor_spec spec;
	bool ready;   /* the memory is carved, the weights are loaded */
	int64_t rows; /* windows in a micro-batch */

	lf_network network;
	lf_batch_builder builder;
	lf_real *output; /* (S, rows, H_out) */

	const lf_window *windows; /* (count), the caller's */
	int64_t count;
	int64_t done;
	double *forecasts; /* (count, H_out), the caller's */
};

/* Carve everything but the predictor itself. */
static lf_status
layout(lf_predictor *predictor, const lf_predictor_spec *spec, lf_arena *arena, lf_error *error)
{
	const lf_network_config *network = &spec->network;
	size_t outputs = lf_network_answers(network);
	lf_status status;

	predictor->rows = lf_network_rows(network, spec->kernels, spec->max_rows);
	status = lf_network_layout(&predictor->network, network, spec->kernels, predictor->rows, false,
							   arena, error);
	if (status != LF_OK)
		return status;
	lf_batch_layout(&predictor->builder, network, &spec->scaling, spec->dataset, spec->scalers,
					predictor->rows, false, arena);
	if (!lf_multiply(outputs, network->horizon, &outputs) ||
		!lf_multiply(outputs, predictor->rows, &outputs))
		arena->overflow = true;
	else
		predictor->output = lf_arena_take(arena, outputs, sizeof(lf_real));
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "forecasting needs more memory than there can be",
					   NULL, NULL);
	return LF_OK;
}

lf_status
lf_predictor_bytes(const lf_predictor_spec *spec, size_t *bytes, lf_error *error)
{
	lf_arena arena = lf_arena_measure();
	lf_predictor measured = {0};
	lf_parameter_table table;

	/* The configuration is checked before any of its numbers is used. */
	lf_status status = lf_parameter_table_build(&spec->network, &table, error);

	if (status != LF_OK)
		return status;
	lf_arena_take(&arena, 1, sizeof(lf_predictor));
	status = layout(&measured, spec, &arena, error);
	if (status == LF_OK)
		*bytes = lf_arena_bytes(&arena);
	return status;
}

lf_status
lf_predictor_create(const lf_predictor_spec *spec, const lf_allocator *allocator,
					lf_interrupt interrupt, lf_predictor **predictor, lf_error *error)
{
	size_t bytes;
	lf_arena arena;
	lf_predictor *made;
	void *block;
	lf_status status = lf_predictor_bytes(spec, &bytes, error);

	*predictor = NULL;
	if (status != LF_OK)
		return status;
	block = allocator->allocate(allocator->context, bytes);
	if (block == NULL)
	{
		char text[LF_ERROR_TEXT];

		return lf_fail(error, LF_ERROR_MEMORY, "out of memory",
					   lf_format(text, "Forecasting needs %zu bytes.", bytes), NULL);
	}
	arena = lf_arena_over(block, bytes);
	made = lf_arena_take(&arena, 1, sizeof(lf_predictor));
	made->arena = arena;
	made->allocator = *allocator;
	made->block = block;
	made->interrupt = interrupt;
	made->spec = *spec;
	*predictor = made;
	return LF_OK;
}

void
lf_predictor_begin(lf_predictor *predictor, const lf_window *windows, int64_t count,
				   double *forecasts)
{
	predictor->windows = windows;
	predictor->count = count;
	predictor->done = 0;
	predictor->forecasts = forecasts;
}

/* Zero the memory, which for a large network takes a while, carve it and load the weights. */
static lf_status
prepare(lf_predictor *predictor, lf_error *error)
{
	lf_status status;

	if (!lf_arena_clear(&predictor->arena, CLEAR_BYTES))
		return LF_OK;
	status = layout(predictor, &predictor->spec, &predictor->arena, error);
	if (status != LF_OK)
		return status;
	lf_network_load(&predictor->network, predictor->spec.parameters);
	predictor->ready = true;
	return LF_OK;
}

lf_status
lf_predictor_step(lf_predictor *predictor, bool ignore_interrupt, lf_error *error)
{
	lf_interrupt interrupt = ignore_interrupt ? NULL : predictor->interrupt;
	int64_t horizon = predictor->spec.network.horizon;
	int64_t rows = predictor->count - predictor->done;
	int64_t last_answer;
	lf_status status;

	if (rows <= 0)
		return LF_DONE;
	if (interrupt != NULL && *interrupt)
		return LF_INTERRUPTED;
	if (!predictor->ready)
		return prepare(predictor, error);
	if (rows > predictor->rows)
		rows = predictor->rows;
	lf_batch_fill(&predictor->builder, predictor->windows + predictor->done, rows, NULL);
	status = lf_network_forward(&predictor->network, &predictor->builder.batch, predictor->output,
								interrupt);
	if (status != LF_OK)
		return status;

	last_answer = rows * (lf_network_answers(&predictor->spec.network) - 1);
	for (int64_t row = 0; row < rows; row++)
		lf_batch_restore(&predictor->builder, row,
						 predictor->output + (last_answer + row) * horizon,
						 predictor->forecasts + (predictor->done + row) * horizon);
	predictor->done += rows;
	return predictor->done < predictor->count ? LF_OK : LF_DONE;
}

void
lf_predictor_free(lf_predictor *predictor)
{
	lf_allocator allocator;

	if (predictor == NULL)
		return;
	allocator = predictor->allocator; /* it lies in the block */
	allocator.release(allocator.context, predictor->block);
}
