/*
 * universal_forecast.c
 *	  From the universal network's outputs to forecasts in the data's units.
 */
#include <math.h>
#include <string.h>

#include "distribution.h"
#include "loss.h"
#include "scaling.h"
#include "universal.h"
#include "universal_private.h"

#define LF_LEAST_RANGE_STEPS 8 /* fewer values have no range of which one could lie outside */
#define LF_RANGES_OUTSIDE 3.0  /* so many ranges outside of all others a value is not believed */

/* The two lowest and the two highest of the values that are read. */
typedef struct extremes
{
	double low[2];  /* ascending */
	double high[2]; /* descending */
	int64_t count;
} extremes;

static extremes
find_extremes(const lf_universal *network, const lf_universal_window *window)
{
	const int64_t from = window->length > network->longest ? window->length - network->longest : 0;
	extremes e = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}, window->length - from};

	for (int64_t i = from; i < window->length; i++)
	{
		const double value = window->values[i];

		if (value < e.low[1])
		{
			e.low[1] = fmax(value, e.low[0]);
			e.low[0] = fmin(value, e.low[0]);
		}
		if (value > e.high[1])
		{
			e.high[1] = fmin(value, e.high[0]);
			e.high[0] = fmax(value, e.high[0]);
		}
	}
	return e;
}

/* The range that others than the lowest and the highest value span, widened on both sides. */
static void
widen(double low, double high, double *lowest, double *highest)
{
	*lowest = low - LF_RANGES_OUTSIDE * (high - low);
	*highest = high + LF_RANGES_OUTSIDE * (high - low);
}

/* Where what is read is cut; of logarithms on top as early as of the values themselves. */
static void
set_limits(lf_universal_window *window, const extremes *e)
{
	double highest;

	window->limited = e->count >= LF_LEAST_RANGE_STEPS && e->high[1] > e->low[1];
	widen(e->low[1], e->high[1], &window->lowest, &window->highest);
	if (!window->logs)
		return;
	highest = log(window->highest);
	widen(log(e->low[1]), log(e->high[1]), &window->lowest, &window->highest);
	window->highest = fmin(window->highest, highest);
}

/* The readings of a window: one, or two where its values are all positive. Returns how many. */
static int
put_readings(const lf_universal *network, const lf_universal_window *window,
			 lf_universal_window *readings)
{
	const extremes e = find_extremes(network, window);
	const int count = e.low[0] > 0 && e.low[0] < e.high[0] ? 2 : 1;

	for (int i = 0; i < count; i++)
	{
		readings[i] = *window;
		readings[i].logs = i > 0;
		set_limits(&readings[i], &e);
	}
	return count;
}

/* A value as the network read it. */
static double
unit_of(const lf_universal *network, const lf_universal_window *window, int64_t row, int64_t step)
{
	return (lf_universal_value(window, step) - network->batch.level[row]) /
		   network->batch.scale[row];
}

/*
 * How a step of the future differs from its group, by the mean of the last seasons: what groups of
 * several steps do not tell.
 */
static double
detail(const lf_universal *network, const lf_universal_window *window, int64_t group, int64_t row,
	   int64_t ahead)
{
	const int64_t first = ahead / group * group;
	double sum = 0;
	int found = 0;

	if (group == 1)
		return 0;
	for (int j = 0; j < LF_UNIVERSAL_MEANS; j++)
	{
		const int64_t back = ((ahead + group) / window->season + 1 + j) * window->season;
		const int64_t begin = window->length + first - back;
		double mean = 0;

		if (begin < 0)
			break;
		for (int64_t i = 0; i < group; i++)
			mean += unit_of(network, window, row, begin + i) / (double) group;
		sum += unit_of(network, window, row, window->length + ahead - back) - mean;
		found++;
	}
	return found > 0 ? sum / found : 0;
}

static double
restore(const lf_universal *network, const lf_universal_window *window, int64_t row, double unit)
{
	const double value = network->batch.level[row] + network->batch.scale[row] * unit;

	if (window->logs)
		return lf_transform_invert(LF_TRANSFORM_LOG, value);
	return fmax(-LF_LARGEST_VALUE, fmin(LF_LARGEST_VALUE, value));
}

/* One forecast of one reading: the median, or the value of a level. */
typedef struct answer
{
	const lf_universal *network;
	const lf_universal_window *window;
	int64_t group;
	int64_t row;
} answer;

