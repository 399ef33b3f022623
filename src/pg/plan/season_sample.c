/*
 * season_sample.c
 *	  The values that seasons are looked for in: some series of a panel, made robust.
 *
 * One value far out would be nearly all of a variance, and a season nothing beside it. So values
 * are drawn in to thrice what a tenth of them exceeds: noise hardly reaches that, and what peaks
 * every season still does. A median deviation would be 0 where most values are alike.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "core/sort.h"
#include "core/spectrum.h"
#include "plan/lone_values.h"
#include "plan/season_sample.h"

#define RECENT_STEPS 65536   /* the latest ones: bounds the work */
#define LEAST_RECENT 1000    /* ... of each of many series */
#define SPECTRUM_STEPS 16384 /* the latest of these */
#define LEAST_STEPS 5
#define ORDERED_VALUES 512 /* of a series, to tell their usual size */
#define ROUNDING 1e-12
#define GOLDEN 0.6180339887498949
#define FAR_OUT 3.0
#define FAR_CHANGE 5.0
#define LOCAL_CYCLES 7

/* The value that would have number k if they were in order; they are moved. Hoare 1961. */
static double
value_in_order(double *values, int count, int k)
{
	int low = 0;
	int high = count - 1;

	while (low < high)
	{
		double pivot = values[low + (high - low) / 2];
		int i = low;
		int j = high;

		while (i <= j)
		{
			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i <= j)
			{
				double moved = values[i];

				values[i++] = values[j];
				values[j--] = moved;
			}
		}
		if (k <= j)
			high = j;
		else if (k >= i)
			low = i;
		else
			break;
	}
	return values[k];
}

/*
 * The median of some of the values, and their usual distance from it: what a tenth exceeds, or
 * where more than that lie on the median, the middle one of the others: then the result is false.
 * Where there are many values the places of some follow the golden section, which no season keeps
 * step with.
 */
static bool
usual_values(const double *values, int64 count, double *centre, double *size)
{
	int taken = (int) Min(count, ORDERED_VALUES);
	double some[ORDERED_VALUES];
	int apart = 0;
	double largest = 0;
	double tenth;

	for (int i = 0; i < taken; i++)
		some[i] = values[taken == count ? i : (int64) (fmod(i * GOLDEN, 1) * (double) count)];
	*centre = value_in_order(some, taken, taken / 2);
	for (int i = 0; i < taken; i++)
	{
		some[i] = fabs(some[i] - *centre);
		largest = Max(largest, some[i]);
	}
	for (int i = 0; i < taken; i++)
	{
		some[i] = some[i] > ROUNDING * largest ? some[i] : 0;
		apart += some[i] > 0;
	}
	tenth = value_in_order(some, taken, taken * 9 / 10);
	*size = apart > 0 ? Max(tenth, value_in_order(some, taken, taken - apart + apart / 2)) : 0;
	return tenth > 0;
}

void
season_draw_in(double *values, int64 count, double sizes)
{
	double centre;
	double size;

	(void) usual_values(values, count, &centre, &size);
	for (int64 i = 0; i < count; i++)
		values[i] = Min(Max(values[i], centre - sizes * size), centre + sizes * size);
}

/* Without the straight line that fits them best. */
static void
straighten(double *values, int64 count)
{
	double middle = (double) (count - 1) / 2;
	double mean = 0;
	double slope = 0;
	double squares = 0;

	for (int64 i = 0; i < count; i++)
	{
		mean += values[i] / (double) count;
		slope += values[i] * ((double) i - middle);
		squares += ((double) i - middle) * ((double) i - middle);
	}
	for (int64 i = 0; i < count; i++)
		values[i] -= mean + slope / squares * ((double) i - middle);
}

/*
 * Values in usual sizes, drawn in. A single one that is far out repeats nothing, and in a short
 * series would still be much: it gets the mean of its neighbours. At least two values.
 */
static void
standardize(double *values, int64 count, double centre, double size)
{
	int64 far = 0;
	int far_count = 0;

	for (int64 i = 0; i < count; i++)
	{
		values[i] = (values[i] - centre) / size;
		if (fabs(values[i]) <= FAR_OUT)
			continue;
		values[i] = copysign(FAR_OUT, values[i]);
		far = i;
		far_count++;
	}
	if (far_count == 1)
		values[far] =
			(values[far > 0 ? far - 1 : 1] + values[far + 1 < count ? far + 1 : far - 1]) / 2;
}

