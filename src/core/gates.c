/*
 * gates.c
 *	  What the gates of a network do while it reads a window.
 *
 * A network for training keeps its activations, until the way back uses them up. So the gradient
 * comes first, and then a run forward alone.
 */
#include "gates.h"

#include <math.h>

#include "batch.h"
#include "cell.h"
#include "stack_private.h"

/* What is done of a window. */
typedef enum stage
{
	STAGE_BEGIN,
	STAGE_FILLED,   /* the batch */
	STAGE_GRADIENT, /* known */
	STAGE_DONE
} stage;

struct lf_gates
{
	lf_memory memory; /* that it lies in itself */
	lf_interrupt interrupt;
	lf_gates_spec spec;
	bool carved; /* the memory */
	int loaded;  /* cells whose weights are packed */

	lf_network network;
	lf_batch_builder builder;
	lf_real *d_output; /* (O, S, 1, H_out): of the answer */
	lf_real *gradient; /* (table->total): scratch */
	lf_states d_after; /* (n, P) a cell */

	lf_window window;
	stage stage;
};

lf_gate_values
lf_gates_of_tape(const lf_tape *tape, const lf_states *d_after, int cell, int step, int64_t row)
{
	const lf_stack *stack = tape->stack;
	const lf_cell_tape *kept = &tape->cells[cell];
	const size_t P = stack->stride;
	const int64_t at = (int64_t) step * tape->rows + row;
	const int64_t after = lf_block_after(lf_cell_is_reverse(stack, cell), step) * tape->rows + row;
	const lf_real *gates = kept->gates + at * stack->gate_stride;
	lf_gate_values values = {.hidden = kept->h + after * P, .d_hidden = d_after->h[cell] + at * P};

	/* gate rows are i f g o, and hn r z n: cell.h */
	if (stack->shape.kind == LF_CELL_LSTM)
	{
		values.input = gates;
		values.forget = gates + P;
		values.candidate = gates + 2 * P;
		values.output = gates + 3 * P;
		values.cell = kept->c + after * P;
		values.d_cell = d_after->c[cell] + at * P;
	}
	else if (stack->shape.kind == LF_CELL_GRU)
	{
		values.reset = gates + P;
		values.update = gates + 2 * P;
		values.candidate = gates + 3 * P;
	}
	return values;
}

void
lf_gates_take_states(const lf_stack *stack, int64_t rows, lf_arena *arena, lf_states *d_after)
{
	d_after->rows = rows;
	for (int cell = 0; cell < lf_stack_cells(stack); cell++)
	{
		d_after->h[cell] = lf_arena_take_reals(arena, rows, stack->stride, 1);
		if (stack->shape.kind == LF_CELL_LSTM)
			d_after->c[cell] = lf_arena_take_reals(arena, rows, stack->stride, 1);
	}
}

double
lf_gates_gradient(const lf_gate_values *values, int unit)
{
	const double d_hidden = values->d_hidden[unit];
	double y;

	if (values->cell == NULL)
		return d_hidden;
	y = tanh((double) values->cell[unit]);
	return values->d_cell[unit] + d_hidden * values->output[unit] * (1 - y * y);
}

/* Carve everything but the gates' own struct. */
static lf_status
layout(lf_gates *gates, const lf_gates_spec *spec, lf_arena *arena, lf_error *error)
{
	const lf_network_config *config = &spec->network;
	lf_network *network = &gates->network;
	lf_status status = lf_network_layout(network, config, spec->kernels, 1, true, arena, error);

	if (status != LF_OK)
		return status;
	lf_batch_layout(&gates->builder,
					&(lf_batch_spec){.network = *config, .scaling = spec->scaling, .max_rows = 1},
					arena);
	gates->d_output =
		lf_arena_take_reals(arena, network->outputs, network->answers, config->horizon);
	gates->gradient = lf_arena_take_reals(arena, network->table.total, 1, 1);
	lf_gates_take_states(&network->stack, network->input_patches, arena, &gates->d_after);
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "the gates need more memory than there can be", NULL,
					   NULL);
	return LF_OK;
}

