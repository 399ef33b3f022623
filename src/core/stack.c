/*
 * stack.c
 *	  Recurrent layers: memory, packed weights, and gradients back in PyTorch's layout.
 *
 * stack_forward.c and stack_backward.c run them.
 */
#include "stack.h"

#include <string.h>

#include "stack_private.h"

/* Transposing goes by squares of this edge, so that each cache line is fetched once. */
#define EDGE 16

void
lf_stack_layout(lf_stack *stack, const lf_stack_shape *shape, const lf_kernels *kernels,
				bool training, lf_arena *arena)
{
	const lf_cell_traits *traits = lf_cell_get_traits(shape->kind);
	const size_t H = shape->hidden;
	const size_t P = lf_padded(kernels, H);
	const size_t row = traits->blocks * P;

	memset(stack, 0, sizeof(*stack));
	stack->shape = *shape;
	stack->kernels = kernels;
	stack->stride = P;
	stack->gate_stride = lf_gate_stride(row);

	for (int c = 0; c < lf_stack_cells(stack); c++)
	{
		lf_packed_cell *cell = &stack->cells[c];
		const bool first = c < shape->directions;
		const size_t columns = traits->gates * P;
		size_t inputs;

		cell->segments = first ? 1 : shape->directions;
		cell->segment_size = first ? (size_t) shape->inputs : H;
		inputs = cell->segments * cell->segment_size;

		cell->forward = lf_arena_take_reals(arena, inputs + H, columns, 1);
		cell->bias = lf_arena_take_reals(arena, 1, row, 1);
		if (!training)
			continue;
		cell->backward = lf_arena_take_reals(arena, columns, P, 1);
		for (int s = 0; s < cell->segments; s++)
			cell->input_backward[s] =
				lf_arena_take_reals(arena, columns, lf_padded(kernels, cell->segment_size), 1);
		cell->w_ih_accumulator = lf_arena_take_reals(arena, inputs, columns, 1);
		cell->w_hh_accumulator = lf_arena_take_reals(arena, H, columns, 1);
		cell->bias_accumulator = lf_arena_take_reals(arena, 1, row, 1);
	}
}

void
lf_tape_layout(lf_tape *tape, const lf_stack *stack, int max_steps, int64_t max_rows, bool training,
			   lf_arena *arena)
{
	const lf_cell_traits *traits = lf_cell_get_traits(stack->shape.kind);
	const size_t H = stack->shape.hidden;
	const size_t P = stack->stride;
	const size_t T = max_steps;
	const size_t B = max_rows;
	const int directions = stack->shape.directions;
	const int cells = lf_stack_cells(stack);

	memset(tape, 0, sizeof(*tape));
	tape->stack = stack;
	tape->max_steps = max_steps;
	tape->max_rows = max_rows;

	for (int c = 0; c < cells; c++)
	{
		lf_cell_tape *cell = &tape->cells[c];

		cell->h = lf_arena_take_reals(arena, T + 1, B, P);
		if (traits->has_c)
			cell->c = lf_arena_take_reals(arena, T + 1, B, P);
		if (!training)
			continue;
		cell->gates = lf_arena_take_reals(arena, T, B, stack->gate_stride);
		if (stack->shape.dropout > 0 && c < cells - directions)
		{
			size_t units;

			cell->dropped = lf_arena_take_reals(arena, T, B, P);
			if (!lf_multiply(T, B, &units))
				arena->overflow = true;
			else
				cell->kept = lf_arena_take(arena, units, H);
		}
	}
	if (training)
	{
		tape->d_h = lf_arena_take_reals(arena, B, P, 1);
		if (traits->has_c)
			tape->d_c = lf_arena_take_reals(arena, B, P, 1);
		for (int d = 0; d < directions && cells > directions; d++)
			tape->d_output[d] = lf_arena_take_reals(arena, T, B, P);
	}
}

/*
 * One vector of a forward panel: units [unit, unit + V) of one gate, over count
 * rows of the packed matrix. weights: (G * H, count), as PyTorch has them. The
 * places of units that do not exist stay zero, as the arena gave them.
 */
static void
pack_units(lf_real *out, size_t panel_width, const lf_real *weights, size_t first_row, size_t units,
		   size_t count)
{
	for (size_t k0 = 0; k0 < count; k0 += EDGE)
	{
		const size_t end = count - k0 < EDGE ? count : k0 + EDGE;

		for (size_t u = 0; u < units; u++)
			for (size_t k = k0; k < end; k++)
				out[k * panel_width + u] = weights[(first_row + u) * count + k];
	}
}

