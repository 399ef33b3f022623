/*
 * universal_worth.c
 *	  How guides of the universal network erred in a window's past, and what they are worth.
 */
#include "universal_worth.h"

#include <math.h>

#define LF_FADING 0.9       /* of what a season counts, from one to the one before */
#define LF_LEAST_SEEN 1     /* errors that the mean of all guides stands for */
#define LF_MEAN_POWER 200.0 /* of what a guide is worth for a mean, by its squared errors */

void
lf_guides_erred(lf_guide_errors *errors, const lf_guide_window *read, const lf_guidance *guidance,
				int64_t from, int64_t origin)
{
	const double value = lf_guide_mean(read, from, from + read->group);

	if (guidance->any && from >= read->season)
	{
		const double all = value - lf_guide_mean(read, 0, origin);

		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		{
			const double error = value - guidance->guide[j];

			errors->sum[j] += fmin(fabs(error), LF_LARGEST_INNOVATION);
			errors->square[j] += error * error;
		}
		errors->square[LF_UNIVERSAL_GUIDES] += all * all;
		errors->count++;
	}
	if (from >= read->group)
	{
		errors->changes += fmin(fabs(value - lf_guide_mean(read, from - read->group, from)),
								LF_LARGEST_INNOVATION);
		errors->changed++;
	}
}

void
lf_guide_errors_fade(lf_guide_errors *errors)
{
	errors->count *= LF_FADING;
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		errors->sum[j] *= LF_FADING;
	for (int j = 0; j < LF_MEAN_GUIDES; j++)
		errors->square[j] *= LF_FADING;
}

lf_guide_worth
lf_guides_judge(const lf_guide_errors *errors)
{
	lf_guide_worth worth = {
		.changes = (errors->changed > 0 ? errors->changes / errors->changed : 1) + LF_LEAST_ERROR};
	double mean = 0, least = INFINITY, total = 0;

	if (errors->count == 0)
	{
		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
			worth.error[j] = worth.changes;
		worth.weight[0] = 1;
		return worth;
	}
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		mean += errors->sum[j] / errors->count / LF_UNIVERSAL_GUIDES;
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
	{
		worth.error[j] = (errors->sum[j] + LF_LEAST_SEEN * mean) / (errors->count + LF_LEAST_SEEN) +
						 LF_LEAST_ERROR;
		least = fmin(least, worth.error[j]);
	}
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
	{
		const double square = least / worth.error[j] * (least / worth.error[j]);

		worth.weight[j] = square * square * square * square;
		total += worth.weight[j];
	}
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		worth.weight[j] /= total;
	return worth;
}

double
lf_guides_base(const lf_guide_worth *worth, const lf_real *guides)
{
	double base = 0;

	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		base += worth->weight[j] * (double) guides[j];
	return base;
}

void
lf_guides_judge_means(const lf_guide_errors *errors, double weights[LF_MEAN_GUIDES])
{
	const double least = LF_LEAST_ERROR * LF_LEAST_ERROR * errors->count;
	double lowest = INFINITY, total = 0;

	for (int j = 0; j < LF_MEAN_GUIDES; j++)
		lowest = fmin(lowest, errors->square[j] + least);
	for (int j = 0; j < LF_MEAN_GUIDES; j++)
	{
		weights[j] = errors->count > 0 ? pow(lowest / (errors->square[j] + least), LF_MEAN_POWER)
									   : j == LF_UNIVERSAL_GUIDES;
		total += weights[j];
	}
	for (int j = 0; j < LF_MEAN_GUIDES; j++)
		weights[j] /= total;
}

double
lf_guides_mean(const double weights[LF_MEAN_GUIDES], const lf_real *guides, double all)
{
	double mean = weights[LF_UNIVERSAL_GUIDES] * all;

	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		mean += weights[j] * (double) guides[j];
	return mean;
}
