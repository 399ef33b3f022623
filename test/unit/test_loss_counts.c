/*
 * test_loss_counts.c
 *	  Losses of counts, their derivatives and quantiles against PyTorch, SciPy and values by hand.
 */
#include <float.h>

#include "check.h"
#include "core/count_distribution.h"
#include "core/loss_counts.h"
#include "golden.h"
#include "loss_fixture.h"
#include "network_fixture.h"

#define COUNT 40
#define LEVELS 7

static const double levels[LEVELS] = {0.01, 0.1, 0.5, 0.8, 0.9, 0.95, 0.999};

/* The golden file's numbers: outputs (O, COUNT), and in units the targets. */
typedef struct values
{
	lf_real *output;
	lf_real target[COUNT];
	lf_real unit[COUNT];
	lf_real weight[COUNT];
} values;

static values
golden_values(const lf_loss *loss)
{
	lf_real *hashed = hashed_reals(2, 2.0, COUNT);
	values v;

	v.output = hashed_reals(3, 4.0, (size_t) lf_loss_outputs(loss) * COUNT);
	for (int i = 0; i < COUNT; i++)
	{
		v.unit[i] = (lf_real) (1 << (i % 7));
		v.target[i] = (lf_real) floor(v.unit[i] * fmax(3 * hashed[i], 0)) / v.unit[i];
		v.weight[i] = i % 5 != 3;
	}
	free(hashed);
	return v;
}

static void
test_golden(const golden_tensor *file, int kind, const values *v, bool masked)
{
	const lf_loss *loss = &count_losses[kind];
	const int count = lf_loss_outputs(loss) * COUNT;
	const lf_real *weight = masked ? v->weight : NULL;
	lf_real derivative[2 * COUNT];
	const lf_real *expected;
	char name[64];
	double worst = 0;
	double sum;

	snprintf(name, sizeof(name), "%s.%s.sum", count_loss_names[kind], masked ? "masked" : "all");
	sum = lf_loss_sum(loss, v->output, COUNT, v->target, v->unit, weight, COUNT, 0.25, derivative);
	check(relative_difference(sum, golden_get(file, name, 1)[0]) < 1e-6, "%s is PyTorch's", name);
	snprintf(name, sizeof(name), "%s.%s.derivative", count_loss_names[kind],
			 masked ? "masked" : "all");
	expected = golden_get(file, name, count);
	for (int i = 0; i < count; i++)
		worst = fmax(worst, relative_difference(derivative[i], expected[i]));
	check(worst < 1e-5, "%s is PyTorch's: %.0e", name, worst);
}

static void
test_golden_quantiles(const golden_tensor *file, int kind)
{
	lf_real *output = hashed_reals(4, 4.0, (size_t) lf_loss_outputs(&count_losses[kind]) * COUNT);
	const lf_real *expected;
	double worst = 0;
	char name[64];

	snprintf(name, sizeof(name), "%s.quantiles", count_loss_names[kind]);
	expected = golden_get(file, name, LEVELS * COUNT);
	for (int i = 0; i < COUNT; i++)
	{
		lf_count_forecast forecast =
			lf_count_forecast_of(count_losses[kind].kind, output + i, COUNT, 4 << (i % 7));
		double reached[LEVELS];

		lf_count_quantiles(count_losses[kind].kind, forecast, levels, LEVELS, reached);
		for (int level = 0; level < LEVELS; level++)
		{
			double error = relative_difference(reached[level], expected[level * COUNT + i]);

			/* a gamma variable stands for many amounts */
			if (count_losses[kind].kind == LF_LOSS_TWEEDIE &&
				2 * sqrt(forecast.mean) / forecast.dispersion > 400)
				error *= 1e-4;
			worst = fmax(worst, error);
		}
	}
	check(worst < 1e-6, "%s are SciPy's: %.0e", name, worst);
	free(output);
}

/* Finite, ascending, and whole where they are counts, for the wildest outputs and targets. */
static void
test_extremes(int kind)
{
	static const lf_real extremes[] = {0, -1, 1e-30f, 20, -100, 1e4, -1e15f, FLT_MAX, -FLT_MAX};
	static const lf_real targets[] = {0, 1, 1e6f, 1e15f, -3};
	static const double units[] = {1, 1.5, 1e6, 1e15};
	const int count = sizeof(extremes) / sizeof(extremes[0]);
	const lf_loss *loss = &count_losses[kind];
	bool good = true;

	for (int i = 0; i < count * count; i++)
		for (int u = 0; u < 4; u++)
		{
			const lf_real output[2] = {extremes[i / count], extremes[i % count]};
			const lf_real unit = (lf_real) units[u];
			double reached[LEVELS];

			for (int t = 0; t < 5; t++)
			{
				double sum = lf_loss_sum(loss, output, 1, &targets[t], &unit, NULL, 1, 1, NULL);

				good &= isfinite(sum) != 0;
			}
			lf_count_quantiles(loss->kind, lf_count_forecast_of(loss->kind, output, 1, units[u]),
							   levels, LEVELS, reached);
			for (int k = 0; k < LEVELS; k++)
				good &= isfinite(reached[k]) && reached[k] >= (k > 0 ? reached[k - 1] : 0) &&
						(loss->kind == LF_LOSS_TWEEDIE || reached[k] == floor(reached[k]) ||
						 reached[k] > 1e15);
		}
	check(good, "%s: losses of extreme outputs are finite, quantiles ascend",
		  count_loss_names[kind]);
}

