/*
 * stack_backward.c
 *	  Recurrent layers, backward through time.
 *
 * One cell at a time, from the last step to the first: the gradient of the
 * state after a step gives that of the gates, and the gates' gives that of the
 * state before. Weight gradients follow in runs of steps, while their gates and
 * states are still in the cache, and so does the gradient of the stack's inputs.
 * When both directions of a further layer are done, the kept gate gradients give
 * that of the layer's inputs. The equations are in cell_lstm.c, cell_gru.c, cell_rnn.c.
 */
#include <string.h>

#include "stack.h"
#include "stack_private.h"

/* Rows of gates in one run of the weight gradient: they should stay in the second-level cache. */
#define RUN_ROWS 256

/* One cell's pass: what stays the same from step to step. */
typedef struct cell_pass
{
	const lf_stack *stack;
	const lf_tape *tape;
	const lf_cell_traits *traits;
	const lf_packed_cell *packed;
	const lf_cell_tape *cell;
	int layer;
	bool reverse;
	size_t columns; /* G * P: gate gradients that meet one of the weights */
	const lf_stack_input *input;
	lf_real *d_x; /* (T, B, D); NULL where it is not wanted, or in layers above the first */
	lf_interrupt interrupt;
} cell_pass;

static void
add_reals(lf_real *restrict sum, const lf_real *restrict other, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] += other[i];
}

/* The first of the gate blocks that the input weights meet. */
static const lf_real *
input_gates(const cell_pass *pass, int64_t t)
{
	return lf_block(pass->cell->gates, pass->tape, pass->stack->gate_stride, t) +
		   (pass->traits->blocks - pass->traits->gates) * pass->stack->stride;
}

/* accumulator (N, G * P) += transposed rows (K, N) * gates (K, G * P), in interruptible pieces. */
static lf_status
accumulate_weights(const cell_pass *pass, const lf_real *rows, size_t stride, size_t N,
				   const lf_real *gates, int64_t K, lf_real *accumulator)
{
	const lf_kernels *kernels = pass->stack->kernels;
	const size_t gate_stride = pass->stack->gate_stride;

	for (int64_t k = 0; k < K; k += RUN_ROWS)
	{
		const int64_t run = K - k < RUN_ROWS ? K - k : RUN_ROWS;
		const size_t piece = lf_piece(kernels, 2.0 * run * pass->columns, N);

		for (size_t n = 0; n < N; n += piece)
		{
			if (lf_interrupted(pass->interrupt))
				return LF_INTERRUPTED;
			kernels->product->accumulate(rows + k * stride + n, stride,
										 piece < N - n ? piece : N - n, gates + k * gate_stride,
										 gate_stride, pass->columns, run,
										 accumulator + n * pass->columns, pass->columns);
		}
	}
	return LF_OK;
}

/* The weight gradients of steps [t, t + steps). */
static lf_status
accumulate_steps(const cell_pass *pass, int64_t t, int64_t steps)
{
	const lf_stack *stack = pass->stack;
	const lf_tape *tape = pass->tape;
	const size_t P = stack->stride;
	const int64_t before = lf_block_before(pass->reverse, t);
	const int64_t K = steps * tape->rows;
	lf_status status;

	status =
		accumulate_weights(pass, lf_block(pass->cell->h, tape, P, before), P, stack->shape.hidden,
						   lf_block(pass->cell->gates, tape, stack->gate_stride, t), K,
						   pass->packed->w_hh_accumulator);
	for (int s = 0; s < pass->packed->segments && status == LF_OK; s++)
	{
		const lf_step_input input = lf_layer_input(stack, tape, pass->layer, s, t, pass->input);

		status = accumulate_weights(
			pass, input.rows, input.stride, input.count, input_gates(pass, t), K,
			pass->packed->w_ih_accumulator + s * pass->packed->segment_size * pass->columns);
	}
	return status;
}

/*
 * Of steps [t, t + steps), d_input (T * B, N) = or, with add, += the pass's gate
 * gradients * W_ih's segment; N is the segment's size, or that padded.
 */
static lf_status
multiply_inputs(const cell_pass *pass, int64_t t, int64_t steps, int segment, bool add,
				lf_real *d_input, size_t N)
{
	const lf_stack *stack = pass->stack;
	const int64_t M = steps * pass->tape->rows;
	const lf_real *gates = input_gates(pass, t);
	const int64_t piece = lf_piece(stack->kernels, 2.0 * pass->columns * N, M);

	d_input += t * pass->tape->rows * N;
	for (int64_t row = 0; row < M; row += piece)
	{
		if (lf_interrupted(pass->interrupt))
			return LF_INTERRUPTED;
		stack->kernels->product->multiply(gates + row * stack->gate_stride, stack->gate_stride,
										  piece < M - row ? piece : M - row, pass->columns,
										  pass->packed->input_backward[segment], N, add,
										  d_input + row * N, N, NULL);
	}
	return LF_OK;
}

