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
#include "time/holiday_list.h"

/*
 * A deviation below this share of the mean is rounding, not variation: floats have
 * 24 bits. To divide by it would make noise the loudest channel.
 */
#define LEAST_RELATIVE_DEVIATION 1e-6

/*
 * What never changes tells a network apart its series as much as their kinds, and it would learn
 * each by heart: so it speaks more softly than what changes.
 */
#define STATIC_WEIGHT 0.3f

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

/* What stands for a covariate that is not known: the mean, or "other". */
static float
unknown_value(const ModelCovariates *covariates, int number)
{
	return is_category(covariates->categories, number)
			   ? (float) covariates->categories[number]->count
			   : (float) covariates->means[number];
}

/* Put the mean where a covariate was not known yet, or never is: a model has no holes. */
static void
complete_covariates(GridSeries *series, const ModelCovariates *covariates)
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
				series->covariates[step * width + c] = unknown_value(covariates, c);
		}
	}
}

/* From how often each word stands to the shares of all known steps, with "other". */
static void
make_shares(ModelCovariates *covariates, int number, const int64 *counts)
{
	int words = covariates->categories[number]->count;
	int64 known = 0;

	covariates->shares[number] = palloc(sizeof(double) * Max(words, 1));
	for (int i = 0; i <= words; i++)
		known += counts[i];
	for (int i = 0; i < words; i++)
		covariates->shares[number][i] = known > 0 ? (double) counts[i] / (double) known : 0;
}

/*
 * Steps of a series that a covariate is looked at: those before the last `tail`; of what is the
 * same at all of them one, so that every series counts as much.
 */
static int64
steps_looked_at(const GridSeries *series, int64 tail, int number)
{
	if (number >= series->past + series->future - series->statics)
		return 1;
	return series->length - tail;
}

/* Count the words of a category over every series but its last `tail` steps. */
static void
fit_category(ModelCovariates *covariates, const Panel *panel, int64 tail, int number)
{
	int width = panel->past + panel->future;
	int words = covariates->categories[number]->count;
	int64 *counts = palloc0(sizeof(int64) * (words + 1));

	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *series = panel->series[i];

		check_interrupts();
		for (int64 step = 0; step < steps_looked_at(series, tail, number); step++)
		{
			float code = series->covariates[step * width + number];

			if (step % INTERRUPT_ROWS == 0)
				check_interrupts();
			if (code >= 0 && code <= words)
				counts[(int) code]++;
		}
	}
	make_shares(covariates, number, counts);
	pfree(counts);
}

void
covariates_take(ModelCovariates *covariates, const Panel *panel)
{
	covariates->past = panel->past;
	covariates->future = panel->future;
	covariates->statics = panel->statics;
	covariates->categories = NULL;
	for (int c = 0; c < panel->past + panel->future; c++)
		if (is_category(panel->categories, c))
			covariates->categories = panel->categories;
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
			for (int c = 0; c < width - panel->statics; c++)
				if (!isnan(row[c]))
					add_to_moments(&moments[c], row[c]);
		}
		for (int c = width - panel->statics; c < width; c++)
			if (!isnan(series->covariates[c]))
				add_to_moments(&moments[c], series->covariates[c]);
	}
	covariates_take(covariates, panel);
	covariates->means = palloc(sizeof(double) * Max(width, 1));
	covariates->deviations = palloc(sizeof(double) * Max(width, 1));
	for (int c = 0; c < width; c++)
	{
		bool category = is_category(covariates->categories, c);

		covariates->means[c] = category ? 0 : moments[c].mean;
		covariates->deviations[c] = category ? 1 : moments_deviation(&moments[c]);
	}
	if (covariates->categories != NULL)
		covariates->shares = palloc0(sizeof(double *) * width);
	for (int c = 0; c < width; c++)
		if (is_category(covariates->categories, c))
			fit_category(covariates, panel, tail, c);
	for (int64 i = 0; i < panel->count; i++)
		complete_covariates(panel->series[i], covariates);
	pfree(moments);
}

int
covariates_own_channels(const ModelCovariates *covariates, int number)
{
	return is_category(covariates->categories, number) ? covariates->categories[number]->count : 1;
}

int
covariates_first_channel(const ModelCovariates *covariates, int number)
{
	int channel = 0;

	if (covariates->categories == NULL)
		return number;
	for (int c = 0; c < number; c++)
		channel += covariates_own_channels(covariates, c);
	return channel;
}

