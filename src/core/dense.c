/*
 * dense.c
 *	  Dense layers, in pieces between which the interrupt flag is looked at.
 */
#include "dense.h"

#include <string.h>

#include "blas.h"
#include "stack_private.h"

/* Reals that are walked through between two looks at the interrupt flag. */
#define WALK ((int64_t) 1 << 20)

lf_status
lf_dense_zero(lf_interrupt interrupt, lf_real *values, size_t count)
{
	for (size_t first = 0; first < count; first += WALK)
	{
		const size_t left = count - first;

		if (lf_interrupted(interrupt))
			return LF_INTERRUPTED;
		memset(values + first, 0, (left < WALK ? left : WALK) * sizeof(lf_real));
	}
	return LF_OK;
}

lf_status
lf_dense_gemm(const lf_dense *dense, bool transpose_a, bool transpose_b, int64_t M, int64_t N,
			  int64_t K, const lf_real *A, int64_t lda, const lf_real *B, int64_t ldb, lf_real beta,
			  lf_real *C, int64_t ldc)
{
	const int64_t step = lf_piece(dense->kernels, 2.0 * (double) N * (double) K, M);

	for (int64_t row = 0; row < M; row += step)
	{
		if (lf_interrupted(dense->interrupt))
			return LF_INTERRUPTED;
		lf_gemm(transpose_a, transpose_b, M - row < step ? M - row : step, N, K,
				transpose_a ? A + row : A + row * lda, lda, B, ldb, beta, C + row * ldc, ldc);
	}
	return LF_OK;
}

void
lf_dense_add_columns(int64_t rows, int64_t columns, const lf_real *x, int64_t stride, lf_real *out)
{
	double sum[64];

	for (int64_t first = 0; first < columns; first += 64)
	{
		const int64_t count = columns - first < 64 ? columns - first : 64;

		memset(sum, 0, sizeof(sum));
		for (int64_t row = 0; row < rows; row++)
			for (int64_t j = 0; j < count; j++)
				sum[j] += x[row * stride + first + j];
		for (int64_t j = 0; j < count; j++)
			out[first + j] += (lf_real) sum[j];
	}
}

/* x (rows, columns) = max(x + bias, 0). */
static void
add_bias_and_rectify(int64_t rows, int64_t columns, const lf_real *restrict bias,
					 lf_real *restrict x)
{
	for (int64_t row = 0; row < rows; row++, x += columns)
		for (int64_t j = 0; j < columns; j++)
		{
			const lf_real value = x[j] + bias[j];

			x[j] = value > 0 ? value : 0;
		}
}

lf_status
lf_rectifier_forward(const lf_dense *dense, const lf_rectifier *layer, const lf_real *x,
					 int64_t rows, lf_real *y)
{
	const lf_real *weight = dense->parameters + layer->weight;
	const lf_real *bias = dense->parameters + layer->bias;
	const int64_t N = layer->outputs;
	const int64_t K = layer->inputs;
	const int64_t walk = WALK / (N + K) + 1;

	for (int64_t row = 0; row < rows; row += walk)
	{
		const int64_t count = rows - row < walk ? rows - row : walk;
		const lf_status status = lf_dense_gemm(dense, false, true, count, N, K, x + row * K, K,
											   weight, K, 0, y + row * N, N);

		if (status != LF_OK)
			return status;
		add_bias_and_rectify(count, N, bias, y + row * N);
	}
	return LF_OK;
}

lf_status
lf_rectifier_backward(const lf_dense *dense, const lf_rectifier *layer, const lf_real *x,
					  const lf_real *y, int64_t rows, lf_real *d_y, lf_real *d_x)
{
	const int64_t N = layer->outputs;
	const int64_t K = layer->inputs;
	const int64_t walk = WALK / (N + K) + 1;

	for (int64_t row = 0; row < rows; row += walk)
	{
		const int64_t count = rows - row < walk ? rows - row : walk;
		lf_real *dz = d_y + row * N;
		lf_status status;

		for (int64_t i = 0; i < count * N; i++)
			dz[i] = y[row * N + i] > 0 ? dz[i] : 0;
		lf_dense_add_columns(count, N, dz, N, dense->gradient + layer->bias);
		status = lf_dense_gemm(dense, true, false, N, K, count, dz, N, x + row * K, K, 1,
							   dense->gradient + layer->weight, K);
		if (status == LF_OK && d_x != NULL)
			status = lf_dense_gemm(dense, false, false, count, K, N, dz, N,
								   dense->parameters + layer->weight, K, 0, d_x + row * K, K);
		if (status != LF_OK)
			return status;
	}
	return LF_OK;
}
