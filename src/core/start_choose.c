/*
 * start_choose.c
 *	  Which methods suit a series: by what their forecasts of its own past were worth.
 */
#include "range.h"
#include "start_private.h"

#include <math.h>

#define LEAST_LENGTH 5                 /* of a series in which there is a choice */
#define MOST_ORIGINS LF_START_TOGETHER /* whose forecasts of the whole horizon are compared */
#define MOST_STEPS 128                 /* at which one-step forecasts are */
#define RUN 5          /* of these that follow one another, lest a rhythm of two steps is missed */
#define NEARLY 1.25    /* times the least error: parts that are averaged */
#define WEIGHT_POWER 6 /* of the errors' ratio: what the less good ones weigh */
#define USUAL_STEPS 10 /* in one of which what happens is usual, however large */
#define CAP 6          /* times the usual one-step error: as much of one counts */
#define RETURNING 1.25 /* lf_range_of_walk: of values that turn back */
#define PRETRAINED_HANDICAP 0.9 /* of the network: what it learned from is not this series */
#define RATE_WEIGHT(length) fmin(0.2, 5.0 / (length)) /* of a step in a rate */
#define MOST_FITTED 0.8 /* of a history's length: numbers fitted to it that count */

/*
 * What may be chosen, the simplest first. The errors of each are multiplied by its handicap: what
 * says least about the future is taken where little speaks against it, and growth by a rate, which
 * is the furthest from the past, only where the past leaves no doubt.
 */
static const struct Candidate
{
	lf_start_method method;
	lf_transform transform;
	bool seasonal;
	double damping; /* of smoothing: 0 no trend, 1 a linear one, between them it is fitted */
	double handicap;
} candidates[] = {
	{LF_START_LAST, LF_TRANSFORM_NONE, false, 0, 0.86},
	{LF_START_SEASON, LF_TRANSFORM_NONE, true, 0, 0.88},
	{LF_START_MEAN, LF_TRANSFORM_NONE, false, 0, 0.84},
	{LF_START_RETURN, LF_TRANSFORM_NONE, false, 0, 0.9},
	{LF_START_SEASON_MEAN, LF_TRANSFORM_NONE, true, 0, 1},
	{LF_START_DRIFT, LF_TRANSFORM_NONE, false, 0, 1.08},
	{LF_START_SEASON_DRIFT, LF_TRANSFORM_NONE, true, 0, 1},
	{LF_START_SEASON_DRIFT, LF_TRANSFORM_LOG, true, 0, 1.4},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, false, 0, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, false, 0.95, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, false, 1, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, false, 0.95, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, false, 1, 1.4},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, true, 0, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, true, 0.95, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_NONE, true, 1, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, true, 0, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, true, 0.95, 1},
	{LF_START_SMOOTHING, LF_TRANSFORM_LOG, true, 1, 1.4},
	{LF_START_PRODUCT, LF_TRANSFORM_NONE, true, 0, 1},
	{LF_START_PRODUCT, LF_TRANSFORM_NONE, true, 0.95, 1},
	{LF_START_PRODUCT, LF_TRANSFORM_NONE, true, 1, 1},
	{LF_START_RATE, LF_TRANSFORM_NONE, false, 0, 0.74},
};

static const lf_start_part last_value = {.method = LF_START_LAST, .season = 1, .weight = 1};
static const lf_start_part pretrained = {.method = LF_START_PRETRAINED, .season = 1, .weight = 1};

#define COUNT_CANDIDATES ((int) (sizeof(candidates) / sizeof(candidates[0])))

/* Where methods are compared. */
typedef struct Trial
{
	lf_start_work *work;
	const uint8_t *observed; /* of the steps that are read, or NULL */
	int horizon;
	int first;         /* the first origin */
	int stride;        /* from one to the next */
	int second;        /* the first step that is forecast from the one before */
	int second_stride; /* from one run of them to the next, in runs */
	double change;     /* from step to step, as usual */
	bool intermittent; /* more than half of the steps are 0 */
	bool returns;      /* values turn back far sooner than a random walk's */
	/* for the smoothing that is tried, and those that read alike: */
	lf_start_part read;     /* one of them; of no method: none yet */
	lf_start_history whole; /* all that is read, decomposed */
	lf_start_history early; /* what lies before the first origin, decomposed */
} Trial;

