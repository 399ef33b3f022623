/*
 * loss.c
 *	  Losses, their derivatives, and what the outputs of a network mean under each.
 */
#include "loss.h"

#include <math.h>

#include "distribution.h"
#include "loss_counts.h"

/* The least deviation, in network units, so that no likelihood is unbounded; the shift makes the
 * deviation 1 at 0. */
#define LF_LEAST_DEVIATION 1e-3
#define LF_DEVIATION_SHIFT 0.53974241723692408 /* softplus of it is 1 - 1e-3 */

#define LF_LEAST_FREEDOM 2.0 /* of Student's t: with more, there is a variance */

#define LF_LOG_ROOT_TWO_PI 0.91893853320467274
#define LF_LOG_PI 1.1447298858494002

int
lf_loss_outputs(const lf_loss *loss)
{
	switch (loss->kind)
	{
		case LF_LOSS_QUANTILE:
			return 1 + loss->quantile_count;
		case LF_LOSS_GAUSSIAN:
		case LF_LOSS_NEGATIVE_BINOMIAL:
		case LF_LOSS_TWEEDIE:
			return 2;
		case LF_LOSS_STUDENT_T:
			return 3;
		case LF_LOSS_MAE:
		case LF_LOSS_MSE:
		case LF_LOSS_HUBER:
		case LF_LOSS_POISSON:
			break;
	}
	return 1;
}

bool
lf_loss_gives_distribution(const lf_loss *loss)
{
	if (loss->kind == LF_LOSS_QUANTILE)
		return loss->quantile_count > 1;
	return loss->kind == LF_LOSS_POISSON || lf_loss_outputs(loss) > 1;
}

