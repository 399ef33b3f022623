/*
 * start_network.c
 *	  A universal network as a method of a start.
 */
#include "start_private.h"

#include <string.h>

/* What the network says is kept within the bounds of any start, as values. */
static const lf_start_part plain = {.method = LF_START_PRETRAINED};

/* Is the horizon one that the network reaches? Not without a network. */
static bool
reaches(const lf_universal *network, int season, int horizon)
{
	return network != NULL && horizon <= network->max_horizon * lf_universal_group(season);
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

/*
 * Ask the network about windows of one series, but for what is known of them: (count, horizon), and
 * as much room behind it.
 */
static void
ask_about(lf_universal *network, const lf_universal_window *windows, int count, int horizon,
		  bool mean, double *forecasts)
{
	lf_universal_window unknown[LF_START_TOGETHER] = {{0}};
	int places[LF_START_TOGETHER];
	double *fresh = forecasts + (size_t) count * horizon;
	int asked = 0;

	for (int i = 0; i < count; i++)
	{
		const double *known = find_answer(network->answers, &windows[i], horizon);

		if (known != NULL)
			memcpy(forecasts + (size_t) i * horizon, known, sizeof(double) * horizon);
		else
		{
			unknown[asked] = windows[i];
			places[asked++] = i;
		}
	}
	/* without an interrupt nothing ends it: it is some milliseconds, more of the longest horizons
	 */
	if (asked > 0)
		lf_universal_forecast(network, unknown, asked, horizon, mean, 0, NULL, fresh, NULL, NULL);
	for (int i = 0; i < asked; i++)
	{
		const double *forecast = fresh + (size_t) i * horizon;

		memcpy(forecasts + (size_t) places[i] * horizon, forecast, sizeof(double) * horizon);
		if (network->answers != NULL)
			keep_answer(network->answers, &unknown[i], horizon, forecast);
	}
}

bool
lf_start_ask(const lf_start_work *work, lf_universal *network, int season, int second,
			 const int *origins, int count, int horizon, double *forecasts)
{
	lf_universal_window windows[LF_START_TOGETHER] = {{0}};
	const int64_t before = work->whole - work->length; /* steps that a start does not read */

	if (!reaches(network, season, horizon))
		return false;
	for (int i = 0; i < count; i++)
		windows[i] = (lf_universal_window){.values = work->values - before,
										   .length = before + origins[i],
										   .season = season,
										   .second = second};
	ask_about(network, windows, count, horizon, work->mean, forecasts);
	lf_start_return(work, &plain, count * horizon, forecasts);
	return true;
}

void
lf_start_ask_ahead(const lf_start_request *request, const double *values, const int64_t *lengths,
				   int count, double *scratch)
{
	lf_universal_window windows[LF_START_TOGETHER] = {{0}};

	if (!reaches(request->network, request->season, request->horizon))
		return;
	for (int i = 0; i < count; i++)
		windows[i] = (lf_universal_window){.values = values,
										   .length = lengths[i],
										   .season = request->season,
										   .second = request->second};
	ask_about(request->network, windows, count, request->horizon, request->mean, scratch);
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
	lf_universal_forecast(request->network, windows, count, horizon, request->mean, level_count,
						  levels, forecasts, quantiles, NULL);
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
	/* forecasts, and those that were not known */
	return (size_t) LF_START_TOGETHER * horizon * 2;
}