/* W_ih above W_hh as the forward tiles read them (cell.h). */
static void
pack_forward(const lf_stack *stack, lf_packed_cell *cell, const lf_cell_weights *weights)
{
	const size_t V = stack->kernels->width;
	const size_t G = lf_cell_get_traits(stack->shape.kind)->gates;
	const size_t H = stack->shape.hidden;
	const size_t D = cell->segments * cell->segment_size;
	const size_t vectors = stack->stride / V;
	lf_real *panel = cell->forward;
	size_t width; /* of this panel, in vectors of units */

	for (size_t v = 0; v < vectors; v += width)
	{
		size_t panel_width;

		width = stack->shape.kind == LF_CELL_RNN ? lf_panel_vectors(vectors - v) : 1;
		panel_width = width * G * V;
		for (size_t column = 0; column < width * G; column++)
		{
			const size_t gate = column % G;
			const size_t unit = (v + column / G) * V;
			const size_t units = unit >= H ? 0 : (H - unit < V ? H - unit : V);
			lf_real *out = panel + column * V;

			pack_units(out, panel_width, weights->w_ih, gate * H + unit, units, D);
			pack_units(out + D * panel_width, panel_width, weights->w_hh, gate * H + unit, units,
					   H);
		}
		panel += (D + H) * panel_width;
	}
}

/*
 * Columns [first, first + N) of PyTorch's weights (G * H, ld) as a packed (G * P, N)
 * matrix whose rows are the blocks of a gate row: gate_of_block says which.
 */
static void
pack_backward(const lf_stack *stack, lf_real *panel, const lf_real *weights, size_t ld,
			  size_t first, size_t N, const int *gate_of_block)
{
	const size_t V = stack->kernels->width;
	const size_t G = lf_cell_get_traits(stack->shape.kind)->gates;
	const size_t H = stack->shape.hidden;
	const size_t P = stack->stride;
	size_t width;

	for (size_t n = 0; n < N; n += width)
	{
		size_t valid;

		width = lf_panel_vectors((N - n + V - 1) / V) * V;
		valid = N - n < width ? N - n : width;
		for (size_t b = 0; b < G; b++)
			for (size_t u = 0; u < H; u++)
				memcpy(panel + (b * P + u) * width,
					   weights + (gate_of_block[b] * H + u) * ld + first + n,
					   valid * sizeof(lf_real));
		panel += G * P * width;
	}
}

/* The gate row of biases: a block that both weights meet has the sum of both. */
static void
pack_bias(const lf_stack *stack, lf_packed_cell *cell, const lf_cell_weights *weights)
{
	const lf_cell_traits *traits = lf_cell_get_traits(stack->shape.kind);
	const size_t H = stack->shape.hidden;
	const size_t P = stack->stride;
	const int first_input = traits->blocks - traits->gates;

	memset(cell->bias, 0, traits->blocks * P * sizeof(lf_real));
	for (int g = 0; g < traits->gates; g++)
	{
		lf_real *input = cell->bias + (first_input + g) * P;
		lf_real *recurrent = cell->bias + g * P;

		for (size_t u = 0; u < H; u++)
			input[u] += weights->b_ih[traits->input_gate[g] * H + u];
		for (size_t u = 0; u < H; u++)
			recurrent[u] += weights->b_hh[traits->recurrent_gate[g] * H + u];
	}
}

void
lf_stack_pack_cell(lf_stack *stack, int cell, const lf_cell_weights *weights)
{
	const lf_cell_traits *traits = lf_cell_get_traits(stack->shape.kind);
	lf_packed_cell *packed = &stack->cells[cell];
	const size_t H = stack->shape.hidden;
	const size_t size = packed->segment_size;

	pack_forward(stack, packed, weights);
	pack_bias(stack, packed, weights);
	if (packed->backward == NULL)
		return;
	pack_backward(stack, packed->backward, weights->w_hh, H, 0, H, traits->recurrent_gate);
	for (int s = 0; s < packed->segments; s++)
		pack_backward(stack, packed->input_backward[s], weights->w_ih, packed->segments * size,
					  s * size, size, traits->input_gate);
}

void
lf_stack_pack(lf_stack *stack, const lf_cell_weights *weights)
{
	for (int c = 0; c < lf_stack_cells(stack); c++)
		lf_stack_pack_cell(stack, c, &weights[c]);
}

