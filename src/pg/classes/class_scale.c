/*
 * class_scale.c
 *	  Values of columns in network units: standardised, holes filled.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "classes/class_scale.h"

/* A deviation below this share of the values' size is their rounding, not theirs. */
#define LEAST_SHARE 1e-6

/* In units of a deviation; what lies further out is cut off, so that networks see finite numbers.
 */
#define FURTHEST 1000.0

/* Differences that hardly are any are noise. */
#define MOST_SCALE 1000.0

/* Count, mean and sum of squares of one column over the series that are not held (Welford). */
static int64
measure_column(const ClassData *data, const bool *held, int column, double *mean, double *squares)
{
	int64 count = 0;

	*mean = *squares = 0;
	for (int64 s = 0; s < data->count; s++)
	{
		const ClassSeries *series = &data->series[s];

		for (int64 i = 0; i < series->length && !(held != NULL && held[s]); i++)
		{
			double value = series->values[i * data->channels + column];
			double delta = value - *mean;

			if (i % INTERRUPT_ROWS == 0)
				check_interrupts();
			if (isnan(value))
				continue;
			*mean += delta / (double) ++count;
			*squares += delta * (value - *mean);
		}
	}
	return count;
}

/* What a spread is divided by. */
static double
usable_deviation(double deviation, double mean)
{
	return deviation > LEAST_SHARE * fabs(mean) && isfinite(deviation) ? deviation : 1;
}

void
class_scale_fit(const ClassData *data, const bool *held, char *const *names, double *means,
				double *deviations)
{
	for (int c = 0; c < data->channels; c++)
	{
		double squares;
		int64 count = measure_column(data, held, c, &means[c], &squares);

		/* rare ones may all have been held out */
		if (count == 0 && held != NULL)
			count = measure_column(data, NULL, c, &means[c], &squares);
		if (count == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 names != NULL ? errmsg("column \"%s\" has no value", names[c])
								   : errmsg("element %d of \"values\" is null in all rows", c + 1),
					 errhint("Leave it out.")));
		deviations[c] = usable_deviation(sqrt(squares / (double) count), means[c]);
	}
}

/* One column of one series; returns how many values were missing. */
static int64
scale_column(const ClassData *data, ClassSeries *series, int column, double mean, double deviation)
{
	double before = 0; /* in units */
	int64 missing = 0;

	for (int64 i = 0; i < series->length; i++)
	{
		float *value = &series->values[i * data->channels + column];

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (isnan(*value))
			missing++;
		else
			before = Min(Max((*value - mean) / deviation, -FURTHEST), FURTHEST);
		*value = (float) before;
	}
	return missing;
}

/* Give a column of one series the mean 0 and the deviation 1. */
static void
standardise_column(const ClassData *data, ClassSeries *series, int column)
{
	const double count = (double) series->length;
	float *first = series->values + column;
	double mean = 0;
	double squares = 0;
	double deviation;

	check_interrupts();
	for (int64 i = 0; i < series->length; i++)
		mean += first[i * data->channels] / count;
	for (int64 i = 0; i < series->length; i++)
	{
		double delta = first[i * data->channels] - mean;

		squares += delta * delta;
	}
	deviation = usable_deviation(sqrt(squares / count), mean);
	for (int64 i = 0; i < series->length; i++)
		first[i * data->channels] = (float) ((first[i * data->channels] - mean) / deviation);
}

int64
class_scale_apply(ClassData *data, const double *means, const double *deviations, bool by_series)
{
	int64 missing = 0;

	for (int64 s = 0; s < data->count; s++)
		for (int c = 0; c < data->channels; c++)
		{
			missing += scale_column(data, &data->series[s], c, means[c], deviations[c]);
			if (by_series)
				standardise_column(data, &data->series[s], c);
		}
	return missing;
}

void
class_scale_differences(const ClassData *data, const bool *held, float *scales)
{
	for (int c = 0; c < data->channels; c++)
	{
		double squares = 0;
		int64 count = 0;

		for (int64 s = 0; s < data->count; s++)
		{
			const ClassSeries *series = &data->series[s];

			for (int64 i = 1; i < series->length && !(held != NULL && held[s]); i++)
			{
				double difference = (double) series->values[i * data->channels + c] -
									series->values[(i - 1) * data->channels + c];

				if (i % INTERRUPT_ROWS == 0)
					check_interrupts();
				squares += difference * difference;
				count++;
			}
		}
		/* their mean is hardly anything */
		scales[c] = squares > 0 ? (float) sqrt((double) count / squares) : 1;
		scales[c] = Min(scales[c], (float) MOST_SCALE);
	}
}
