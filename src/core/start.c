/*
 * start.c
 *	  The methods of a start, and forecasts with them.
 */
#include "start_private.h"

#include <math.h>

#include "scaling.h"

#define LEAST_MEMORY 256
#define MOST_MEMORY 20000
#define SEASONS 6       /* that are read */
#define AVERAGED 4      /* seasons in LF_START_SEASON_MEAN */
#define DRIFT_CHANGES 6 /* of them in the steps that a drift is taken from */
#define LEAST_DRIFT 60  /* steps, or two seasons, that a drift is taken from */

int64_t
lf_start_memory(int season)
{
	int64_t steps = (int64_t) SEASONS * season;

	if (steps < LEAST_MEMORY)
		return LEAST_MEMORY;
	return steps < MOST_MEMORY ? steps : MOST_MEMORY;
}

/* Indices of a season; one that is longer than what is read has none. */
static int64_t
count_indices(int season)
{
	int64_t memory = lf_start_memory(season);

	return season < memory ? season : memory;
}

size_t
lf_start_scratch(const lf_start_request *request)
{
	return 3 * (size_t) lf_start_memory(request->season) +
		   (3 + LF_START_LANES) * (size_t) count_indices(request->season) +
		   (size_t) request->horizon +
		   (request->network != NULL ? lf_start_network_scratch(request->horizon) : 0);
}

void
lf_start_open(lf_start_work *work, int season, bool mean, const double *values, int64_t length,
			  double *scratch)
{
	int64_t memory = lf_start_memory(season);

	work->memory = memory;
	work->length = (int) (length < memory ? length : memory);
	work->whole = length;
	work->values = values + (length - work->length);
	work->mean = mean;
	work->logs = scratch;
	work->sort = work->logs + memory;
	work->fitted = work->sort + memory;
	work->index = work->fitted + memory;
	work->early = work->index + count_indices(season);
	work->state.index = work->early + count_indices(season);
	work->lanes = work->state.index + count_indices(season);
	work->forecast = work->lanes + LF_START_LANES * count_indices(season);
	work->notes = NULL;
	work->lowest = INFINITY;
	work->highest = -INFINITY;
	for (int t = 0; t < work->length; t++)
	{
		work->lowest = fmin(work->lowest, work->values[t]);
		work->highest = fmax(work->highest, work->values[t]);
	}
}

void
lf_start_take_logs(lf_start_work *work)
{
	for (int t = 0; t < work->length && work->lowest > 0; t++)
		work->logs[t] = log(work->values[t]);
}

bool
lf_start_is_smoothing(lf_start_method method)
{
	return method == LF_START_SMOOTHING || method == LF_START_PRODUCT;
}

bool
lf_start_reads_alike(const lf_start_part *before, const lf_start_part *part)
{
	return part->method == before->method && part->transform == before->transform &&
		   part->season == before->season;
}

void
lf_start_open_notes(lf_start_work *work, lf_start_notes *notes)
{
	if (notes == NULL)
		return;
	if (notes->values != work->values)
		for (int64_t i = 0; i < LF_START_FINDINGS * work->memory; i++)
			notes->found[i] = NAN;
	notes->values = work->values;
	work->notes = notes->found;
}

/* The notes of what a part finds in its first steps; NULL: there are none. */
static double *
notes_of(const lf_start_work *work, const lf_start_part *part, bool logs)
{
	int finding = LF_START_FINDINGS;

	if (part->method == LF_START_MEAN || part->method == LF_START_RETURN)
		finding = LF_START_FOUND_LEVEL;
	else if (part->method == LF_START_DRIFT)
		finding = LF_START_FOUND_DRIFT;
	else if (part->method == LF_START_SEASON_DRIFT)
		finding = logs ? LF_START_FOUND_SEASON_GROWTH : LF_START_FOUND_SEASON_DRIFT;
	if (work->notes == NULL || finding == LF_START_FINDINGS)
		return NULL;
	return work->notes + finding * work->memory;
}