/* Put the mean of those beside them in place of values that came once. */
static void
fill_lone(double *values, int64 count, int period)
{
	LoneValues lone = lone_values_find(&(lf_series){.length = count, .values = values}, period);

	for (int i = 0; i < lone.count; i++)
	{
		int64 step = lone.steps[i]; /* never the last */

		values[step] = (values[step > 0 ? step - 1 : 1] + values[step + 1]) / 2;
	}
}

/* The latest values, straightened twice where they have a trend: what is far out bends a line. */
static SampledSeries
sampled_values(const lf_series *series, int64 most, int period)
{
	SampledSeries sampled = {.count = Min(series->length, most)};
	const double *values = series->values + series->length - sampled.count;
	double centre;
	double size;
	bool spread;

	if (sampled.count < LEAST_STEPS)
		return (SampledSeries){0};
	spread = usual_values(values, sampled.count, &centre, &size);
	if (!(size > 0) || !isfinite(size))
		return (SampledSeries){0};
	sampled.values = palloc(sizeof(double) * sampled.count);
	memcpy(sampled.values, values, sizeof(double) * sampled.count);
	fill_lone(sampled.values, sampled.count, period);
	standardize(sampled.values, sampled.count, centre, size);
	straighten(sampled.values, sampled.count);
	if (spread)
	{
		season_draw_in(sampled.values, sampled.count, FAR_OUT);
		straighten(sampled.values, sampled.count);
	}
	return sampled;
}

/* Add a series' changes over a lag, less their mean and in their deviations, to the sums of all;
 * counted from the end, as the ends of series come at one time, if any do. */
static void
add_changes(const SampledSeries *series, int lag, double *sums, double *counts, double *products)
{
	double steps = (double) (series->count - lag);
	double mean = 0;
	double squares = 0;
	double deviation;

	for (int64 i = lag; i < series->count; i++)
		mean += (series->values[i] - series->values[i - lag]) / steps;
	for (int64 i = lag; i < series->count; i++)
	{
		double change = series->values[i] - series->values[i - lag] - mean;

		squares += change * change;
	}
	deviation = sqrt(squares / steps);
	for (int64 i = lag; i < series->count && deviation > 0; i++)
	{
		double change = (series->values[i] - series->values[i - lag] - mean) / deviation;

		sums[series->count - i] += change;
		counts[series->count - i]++;
		*products -= change * change;
	}
}

double
season_sample_alike(const SeasonSample *sample, int lag)
{
	double *sums = palloc0(sizeof(double) * sample->longest);
	double *counts = palloc0(sizeof(double) * sample->longest);
	double pairs = 0;
	double products = 0;
	double alike;

	for (int s = 0; s < sample->count; s++)
	{
		check_interrupts();
		if (sample->series[s].count > lag)
			add_changes(&sample->series[s], lag, sums, counts, &products);
	}
	for (int64 i = 1; i < sample->longest; i++)
	{
		products += sums[i] * sums[i];
		pairs += counts[i] * (counts[i] - 1);
	}
	pfree(sums);
	pfree(counts);
	alike = pairs > 0 ? Min(Max(products / pairs, 0), 1) : 0;
	return alike * alike;
}

static double
sum_of_squares(const SampledSeries *series)
{
	double sum = 0;

	for (int64 i = 0; i < series->count; i++)
		sum += series->values[i] * series->values[i];
	return sum;
}

SeasonSample
season_sample_take(const lf_dataset *dataset, int period)
{
	int count = (int) Min(dataset->count, SAMPLED_SERIES);
	int64 most = Max(RECENT_STEPS / count, LEAST_RECENT);
	SeasonSample sample = {.series = palloc(sizeof(SampledSeries) * count)};

	for (int i = 0; i < count; i++)
	{
		SampledSeries *series = &sample.series[sample.count];

		check_interrupts();
		*series = sampled_values(&dataset->series[lf_evenly_spaced(dataset->count - 1, count, i)],
								 most, period);
		if (series->count == 0)
			continue;
		series->recent = Min(series->count, SPECTRUM_STEPS);
		sample.recent = Max(sample.recent, series->recent);
		sample.longest = Max(sample.longest, series->count);
		sample.count++;
	}
	sample.size = lf_spectrum_size(sample.recent);
	if (sample.count > 1)
		sample.alike = season_sample_alike(&sample, 1);
	return sample;
}

