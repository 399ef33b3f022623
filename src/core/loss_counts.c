/*
 * loss_counts.c
 *	  Likelihoods of counts, and of amounts that are often zero.
 */
#include "loss_counts.h"

#include <float.h>
#include <math.h>

#include "count_distribution.h"

#define LF_LEAST_ALPHA 1e-6
#define LF_LEAST_PHI 1e-3
#define LF_FIRST_DISPERSION 1.0 /* before the softplus, at 0: counts are rarely Poisson's */
#define LF_DISPERSION_PACE 2.0  /* times what a network says: dispersions range wider than means */
#define LF_LEAST_OUTPUT                                                                            \
	(-30.0)                  /* of plane 0: a mean of 1e-13 units, of which logarithms are finite */
#define LF_LEAST_LINKED 0.03 /* units that a naive forecast is, at least */
#define LF_LARGEST_MEAN 1e150
#define LF_LEAST_MEAN 1e-100 /* of what is not 0 */
#define LF_ENOUGH_SEASONS 4  /* from which each place of a season has a mean of its own */
#define LF_SURE_SALES 10.0   /* as sure as these is a series of the usual dispersion */

/* ln(1 + e^x) and its derivative, without overflow. */
static double
softplus(double x, double *slope)
{
	const double small = exp(-fabs(x));

	*slope = (x > 0 ? 1 : small) / (1 + small);
	return (x > 0 ? x : 0) + log1p(small);
}

/* The mean in units from plane 0, and into *ratio d ln(mean) / d output. */
static double
mean_of(double output, double *ratio)
{
	double slope;
	/* NaN stays what it is */
	const double mean = softplus(output < LF_LEAST_OUTPUT ? LF_LEAST_OUTPUT : output, &slope);

	*ratio = slope / mean;
	return mean;
}

double
lf_count_unlink(double output)
{
	double ratio;

	return mean_of(output, &ratio);
}

double
lf_count_link(double m)
{
	m = fmax(m, LF_LEAST_LINKED);
	/* e^m - 1 is e^m long before that overflows */
	return m > 40 ? m : log(expm1(m));
}

/* The softplus of plane 1. */
static double
dispersion_of(double output, double *slope)
{
	const double dispersion = softplus(LF_DISPERSION_PACE * output + LF_FIRST_DISPERSION, slope);

	*slope *= LF_DISPERSION_PACE;
	return dispersion;
}

static double
alpha_of(double output, double v, double *slope)
{
	const double root = sqrt(v);
	const double alpha = (LF_LEAST_ALPHA + dispersion_of(output, slope)) / root;

	*slope /= root;
	return alpha;
}

static double
phi_of(double output, double v, double *slope)
{
	const double root = sqrt(v);
	const double phi = (LF_LEAST_PHI + dispersion_of(output, slope)) * root;

	*slope *= root;
	return phi;
}

/* The negative log likelihood of a count x in a window of unit v, and its derivatives by the
 * outputs. */
static double
poisson_loss(const lf_real *output, double x, double v, double *slope)
{
	double ratio;
	const double mean = v * mean_of(output[0], &ratio);

	slope[0] = (mean - x) * ratio;
	return mean - x * log(mean) + lgamma(x + 1);
}

static double
negative_binomial_loss(const lf_real *output, size_t plane, double x, double v, double *slope)
{
	double ratio;
	double inner;
	double rise_slope;
	const double mean = v * mean_of(output[0], &ratio);
	const double alpha = alpha_of(output[plane], v, &inner);
	const double r = 1 / alpha;
	const double rise = lf_log_gamma_rise(r, x, &rise_slope);
	const double spread = log1p(alpha * mean);

	slope[0] = (mean - x) / (1 + alpha * mean) * ratio;
	/* by r, times dr / d alpha = -r^2 */
	slope[1] = inner * r * (r * (rise_slope - spread) + (mean - x) / (1 + alpha * mean) + x);
	return lgamma(x + 1) - rise + (r + x) * spread - x * log(mean);
}

/*
 * A gamma density for each number of amounts, summed: e^(-lambda - x / gamma) sqrt(lambda / (gamma
 * x)) I_1(2 sqrt(lambda x / gamma)) with lambda = 2 sqrt(m) / phi, gamma = phi sqrt(m) / 2.
 */
static double
tweedie_loss(const lf_real *output, size_t plane, double x, double v, double *slope)
{
	double ratio;
	double inner;
	double excess;
	double log_bessel;
	const double root = sqrt(v * mean_of(output[0], &ratio));
	const double phi = phi_of(output[plane], v, &inner);
	const double distance = (root - sqrt(x)) * ((root - sqrt(x)) / root);
	const double z = 4 * sqrt(x) / phi;

	slope[0] = ratio * ((root - x / root) / phi);
	slope[1] = -inner * (2 * distance / phi) / phi;
	if (!(z > 0))
		return 2 * distance / phi;
	log_bessel = lf_log_bessel(z, &excess);
	slope[1] += inner * (z * excess) / phi;
	return 2 * distance / phi + log(0.5 * phi) + 0.5 * log(x) - log_bessel;
}

