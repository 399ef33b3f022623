/*
 * covariates.c
 *	  From a series' drivers to the network's channels.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "model/covariates.h"
#include "base/interrupts.h"
#include "time/calendar_features.h"

/*
 * A deviation below this share of the mean is rounding, not variation: floats have
 * 24 bits. To divide by it would make noise the loudest channel.
 */
#define LEAST_RELATIVE_DEVIATION 1e-6

/* Running mean and sum of squared differences from it (Welford 1962). */
typedef struct Moments
{
	int64 count;
	double mean;
	double squares;
} Moments;

static void
add_to_moments(Moments *moments, double value)
{
	double difference = value - moments->mean;

	moments->count++;
	moments->mean += difference / (double) moments->count;
	moments->squares += difference * (value - moments->mean);
}

static double
moments_deviation(const Moments *moments)
{
	double deviation;

	if (moments->count == 0)
		return 1.0;
	deviation = sqrt(moments->squares / (double) moments->count);
	if (!isfinite(deviation) || deviation <= LEAST_RELATIVE_DEVIATION * fabs(moments->mean) ||
		deviation == 0.0)
		return 1.0;
	return deviation;
}

/* Put the mean where a covariate was not known yet, or never is: a model has no holes. */
static void
complete_covariates(GridSeries *series, const double *means)
{
	int width = series->past + series->future;

	for (int c = 0; c < width; c++)
	{
		int64 known = c < series->past ? series->length : series->covered;

		for (int64 step = 0; step < known; step++)
		{
			if (step % INTERRUPT_ROWS == 0)
				check_interrupts();
			if (isnan(series->covariates[step * width + c]))
				series->covariates[step * width + c] = (float) means[c];
		}
	}
}

void
covariates_fit(ModelCovariates *covariates, const Panel *panel, int64 tail)
{
	int width = panel->past + panel->future;
	Moments *moments = palloc0(sizeof(Moments) * Max(width, 1));

	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *series = panel->series[i];

		check_interrupts();
		for (int64 step = 0; width > 0 && step < series->length - tail; step++)
		{
			const float *row = series->covariates + step * width;

			if (step % INTERRUPT_ROWS == 0)
				check_interrupts();
			for (int c = 0; c < width; c++)
				if (!isnan(row[c]))
					add_to_moments(&moments[c], row[c]);
		}
	}
	covariates->past = panel->past;
	covariates->future = panel->future;
	covariates->means = palloc(sizeof(double) * Max(width, 1));
	covariates->deviations = palloc(sizeof(double) * Max(width, 1));
	for (int c = 0; c < width; c++)
	{
		covariates->means[c] = moments[c].mean;
		covariates->deviations[c] = moments_deviation(&moments[c]);
	}
	for (int64 i = 0; i < panel->count; i++)
		complete_covariates(panel->series[i], covariates->means);
	pfree(moments);
}

int
covariates_channels(const ModelCovariates *covariates, const Frequency *frequency)
{
	return covariates->past + covariates_future(covariates, frequency);
}

int
covariates_future(const ModelCovariates *covariates, const Frequency *frequency)
{
	return covariates->future + (covariates->calendar ? calendar_feature_count(frequency) : 0);
}

static float
standardise(const ModelCovariates *covariates, int number, float value)
{
	double standard;

	if (isnan(value))
		return 0.0f;
	standard = (value - covariates->means[number]) / covariates->deviations[number];
	return (float) Max(-COVARIATE_LIMIT, Min(COVARIATE_LIMIT, standard));
}

float *
covariates_series(const ModelCovariates *covariates, const Frequency *frequency,
				  TimestampTz first_time, const TimestampTz *irregular, const float *raw,
				  int64 covered, int64 steps)
{
	int channels = covariates_channels(covariates, frequency);
	int width = covariates->past + covariates->future;
	int64 known = Min(covered, steps);
	float *rows;

	if (channels == 0)
		return NULL;
	rows = palloc_extended(mul_size(sizeof(float), mul_size(Max(steps, 1), channels)),
						   MCXT_ALLOC_HUGE);
	for (int64 step = 0; step < steps; step++)
	{
		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		for (int c = 0; c < width; c++)
			rows[step * channels + c] =
				step < known ? standardise(covariates, c, raw[step * width + c]) : 0.0f;
	}
	if (covariates->calendar && irregular != NULL && known < steps && known > 0)
	{
		/* from the last time that is known, the series goes on by the median gap */
		calendar_features(frequency, first_time, 0, known, irregular, rows + width, channels);
		calendar_features(frequency, irregular[known - 1], 1, steps - known, NULL,
						  rows + known * channels + width, channels);
	}
	else if (covariates->calendar)
		calendar_features(frequency, first_time, 0, steps, irregular, rows + width, channels);
	return rows;
}
