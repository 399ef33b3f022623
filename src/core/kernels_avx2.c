/*
 * kernels_avx2.c
 *	  The register-tiled kernels for AVX2 and FMA: 8 reals a vector, 16 registers.
 */
#if defined(__AVX2__) && defined(__FMA__) && !defined(LF_REAL_DOUBLE)

#include <immintrin.h>

#define LANES 8
#define TILE_ROWS 3   /* 3 rows * 4 vectors of sums, 3 of inputs, 1 of weights: all 16 */
#define PANEL_AHEAD 0 /* half a line for each vector: the processor's own fetching keeps up */

typedef float vector __attribute__((vector_size(32), aligned(4), may_alias));

static inline vector
splat(float x)
{
	return (vector) _mm256_set1_ps(x);
}

static inline vector
multiply_add(vector a, vector b, vector c)
{
	return (vector) _mm256_fmadd_ps((__m256) a, (__m256) b, (__m256) c);
}

/* sum + a * b in the register of the sum. Left to itself, the compiler moves sums about in loops.
 */
static inline vector
add_multiple(vector sum, vector a, vector b)
{
	__asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
	return sum;
}

/* x within [-limit, limit]; NaN stays NaN (the instructions return their second operand then). */
static inline vector
clamp(vector x, float limit)
{
	return (vector) _mm256_max_ps(_mm256_set1_ps(-limit),
								  _mm256_min_ps(_mm256_set1_ps(limit), (__m256) x));
}

#define KERNELS_NAME "avx2"
#define KERNELS_TABLE lf_kernels_avx2
#define KERNELS_FLOPS 2e10

#include "kernels_simd.h"

#else

typedef int lf_kernels_avx2_not_built; /* a translation unit may not be empty */

#endif
