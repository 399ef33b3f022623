/*
 * network.h
 *	  The forecasting network: patch embedding, recurrent stack, decoder, skips.
 *
 * One window of one series is n = L / w patches. Layer by layer:
 *	 z_t = ReLU(E patch_t + e)					where w > 1, else the raw step
 *	 states = stack(z_1 .. z_n)
 *	 direct:	y = head(h_n)
 *	 parallel:	y patch k = head(one step of the same stack from the states, input position_k)
 *	 recursive:	y patch k = head(one step of the decoder stack, input the patch before it)
 *	 y += skip(window) + base					the first of O planes only; it is what is fed back
 *	 y step += b' ReLU(A f + a) + v' f			likewise; f: change of the step's future covariates
 * Besides that term, whose weights all steps share, output patch k has with future
 * covariates u_k = ReLU(E' future_k + e'), which is added to position_k where there is
 * one in the width d (parallel, w > 1), else to what the head reads.
 * After Lin et al. 2023 (SegRNN, arXiv 2308.11200) and Cho et al. 2014.
 *
 * With LF_SUPERVISION_SEQUENCE the head answers after every input patch (S = n
 * answers a window instead of S = 1), each for the H_out steps that follow it;
 * the linear skip reaches only the last answer, which is the forecast.
 */
#ifndef LF_NETWORK_H
#define LF_NETWORK_H

#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "dense.h"
#include "interrupt.h"
#include "kernels.h"
#include "parameters.h"
#include "random.h"
#include "real.h"
#include "stack.h"
#include "status.h"

/* Windows in network units. B windows; the caller owns the arrays. */
typedef struct lf_batch
{
	int64_t rows;           /* B */
	const lf_real *patches; /* (n, B, w * C): step-major within a patch, channels innermost */
	const lf_real *window;  /* (B, L): the target channel, for the linear skip; NULL without it */
	const lf_real *base;    /* (S, B, H_out): seasonal naive forecast; NULL: none */
	/*
	 * (m, S * B, W * F_c): covariates of the answers' own steps, an output patch of W steps
	 * (w, or H_out with the direct decoder) a row, zero past the horizon; NULL: none.
	 */
	const lf_real *future;
	/*
	 * As future: how far they are from what they were in the steps that the answer's base is the
	 * mean of, or where it has none, in those of the window's level.
	 */
	const lf_real *change;
	const lf_real *target; /* (S, B, H_out); NULL when only forecasting */
	const lf_real *weight; /* (S, B, H_out): 1 counts in the loss, 0 does not */
	const lf_real *unit;   /* (S, B, H_out): what a target is in units of, for the losses of counts;
							* NULL: 1 */
} lf_batch;

/* Places of the other tensors in the flat array of parameters, where the network has them. */
typedef struct lf_network_offsets
{
	size_t position;
	size_t covariate_head;
	size_t head_weight, head_bias;
	size_t skip_weight, skip_bias;
} lf_network_offsets;

/*
 * A struct by value in its owner, which must not move after the layout; fields
 * are private to network*.c. R = S * B answers are decoded in pieces of
 * piece_rows answers times piece_patches output patches, Q = rows * patches.
 */
