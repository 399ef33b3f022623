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

/* Columns of a row of the head: first a location, then quantiles, then shares of guides. */
static inline int
lf_universal_share_column(const lf_universal *network)
{
	return 1 + network->config.loss.quantile_count;
}

/* A value as it is read. */
static inline double
lf_universal_value(const lf_universal_window *window, int64_t step)
{
	const double value = window->values[step];
	const double read = window->logs ? log(fmax(value, DBL_MIN)) : value;

	return window->limited ? fmax(window->lowest, fmin(window->highest, read)) : read;
}

/* Reals of a plane of the output. */
static inline size_t
lf_universal_plane(const lf_universal *network)
{
	return (size_t) network->batch.horizon * network->batch.rows;
}

#endif
