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
 *	 y += skip(window) + base
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
#include "kernels.h"
#include "parameters.h"
#include "random.h"
#include "real.h"
#include "stack.h"
#include "status.h"

/* Windows in network units. B windows; the caller owns the arrays. */
typedef struct lf_batch
{
	int64_t rows;			/* B */
	const lf_real *patches; /* (n, B, w * C): step-major within a patch, channels innermost */
	const lf_real *window;	/* (B, L): the target channel, for the linear skip; NULL without it */
	const lf_real *base;	/* (S, B, H_out): seasonal naive forecast; NULL: none */
	const lf_real *target;	/* (S, B, H_out); NULL when only forecasting */
	const lf_real *weight;	/* (S, B, H_out): 1 counts in the loss, 0 does not */
} lf_batch;

typedef struct lf_network lf_network; /* a struct by value in its owner; fields are network.c's */

/* Answers a window: 1, or with sequence supervision n. */
extern int lf_network_answers(const lf_network_config *config);

/*
 * Carve a network for batches of at most max_rows windows from the arena (also
 * a measuring one). training false: forecasts only. table and config are copied.
 */
extern lf_status lf_network_layout(lf_network *network, const lf_network_config *config,
								   const lf_kernels *kernels, int64_t max_rows, bool training,
								   lf_arena *arena, lf_error *error);

/* Use these parameters (kept by pointer, packed now); call again after each change of them. */
extern void lf_network_load(lf_network *network, const lf_real *parameters);

/* Forecasts of a batch into output, (S, B, H_out), network units. No dropout. */
extern lf_status lf_network_forward(lf_network *network, const lf_batch *batch, lf_real *output,
									lf_interrupt interrupt);

/*
 * Loss and gradient of a batch. The loss is the weighted sum over all answers
 * times scale (the caller's one over the count, which may span several
 * batches). *loss gets it; gradient (table->total reals) is overwritten.
 * random: for dropout; NULL for none. On LF_INTERRUPTED nothing counts: restore
 * random and call again.
 */
extern lf_status lf_network_gradient(lf_network *network, const lf_batch *batch,
									 lf_loss_kind loss_kind, double scale, lf_random *random,
									 lf_real *gradient, double *loss, lf_interrupt interrupt);

/* Floating-point operations of forward and backward for one window. */
extern double lf_network_flops(const lf_network_config *config);

/*
 * Rows of a micro-batch: as many of rows as keep one time step, and one piece
 * of work between two looks at the interrupt flag, within about 10 ms on these
 * kernels, and activations near the cache; at least 1.
 */
extern int64_t lf_network_rows(const lf_network_config *config, const lf_kernels *kernels,
							   int64_t rows);

#include "network_private.h"

#endif
