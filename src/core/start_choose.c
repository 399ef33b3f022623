/*
 * start_choose.c
 *	  Which methods suit a series: by their errors from several origins in its last part.
 */
#include "start_private.h"

#include <math.h>

#include "scaling.h"

#define MOST_ORIGINS 16
#define LEAST_LENGTH 5 /* of a series in which there is a choice */
#define NEARLY 1.15    /* times the least error: parts that are averaged */

/* What may be chosen, the simplest first. */
static const struct Candidate
{
	lf_start_method method;
	lf_transform transform;
	bool seasonal;
	double damping; /* of smoothing: 0, 1, or anything between to fit it */
} candidates[] = {
	{LF_START_LAST, LF_TRANSFORM_NONE, false, 0},
	{LF_START_SEASON, LF_TRANSFORM_NONE, true, 0},
	{LF_START_MEAN, LF_TRANSFORM_NONE, false, 0},
	{LF_START_SEASON_MEAN, LF_TRANSFORM_NONE, true, 0},
	{LF_START_DRIFT, LF_TRANSFORM_NONE, false, 0},
	{LF_START_SEASON_DRIFT, LF_TRANSFORM_NONE, true, 0},
	{LF_START_SEASON_DRIFT, LF_TRANSFORM_LOG, true, 0},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, false, 0},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, false, 0.95},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, false, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, false, 0.95},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, false, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, true, 0},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, true, 0.95},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, true, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, true, 0},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, true, 0.95},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, true, 1},
};

#define COUNT_CANDIDATES ((int) (sizeof(candidates) / sizeof(candidates[0])))

/* Where methods are compared. */
typedef struct Trial
{
	lf_start_work *work;
	const uint8_t *observed; /* of the steps that are read, or NULL */
	int first;               /* the first origin */
	int stride;              /* from one to the next */
	int horizon;
} Trial;

/* Add the errors of a forecast from that origin; returns how many. */
static int
add_errors(const Trial *trial, int origin, const double *forecast, double *sum)
{
	const lf_start_work *work = trial->work;
	int count = 0;

	for (int k = 0; k < trial->horizon && origin + k < work->length; k++)
	{
		double error = work->values[origin + k] - forecast[k];

		if (trial->observed != NULL && !trial->observed[origin + k])
			continue;
		*sum += work->mean ? error * error : fabs(error);
		count++;
	}
	return count;
}

/* The mean error of a part from all origins; its parameters are fitted before the first. */
static double
try_part(const Trial *trial, lf_start_part *part, double damping)
{
	lf_start_work *work = trial->work;
	lf_start_history history = lf_start_read(work, part, trial->first);
	double sum = 0;
	int count = 0;
	int at = 0;

	if (part->method == LF_START_SMOOTHING)
	{
		lf_start_decompose(&history, work->sort);
		lf_start_fit(&history, trial->observed, damping, &work->state, part->parameters);
		lf_start_begin(&history, &work->state);
	}
	for (int origin = trial->first; origin < work->length; origin += trial->stride)
	{
		int horizon =
			work->length - origin < trial->horizon ? work->length - origin : trial->horizon;

		if (part->method == LF_START_SMOOTHING)
		{
			lf_start_smooth(&history, NULL, part->parameters, &work->state, at, origin);
			at = origin;
			lf_start_continue(&history, part->parameters, &work->state, origin, horizon,
							  work->forecast);
		}
		else
		{
			history.length = origin;
			lf_start_repeat(&history, part->method, horizon, work->sort, work->forecast);
		}
		lf_start_return(work, part, horizon, work->forecast);
		count += add_errors(trial, origin, work->forecast, &sum);
	}
	return count > 0 ? sum / count : INFINITY;
}

/* Put a part of that error among the best so far; an equal one stays behind the simpler. */
static void
keep_best(lf_start *start, double *errors, double *dampings, const lf_start_part *part,
		  double error, double damping)
{
	int place = start->count;

	while (place > 0 && error < errors[place - 1])
		place--;
	if (place == LF_START_PARTS)
		return;
	if (start->count < LF_START_PARTS)
		start->count++;
	for (int i = start->count - 1; i > place; i--)
	{
		start->parts[i] = start->parts[i - 1];
		errors[i] = errors[i - 1];
		dampings[i] = dampings[i - 1];
	}
	start->parts[place] = *part;
	errors[place] = error;
	dampings[place] = damping;
}

/* Weigh the parts by their errors, drop those that erred much more than the best, fit the rest. */
static void
finish(const Trial *trial, lf_start *start, const double *errors, const double *dampings)
{
	lf_start_work *work = trial->work;
	double total = 0;
	int count = 1;

	while (count < start->count && errors[0] > 0 && errors[count] <= NEARLY * errors[0])
		count++;
	for (int i = count; i < start->count; i++)
		start->parts[i] = (lf_start_part){0};
	start->count = count;
	for (int i = 0; i < count; i++)
		total += start->parts[i].weight = i == 0 ? 1 : errors[0] / errors[i];
	for (int i = 0; i < count; i++)
	{
		lf_start_part *part = &start->parts[i];
		lf_start_history history = lf_start_read(work, part, work->length);

		part->weight /= total;
		if (part->method != LF_START_SMOOTHING)
			continue;
		lf_start_decompose(&history, work->sort);
		lf_start_fit(&history, trial->observed, dampings[i], &work->state, part->parameters);
	}
}

void
lf_start_choose(const lf_start_request *request, const double *values, const uint8_t *observed,
				int64_t length, double *scratch, lf_start *start)
{
	lf_start_work work;
	Trial trial = {.work = &work, .horizon = request->horizon};
	double errors[LF_START_PARTS];
	double dampings[LF_START_PARTS];
	int span;

	*start = (lf_start){.season = request->season, .mean = request->mean};
	if (length < 1)
		return;
	lf_start_open(&work, request->season, request->mean, values, length, scratch);
	start->count = 1;
	start->parts[0] = (lf_start_part){.method = LF_START_LAST, .season = 1, .weight = 1};
	if (work.length < LEAST_LENGTH)
		return;
	if (observed != NULL)
		trial.observed = observed + (length - work.length);
	span = work.length / 3 < 2 * request->horizon ? work.length / 3 : 2 * request->horizon;
	trial.first = work.length - span;
	trial.stride = (span + MOST_ORIGINS - 1) / MOST_ORIGINS;
	start->count = 0;
	for (int i = 0; i < COUNT_CANDIDATES; i++)
	{
		const struct Candidate *candidate = &candidates[i];
		lf_start_part part = {.method = candidate->method,
							  .transform = candidate->transform,
							  .season = candidate->seasonal ? request->season : 1,
							  .weight = 1};

		if ((candidate->seasonal && (request->season == 1 || trial.first <= request->season)) ||
			(candidate->transform == LF_TRANSFORM_LOG && work.lowest <= 0))
			continue;
		keep_best(start, errors, dampings, &part, try_part(&trial, &part, candidate->damping),
				  candidate->damping);
	}
	finish(&trial, start, errors, dampings);
}
