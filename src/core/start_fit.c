/*
 * start_fit.c
 *	  The parameters of exponential smoothing that suit a history.
 *
 * A step of smoothing waits for the one before it, so that one pass leaves most of the processor
 * idle: the choices of a field go through the history side by side.
 */
#include "start_private.h"

#include <math.h>
#include <string.h>

#define BEND 3    /* times the usual error: where errors begin to count linearly */
#define CHOICES 5 /* values of a field that a fit tries: the first, and those side by side */
#define PAIRS (LF_START_LANES / 2)

_Static_assert(CHOICES == LF_START_LANES + 1, "all choices but the first go side by side");

/* Numbers of two choices. */
typedef double pair __attribute__((vector_size(2 * sizeof(double)), aligned(8), may_alias));
typedef int64_t pair_mask __attribute__((vector_size(2 * sizeof(int64_t))));

/* a where the mask is set, else b. */
static inline pair
pick(pair_mask mask, pair a, pair b)
{
	return (pair) ((mask & (pair_mask) a) | (~mask & (pair_mask) b));
}

static inline pair
size_of(pair error)
{
	return (pair) ((pair_mask) error & INT64_MAX);
}

/* What errors of that size count: their squares for a mean, else Huber's loss over its bend. */
static inline pair
loss(const lf_start_history *history, pair size)
{
	if (history->mean)
		return size * size;
	return pick((pair_mask) (size < history->bend), 0.5 * size * (size / history->bend),
				size - 0.5 * history->bend);
}

/* Some choices of parameters, and where smoothing by them stands. */
typedef struct lanes
{
	pair alpha, beta, gamma, damping;
	pair level, slope;
	pair sum; /* of what the errors count */
} lanes;

static lanes
begin_lanes(const lf_start_history *history, const double (*parameters)[LF_START_FIELDS])
{
	lanes l = {.level = {history->level, history->level},
			   .slope = {history->slope, history->slope}};

	for (int i = 0; i < 2; i++)
	{
		l.alpha[i] = parameters[i][LF_START_LEVEL];
		l.beta[i] = l.alpha[i] * parameters[i][LF_START_TREND];
		l.gamma[i] = history->season > 1 ? (1 - l.alpha[i]) * parameters[i][LF_START_SEASONAL] : 0;
		l.damping[i] = parameters[i][LF_START_DAMPING];
	}
	return l;
}

/* A step of lf_start_smooth. */
static inline void
smooth_step(const lf_start_history *history, bool product, bool counts, double value, lanes *l,
			pair *place)
{
	const pair index = *place;
	const pair moved = l->level + l->damping * l->slope;
	pair error = value - (moved + index);
	pair change = error;

	if (product)
	{
		error = value - moved * index;
		change = error / index;
	}
	l->level = moved + l->alpha * change;
	l->slope = l->damping * l->slope + l->beta * change;
	if (!product)
		*place = index + l->gamma * error;
	else
		*place = pick((pair_mask) (moved > 0), index + l->gamma * error / moved, index);
	if (counts)
		l->sum += loss(history, size_of(error));
}

static inline void
smooth_steps(const lf_start_history *history, bool product, const uint8_t *observed, lanes *l,
			 pair *indices)
{
	int phase = 0;

	for (int t = 0; t < history->length; t++)
	{
		const bool counts = observed == NULL || observed[t];

		for (int i = 0; i < PAIRS; i++)
			smooth_step(history, product, counts, history->values[t], &l[i],
						indices + phase * PAIRS + i);
		if (++phase == history->season)
			phase = 0;
	}
}

/* What the one-step errors of a whole history count under each choice. lanes: see lf_start_fit. */
static void
smooth_choices(const lf_start_history *history, const uint8_t *observed,
			   const double (*parameters)[LF_START_FIELDS], double *lanes_index, double *errors)
{
	lanes l[PAIRS];

	for (int i = 0; i < PAIRS; i++)
		l[i] = begin_lanes(history, parameters + 2 * i);
	for (int phase = 0; phase < history->season; phase++)
		for (int i = 0; i < LF_START_LANES; i++)
			lanes_index[phase * LF_START_LANES + i] = history->index[phase];
	if (history->product)
		smooth_steps(history, true, observed, l, (pair *) lanes_index);
	else
		smooth_steps(history, false, observed, l, (pair *) lanes_index);
	for (int i = 0; i < LF_START_LANES; i++)
		errors[i] = l[i / 2].sum[i % 2];
}

/*
 * Smooth under the first parameters, which say what errors are usual: sets the bend, and gives what
 * they count.
 */
static double
first_error(lf_start_history *history, const uint8_t *observed, const double *parameters,
			lf_start_work *work)
{
	double *sizes = work->fitted;
	double sum = 0;

	lf_start_begin(history, &work->state);
	lf_start_smooth(history, parameters, &work->state, 0, history->length, sizes);
	for (int t = 0; t < history->length; t++)
		work->sort[t] = sizes[t] = fabs(history->values[t] - sizes[t]);
	history->bend = BEND * lf_start_center(work->sort, history->length, false);
	for (int t = 0; t < history->length; t++)
		if (observed == NULL || observed[t])
			sum += loss(history, (pair){sizes[t], sizes[t]})[0];
	return sum;
}

/*
 * One field after the other takes the best of a few values, and leaves the first for an error that
 * is less by two steps' share, about what chance makes of a number that is fitted. Finer values and
 * smaller gains fit the past better and forecast worse: on short series they are mostly luck. A
 * field that does nothing (trend without damping, indices without a season) or is given stays.
 */
void
lf_start_fit(lf_start_history *history, const uint8_t *observed, double damping,
			 lf_start_work *work, double *parameters)
{
	static const double choices[LF_START_FIELDS][CHOICES] = {
		[LF_START_LEVEL] = {0.1, 0.3, 0.6, 0.9, 0.02},
		[LF_START_TREND] = {0, 0.02, 0.05, 0.1, 0.3},
		[LF_START_SEASONAL] = {0.1, 0.3, 0.6, 0.03, 0},
		[LF_START_DAMPING] = {0.95, 0.9, 0.98, 0.85, 0.8},
	};
	bool fixed[LF_START_FIELDS] = {false, damping == 0, history->season == 1,
								   damping == 0 || damping == 1};
	double best;

	for (int field = 0; field < LF_START_FIELDS; field++)
		parameters[field] = fixed[field] ? 0 : choices[field][0];
	if (fixed[LF_START_DAMPING])
		parameters[LF_START_DAMPING] = damping;
	best = first_error(history, observed, parameters, work);
	for (int field = 0; field < LF_START_FIELDS; field++)
	{
		double tried[LF_START_LANES][LF_START_FIELDS];
		double errors[LF_START_LANES];
		int chosen = 0;

		if (fixed[field])
			continue;
		for (int i = 1; i < CHOICES; i++)
		{
			memcpy(tried[i - 1], parameters, sizeof(tried[i - 1]));
			tried[i - 1][field] = choices[field][i];
		}
		smooth_choices(history, observed, tried, work->lanes, errors);
		for (int i = 1; i < CHOICES; i++)
		{
			double margin = chosen == 0 ? 2 * best / history->length : 0;

			if (errors[i - 1] < best - margin)
			{
				best = errors[i - 1];
				chosen = i;
			}
		}
		parameters[field] = choices[field][chosen];
	}
}
