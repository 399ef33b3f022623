/*
 * timing.h
 *	  What the programs of bench/core share: the clock, the limit of a core, the turns of a run.
 */
#ifndef TIMING_H
#define TIMING_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "core/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Time of this process, which other processes do not lengthen, at least not directly. */
static inline double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

#define HUGE_PAGE_BYTES ((size_t) 2 * 1024 * 1024)

/* Memory as the extension gives it to the core: in large pages, where the system has them. */
static inline void *
take_memory(size_t bytes)
{
	const size_t rounded = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
	void *block = aligned_alloc(HUGE_PAGE_BYTES, rounded);

#ifdef MADV_HUGEPAGE
	if (block != NULL)
		(void) madvise(block, rounded, MADV_HUGEPAGE);
#endif
	return block;
}

/*
 * Multiply-adds that do not wait for each other, for as many registers as the
 * pipelines need: for some milliseconds, against which the clock's steps are small.
 */
#if defined(__x86_64__)
#define PEAK_LOOPS 2000000
#define PEAK_SUMS 12

__attribute__((target("avx512f"))) static double
peak_avx512(void)
{
	const __m512 x = _mm512_set1_ps(0.999f);
	__m512 sum[PEAK_SUMS];
	double start = now();

#pragma GCC unroll 12
	for (int i = 0; i < PEAK_SUMS; i++)
		sum[i] = _mm512_set1_ps((float) i);
	for (int loop = 0; loop < PEAK_LOOPS; loop++)
	{
#pragma GCC unroll 12
		for (int i = 0; i < PEAK_SUMS; i++)
		{
			sum[i] = _mm512_fmadd_ps(sum[i], x, x);
			__asm__ volatile("" : "+v"(sum[i]));
		}
	}
	return 2.0 * 16 * PEAK_SUMS * PEAK_LOOPS / (now() - start);
}

__attribute__((target("avx2,fma"))) static double
peak_avx2(void)
{
	const __m256 x = _mm256_set1_ps(0.999f);
	__m256 sum[PEAK_SUMS];
	double start = now();

#pragma GCC unroll 12
	for (int i = 0; i < PEAK_SUMS; i++)
		sum[i] = _mm256_set1_ps((float) i);
	for (int loop = 0; loop < PEAK_LOOPS; loop++)
	{
#pragma GCC unroll 12
		for (int i = 0; i < PEAK_SUMS; i++)
		{
			sum[i] = _mm256_fmadd_ps(sum[i], x, x);
			__asm__ volatile("" : "+x"(sum[i]));
		}
	}
	return 2.0 * 8 * PEAK_SUMS * PEAK_LOOPS / (now() - start);
}
#endif

/* Operations a second, the best of a few; 0 where the kernels' limit is not known. */
static inline double
peak(const lf_kernels *kernels)
{
	double best = 0;

#if defined(__x86_64__)
	for (int i = 0; i < 10; i++)
	{
		double flops = 0;

		if (strcmp(kernels->name, "avx512") == 0)
			flops = peak_avx512();
		else if (strcmp(kernels->name, "avx2") == 0)
			flops = peak_avx2();
		best = flops > best ? flops : best;
	}
#else
	(void) kernels;
#endif
	return best;
}

/* Seconds that are timed together: the process's clock jumps by some tens of microseconds. */
#define LEAST_SAMPLE 0.01

/*
 * For each line that comes in, work for the number of seconds in that line and
 * answer "milliseconds of a step, the mean of the best sample; floating-point
 * operations of a step; multiply-add operations a second of this core; parameters".
 */
static inline void
take_turns(void (*step)(void *), void *state, double flops, size_t parameters,
		   const lf_kernels *kernels)
{
	double seconds;

	while (scanf("%lf", &seconds) == 1)
	{
		const double end = now() + seconds;
		double best = 1e9;

		do
		{
			const double start = now();
			double taken;
			int steps = 0;

			do
			{
				step(state);
				steps++;
				taken = now() - start;
			} while (taken < LEAST_SAMPLE);
			best = taken / steps < best ? taken / steps : best;
		} while (now() < end);
		printf("%.6f %.0f %.0f %zu\n", best * 1e3, flops, peak(kernels), parameters);
		fflush(stdout);
	}
}

#endif
