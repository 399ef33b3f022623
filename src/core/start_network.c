/*
 * start_network.c
 *	  A universal network as a method of a start.
 */
#include "start_private.h"

#include <math.h>
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

/* How many steps the network forecasts at most. */
static int64_t
reach(const lf_universal *network, int season)
{
	return network->max_horizon * lf_universal_group(season);
}

/* Forecast windows into forecasts (count, horizon), behind which a mean takes its quantiles. */
static void
ask(lf_universal *network, const lf_universal_window *windows, int count, int horizon, bool mean,
	double *forecasts)
{
	double *quantiles = forecasts + (size_t) count * horizon;

	/* without an interrupt nothing ends it: it is a few milliseconds */
	lf_universal_forecast(network, windows, count, horizon, mean ? MEAN_LEVELS : 0, mean_levels,
						  forecasts, quantiles, NULL);
	if (mean)
		take_means(quantiles, (int64_t) count * horizon, forecasts);
}

bool
lf_start_ask(const lf_start_work *work, lf_universal *network, int season, int second,
			 const int *origins, int count, int horizon, double *forecasts)
{
	lf_universal_window windows[LF_START_ORIGINS];
	const int64_t before = work->whole - work->length; /* steps that a start does not read */

	if (network == NULL || horizon > reach(network, season))
		return false;
	for (int i = 0; i < count; i++)
		windows[i] = (lf_universal_window){.values = work->values - before,
										   .length = before + origins[i],
										   .season = season,
										   .second = second};
	ask(network, windows, count, horizon, work->mean, forecasts);
	return true;
}

/* No forecast is below zero where no value is, of those that starts read. */
static void
keep_positive(const lf_universal_window *window, int horizon, double *forecast)
{
	const int64_t memory = lf_start_memory((int) window->season);

	for (int64_t t = window->length > memory ? window->length - memory : 0; t < window->length; t++)
		if (window->values[t] < 0)
			return;
	for (int k = 0; k < horizon; k++)
		forecast[k] = fmax(forecast[k], 0);
}

bool
lf_start_forecast_together(const lf_start_request *request, const double *const *values,
						   const int64_t *lengths, int count, int horizon, double *scratch,
						   double *forecasts)
{
	lf_universal_window windows[LF_START_TOGETHER];

	if (request->network == NULL || horizon > reach(request->network, request->season))
		return false;
	for (int i = 0; i < count; i++)
		windows[i] = (lf_universal_window){.values = values[i],
										   .length = lengths[i],
										   .season = request->season,
										   .second = request->second};
	ask(request->network, windows, count, horizon, request->mean, scratch);
	memcpy(forecasts, scratch, sizeof(double) * count * horizon);
	for (int i = 0; i < count; i++)
		keep_positive(&windows[i], horizon, forecasts + (size_t) i * horizon);
	return true;
}

size_t
lf_start_network_scratch(int horizon)
{
	return (size_t) LF_START_ORIGINS * horizon * (1 + MEAN_LEVELS);
}
