/*
 * universal_worth.h
 *	  How guides of the universal network erred in a window's past, and what they are worth.
 */
#ifndef LF_UNIVERSAL_WORTH_H
#define LF_UNIVERSAL_WORTH_H

#include "universal_guides.h"

#define LF_LEAST_ERROR 0.02 /* of a guide, in the window's units */
#define LF_LARGEST_INNOVATION 8.0
#define LF_MEAN_GUIDES (LF_UNIVERSAL_GUIDES + 1) /* of a mean: the last is that of all before */

/* How guides erred so far: sums over blocks, of which the later ones count more. */
typedef struct lf_guide_errors
{
	double sum[LF_UNIVERSAL_GUIDES];
	double square[LF_MEAN_GUIDES];
	double count;
	double changes, changed; /* from group to group */
} lf_guide_errors;

/* What the guides' errors come to. */
typedef struct lf_guide_worth
{
	double error[LF_UNIVERSAL_GUIDES];
	double weight[LF_UNIVERSAL_GUIDES]; /* in the base; their sum is 1 */
	double changes;
} lf_guide_worth;

/*
 * Add how far what was said at an origin of the group at step from, which is of the past, was from
 * what it was.
 */
extern void lf_guides_erred(lf_guide_errors *errors, const lf_guide_window *read,
							const lf_guidance *guidance, int64_t from, int64_t origin);

/* A season later, what was before counts less. */
extern void lf_guide_errors_fade(lf_guide_errors *errors);

/*
 * What guides are worth for the base: their mean absolute errors to the power of -8. Where hardly a
 * season came again, changes from step to step are all that is known, and the first guide is the
 * base.
 */
extern lf_guide_worth lf_guides_judge(const lf_guide_errors *errors);

/* The base of a step, of its guides. */
extern double lf_guides_base(const lf_guide_worth *worth, const lf_real *guides);

/*
 * What guides, and the mean of all values, are worth for a mean, which squared errors tell:
 * weights, whose sum is 1. Most of these errors is noise that all share, so that small differences
 * count: nearly the best alone is taken. Where nothing is told, it is the mean of all values.
 */
extern void lf_guides_judge_means(const lf_guide_errors *errors, double weights[LF_MEAN_GUIDES]);

/* The mean of a step; all: that of all values. */
extern double lf_guides_mean(const double weights[LF_MEAN_GUIDES], const lf_real *guides,
							 double all);

#endif