/* Loss of one error and, into *slope, its derivative. */
static inline double
loss_of(lf_loss_kind kind, double error, double *slope)
{
	const double sign = (double) ((error > 0) - (error < 0));
	const double size = fabs(error);

	if (kind == LF_LOSS_MSE)
	{
		*slope = 2.0 * error;
		return error * error;
	}
	if (kind == LF_LOSS_HUBER && size <= 1.0)
	{
		*slope = error;
		return 0.5 * error * error;
	}
	*slope = sign;
	return kind == LF_LOSS_HUBER ? size - 0.5 : size;
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

/* ln(1 + e^x) and its derivative, without overflow. */
static double
softplus(double x, double *slope)
{
	const double small = exp(-fabs(x));

	*slope = (x > 0 ? 1 : small) / (1 + small);
	return (x > 0 ? x : 0) + log1p(small);
}

static double
deviation_of(double output, double *slope)
{
	return LF_LEAST_DEVIATION + softplus(output + LF_DEVIATION_SHIFT, slope);
}

static double
freedom_of(double output, double *slope)
{
	return LF_LEAST_FREEDOM + softplus(output, slope);
}

/* The negative log likelihood of one target and its derivatives by the two outputs. */
static double
gaussian_loss(const lf_real *output, size_t plane, double target, double *slope)
{
	double inner;
	const double deviation = deviation_of(output[plane], &inner);
	const double z = (output[0] - target) / deviation;

	slope[0] = z / deviation;
	slope[1] = inner * (1 - z * z) / deviation;
	return LF_LOG_ROOT_TWO_PI + log(deviation) + 0.5 * z * z;
}

/* The same for the three of Student's t. */
static double
student_loss(const lf_real *output, size_t plane, double target, double *slope)
{
	double inner_deviation;
	double inner_freedom;
	double gamma_slope;
	const double deviation = deviation_of(output[plane], &inner_deviation);
	const double freedom = freedom_of(output[2 * plane], &inner_freedom);
	const double gamma_step = lf_log_gamma_half_step(0.5 * freedom, &gamma_slope);
	const double z = (output[0] - target) / deviation;
	const double spread = log1p(z * z / freedom);

	slope[0] = (freedom + 1) * z / (freedom + z * z) / deviation;
	slope[1] = inner_deviation * freedom / deviation * ((1 - z * z) / (freedom + z * z));
	slope[2] = inner_freedom * 0.5 *
			   (1 / freedom - gamma_slope + spread -
				(freedom + 1) / freedom * (z * z / (freedom + z * z)));
	return 0.5 * (log(freedom) + LF_LOG_PI) - gamma_step + log(deviation) +
		   0.5 * (freedom + 1) * spread;
}

/* Inlined for both likelihoods. */
static inline double
likelihood_sum(lf_loss_kind kind, const lf_real *output, size_t plane, const lf_real *target,
			   const lf_real *weight, size_t count, double scale, lf_real *derivative)
{
	const int outputs = kind == LF_LOSS_GAUSSIAN ? 2 : 3;
	double sum = 0;

	for (size_t i = 0; i < count; i++)
	{
		const double w = weight ? weight[i] : 1.0;
		double slope[3] = {0, 0, 0};

		if (w != 0)
			sum +=
				w * (kind == LF_LOSS_GAUSSIAN ? gaussian_loss(output + i, plane, target[i], slope)
											  : student_loss(output + i, plane, target[i], slope));
		if (derivative)
			for (int k = 0; k < outputs; k++)
				derivative[k * plane + i] = (lf_real) (scale * w * slope[k]);
	}
	return sum;
}

/* Of one target: the quantiles' derivatives into every derivative[k * plane], times factor, where
 * not NULL. */
static double
pinball_loss(const lf_loss *loss, const lf_real *output, size_t plane, double target, double factor,
			 lf_real *derivative)
{
	const double location_error = output[0] - target;
	double sum = 0;
	double location_slope = 0;

	for (int k = 0; k < loss->quantile_count; k++)
	{
		const size_t at = (k + 1) * plane;
		const double error = location_error + output[at];
		const double slope = error > 0   ? 2 * (1 - loss->quantiles[k])
							 : error < 0 ? -2 * loss->quantiles[k]
										 : 0;

		sum += slope * error;
		location_slope += slope;
		if (derivative)
			derivative[at] = (lf_real) (factor * slope);
	}
	if (derivative)
		derivative[0] = (lf_real) (factor * location_slope);
	return sum;
}

static double
quantile_sum(const lf_loss *loss, const lf_real *output, size_t plane, const lf_real *target,
			 const lf_real *weight, size_t count, double scale, lf_real *derivative)
{
	const double part = 1.0 / loss->quantile_count;
	double sum = 0;

	for (size_t i = 0; i < count; i++)
	{
		const double w = weight ? weight[i] : 1.0;

		if (w != 0)
			sum += w * part *
				   pinball_loss(loss, output + i, plane, target[i], scale * w * part,
								derivative ? derivative + i : NULL);
		else if (derivative)
			for (int k = 0; k <= loss->quantile_count; k++)
				derivative[k * plane + i] = 0;
	}
	return sum;
}

double
lf_loss_sum(const lf_loss *loss, const lf_real *output, size_t plane, const lf_real *target,
			const lf_real *unit, const lf_real *weight, size_t count, double scale,
			lf_real *derivative)
{
	switch (loss->kind)
	{
		case LF_LOSS_QUANTILE:
			return quantile_sum(loss, output, plane, target, weight, count, scale, derivative);
		case LF_LOSS_GAUSSIAN:
			return likelihood_sum(LF_LOSS_GAUSSIAN, output, plane, target, weight, count, scale,
								  derivative);
		case LF_LOSS_STUDENT_T:
			return likelihood_sum(LF_LOSS_STUDENT_T, output, plane, target, weight, count, scale,
								  derivative);
		case LF_LOSS_MSE:
			return sum_of(LF_LOSS_MSE, output, target, weight, count, scale, derivative);
		case LF_LOSS_HUBER:
			return sum_of(LF_LOSS_HUBER, output, target, weight, count, scale, derivative);
		case LF_LOSS_POISSON:
		case LF_LOSS_NEGATIVE_BINOMIAL:
		case LF_LOSS_TWEEDIE:
			return lf_count_loss_sum(loss->kind, output, plane, target, unit, weight, count, scale,
									 derivative);
		case LF_LOSS_MAE:
			break;
	}
	return sum_of(LF_LOSS_MAE, output, target, weight, count, scale, derivative);
}

/* Ascending, by insertion: trained quantiles are nearly in order. */
static void
sort(double *values, int count)
{
	for (int i = 1; i < count; i++)
	{
		const double value = values[i];
		int at = i;

		for (; at > 0 && values[at - 1] > value; at--)
			values[at] = values[at - 1];
		values[at] = value;
	}
}

/*
 * At p on the normal distribution that has two quantiles, those of numbers i and
 * i + 1, reckoned from number `from`, the outermost one, which the tail continues.
 */
static double
normal_tail(const lf_loss *loss, const double *known, int i, int from, double p)
{
	const double width =
		lf_normal_quantile(loss->quantiles[i + 1]) - lf_normal_quantile(loss->quantiles[i]);
	const double distance = lf_normal_quantile(p) - lf_normal_quantile(loss->quantiles[from]);

	/* quantiles that only rounding tells apart give no slope */
	return width > 0 ? known[from] + (known[i + 1] - known[i]) * (distance / width) : known[from];
}

/* p's value by the trained quantiles, whose values are known. */
static double
interpolate(const lf_loss *loss, const double *known, double p)
{
	const int count = loss->quantile_count;
	const double *quantiles = loss->quantiles;
	int i = 0;

	if (count == 1)
		return known[0];
	if (p < quantiles[0])
		return normal_tail(loss, known, 0, 0, p);
	if (p >= quantiles[count - 1])
		return normal_tail(loss, known, count - 2, count - 1, p);
	while (p >= quantiles[i + 1])
		i++;
	return known[i] +
		   (known[i + 1] - known[i]) * ((p - quantiles[i]) / (quantiles[i + 1] - quantiles[i]));
}

void
lf_loss_quantiles(const lf_loss *loss, const lf_real *outputs, size_t plane, const double *p,
				  int count, double *values)
{
	double known[LF_MAX_QUANTILES];
	double deviation = 0;
	double freedom = 0;
	double slope;

	if (lf_loss_of_counts(loss->kind))
	{
		lf_count_quantiles(loss->kind, lf_count_forecast_of(loss->kind, outputs, plane, 1), p,
						   count, values);
		return;
	}
	for (int k = 0; k < loss->quantile_count; k++)
		known[k] = (double) outputs[0] + outputs[(k + 1) * plane];
	sort(known, loss->quantile_count);
	if (loss->kind == LF_LOSS_GAUSSIAN || loss->kind == LF_LOSS_STUDENT_T)
		deviation = deviation_of(outputs[plane], &slope);
	if (loss->kind == LF_LOSS_STUDENT_T)
		freedom = freedom_of(outputs[2 * plane], &slope);

	for (int i = 0; i < count; i++)
	{
		if (loss->kind == LF_LOSS_QUANTILE)
			values[i] = interpolate(loss, known, p[i]);
		else if (loss->kind == LF_LOSS_GAUSSIAN)
			values[i] = outputs[0] + deviation * lf_normal_quantile(p[i]);
		else
			values[i] = outputs[0] + deviation * lf_student_quantile(p[i], freedom);
		/* rounding must not let them cross */
		if (i > 0 && values[i] < values[i - 1])
			values[i] = values[i - 1];
	}
}
