/*
 * kernels_plain.h
 *	  What the kernels in plain C share: private to kernels_plain.c and cell_*.c.
 *
 * Loops over the units of one panel are innermost and of constant length, so
 * that compilers vectorise them where they can; that is all the tuning there is.
 */
#ifndef LF_KERNELS_PLAIN_H
#define LF_KERNELS_PLAIN_H

#include <math.h>

#include "cell.h"

/* Units in a "vector" of this table. */
#define LANES 4
#define PANEL (LF_PANEL_VECTORS * LANES)

#ifdef LF_REAL_DOUBLE
#define real_tanh tanh
#define real_exp exp
#else
#define real_tanh tanhf
#define real_exp expf
#endif

static inline lf_real
sigmoid(lf_real x)
{
	return 1 / (1 + real_exp(-x));
}

/* sums[width] += row (count) * panel (count, width); returns the end of the panel. */
static inline const lf_real *
add_product(lf_real *restrict sums, const lf_real *row, size_t count, const lf_real *panel,
			size_t width)
{
	for (size_t k = 0; k < count; k++, panel += width)
		for (size_t u = 0; u < width; u++)
			sums[u] += row[k] * panel[u];
	return panel;
}

/* The same for all that a row of the step reads beside its state. */
static inline const lf_real *
add_inputs(lf_real *sums, const lf_forward_step *step, int64_t row, const lf_real *panel,
		   size_t width)
{
	for (int s = 0; s < step->segments; s++)
	{
		const lf_step_input *input = &step->input[s];

		panel = add_product(sums, input->rows + row * input->stride, input->count, panel, width);
	}
	return panel;
}

/* Rows of the packed forward weights. */
static inline size_t
forward_depth(const lf_forward_step *step)
{
	size_t depth = step->hidden;

	for (int s = 0; s < step->segments; s++)
		depth += step->input[s].count;
	return depth;
}

#endif
