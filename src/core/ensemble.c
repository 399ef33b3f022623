/*
 * ensemble.c
 *	  The median or mean of several forecasts, how much they differ, and the naive one.
 */
#include "ensemble.h"

#include <math.h>

/* The element of that rank (from 0) among the members' values at place; the values are no NaN. */
static double
member_of_rank(const double *const *members, int count, int64_t place, int rank)
{
	for (int i = 0; i < count; i++)
	{
		double value = members[i][place];
		int less = 0;
		int equal = 0;

		for (int j = 0; j < count; j++)
		{
			less += members[j][place] < value;
			equal += members[j][place] == value;
		}
		if (less <= rank && rank < less + equal)
			return value;
	}
	return NAN;
}

void
lf_ensemble_median(const double *const *members, int count_members, int64_t count, double *median)
{
	for (int64_t i = 0; i < count; i++)
	{
		double low = member_of_rank(members, count_members, i, (count_members - 1) / 2);
		double high = member_of_rank(members, count_members, i, count_members / 2);

		median[i] = low == high ? low : 0.5 * low + 0.5 * high;
		for (int j = 0; j < count_members; j++)
			if (isnan(members[j][i]))
				median[i] = NAN;
	}
}

void
lf_ensemble_mean(const double *const *members, int count_members, int64_t count, double *mean)
{
	for (int64_t i = 0; i < count; i++)
	{
		mean[i] = members[0][i];
		for (int j = 1; j < count_members; j++)
			mean[i] += (members[j][i] - mean[i]) / (j + 1);
	}
}

void
lf_ensemble_spread(const double *const *members, int count_members, int64_t count, double *spread)
{
	for (int64_t i = 0; i < count; i++)
	{
		double mean = 0;
		double squares = 0;

		for (int j = 0; j < count_members; j++)
			mean += members[j][i] / count_members;
		for (int j = 0; j < count_members; j++)
			squares += (members[j][i] - mean) * (members[j][i] - mean) / count_members;
		spread[i] = sqrt(squares);
	}
}

void
lf_naive_forecast(const double *values, int64_t origin, int period, int horizon, double *forecast)
{
	if (period < 1 || period > origin)
		period = 1;
	for (int k = 0; k < horizon; k++)
		forecast[k] = origin > 0 ? values[origin - period + k % period] : NAN;
}
