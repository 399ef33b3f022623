/*
 * optimizer.h
 *	  Optimizers, learning-rate schedules and gradient clipping, as torch.optim defines them.
 */
#ifndef LF_OPTIMIZER_H
#define LF_OPTIMIZER_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "real.h"

typedef struct lf_optimizer
{
	lf_optimizer_kind kind;
	double weight_decay; /* adamw: decoupled; others: added to the gradient */
	size_t count;        /* parameters */
	int64_t updates;     /* steps taken, for the bias correction */
	lf_real *first;      /* moments, where the kind has them */
	lf_real *second;
} lf_optimizer;

/* Carve moments for count parameters, zeroed. sgd is plain: no momentum. */
extern void lf_optimizer_layout(lf_optimizer *optimizer, lf_optimizer_kind kind,
								double weight_decay, size_t count, lf_arena *arena);

/* One update of parameters in place. Adam: betas .9, .999, epsilon 1e-8; rmsprop: alpha .99. */
extern void lf_optimizer_update(lf_optimizer *optimizer, double learning_rate,
								const lf_real *gradient, lf_real *parameters);

/*
 * The same in slices, between which the caller can do other things: count one
 * step, then update parameters from .. from + count - 1 (of arrays given whole).
 */
extern void lf_optimizer_advance(lf_optimizer *optimizer);
extern void lf_optimizer_slice(const lf_optimizer *optimizer, double learning_rate,
							   const lf_real *gradient, size_t from, size_t count,
							   lf_real *parameters);

/* Scale the gradient so that its Euclidean norm is at most limit (0: never); returns the norm
 * before. */
extern double lf_gradient_clip(lf_real *gradient, size_t count, double limit);

/*
 * The learning rate of update step (from 0) of total. Cosine: to zero, after a
 * linear warm-up over the first 2 % of the steps, at most 1000; onecycle: up to the peak over
 * 30 %, then cosine to a ten-thousandth; step: times 0.8 after each tenth.
 */
extern double lf_schedule_rate(lf_schedule_kind kind, double peak, int64_t step, int64_t total);

#endif
