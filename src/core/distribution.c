/*
 * distribution.c
 *	  The normal and Student's t distribution: what likelihoods and quantiles need.
 */
#include "distribution.h"

#include <math.h>

#define LF_PI 3.14159265358979323846

/* From here on the asymptotic series of lf_log_gamma_half_step has its accuracy. */
#define LF_SERIES_FROM 10.0

/* From here on Hill's approximation needs no correction, and continued fractions are slow. */
#define LF_HILL_FREEDOM 1000.0

/* Of a continued fraction; it takes about the root of the larger parameter. */
#define LF_FRACTION_TERMS 2000

double
lf_log_gamma_half_step(double x, double *slope)
{
	double ratio = 1; /* of x, x + 1, ... to x + 1/2, x + 3/2, ... */
	double sum = 0;   /* the derivative of its logarithm */
	double r;

	for (; x < LF_SERIES_FROM; x += 1)
	{
		ratio *= x / (x + 0.5);
		sum += 0.5 / (x * (x + 0.5));
	}
	r = 1 / x;
	*slope =
		sum +
		r * (0.5 + r * (1.0 / 8 +
						r * r *
							(-1.0 / 64 +
							 r * r * (1.0 / 128 + r * r * (-17.0 / 2048 + r * r * 31.0 / 2048)))));
	return log(ratio) + 0.5 * log(x) +
		   r * (-1.0 / 8 +
				r * r *
					(1.0 / 192 +
					 r * r * (-1.0 / 640 + r * r * (17.0 / 14336 + r * r * -31.0 / 18432))));
}

/* c[0] + c[1] x + ... + c[7] x^7 */
static double
polynomial(const double c[8], double x)
{
	double sum = c[7];

	for (int i = 6; i >= 0; i--)
		sum = sum * x + c[i];
	return sum;
}

double
lf_normal_quantile(double p)
{
	static const double centre[2][8] = {
		{3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
		 1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
		 3.3430575583588128105e+4, 2.5090809287301226727e+3},
		{1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
		 2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
		 5.2264952788528545610e+3}};
	static const double middle[2][8] = {
		{1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
		 3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
		 2.27238449892691845833e-2, 7.74545014278341407640e-4},
		{1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
		 1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
		 1.05075007164441684324e-9}};
	static const double tail[2][8] = {
		{6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
		 2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
		 2.71155556874348757815e-5, 2.01033439929228813265e-7},
		{1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		 7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
		 2.04426310338993978564e-15}};
	const double q = p - 0.5;
	double r;
	double z;

	if (fabs(q) <= 0.425)
	{
		r = 0.180625 - q * q;
		return q * polynomial(centre[0], r) / polynomial(centre[1], r);
	}
	r = sqrt(-log(q < 0 ? p : 1 - p));
	z = r <= 5 ? polynomial(middle[0], r - 1.6) / polynomial(middle[1], r - 1.6)
			   : polynomial(tail[0], r - 5) / polynomial(tail[1], r - 5);
	return q < 0 ? -z : z;
}

/* t > 0 that is exceeded with probability tail <= 1/2: Hill's approximation. */
static double
hill_upper(double tail, double freedom)
{
	const double a = 1 / (freedom - 0.5);
	const double b = 48 / (a * a);
	double c = ((20700 * a / b - 98) * a - 16) * a + 96.36;
	const double d = ((94.5 / (b + c) - 3) / b + 1) * sqrt(a * LF_PI / 2) * freedom;
	double y = pow(d * 2 * tail, 2 / freedom);

	if (y > 0.05 + a)
	{
		const double x = -lf_normal_quantile(tail);

		y = x * x;
		if (freedom < 5)
			c += 0.3 * (freedom - 4.5) * (x + 0.6);
		c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
		y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
		y = expm1(a * y * y);
	}
	else
		y = ((1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3) +
			  0.5 / (freedom + 4)) *
				 y -
			 1) *
				(freedom + 1) / (freedom + 2) +
			1 / y;
	return sqrt(freedom * y);
}

static double
not_zero(double x)
{
	return fabs(x) < 1e-300 ? 1e-300 : x;
}

double
lf_beta_fraction(double a, double b, double x)
{
	double c = 1;
	double d = 1 / not_zero(1 - (a + b) * x / (a + 1));
	double value = d;
	double change = 0;

	for (int m = 1; m < LF_FRACTION_TERMS && fabs(change - 1) > 1e-14; m++)
	{
		const double terms[2] = {
			m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
			-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
		};

		for (int i = 0; i < 2; i++)
		{
			d = 1 / not_zero(1 + terms[i] * d);
			c = not_zero(1 + terms[i] / c);
			change = c * d;
			value *= change;
		}
	}
	return value;
}

/*
 * ln P(T > t), t > 0, and into *ratio P(T > t) over the density there. Both are
 * made of the density's logarithm and of ratios that do not underflow.
 */
static double
log_upper(double t, double freedom, double log_constant, double *ratio)
{
	const double square = t * t / freedom;
	const double log_density = log_constant - 0.5 * (freedom + 1) * log1p(square);
	const double a = 0.5 * freedom;
	const double y = 1 / (1 + square);

	if (y < (a + 1) / (a + 2.5))
	{
		*ratio = t * lf_beta_fraction(a, 0.5, y) / freedom;
		return log_density + log(*ratio);
	}

	const double density = exp(log_density);
	const double upper = 0.5 - density * t * lf_beta_fraction(0.5, a, square * y);

	*ratio = upper / density;
	return log(upper);
}

/* t > 0 that is exceeded with probability tail <= 1/2; at least 1e-300, so that its square is
 * finite. */
static double
student_upper(double tail, double freedom)
{
	double t;
	double slope;
	const double log_constant = /* of the density */
		lf_log_gamma_half_step(0.5 * freedom, &slope) - 0.5 * log(freedom * LF_PI);

	tail = fmax(tail, 1e-300);
	t = hill_upper(tail, freedom);
	if (freedom >= LF_HILL_FREEDOM)
		return t;
	for (int i = 0; i < 20; i++)
	{
		double ratio;
		double step = (log_upper(t, freedom, log_constant, &ratio) - log(tail)) * ratio;

		/* the start is close: a longer step could only be one of rounding, near zero */
		step = fmin(fmax(step, -0.5 * t), t);
		t += step;
		if (fabs(step) <= 1e-12 * t)
			break;
	}
	return t;
}

double
lf_student_quantile(double p, double freedom)
{
	if (p == 0.5)
		return 0;
	return p < 0.5 ? -student_upper(p, freedom) : student_upper(1 - p, freedom);
}
