/*
 * gates.h
 *	  What the gates of a network do while it reads a window: looking inside.
 *
 * The window is read as a forecast reads it, by the same kernels, and every activation is kept, in
 * the terms of cell_lstm.c, cell_gru.c and cell_rnn.c. Beside them stands how much the network's
 * answer goes by what each unit carries on to the next step: the gradient of the mean over its
 * forecast steps, in network units, by the cell of an LSTM, by the hidden value of others, through
 * all that comes of it later and in the layers above. Of a network with quantiles or a distribution
 * the answer is its location.
 */
#ifndef LF_GATES_H
#define LF_GATES_H

#include "arena.h"
#include "config.h"
#include "dataset.h"
#include "interrupt.h"
#include "network.h"
#include "scaling.h"
#include "stack.h"
#include "status.h"

/* What a cell has after a step, (H) each; NULL where its kind has no such thing. */
typedef struct lf_gate_values
{
	const lf_real *forget;    /* f, LSTM */
	const lf_real *input;     /* i, LSTM */
	const lf_real *candidate; /* LSTM g, GRU n */
	const lf_real *output;    /* o, LSTM */
	const lf_real *cell;      /* c, LSTM */
	const lf_real *reset;     /* r, GRU */
	const lf_real *update;    /* z, GRU: the share of the state before that stays */
	const lf_real *hidden;    /* h */
	const lf_real *d_hidden;  /* the answer's gradient by h */
	const lf_real *d_cell;    /* by c, but for what goes through this h; LSTM */
} lf_gate_values;

/* The answer's gradient by what a unit carries on: c of an LSTM, else h. */
extern double lf_gates_gradient(const lf_gate_values *values, int unit);

/* Take d_after, for so many rows of all steps, for a stack of these cells. */
extern void lf_gates_take_states(const lf_stack *stack, int64_t rows, lf_arena *arena,
								 lf_states *d_after);

/*
 * Those of a step (in the order of the input's steps, whatever the direction) and row of the last
 * forward run of a tape for training, before its gates are used up; d_after: as of
 * lf_stack_gradient. The pointers lie in the tape and in d_after.
 */
extern lf_gate_values lf_gates_of_tape(const lf_tape *tape, const lf_states *d_after, int cell,
									   int step, int64_t row);

typedef struct lf_gates lf_gates;

typedef struct lf_gates_spec
{
	lf_network_config network;
	lf_scaling_config scaling;
	const lf_real *parameters; /* the caller's, as long as it lives */
	const lf_kernels *kernels;
} lf_gates_spec;

/* Bytes that lf_gates_create will ask for; errors as lf_predictor_bytes. */
extern lf_status lf_gates_bytes(const lf_gates_spec *spec, size_t *bytes, lf_error *error);

/* Take one block of that size from the allocator; LF_ERROR_MEMORY where it gives none. */
extern lf_status lf_gates_create(const lf_gates_spec *spec, const lf_allocator *allocator,
								 lf_interrupt interrupt, lf_gates **gates, lf_error *error);

/*
 * Begin with a window of a dataset, with one scaler a series (all kept by pointer), then step until
 * LF_DONE, as with a predictor. What was read before is over.
 */
extern void lf_gates_begin(lf_gates *gates, const lf_dataset *dataset, const lf_scaler *scalers,
						   lf_window window);
extern lf_status lf_gates_step(lf_gates *gates, lf_error *error);

/*
 * At LF_DONE: the values of a cell, layer * directions + direction, after a step, 0 .. n - 1: the
 * network's input patches. Valid until the next begin.
 */
extern lf_gate_values lf_gates_at(const lf_gates *gates, int cell, int step);

extern void lf_gates_free(lf_gates *gates);

#endif