/* What the gate gradients of steps [t, t + steps) give, while they are in the cache. */
static lf_status
finish_steps(const cell_pass *pass, int64_t t, int64_t steps)
{
	const size_t D = pass->stack->shape.inputs;
	lf_status status = accumulate_steps(pass, t, steps);

	if (status == LF_OK && pass->d_x != NULL)
		status = multiply_inputs(pass, t, steps, 0, pass->reverse, pass->d_x, D);
	return status;
}

/* The gates, from `row` on, of the step that the pass comes to after step t; NULL after the last.
 */
static const lf_real *
next_gates(const cell_pass *pass, int64_t t, int64_t row)
{
	const size_t gate_stride = pass->stack->gate_stride;
	const int64_t next = pass->reverse ? t + 1 : t - 1;

	if (next < 0 || next >= pass->tape->steps)
		return NULL;
	return lf_block(pass->cell->gates, pass->tape, gate_stride, next) + row * gate_stride;
}

/* What held its states has no gates: their gradient is zero, that of the states stays. */
static void
clear_held(const cell_pass *pass, int64_t t, int64_t active)
{
	lf_real *gates = lf_block(pass->cell->gates, pass->tape, pass->stack->gate_stride, t);
	const size_t gate_stride = pass->stack->gate_stride;

	memset(gates + active * gate_stride, 0,
		   (pass->tape->rows - active) * gate_stride * sizeof(lf_real));
}

/*
 * Step t: tape->d_h and d_c go from the gradient of the states after the step to
 * that of the states before; d_h only where that is needed.
 */
static lf_status
step_back(const cell_pass *pass, int64_t t, bool need_previous)
{
	const lf_stack *stack = pass->stack;
	const lf_tape *tape = pass->tape;
	const lf_cell_tape *cell = pass->cell;
	const size_t P = stack->stride;
	const int64_t piece = lf_piece(stack->kernels, 2.0 * pass->columns * P, tape->rows);
	const int64_t before = lf_block_before(pass->reverse, t) * tape->rows;
	const int64_t after = lf_block_after(pass->reverse, t) * tape->rows;
	const int64_t active = lf_active_rows(pass->input, t);

	clear_held(pass, t, active);
	for (int64_t row = 0; row < active; row += piece)
	{
		const int64_t rows = piece < active - row ? piece : active - row;
		lf_backward_step step = {
			.rows = rows,
			.padded = P,
			.gate_stride = stack->gate_stride,
			.gates = cell->gates + (t * tape->rows + row) * stack->gate_stride,
			.h = cell->h + (after + row) * P,
			.h_previous = cell->h + (before + row) * P,
			.c_previous = cell->c != NULL ? cell->c + (before + row) * P : NULL,
			.d_h = tape->d_h + row * P,
			.d_c = cell->c != NULL ? tape->d_c + row * P : NULL,
			.d_bias = pass->packed->bias_accumulator,
		};

		if (lf_interrupted(pass->interrupt))
			return LF_INTERRUPTED;
		stack->kernels->cell[stack->shape.kind]->backward(&step);
		if (need_previous)
			stack->kernels->product->multiply(
				step.gates, stack->gate_stride, rows, pass->columns, pass->packed->backward, P,
				pass->traits->state_bypasses, step.d_h, P, next_gates(pass, t, row));
	}
	return LF_OK;
}

/* Set (or, with block, add block t of) a gradient given by the caller or by the layer above. */
static void
add_given(const cell_pass *pass, lf_real *running, const lf_real *given, int64_t t)
{
	const size_t count = pass->tape->rows * pass->stack->stride;

	if (given != NULL)
		add_reals(running, given + t * count, count);
}

