/*
 * cholesky.c
 *	  Linear equations of a symmetric positive definite matrix (Golub and Van Loan 2013, 4.2).
 */
#include "cholesky.h"

#include <math.h>

bool
lf_cholesky_factor(double *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
		{
			double sum = a[i * n + j];

			for (size_t k = 0; k < j; k++)
				sum -= a[i * n + k] * a[j * n + k];
			if (i == j && !(sum > 0 && isfinite(sum)))
				return false;
			a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
		}
	return true;
}

void
lf_cholesky_forward(const double *factor, size_t n, double *b)
{
	for (size_t i = 0; i < n; i++)
	{
		double sum = b[i];

		for (size_t k = 0; k < i; k++)
			sum -= factor[i * n + k] * b[k];
		b[i] = sum / factor[i * n + i];
	}
}

void
lf_cholesky_solve(const double *factor, size_t n, double *b)
{
	lf_cholesky_forward(factor, n, b);
	for (size_t i = n; i-- > 0;)
	{
		double sum = b[i];

		for (size_t k = i + 1; k < n; k++)
			sum -= factor[k * n + i] * b[k];
		b[i] = sum / factor[i * n + i];
	}
}
