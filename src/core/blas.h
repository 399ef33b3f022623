/*
 * blas.h
 *	  Dense products: the only door to CBLAS.
 */
#ifndef LF_BLAS_H
#define LF_BLAS_H

#include <stdbool.h>
#include <stdint.h>

#include "real.h"

/*
 * C (M, N) = A (M, K) * B (K, N) + beta * C, row-major; lda, ldb, ldc reals from
 * row to row. transpose_a: A is stored (K, M); transpose_b: B is stored (N, K).
 */
extern void lf_gemm(bool transpose_a, bool transpose_b, int64_t M, int64_t N, int64_t K,
					const lf_real *A, int64_t lda, const lf_real *B, int64_t ldb, lf_real beta,
					lf_real *C, int64_t ldc);

/* One thread; call once at start. */
extern void lf_blas_single_thread(void);

/* The library and the kernel it chose, for lstm_model_info. */
extern const char *lf_blas_description(void);

#endif
