/*
 * stack_fixture.h
 *	  A recurrent stack with everything around it, for the tests of src/core/stack*.c.
 *
 * Its weights, inputs and loss coefficients are the numbers n(1), n(2), ... of a
 * formula, the same as in test/golden/make_golden.py. The loss is the sum of
 * coefficient * state over the states of the span.
 */
#ifndef STACK_FIXTURE_H
#define STACK_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "core/cell.h"
#include "core/stack.h"

/* The tables of kernels there may be, and the kinds of cells. */
static const char *const table_name[] = {"plain", "avx2", "avx512"};
static const char *const kind_name[] = {"lstm", "gru", "rnn"};

typedef struct fixture
{
	lf_stack_shape shape;
	const lf_kernels *kernels;
	int T;
	int64_t B;
	lf_state_span span;
	bool use_initial;
	int cells;
	int64_t rows; /* of the span */
	void *block;
	lf_stack stack;
	lf_tape tape;
	const int64_t *active; /* rows that have each step; NULL: all of them */
	size_t x_stride;
	lf_real *x;         /* (T, B, x_stride) */
	size_t parameters;  /* in all cells */
	lf_real *parameter; /* cell by cell w_ih, w_hh, b_ih, b_hh */
	lf_real *gradient;  /* the same */
	lf_real *d_x;       /* (T, B, D) */
	lf_states initial;  /* (B, P) a cell */
	lf_states d_initial;
	lf_states coefficient; /* (rows, P) a cell */
	lf_states d_states;
} fixture;

static uint32_t fixture_counter;

/* The next number of the formula: uniform in scale * [-1/2, 1/2), exact in float. */
static inline lf_real
next_number(lf_real scale)
{
	const uint32_t bits = (++fixture_counter * UINT32_C(2654435761)) >> 8;

	return ((lf_real) bits / 16777216 - (lf_real) 0.5) * scale;
}

static inline size_t
fixture_inputs(const fixture *f, int cell)
{
	return cell < f->shape.directions ? f->shape.inputs : f->shape.directions * f->shape.hidden;
}

/* Parameters of all cells before this one. */
static inline size_t
fixture_offset(const fixture *f, int cell)
{
	const size_t rows = (size_t) lf_cell_get_traits(f->shape.kind)->gates * f->shape.hidden;
	size_t offset = 0;

	for (int c = 0; c < cell; c++)
		offset += rows * (fixture_inputs(f, c) + f->shape.hidden + 2);
	return offset;
}

/* Where a cell's w_ih, w_hh, b_ih, b_hh lie in a flat array of all parameters. */
static inline void
fixture_tensors(const fixture *f, int cell, lf_real *flat, lf_real *tensor[4], size_t count[4])
{
	const size_t rows = (size_t) lf_cell_get_traits(f->shape.kind)->gates * f->shape.hidden;

	flat += fixture_offset(f, cell);
	count[0] = rows * fixture_inputs(f, cell);
	count[1] = rows * f->shape.hidden;
	count[2] = rows;
	count[3] = rows;
	for (int i = 0; i < 4; flat += count[i++])
		tensor[i] = flat;
}

static inline void
fixture_take_states(fixture *f, lf_states *states, int64_t rows, lf_arena *arena)
{
	memset(states, 0, sizeof(*states));
	states->rows = rows;
	for (int c = 0; c < f->cells; c++)
	{
		states->h[c] = lf_arena_take(arena, rows * f->stack.stride, sizeof(lf_real));
		if (f->shape.kind == LF_CELL_LSTM)
			states->c[c] = lf_arena_take(arena, rows * f->stack.stride, sizeof(lf_real));
	}
}

static inline void
fixture_layout(fixture *f, bool training, lf_arena *arena)
{
	lf_stack_layout(&f->stack, &f->shape, f->kernels, training, arena);
	lf_tape_layout(&f->tape, &f->stack, f->T, f->B, training, arena);
	f->x = lf_arena_take(arena, f->T * f->B * f->x_stride, sizeof(lf_real));
	f->d_x = lf_arena_take(arena, f->T * f->B * f->shape.inputs, sizeof(lf_real));
	f->parameter = lf_arena_take(arena, f->parameters, sizeof(lf_real));
	f->gradient = lf_arena_take(arena, f->parameters, sizeof(lf_real));
	fixture_take_states(f, &f->initial, f->B, arena);
	fixture_take_states(f, &f->d_initial, f->B, arena);
	fixture_take_states(f, &f->coefficient, f->rows, arena);
	fixture_take_states(f, &f->d_states, f->rows, arena);
}

/* Layout and memory; everything is zero. x rows are padded by x_padding reals. */
static inline void
fixture_create(fixture *f, const lf_kernels *kernels, lf_stack_shape shape, int T, int64_t B,
			   lf_state_span span, bool use_initial, bool training, size_t x_padding)
{
	lf_arena arena = lf_arena_measure();

	memset(f, 0, sizeof(*f));
	f->shape = shape;
	f->kernels = kernels;
	f->T = T;
	f->B = B;
	f->span = span;
	f->use_initial = use_initial;
	f->cells = shape.layers * shape.directions;
	f->rows = span == LF_STATES_ALL ? T * B : B;
	f->x_stride = shape.inputs + x_padding;
	f->parameters = fixture_offset(f, f->cells);

	fixture_layout(f, training, &arena);
	f->block = malloc(lf_arena_bytes(&arena));
	arena = lf_arena_over(f->block, lf_arena_bytes(&arena));
	fixture_layout(f, training, &arena);
	if (arena.overflow)
	{
		printf("Bail out! the measured arena is too small\n");
		exit(2);
	}
}

