/*
 * test_loss.c
 *	  Losses, their derivatives and their quantiles against PyTorch, SciPy and values by hand.
 */
#include <float.h>
#include <string.h>

#include "check.h"
#include "core/distribution.h"
#include "golden.h"
#include "loss_fixture.h"
#include "network_fixture.h"

#define COUNT 40
#define MOST_OUTPUTS 4

/* The golden file's outputs, (O, COUNT), targets, weights. */
typedef struct values
{
	lf_real *output;
	lf_real *target;
	lf_real weight[COUNT];
} values;

static values
golden_values(const lf_loss *loss)
{
	const int outputs = lf_loss_outputs(loss);
	values v;

	v.target = hashed_reals(2, 2.0, COUNT);
	v.output = hashed_reals(1, 2.0, COUNT);
	v.target[7] = v.output[7];
	v.target[8] = v.output[8] + 1;
	if (outputs > 1)
	{
		free(v.output);
		v.output = hashed_reals(3, 4.0, (size_t) outputs * COUNT);
	}
	for (int i = 0; i < COUNT; i++)
		v.weight[i] = i % 5 != 3;
	return v;
}

static void
free_values(values *v)
{
	free(v->output);
	free(v->target);
}

static void
test_golden(const golden_tensor *file, const lf_loss *loss, const values *v, bool masked)
{
	const char *kind = loss_names[loss->kind];
	const lf_real *weight = masked ? v->weight : NULL;
	const int count = lf_loss_outputs(loss) * COUNT;
	lf_real derivative[MOST_OUTPUTS * COUNT];
	char name[64];
	double sum;
	const lf_real *expected;
	double worst = 0;

	snprintf(name, sizeof(name), "%s.%s.sum", kind, masked ? "masked" : "all");
	sum = lf_loss_sum(loss, v->output, COUNT, v->target, NULL, weight, COUNT, 0.25, derivative);
	check(relative_difference(sum, golden_get(file, name, 1)[0]) < 1e-6, "%s is PyTorch's", name);
	snprintf(name, sizeof(name), "%s.%s.derivative", kind, masked ? "masked" : "all");
	expected = golden_get(file, name, count);
	for (int i = 0; i < count; i++)
		worst = fmax(worst, relative_difference(derivative[i], expected[i]));
	check(worst < 1e-6, "%s is PyTorch's: %.0e", name, worst);
	check(lf_loss_sum(loss, v->output, COUNT, v->target, NULL, weight, COUNT, 0.25, NULL) == sum,
		  "%s: the sum is the same without the derivative", kind);
}

/* Weights, the empty sum, and NaN. */
static void
test_sums(const lf_loss *loss, values *v)
{
	const char *kind = loss_names[loss->kind];
	const int outputs = lf_loss_outputs(loss);
	lf_real derivative[MOST_OUTPUTS * COUNT];
	bool hidden;
	bool finite = true;

	check(lf_loss_sum(loss, v->output, COUNT, v->target, NULL, v->weight, 0, 1.0, derivative) == 0,
		  "%s: nothing to sum", kind);
	memset(derivative, 0xff, sizeof(derivative));
	for (int k = 0; k < outputs; k++)
		v->output[k * COUNT + 3] = NAN;
	v->target[13] = NAN;
	hidden = isfinite(
		lf_loss_sum(loss, v->output, COUNT, v->target, NULL, v->weight, COUNT, 1.0, derivative));
	for (int i = 0; i < outputs * COUNT; i++)
		finite &= isfinite(derivative[i]) != 0;
	for (int k = 0; k < outputs; k++)
		hidden &= derivative[k * COUNT + 3] == 0 && derivative[k * COUNT + 13] == 0;
	check(hidden && finite, "%s: a value that does not count may be anything", kind);
	v->target[4] = NAN;
	check(isnan(lf_loss_sum(loss, v->output, COUNT, v->target, NULL, v->weight, COUNT, 1.0,
							derivative)),
		  "%s: NaN shows in the sum", kind);
}

