/*
 * count_distribution.h
 *	  Distributions of counts and of amounts that may be zero: what likelihoods and quantiles need.
 *
 * Poisson; negative binomial with variance mean + alpha mean^2; the sum of a Poisson number of
 * exponential amounts, which is Tweedie's distribution of power 3/2 with variance phi mean^(3/2).
 * Results are finite and free of NaN for every argument in the stated range.
 */
#ifndef LF_COUNT_DISTRIBUTION_H
#define LF_COUNT_DISTRIBUTION_H

/*
 * ln Gamma(r + x) - ln Gamma(r) - x ln r and, into *slope, its derivative by r; r > 0, x >= 0. The
 * difference of large numbers, without their cancellation: both go to 0 as r grows (DLMF 5.11.1).
 * Relative error some 1e-12 of the larger of 1 and the result.
 */
extern double lf_log_gamma_rise(double r, double x, double *slope);

/*
 * ln I_1(z) - z of the modified Bessel function, and into *excess I_0(z) / I_1(z) - 1; z > 0 (DLMF
 * 10.25.2 and 10.40.1). Relative error some 1e-12.
 */
extern double lf_log_bessel(double z, double *excess);

/*
 * The least whole number that a count is not above with probability p; p in (0, 1), mean > 0. The
 * distribution functions are the incomplete gamma and beta function (DLMF 8.7.1, 8.9.2, 8.17.22).
 * From a mean of LF_COUNT_LARGE on the gamma distribution with the same mean and variance stands
 * for them, whose quantiles differ by less than a hundredth of the deviation.
 */
extern double lf_poisson_quantile(double p, double mean);
extern double lf_negative_binomial_quantile(double p, double mean, double alpha);

#define LF_COUNT_LARGE 1e4

/*
 * The least value that the sum is not above with probability p, 0 among them: by the sum over the
 * number of amounts. Relative error some 1e-9; where some hundreds are expected the gamma
 * distribution of the same mean and variance stands for it.
 */
extern double lf_tweedie_quantile(double p, double mean, double phi);

#endif
