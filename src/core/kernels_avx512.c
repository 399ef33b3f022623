/*
 * kernels_avx512.c
 *	  The register-tiled kernels for AVX-512: 16 reals a vector, 32 registers.
 */
#if defined(__AVX512F__) && !defined(LF_REAL_DOUBLE)

#include <immintrin.h>

#define LANES 16
#define TILE_ROWS 6   /* 6 rows * 4 vectors of sums, 6 of inputs, 1 of weights */
#define PANEL_AHEAD 8 /* a long panel comes from the second-level cache, a line for each vector */

typedef float vector __attribute__((vector_size(64), aligned(4), may_alias));

static inline vector
splat(float x)
{
	return (vector) _mm512_set1_ps(x);
}

static inline vector
multiply_add(vector a, vector b, vector c)
{
	return (vector) _mm512_fmadd_ps((__m512) a, (__m512) b, (__m512) c);
}

/* sum + a * b in the register of the sum. Left to itself, the compiler moves sums about in loops.
 */
static inline vector
add_multiple(vector sum, vector a, vector b)
{
	__asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
	return sum;
}

/* x within [-limit, limit]; NaN stays NaN (the instructions return their second operand then). */
static inline vector
clamp(vector x, float limit)
{
	return (vector) _mm512_max_ps(_mm512_set1_ps(-limit),
								  _mm512_min_ps(_mm512_set1_ps(limit), (__m512) x));
}

#define KERNELS_NAME "avx512"
#define KERNELS_TABLE lf_kernels_avx512
#define KERNELS_FLOPS 4e10

#include "kernels_simd.h"

#else

typedef int lf_kernels_avx512_not_built; /* a translation unit may not be empty */

#endif