int *
covariates_labels(const ModelCovariates *covariates, const Frequency *frequency)
{
	int *labels;
	int channel = 0;

	if (covariates->categories == NULL)
		return NULL;
	labels = palloc0(sizeof(int) * Max(covariates_channels(covariates, frequency), 1));
	for (int c = 0; c < covariates->past + covariates->future; c++)
		for (int i = 0; i < covariates_own_channels(covariates, c); i++)
			labels[channel++] = is_category(covariates->categories, c) ? c + 1 : 0;
	return labels;
}

int
covariates_channels(const ModelCovariates *covariates, const Frequency *frequency)
{
	return covariates_first_channel(covariates, covariates->past) +
		   covariates_future(covariates, frequency);
}

int
covariates_future(const ModelCovariates *covariates, const Frequency *frequency)
{
	int all = covariates_first_channel(covariates, covariates->past + covariates->future);

	return all - covariates_first_channel(covariates, covariates->past) +
		   covariates_calendar(covariates, frequency) + covariates_holidays(covariates, frequency);
}

int
covariates_calendar(const ModelCovariates *covariates, const Frequency *frequency)
{
	return covariates->calendar ? calendar_feature_count(frequency) : 0;
}

int
covariates_holidays(const ModelCovariates *covariates, const Frequency *frequency)
{
	return covariates->holidays != NULL ? holiday_feature_count(covariates->holidays, frequency)
										: 0;
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

/* The channels of a category. A word that nothing was learned of is as good as "other". */
static void
indicate(const ModelCovariates *covariates, int number, float code, float *channels)
{
	int words = covariates->categories[number]->count;
	const double *shares = covariates->shares[number];
	bool known = code >= 0 && code < words && shares[(int) code] > 0;
	double weight = 1 / sqrt(Max(words - 1, 1)); /* a column counts as much as a number does */

	for (int i = 0; i < words; i++)
	{
		double deviation = sqrt(shares[i] * (1 - shares[i]));
		double standard = known ? ((i == (int) code) - shares[i]) : 0;

		if (deviation > 0)
			standard *= weight / deviation;
		channels[i] = (float) Max(-COVARIATE_LIMIT, Min(COVARIATE_LIMIT, standard));
	}
}

/* The user's covariates of one step as channels; NULL: they are not known. */
static void
user_channels(const ModelCovariates *covariates, const float *raw, float *channels)
{
	int width = covariates->past + covariates->future;

	for (int c = 0; c < width; c++)
	{
		int count = covariates_own_channels(covariates, c);
		bool category = is_category(covariates->categories, c);

		if (category)
			indicate(covariates, c, raw == NULL ? NAN : raw[c], channels);
		else
			channels[0] = raw == NULL ? 0.0f : standardise(covariates, c, raw[c]);
		for (int i = 0; i < count && c >= width - covariates->statics; i++)
			channels[i] *= STATIC_WEIGHT;
		channels += count;
	}
}

/* What the timestamps of steps first .. first + count - 1 from a start say, into rows of so many
 * channels. */
static void
time_channels(const ModelCovariates *covariates, const Frequency *frequency, TimestampTz start,
			  int64 first, int64 count, const TimestampTz *irregular, float *out, int channels)
{
	if (covariates->calendar)
		calendar_features(frequency, start, first, count, irregular, out, channels);
	if (covariates->holidays != NULL)
		holiday_features(covariates->holidays, frequency, start, first, count, irregular,
						 out + covariates_calendar(covariates, frequency), channels);
}

float *
covariates_series(const ModelCovariates *covariates, const Frequency *frequency,
				  TimestampTz first_time, const TimestampTz *irregular, const float *raw,
				  int64 covered, int64 steps)
{
	int channels = covariates_channels(covariates, frequency);
	int width = covariates->past + covariates->future;
	int own = covariates_first_channel(covariates, width); /* channels of the user's */
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
		user_channels(covariates, step < known && width > 0 ? raw + step * width : NULL,
					  rows + step * channels);
	}
	if (irregular != NULL && known < steps && known > 0)
	{
		/* from the last time that is known, the series goes on by the median gap */
		time_channels(covariates, frequency, first_time, 0, known, irregular, rows + own, channels);
		time_channels(covariates, frequency, irregular[known - 1], 1, steps - known, NULL,
					  rows + known * channels + own, channels);
	}
	else
		time_channels(covariates, frequency, first_time, 0, steps, irregular, rows + own, channels);
	return rows;
}