static double
loss_of(lf_loss_kind kind, const lf_real *output, size_t plane, double x, double v, double *slope)
{
	if (kind == LF_LOSS_POISSON)
		return poisson_loss(output, x, v, slope);
	if (kind == LF_LOSS_NEGATIVE_BINOMIAL)
		return negative_binomial_loss(output, plane, x, v, slope);
	return tweedie_loss(output, plane, x, v, slope);
}

double
lf_count_loss_sum(lf_loss_kind kind, const lf_real *output, size_t plane, const lf_real *target,
				  const lf_real *unit, const lf_real *weight, size_t count, double scale,
				  lf_real *derivative)
{
	const int outputs = kind == LF_LOSS_POISSON ? 1 : 2;
	double sum = 0;

	for (size_t i = 0; i < count; i++)
	{
		const double w = weight ? weight[i] : 1.0;
		const double v = unit ? unit[i] : 1.0;
		/* no count is below zero; NaN stays what it is */
		const double x = target[i] < 0 ? 0 : v * target[i];
		double slope[2] = {0, 0};

		if (w != 0)
			sum += w * loss_of(kind, output + i, plane, x, v, slope);
		if (derivative)
			for (int k = 0; k < outputs; k++)
				derivative[k * plane + i] = (lf_real) (scale * w * slope[k]);
	}
	return sum;
}

double
lf_count_variance(lf_loss_kind kind, lf_count_forecast forecast)
{
	const double mean = forecast.mean;
	double variance = mean;

	if (kind == LF_LOSS_NEGATIVE_BINOMIAL)
		variance += forecast.dispersion * mean * mean;
	else if (kind == LF_LOSS_TWEEDIE)
		variance = forecast.dispersion * mean * sqrt(mean);
	return fmin(variance, DBL_MAX);
}

double
lf_count_more_dispersion(lf_loss_kind kind, double mean, double variance)
{
	if (kind == LF_LOSS_POISSON || !(mean > DBL_MIN))
		return 0;
	variance /= mean;
	return variance / (kind == LF_LOSS_TWEEDIE ? sqrt(mean) : mean);
}

lf_count_forecast
lf_count_forecast_of(lf_loss_kind kind, const lf_real *outputs, size_t plane, double v)
{
	double slope;
	lf_count_forecast forecast = {.mean = fmin(v * mean_of(outputs[0], &slope), LF_LARGEST_MEAN)};

	if (kind == LF_LOSS_NEGATIVE_BINOMIAL)
		forecast.dispersion = alpha_of(outputs[plane], v, &slope);
	else if (kind == LF_LOSS_TWEEDIE)
		forecast.dispersion = phi_of(outputs[plane], v, &slope);
	return forecast;
}

/* One of them, of a mean that is not 0. */
static double
quantile_of(lf_loss_kind kind, lf_count_forecast forecast, double p)
{
	if (kind == LF_LOSS_NEGATIVE_BINOMIAL)
		return lf_negative_binomial_quantile(p, forecast.mean, forecast.dispersion);
	if (kind == LF_LOSS_TWEEDIE)
		return lf_tweedie_quantile(p, forecast.mean, forecast.dispersion);
	return lf_poisson_quantile(p, forecast.mean);
}

void
lf_count_quantiles(lf_loss_kind kind, lf_count_forecast forecast, const double *p, int count,
				   double *values)
{
	for (int i = 0; i < count; i++)
	{
		values[i] = forecast.mean > LF_LEAST_MEAN ? quantile_of(kind, forecast, p[i]) : 0;
		/* rounding must not let them cross */
		if (i > 0 && values[i] < values[i - 1])
			values[i] = values[i - 1];
	}
}

/* Add the steps from `first` on that lie `season` apart. */
static void
add_place(lf_loss_kind kind, const double *values, int64_t length, int64_t first, int season,
		  lf_count_spread *spread)
{
	double mean = 0;
	double squares = 0;
	double freedom;
	int64_t count = 0;

	for (int64_t i = first; i < length; i += season)
	{
		const double before = mean;

		mean += (values[i] - mean) / (double) ++count;
		squares += (values[i] - before) * (values[i] - mean);
		spread->sales += values[i] != 0;
	}
	if (!(mean > 0))
		return;
	/* of so many values around their own mean one tells nothing */
	freedom = (double) (count - 1);
	spread->excess += kind == LF_LOSS_NEGATIVE_BINOMIAL ? squares - freedom * mean : squares;
	spread->unit += freedom * mean * (kind == LF_LOSS_NEGATIVE_BINOMIAL ? mean : sqrt(mean));
}

lf_count_spread
lf_count_spread_of(lf_loss_kind kind, const double *values, int64_t length, int season)
{
	lf_count_spread spread = {0};

	if (kind == LF_LOSS_POISSON)
		return spread;
	if (length / LF_ENOUGH_SEASONS < season)
		season = 1;
	for (int first = 0; first < season; first++)
		add_place(kind, values, length, first, season, &spread);
	return spread;
}

double
lf_count_dispersion(const lf_count_spread *spread, double usual)
{
	const double own = spread->excess / spread->unit;
	const double sales = (double) spread->sales;

	if (!isfinite(own))
		return usual;
	return (sales * fmax(own, 0) + LF_SURE_SALES * usual) / (sales + LF_SURE_SALES);
}
