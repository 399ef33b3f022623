/*
 * count_distribution.c
 *	  Distributions of counts and of amounts that may be zero: what likelihoods and quantiles need.
 */
#include "count_distribution.h"

#include <float.h>
#include <math.h>

#include "distribution.h"

#define LF_TERMS 3000  /* of a series or fraction, at most: those of a mean of LF_COUNT_LARGE */
#define LF_EXACT 1e-15 /* of a sum, that ends it */
#define LF_SERIES_FROM 20.0   /* from here on asymptotic series have their accuracy */
#define LF_BESSEL_FROM 30.0   /* likewise */
#define LF_GAMMA_LARGE 1e4    /* a shape from which Wilson and Hilferty's cubes are good enough */
#define LF_MANY_AMOUNTS 400   /* expected ones, from which their sum is a gamma variable */
#define LF_HALVINGS 200       /* of an interval of doubles, at most */
#define LF_ROUNDING 1e-13     /* of a probability: 0.5 is reached by what is 0.5 but for that */
#define LF_POISSON_ALPHA 1e-9 /* with less the negative binomial distribution is Poisson's */

/* The end of Stirling's series for ln Gamma(x), x >= LF_SERIES_FROM, and its derivative. */
static double
stirling_rest(double x, double *slope)
{
	const double r = 1 / x;
	const double s = r * r;

	*slope = -s * (1.0 / 12 - s * (3.0 / 360 - s * (5.0 / 1260 - s * 7.0 / 1680)));
	return r * (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s / 1680)));
}

double
lf_log_gamma_rise(double r, double x, double *slope)
{
	double sum = 0;
	double change = 0;
	double first_slope;
	double second_slope;
	double first;
	double second;
	double grown;
	const double given = r;

	/* up to where the series holds: each step multiplies by (r + x) / r */
	for (; r < LF_SERIES_FROM; r += 1)
	{
		sum -= log1p(x / r);
		change += x / (r * (r + x));
	}
	grown = log1p(x / r);
	first = stirling_rest(r, &first_slope);
	second = stirling_rest(r + x, &second_slope);
	*slope = change + grown - x / given + second_slope - first_slope - 0.5 * (1 / (r + x) - 1 / r);
	sum += (r + x - 0.5) * grown - x + second - first;
	return sum + x * log(r / given);
}

/* ln I_1(z) - z by the power series, all of whose terms are positive. */
static double
bessel_series(double z, double *excess)
{
	const double quarter = 0.25 * z * z;
	double term = 1; /* (z^2 / 4)^k / (k!)^2 */
	double zeroth = 1;
	double first = 1; /* of I_1 without the factor z / 2 */

	for (int k = 1; k < LF_TERMS && term > LF_EXACT * zeroth; k++)
	{
		term *= quarter / ((double) k * k);
		zeroth += term;
		first += term / (k + 1);
	}
	*excess = zeroth / first * (2 / z) - 1;
	return log(first) + log(0.5 * z) - z;
}

double
lf_log_bessel(double z, double *excess)
{
	double term = 1;
	double other = 1;
	double first = 1;
	double difference = 0; /* of the series of I_0 and I_1 */

	if (z < LF_BESSEL_FROM)
		return bessel_series(z, excess);
	for (int k = 1; k < 30 && fabs(term) > LF_EXACT; k++)
	{
		const double odd = (2.0 * k - 1) * (2.0 * k - 1);

		term *= -(4 - odd) / (8 * z * k);
		other *= odd / (8 * z * k);
		first += term;
		difference += other - term;
	}
	*excess = difference / first;
	return log(first) - 0.5 * log(6.283185307179586 * z);
}

/* ln of x^a e^-x / Gamma(a + 1), without cancellation where x and a are large and alike. */
static double
log_gamma_term(double a, double x)
{
	double slope;

	if (a < LF_SERIES_FROM)
		return a * log(x) - x - lgamma(a + 1);
	return a * (log1p((x - a) / a) - (x - a) / a) - 0.5 * log(6.283185307179586 * a) -
		   stirling_rest(a, &slope);
}

/* The regularised incomplete gamma function P(a, x), or where upper is set Q(a, x). */
static double
incomplete_gamma(double a, double x, int upper)
{
	double part;

	if (!(x > 0))
		return upper ? 1 : 0;
	if (x < a + 1)
	{
		double term = 1;
		double sum = 1;

		for (int k = 1; k < LF_TERMS && term > LF_EXACT * sum; k++)
		{
			term *= x / (a + k);
			sum += term;
		}
		part = exp(log_gamma_term(a, x)) * sum;
		return upper ? 1 - part : part;
	}

	double b = x + 1 - a;
	double c = 1 / DBL_MIN;
	double d = 1 / b;
	double fraction = d;
	double change = 0;

	for (int k = 1; k < LF_TERMS && fabs(change - 1) > LF_EXACT; k++)
	{
		const double term = -k * (k - a);

		b += 2;
		d = term * d + b;
		d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
		c = b + term / c;
		c = fabs(c) < DBL_MIN ? DBL_MIN : c;
		change = c * d;
		fraction *= change;
	}
	part = exp(log_gamma_term(a, x) + log(a)) * fraction;
	return upper ? part : 1 - part;
}