/*
 * The typical size of errors, from their sizes, which are reordered: the mean, with no part in it
 * of what seldom goes beyond CAP times their centre, such as a glitch or a meter that is set to 0;
 * of a mean their root mean square. NaN of none.
 */
static double
typical_size(const Trial *trial, double *sizes, int count)
{
	double sum = 0;
	double largest = 0;
	double cap = CAP * trial->change;

	if (count == 0)
		return NAN;
	for (int i = 0; i < count; i++)
	{
		sum += trial->work->mean ? sizes[i] * sizes[i] : sizes[i];
		largest = fmax(largest, sizes[i]);
	}
	if (trial->work->mean)
		return sqrt(sum / count);
	if (largest <= cap)
		return sum / count;
	/* data may jump from state to state */
	cap = fmax(cap, CAP * lf_start_center(sizes, count, false));
	cap = fmax(cap, sizes[count - 1 - count / USUAL_STEPS]);
	sum = 0;
	for (int i = 0; i < count; i++)
		sum += cap > 0 ? fmin(sizes[i], cap) : sizes[i];
	return sum / count;
}

/* Whether a step was observed. */
static bool
is_observed(const Trial *trial, int t)
{
	return trial->observed == NULL || trial->observed[t];
}

/* The share of their distance from the mean that values keep in a step, by least squares. */
static double
fit_return(const lf_start_history *history, double *sort)
{
	double level = lf_start_level(history, sort);
	double products = 0;
	double squares = 0;

	for (int t = 1; t < history->length; t++)
	{
		double before = history->values[t - 1] - level;

		products += before * (history->values[t] - level);
		squares += before * before;
	}
	return products > 0 ? fmin(products / squares, 1) : 0;
}

/* Decompose what a smoothing reads, unless that was done for one that reads alike. */
static void
decompose_for(Trial *trial, const lf_start_part *part)
{
	lf_start_work *work = trial->work;

	if (lf_start_reads_alike(&trial->read, part))
		return;
	trial->read = *part;
	trial->whole = lf_start_read(work, part, work->length);
	lf_start_decompose(&trial->whole, work->logs, work->sort);
	trial->early = lf_start_read(work, part, trial->first);
	trial->early.index = work->early;
	lf_start_decompose(&trial->early, work->logs, work->sort);
}

/* Fit a part's parameters to all that is read. */
static void
fit_part(Trial *trial, lf_start_part *part, double damping)
{
	lf_start_work *work = trial->work;

	if (part->method == LF_START_RETURN)
	{
		lf_start_history history = lf_start_read(work, part, work->length);

		part->parameters[LF_START_DAMPING] = fit_return(&history, work->sort);
	}
	if (part->method == LF_START_RATE)
		part->parameters[LF_START_LEVEL] = RATE_WEIGHT(trial->work->length);
	if (!lf_start_is_smoothing(part->method))
		return;
	decompose_for(trial, part);
	lf_start_fit(&trial->whole, trial->observed, damping, work, part->parameters);
}

/* Errors of forecasts: squares, of a mean. */
typedef struct ErrorSum
{
	double sum;
	int count; /* of the steps that were observed */
} ErrorSum;

/* Steps from an origin on that can be compared. */
static int
known_steps(const Trial *trial, int origin)
{
	int left = trial->work->length - origin;

	return left < trial->horizon ? left : trial->horizon;
}

static void
add_errors(const Trial *trial, int origin, int steps, const double *forecast, ErrorSum *errors)
{
	for (int k = 0; k < steps; k++)
	{
		double error = trial->work->values[origin + k] - forecast[k];

		if (!is_observed(trial, origin + k))
			continue;
		errors->sum += trial->work->mean ? error * error : fabs(error);
		errors->count++;
	}
}

static double
mean_error(const Trial *trial, const ErrorSum *errors)
{
	double mean = errors->sum / errors->count;

	return trial->work->mean ? sqrt(mean) : mean;
}

/*
 * The mean error of a part's forecasts from all origins (root mean square, of a mean; NaN where
 * none was observed). Smoothing begins with what the steps before the first of them show.
 */
