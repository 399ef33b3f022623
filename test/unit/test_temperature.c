/*
 * test_temperature.c
 *	  Probabilities from logits: softmax, the temperature that was put in is found, calibration
 *	  errors counted by hand.
 */
#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include "check.h"
#include "core/random.h"
#include "core/temperature.h"

#define COUNT 20000
#define CLASSES 4

static void
test_softmax(void)
{
	const float logits[] = {1, 2, 3};
	const float huge[] = {-3e38f, 3e38f, 0};
	double p[3];

	lf_softmax(logits, 3, 1, p);
	check(fabs(p[0] - 0.09003057) < 1e-7 && fabs(p[1] - 0.24472847) < 1e-7 &&
			  fabs(p[2] - 0.66524096) < 1e-7,
		  "softmax of 1, 2, 3");
	lf_softmax(logits, 3, 2, p);
	check(fabs(p[2] / p[1] - exp(0.5)) < 1e-12 && fabs(p[0] + p[1] + p[2] - 1) < 1e-12,
		  "a temperature of 2 halves the logits");
	lf_softmax(huge, 3, 1, p);
	check(p[0] == 0 && p[1] == 1 && p[2] == 0, "the largest logits there are do not overflow");
}

/* Logits that say `factor` times what is true of the labels drawn by them. */
static void
draw(float *logits, int32_t *labels, double factor)
{
	lf_random random = lf_random_seed(1, 0);

	for (int i = 0; i < COUNT; i++)
	{
		float *z = logits + (size_t) i * CLASSES;
		double p[CLASSES];
		double left = lf_random_uniform(&random);

		for (int k = 0; k < CLASSES; k++)
			z[k] = (float) (1.5 * lf_random_normal(&random));
		lf_softmax(z, CLASSES, 1, p);
		labels[i] = CLASSES - 1;
		for (int k = CLASSES - 1; k >= 0; k--)
		{
			left -= p[k];
			labels[i] = k;
			if (left < 0)
				break;
		}
		for (int k = 0; k < CLASSES; k++)
			z[k] *= (float) factor;
	}
}

static double
calibration_error(const float *logits, const int32_t *labels, double temperature)
{
	double *probability = malloc(COUNT * sizeof(double));
	bool *right = malloc(COUNT * sizeof(bool));
	double error;

	for (int i = 0; i < COUNT; i++)
	{
		double p[CLASSES];
		int best = 0;

		lf_softmax(logits + (size_t) i * CLASSES, CLASSES, temperature, p);
		for (int k = 1; k < CLASSES; k++)
			if (p[k] > p[best])
				best = k;
		probability[i] = p[best];
		right[i] = best == labels[i];
	}
	error = lf_expected_calibration_error(probability, right, COUNT);
	free(probability);
	free(right);
	return error;
}

static void
test_fit(double factor)
{
	float *logits = malloc(sizeof(float) * COUNT * CLASSES);
	int32_t *labels = malloc(sizeof(int32_t) * COUNT);
	const volatile sig_atomic_t set = 1;
	const lf_interrupt_check flag = {.flag = &set};
	double temperature = NAN;
	double before;
	double after;

	draw(logits, labels, factor);
	before = calibration_error(logits, labels, 1);
	check(lf_temperature_fit(logits, labels, COUNT, CLASSES, &flag, &temperature) ==
				  LF_INTERRUPTED &&
			  isnan(temperature),
		  "factor %g: the flag ends the search", factor);
	lf_temperature_fit(logits, labels, COUNT, CLASSES, NULL, &temperature);
	after = calibration_error(logits, labels, temperature);
	check(fabs(temperature / factor - 1) < 0.03, "factor %g: the temperature is %.3f", factor,
		  temperature);
	check(after < 0.015 && (factor == 1 || before > 0.05),
		  "factor %g: the calibration error goes from %.3f to %.3f", factor, before, after);
	check(lf_log_loss(logits, labels, COUNT, CLASSES, temperature) <=
				  lf_log_loss(logits, labels, COUNT, CLASSES, temperature * 1.02) &&
			  lf_log_loss(logits, labels, COUNT, CLASSES, temperature) <=
				  lf_log_loss(logits, labels, COUNT, CLASSES, temperature / 1.02),
		  "factor %g: neither side of it has less log loss", factor);

	/* what does not count changes nothing */
	for (int i = 0; i < COUNT; i += 2)
		labels[i] = -1;
	lf_temperature_fit(logits, labels, COUNT, CLASSES, NULL, &before);
	for (int i = 0; i < COUNT; i += 2)
		for (int k = 0; k < CLASSES; k++)
			logits[(size_t) i * CLASSES + k] = 100;
	lf_temperature_fit(logits, labels, COUNT, CLASSES, NULL, &after);
	check(before == after, "factor %g: unlabelled answers play no part", factor);
	free(logits);
	free(labels);
}

static void
test_few(void)
{
	const float certain[] = {5, 0, 0, 5, 5, 0};
	const float equal[] = {1, 1, 1, 1};
	const int32_t all_right[] = {0, 1, 0};
	const int32_t all_wrong[] = {1, 0, 1};
	const int32_t none[] = {-1, -1, -1};
	double temperature;

	lf_temperature_fit(certain, all_right, 3, 2, NULL, &temperature);
	check(temperature > 0.5 && temperature < 1, "a few right answers do not make it cold: %.2f",
		  temperature);
	lf_temperature_fit(certain, all_wrong, 3, 2, NULL, &temperature);
	check(temperature > 2 && temperature <= LF_MOST_TEMPERATURE, "wrong answers make it hot: %.1f",
		  temperature);
	lf_temperature_fit(certain, none, 3, 2, NULL, &temperature);
	check(temperature == 1, "without a label it is 1");
	lf_temperature_fit(certain, none, 0, 2, NULL, &temperature);
	check(temperature == 1, "without an answer it is 1");
	lf_temperature_fit(equal, all_right, 2, 2, NULL, &temperature);
	check(temperature == 1, "where nothing is told apart it is 1");
	check(isnan(lf_log_loss(certain, none, 3, 2, 1)), "no log loss without a label");
	check(fabs(lf_log_loss(equal, all_right, 2, 2, 1) - log(2)) < 1e-12,
		  "the log loss of not knowing is log 2");
}

static void
test_calibration_error(void)
{
	/* bins of a fifteenth: .9 and .92 share one, 1 and .95 another */
	const double probability[] = {0.9, 0.92, 1, 0.95, 0.5};
	const bool right[] = {true, false, true, true, true};
	const double expected = (fabs(1 - 1.82) + fabs(2 - 1.95) + fabs(1 - 0.5)) / 5;

	check(fabs(lf_expected_calibration_error(probability, right, 5) - expected) < 1e-12,
		  "a calibration error counted by hand");
	check(isnan(lf_expected_calibration_error(probability, right, 0)), "none of no answers");
}

int
main(void)
{
	test_softmax();
	test_fit(1);
	test_fit(3);
	test_fit(0.4);
	test_few();
	test_calibration_error();
	return check_done();
}
