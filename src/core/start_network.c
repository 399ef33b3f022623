/*
 * start_network.c
 *	  A universal network as a method of a start.
 */
#include "start_private.h"

#include <string.h>

#define MEAN_LEVELS 10 /* quantiles that a mean is taken of */

/* What the network says is kept within the bounds of any start, as values. */
static const lf_start_part plain = {.method = LF_START_PRETRAINED};

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

/* Is the horizon one that the network reaches? Not without a network. */
static bool
reaches(const lf_universal *network, int season, int horizon)
{
	return network != NULL && horizon <= network->max_horizon * lf_universal_group(season);
}

/* Forecast windows into forecasts (count, horizon), behind which a mean takes its quantiles. */
static void
ask(lf_universal *network, const lf_universal_window *windows, int count, int horizon, bool mean,
	double *forecasts)
{
	double *quantiles = forecasts + (size_t) count * horizon;

	/* without an interrupt nothing ends it: it is some milliseconds, more of the longest horizons
	 */
	lf_universal_forecast(network, windows, count, horizon, mean ? MEAN_LEVELS : 0, mean_levels,
						  forecasts, quantiles, NULL);
	if (mean)
		take_means(quantiles, (int64_t) count * horizon, forecasts);
}

/* What was said of a window, of so many steps at least; NULL: nothing, or it is forgotten. */
static const double *
find_answer(const lf_start_answers *answers, const lf_universal_window *window, int horizon)
{
	if (answers == NULL || answers->values != window->values)
		return NULL;
	for (int i = 0; i < answers->count; i++)
		if (answers->lengths[i] == window->length && answers->steps[i] >= horizon)
			return answers->forecasts + (size_t) i * answers->horizon;
	return NULL;
}

/* Keep it, in place of the oldest where there is no more room, and of those of another series. */
static void
keep_answer(lf_start_answers *answers, const lf_universal_window *window, int horizon,
			const double *forecast)
{
	const int place = answers->values == window->values ? answers->next : 0;

	if (answers->values != window->values)
		answers->count = 0;
	answers->values = window->values;
	answers->lengths[place] = window->length;
	answers->steps[place] = horizon;
	memcpy(answers->forecasts + (size_t) place * answers->horizon, forecast,
		   sizeof(double) * horizon);
	answers->next = (place + 1) % answers->room;
	if (answers->count < answers->room)
		answers->count++;
}

bool
lf_start_ask(const lf_start_work *work, lf_universal *network, int season, int second,
			 const int *origins, int count, int horizon, double *forecasts)
{
	lf_universal_window windows[LF_START_TOGETHER] = {{0}};
	int places[LF_START_TOGETHER];
	const int64_t before = work->whole - work->length; /* steps that a start does not read */
	double *fresh = forecasts + (size_t) count * horizon;
	int asked = 0;

	if (!reaches(network, season, horizon))
		return false;
	for (int i = 0; i < count; i++)
	{
		const lf_universal_window window = {.values = work->values - before,
											.length = before + origins[i],
											.season = season,
											.second = second};
		const double *known = find_answer(network->answers, &window, horizon);

		if (known != NULL)
			memcpy(forecasts + (size_t) i * horizon, known, sizeof(double) * horizon);
		else
		{
			windows[asked] = window;
			places[asked++] = i;
		}
	}
	if (asked > 0)
		ask(network, windows, asked, horizon, work->mean, fresh);
	for (int i = 0; i < asked; i++)
	{
		const double *forecast = fresh + (size_t) i * horizon;

		memcpy(forecasts + (size_t) places[i] * horizon, forecast, sizeof(double) * horizon);
		if (network->answers != NULL)
			keep_answer(network->answers, &windows[i], horizon, forecast);
	}
	lf_start_return(work, &plain, count * horizon, forecasts);
	return true;
}

/*
 * Ask for forecasts and quantiles at once: where forecasts are medians, it is nearly free. Means
 * are of quantiles of their own.
 */
static void
ask_levels(const lf_start_request *request, const lf_universal_window *windows, int count,
		   int horizon, int level_count, const double *levels, double *scratch, double *forecasts,
		   double *quantiles)
{
	double *medians = request->mean ? scratch : forecasts;

	if (request->mean)
	{
		ask(request->network, windows, count, horizon, true, scratch);
		memcpy(forecasts, scratch, sizeof(double) * count * horizon);
	}
	if (!request->mean || level_count > 0)
		lf_universal_forecast(request->network, windows, count, horizon, level_count, levels,
							  medians, quantiles, NULL);
}

bool
lf_start_forecast_together(const lf_start_request *request, const double *const *values,
						   const int64_t *lengths, int count, int horizon, int level_count,
						   const double *levels, double *scratch, double *forecasts,
						   double *quantiles)
{
	lf_universal_window windows[LF_START_TOGETHER] = {{0}};

	if (!reaches(request->network, request->season, horizon))
		return false;
	for (int i = 0; i < count; i++)
		windows[i] = (lf_universal_window){.values = values[i],
										   .length = lengths[i],
										   .season = request->season,
										   .second = request->second};
	ask_levels(request, windows, count, horizon, level_count, levels, scratch, forecasts,
			   quantiles);
	for (int i = 0; i < count; i++)
	{
		lf_start_work work;

		lf_start_open(&work, request->season, request->mean, values[i], lengths[i], scratch);
		lf_start_return(&work, &plain, horizon, forecasts + (size_t) i * horizon);
		if (level_count > 0)
			lf_start_return(&work, &plain, horizon * level_count,
							quantiles + (size_t) i * horizon * level_count);
	}
	return true;
}

int64_t
lf_start_network_rows(const lf_start_request *request)
{
	return 2 * (request->together > 0 ? request->together : LF_START_TOGETHER);
}

size_t
lf_start_network_scratch(int horizon)
{
	/* forecasts, those that were not known, and what their means are of */
	return (size_t) LF_START_TOGETHER * horizon * (2 + MEAN_LEVELS);
}