/* One step at a time, with numbers that can be reckoned by hand. */
static void
test_by_hand(void)
{
	const lf_loss median = {.kind = LF_LOSS_QUANTILE, .quantile_count = 1, .quantiles = {0.5}};
	const lf_real zero[MOST_OUTPUTS] = {0, 0, 0, 0};
	const lf_real two[2] = {1.5, 0.5};
	const lf_real above = 3;
	const lf_real none = 0;
	const lf_real one = 1;
	lf_real derivative[MOST_OUTPUTS];

	lf_loss_sum(&losses[LF_LOSS_MAE], &above, 1, &above, NULL, NULL, 1, 1.0, derivative);
	check(derivative[0] == 0, "mae: no error, no derivative");
	/* twice 0.1 * 3, 0.5 * 3 and 0.8 * 3, and their mean */
	check(fabs(lf_loss_sum(&losses[LF_LOSS_QUANTILE], zero, 1, &above, NULL, NULL, 1, 1.0,
						   derivative) -
			   2 * 3 * 1.4 / 3) < 1e-15 &&
			  fabs(derivative[0] + 2 * 1.4 / 3) < 1e-7 && fabs(derivative[3] + 2 * 0.8 / 3) < 1e-7,
		  "quantile: twice the pinball loss, the mean over quantiles");
	check(lf_loss_sum(&median, two, 1, &above, NULL, NULL, 1, 1.0, derivative) == 1 &&
			  derivative[0] == -1 && derivative[1] == -1,
		  "quantile: of the median alone, mae");
	check(lf_loss_sum(&median, two, 1, &none, NULL, NULL, 1, 1.0, derivative) == 2 &&
			  derivative[0] == 1,
		  "quantile: from above, too");
	/* the density of the standard normal distribution at 1: exp(-1/2) / sqrt(2 pi) */
	check(
		fabs(lf_loss_sum(&losses[LF_LOSS_GAUSSIAN], zero, 1, &one, NULL, NULL, 1, 1.0, derivative) -
			 1.4189385332046727) < 1e-14 &&
			derivative[0] == -1 && fabs(derivative[1]) < 1e-7,
		"gaussian: an output of zero has the deviation 1");
	/* with 2 + 8 degrees of freedom, at the mode: Gamma(5.5) / (Gamma(5) sqrt(10 pi)) */
	{
		const lf_real eight[3] = {0, 0, (lf_real) log(expm1(8.0))};

		check(fabs(exp(-lf_loss_sum(&losses[LF_LOSS_STUDENT_T], eight, 1, &none, NULL, NULL, 1, 1.0,
									derivative)) -
				   0.38910838396603104) < 1e-8,
			  "student_t: the density with ten degrees of freedom");
	}
}

static void
test_golden_quantiles(const golden_tensor *file, const lf_loss *loss)
{
	static const double levels[] = {1e-6, 0.01, 0.05, 0.1,   0.3,     0.5,
									0.6,  0.8,  0.9,  0.999, 1 - 1e-6};
	enum
	{
		LEVELS = sizeof(levels) / sizeof(levels[0])
	};
	lf_real *output = hashed_reals(4, 4.0, (size_t) lf_loss_outputs(loss) * COUNT);
	const lf_real *expected;
	double worst = 0;
	char name[64];

	snprintf(name, sizeof(name), "%s.quantiles", loss_names[loss->kind]);
	expected = golden_get(file, name, LEVELS * COUNT);
	for (int i = 0; i < COUNT; i++)
	{
		double reached[LEVELS];

		lf_loss_quantiles(loss, output + i, COUNT, levels, LEVELS, reached);
		for (int level = 0; level < LEVELS; level++)
			worst = fmax(worst, relative_difference(reached[level], expected[level * COUNT + i]));
	}
	check(worst < 1e-6, "%s are PyTorch's and SciPy's: %.0e", name, worst);
	free(output);
}

/* Finite, and ascending in p, for the wildest outputs; all combinations of the extremes. */
static void
test_extremes(const lf_loss *loss)
{
	static const lf_real extremes[] = {0, -1, 1e-30f, 20, -100, 1e4, -1e15f, FLT_MAX, -FLT_MAX};
	static const double levels[] = {5e-324, 1e-300, 1e-20,  0.1 - 1e-17, 0.1,       0.1 + 1e-16,
									0.4999, 0.5,    0.5001, 0.8,         1 - 1e-10, 1 - 2e-16};
	enum
	{
		LEVELS = sizeof(levels) / sizeof(levels[0]),
		EXTREMES = sizeof(extremes) / sizeof(extremes[0])
	};
	const int outputs = lf_loss_outputs(loss);
	int combinations = 1;
	bool good = true;

	for (int k = 0; k < outputs; k++)
		combinations *= EXTREMES;
	for (int combination = 0; combination < combinations; combination++)
	{
		const lf_real target = 1;
		lf_real output[MOST_OUTPUTS];
		double reached[LEVELS];
		int rest = combination;

		for (int k = 0; k < outputs; k++, rest /= EXTREMES)
			output[k] = extremes[rest % EXTREMES];
		good &= isfinite(lf_loss_sum(loss, output, 1, &target, NULL, NULL, 1, 1.0, NULL)) != 0;
		lf_loss_quantiles(loss, output, 1, levels, LEVELS, reached);
		for (int level = 0; level < LEVELS; level++)
			good &=
				isfinite(reached[level]) && (level == 0 || reached[level] >= reached[level - 1]);
	}
	check(good, "%s: quantiles of extreme outputs are finite and ascend, losses are finite",
		  loss_names[loss->kind]);
}

