/*
 * distribution.h
 *	  The normal and Student's t distribution: what likelihoods and quantiles need.
 *
 * Results are finite and free of NaN for every argument in the stated range.
 */
#ifndef LF_DISTRIBUTION_H
#define LF_DISTRIBUTION_H

/*
 * ln Gamma(x + 1/2) - ln Gamma(x) and, into *slope, its derivative, x > 0. The
 * difference of two large numbers, but without their cancellation: by recurrence
 * and the asymptotic series (Tricomi and Erdelyi 1951). Relative error some 1e-13.
 */
extern double lf_log_gamma_half_step(double x, double *slope);

/* The standard normal quantile of p in (0, 1): Wichura 1988, AS 241. Relative error some 1e-15. */
extern double lf_normal_quantile(double p);

/*
 * The quantile of p in (0, 1) of Student's t with any real number of degrees of
 * freedom >= 2: Hill's 1970 approximation (Algorithm 396 of the CACM), then
 * Newton's method on the logarithm of the regularised incomplete beta function's
 * continued fraction (DLMF 8.17.22). Relative error some 1e-10.
 */
extern double lf_student_quantile(double p, double freedom);

/*
 * The continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22): I_x(a,
 * b) over x^a (1 - x)^b / (a B(a, b)). a, b > 0, 0 <= x < (a + 1) / (a + b + 2).
 */
extern double lf_beta_fraction(double a, double b, double x);

#endif