/* The time loop: one cell from its last step to its first. */
static lf_status
run_cell_back(const cell_pass *pass, int c, const lf_stack_gradient *gradient)
{
	const lf_states *d_states = gradient->d_states;
	const lf_states *d_initial = gradient->d_initial;
	const lf_stack *stack = pass->stack;
	const lf_tape *tape = pass->tape;
	const size_t count = tape->rows * stack->stride;
	const bool has_c = pass->traits->has_c;
	const int64_t T = tape->steps;
	const lf_real *d_output = NULL;
	int64_t run_steps = RUN_ROWS / tape->rows;
	int64_t pending = 0;

	if (c + stack->shape.directions < lf_stack_cells(stack))
		d_output = tape->d_output[c % stack->shape.directions];
	if (run_steps < 1)
		run_steps = 1;

	memset(tape->d_h, 0, count * sizeof(lf_real));
	if (has_c)
		memset(tape->d_c, 0, count * sizeof(lf_real));
	if (gradient->span == LF_STATES_FINAL)
	{
		add_given(pass, tape->d_h, d_states->h[c], 0);
		if (has_c)
			add_given(pass, tape->d_c, d_states->c[c], 0);
	}

	for (int64_t s = T - 1; s >= 0; s--)
	{
		const int64_t t = pass->reverse ? T - 1 - s : s;
		lf_status status;

		if (gradient->span == LF_STATES_ALL)
		{
			add_given(pass, tape->d_h, d_states->h[c], t);
			if (has_c)
				add_given(pass, tape->d_c, d_states->c[c], t);
		}
		add_given(pass, tape->d_h, d_output, t);
		if (gradient->d_after != NULL && gradient->d_after->h[c] != NULL)
			memcpy(gradient->d_after->h[c] + t * count, tape->d_h, count * sizeof(lf_real));
		if (gradient->d_after != NULL && gradient->d_after->c[c] != NULL)
			memcpy(gradient->d_after->c[c] + t * count, tape->d_c, count * sizeof(lf_real));
		status = step_back(pass, t, s > 0 || d_initial != NULL);
		if (status == LF_OK && (++pending == run_steps || s == 0))
		{
			status = finish_steps(pass, pass->reverse ? t - pending + 1 : t, pending);
			pending = 0;
		}
		if (status != LF_OK)
			return status;
	}
	if (d_initial != NULL)
	{
		if (d_initial->h[c] != NULL)
			memcpy(d_initial->h[c], tape->d_h, count * sizeof(lf_real));
		if (has_c && d_initial->c[c] != NULL)
			memcpy(d_initial->c[c], tape->d_c, count * sizeof(lf_real));
	}
	return LF_OK;
}

/* The gradient of what a dropped output was, in place. */
static lf_status
undrop_gradient(const cell_pass *pass, int below, lf_real *d_output)
{
	const lf_stack *stack = pass->stack;
	const lf_tape *tape = pass->tape;
	const size_t H = stack->shape.hidden;
	const lf_real scale = (lf_real) (1 / (1 - stack->shape.dropout));
	const uint8_t *kept = tape->cells[below].kept;

	for (int64_t t = 0; t < tape->steps; t++)
	{
		if (lf_interrupted(pass->interrupt))
			return LF_INTERRUPTED;
		for (int64_t row = 0; row < tape->rows; row++, kept += H, d_output += stack->stride)
			for (size_t u = 0; u < H; u++)
				d_output[u] = kept[u] ? d_output[u] * scale : 0;
	}
	return LF_OK;
}

/*
 * From the gate gradients of all directions of a layer to the gradient of what it
 * read from the layer below: when all is done, as it takes the place of the
 * gradient of this layer's outputs.
 */
static lf_status
layer_inputs_back(const cell_pass *passes)
{
	const lf_stack *stack = passes->stack;
	const lf_tape *tape = passes->tape;
	const int layer = passes->layer;
	const size_t P = stack->stride;
	lf_status status = LF_OK;

	for (int s = 0; s < stack->shape.directions && status == LF_OK; s++)
	{
		for (int d = 0; d < stack->shape.directions && status == LF_OK; d++)
			status = multiply_inputs(&passes[d], 0, tape->steps, s, d > 0, tape->d_output[s], P);
		if (status == LF_OK && tape->dropped)
			status = undrop_gradient(passes, (layer - 1) * stack->shape.directions + s,
									 tape->d_output[s]);
	}
	return status;
}

lf_status
lf_stack_backward(lf_stack *stack, lf_tape *tape, const lf_stack_input *input,
				  const lf_stack_gradient *gradient, lf_interrupt interrupt)
{
	const lf_cell_traits *traits = lf_cell_get_traits(stack->shape.kind);
	const int directions = stack->shape.directions;

	for (int layer = stack->shape.layers - 1; layer >= 0; layer--)
	{
		cell_pass passes[2];
		lf_status status = LF_OK;

		for (int d = 0; d < directions && status == LF_OK; d++)
		{
			const int c = layer * directions + d;

			passes[d] = (cell_pass){
				.stack = stack,
				.tape = tape,
				.traits = traits,
				.packed = &stack->cells[c],
				.cell = &tape->cells[c],
				.layer = layer,
				.reverse = lf_cell_is_reverse(stack, c),
				.columns = traits->gates * stack->stride,
				.input = input,
				.d_x = layer == 0 ? gradient->d_x : NULL,
				.interrupt = interrupt,
			};
			status = run_cell_back(&passes[d], c, gradient);
		}
		if (status == LF_OK && layer > 0)
			status = layer_inputs_back(passes);
		if (status != LF_OK)
			return status;
	}
	return LF_OK;
}
