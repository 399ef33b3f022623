/*
 * lone_values.c
 *	  Values of a series that nothing else in it is like.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "base/sorting.h"
#include "plan/lone_values.h"

#define LEAST_STEPS 40   /* of a series that tells what is usual */
#define SAMPLED 4096     /* distances that tell it */
#define SELDOM 20        /* one of so many lies as far from its like as is still usual */
#define FAR 3.0          /* times that */
#define STEPS_A_LONE 100 /* of which no more than one is alone */

static bool
is_observed(const lf_series *series, int64 step)
{
	return step >= 0 && step < series->length &&
		   (series->observed == NULL || series->observed[step]);
}

/* How far a value lies from the nearest of its like; 0 where it is not observed or the last. */
static double
distance_at(const lf_series *series, int64 step, int season)
{
	const int64 beside[4] = {step - 1, step + 1, step - season, step + season};
	double distance = INFINITY;

	if (!is_observed(series, step) || step == series->length - 1)
		return 0;
	for (int i = 0; i < lengthof(beside); i++)
		if (is_observed(series, beside[i]))
			distance = Min(distance, fabs(series->values[step] - series->values[beside[i]]));
	return isinf(distance) ? 0 : distance;
}

/* What one of SELDOM distances exceeds. */
static double
usual_distance(const lf_series *series, int season)
{
	int64 count = Min(series->length, SAMPLED);
	double *distances = palloc(sizeof(double) * count);
	double usual;

	for (int64 i = 0; i < count; i++)
		distances[i] = distance_at(series, lf_evenly_spaced(series->length - 1, count, i), season);
	qsort(distances, count, sizeof(double), compare_doubles);
	usual = distances[count - 1 - count / SELDOM];
	pfree(distances);
	return usual;
}

/* Is no other value of the series within a distance of that at a step? */
static bool
is_alone(const lf_series *series, int64 step, double distance)
{
	for (int64 i = 0; i < series->length; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (i != step && is_observed(series, i) &&
			fabs(series->values[i] - series->values[step]) <= distance)
			return false;
	}
	return true;
}

LoneValues
lone_values_find(const lf_series *series, int season)
{
	int most = (int) Min(Max(series->length / STEPS_A_LONE, 1), MOST_LONE);
	double usual = series->length < LEAST_STEPS ? 0 : usual_distance(series, season);
	LoneValues far = {0};
	LoneValues lone = {0};

	for (int64 i = 0; usual > 0 && i < series->length; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (distance_at(series, i, season) <= FAR * usual)
			continue;
		if (far.count == most)
			return lone;
		far.steps[far.count++] = i;
	}
	for (int i = 0; i < far.count; i++)
		if (is_alone(series, far.steps[i], FAR * usual))
			lone.steps[lone.count++] = far.steps[i];
	return lone;
}