/* Trained quantiles that cross are read in order; a single one is all there is. */
static void
test_crossing(void)
{
	static const double levels[] = {0.05, 0.1, 0.3, 0.5, 0.8, 0.95};
	const lf_real crossed[4] = {10, 3, 1, 2}; /* 13, 11, 12 */
	const lf_loss median = {.kind = LF_LOSS_QUANTILE, .quantile_count = 1, .quantiles = {0.5}};
	double reached[6];

	lf_loss_quantiles(&losses[LF_LOSS_QUANTILE], crossed, 1, levels, 6, reached);
	check(reached[1] == 11 && fabs(reached[2] - 11.5) < 1e-12 && reached[3] == 12 &&
			  reached[4] == 13,
		  "quantiles that cross are put in order");
	/* the normal quantiles of 0.05, 0.1, 0.5 are -1.64485, -1.28155 and 0 */
	check(fabs(reached[0] - (11 - (1.6448536 - 1.2815516) / 1.2815516)) < 1e-6,
		  "the lower tail is normal");
	check(fabs(reached[5] - (13 + (1.6448536 - 0.8416212) / 0.8416212)) < 1e-6,
		  "the upper tail is normal");
	lf_loss_quantiles(&median, crossed, 1, levels, 6, reached);
	check(reached[0] == 13 && reached[5] == 13, "a single quantile is everywhere");
}

static void
test_gives_distribution(void)
{
	const lf_loss median = {.kind = LF_LOSS_QUANTILE, .quantile_count = 1, .quantiles = {0.5}};

	check(lf_loss_gives_distribution(&losses[LF_LOSS_QUANTILE]) &&
			  !lf_loss_gives_distribution(&median),
		  "quantiles give a distribution, one alone does not");
	check(lf_loss_gives_distribution(&losses[LF_LOSS_GAUSSIAN]) &&
			  lf_loss_gives_distribution(&losses[LF_LOSS_STUDENT_T]) &&
			  !lf_loss_gives_distribution(&losses[LF_LOSS_HUBER]),
		  "likelihoods give one, errors do not");
}

/* Student's t against closed forms: with 2 degrees of freedom, and with 4 (Shaw 2006). */
static void
test_student(void)
{
	double worst_two = 0;
	double worst_four = 0;
	double worst_seam = 0;

	for (double p = 1e-12; p < 1; p = p < 0.01 ? p * 1.7 : p + 0.0097)
	{
		const double alpha = 4 * p * (1 - p);
		const double two = (2 * p - 1) * sqrt(2 / alpha);
		const double q = cos(acos(sqrt(alpha)) / 3) / sqrt(alpha);
		const double four = copysign(2 * sqrt(q - 1), p - 0.5);

		worst_two = fmax(worst_two, relative_difference(lf_student_quantile(p, 2), two));
		worst_four = fmax(worst_four, relative_difference(lf_student_quantile(p, 4), four));
		worst_seam = fmax(worst_seam, relative_difference(lf_student_quantile(p, 999.999999),
														  lf_student_quantile(p, 1000.000001)));
	}
	check(worst_two < 1e-9, "quantiles with 2 degrees of freedom: %.0e", worst_two);
	check(worst_four < 1e-9, "quantiles with 4 degrees of freedom: %.0e", worst_four);
	check(worst_seam < 1e-9, "both methods agree where they meet: %.0e", worst_seam);
	check(lf_student_quantile(0.5, 3.7) == 0 && lf_normal_quantile(0.5) == 0, "medians are zero");
	check(fabs(lf_student_quantile(0.975, 1e30) - 1.9599639845400545) < 1e-12 &&
			  fabs(lf_normal_quantile(0.025) + 1.9599639845400545) < 1e-14,
		  "with all the freedom there is, Student's t is normal");
}

int
main(void)
{
	golden_tensor *file = golden_read("loss");

	for (int kind = 0; kind < LOSSES; kind++)
	{
		const lf_loss *loss = &losses[kind];
		values v = golden_values(loss);

		test_golden(file, loss, &v, false);
		test_golden(file, loss, &v, true);
		test_sums(loss, &v);
		free_values(&v);
		if (lf_loss_outputs(loss) == 1)
			continue;
		test_golden_quantiles(file, loss);
		test_extremes(loss);
	}
	test_by_hand();
	test_crossing();
	test_gives_distribution();
	test_student();
	golden_free(file);
	return check_done();
}
