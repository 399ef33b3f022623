/*
 * spectrum.c
 *	  The periodogram of a series, by a fast Fourier transform of radix 2.
 */
#include "spectrum.h"

#include <math.h>

#define TWO_PI 6.28318530717958647692

int64_t
lf_spectrum_size(int64_t count)
{
	int64_t size = 4;

	while (size < 2 * count)
		size *= 2;
	return size;
}

/* Cosines of j / size turns, 0 <= j < size / 2, then sines. */
void
lf_spectrum_table(int64_t size, double *table)
{
	for (int64_t j = 0; j < size / 2; j++)
	{
		table[j] = cos(TWO_PI * (double) j / (double) size);
		table[size / 2 + j] = sin(TWO_PI * (double) j / (double) size);
	}
}

/* Each complex number to the place whose binary digits are its own backwards. */
static void
reverse_digits(double *z, int64_t count)
{
	for (int64_t i = 1, j = 0; i < count; i++)
	{
		int64_t digit = count / 2;

		for (; j & digit; digit /= 2)
			j ^= digit;
		j |= digit;
		for (int part = 0; i < j && part < 2; part++)
		{
			double swapped = z[2 * i + part];

			z[2 * i + part] = z[2 * j + part];
			z[2 * j + part] = swapped;
		}
	}
}

/*
 * Cooley and Tukey 1965, in place: count complex numbers z, real and imaginary parts in turn.
 * The table is that of twice their number.
 */
static void
transform(double *z, int64_t count, const double *table)
{
	const double *sines = table + count;

	reverse_digits(z, count);
	for (int64_t half = 1; half < count; half *= 2)
		for (int64_t start = 0; start < count; start += 2 * half)
			for (int64_t i = 0; i < half; i++)
			{
				double *a = z + 2 * (start + i);
				double *b = a + 2 * half;
				double c = table[i * (count / half)];
				double s = sines[i * (count / half)];
				double re = b[0] * c + b[1] * s;
				double im = b[1] * c - b[0] * s;

				b[0] = a[0] - re;
				b[1] = a[1] - im;
				a[0] += re;
				a[1] += im;
			}
}

void
lf_spectrum_power(const double *values, int64_t count, int64_t size, const double *table,
				  double *power, double *scratch)
{
	int64_t half = size / 2;
	double weights = 0;

	for (int64_t i = 0; i < count; i++)
	{
		double weight = 1 - cos(TWO_PI * ((double) i + 0.5) / (double) count);

		scratch[i] = values[i] * weight;
		weights += weight * weight;
	}
	for (int64_t i = count; i < size; i++)
		scratch[i] = 0;
	/* even and odd values are the parts of half as many complex ones */
	transform(scratch, half, table);
	for (int64_t j = 0; j <= half; j++)
	{
		const double *a = scratch + 2 * (j % half);
		const double *b = scratch + 2 * ((half - j) % half);
		double even_re = (a[0] + b[0]) / 2;
		double even_im = (a[1] - b[1]) / 2;
		double odd_re = (a[1] + b[1]) / 2;
		double odd_im = (b[0] - a[0]) / 2;
		double c = j < half ? table[j] : -1;
		double s = j < half ? table[half + j] : 0;
		double re = even_re + odd_re * c + odd_im * s;
		double im = even_im + odd_im * c - odd_re * s;

		power[j] = (re * re + im * im) / weights;
	}
}