static double
origin_error(const Trial *trial, const lf_start_part *part)
{
	lf_start_work *work = trial->work;
	bool smoothing = lf_start_is_smoothing(part->method);
	lf_start_history history = smoothing ? trial->early : lf_start_read(work, part, trial->first);
	ErrorSum errors = {0};
	int at = 0;

	if (smoothing)
		lf_start_begin(&history, &work->state);
	for (int origin = trial->first; origin < work->length; origin += trial->stride)
	{
		int horizon = known_steps(trial, origin);

		if (smoothing)
		{
			lf_start_smooth(&history, part->parameters, &work->state, at, origin, NULL);
			at = origin;
			lf_start_continue(&history, part->parameters, &work->state, origin, horizon,
							  work->forecast);
		}
		else
		{
			history.length = origin;
			lf_start_repeat(&history, part, horizon, work->sort, work->forecast);
		}
		lf_start_return(work, part, horizon, work->forecast);
		add_errors(trial, origin, horizon, work->forecast, &errors);
	}
	return mean_error(trial, &errors);
}

/* The typical size of a part's one-step errors; NaN where no step was observed. */
static double
step_error(const Trial *trial, const lf_start_part *part)
{
	lf_start_work *work = trial->work;
	bool smoothing = lf_start_is_smoothing(part->method);
	lf_start_history history = smoothing ? trial->whole : lf_start_read(work, part, work->length);
	double *fitted = work->fitted;
	int count = 0;

	if (smoothing)
	{
		lf_start_begin(&history, &work->state);
		lf_start_smooth(&history, part->parameters, &work->state, 0, work->length, fitted);
	}
	for (int t = trial->second; t < work->length; t++)
	{
		if ((t - trial->second) / RUN % trial->second_stride != 0)
			continue;
		if (!smoothing)
		{
			history.length = t;
			lf_start_repeat(&history, part, 1, work->sort, fitted + t);
		}
		lf_start_return(work, part, 1, fitted + t);
		if (is_observed(trial, t)) /* sizes take the place of forecasts that were read */
			fitted[count++] = fabs(work->values[t] - fitted[t]);
	}
	return typical_size(trial, fitted, count);
}

/* How many numbers of a part are fitted to the history: its parameters, and where it begins. */
static int
count_fitted(const lf_start_part *part)
{
	double damping = part->parameters[LF_START_DAMPING];
	int count = 2; /* the level, twice */

	if (part->method == LF_START_RETURN)
		return 2; /* to where, and how fast */
	if (!lf_start_is_smoothing(part->method))
		return 0;
	if (damping > 0)
		count += 1 + (part->parameters[LF_START_TREND] > 0) + (damping < 1);
	if (part->season > 1)
		count += part->season - 1 + (part->parameters[LF_START_SEASONAL] > 0);
	return count;
}

/*
 * What a part's forecasts were worth: the geometric mean of its errors over the horizon, which are
 * what matters but few and alike, and of those one step ahead, which are many. Parameters are
 * fitted to the steps that these are counted at: Akaike's final prediction error (1969) says how
 * much larger than there they are on new steps.
 */
static double
try_part(Trial *trial, lf_start_part *part, double damping, double *far_error)
{
	double length = trial->work->length;
	double fitted;
	double far;
	double near;

	fit_part(trial, part, damping);
	fitted = fmin(count_fitted(part), MOST_FITTED * length);
	far = origin_error(trial, part);
	near = step_error(trial, part) * sqrt((length + fitted) / (length - fitted));
	if (isnan(far))
		far = near;
	*far_error = far;
	return isfinite(far) && isfinite(near) ? sqrt(far) * sqrt(near) : INFINITY;
}

/* The origins that the network is asked about, counted in what is read; there are some. */
static int
network_origins(const Trial *trial, int *origins)
{
	int count = 0;

	for (int origin = trial->first; origin < trial->work->length && count < MOST_ORIGINS;
		 origin += trial->stride)
		origins[count++] = origin;
	return count;
}

/*
 * The mean error of the network's forecasts from all origins; NaN where it has none. It is asked
 * for all of them at once.
 */
