/*
 * start_smoothing.c
 *	  Exponential smoothing with additive errors: where it begins, its steps, its parameters.
 */
#include "start_private.h"

#include <math.h>
#include <string.h>

#include "sort.h"

#define MOST_SORTED 251 /* prime: no season divides the step from one value to the next */
#define BEND 3          /* times the usual error: where errors begin to count linearly */
#define CHOICES 5       /* values of a field that a fit tries */

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

/* What an error of that size counts: its square for a mean, else Huber's loss over its bend. */
static inline double
loss(const lf_start_history *history, double size)
{
	if (history->mean)
		return size * size;
	if (size < history->bend)
		return 0.5 * size * (size / history->bend);
	return size - 0.5 * history->bend;
}

double
lf_start_smooth(const lf_start_history *history, const uint8_t *observed, const double *parameters,
				lf_start_state *state, int from, int to, double *fitted)
{
	const double *values = history->values;
	bool product = history->product;
	double alpha = parameters[LF_START_LEVEL];
	double beta = alpha * parameters[LF_START_TREND];
	double gamma = history->season > 1 ? (1 - alpha) * parameters[LF_START_SEASONAL] : 0;
	double damping = parameters[LF_START_DAMPING];
	double level = state->level;
	double slope = state->slope;
	double sum = 0;
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
		if (observed == NULL || observed[t])
			sum += loss(history, fabs(error));
		if (fitted != NULL)
			fitted[t] = forecast;
	}
	state->level = level;
	state->slope = slope;
	return sum;
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

/* The one-step errors of a whole history under these parameters. */
static double
fit_error(const lf_start_history *history, const uint8_t *observed, const double *parameters,
		  lf_start_state *state)
{
	lf_start_begin(history, state);
	return lf_start_smooth(history, observed, parameters, state, 0, history->length, NULL);
}

/* The centre of the absolute one-step errors. */
static double
usual_error(const lf_start_history *history, const double *parameters, lf_start_state *state,
			double *sort)
{
	lf_start_begin(history, state);
	lf_start_smooth(history, NULL, parameters, state, 0, history->length, sort);
	for (int t = 0; t < history->length; t++)
		sort[t] = fabs(history->values[t] - sort[t]);
	return lf_start_center(sort, history->length, false);
}

/*
 * One field after the other takes the best of a few values, and leaves the first for an error that
 * is less by two steps' share, about what chance makes of a number that is fitted. Finer values and
 * smaller gains fit the past better and forecast worse: on short series they are mostly luck. A
 * field that does nothing (trend without damping, indices without a season) or is given stays.
 */
void
lf_start_fit(lf_start_history *history, const uint8_t *observed, double damping,
			 lf_start_state *state, double *sort, double *parameters)
{
	static const double choices[LF_START_FIELDS][CHOICES] = {
		[LF_START_LEVEL] = {0.1, 0.3, 0.6, 0.9, 0.02},
		[LF_START_TREND] = {0, 0.02, 0.05, 0.1, 0.3},
		[LF_START_SEASONAL] = {0.1, 0.3, 0.6, 0.03, 0},
		[LF_START_DAMPING] = {0.95, 0.9, 0.98, 0.85, 0.8},
	};
	bool fixed[LF_START_FIELDS] = {false, damping == 0, history->season == 1,
								   damping == 0 || damping == 1};
	double best;

	for (int field = 0; field < LF_START_FIELDS; field++)
		parameters[field] = fixed[field] ? 0 : choices[field][0];
	if (fixed[LF_START_DAMPING])
		parameters[LF_START_DAMPING] = damping;
	history->bend = BEND * usual_error(history, parameters, state, sort);
	best = fit_error(history, observed, parameters, state);
	for (int field = 0; field < LF_START_FIELDS; field++)
	{
		int chosen = 0;

		for (int i = 1; i < CHOICES && !fixed[field]; i++)
		{
			double margin = chosen == 0 ? 2 * best / history->length : 0;
			double error;

			parameters[field] = choices[field][i];
			error = fit_error(history, observed, parameters, state);
			if (error < best - margin)
			{
				best = error;
				chosen = i;
			}
		}
		if (!fixed[field])
			parameters[field] = choices[field][chosen];
	}
}
