/*
 * stack_private.h
 *	  What stack.c, stack_forward.c and stack_backward.c share.
 */
#ifndef LF_STACK_PRIVATE_H
#define LF_STACK_PRIVATE_H

#include "cell.h"
#include "stack.h"

/* Longest piece of work between two looks at the interrupt flag, by the kernels' own estimate. */
#define LF_PIECE_SECONDS 0.004

/*
 * How many of `total` items, each of so many floating-point operations, make a
 * piece: a multiple of every kernel's tile where there are enough.
 */
static inline int64_t
lf_piece(const lf_kernels *kernels, double flops_an_item, int64_t total)
{
	const double items = kernels->flops_per_second * LF_PIECE_SECONDS / flops_an_item;

	if (items >= (double) total)
		return total;
	if (items >= 12)
		return (int64_t) items / 12 * 12;
	return items > 1 ? (int64_t) items : 1;
}

static inline int
lf_stack_cells(const lf_stack *stack)
{
	return stack->shape.layers * stack->shape.directions;
}

static inline bool
lf_cell_is_reverse(const lf_stack *stack, int cell)
{
	return cell % stack->shape.directions == 1;
}

/* Rows that have step t. */
static inline int64_t
lf_active_rows(const lf_stack_input *input, int64_t t)
{
	return input->active != NULL ? input->active[t] : input->rows;
}

/* Block t of an array of (steps, B, stride). */
static inline lf_real *
lf_block(lf_real *array, const lf_tape *tape, size_t stride, int64_t t)
{
	return array + (size_t) t * tape->rows * stride;
}

/* The block of h and c that a cell had before step t, and the one that it left. */
static inline int64_t
lf_block_before(bool reverse, int64_t t)
{
	return reverse ? t + 1 : t;
}

static inline int64_t
lf_block_after(bool reverse, int64_t t)
{
	return reverse ? t : t + 1;
}

/* What segment `segment` of a layer's input is at step t: the stack's, or outputs of the layer
 * below. */
static inline lf_step_input
lf_layer_input(const lf_stack *stack, const lf_tape *tape, int layer, int segment, int64_t t,
			   const lf_stack_input *stack_input)
{
	lf_step_input input;

	if (layer == 0)
	{
		input.rows = stack_input->x + (size_t) t * tape->rows * stack_input->stride;
		input.stride = stack_input->stride;
		input.count = stack->shape.inputs;
	}
	else
	{
		const int below = (layer - 1) * stack->shape.directions + segment;
		const lf_cell_tape *cell = &tape->cells[below];
		const bool reverse = lf_cell_is_reverse(stack, below);

		input.rows = tape->dropped
						 ? lf_block(cell->dropped, tape, stack->stride, t)
						 : lf_block(cell->h, tape, stack->stride, lf_block_after(reverse, t));
		input.stride = stack->stride;
		input.count = stack->shape.hidden;
	}
	return input;
}

#endif