void
season_sample_spectra(SeasonSample *sample)
{
	double *scratch = palloc(sizeof(double) * sample->size);
	double *changes = palloc(sizeof(double) * sample->recent);

	if (sample->table == NULL)
	{
		sample->table = palloc(sizeof(double) * sample->size);
		lf_spectrum_table(sample->size, sample->table);
	}
	for (int s = 0; s < sample->count; s++)
	{
		SampledSeries *series = &sample->series[s];
		const double *values;

		check_interrupts();
		if (series->power == NULL)
			series->power = palloc(sizeof(double) * (sample->size / 2 + 1));
		values = series->values + series->count - series->recent;
		changes[0] = 0;
		for (int64 i = 1; i < series->recent; i++)
			changes[i] = values[i] - values[i - 1];
		season_draw_in(changes, series->recent, FAR_CHANGE);
		lf_spectrum_power(changes, series->recent, sample->size, sample->table, series->power,
						  scratch);
	}
	pfree(changes);
	pfree(scratch);
}

/* The median of up to LOCAL_CYCLES values; they are put in order. */
static double
local_median(double *values, int count)
{
	lf_sort_few(values, count);
	return (values[count / 2] + values[(count - 1) / 2]) / 2;
}

/*
 * deviations gets how far each value lies from the mean of a period around it, of which the ends
 * of an even one count half; at the ends of the series, from the nearest such mean.
 */
static void
deviations_from_level(const double *values, int64 count, int64 period, double *deviations)
{
	int64 half = period / 2;
	double ends = period % 2 == 0 ? 0.5 : 1;
	double level = 0;

	for (int64 i = 0; i <= 2 * half; i++)
		level += values[i] * (i == 0 || i == 2 * half ? ends : 1) / (double) period;
	for (int64 i = 0; i < count; i++)
	{
		if (i > half && i + half < count)
			level += (values[i + half] * ends + values[i + half - 1] * (1 - ends) -
					  values[i - half] * (1 - ends) - values[i - half - 1] * ends) /
					 (double) period;
		deviations[i] = values[i] - level;
	}
}

/*
 * Take from the values what repeats: the median deviation of a step over LOCAL_CYCLES around.
 * Means would echo a shift of the level from cycle to cycle; fewer cycles would take more than the
 * season, and all of them would leave one that changes slowly.
 */
static void
remove_profile(double *values, int64 count, int64 period, double *deviations)
{
	int64 span = Min(LOCAL_CYCLES, count / period);

	deviations_from_level(values, count, period, deviations);
	for (int64 i = 0; i < count; i++)
	{
		int64 first = Max(i - span / 2 * period, i % period);
		double around[LOCAL_CYCLES];

		while (first + (span - 1) * period >= count)
			first -= period;
		for (int64 k = 0; k < span; k++)
			around[k] = deviations[first + k * period];
		values[i] -= local_median(around, (int) span);
	}
}

double
season_sample_remove(SeasonSample *sample, int period)
{
	double *deviations = palloc(sizeof(double) * sample->longest);
	double explained = 0;

	for (int s = 0; s < sample->count; s++)
	{
		SampledSeries *series = &sample->series[s];
		double before = sum_of_squares(series);

		check_interrupts();
		if (series->count < 2 * (int64) period || !(before > 0))
			continue;
		remove_profile(series->values, series->count, period, deviations);
		explained +=
			Max(0, 1 - sum_of_squares(series) / before) * (before / (double) series->count);
	}
	pfree(deviations);
	return explained / sample->count;
}

void
season_sample_free(SeasonSample *sample)
{
	for (int s = 0; s < sample->count; s++)
	{
		pfree(sample->series[s].values);
		if (sample->series[s].power != NULL)
			pfree(sample->series[s].power);
	}
	if (sample->table != NULL)
		pfree(sample->table);
	pfree(sample->series);
}