void
lf_tape_states(const lf_tape *tape, lf_state_span span, lf_states *states)
{
	const lf_stack *stack = tape->stack;

	memset(states, 0, sizeof(*states));
	states->rows = span == LF_STATES_ALL ? tape->steps * tape->rows : tape->rows;
	for (int c = 0; c < lf_stack_cells(stack); c++)
	{
		const lf_cell_tape *cell = &tape->cells[c];
		const bool reverse = lf_cell_is_reverse(stack, c);
		int64_t block;

		if (span == LF_STATES_ALL)
			block = lf_block_after(reverse, 0);
		else
			block = reverse ? 0 : tape->steps;
		states->h[c] = lf_block(cell->h, tape, stack->stride, block);
		if (cell->c != NULL)
			states->c[c] = lf_block(cell->c, tape, stack->stride, block);
	}
}

void
lf_stack_zero_cell_gradients(lf_stack *stack, int cell)
{
	const lf_cell_traits *traits = lf_cell_get_traits(stack->shape.kind);
	const size_t columns = traits->gates * stack->stride;
	lf_packed_cell *packed = &stack->cells[cell];
	const size_t D = packed->segments * packed->segment_size;

	memset(packed->w_ih_accumulator, 0, D * columns * sizeof(lf_real));
	memset(packed->w_hh_accumulator, 0, stack->shape.hidden * columns * sizeof(lf_real));
	memset(packed->bias_accumulator, 0, traits->blocks * stack->stride * sizeof(lf_real));
}

void
lf_stack_zero_gradients(lf_stack *stack)
{
	for (int c = 0; c < lf_stack_cells(stack); c++)
		lf_stack_zero_cell_gradients(stack, c);
}

/* gradient (G * H, count) += the accumulator (count, G * P), transposed, its blocks put in order.
 */
static void
add_transposed(const lf_stack *stack, const lf_real *accumulator, size_t count,
			   const int *gate_of_block, lf_real *gradient)
{
	const size_t G = lf_cell_get_traits(stack->shape.kind)->gates;
	const size_t H = stack->shape.hidden;
	const size_t P = stack->stride;

	for (size_t b = 0; b < G; b++)
		for (size_t u0 = 0; u0 < H; u0 += EDGE)
			for (size_t k0 = 0; k0 < count; k0 += EDGE)
				for (size_t u = u0; u < u0 + EDGE && u < H; u++)
				{
					const lf_real *in = accumulator + b * P + u;
					lf_real *out = gradient + (gate_of_block[b] * H + u) * count;

					for (size_t k = k0; k < k0 + EDGE && k < count; k++)
						out[k] += in[k * G * P];
				}
}

void
lf_stack_add_cell_gradients(const lf_stack *stack, int cell, const lf_cell_gradients *gradients)
{
	const lf_cell_traits *traits = lf_cell_get_traits(stack->shape.kind);
	const lf_packed_cell *packed = &stack->cells[cell];
	const size_t H = stack->shape.hidden;
	const size_t P = stack->stride;
	const int first_input = traits->blocks - traits->gates;

	add_transposed(stack, packed->w_ih_accumulator, packed->segments * packed->segment_size,
				   traits->input_gate, gradients->w_ih);
	add_transposed(stack, packed->w_hh_accumulator, H, traits->recurrent_gate, gradients->w_hh);
	for (int g = 0; g < traits->gates; g++)
	{
		const lf_real *input = packed->bias_accumulator + (first_input + g) * P;
		const lf_real *recurrent = packed->bias_accumulator + g * P;

		for (size_t u = 0; u < H; u++)
			gradients->b_ih[traits->input_gate[g] * H + u] += input[u];
		for (size_t u = 0; u < H; u++)
			gradients->b_hh[traits->recurrent_gate[g] * H + u] += recurrent[u];
	}
}

void
lf_stack_add_gradients(const lf_stack *stack, const lf_cell_gradients *gradients)
{
	for (int c = 0; c < lf_stack_cells(stack); c++)
		lf_stack_add_cell_gradients(stack, c, &gradients[c]);
}

double
lf_stack_flops(const lf_stack_shape *shape, int T)
{
	const double G = lf_cell_get_traits(shape->kind)->gates;
	const double H = shape->hidden;
	double weights = 0;

	for (int layer = 0; layer < shape->layers; layer++)
	{
		const double D = layer == 0 ? shape->inputs : shape->directions * H;

		weights += shape->directions * G * H * (D + H);
	}
	/* A multiplication and an addition a weight: forward, data gradient, weight gradient. */
	return 6 * weights * T;
}
