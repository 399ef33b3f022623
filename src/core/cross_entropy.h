/*
 * cross_entropy.h
 *	  Weighted softmax cross-entropy, as torch.nn.functional.cross_entropy defines it.
 */
#ifndef LF_CROSS_ENTROPY_H
#define LF_CROSS_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "real.h"

/*
 * Over count answers of K logits each (logits (count, K)) and their labels (count), of which a
 * negative one does not count: the sum of w[label] * (log sum exp(logits) - logits[label]), in
 * double. class_weights (K) NULL: all one. d_logits (count, K), where it is not NULL, gets scale
 * times the derivative, zero for answers that do not count; it may be logits.
 */
extern double lf_cross_entropy_sum(const lf_real *logits, const int32_t *labels, int64_t count,
								   int classes, const double *class_weights, double scale,
								   lf_real *d_logits);

/* The sum of w[label] over the labels that count: what the sum above is divided by for a mean. */
extern double lf_cross_entropy_weight(const int32_t *labels, int64_t count,
									  const double *class_weights);

#endif