/* Numbers that tables have. */
static void
test_by_hand(void)
{
	const lf_real three[2] = {(lf_real) log(expm1(3.0)), 0};
	const lf_real two = 2;
	lf_real derivative[2];
	double slope;

	/* 3^2 e^-3 / 2 */
	check(fabs(exp(-lf_loss_sum(&count_losses[0], three, 1, &two, NULL, NULL, 1, 1, derivative)) -
			   4.5 * exp(-3.0)) < 1e-7,
		  "poisson: the chance of 2 where 3 are usual");
	/* P(X <= 5) = 0.916 with a mean of 3, P(X <= 4) = 0.815 */
	check(lf_poisson_quantile(0.9, 3) == 5 && lf_poisson_quantile(0.81, 3) == 4 &&
			  lf_poisson_quantile(0.1, 3) == 1 && lf_poisson_quantile(0.04, 3) == 0,
		  "poisson: quantiles of 3");
	/* geometric with p = 1/2: P(X <= k) = 1 - 2^-(k + 1) */
	check(lf_negative_binomial_quantile(0.5, 1, 1) == 0 &&
			  lf_negative_binomial_quantile(0.75, 1, 1) == 1 &&
			  lf_negative_binomial_quantile(0.76, 1, 1) == 2 &&
			  lf_negative_binomial_quantile(0.999, 1, 1) == 9,
		  "negative binomial: of alpha 1 it is geometric");
	check(lf_negative_binomial_quantile(0.9, 3, 1e-12) == lf_poisson_quantile(0.9, 3),
		  "negative binomial: of no dispersion it is Poisson's");
	check(lf_tweedie_quantile(0.36, 1, 2) == 0 && lf_tweedie_quantile(0.37, 1, 2) > 0,
		  "tweedie: one amount is expected, none comes with probability 1 / e");
	/* Gamma(5.5) / Gamma(2.5) / 2.5^3 = 2.5 3.5 4.5 / 2.5^3 */
	check(fabs(lf_log_gamma_rise(2.5, 3, &slope) - log(1.4 * 1.8)) < 1e-12 &&
			  fabs(slope - (1 / 2.5 + 1 / 3.5 + 1 / 4.5 - 3 / 2.5)) < 1e-12,
		  "rises of the gamma function are products");
	check(fabs(lf_log_gamma_rise(1e12, 3, &slope)) < 1e-11, "and none where it is flat");
}

/* Large counts have the quantiles of a gamma variable, which hardly differ where both are known. */
static void
test_seam(void)
{
	bool good = true;

	for (double p = 0.01; p < 1; p += 0.07)
	{
		const double small = lf_negative_binomial_quantile(p, 0.999 * LF_COUNT_LARGE, 0.25);
		const double large = lf_negative_binomial_quantile(p, 1.001 * LF_COUNT_LARGE, 0.25);

		good &= large > small && large - small < 0.01 * LF_COUNT_LARGE;
		good &= fabs(lf_poisson_quantile(p, 0.9999 * LF_COUNT_LARGE) -
					 lf_poisson_quantile(p, LF_COUNT_LARGE)) < 4;
	}
	check(good, "quantiles of counts and of large ones agree where they meet");
}

/* A dispersion is found by moments, around the means of a season, and shrunk where little is sold.
 */
static void
test_dispersion(void)
{
	static const double flat[] = {0, 4, 0, 4, 0, 4, 0, 4};
	lf_count_spread spread = lf_count_spread_of(LF_LOSS_NEGATIVE_BINOMIAL, flat, 8, 1);
	lf_count_spread seasonal = lf_count_spread_of(LF_LOSS_NEGATIVE_BINOMIAL, flat, 8, 2);
	lf_count_spread none = lf_count_spread_of(LF_LOSS_NEGATIVE_BINOMIAL, flat, 1, 1);

	/* mean 2, variance 32 / 7: (32 / 7 - 2) / 4 of 4 sales, and 10 of the usual one */
	check(fabs(lf_count_dispersion(&spread, 3) - (4 * (32.0 / 7 - 2) / 4 + 10 * 3) / 14) < 1e-12,
		  "dispersion by moments");
	check(seasonal.excess < 0 && fabs(lf_count_dispersion(&seasonal, 3) - 30.0 / 14) < 1e-12,
		  "what comes each season is not dispersed");
	check(lf_count_dispersion(&none, 3) == 3, "of nothing sold it is the usual one");
	check(lf_count_variance(LF_LOSS_TWEEDIE, (lf_count_forecast){4, 0.5}) == 4 &&
			  lf_count_variance(LF_LOSS_NEGATIVE_BINOMIAL, (lf_count_forecast){4, 0.5}) == 12 &&
			  lf_count_variance(LF_LOSS_POISSON, (lf_count_forecast){4, 0}) == 4,
		  "variances");
}

int
main(void)
{
	golden_tensor *file = golden_read("counts");

	for (int kind = 0; kind < COUNT_LOSSES; kind++)
	{
		values v = golden_values(&count_losses[kind]);

		test_golden(file, kind, &v, false);
		test_golden(file, kind, &v, true);
		test_golden_quantiles(file, kind);
		test_extremes(kind);
		free(v.output);
	}
	test_by_hand();
	test_seam();
	test_dispersion();
	check(fabs(lf_count_unlink(lf_count_link(0.7)) - 0.7) < 1e-12 && lf_count_link(1e6) == 1e6,
		  "the link is the softplus's inverse");
	golden_free(file);
	return check_done();
}
