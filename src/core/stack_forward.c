/*
 * stack_forward.c
 *	  Recurrent layers, forward through time: what is around the step of a cell.
 *
 * The step itself, and the equations of the whole cell, are in cell_lstm.c, cell_gru.c and
 * cell_rnn.c.
 */
#include <string.h>

#include "stack.h"
#include "stack_private.h"

/* The state a cell starts from: the caller's, or zero. */
static void
set_initial_state(const lf_tape *tape, lf_real *states, int64_t block, const lf_real *initial)
{
	const size_t P = tape->stack->stride;
	lf_real *start = lf_block(states, tape, P, block);

	if (initial != NULL)
		memcpy(start, initial, tape->rows * P * sizeof(lf_real));
	else
		memset(start, 0, tape->rows * P * sizeof(lf_real));
}

/* Everything that the kernel needs for step t of a cell, for all rows. */
static lf_forward_step
describe_step(const lf_tape *tape, int c, int64_t t, const lf_stack_input *input)
{
	const lf_stack *stack = tape->stack;
	const lf_packed_cell *packed = &stack->cells[c];
	const lf_cell_tape *cell = &tape->cells[c];
	const bool reverse = lf_cell_is_reverse(stack, c);
	const int64_t before = lf_block_before(reverse, t);
	const int64_t after = lf_block_after(reverse, t);
	const size_t P = stack->stride;
	lf_forward_step step = {
		.rows = tape->rows,
		.segments = packed->segments,
		.hidden = stack->shape.hidden,
		.padded = P,
		.gate_stride = stack->gate_stride,
		.weights = packed->forward,
		.bias = packed->bias,
		.h_previous = lf_block(cell->h, tape, P, before),
		.h = lf_block(cell->h, tape, P, after),
	};

	for (int s = 0; s < packed->segments; s++)
		step.input[s] = lf_layer_input(stack, tape, c / stack->shape.directions, s, t, input);
	if (cell->c != NULL)
	{
		step.c_previous = lf_block(cell->c, tape, P, before);
		step.c = lf_block(cell->c, tape, P, after);
	}
	if (cell->gates != NULL)
		step.gates = lf_block(cell->gates, tape, stack->gate_stride, t);
	return step;
}

/* Move the step on by so many rows. */
static void
advance_rows(lf_forward_step *step, int64_t rows)
{
	const size_t states = rows * step->padded;

	for (int s = 0; s < step->segments; s++)
		step->input[s].rows += rows * step->input[s].stride;
	step->h_previous += states;
	step->h += states;
	if (step->c != NULL)
	{
		step->c_previous += states;
		step->c += states;
	}
	if (step->gates != NULL)
		step->gates += rows * step->gate_stride;
}

/* The states of rows that do not have step t go past it as they are. */
static void
hold_states(const lf_tape *tape, int c, int64_t t, int64_t active)
{
	const lf_cell_tape *cell = &tape->cells[c];
	const bool reverse = lf_cell_is_reverse(tape->stack, c);
	const int64_t before = lf_block_before(reverse, t);
	const int64_t after = lf_block_after(reverse, t);
	const size_t P = tape->stack->stride;
	const size_t bytes = (tape->rows - active) * P * sizeof(lf_real);

	if (bytes == 0)
		return;
	memcpy(lf_block(cell->h, tape, P, after) + active * P,
		   lf_block(cell->h, tape, P, before) + active * P, bytes);
	if (cell->c != NULL)
		memcpy(lf_block(cell->c, tape, P, after) + active * P,
			   lf_block(cell->c, tape, P, before) + active * P, bytes);
}

/* The time loop: one cell through all steps. */
static lf_status
run_cell(const lf_tape *tape, int c, const lf_stack_input *input, const lf_states *initial,
		 lf_interrupt interrupt)
{
	const lf_stack *stack = tape->stack;
	const lf_packed_cell *packed = &stack->cells[c];
	const lf_cell_kernels *kernels = stack->kernels->cell[stack->shape.kind];
	const size_t G = lf_cell_get_traits(stack->shape.kind)->gates;
	const size_t depth = packed->segments * packed->segment_size + stack->shape.hidden;
	const int64_t piece = lf_piece(stack->kernels, 2.0 * G * stack->stride * depth, tape->rows);
	const bool reverse = lf_cell_is_reverse(stack, c);
	const int64_t T = tape->steps;

	set_initial_state(tape, tape->cells[c].h, reverse ? T : 0, initial ? initial->h[c] : NULL);
	if (tape->cells[c].c != NULL)
		set_initial_state(tape, tape->cells[c].c, reverse ? T : 0, initial ? initial->c[c] : NULL);

	for (int64_t s = 0; s < T; s++)
	{
		const int64_t t = reverse ? T - 1 - s : s;
		const int64_t active = lf_active_rows(input, t);
		lf_forward_step step = describe_step(tape, c, t, input);

		for (int64_t row = 0; row < active; row += piece)
		{
			if (lf_interrupted(interrupt))
				return LF_INTERRUPTED;
			step.rows = piece < active - row ? piece : active - row;
			kernels->forward(&step);
			advance_rows(&step, step.rows);
		}
		hold_states(tape, c, t, active);
	}
	return LF_OK;
}

/* Drop outputs of one cell and scale the others up (inverted dropout, as PyTorch does it). */
static lf_status
drop_outputs(const lf_tape *tape, int c, lf_random *random, lf_interrupt interrupt)
{
	const lf_stack *stack = tape->stack;
	const lf_cell_tape *cell = &tape->cells[c];
	const size_t H = stack->shape.hidden;
	const size_t P = stack->stride;
	const uint32_t threshold = (uint32_t) (stack->shape.dropout * 4294967296.0);
	const lf_real scale = (lf_real) (1 / (1 - stack->shape.dropout));
	const bool reverse = lf_cell_is_reverse(stack, c);

	for (int64_t t = 0; t < tape->steps; t++)
	{
		const lf_real *h = lf_block(cell->h, tape, P, lf_block_after(reverse, t));
		lf_real *dropped = lf_block(cell->dropped, tape, P, t);
		uint8_t *kept = cell->kept + (size_t) t * tape->rows * H;

		if (lf_interrupted(interrupt))
			return LF_INTERRUPTED;
		for (int64_t row = 0; row < tape->rows; row++, h += P, dropped += P, kept += H)
		{
			for (size_t u = 0; u < H; u++)
			{
				kept[u] = lf_random_bits(random) >= threshold;
				dropped[u] = kept[u] ? h[u] * scale : 0;
			}
			for (size_t u = H; u < P; u++)
				dropped[u] = 0;
		}
	}
	return LF_OK;
}

lf_status
lf_stack_forward(const lf_stack *stack, lf_tape *tape, const lf_stack_input *input,
				 const lf_states *initial, lf_random *dropout_random, lf_interrupt interrupt)
{
	const int cells = lf_stack_cells(stack);
	const int below_top = cells - stack->shape.directions;
	lf_random saved_random = {0};

	if (dropout_random != NULL)
		saved_random = *dropout_random;
	tape->steps = input->steps;
	tape->rows = input->rows;
	tape->dropped = dropout_random != NULL && below_top > 0 && tape->cells[0].dropped != NULL;

	for (int c = 0; c < cells; c++)
	{
		lf_status status = run_cell(tape, c, input, initial, interrupt);

		if (status == LF_OK && tape->dropped && c < below_top)
			status = drop_outputs(tape, c, dropout_random, interrupt);
		if (status != LF_OK)
		{
			if (dropout_random != NULL)
				*dropout_random = saved_random;
			return status;
		}
	}
	return LF_OK;
}
