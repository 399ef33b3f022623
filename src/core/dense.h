/*
 * dense.h
 *	  Dense layers outside the recurrent stack.
 *
 * Weights lie in the flat array of a network's parameters, row-major (outputs, inputs) as PyTorch
 * has them, their gradients at the same places of another. All functions but those without a status
 * end early with LF_INTERRUPTED: what they were to overwrite or add to is then of no use.
 */
#ifndef LF_DENSE_H
#define LF_DENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interrupt.h"
#include "kernels.h"
#include "real.h"
#include "status.h"

/* What the layers of one run of a network have in common. */
typedef struct lf_dense
{
	const lf_kernels *kernels; /* how fast they say that the CPU is decides how large pieces are */
	lf_interrupt interrupt;
	const lf_real *parameters;
	lf_real *gradient; /* NULL: forward only */
} lf_dense;

/* A dense layer and a ReLU: rows of `outputs` reals from rows of `inputs`, and where its tensors
 * are.
 */
typedef struct lf_rectifier
{
	int64_t inputs;
	int64_t outputs;
	size_t weight, bias;
} lf_rectifier;

/* Zero count reals, in pieces. */
extern lf_status lf_dense_zero(lf_interrupt interrupt, lf_real *values, size_t count);

/* lf_gemm, cut along M into pieces of bounded work. */
extern lf_status lf_dense_gemm(const lf_dense *dense, bool transpose_a, bool transpose_b, int64_t M,
							   int64_t N, int64_t K, const lf_real *A, int64_t lda,
							   const lf_real *B, int64_t ldb, lf_real beta, lf_real *C,
							   int64_t ldc);

/* out (columns) += the sum over rows of x (rows, columns), stride reals from row to row. */
extern void lf_dense_add_columns(int64_t rows, int64_t columns, const lf_real *x, int64_t stride,
								 lf_real *out);

/* y (rows, outputs) = ReLU(x (rows, inputs) E' + e). */
extern lf_status lf_rectifier_forward(const lf_dense *dense, const lf_rectifier *layer,
									  const lf_real *x, int64_t rows, lf_real *y);

/*
 * d_y (rows, outputs) becomes the gradient before the ReLU; the weights' gradient is added; d_x
 * (rows, inputs) is overwritten where not NULL.
 */
extern lf_status lf_rectifier_backward(const lf_dense *dense, const lf_rectifier *layer,
									   const lf_real *x, const lf_real *y, int64_t rows,
									   lf_real *d_y, lf_real *d_x);

#endif