static inline void
fixture_free(fixture *f)
{
	free(f->block);
}

/* Numbers into the units that exist, row by row; padding stays zero. */
static inline void
fixture_fill_rows(const fixture *f, lf_real *rows, int64_t count, lf_real scale)
{
	for (int64_t row = 0; row < count; row++)
		for (int u = 0; u < f->shape.hidden; u++)
			rows[row * f->stack.stride + u] = next_number(scale);
}

static inline void
fixture_fill_states(const fixture *f, const lf_states *states, lf_real scale)
{
	for (int c = 0; c < f->cells; c++)
		fixture_fill_rows(f, states->h[c], states->rows, scale);
	for (int c = 0; c < f->cells && f->shape.kind == LF_CELL_LSTM; c++)
		fixture_fill_rows(f, states->c[c], states->rows, scale);
}

/* Weights, x and initial states from the formula, as make_golden.py draws them. */
static inline void
fixture_fill(fixture *f)
{
	fixture_counter = 0;
	for (size_t i = 0; i < f->parameters; i++)
		f->parameter[i] = next_number((lf_real) 0.5);
	for (int64_t row = 0; row < f->T * f->B; row++)
		for (int d = 0; d < f->shape.inputs; d++)
			f->x[row * f->x_stride + d] = next_number(2);
	if (f->use_initial)
		fixture_fill_states(f, &f->initial, 1);
}

static inline void
fixture_pack(fixture *f)
{
	lf_cell_weights weights[LF_MAX_CELLS];

	for (int c = 0; c < f->cells; c++)
	{
		lf_real *tensor[4];
		size_t count[4];

		fixture_tensors(f, c, f->parameter, tensor, count);
		weights[c] = (lf_cell_weights){tensor[0], tensor[1], tensor[2], tensor[3]};
	}
	lf_stack_pack(&f->stack, weights);
}

static inline lf_stack_input
fixture_input(const fixture *f)
{
	return (lf_stack_input){
		.x = f->x, .stride = f->x_stride, .steps = f->T, .rows = f->B, .active = f->active};
}

static inline lf_status
fixture_forward(fixture *f, lf_random *dropout, lf_interrupt interrupt)
{
	const lf_stack_input input = fixture_input(f);

	return lf_stack_forward(&f->stack, &f->tape, &input, f->use_initial ? &f->initial : NULL,
							dropout, interrupt);
}

/* The coefficients of make_golden.py's loss, as gradients of the states. */
static inline void
fixture_golden_coefficients(fixture *f)
{
	const size_t P = f->stack.stride;
	const int H = f->shape.hidden;
	const int directions = f->shape.directions;

	for (int is_c = 0; is_c < 1 + (f->shape.kind == LF_CELL_LSTM); is_c++)
		for (int c = 0; c < f->cells; c++)
		{
			const bool reverse = directions == 2 && c % 2 == 1;
			const int64_t row = f->span == LF_STATES_ALL && !reverse ? (f->T - 1) * f->B : 0;
			lf_real *states = is_c ? f->coefficient.c[c] : f->coefficient.h[c];

			fixture_fill_rows(f, states + row * P, f->B, 1);
		}
	for (int64_t row = 0; f->span == LF_STATES_ALL && row < f->T * f->B; row++)
		for (int d = 0; d < directions; d++)
			for (int u = 0; u < H; u++)
				f->coefficient.h[f->cells - directions + d][row * P + u] += next_number(1);
}

/* Gradients of the loss: weights into f->gradient (overwritten), d_x and d_initial. */
static inline lf_status
fixture_backward(fixture *f, lf_interrupt interrupt)
{
	lf_cell_gradients gradients[LF_MAX_CELLS];
	const lf_stack_input input = fixture_input(f);
	const size_t bytes = f->rows * f->stack.stride * sizeof(lf_real);
	lf_status status;

	for (int c = 0; c < f->cells; c++)
	{
		lf_real *tensor[4];
		size_t count[4];

		memcpy(f->d_states.h[c], f->coefficient.h[c], bytes);
		if (f->shape.kind == LF_CELL_LSTM)
			memcpy(f->d_states.c[c], f->coefficient.c[c], bytes);
		fixture_tensors(f, c, f->gradient, tensor, count);
		gradients[c] = (lf_cell_gradients){tensor[0], tensor[1], tensor[2], tensor[3]};
	}
	lf_stack_zero_gradients(&f->stack);
	status = lf_stack_backward(
		&f->stack, &f->tape, &input,
		&(lf_stack_gradient){
			.span = f->span, .d_states = &f->d_states, .d_x = f->d_x, .d_initial = &f->d_initial},
		interrupt);
	memset(f->gradient, 0, f->parameters * sizeof(lf_real));
	lf_stack_add_gradients(&f->stack, gradients);
	return status;
}

/* The loss of the last forward run. */
static inline double
fixture_loss(const fixture *f)
{
	lf_states states;
	double loss = 0;

	lf_tape_states(&f->tape, f->span, &states);
	for (int c = 0; c < f->cells; c++)
		for (size_t i = 0; i < f->rows * f->stack.stride; i++)
		{
			loss += (double) f->coefficient.h[c][i] * states.h[c][i];
			if (f->shape.kind == LF_CELL_LSTM)
				loss += (double) f->coefficient.c[c][i] * states.c[c][i];
		}
	return loss;
}

#endif
