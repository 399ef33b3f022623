/*
 * test_spectrum.c
 *	  The periodogram: the sums that it stands for, its scale, and how narrow its lines are.
 */
#include "check.h"

#include <stdlib.h>

#include "core/random.h"
#include "core/spectrum.h"

#define TWO_PI 6.28318530717958647692

/* The spectrum of count values, to be freed by the caller; *size gets the transform's. */
static double *
spectrum_of(const double *values, int64_t count, int64_t *size)
{
	double *table;
	double *power;
	double *scratch;

	*size = lf_spectrum_size(count);
	table = malloc(sizeof(double) * *size);
	scratch = malloc(sizeof(double) * *size);
	power = malloc(sizeof(double) * (*size / 2 + 1));
	lf_spectrum_table(*size, table);
	lf_spectrum_power(values, count, *size, table, power, scratch);
	free(table);
	free(scratch);
	return power;
}

static void
test_size(void)
{
	check(lf_spectrum_size(1) == 4 && lf_spectrum_size(2) == 4 && lf_spectrum_size(3) == 8,
		  "the smallest sizes");
	check(lf_spectrum_size(16384) == 32768 && lf_spectrum_size(16385) == 65536,
		  "a power of two that is at least twice the count");
}

/* The transform against sines and cosines that are summed one by one. */
static void
test_sums(int64_t count)
{
	lf_random random = lf_random_seed(count, 0);
	double *values = malloc(sizeof(double) * count);
	int64_t size;
	double *power;
	double weights = 0;
	double worst = 0;

	for (int64_t i = 0; i < count; i++)
		values[i] = 10 * lf_random_uniform(&random) - 3;
	power = spectrum_of(values, count, &size);
	for (int64_t i = 0; i < count; i++)
		weights += pow(1 - cos(TWO_PI * (i + 0.5) / count), 2);
	for (int64_t j = 0; j <= size / 2; j++)
	{
		double re = 0;
		double im = 0;

		for (int64_t i = 0; i < count; i++)
		{
			double value = values[i] * (1 - cos(TWO_PI * (i + 0.5) / count));

			re += value * cos(TWO_PI * i * j / size);
			im += value * sin(TWO_PI * i * j / size);
		}
		worst = fmax(worst, relative_difference(power[j], (re * re + im * im) / weights));
	}
	check(worst < 1e-11, "%d values: the power is that of the sums (%.1e)", (int) count, worst);
	free(values);
	free(power);
}

static void
test_noise(void)
{
	lf_random random = lf_random_seed(5, 0);
	double values[4096];
	int64_t size;
	double *power;
	double mean = 0;

	for (int i = 0; i < 4096; i++)
		values[i] = 6 * lf_random_uniform(&random);
	/* of equal chances over a width of 6 the variance is 3; the mean is seen only about 0 */
	power = spectrum_of(values, 4096, &size);
	for (int64_t j = size / 8; j < size / 2; j++)
		mean += power[j] / (double) (size / 2 - size / 8);
	check(fabs(mean - 3) < 0.3, "the power of white noise is its variance (%.2f)", mean);
	free(power);
}

/* A wave between two frequencies, on a steep trend. */
static void
test_line(void)
{
	double values[480];
	int64_t size;
	double *power;
	double highest = 0;
	double aside = 0;

	for (int i = 0; i < 480; i++)
		values[i] = 0.1 * i + sin(TWO_PI * i / 23.7);
	power = spectrum_of(values, 480, &size);
	for (int64_t j = size * 8 / 480; j <= size / 2; j++)
	{
		double bins = fabs((double) j / size - 1 / 23.7) * 480;

		if (bins < 1)
			highest = fmax(highest, power[j]);
		else if (bins > 4)
			aside = fmax(aside, power[j]);
	}
	/* of amplitude 1 over n steps: n / 4 over the window's 1.5 bins */
	check(fabs(highest - 80) < 8, "the power of a wave is a sixth of its steps (%.1f)", highest);
	check(aside < highest / 300, "four bins aside nothing of it is left (%.2f)", aside);
	free(power);
}

int
main(void)
{
	test_size();
	test_sums(1);
	test_sums(2);
	test_sums(5);
	test_sums(64);
	test_sums(99);
	test_noise();
	test_line();
	return check_done();
}