/* The values of the levels at a step, with the median before them: (1 + level_count). */
static void
answer_step(const answer *answer, int64_t ahead, const double *levels, int level_count,
			double *values)
{
	const lf_universal *network = answer->network;
	const size_t plane = lf_universal_plane(network);
	const size_t place = (size_t) (ahead / answer->group) * network->batch.rows + answer->row;
	const double median = 0.5;
	const double shift = detail(network, answer->window, answer->group, answer->row, ahead);

	lf_loss_quantiles(&network->config.loss, network->output + place, plane, &median, 1, values);
	if (level_count > 0)
		lf_loss_quantiles(&network->config.loss, network->output + place, plane, levels,
						  level_count, values + 1);
	for (int i = 0; i <= level_count; i++)
		values[i] = restore(network, answer->window, answer->row, values[i] + shift);
}

/* Add a reading's forecast, by its weight. */
static void
add_answer(const answer *answer, int64_t horizon, int level_count, const double *levels,
		   double weight, double *forecast, double *quantiles)
{
	double values[1 + LF_MAX_QUANTILES];

	for (int64_t t = 0; t < horizon; t++)
	{
		answer_step(answer, t, levels, level_count, values);
		forecast[t] += weight * values[0];
		for (int i = 0; i < level_count; i++)
			quantiles[t * level_count + i] += weight * values[1 + i];
	}
}

/*
 * A window of one value alone goes on with it, to the last digit: its scale is nothing but a share
 * of its size, and what the network answers in such units is noise.
 */
static void
repeat_value(double value, int64_t horizon, int level_count, double *forecast, double *quantiles)
{
	for (int64_t t = 0; t < horizon; t++)
		forecast[t] = value;
	for (int64_t i = 0; i < horizon * level_count; i++)
		quantiles[i] = value;
}

/* What is asked of all windows. */
typedef struct question
{
	int64_t group;
	int64_t horizon;
	int level_count;
	const double *levels;
} question;

/* Forecast windows that are read by the same number of steps. */
static lf_status
forecast_together(lf_universal *network, const question *asked, const lf_universal_window *windows,
				  int64_t rows, double *forecasts, double *quantiles, lf_interrupt interrupt)
{
	const int64_t horizon = asked->horizon;
	const int groups = (int) ((horizon + asked->group - 1) / asked->group);
	lf_universal_window *readings = network->readings;
	int64_t count = 0;
	lf_status status;

	for (int64_t i = 0; i < rows; i++)
		count += put_readings(network, &windows[i], readings + count);
	lf_universal_read(network, readings, count, asked->group, groups, false);
	status = lf_universal_forward(network, interrupt);
	if (status != LF_OK)
		return status;
	memset(forecasts, 0, rows * horizon * sizeof(double));
	if (asked->level_count > 0)
		memset(quantiles, 0, rows * horizon * asked->level_count * sizeof(double));
	for (int64_t i = 0, at = 0; i < rows; i++)
	{
		const int64_t next = at + (at + 1 < count && readings[at + 1].logs ? 2 : 1);
		const double weight = 1 / (double) (next - at);
		const extremes e = find_extremes(network, &windows[i]);
		double *forecast = forecasts + i * horizon;
		double *levels =
			asked->level_count > 0 ? quantiles + i * horizon * asked->level_count : NULL;

		for (; at < next; at++)
		{
			const answer answer = {network, &readings[at], asked->group, at};

			add_answer(&answer, horizon, asked->level_count, asked->levels, weight, forecast,
					   levels);
		}
		if (e.low[0] == e.high[0])
			repeat_value(e.low[0], horizon, asked->level_count, forecast, levels);
	}
	return LF_OK;
}

lf_status
lf_universal_forecast(lf_universal *network, const lf_universal_window *windows, int64_t rows,
					  int64_t horizon, int level_count, const double *levels, double *forecasts,
					  double *quantiles, lf_interrupt interrupt)
{
	const question asked = {lf_universal_group(windows[0].season), horizon, level_count, levels};
	lf_status status = LF_OK;

	for (int64_t from = 0, to; from < rows && status == LF_OK; from = to)
	{
		const int steps = lf_universal_steps(windows[from].length / asked.group);

		to = from + 1;
		while (to < rows && lf_universal_steps(windows[to].length / asked.group) == steps)
			to++;
		status = forecast_together(
			network, &asked, windows + from, to - from, forecasts + from * horizon,
			level_count > 0 ? quantiles + from * horizon * level_count : NULL, interrupt);
	}
	return status;
}