lf_start_history
lf_start_read(const lf_start_work *work, const lf_start_part *part, int length)
{
	bool logs = part->transform == LF_TRANSFORM_LOG && work->lowest > 0;
	/* A season needs more than one of itself; repeating one needs one. */
	bool smoothing = lf_start_is_smoothing(part->method);
	bool seasonal = length > part->season - !smoothing;

	return (lf_start_history){.values = logs ? work->logs : work->values,
							  .length = length,
							  .season = seasonal ? part->season : 1,
							  .mean = work->mean,
							  .product =
								  part->method == LF_START_PRODUCT && seasonal && work->lowest > 0,
							  .notes = notes_of(work, part, logs),
							  .index = work->index};
}

void
lf_start_return(const lf_start_work *work, const lf_start_part *part, int horizon, double *forecast)
{
	bool logs = part->transform == LF_TRANSFORM_LOG && work->lowest > 0;
	double low = logs ? log(work->lowest) : 0;
	double high = logs ? log(work->highest) : 0;

	for (int k = 0; k < horizon; k++)
	{
		double value = forecast[k];

		if (logs) /* no further out than the history is wide: nothing grows for ever */
			value = fmin(fmax(value, low - (high - low)), high + (high - low));
		value = lf_transform_invert(logs ? LF_TRANSFORM_LOG : LF_TRANSFORM_NONE, value);
		forecast[k] = work->lowest >= 0 ? fmax(value, 0) : value;
	}
}

/*
 * The drift a step of the last two seasons or sixty steps. The changes that it is taken from are
 * short against them: a meter that was set to 0 there spoils too few to matter.
 */
static double
last_drift(const lf_start_history *history, double *sort)
{
	int span = 2 * history->season > LEAST_DRIFT ? 2 * history->season : LEAST_DRIFT;
	int lag;

	if (span > history->length)
		span = history->length;
	lag = (span + DRIFT_CHANGES - 1) / DRIFT_CHANGES;
	return lf_start_slope(history->values, history->length, span - lag, lag, history->mean, sort);
}

/* The centre of that phase in the last seasons. */
static double
phase_center(const lf_start_history *history, int phase, double *sort)
{
	int count = 0;

	for (int t = history->length - history->season + phase; t >= 0 && count < AVERAGED;
		 t -= history->season)
		sort[count++] = history->values[t];
	return lf_start_center(sort, count, history->mean);
}

double
lf_start_level(const lf_start_history *history, double *sort)
{
	for (int t = 0; t < history->length; t++)
		sort[t] = history->values[t];
	return lf_start_center(sort, history->length, history->mean);
}

/*
 * How often values are not 0, each step counting `weight` of what was known, times their mean where
 * they are not. What is sold less and less often is seen sooner than by a level; how much at a time
 * changes little.
 */
static double
rate_level(const lf_start_history *history, double weight)
{
	double rate = 0;
	double size = 0;
	int sales = 0;

	for (int t = 0; t < history->length; t++)
		if (history->values[t] != 0)
			size += (history->values[t] - size) / ++sales;
	rate = (double) sales / history->length;
	for (int t = 0; t < history->length; t++)
		rate += weight * ((history->values[t] != 0) - rate);
	return rate * size;
}

/* What a method goes on with, found in the whole history: a level, or a drift a step or season. */
static double
find(const lf_start_history *history, const lf_start_part *part, double *sort)
{
	lf_start_method method = part->method;
	int season = history->season;

	if (method == LF_START_DRIFT)
		return last_drift(history, sort);
	if (method == LF_START_SEASON_DRIFT)
		return season * lf_start_slope(history->values, history->length, 2 * season, season,
									   history->mean, sort);
	if (method == LF_START_MEAN || method == LF_START_RETURN)
		return lf_start_level(history, sort);
	if (method == LF_START_RATE)
		return rate_level(history, part->parameters[LF_START_LEVEL]);
	return 0;
}