lf_status
lf_gates_bytes(const lf_gates_spec *spec, size_t *bytes, lf_error *error)
{
	lf_arena arena = lf_arena_measure();
	lf_gates measured = {.loaded = 0};
	lf_status status;

	lf_arena_take(&arena, 1, sizeof(lf_gates));
	status = layout(&measured, spec, &arena, error);
	if (status == LF_OK)
		*bytes = lf_arena_bytes(&arena);
	return status;
}

lf_status
lf_gates_create(const lf_gates_spec *spec, const lf_allocator *allocator, lf_interrupt interrupt,
				lf_gates **gates, lf_error *error)
{
	size_t bytes;
	lf_memory memory;
	lf_gates *made;
	lf_status status = lf_gates_bytes(spec, &bytes, error);

	*gates = NULL;
	if (status == LF_OK)
		status = lf_memory_take(&memory, allocator, bytes, "Looking at gates", error);
	if (status != LF_OK)
		return status;
	made = lf_arena_take(&memory.arena, 1, sizeof(lf_gates));
	made->memory = memory;
	made->interrupt = interrupt;
	made->spec = *spec;
	*gates = made;
	return LF_OK;
}

void
lf_gates_begin(lf_gates *gates, const lf_dataset *dataset, const lf_scaler *scalers,
			   lf_window window)
{
	gates->builder.spec.dataset = dataset;
	gates->builder.spec.scalers = scalers;
	gates->window = window;
	gates->stage = STAGE_BEGIN;
}

/* Zero the memory, carve it, and load the weights, a piece; true when all is done. */
static bool
prepare(lf_gates *gates, lf_status *status, lf_error *error)
{
	const lf_batch_spec begun = gates->builder.spec;
	lf_network *network = &gates->network;
	const size_t H_out = gates->spec.network.horizon;

	*status = LF_OK;
	if (gates->carved && gates->loaded == lf_network_cells(network))
		return true;
	if (gates->carved)
		lf_network_load_cell(network, gates->spec.parameters, gates->loaded++);
	else if (lf_arena_clear(&gates->memory.arena, LF_CLEAR_BYTES))
	{
		*status = layout(gates, &gates->spec, &gates->memory.arena, error);
		if (*status != LF_OK)
			return false;
		gates->builder.spec.dataset = begun.dataset;
		gates->builder.spec.scalers = begun.scalers;
		for (size_t k = 0; k < H_out; k++)
			gates->d_output[(network->answers - 1) * H_out + k] = (lf_real) (1.0 / H_out);
		gates->carved = true;
	}
	return false;
}

lf_status
lf_gates_step(lf_gates *gates, lf_error *error)
{
	lf_network *network = &gates->network;
	const lf_batch *batch = &gates->builder.batch;
	lf_status status;

	if (gates->stage == STAGE_DONE)
		return LF_DONE;
	if (lf_interrupted(gates->interrupt))
		return LF_INTERRUPTED;
	if (!prepare(gates, &status, error))
		return status;
	if (gates->stage == STAGE_BEGIN)
		lf_batch_fill(&gates->builder, &gates->window, 1, NULL);
	else if (gates->stage == STAGE_FILLED)
		status = lf_network_derivative(network, batch, gates->d_output, gates->gradient,
									   &gates->d_after, gates->interrupt);
	else
		status = lf_network_forward(network, batch, network->output, gates->interrupt);
	if (status != LF_OK)
		return status;
	gates->stage++;
	return gates->stage == STAGE_DONE ? LF_DONE : LF_OK;
}

lf_gate_values
lf_gates_at(const lf_gates *gates, int cell, int step)
{
	return lf_gates_of_tape(&gates->network.tape, &gates->d_after, cell, step, 0);
}

void
lf_gates_free(lf_gates *gates)
{
	if (gates != NULL)
		lf_memory_release(&gates->memory);
}
