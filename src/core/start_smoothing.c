/*
 * start_smoothing.c
 *	  Exponential smoothing with additive errors: where it begins, and its steps.
 */
#include "start_private.h"

#include <math.h>
#include <string.h>

#include "sort.h"

#define MOST_SORTED 251 /* prime: no season divides the step from one value to the next */

/*
 * The robust centre is the mean of the middle half, which is the median of up to three values:
 * nearly as precise as the mean, and a glitch has no part in it. Of very many values some, spread
 * evenly, say enough.
 */
double
lf_start_center(double *values, int count, bool mean)
{
	double other[MOST_SORTED];
	int cut = 0;
	double sum = 0;

	if (!mean)
	{
		for (int i = 0; i < MOST_SORTED && count > MOST_SORTED; i++)
			values[i] = values[(int64_t) i * count / MOST_SORTED];
		if (count > MOST_SORTED)
			count = MOST_SORTED;
		cut = (count + 1) / 4;
		lf_sort_merging(values, count, other);
	}
	for (int i = cut; i < count - cut; i++)
		sum += values[i];
	return sum / (count - 2 * cut);
}

double
lf_start_slope(const double *values, int end, int span, int lag, bool mean, double *sort)
{
	int first = end - span > lag ? end - span : lag;

	if (lag < 1 || first >= end)
		return 0;
	for (int t = first; t < end; t++)
		sort[t - first] = values[t] - values[t - lag];
	return lf_start_center(sort, end - first, mean) / lag;
}

/* The centres of what lies around a line of that slope, phase by phase; they sum to 0. */
static void
find_indices(lf_start_history *history, const double *values, double slope, double *sort)
{
	int m = history->season;
	double mean = 0;

	for (int phase = 0; phase < m; phase++)
	{
		int count = 0;

		for (int t = phase; t < history->length; t += m)
			sort[count++] = values[t] - slope * t;
		history->index[phase] = lf_start_center(sort, count, history->mean);
		mean += history->index[phase] / m;
	}
	for (int phase = 0; phase < m; phase++)
		history->index[phase] -= mean;
}

/* The first `count` values without their season. */
static void
take_season(const lf_start_history *history, int count, double *taken)
{
	int phase = 0;

	for (int t = 0; t < count; t++)
	{
		double index = history->index[phase];

		taken[t] = history->product ? history->values[t] / index : history->values[t] - index;
		if (++phase == history->season)
			phase = 0;
	}
}

/*
 * The slope is that between values half a history apart, which is nearly as precise as a
 * regression; seasons are first told from it by whole seasons. The level is the line's in the first
 * season (or first eight steps), where smoothing begins.
 */
void
lf_start_decompose(lf_start_history *history, const double *logs, double *sort)
{
	const double *values = history->product ? logs : history->values;
	int n = history->length;
	int m = history->season;
	int lag = n >= 2 * m ? n / 2 / m * m : m;
	int half = n / 2;
	int first = m > 8 ? m : 8;

	history->index[0] = history->product ? 1 : 0;
	if (m > 1)
		find_indices(history, values, lf_start_slope(values, n, n, lag, history->mean, sort), sort);
	for (int phase = 0; phase < m && m > 1 && history->product; phase++)
		history->index[phase] = exp(history->index[phase]);
	take_season(history, n, sort);
	for (int t = half; t < n; t++)
		sort[t - half] = sort[t] - sort[t - half];
	history->slope = half > 0 ? lf_start_center(sort, n - half, history->mean) / half : 0;
	if (m > 1 && !history->product)
		find_indices(history, values, history->slope, sort);
	if (first > n)
		first = n;
	take_season(history, first, sort);
	for (int t = 0; t < first; t++)
		sort[t] -= history->slope * (t + 1);
	history->level = lf_start_center(sort, first, history->mean);
}

void
lf_start_begin(const lf_start_history *history, lf_start_state *state)
{
	state->level = history->level;
	state->slope = history->slope;
	memcpy(state->index, history->index, sizeof(double) * history->season);
}

void
lf_start_smooth(const lf_start_history *history, const double *parameters, lf_start_state *state,
				int from, int to, double *fitted)
{
	const double *values = history->values;
	bool product = history->product;
	double alpha = parameters[LF_START_LEVEL];
	double beta = alpha * parameters[LF_START_TREND];
	double gamma = history->season > 1 ? (1 - alpha) * parameters[LF_START_SEASONAL] : 0;
	double damping = parameters[LF_START_DAMPING];
	double level = state->level;
	double slope = state->slope;
	int phase = from % history->season;

	for (int t = from; t < to; t++)
	{
		double index = state->index[phase];
		double moved = level + damping * slope;
		double forecast = product ? moved * index : moved + index;
		double error = values[t] - forecast;
		double change = product ? error / index : error;

		level = moved + alpha * change;
		slope = damping * slope + beta * change;
		if (!product)
			state->index[phase] = index + gamma * error;
		else if (moved > 0) /* between two positive numbers: positive */
			state->index[phase] = index + gamma * error / moved;
		if (++phase == history->season)
			phase = 0;
		if (fitted != NULL)
			fitted[t] = forecast;
	}
	state->level = level;
	state->slope = slope;
}

void
lf_start_continue(const lf_start_history *history, const double *parameters,
				  const lf_start_state *state, int length, int horizon, double *forecast)
{
	double damping = parameters[LF_START_DAMPING];
	double slope = damping * state->slope;
	double level = state->level;
	int phase = length % history->season;

	for (int k = 0; k < horizon; k++)
	{
		level += slope;
		slope *= damping;
		forecast[k] = history->product ? level * state->index[phase] : level + state->index[phase];
		if (++phase == history->season)
			phase = 0;
	}
}
