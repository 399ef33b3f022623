/*
 * kernels.c
 *	  Chooses the table of kernels that suits the CPU.
 */
#include "kernels.h"

#include <stdbool.h>
#include <string.h>

#include "cell.h"

#if defined(__x86_64__) && !defined(LF_REAL_DOUBLE)
#define LF_HAVE_SIMD
#endif

#ifdef LF_HAVE_SIMD
/* Whether CPU and operating system run everything that kernels_avx512.c is compiled for. */
static bool
has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
		   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
		   __builtin_cpu_supports("fma");
}

static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

const lf_kernels *
lf_kernels_best(void)
{
#ifdef LF_HAVE_SIMD
	if (has_avx512())
		return &lf_kernels_avx512;
	if (has_avx2())
		return &lf_kernels_avx2;
#endif
	return &lf_kernels_plain;
}

const lf_kernels *
lf_kernels_named(const char *name)
{
#ifdef LF_HAVE_SIMD
	if (strcmp(name, lf_kernels_avx512.name) == 0)
		return has_avx512() ? &lf_kernels_avx512 : NULL;
	if (strcmp(name, lf_kernels_avx2.name) == 0)
		return has_avx2() ? &lf_kernels_avx2 : NULL;
#endif
	if (strcmp(name, lf_kernels_plain.name) == 0)
		return &lf_kernels_plain;
	return NULL;
}
