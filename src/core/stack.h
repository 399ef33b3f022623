/*
 * stack.h
 *	  A stack of recurrent layers: forward and backward through time.
 *
 * An lf_stack holds one set of weights, packed for the kernels. An lf_tape
 * remembers one run of it (T steps, B rows) for the backward pass; a stack can
 * have several tapes, as the encoder and the parallel decoder share weights.
 *
 * Equations, gate order and the two bias vectors are those of torch.nn.LSTM,
 * GRU and RNN (tanh).
 */
#ifndef LF_STACK_H
#define LF_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "interrupt.h"
#include "kernels.h"
#include "random.h"
#include "real.h"
#include "status.h"

/* A cell is one layer in one direction; cells are numbered layer * directions + direction. */
typedef struct lf_stack_shape
{
	lf_cell_kind kind;
	int inputs; /* D of the first layer; further layers read directions * hidden */
	int hidden; /* H */
	int layers;
	int directions; /* 1, or 2 for bidirectional */
	double dropout; /* on the output of every layer but the last, while training */
} lf_stack_shape;

/* One cell's parameters in PyTorch's layout, G = 4, 3 or 1 gates: w_ih (G*H, D), w_hh (G*H, H),
 * biases (G*H). */
typedef struct lf_cell_weights
{
	const lf_real *w_ih, *w_hh, *b_ih, *b_hh;
} lf_cell_weights;

typedef struct lf_cell_gradients
{
	lf_real *w_ih, *w_hh, *b_ih, *b_hh;
} lf_cell_gradients;

/*
 * States (or gradients of states) of every cell: h[cell], c[cell] point to rows
 * of lf_stack_stride(stack) reals, of which the first H are the state and the
 * rest is zero. c is NULL unless the cell is an LSTM.
 */
typedef struct lf_states
{
	int64_t rows;
	lf_real *h[LF_MAX_CELLS];
	lf_real *c[LF_MAX_CELLS];
} lf_states;

/* Private to stack*.c: one cell's packed weights and gradient accumulators. */
typedef struct lf_packed_cell
{
	int segments;        /* its inputs come in so many pieces: the directions of the layer below */
	size_t segment_size; /* values in each */
	lf_real *forward;    /* (D + H, columns): W_ih, W_hh in the order the forward tile reads */
	lf_real *bias;       /* one gate row */
	/* of a stack for training, else NULL */
	lf_real *backward;          /* (G * P, P): W_hh for the gradient of the states */
	lf_real *input_backward[2]; /* (G * P, segment_size): W_ih for the gradient of each segment */
	lf_real *w_ih_accumulator;  /* (D, G * P), transposed and padded */
	lf_real *w_hh_accumulator;  /* (H, G * P) */
	lf_real *bias_accumulator;  /* one gate row */
} lf_packed_cell;

typedef struct lf_stack
{
	lf_stack_shape shape;
	const lf_kernels *kernels;
	size_t stride;      /* P, the padded hidden size: reals from one state row to the next */
	size_t gate_stride; /* reals from one gate row to the next */
	lf_packed_cell cells[LF_MAX_CELLS];
} lf_stack;

/*
 * Private to stack*.c: one cell's activations, for every step, in the order of
 * the input's steps. A forward cell starts in block 0 of h and leaves step t's
 * state in block t + 1; a reverse cell starts in block T and leaves it in block
 * t. So any run of steps is contiguous in all arrays, whatever the direction.
 */
typedef struct lf_cell_tape
{
	lf_real *h;       /* (T + 1, B, P) */
	lf_real *c;       /* (T + 1, B, P), LSTM */
	lf_real *gates;   /* (T, B, gate_stride): activations, after backward their derivatives */
	lf_real *dropped; /* (T, B, P): what the layer above reads instead of h, with dropout */
	uint8_t *kept;    /* (T, B, H): 1 where dropout kept the output */
} lf_cell_tape;

typedef struct lf_tape
{
	const lf_stack *stack; /* the layout it was made for */
	int max_steps;
	int64_t max_rows;
	int steps; /* of the last forward run */
	int64_t rows;
	bool dropped; /* the last forward run had dropout */
	lf_cell_tape cells[LF_MAX_CELLS];
	/* scratch of the backward pass */
	lf_real *d_h;         /* (B, P): gradient of the running state */
	lf_real *d_c;         /* (B, P), LSTM */
	lf_real *d_output[2]; /* (T, B, P): gradient of a layer's outputs, by direction */
} lf_tape;