/* The same, which is found once where notes are kept. */
static double
find_once(const lf_start_history *history, const lf_start_part *part, double *sort)
{
	double *note = history->notes != NULL ? &history->notes[history->length - 1] : NULL;

	if (note == NULL)
		return find(history, part, sort);
	if (isnan(*note))
		*note = find(history, part, sort);
	return *note;
}

void
lf_start_repeat(const lf_start_history *history, const lf_start_part *part, int horizon,
				double *sort, double *forecast)
{
	lf_start_method method = part->method;
	const double *last = history->values + history->length - history->season;
	int season = history->season;
	double found = find_once(history, part, sort);
	bool drifts = method == LF_START_DRIFT || method == LF_START_SEASON_DRIFT;
	bool levels = method == LF_START_MEAN || method == LF_START_RETURN || method == LF_START_RATE;
	double drift = drifts ? found : 0;
	double level = levels ? found : last[season - 1];
	double away = method == LF_START_RETURN ? last[season - 1] - level : 0;

	for (int k = 0; k < horizon; k++)
	{
		away *= part->parameters[LF_START_DAMPING];
		if (method == LF_START_SEASON || method == LF_START_SEASON_DRIFT)
			forecast[k] = last[k % season] + drift * (k / season + 1);
		else if (method == LF_START_SEASON_MEAN)
			forecast[k] = k < season ? phase_center(history, k, sort) : forecast[k - season];
		else
			forecast[k] = level + drift * (k + 1) + away;
	}
}

/* A part's forecast, in the data's units, of a history that was decomposed if it is smoothing. */
static void
forecast_part(lf_start_work *work, const lf_start_history *history, const lf_start_part *part,
			  int horizon, double *forecast)
{
	if (lf_start_is_smoothing(part->method))
	{
		lf_start_begin(history, &work->state);
		lf_start_smooth(history, part->parameters, &work->state, 0, work->length, NULL);
		lf_start_continue(history, part->parameters, &work->state, work->length, horizon, forecast);
	}
	else
		lf_start_repeat(history, part, horizon, work->sort, forecast);
	lf_start_return(work, part, horizon, forecast);
}

/* A part's forecast that only a network gives; where there is none, the last season stands for it.
 */
static void
forecast_pretrained(lf_start_work *work, const lf_start *start, lf_universal *network, int horizon,
					double *forecast)
{
	const lf_start_part last = {.method = LF_START_SEASON, .season = start->season, .weight = 1};
	lf_start_history history;

	if (lf_start_ask(work, network, start->season, start->second, &work->length, 1, horizon,
					 forecast))
		return;
	history = lf_start_read(work, &last, work->length);
	forecast_part(work, &history, &last, horizon, forecast);
}

void
lf_start_forecast(const lf_start *start, lf_universal *network, const double *values,
				  int64_t length, int horizon, double *scratch, double *forecast)
{
	lf_start_work work;
	lf_start_history history;
	bool logs = false;

	for (int k = 0; k < horizon; k++)
		forecast[k] = start->count > 0 && length > 0 ? 0 : NAN;
	if (start->count == 0 || length < 1)
		return;
	lf_start_open(&work, start->season, start->mean, values, length, scratch);
	for (int i = 0; i < start->count; i++)
		logs |= start->parts[i].transform == LF_TRANSFORM_LOG ||
				start->parts[i].method == LF_START_PRODUCT;
	if (logs)
		lf_start_take_logs(&work);
	for (int i = 0; i < start->count; i++)
	{
		const lf_start_part *part = &start->parts[i];

		if (part->method == LF_START_PRETRAINED)
			forecast_pretrained(&work, start, network, horizon, work.forecast);
		else
		{
			if (i == 0 || !lf_start_reads_alike(part - 1, part))
			{
				history = lf_start_read(&work, part, work.length);
				if (lf_start_is_smoothing(part->method))
					lf_start_decompose(&history, work.logs, work.sort);
			}
			forecast_part(&work, &history, part, horizon, work.forecast);
		}
		for (int k = 0; k < horizon; k++)
			forecast[k] += part->weight * work.forecast[k];
	}
}
