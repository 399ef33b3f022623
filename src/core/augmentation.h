/*
 * augmentation.h
 *	  Other sequences of the same class, made from one: for training on few of them.
 *
 * Time runs a little unevenly, both ends are cut a little, and values are larger or smaller as a
 * whole and noisy each. After Um et al. 2017 (arXiv 1706.00527) and Le Guennec et al. 2016.
 */
#ifndef LF_AUGMENTATION_H
#define LF_AUGMENTATION_H

#include <stdbool.h>

#include "random.h"
#include "real.h"
#include "status.h"

#define LF_AUGMENTATION_WAVES 3

typedef struct lf_augmentation
{
	double share; /* of the sequences drawn that are changed; 0: none */
	double warp;  /* largest amplitude of each of three waves in the speed of time; at most 0.3 */
	double crop;  /* largest share of the length that is cut at each end; at most 0.4 */
	double scale; /* deviation of the logarithm of what all values are multiplied by; at most 1 */
	double noise; /* deviation of what is added to each value, which are standardised; at most 1 */
} lf_augmentation;

/*
 * A little of everything, of every sequence. Cross-validated within the training parts of sets of
 * 36 to 100 sequences: it raises the accuracy where they are few and costs none where time of day
 * is all, which twice as much of warp and crop does.
 */
extern const lf_augmentation lf_augmentation_light;

/* LF_ERROR_CONFIG where a number is out of its range, which begins with 0; share ends with 1. */
extern lf_status lf_augmentation_check(const lf_augmentation *augmentation, lf_error *error);

/* What is made of one sequence. */
typedef struct lf_augmented
{
	bool changed;
	double waves[LF_AUGMENTATION_WAVES]; /* amplitudes in the speed of time */
	double begin, span;                  /* of the length, what is not cut */
	double factor;                       /* of all values */
} lf_augmented;

/* Choose what is made of the next sequence. */
extern lf_augmented lf_augmentation_draw(const lf_augmentation *augmentation, lf_random *random);

/*
 * Step `step` of what is made of values (length, channels), which has the same length, into out
 * (channels). Noise is drawn, step by step, where the sequence is changed.
 */
extern void lf_augmentation_step(const lf_augmentation *augmentation, const lf_augmented *augmented,
								 const float *values, int length, int channels, int step,
								 lf_random *random, lf_real *out);

#endif