/* Which states of a run count: those after the last step, or those after every step. */
typedef enum lf_state_span
{
	LF_STATES_FINAL, /* B rows; a reverse cell's final state is the one after reading step 0 */
	LF_STATES_ALL    /* T * B rows, in the order of the input's steps */
} lf_state_span;

/*
 * Carve the stack's (the tape's) memory from the arena; also with a measuring
 * arena, which only counts. The shape is copied; the tape keeps a pointer to
 * the stack, which must outlive it. A run may have up to max_rows rows, and as many steps times
 * rows as max_steps * max_rows: more steps of fewer rows. A stack or tape for inference (training
 * false) keeps no more than forward needs, and cannot go backward.
 */
extern void lf_stack_layout(lf_stack *stack, const lf_stack_shape *shape, const lf_kernels *kernels,
							bool training, lf_arena *arena);
extern void lf_tape_layout(lf_tape *tape, const lf_stack *stack, int max_steps, int64_t max_rows,
						   bool training, lf_arena *arena);

/* Pack the weights of every cell (an array by cell number); call after each change of them. */
extern void lf_stack_pack(lf_stack *stack, const lf_cell_weights *weights);

/* The same for one cell: a piece of that work, at most some 20 ms at the largest sizes. */
extern void lf_stack_pack_cell(lf_stack *stack, int cell, const lf_cell_weights *weights);

/*
 * What a stack reads. Rows of unlike length lie by length, the longest first, and active says how
 * many there still are at a step, as batch_sizes does of PyTorch's packed sequences. A row's states
 * are held over steps that it does not have, so that forward cells end at its own last step and
 * reverse ones begin there; what x has at such steps is not read, but must be finite.
 */
typedef struct lf_stack_input
{
	const lf_real *x;      /* (T, B, D) */
	size_t stride;         /* reals from row to row, >= D */
	int steps;             /* T */
	int64_t rows;          /* B */
	const int64_t *active; /* (T), never rising, 1 .. B: rows that have the step; NULL: all have */
} lf_stack_input;

/*
 * Run over the input from the initial states (NULL, or NULL for one cell: zero).
 * dropout_random NULL means no dropout (evaluation). Only LF_INTERRUPTED can come
 * back instead of LF_OK; dropout_random is then as it was, and the same call again
 * gives the same bits.
 */
extern lf_status lf_stack_forward(const lf_stack *stack, lf_tape *tape, const lf_stack_input *input,
								  const lf_states *initial, lf_random *dropout_random,
								  lf_interrupt interrupt);

/* The states of the last forward run, as pointers into the tape (valid until its next run). */
extern void lf_tape_states(const lf_tape *tape, lf_state_span span, lf_states *states);

/* The loss's gradient with respect to what came out of a run, and to what went into it. */
typedef struct lf_stack_gradient
{
	lf_state_span span;
	lf_states *d_states;  /* given, of the states of the span (NULL for one cell's h or c: zero);
						   * destroyed on the way */
	lf_real *d_x;         /* (T, B, D), without a stride: overwritten; NULL: not wanted */
	lf_states *d_initial; /* likewise */
	lf_states *d_after;   /* of h after every step, (T * B, P) in the order of the input's steps, by
						   * all that comes of it later and above: likewise; may be d_states where
						   * the span is all steps. Of c: by what comes of it but through that h */
} lf_stack_gradient;

/*
 * Backward through the last forward run, of this input, once: it consumes the
 * tape's gates. Weight gradients are added to the stack's accumulators. After
 * LF_INTERRUPTED the accumulators are of no use: zero them and begin again with
 * the forward run.
 */
extern lf_status lf_stack_backward(lf_stack *stack, lf_tape *tape, const lf_stack_input *input,
								   const lf_stack_gradient *gradient, lf_interrupt interrupt);

/*
 * Zero the accumulators; add them, unpacked, to gradients in PyTorch's layout (array by
 * cell). Of one cell it is a piece of that work, as with lf_stack_pack_cell.
 */
extern void lf_stack_zero_gradients(lf_stack *stack);
extern void lf_stack_zero_cell_gradients(lf_stack *stack, int cell);
extern void lf_stack_add_gradients(const lf_stack *stack, const lf_cell_gradients *gradients);
extern void lf_stack_add_cell_gradients(const lf_stack *stack, int cell,
										const lf_cell_gradients *gradients);

/* Floating-point operations of one row through T steps, forward and backward, for sizing work. */
extern double lf_stack_flops(const lf_stack_shape *shape, int T);

#endif
