/*
 * loss.c
 *	  Losses and their derivatives.
 */
#include "loss.h"

#include <math.h>

/* Loss of one error and, into *slope, its derivative. */
static inline double
loss_of(lf_loss_kind kind, double error, double *slope)
{
	const double sign = (double) ((error > 0) - (error < 0));
	const double size = fabs(error);

	switch (kind)
	{
		case LF_LOSS_MSE:
			*slope = 2.0 * error;
			return error * error;
		case LF_LOSS_HUBER:
			if (size <= 1.0)
			{
				*slope = error;
				return 0.5 * error * error;
			}
			*slope = sign;
			return size - 0.5;
		default:
			break;
	}
	*slope = sign;
	return size;
}

/* Inlined once for each kind, so that the loop has no switch. */
static inline double
sum_of(lf_loss_kind kind, const lf_real *output, const lf_real *target, const lf_real *weight,
	   size_t count, double scale, lf_real *derivative)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
	{
		const double w = weight ? weight[i] : 1.0;
		double slope;
		const double loss = loss_of(kind, (double) output[i] - target[i], &slope);

		/* a weight of zero hides whatever stands there, NaN included */
		sum += w != 0 ? w * loss : 0.0;
		if (derivative)
			derivative[i] = (lf_real) (w != 0 ? scale * w * slope : 0.0);
	}
	return sum;
}

int
lf_loss_outputs(const lf_loss *loss)
{
	switch (loss->kind)
	{
		case LF_LOSS_QUANTILE:
			return 1 + loss->quantile_count;
		case LF_LOSS_GAUSSIAN:
			return 2;
		case LF_LOSS_STUDENT_T:
			return 3;
		default:
			return 1;
	}
}

double
lf_loss_sum(const lf_loss *loss, const lf_real *output, size_t plane, const lf_real *target,
			const lf_real *weight, size_t count, double scale, lf_real *derivative)
{
	(void) plane;
	switch (loss->kind)
	{
		case LF_LOSS_MSE:
			return sum_of(LF_LOSS_MSE, output, target, weight, count, scale, derivative);
		case LF_LOSS_HUBER:
			return sum_of(LF_LOSS_HUBER, output, target, weight, count, scale, derivative);
		default:
			break;
	}
	return sum_of(LF_LOSS_MAE, output, target, weight, count, scale, derivative);
}
