/*
 * start_network.c
 *	  A universal network as a method of a start.
 */
#include "start_private.h"

#include <string.h>

#define MEAN_LEVELS 10 /* quantiles that a mean is taken of */

/* Evenly spaced, so that their mean is nearly that of the distribution. */
static const double mean_levels[MEAN_LEVELS] = {.05, .15, .25, .35, .45, .55, .65, .75, .85, .95};

/* The mean of a step's quantiles in place of its median. */
static void
take_means(const double *quantiles, int64_t steps, double *forecasts)
{
	for (int64_t i = 0; i < steps; i++)
	{
		double sum = 0;

		for (int j = 0; j < MEAN_LEVELS; j++)
			sum += quantiles[i * MEAN_LEVELS + j] / MEAN_LEVELS;
		forecasts[i] = sum;
	}
}

/*
 * Forecast windows into forecasts (count, horizon), behind which a mean takes its quantiles. False
 * without a network, or past its horizon.
 */
static bool
ask(lf_universal *network, const lf_universal_window *windows, int count, int horizon, bool mean,
	double *forecasts)
{
	double *quantiles = forecasts + (size_t) count * horizon;

	if (network == NULL || horizon > network->max_horizon * lf_universal_group(windows->season))
		return false;
	/* without an interrupt nothing ends it: it is a few milliseconds */
	lf_universal_forecast(network, windows, count, horizon, mean ? MEAN_LEVELS : 0, mean_levels,
						  forecasts, quantiles, NULL);
	if (mean)
		take_means(quantiles, (int64_t) count * horizon, forecasts);
	return true;
}

bool
lf_start_ask(const lf_start_work *work, lf_universal *network, int season, int second,
			 const int *origins, int count, int horizon, double *forecasts)
{
	lf_universal_window windows[LF_START_TOGETHER] = {{0}};
	const int64_t before = work->whole - work->length; /* steps that a start does not read */

	for (int i = 0; i < count; i++)
		windows[i] = (lf_universal_window){.values = work->values - before,
										   .length = before + origins[i],
										   .season = season,
										   .second = second};
	return ask(network, windows, count, horizon, work->mean, forecasts);
}

/* Bring what was forecast of a series within the bounds of any start. scratch: of the request. */
static void
keep_bounds(const lf_start_request *request, const double *values, int64_t length, double *scratch,
			double *forecasts, int count)
{
	const lf_start_part plain = {.method = LF_START_PRETRAINED};
	lf_start_work work;

	lf_start_open(&work, request->season, request->mean, values, length, scratch);
	lf_start_return(&work, &plain, count, forecasts);
}

static lf_universal_window
window_of(const lf_start_request *request, const double *values, int64_t length)
{
	return (lf_universal_window){
		.values = values, .length = length, .season = request->season, .second = request->second};
}

bool
lf_start_forecast_together(const lf_start_request *request, const double *const *values,
						   const int64_t *lengths, int count, int horizon, double *scratch,
						   double *forecasts)
{
	lf_universal_window windows[LF_START_TOGETHER] = {{0}};

	for (int i = 0; i < count; i++)
		windows[i] = window_of(request, values[i], lengths[i]);
	if (!ask(request->network, windows, count, horizon, request->mean, scratch))
		return false;
	memcpy(forecasts, scratch, sizeof(double) * count * horizon);
	for (int i = 0; i < count; i++)
		keep_bounds(request, values[i], lengths[i], scratch, forecasts + (size_t) i * horizon,
					horizon);
	return true;
}

void
lf_start_quantiles(const lf_start_request *request, const double *values, int64_t length,
				   int horizon, int count, const double *levels, double *scratch, double *quantiles)
{
	const lf_universal_window window = window_of(request, values, length);

	lf_universal_forecast(request->network, &window, 1, horizon, count, levels, scratch, quantiles,
						  NULL);
	keep_bounds(request, values, length, scratch, quantiles, horizon * count);
}

size_t
lf_start_network_scratch(int horizon)
{
	return (size_t) LF_START_TOGETHER * horizon * (1 + MEAN_LEVELS);
}
