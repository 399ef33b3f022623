/*
 * blas.c
 *	  The only file that includes cblas.h.
 */
#include "blas.h"

#include <cblas.h>

/* Rows of C handled in one call: BLAS counts in int, and a row is far shorter than that. */
#define LF_GEMM_ROWS (INT64_C(1) << 30)

/* C = beta * C, which a product over nothing comes down to. */
static void
scale_matrix(int64_t M, int64_t N, lf_real beta, lf_real *C, int64_t ldc)
{
	for (int64_t i = 0; i < M; i++)
		for (int64_t j = 0; j < N; j++)
			C[i * ldc + j] = beta == 0 ? 0 : beta * C[i * ldc + j];
}

void
lf_gemm(bool transpose_a, bool transpose_b, int64_t M, int64_t N, int64_t K, const lf_real *A,
		int64_t lda, const lf_real *B, int64_t ldb, lf_real beta, lf_real *C, int64_t ldc)
{
	const CBLAS_TRANSPOSE ta = transpose_a ? CblasTrans : CblasNoTrans;
	const CBLAS_TRANSPOSE tb = transpose_b ? CblasTrans : CblasNoTrans;

	if (M <= 0 || N <= 0)
		return;
	if (K <= 0)
	{
		scale_matrix(M, N, beta, C, ldc);
		return;
	}
	for (int64_t row = 0; row < M; row += LF_GEMM_ROWS)
	{
		const int64_t rows = M - row < LF_GEMM_ROWS ? M - row : LF_GEMM_ROWS;
		const lf_real *a = transpose_a ? A + row : A + row * lda;

#ifdef LF_REAL_DOUBLE
		cblas_dgemm(CblasRowMajor, ta, tb, (int) rows, (int) N, (int) K, 1.0, a, (int) lda, B,
					(int) ldb, beta, C + row * ldc, (int) ldc);
#else
		cblas_sgemm(CblasRowMajor, ta, tb, (int) rows, (int) N, (int) K, 1.0f, a, (int) lda, B,
					(int) ldb, beta, C + row * ldc, (int) ldc);
#endif
	}
}

void
lf_blas_single_thread(void)
{
	openblas_set_num_threads(1);
}

const char *
lf_blas_description(void)
{
	/* version, build options and, in builds for many CPUs, the kernel chosen for this one */
	return openblas_get_config();
}