/* P(count <= k) of these three; what a search needs of a distribution. */
typedef struct lf_cumulated
{
	double (*at)(const struct lf_cumulated *, double value);
	double mean;
	double extent; /* r = 1 / alpha, or 1 / gamma, an amount's mean */
} lf_cumulated;

static double
poisson_at(const lf_cumulated *of, double k)
{
	return incomplete_gamma(k + 1, of->mean, 1);
}

/*
 * I_q(r, k + 1), q = r / (r + mean). The factor before the fraction is made of logarithms that do
 * not cancel.
 */
static double
negative_binomial_at(const lf_cumulated *of, double k)
{
	const double r = of->extent;
	const double q = 1 / (1 + of->mean / r);
	const double not_q = 1 / (1 + r / of->mean);
	const double b = k + 1;
	double slope;
	/* Gamma(r + b) / (Gamma(r) Gamma(b + 1)) q^r (1 - q)^b */
	const double log_factor = lf_log_gamma_rise(r, b, &slope) + b * log(r) - lgamma(b + 1) -
							  r * log1p(of->mean / r) - b * log1p(r / of->mean);

	if (q < (r + 1) / (r + b + 2))
		return exp(log_factor) * (b / r) * lf_beta_fraction(r, b, q);
	return 1 - exp(log_factor) * lf_beta_fraction(b, r, not_q);
}

/* The sum over the number of amounts, of which a gamma variable of that shape is the sum. */
static double
tweedie_at(const lf_cumulated *of, double value)
{
	const double x = value * of->extent;
	const double expected = of->mean * of->extent; /* number of amounts */
	double weight = exp(-expected);
	double sum = weight;
	double density = exp(-x);  /* x^k e^-x / k! */
	double below = -expm1(-x); /* P(k, x): it loses a density a step */

	for (int k = 1; k < LF_TERMS; k++)
	{
		weight *= expected / k;
		sum += weight * (below > 0 ? below : 0);
		density *= x / k;
		below -= density;
		if (k > expected && weight < LF_EXACT)
			break;
	}
	return sum;
}

/* The least whole number, or (whole unset) value, at which a distribution has come to p. */
static double
search(const lf_cumulated *of, double p, double deviation, int whole)
{
	double low = 0;
	const double reached = p - LF_ROUNDING * p;
	double high = ceil(of->mean + 2 * deviation) + 1;

	if (of->at(of, 0) >= reached)
		return 0;
	while (of->at(of, high) < reached && high < 1e15)
	{
		low = high;
		high *= 2;
	}
	for (int i = 0; i < LF_HALVINGS; i++)
	{
		const double middle = whole ? floor(0.5 * (low + high)) : 0.5 * (low + high);

		if (middle <= low || middle >= high || (!whole && high - low < 1e-12 * high))
			break;
		if (of->at(of, middle) >= reached)
			high = middle;
		else
			low = middle;
	}
	return high;
}

static double
gamma_at(const lf_cumulated *of, double value)
{
	return incomplete_gamma(of->extent, value * of->extent, 0);
}

/* The quantile of the gamma distribution of this mean and deviation: Wilson and Hilferty 1931 where
 * the shape is large. */
static double
gamma_quantile(double p, double mean, double deviation)
{
	const double ratio = deviation / mean;
	const double shape = 1 / (ratio * ratio);
	const lf_cumulated unit = {.at = gamma_at, .mean = 1, .extent = shape};
	double root;

	if (!(shape > 1e-3)) /* nearly all of it is at 0, and the rest is beyond any number */
		return p < 1 - shape ? 0 : mean;
	if (shape < LF_GAMMA_LARGE)
		return mean * search(&unit, p, ratio, 0);
	root = 1 - 1 / (9 * shape) + lf_normal_quantile(p) * ratio / 3;
	return mean * fmax(root * root * root, 0);
}

double
lf_poisson_quantile(double p, double mean)
{
	const lf_cumulated counts = {.at = poisson_at, .mean = mean};

	if (mean >= LF_COUNT_LARGE)
		return ceil(gamma_quantile(p, mean, sqrt(mean)));
	return search(&counts, p, sqrt(mean), 1);
}

double
lf_negative_binomial_quantile(double p, double mean, double alpha)
{
	const lf_cumulated counts = {.at = negative_binomial_at, .mean = mean, .extent = 1 / alpha};
	const double deviation = sqrt(mean) * sqrt(1 + alpha * mean);

	if (!(alpha > LF_POISSON_ALPHA))
		return lf_poisson_quantile(p, mean);
	if (mean >= LF_COUNT_LARGE)
		return ceil(gamma_quantile(p, mean, deviation));
	/* as good as all of it is at 0 */
	if (alpha > 1e12)
		return 0;
	return search(&counts, p, deviation, 1);
}

double
lf_tweedie_quantile(double p, double mean, double phi)
{
	const double root = sqrt(mean);
	const double amount = 0.5 * phi * root; /* its mean; mean / amount of them are expected */
	const lf_cumulated sum = {.at = tweedie_at, .mean = mean, .extent = 1 / amount};
	const double deviation = sqrt(phi * mean * root);

	if (!(amount > mean / LF_MANY_AMOUNTS))
		return gamma_quantile(p, mean, deviation);
	if (exp(-mean / amount) >= p)
		return 0;
	return search(&sum, p, deviation, 0);
}
