/*
 * temperature.h
 *	  From logits to probabilities that are as often right as they say.
 *
 * Guo et al. 2017 (arXiv 1706.04599): logits of answers that were not trained on are divided by the
 * one temperature that minimises their log loss; which class is the likeliest does not change.
 */
#ifndef LF_TEMPERATURE_H
#define LF_TEMPERATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "interrupt.h"
#include "status.h"

#define LF_LEAST_TEMPERATURE 0.05
#define LF_MOST_TEMPERATURE 20.0

/* probabilities (K) = softmax(logits (K) / temperature); they add up to 1. temperature > 0. */
extern void lf_softmax(const float *logits, int classes, double temperature, double *probabilities);

/*
 * The temperature, within LF_LEAST_TEMPERATURE .. LF_MOST_TEMPERATURE, that minimises the log loss
 * of count answers: logits (count, K), labels (count), of which a negative one does not count.
 * Beside the answers stands 2 log(temperature)^2, that of a logarithm of standard deviation 1/2:
 * few answers say little of it, and where all are right they do not make all probabilities 1. 1
 * where none counts. LF_INTERRUPTED: call again.
 */
extern lf_status lf_temperature_fit(const float *logits, const int32_t *labels, int64_t count,
									int classes, lf_interrupt interrupt, double *temperature);

/* The mean log loss of answers at a temperature; NaN where none counts. */
extern double lf_log_loss(const float *logits, const int32_t *labels, int64_t count, int classes,
						  double temperature);

/*
 * Expected calibration error: by 15 equal bins of the likeliest class's probability, the mean of
 * |share that was right - mean probability|, weighted by the bins' answers; NaN where none counts.
 * probability (count) is that of the predicted class, right (count) whether it was the true one.
 */
extern double lf_expected_calibration_error(const double *probability, const bool *right,
											int64_t count);

#endif
