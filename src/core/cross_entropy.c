/*
 * cross_entropy.c
 *	  Weighted softmax cross-entropy.
 */
#include "cross_entropy.h"

#include <math.h>

/* The largest of K logits, and the sum of exp(logit - largest). */
static double
sum_exponentials(const lf_real *logits, int classes, double *largest)
{
	double sum = 0;

	*largest = logits[0];
	for (int k = 1; k < classes; k++)
		if (!(logits[k] <= *largest)) /* so that NaN comes through */
			*largest = logits[k];
	for (int k = 0; k < classes; k++)
		sum += exp((double) logits[k] - *largest);
	return sum;
}

double
lf_cross_entropy_sum(const lf_real *logits, const int32_t *labels, int64_t count, int classes,
					 const double *class_weights, double scale, lf_real *d_logits)
{
	double loss = 0;

	for (int64_t i = 0; i < count; i++)
	{
		const lf_real *z = logits + i * classes;
		const double weight = labels[i] < 0           ? 0
							  : class_weights == NULL ? 1
													  : class_weights[labels[i]];
		double largest;
		double sum;

		if (weight == 0)
		{
			for (int k = 0; d_logits != NULL && k < classes; k++)
				d_logits[i * classes + k] = 0;
			continue;
		}
		sum = sum_exponentials(z, classes, &largest);
		loss += weight * (largest + log(sum) - (double) z[labels[i]]);
		for (int k = 0; d_logits != NULL && k < classes; k++)
		{
			const double probability = exp((double) z[k] - largest) / sum;

			d_logits[i * classes + k] =
				(lf_real) (scale * weight * (probability - (k == labels[i])));
		}
	}
	return loss;
}

double
lf_cross_entropy_weight(const int32_t *labels, int64_t count, const double *class_weights)
{
	double weight = 0;

	for (int64_t i = 0; i < count; i++)
		if (labels[i] >= 0)
			weight += class_weights == NULL ? 1 : class_weights[labels[i]];
	return weight;
}
