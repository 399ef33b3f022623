/*
 * universal_private.h
 *	  What universal*.c share among themselves.
 */
#ifndef LF_UNIVERSAL_PRIVATE_H
#define LF_UNIVERSAL_PRIVATE_H

#include <float.h>
#include <math.h>

#include "universal.h"

/* Steps by which a past of so many groups is read in a forecast: the windows beside it are none of
 * its business. */
extern int lf_universal_steps(int64_t groups);

/* The stack of a network. */
extern lf_stack_shape lf_universal_shape(const lf_universal_config *config);

/* Columns of a row of the head: first a location, then quantiles, then shares of guides. */
static inline int
lf_universal_share_column(const lf_universal *network)
{
	return 1 + network->config.loss.quantile_count;
}

/* First steps of a window that are not read. */
static inline int64_t
lf_universal_skipped(const lf_universal *network, const lf_universal_window *window)
{
	return window->length > network->longest ? window->length - network->longest : 0;
}

/* A value as it is read. */
static inline double
lf_universal_value(const lf_universal_window *window, int64_t step)
{
	const double value = window->values[step];
	const double read = window->logs ? log(fmax(value, DBL_MIN)) : value;

	return window->limited ? fmax(window->lowest, fmin(window->highest, read)) : read;
}

/*
 * The readings of a window: its values and, where these are all positive, their logarithms. Returns
 * how many.
 */
extern int lf_universal_readings(const lf_universal *network, const lf_universal_window *window,
								 lf_universal_window *readings);

/*
 * From network->d_output of the batch that was run forward to the gradient of the weights (in the
 * table's order; the stack's stays in its accumulators) and, unless d_after is NULL, of the states
 * after every step that was run, as of lf_stack_gradient. Of a network for training.
 */
extern lf_status lf_universal_backward(lf_universal *network, lf_real *gradient, lf_states *d_after,
									   lf_interrupt interrupt);

/* Reals of a plane of the output. */
static inline size_t
lf_universal_plane(const lf_universal *network)
{
	return (size_t) network->batch.horizon * network->batch.rows;
}

#endif
