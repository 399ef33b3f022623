/*
 * start_smoothing.c
 *	  Exponential smoothing with additive errors: where it begins, its steps, its parameters.
 */
#include "start_private.h"

#include <math.h>
#include <string.h>

/* Sort ascending (Shell's sort with Ciura's gaps: little code, and quick enough for a history). */
static void
sort_ascending(double *values, int count)
{
	static const int gaps[] = {8858, 3937, 1750, 701, 301, 132, 57, 23, 10, 4, 1};

	for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++)
		for (int i = gaps[g]; i < count; i++)
		{
			double moved = values[i];
			int j = i;

			for (; j >= gaps[g] && values[j - gaps[g]] > moved; j -= gaps[g])
				values[j] = values[j - gaps[g]];
			values[j] = moved;
		}
}

/*
 * The robust centre is the mean of the middle half, which is the median of up to three values:
 * nearly as precise as the mean, and a glitch has no part in it.
 */
double
lf_start_center(double *values, int count, bool mean)
{
	int cut = mean ? 0 : (count + 1) / 4;
	double sum = 0;

	if (cut > 0)
		sort_ascending(values, count);
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

/*
 * The slope is that between values half a history apart, in whole seasons; the indices are
 * centres of what lies around the line, phase by phase, and sum to 0; the level is the line's in
 * the first season (or first eight steps), where smoothing begins.
 */
void
lf_start_decompose(lf_start_history *history, double *sort)
{
	const double *values = history->values;
	int n = history->length;
	int m = history->season;
	int lag = n >= 2 * m ? n / 2 / m * m : m;
	int first = n < 8 ? n : 8;
	double mean = 0;

	history->slope = lf_start_slope(values, n, n, lag, history->mean, sort);
	for (int phase = 0; phase < m; phase++)
	{
		int count = 0;

		for (int t = phase; m > 1 && t < n; t += m)
			sort[count++] = values[t] - history->slope * t;
		history->index[phase] = count > 0 ? lf_start_center(sort, count, history->mean) : 0;
		mean += history->index[phase] / m;
	}
	for (int phase = 0; phase < m; phase++)
		history->index[phase] -= mean;
	if (m > first)
		first = m < n ? m : n;
	for (int t = 0; t < first; t++)
		sort[t] = values[t] - history->slope * (t + 1) - history->index[t % m];
	history->level = lf_start_center(sort, first, history->mean);
}

void
lf_start_begin(const lf_start_history *history, lf_start_state *state)
{
	state->level = history->level;
	state->slope = history->slope;
	memcpy(state->index, history->index, sizeof(double) * history->season);
}

double
lf_start_smooth(const lf_start_history *history, const uint8_t *observed, const double *parameters,
				lf_start_state *state, int from, int to)
{
	const double *values = history->values;
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
		double error = values[t] - moved - index;

		level = moved + alpha * error;
		slope = damping * slope + beta * error;
		state->index[phase] = index + gamma * error;
		if (++phase == history->season)
			phase = 0;
		if (observed == NULL || observed[t])
			sum += history->mean ? error * error : fabs(error);
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
		forecast[k] = level + state->index[phase];
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
	return lf_start_smooth(history, observed, parameters, state, 0, history->length);
}

/* Values of each field that a fit begins with, in order of preference. */
static const double grid[LF_START_FIELDS][4] = {
	[LF_START_LEVEL] = {0.3, 0.1, 0.6, 0.9},
	[LF_START_TREND] = {0.02, 0.1, 0.3, 0},
	[LF_START_SEASONAL] = {0.1, 0.3, 0.6, 0},
	[LF_START_DAMPING] = {0.95, 0.9, 0.98, 0.8},
};

/*
 * Descent by coordinates: the grid's values one field after the other, then steps up and down
 * that are halved. A field that does nothing (trend without damping, indices without a season,
 * damping that is given) stays as it is.
 */
double
lf_start_fit(const lf_start_history *history, const uint8_t *observed, double damping,
			 lf_start_state *state, double *parameters)
{
	static const double highest[LF_START_FIELDS] = {0.99, 1, 0.9, 0.98};
	static const double lowest[LF_START_FIELDS] = {0.01, 0, 0, 0.8};
	bool fixed[LF_START_FIELDS] = {false, damping == 0, history->season == 1,
								   damping == 0 || damping == 1};
	double step[LF_START_FIELDS] = {0.1, 0.05, 0.1, 0.02};
	double best;

	for (int f = 0; f < LF_START_FIELDS; f++)
		parameters[f] = fixed[f] ? 0 : grid[f][0];
	if (fixed[LF_START_DAMPING])
		parameters[LF_START_DAMPING] = damping;
	best = fit_error(history, observed, parameters, state);
	for (int round = 0; round < 5; round++)
		for (int f = 0; f < LF_START_FIELDS; f++)
		{
			double from = parameters[f];
			int tries = fixed[f] ? 0 : round == 0 ? 4 : 2;

			for (int i = 0; i < tries; i++)
			{
				double before = parameters[f];
				double error;

				parameters[f] = round == 0 ? grid[f][i] : from + (i == 0 ? step[f] : -step[f]);
				parameters[f] = fmin(fmax(parameters[f], lowest[f]), highest[f]);
				error = fit_error(history, observed, parameters, state);
				if (error < best)
					best = error;
				else
					parameters[f] = before;
			}
			if (round > 0)
				step[f] /= 2;
		}
	return best;
}
