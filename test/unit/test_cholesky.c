/*
 * test_cholesky.c
 *	  Linear equations: known solutions, and matrices that are not positive definite.
 */
#include "check.h"

#include <math.h>

#include "core/cholesky.h"
#include "core/random.h"

#define MOST 40

/* A = M M' + I, x drawn, b = A x: solving gives x back. */
static void
check_drawn(size_t n)
{
	static double m[MOST * MOST], a[MOST * MOST];
	double x[MOST], b[MOST];
	double largest = 0;
	lf_random source = lf_random_seed(n, 0);

	for (size_t i = 0; i < n * n; i++)
		m[i] = lf_random_normal(&source);
	for (size_t i = 0; i < n; i++)
		x[i] = lf_random_normal(&source);
	for (size_t i = 0; i < n; i++)
	{
		b[i] = 0;
		for (size_t j = 0; j < n; j++)
		{
			a[i * n + j] = i == j;
			for (size_t k = 0; k < n; k++)
				a[i * n + j] += m[i * n + k] * m[j * n + k];
			b[i] += a[i * n + j] * x[j];
		}
	}
	check(lf_cholesky_factor(a, n), "%zu equations have a factor", n);
	lf_cholesky_solve(a, n, b);
	for (size_t i = 0; i < n; i++)
		largest = fmax(largest, fabs(b[i] - x[i]));
	check(largest < 1e-9, "and are solved");
}

/* By hand: [[4, 2], [2, 5]] = L L' with L = [[2, 0], [1, 2]]. */
static void
check_by_hand(void)
{
	double a[4] = {4, 2, 2, 5};
	double b[2] = {8, 12}; /* x = (1, 2) */
	double c[2] = {2, 5};  /* L y = c: y = (1, 2), c' A^-1 c = 5 */

	check(lf_cholesky_factor(a, 2) && a[0] == 2 && a[2] == 1 && a[3] == 2, "a factor by hand");
	lf_cholesky_solve(a, 2, b);
	check(fabs(b[0] - 1) < 1e-12 && fabs(b[1] - 2) < 1e-12, "a solution by hand");
	lf_cholesky_forward(a, 2, c);
	check(c[0] == 1 && c[1] == 2, "half of it");
}

static void
check_refused(void)
{
	double singular[4] = {1, 1, 1, 1};
	double negative[1] = {-1};
	double unknown[1] = {NAN};
	double infinite[1] = {INFINITY};

	check(!lf_cholesky_factor(singular, 2), "a matrix that is singular is refused");
	check(!lf_cholesky_factor(negative, 1), "a matrix that is negative is refused");
	check(!lf_cholesky_factor(unknown, 1), "a matrix that is not a number is refused");
	check(!lf_cholesky_factor(infinite, 1), "a matrix that is infinite is refused");
	check(lf_cholesky_factor(negative, 0), "no equations are solved");
}

int
main(void)
{
	check_by_hand();
	for (size_t n = 1; n <= MOST; n += 13)
		check_drawn(n);
	check_refused();
	return check_done();
}
