/*
 * loss_counts.h
 *	  Likelihoods of counts, and of amounts that are often zero.
 *
 * A window is measured in units of v = 1 + its mean, as its values are (LF_NORMALIZE_COUNT), which
 * DeepAR does (Salinas, Flunkert, Gasthaus 2017, arXiv 1704.04110, section 3.3). So series of all
 * sizes look alike to a network, but what is counted stays what it is, and the likelihood is that
 * of the counts themselves:
 *
 *	 mean				m = v softplus(plane 0)
 *	 poisson			variance m
 *	 negative_binomial	variance m + alpha m^2, alpha = (1e-6 + softplus(2 plane 1 + 1)) / sqrt(v)
 *	 tweedie			variance phi m^(3/2), phi = (1e-3 + softplus(2 plane 1 + 1)) sqrt(v)
 *
 * Tweedie's power is 3/2, between the counts of a Poisson (1) and the amounts of a gamma
 * distribution (2): the sum of a Poisson number of exponential amounts. Of that one power the
 * likelihood is a Bessel function (Jorgensen 1987), where others need a series (Dunn and Smyth
 * 2005).
 *
 * What is added to plane 0, a skip or a naive forecast, is added before the softplus: lf_count_link
 * is the inverse of it.
 */
#ifndef LF_LOSS_COUNTS_H
#define LF_LOSS_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "loss.h"
#include "real.h"

#define LF_TWEEDIE_POWER 1.5

/* What a forecast of a count says. */
typedef struct lf_count_forecast
{
	double mean;       /* >= 0 */
	double dispersion; /* alpha, phi, or of poisson 0 */
} lf_count_forecast;

/* lf_loss_sum of these losses. */
extern double lf_count_loss_sum(lf_loss_kind kind, const lf_real *output, size_t plane,
								const lf_real *target, const lf_real *unit, const lf_real *weight,
								size_t count, double scale, lf_real *derivative);

/* Of one step from its outputs (outputs[k * plane]), in a window of unit v. Finite outputs and v up
 * to 1e150 have a finite one. */
extern lf_count_forecast lf_count_forecast_of(lf_loss_kind kind, const lf_real *outputs,
											  size_t plane, double v);

/*
 * The values that a count is not above with the probabilities p (ascending, each in (0, 1)):
 * ascending, whole numbers for poisson and negative_binomial.
 */
extern void lf_count_quantiles(lf_loss_kind kind, lf_count_forecast forecast, const double *p,
							   int count, double *values);

/* Its variance. */
extern double lf_count_variance(lf_loss_kind kind, lf_count_forecast forecast);

/* The dispersion by which a forecast of that mean has so much more variance: what is not known of
 * the mean adds to it. */
extern double lf_count_more_dispersion(lf_loss_kind kind, double mean, double variance);

/*
 * Sums that tell the dispersion of a series: alpha, phi, or 0 for poisson. By moments, as sums of
 * several series together tell theirs.
 */
typedef struct lf_count_spread
{
	double excess; /* squared distance from the mean, less what is no matter of dispersion */
	double unit;   /* what the dispersion is multiplied by in it */
	int64_t sales; /* steps that are not zero */
} lf_count_spread;

/* Of the values of a series, around the mean of each place in its season (1: none) where there are
 * enough of it. */
extern lf_count_spread lf_count_spread_of(lf_loss_kind kind, const double *values, int64_t length,
										  int season);

/* The dispersion of a series that has this spread: as sure of `usual` as some sales would make it.
 */
extern double lf_count_dispersion(const lf_count_spread *spread, double usual);

/* Before the softplus, a mean of m >= 0 units; not less than that of three hundredths. */
extern double lf_count_link(double m);

/* From plane 0 to a mean in units. */
extern double lf_count_unlink(double output);

#endif
