/*
 * cholesky.h
 *	  Linear equations of a symmetric positive definite matrix.
 */
#ifndef LF_CHOLESKY_H
#define LF_CHOLESKY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Factor a (n, n) as L L', L in the lower triangle of a, of which only that is read. False where it
 * is not positive definite; a is spoilt then. n^3 / 6 multiplications, without an interrupt: for n
 * up to some hundreds.
 */
extern bool lf_cholesky_factor(double *a, size_t n);

/* Solve L L' x = b, in place of b (n). */
extern void lf_cholesky_solve(const double *factor, size_t n, double *b);

/* Solve L x = b, in place of b (n): the squares of x add up to b' (L L')^-1 b. */
extern void lf_cholesky_forward(const double *factor, size_t n, double *b);

#endif