typedef struct lf_network
{
	lf_network_config config;
	lf_parameter_table table;
	lf_network_offsets offsets;
	lf_rectifier embedding;  /* of an input patch, where w > 1 */
	lf_rectifier future;     /* of an output patch's covariates, where F_c > 0 */
	lf_rectifier covariates; /* of one step's */
	const lf_kernels *kernels;
	const lf_real *parameters;
	int64_t max_rows;
	bool training;

	int input_patches;   /* n */
	int output_patches;  /* m; 1 for the direct decoder */
	int answers;         /* S */
	int outputs;         /* O */
	int inputs;          /* D, what the stack reads a step */
	int directions;      /* of the encoder */
	int head_directions; /* of the stack under the head */
	int features;        /* F = head_directions * d, what the head reads */
	int head_outputs;    /* W, columns of an answer that an output patch covers: H_out or w */
	bool future_in_head; /* u_k is added to what the head reads, not to the decoder's input */

	lf_stack stack;
	lf_tape tape;        /* the encoder's run */
	lf_stack decoder;    /* recursive decoder only */
	lf_tape step;        /* parallel decoder: its one step */
	lf_tape *steps;      /* recursive decoder: a tape a step (two in turn without training) */
	lf_real *embedded;   /* (n, B, d) where w > 1 */
	lf_real *d_embedded; /* (n, B, d) */
	lf_real *d_first;    /* (S, B, d): recursive decoder, gradient of its first input */
	lf_real *output;     /* (O, S, B, H_out) */
	lf_real *d_output;   /* (O, S, B, H_out) */
	lf_states d_encoded; /* (R, P) a cell; NULL for cells that only the stack itself reads */

	int64_t piece_rows;
	int piece_patches;
	lf_states start;         /* (Q, P) a cell: the decoder's initial states, later their gradient */
	lf_states d_decoded;     /* (Q, P) a cell; NULL as above */
	lf_real *decoder_inputs; /* (Q, D) */
	lf_real *d_inputs;       /* (Q, D) */
	lf_real *fed_patch;      /* (rows, w * C): a patch fed back; channels but the first stay zero */
	lf_real *d_fed_patch;    /* (rows, w * C) */
	lf_real *head_inputs;    /* (Q, F), after dropout */
	lf_real *d_head_inputs;  /* (Q, F) */
	uint8_t *kept;           /* (Q, F): 1 where dropout let through */
	lf_real *future_inputs;  /* (Q, d or F): u_k, to be added to decoder or head inputs */

	lf_real *covariate_hidden;   /* (LF_COVARIATE_STEPS, K) */
	lf_real *d_covariate_hidden; /* (LF_COVARIATE_STEPS, K) */
	lf_real *covariate_effect;   /* (LF_COVARIATE_STEPS): on the answers; later its gradient */
} lf_network;

/* Answers a window: 1, or with sequence supervision n. */
extern int lf_network_answers(const lf_network_config *config);

/* W: steps of an output patch; m: output patches of an answer, the last one perhaps cut. */
extern int lf_network_output_steps(const lf_network_config *config);
extern int lf_network_output_patches(const lf_network_config *config);

/* LF_ERROR_CONFIG where the network does not give the outputs that this loss is of. */
extern lf_status lf_network_check_loss(const lf_network_config *config, const lf_loss *loss,
									   lf_error *error);

/*
 * Carve a network for batches of at most max_rows windows from the arena (also
 * a measuring one). training false: forecasts only. table and config are copied.
 */
extern lf_status lf_network_layout(lf_network *network, const lf_network_config *config,
								   const lf_kernels *kernels, int64_t max_rows, bool training,
								   lf_arena *arena, lf_error *error);

/* Recurrent cells of the network, those of a recursive decoder included. */
extern int lf_network_cells(const lf_network *network);

/*
 * Use these parameters (kept by pointer, packed now); call again after each change of
 * them. Of one cell it is a piece of that work: all of them are due.
 */
extern void lf_network_load(lf_network *network, const lf_real *parameters);
extern void lf_network_load_cell(lf_network *network, const lf_real *parameters, int number);

/* Forecasts of a batch into output, (O, S, B, H_out), network units: see loss.h. No dropout. */
extern lf_status lf_network_forward(lf_network *network, const lf_batch *batch, lf_real *output,
									lf_interrupt interrupt);

/*
 * Loss and gradient of a batch. The loss is the weighted sum over all answers
 * times scale (the caller's one over the count, which may span several
 * batches). *loss gets it; gradient (table->total reals) is overwritten.
 * random: for dropout; NULL for none. On LF_INTERRUPTED nothing counts, and
 * random is as it was: call again, with the same bits as the result.
 */
extern lf_status lf_network_gradient(lf_network *network, const lf_batch *batch,
									 const lf_loss *loss_function, double scale, lf_random *random,
									 lf_real *gradient, double *loss, lf_interrupt interrupt);

/*
 * The gradient of sum(d_output * output), both (O, S, B, H_out), by the hidden states of the
 * encoder after every step: d_after (n * B, P) a cell, NULL for a cell: not wanted. Of a network
 * for training; gradient: scratch (table->total reals). LF_INTERRUPTED: call again.
 */
extern lf_status lf_network_derivative(lf_network *network, const lf_batch *batch,
									   const lf_real *d_output, lf_real *gradient,
									   lf_states *d_after, lf_interrupt interrupt);

/* Floating-point operations of forward and backward for one window. */
extern double lf_network_flops(const lf_network_config *config);

/*
 * Rows of a micro-batch: as many of rows as keep the activations near the cache,
 * or the few that the kernels' tiles need; at least 1. Every call looks at the
 * interrupt flag after some milliseconds of work, whatever its rows.
 */
extern int64_t lf_network_rows(const lf_network_config *config, const lf_kernels *kernels,
							   int64_t rows);

#endif