static double
network_error(const Trial *trial, const lf_start_request *request)
{
	lf_start_work *work = trial->work;
	double *forecasts = work->forecast + trial->horizon;
	int origins[MOST_ORIGINS];
	ErrorSum errors = {0};
	int asked = network_origins(trial, origins);

	if (!lf_start_ask(work, request->network, request->season, request->second, origins, asked,
					  trial->horizon, forecasts))
		return NAN;
	for (int i = 0; i < asked; i++)
		add_errors(trial, origins[i], known_steps(trial, origins[i]),
				   forecasts + (size_t) i * trial->horizon, &errors);
	return mean_error(trial, &errors);
}

/* Whether a method may be chosen for what is read. */
static bool
is_suited(const Trial *trial, const struct Candidate *candidate, int season)
{
	const lf_start_work *work = trial->work;
	bool trend = candidate->damping > 0 || candidate->method == LF_START_DRIFT ||
				 candidate->method == LF_START_SEASON_DRIFT;
	bool repeats = candidate->method == LF_START_LAST || candidate->method == LF_START_SEASON;
	bool logs = candidate->transform == LF_TRANSFORM_LOG || candidate->method == LF_START_PRODUCT;
	bool rare = trial->intermittent && work->mean;

	if (candidate->method == LF_START_RATE)
		return rare && work->lowest >= 0;
	if (candidate->method == LF_START_RETURN && (rare || !trial->returns))
		return false;
	if (candidate->seasonal && (season == 1 || trial->first <= season))
		return false;
	/* Rare sales have no trend to see, and the last of them is not their mean. */
	if ((trial->intermittent && trend) || (rare && repeats))
		return false;
	return !logs || work->lowest > 0;
}

/* Put a part of that error among the best so far; an equal one stays behind the simpler. */
static void
keep_best(lf_start *start, double *errors, const lf_start_part *part, double error)
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
	}
	start->parts[place] = *part;
	errors[place] = error;
}

/*
 * Weigh the parts by their errors, and drop those that erred much more than the best. The last
 * value or season is no part unless it is the best: a glitch in it would be one, too; and a last
 * value that is the best stays alone, for a random walk has no other.
 */
static void
weigh(lf_start *start, const double *errors)
{
	double total = 0;
	int count = 0;

	for (int i = 0; i < start->count; i++)
	{
		bool repeats =
			start->parts[i].method == LF_START_LAST || start->parts[i].method == LF_START_SEASON;
		bool alone = start->parts[0].method == LF_START_LAST || errors[0] == 0 || isinf(errors[0]);

		if (i > 0 && (alone || repeats || errors[i] > NEARLY * errors[0]))
			continue;
		start->parts[count] = start->parts[i];
		start->parts[count].weight = i == 0 ? 1 : pow(errors[0] / errors[i], WEIGHT_POWER);
		total += start->parts[count++].weight;
	}
	for (int i = 0; i < LF_START_PARTS; i++)
	{
		if (i >= count)
			start->parts[i] = (lf_start_part){0};
		start->parts[i].weight /= total;
	}
	start->count = count;
}

/*
 * How many of the last steps of a history methods are compared in: a third of it, but what lies
 * before has to show a season.
 */
static int
compared_steps(const lf_start_request *request, int64_t whole)
{
	int64_t memory = lf_start_memory(request->season);
	int length = (int) (whole < memory ? whole : memory);
	int season = request->season;
	int span = length / 3;

	if (span > 2 * (int64_t) request->horizon)
		span = 2 * request->horizon;
	if (length - span <= season && 2 * length >= 3 * (int64_t) season)
		span = (length - season) / 2;
	return span < 1 ? 1 : span;
}

/*
 * Where methods are compared in what is read. Origins of a history that is the beginning of another
 * are the other's, so that what the network says at them serves both.
 */
static Trial
place_trial(lf_start_work *work, const uint8_t *observed, const lf_start_request *request)
{
	Trial trial = {.work = work, .observed = observed, .horizon = request->horizon};
	int length = work->length;
	int span = compared_steps(request, work->whole);
	int zeros = 0;

	trial.first = length - span;
	trial.stride = (span + MOST_ORIGINS - 1) / MOST_ORIGINS;
	if (request->whole > work->whole)
	{
		int64_t others = request->whole - compared_steps(request, request->whole);
		int64_t past = (others - (work->whole - span)) % trial.stride;

		trial.first += (int) (past < 0 ? past + trial.stride : past);
	}
	for (int t = 0; t < length; t++)
		zeros += work->values[t] == 0;
	trial.intermittent = 2 * zeros > length;
	return trial;
}

