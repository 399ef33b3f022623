/*
 * universal_forecast.c
 *	  From the universal network's outputs to forecasts in the data's units.
 */
#include <math.h>
#include <string.h>

#include "loss.h"
#include "scaling.h"
#include "universal.h"
#include "universal_private.h"

#define LF_LEAST_RANGE_STEPS 8 /* fewer values have no range of which one could lie outside */
#define LF_RANGES_OUTSIDE 1.0  /* so many ranges outside of all others a value is not believed */
#define LF_MEAN_LEVELS 10      /* quantiles that a mean is taken of */
#define LF_RARE 3              /* one in so many values is zero: no few quantiles tell a mean */
#define LF_TRUST 0.5           /* what counts of the network's correction of the base */

/* The two lowest and the two highest of the values that are read. */
typedef struct extremes
{
	double low[2];  /* ascending */
	double high[2]; /* descending */
	int64_t zeros;
	int64_t count;
} extremes;

static extremes
find_extremes(const lf_universal *network, const lf_universal_window *window)
{
	const int64_t from = lf_universal_skipped(network, window);
	extremes e = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}, 0, window->length - from};

	for (int64_t i = from; i < window->length; i++)
	{
		const double value = window->values[i];

		e.zeros += value == 0;
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

int
lf_universal_readings(const lf_universal *network, const lf_universal_window *window,
					  lf_universal_window *readings)
{
	const extremes e = find_extremes(network, window);
	const int count = e.low[0] > 0 && e.low[0] < e.high[0] ? 2 : 1;

	for (int i = 0; i < count; i++)
	{
		readings[i] = *window;
		readings[i].logs = i > 0;
		readings[i].constant = e.low[0] == e.high[0];
		readings[i].rare = LF_RARE * e.zeros > e.count;
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

/* Means of the groups that the steps of a group are compared with, by season; begin -1: none yet.
 */
typedef struct group_means
{
	int64_t begin[LF_UNIVERSAL_MEANS];
	double mean[LF_UNIVERSAL_MEANS];
} group_means;

/* One reading, and where it stands in the batch. */
typedef struct answer
{
	const lf_universal *network;
	const lf_universal_window *window;
	int64_t group;
	int64_t row;
} answer;

static double
group_mean(const answer *answer, int64_t begin, int season, group_means *means)
{
	double mean = 0;

	if (means->begin[season] == begin)
		return means->mean[season];
	for (int64_t i = 0; i < answer->group; i++)
		mean += unit_of(answer->network, answer->window, answer->row, begin + i) /
				(double) answer->group;
	means->begin[season] = begin;
	means->mean[season] = mean;
	return mean;
}

/*
 * How a step of the future differs from its group, by the mean of the last seasons: what groups of
 * several steps do not tell.
 */
static double
detail(const answer *answer, int64_t ahead, group_means *means)
{
	const lf_universal_window *window = answer->window;
	const int64_t group = answer->group;
	const int64_t first = ahead / group * group;
	double sum = 0;
	int found = 0;

	if (group == 1)
		return 0;
	for (int j = 0; j < LF_UNIVERSAL_MEANS; j++)
	{
		const int64_t back = ((ahead + group) / window->season + 1 + j) * window->season;
		const int64_t begin = window->length + first - back;

		if (begin < 0)
			break;
		sum += unit_of(answer->network, window, answer->row, window->length + ahead - back) -
			   group_mean(answer, begin, j, means);
		found++;
	}
	return found > 0 ? sum / found : 0;
}

static double
restore(const answer *answer, double unit)
{
	const lf_universal_batch *batch = &answer->network->batch;
	const double value = batch->level[answer->row] + batch->scale[answer->row] * unit;

	return lf_transform_invert(answer->window->logs ? LF_TRANSFORM_LOG : LF_TRANSFORM_NONE, value);
}

/* What is asked of all windows. */
typedef struct question
{
	int64_t group;
	int64_t horizon;
	bool mean;
	int level_count;
	const double *levels;
} question;

/* Steps of one group, and how each differs from it. */
typedef struct group_steps
{
	int64_t first, end;
	size_t place; /* of the group, in a plane of the output */
	const double *details;
} group_steps;

/*
 * Add, by its weight, what a reading says of some levels, to the values of all levels; least: what
 * the level before the first said, in units.
 */
static double
add_levels(const answer *answer, const group_steps *steps, const double *levels, int count,
		   double least, double weight, double *values, int64_t stride)
{
	const lf_universal *network = answer->network;
	double units[LF_MAX_QUANTILES];

	lf_loss_quantiles(&network->config.loss, network->output + steps->place,
					  lf_universal_plane(network), levels, count, units);
	for (int i = 0; i < count; i++)
		units[i] = fmax(units[i], least); /* rounding must not let them cross */
	for (int64_t t = steps->first; t < steps->end; t++)
		for (int i = 0; i < count; i++)
			values[t * stride + i] +=
				weight * restore(answer, units[i] + steps->details[t - steps->first]);
	return units[count - 1];
}

/*
 * Add, by its weight, what a reading says of the mean, of quantiles that are evenly spaced. Half of
 * how they lie around the location counts, as half of that does: so does half of their mean.
 */
static void
add_mean(const answer *answer, const group_steps *steps, double weight, double *forecast)
{
	static const double levels[LF_MEAN_LEVELS] = {.05, .15, .25, .35, .45, .55, .65, .75, .85, .95};
	const lf_universal *network = answer->network;
	const double location = network->output[steps->place];
	double units[LF_MEAN_LEVELS];

	lf_loss_quantiles(&network->config.loss, network->output + steps->place,
					  lf_universal_plane(network), levels, LF_MEAN_LEVELS, units);
	for (int64_t t = steps->first; t < steps->end; t++)
		for (int i = 0; i < LF_MEAN_LEVELS; i++)
			forecast[t] += weight / LF_MEAN_LEVELS *
						   restore(answer, location + LF_TRUST * (units[i] - location) +
											   steps->details[t - steps->first]);
}

/* The same of what is zero more often than quantiles tell: the guides' mean, without the network.
 */
static void
add_guided_mean(const answer *answer, const group_steps *steps, double weight, double *forecast)
{
	const double mean = (double) answer->network->batch.mean[steps->place];

	for (int64_t t = steps->first; t < steps->end; t++)
		forecast[t] += weight * restore(answer, mean + steps->details[t - steps->first]);
}

/* Add a reading's forecast, by its weight; details: room for those of a group. */
static void
add_answer(const answer *answer, const question *asked, double weight, double *details,
		   double *forecast, double *quantiles)
{
	const double median = 0.5;

	for (int64_t first = 0; first < asked->horizon; first += asked->group)
	{
		const int64_t left = asked->horizon - first;
		const group_steps steps = {
			.first = first,
			.end = first + (left < asked->group ? left : asked->group),
			.place = (size_t) (first / asked->group) * answer->network->batch.rows + answer->row,
			.details = details};
		group_means means = {.begin = {-1, -1, -1, -1}};
		double least = -INFINITY;

		for (int64_t t = first; t < steps.end; t++)
			details[t - first] = detail(answer, t, &means);
		if (asked->mean && answer->window->rare)
			add_guided_mean(answer, &steps, weight, forecast);
		else if (asked->mean)
			add_mean(answer, &steps, weight, forecast);
		else
			add_levels(answer, &steps, &median, 1, least, weight, forecast, 1);
		for (int from = 0; from < asked->level_count; from += LF_MAX_QUANTILES)
		{
			const int left_over = asked->level_count - from;
			const int count = left_over < LF_MAX_QUANTILES ? left_over : LF_MAX_QUANTILES;

			least = add_levels(answer, &steps, asked->levels + from, count, least, weight,
							   quantiles + from, asked->level_count);
		}
	}
}

_Static_assert(LF_UNIVERSAL_MEANS == 4, "group_means begins with as many -1");

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

/*
 * Forecasts lie half way from the base to what the network says: it learned its corrections on
 * synthetic series, and two unlike forecasts err less together. Quantiles go along.
 */
static void
halve_corrections(lf_universal *network)
{
	const size_t steps = lf_universal_plane(network);

	for (size_t i = 0; i < steps; i++)
		network->output[i] = (lf_real) (network->batch.base[i] +
										LF_TRUST * (network->output[i] - network->batch.base[i]));
}

/* The mean of a window's values as they are read: one wild value does not lead. */
static double
mean_value(const lf_universal *network, const lf_universal_window *reading)
{
	const int64_t from = lf_universal_skipped(network, reading);
	double sum = 0;

	for (int64_t i = from; i < reading->length; i++)
		sum += lf_universal_value(reading, i) / (double) (reading->length - from);
	return sum;
}

/*
 * What the first of two readings counts, that of the values, beside that of logarithms: it goes by
 * the inverse fourth power of their errors. Both are taken in proportion: errors of values were
 * made at the mean level, those of logarithms are changes in proportion already.
 */
static double
first_weight(const lf_universal *network, int64_t row)
{
	const lf_universal_batch *batch = &network->batch;
	const double values =
		batch->error[row] * batch->scale[row] / mean_value(network, &network->readings[row]);
	const double logs = batch->error[row + 1] * batch->scale[row + 1];
	const double square = values / logs * (values / logs);
	const double weight = 1 / (1 + square * square);

	return isfinite(weight) ? weight : 0.5;
}

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
		count += lf_universal_readings(network, &windows[i], readings + count);
	lf_universal_read(network, readings, count, asked->group, groups, false);
	status = lf_universal_forward(network, interrupt);
	if (status != LF_OK)
		return status;
	halve_corrections(network);
	memset(forecasts, 0, rows * horizon * sizeof(double));
	if (asked->level_count > 0)
		memset(quantiles, 0, rows * horizon * asked->level_count * sizeof(double));
	for (int64_t i = 0, at = 0; i < rows; i++)
	{
		const int64_t next = at + (at + 1 < count && readings[at + 1].logs ? 2 : 1);
		double weight = next - at == 2 ? first_weight(network, at) : 1;
		const bool constant = readings[at].constant;
		double *forecast = forecasts + i * horizon;
		double *levels =
			asked->level_count > 0 ? quantiles + i * horizon * asked->level_count : NULL;

		for (; at < next; at++, weight = 1 - weight)
		{
			const answer answer = {network, &readings[at], asked->group, at};

			add_answer(&answer, asked, weight, network->sizes, forecast, levels);
		}
		if (constant)
			repeat_value(windows[i].values[windows[i].length - 1], horizon, asked->level_count,
						 forecast, levels);
	}
	return LF_OK;
}

lf_status
lf_universal_forecast(lf_universal *network, const lf_universal_window *windows, int64_t rows,
					  int64_t horizon, bool mean, int level_count, const double *levels,
					  double *forecasts, double *quantiles, lf_interrupt interrupt)
{
	const question asked = {lf_universal_group(windows[0].season), horizon, mean, level_count,
							levels};
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
