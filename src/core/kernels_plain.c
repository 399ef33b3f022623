/*
 * kernels_plain.c
 *	  The kernels in plain C: for every CPU, for double, and as the reference for the others.
 *
 * The products of the backward pass, which are the same for every cell, and the table; the
 * cells' steps are in cell_lstm.c, cell_gru.c and cell_rnn.c.
 */
#include <stdbool.h>

#include "kernels_plain.h"

static void
multiply(const lf_real *A, size_t lda, int64_t M, size_t K, const lf_real *packed, size_t N,
		 bool add, lf_real *C, size_t ldc, const lf_real *next)
{
	(void) next;
	for (int64_t row = 0; row < M; row++)
	{
		const lf_real *panel = packed;
		size_t width;

		for (size_t column = 0; column < N; column += width, panel += K * width)
		{
			lf_real sums[PANEL] = {0};
			lf_real *out = C + row * ldc + column;

			width = lf_panel_vectors((N - column + LANES - 1) / LANES) * LANES;
			add_product(sums, A + row * lda, K, panel, width);
			for (size_t u = 0; u < width && column + u < N; u++)
				out[u] = add ? out[u] + sums[u] : sums[u];
		}
	}
}

static void
accumulate(const lf_real *A, size_t lda, size_t N, const lf_real *B, size_t ldb, size_t G,
		   int64_t K, lf_real *C, size_t ldc)
{
	for (size_t n = 0; n < N; n++)
	{
		for (size_t g = 0; g < G; g += LANES)
		{
			lf_real sums[LANES] = {0};

			for (int64_t k = 0; k < K; k++)
				for (size_t u = 0; u < LANES; u++)
					sums[u] += A[k * lda + n] * B[k * ldb + g + u];
			for (size_t u = 0; u < LANES; u++)
				C[n * ldc + g + u] += sums[u];
		}
	}
}

static const lf_product_kernels product = {multiply, accumulate};

const lf_kernels lf_kernels_plain = {
	.name = "plain",
	.width = LANES,
	.flops_per_second = 2e9,
	.cell = {[LF_CELL_LSTM] = &lf_lstm_plain,
			 [LF_CELL_GRU] = &lf_gru_plain,
			 [LF_CELL_RNN] = &lf_rnn_plain},
	.product = &product,
};