/* The same, and what methods go by that are compared there. */
static Trial
plan_trial(lf_start_work *work, const uint8_t *observed, const lf_start_request *request)
{
	Trial trial = place_trial(work, observed, request);
	int length = work->length;
	int season = request->season;

	trial.second = season < trial.first ? season : 1;
	trial.second_stride = (length - trial.second + MOST_STEPS - 1) / MOST_STEPS;
	for (int t = 1; t < length; t++)
		work->sort[t - 1] = fabs(work->values[t] - work->values[t - 1]);
	trial.returns = lf_range_of_walk(work->lowest, work->highest, work->values, length) < RETURNING;
	trial.change = lf_start_center(work->sort, length - 1, false);
	return trial;
}

/* Try the statistical methods; returns the error over the horizon of the best of them. */
static double
try_candidates(Trial *trial, int season, lf_start *start, double *errors)
{
	double best = INFINITY;
	double far_of_best = NAN;

	for (int i = 0; i < COUNT_CANDIDATES; i++)
	{
		const struct Candidate *candidate = &candidates[i];
		lf_start_part part = {.method = candidate->method,
							  .transform = candidate->transform,
							  .season = candidate->seasonal ? season : 1};
		double far = NAN;
		double error;

		if (!is_suited(trial, candidate, season))
			continue;
		error = candidate->handicap * try_part(trial, &part, candidate->damping, &far);
		keep_best(start, errors, &part, error);
		if (error < best)
		{
			best = error;
			far_of_best = far;
		}
	}
	return far_of_best;
}

/*
 * Try the network beside them. It is asked over the horizon only: one step ahead it is taken to err
 * as much less than there as the best of the others does.
 */
static void
try_network(const Trial *trial, const lf_start_request *request, double far_of_best,
			lf_start *start, double *errors)
{
	double far = network_error(trial, request);

	if (isfinite(far) && far_of_best > 0 && isfinite(errors[0]))
		keep_best(start, errors, &pretrained, PRETRAINED_HANDICAP * errors[0] * far / far_of_best);
}

/* Of rare sales the mean of all is known best, and the network goes by some weeks. */
static bool
asks_network(const Trial *trial, const lf_start_request *request)
{
	return request->network != NULL && !(trial->intermittent && request->mean);
}

int
lf_start_origins(const lf_start_request *request, const double *values, int64_t length,
				 double *scratch, int64_t *origins)
{
	lf_start_work work;
	Trial trial;
	int places[MOST_ORIGINS];
	int count;

	if (request->only || length < LEAST_LENGTH)
		return 0;
	lf_start_open(&work, request->season, request->mean, values, length, scratch);
	trial = place_trial(&work, NULL, request);
	if (!asks_network(&trial, request))
		return 0;
	count = network_origins(&trial, places);
	for (int i = 0; i < count; i++)
		origins[i] = work.whole - work.length + places[i];
	return count;
}

void
lf_start_choose(const lf_start_request *request, const double *values, const uint8_t *observed,
				int64_t length, double *scratch, lf_start *start)
{
	lf_start_work work;
	Trial trial;
	double errors[LF_START_PARTS];
	double far_of_best;

	*start =
		(lf_start){.season = request->season, .second = request->second, .mean = request->mean};
	if (length < 1)
		return;
	start->count = 1;
	start->parts[0] = request->network != NULL ? pretrained : last_value;
	if (request->only && request->network != NULL)
		return;
	lf_start_open(&work, request->season, request->mean, values, length, scratch);
	lf_start_take_logs(&work);
	lf_start_open_notes(&work, request->notes);
	if (work.length < LEAST_LENGTH)
		return;
	start->count = 0;
	if (observed != NULL)
		observed += length - work.length;
	trial = plan_trial(&work, observed, request);
	far_of_best = try_candidates(&trial, request->season, start, errors);
	if (asks_network(&trial, request))
		try_network(&trial, request, far_of_best, start, errors);
	weigh(start, errors);
}
