/*
 * test_loss.c
 *	  Losses and their derivatives against PyTorch.
 */
#include <string.h>

#include "check.h"
#include "core/loss.h"
#include "golden.h"
#include "network_fixture.h"

#define COUNT 40

static const char *const names[] = {"mae", "mse", "huber"};

static void
test_golden(const golden_tensor *file, lf_loss_kind kind, const lf_real *output,
			const lf_real *target, const lf_real *weight)
{
	lf_real derivative[COUNT];
	char name[64];
	double sum;
	const lf_real *expected;
	double worst = 0;

	snprintf(name, sizeof(name), "%s.%s.sum", names[kind], weight ? "masked" : "all");
	sum = lf_loss_sum(&(lf_loss){.kind = kind}, output, 0, target, weight, COUNT, 0.25, derivative);
	check(relative_difference(sum, golden_get(file, name, 1)[0]) < 1e-6, "%s is PyTorch's", name);
	snprintf(name, sizeof(name), "%s.%s.derivative", names[kind], weight ? "masked" : "all");
	expected = golden_get(file, name, COUNT);
	for (int i = 0; i < COUNT; i++)
		worst = fmax(worst, fabs((double) derivative[i] - expected[i]));
	check(worst < 1e-6, "%s is PyTorch's: %.0e", name, worst);
	check(lf_loss_sum(&(lf_loss){.kind = kind}, output, 0, target, weight, COUNT, 0.25, NULL) ==
			  sum,
		  "%s: the sum is the same without the derivative", names[kind]);
}

int
main(void)
{
	golden_tensor *file = golden_read("loss");
	lf_real *output = hashed_reals(1, 2.0, COUNT);
	lf_real *target = hashed_reals(2, 2.0, COUNT);
	lf_real weight[COUNT];
	lf_real derivative[COUNT];

	target[7] = output[7];
	target[8] = output[8] + 1;
	for (int i = 0; i < COUNT; i++)
		weight[i] = i % 5 != 3;
	for (int kind = LF_LOSS_MAE; kind <= LF_LOSS_HUBER; kind++)
	{
		test_golden(file, (lf_loss_kind) kind, output, target, NULL);
		test_golden(file, (lf_loss_kind) kind, output, target, weight);
		lf_loss_sum(&(lf_loss){.kind = (lf_loss_kind) kind}, output, 0, target, NULL, COUNT, 1.0,
					derivative);
		check(derivative[7] == 0, "%s: no error, no derivative", names[kind]);
		check(lf_loss_sum(&(lf_loss){.kind = (lf_loss_kind) kind}, output, 0, target, weight, 0,
						  1.0, derivative) == 0,
			  "%s: nothing to sum", names[kind]);
	}

	output[3] = NAN; /* where the weight is zero */
	check(isfinite(lf_loss_sum(&(lf_loss){.kind = LF_LOSS_MSE}, output, 0, target, weight, COUNT,
							   1.0, derivative)) &&
			  derivative[3] == 0,
		  "a value that does not count may be anything");
	output[4] = NAN;
	check(isnan(lf_loss_sum(&(lf_loss){.kind = LF_LOSS_MAE}, output, 0, target, weight, COUNT, 1.0,
							derivative)),
		  "NaN shows in the sum");
	free(output);
	free(target);
	golden_free(file);
	return check_done();
}
