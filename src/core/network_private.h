/*
 * network_private.h
 *	  What network*.c share among themselves.
 *
 * Letters as in config.h and network.h: R = S * B answers (row s * B + b), F
 * inputs of the head. A slice of an answer is columns first .. first + count - 1
 * of its H_out.
 */
#ifndef LF_NETWORK_PRIVATE_H
#define LF_NETWORK_PRIVATE_H

#include <stddef.h>

#include "network.h"
#include "stack_private.h"

/* One run of a network over one batch. */
typedef struct lf_network_run
{
	lf_network *network;
	const lf_batch *batch;
	lf_dense dense;    /* its weights, and their gradient; NULL: forward only */
	lf_real *output;   /* (O, S, B, H_out) */
	lf_states encoded; /* (R, P) a cell: the encoder's states at every answer */

	/* of a run with gradient */
	lf_random *random; /* for dropout; NULL for none */
	const lf_loss *loss_function;
	double scale;
	double loss;

	/* of a run whose outputs' gradient is given, in place of a loss */
	const lf_real *d_output; /* (O, S, B, H_out) */
	lf_states *d_after;      /* as of lf_stack_gradient, of the encoder */
} lf_network_run;

/* --- network_dense.c --- */

/*
 * The covariates of an output patch, from and to rows answers, beginning with
 * answer row: u (rows, outputs), and from d_u, which is used up, the weights'
 * gradient.
 */
extern lf_status lf_future_forward(const lf_network_run *run, int64_t row, int64_t rows, int patch,
								   lf_real *u);
extern lf_status lf_future_backward(const lf_network_run *run, int64_t row, int64_t rows, int patch,
									const lf_real *u, lf_real *d_u);

/* --- network_covariates.c --- */

/* Steps whose changed covariates are worked on at a time. */
#define LF_COVARIATE_STEPS 512

/*
 * output += what the change of the future covariates of each step adds, by weights that
 * all steps share; plane 0 only. Backward, when d_output is complete: adds the weights' gradient.
 */
extern lf_status lf_covariates_forward(const lf_network_run *run);
extern lf_status lf_covariates_backward(const lf_network_run *run);

/* --- network_dense.c again: what is added to the output --- */

/* output = base, plus the linear skip at the last answer; zero but for plane 0. */
extern lf_status lf_skip_forward(const lf_network_run *run);
extern lf_status lf_skip_backward(const lf_network_run *run);

/*
 * The head from and to rows answers, beginning with answer row, and the slice
 * of an output patch there, in every plane: output += head(x), x (rows, F); the
 * weights' gradient is added, d_x (rows, F) overwritten.
 */
extern lf_status lf_head_forward(const lf_network_run *run, const lf_real *x, int64_t row,
								 int64_t rows, int patch);
extern lf_status lf_head_backward(const lf_network_run *run, const lf_real *x, int64_t row,
								  int64_t rows, int patch, lf_real *d_x);

/* Columns of an answer that an output patch covers: the last patch may reach past the horizon. */
static inline int
lf_patch_columns(const lf_network *network, int patch)
{
	const int left = network->config.horizon - patch * network->head_outputs;

	return left < network->head_outputs ? left : network->head_outputs;
}

/* Reals of a plane of the output, S * B * H_out. */
static inline size_t
lf_plane_reals(const lf_network_run *run)
{
	return (size_t) run->network->answers * run->batch->rows * run->network->config.horizon;
}

/* --- network_decoder.c --- */

/* All answers from the encoder's states; with a gradient also the loss and the way back to
 * d_encoded. */
extern lf_status lf_decode(lf_network_run *run);

/* --- network.c --- */

/* The stacks' gradient accumulators: zero them, add them to the gradient. */
extern lf_status lf_network_zero_gradients(lf_network *network, lf_interrupt interrupt);
extern lf_status lf_network_add_gradients(lf_network *network, lf_real *gradient,
										  lf_interrupt interrupt);

#endif
