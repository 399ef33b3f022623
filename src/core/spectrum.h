/*
 * spectrum.h
 *	  The periodogram of a series: how much of it goes at which frequency.
 */
#ifndef LF_SPECTRUM_H
#define LF_SPECTRUM_H

#include <stdint.h>

/* The size of the transform for count values: a power of two, at least 4 and twice count. */
extern int64_t lf_spectrum_size(int64_t count);

/* Fill table, size doubles, with the sines and cosines that lf_spectrum_power reads. */
extern void lf_spectrum_table(int64_t size, double *table);

/*
 * power[j], 0 <= j <= size / 2, gets the power of the values at j / size cycles a step. They are
 * weighed by a Hann window (Harris 1978, "On the use of windows for harmonic analysis"), so that
 * a trend, or a season between two frequencies, is hardly seen beside its own; a line is still
 * 2 * size / count numbers wide to either side. Of white noise every power but the first and the
 * last is its variance on average. size: at least lf_spectrum_size(count), a power of two.
 * scratch: size doubles. A size of 32,768 takes about a millisecond.
 */
extern void lf_spectrum_power(const double *values, int64_t count, int64_t size,
							  const double *table, double *power, double *scratch);

#endif
