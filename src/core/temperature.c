/*
 * temperature.c
 *	  From logits to probabilities that are as often right as they say.
 */
#include "temperature.h"

#include <math.h>

/* Temperatures that are tried first, equally far apart in their logarithms, and how close the
 * search between two of them comes to the best logarithm. */
#define FIRST_TRIES 13
#define CLOSE_ENOUGH 1e-4

/* Standard deviation of a temperature's logarithm before any answer is looked at: one beyond a
 * third or three is rare. */
#define USUAL_DEVIATION 0.5

/* Numbers that are walked through between two looks at the interrupt flag. */
#define WALK ((int64_t) 1 << 17)

#define BINS 15

static double
largest_of(const float *logits, int classes)
{
	double largest = logits[0];

	for (int k = 1; k < classes; k++)
		largest = fmax(largest, logits[k]);
	return largest;
}

void
lf_softmax(const float *logits, int classes, double temperature, double *probabilities)
{
	const double largest = largest_of(logits, classes);
	double sum = 0;

	for (int k = 0; k < classes; k++)
	{
		probabilities[k] = exp((logits[k] - largest) / temperature);
		sum += probabilities[k];
	}
	for (int k = 0; k < classes; k++)
		probabilities[k] /= sum;
}

/* The sum of the log losses of some answers, and how many of them count. */
static double
sum_losses(const float *logits, const int32_t *labels, int64_t count, int classes,
		   double temperature, int64_t *counted)
{
	double loss = 0;

	for (int64_t i = 0; i < count; i++)
	{
		const float *z = logits + i * classes;
		const double largest = largest_of(z, classes);
		double sum = 0;

		if (labels[i] < 0)
			continue;
		for (int k = 0; k < classes; k++)
			sum += exp((z[k] - largest) / temperature);
		loss += log(sum) - (z[labels[i]] - largest) / temperature;
		++*counted;
	}
	return loss;
}

double
lf_log_loss(const float *logits, const int32_t *labels, int64_t count, int classes,
			double temperature)
{
	int64_t counted = 0;
	const double loss = sum_losses(logits, labels, count, classes, temperature, &counted);

	return counted > 0 ? loss / (double) counted : NAN;
}

/* The answers that a temperature is fitted to. */
typedef struct held_out
{
	const float *logits;
	const int32_t *labels;
	int64_t count;
	int classes;
	lf_interrupt interrupt;
	bool interrupted;
} held_out;

/* What is to be least, of a temperature by its logarithm. */
static double
objective(held_out *answers, double logarithm)
{
	const int64_t walk = WALK / answers->classes + 1;
	double sum = logarithm * logarithm / (2 * USUAL_DEVIATION * USUAL_DEVIATION);
	int64_t counted = 0;

	for (int64_t first = 0; first < answers->count; first += walk)
	{
		const int64_t left = answers->count - first;

		answers->interrupted |= lf_interrupted(answers->interrupt);
		if (answers->interrupted)
			return 0;
		sum += sum_losses(answers->logits + first * answers->classes, answers->labels + first,
						  left < walk ? left : walk, answers->classes, exp(logarithm), &counted);
	}
	return sum;
}

/* Golden-section search for the least between two logarithms. */
static double
narrow(held_out *answers, double low, double high)
{
	const double ratio = 0.6180339887498949;
	double left = high - ratio * (high - low);
	double right = low + ratio * (high - low);
	double at_left = objective(answers, left);
	double at_right = objective(answers, right);

	while (high - low > CLOSE_ENOUGH && !answers->interrupted)
		if (at_left <= at_right)
		{
			high = right;
			right = left;
			at_right = at_left;
			left = high - ratio * (high - low);
			at_left = objective(answers, left);
		}
		else
		{
			low = left;
			left = right;
			at_left = at_right;
			right = low + ratio * (high - low);
			at_right = objective(answers, right);
		}
	return (low + high) / 2;
}

lf_status
lf_temperature_fit(const float *logits, const int32_t *labels, int64_t count, int classes,
				   lf_interrupt interrupt, double *temperature)
{
	const double low = log(LF_LEAST_TEMPERATURE);
	const double high = log(LF_MOST_TEMPERATURE);
	const double step = (high - low) / (FIRST_TRIES - 1);
	held_out answers = {logits, labels, count, classes, interrupt, false};
	double least = INFINITY;
	double best = 0;

	for (int i = 0; i < FIRST_TRIES && !answers.interrupted; i++)
	{
		const double sum = objective(&answers, low + i * step);

		if (sum < least)
		{
			least = sum;
			best = low + i * step;
		}
	}
	best = narrow(&answers, fmax(low, best - step), fmin(high, best + step));
	if (answers.interrupted)
		return LF_INTERRUPTED;
	/* without an answer that counts the least is at 0, but for the search's precision */
	*temperature = fabs(best) < CLOSE_ENOUGH ? 1 : exp(best);
	return LF_OK;
}

double
lf_expected_calibration_error(const double *probability, const bool *right, int64_t count)
{
	double probabilities[BINS] = {0};
	double rights[BINS] = {0};
	double error = 0;

	for (int64_t i = 0; i < count; i++)
	{
		int bin = (int) ceil(probability[i] * BINS) - 1;

		bin = bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
		probabilities[bin] += probability[i];
		rights[bin] += right[i];
	}
	for (int bin = 0; bin < BINS; bin++)
		error += fabs(rights[bin] - probabilities[bin]);
	return count > 0 ? error / (double) count : NAN;
}
