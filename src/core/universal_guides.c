/*
 * universal_guides.c
 *	  Simple forecasts of every step, the guides of the universal network.
 *
 * Sources of those that go along: Holt-Winters smoothing with a damped trend: Gardner and McKenzie
 * 1985, "Forecasting trends in time series", Management Science 31; half of the regression's slope:
 * Assimakopoulos and Nikolopoulos 2000, "The theta model", IJF 16, as Hyndman and Billah 2003 wrote
 * it down.
 */
#include "universal_guides.h"

#include <math.h>
#include <string.h>

#define LF_LARGEST_SLOPE 3.0 /* of a season, in the window's units */
#define LF_LARGEST_SURPRISE 8.0

typedef enum trend_kind
{
	TREND_THETA, /* half of the slope of all values */
	TREND_LINE,  /* at first the line through all values, then more and more of the later ones */
	TREND_HOLT   /* learned at a share of the level's rate */
} trend_kind;

static const struct
{
	double level;    /* rates */
	double seasonal; /* of what the level does not take */
	trend_kind kind;
	double trend;   /* share of the level's rate */
	double damping; /* of the trend, a group */
} methods[LF_SMOOTHINGS] = {{.2, .3, TREND_THETA, 0, 1},
							{.2, .3, TREND_LINE, .02, 1},
							{.05, .1, TREND_LINE, .02, 1},
							{.8, .3, TREND_HOLT, .1, .97},
							{.8, .3, TREND_HOLT, .3, .9}};

/* --- those that go along --- */

static int
phase_of(const lf_guide_window *window, int64_t from)
{
	return (int) (from % window->season / window->group);
}

/* The slope of the regression of what was learned from on time. */
static double
regression_slope(const lf_smoothing *s, int64_t count)
{
	const double n = (double) count;
	const double divisor = n * s->time_time - s->time * s->time;

	return count > 2 && divisor > 0 ? (n * s->time_value - s->time * s->value) / divisor : 0;
}

static double
limited_slope(const lf_smoothings *all, double slope)
{
	return fmax(-all->steepest, fmin(all->steepest, slope));
}

/* How far the trend goes in so many groups. */
static double
trend_of(const lf_smoothings *all, int method, double groups)
{
	const lf_smoothing *s = &all->method[method];
	const double damping = methods[method].damping;
	double slope = s->slope;

	if (methods[method].kind == TREND_THETA)
		slope = regression_slope(s, all->learned) / 2;
	slope = limited_slope(all, slope);
	if (damping == 1)
		return slope * groups;
	/* nearly all that is asked for is one group */
	return slope * damping * (1 - (groups == 1 ? damping : pow(damping, groups))) / (1 - damping);
}

static double
index_of(const lf_smoothing *s, const lf_guide_window *window, int phase)
{
	return window->season > 1 ? s->index[phase] : 0;
}

/* Rates of level and slope, the first of which makes the second of those that go by it. */
typedef struct rates
{
	double level, slope;
} rates;

/*
 * They are higher while little was seen: then all of it counts alike. For a line the rates are
 * those of recursive least squares; a slope is not told within the first two seasons.
 */
static rates
rates_of(const lf_smoothings *all, int method, bool seasonal)
{
	const double n = (double) all->groups;
	const bool line = methods[method].kind == TREND_LINE && (!seasonal || all->settled);
	const double first = line ? 2 * (2 * n - 1) / (n * (n + 1)) : 1 / n;
	rates rates = {.level = fmax(methods[method].level, first)};

	if (methods[method].kind != TREND_THETA && (!seasonal || all->settled))
		rates.slope =
			fmax(methods[method].trend * methods[method].level, line ? 6 / (n * (n + 1)) : 0);
	return rates;
}

/*
 * Could a trend go faster than the level follows the largest surprises? Then a slope beyond the
 * limit, of one wild value, would never be unlearned.
 */
static bool
runs_away(const lf_smoothings *all, int method)
{
	return all->steepest > methods[method].level * LF_LARGEST_SURPRISE;
}

static void
learn_group(lf_smoothings *all, int method, const lf_guide_window *window, double value, int phase)
{
	lf_smoothing *s = &all->method[method];
	const bool seasonal = window->season > 1;
	const rates rate = rates_of(all, method, seasonal);
	const double k = (double) all->learned;
	const double before = index_of(s, window, phase);
	const double step = trend_of(all, method, 1);
	const double surprise =
		fmax(-LF_LARGEST_SURPRISE, fmin(LF_LARGEST_SURPRISE, value - (s->level + step + before)));

	s->slope = methods[method].damping * s->slope + rate.slope * surprise;
	if (runs_away(all, method))
		s->slope = limited_slope(all, s->slope);
	s->level += step + rate.level * surprise;
	if (seasonal)
		s->index[phase] +=
			fmax(methods[method].seasonal, 1.0 / all->seen[phase]) * (1 - rate.level) * surprise;
	s->time += k;
	s->time_time += k * k;
	s->value += value - before;
	s->time_value += k * (value - before);
}

/* Take up a group: from now on its values are known. */
static double
next_group(lf_smoothings *all, const lf_guide_window *window, int *phase)
{
	const int64_t from = all->next;

	*phase = phase_of(window, from);
	all->seen[*phase]++;
	all->groups++;
	all->next += window->group;
	return lf_guide_mean(window, from, all->next);
}

/*
 * After two seasons: the slope is that from the one to the other, indices are the means of both
 * without it, and all methods go on from there.
 */
static void
settle(lf_smoothings *all, const lf_guide_window *window)
{
	const int groups = lf_guide_groups(window);
	const int64_t middle = all->next - groups * window->group;
	const int64_t from = middle - groups * window->group;
	const double first = lf_guide_mean(window, from, middle);
	const double second = lf_guide_mean(window, middle, all->next);
	const double slope = limited_slope(all, (second - first) / groups);
	const double centre = (first + second) / 2;
	lf_smoothing common = {.level = centre + slope * (groups - 0.5), .slope = slope};

	for (int k = 0; k < 2 * groups; k++)
	{
		const int64_t at = from + k * window->group;
		const double line = centre + slope * (k + 0.5 - groups);
		const int phase = phase_of(window, at);

		common.index[phase] +=
			(lf_guide_mean(window, at, at + window->group) - line) / all->seen[phase];
		common.time += k;
		common.time_time += (double) k * k;
		common.value += line;
		common.time_value += k * line;
	}
	for (int method = 0; method < LF_SMOOTHINGS; method++)
		all->method[method] = common;
	all->learned = 2 * groups;
	all->settled = true;
}

void
lf_smoothings_begin(lf_smoothings *all, const lf_guide_window *window, int64_t from)
{
	const int64_t end = from + lf_guide_groups(window) * window->group;
	int phase;

	memset(all, 0, sizeof(*all));
	all->steepest = LF_LARGEST_SLOPE / lf_guide_groups(window);
	all->next = from;
	if (end > window->length)
		return;
	for (int method = 0; method < LF_SMOOTHINGS; method++)
		all->method[method].level = lf_guide_mean(window, from, end);
	while (all->next < end)
	{
		const double value = next_group(all, window, &phase);

		for (int method = 0; method < LF_SMOOTHINGS; method++)
		{
			all->method[method].index[phase] = value - all->method[method].level;
			all->method[method].value = window->season > 1 ? 0 : value;
		}
	}
	all->learned = window->season > 1 ? 0 : 1;
}

void
lf_smoothings_learn(lf_smoothings *all, const lf_guide_window *window, int64_t to)
{
	if (all->groups == 0)
		return;
	while (all->next < to)
	{
		int phase;
		const double value = next_group(all, window, &phase);

		for (int method = 0; method < LF_SMOOTHINGS; method++)
			learn_group(all, method, window, value, phase);
		all->learned++;
		if (!all->settled && window->season > 1 && all->learned == lf_guide_groups(window))
			settle(all, window);
	}
}

/* Before a season was seen they say what the last season's guide says. */
static void
guide_along(const lf_smoothings *all, const lf_guide_window *window, int64_t from, int64_t origin,
			double *guides)
{
	const bool begun = all->groups > 0 && all->next == origin;
	const int phase = phase_of(window, from);
	const double groups = (double) (from - origin) / (double) window->group + 1;

	for (int method = 0; method < LF_SMOOTHINGS; method++)
	{
		const lf_smoothing *s = &all->method[method];

		guides[LF_GUIDES_BACK + method] =
			begun ? s->level + trend_of(all, method, groups) + index_of(s, window, phase)
				  : guides[0];
	}
}

/* --- those that look back --- */

/* The level before a step: the mean of a season. */
static double
level_before(const lf_guide_window *window, int64_t step)
{
	const int64_t from = step > window->level_steps ? step - window->level_steps : 0;

	return lf_guide_mean(window, from, step);
}

/* A value of so many steps ago, brought to the level before the origin. */
static double
bring(const lf_guide_window *window, double value, int64_t origin, int64_t back, double level)
{
	const int64_t then = origin - back;

	return then > 0 ? value + level - level_before(window, then) : value;
}

/* The same group in the last season, and its means over several, as far as there are any. */
typedef struct season_means
{
	double last, last_at_level;
	double as_was;
	double at_level; /* brought to the present level */
	int found;
} season_means;

static season_means
mean_season(const lf_guide_window *window, int64_t from, int64_t origin, int64_t season,
			double level)
{
	const int64_t ahead = from + window->group - origin;
	const int64_t back = (ahead + season - 1) / season;
	season_means sums = {0};

	for (int j = 0; j < LF_UNIVERSAL_MEANS; j++)
	{
		const int64_t lag = (back + j) * season;
		const int64_t at = from - lag;
		double value, brought;

		if (at < 0)
			break;
		value = lf_guide_mean(window, at, at + window->group);
		brought = bring(window, value, origin, lag, level);
		if (j == 0)
		{
			sums.last = value;
			sums.last_at_level = brought;
		}
		sums.as_was += value;
		sums.at_level += brought;
		sums.found++;
	}
	if (sums.found > 0)
	{
		sums.as_was /= sums.found;
		sums.at_level /= sums.found;
	}
	return sums;
}

/* The guides that go by a second season; they are those of the first where there is none. */
static bool
guide_by_second(const lf_guide_window *window, int64_t from, int64_t origin, double level,
				double *guides)
{
	season_means means = {0};

	if (window->second > 0)
		means = mean_season(window, from, origin, window->second, level);
	guides[2] = means.found > 0 ? means.last_at_level : guides[0];
	guides[3] = means.found > 0 ? means.at_level : guides[1];
	guides[8] = means.found > 0 ? means.as_was : guides[7];
	return means.found > 0;
}

/* How much the level changes in a season. */
static double
seasonal_drift(const lf_guide_window *window, int64_t origin, double level)
{
	const int64_t before = origin - window->level_steps;
	double steps;
	double slope;

	if (before < window->group)
		return 0;
	/* between the centres of the two stretches that the levels are means of */
	steps = before < window->level_steps ? (double) (before + window->level_steps) / 2
										 : (double) window->level_steps;
	slope = (level - level_before(window, before)) * (double) window->season / steps;
	return fmax(-LF_LARGEST_SLOPE, fmin(LF_LARGEST_SLOPE, slope));
}

lf_guidance
lf_guide(const lf_guide_window *window, const lf_smoothings *all, int64_t from, int64_t origin)
{
	const int64_t season = window->season;
	const int64_t back = (from + window->group - origin + season - 1) / season;
	const int64_t several = LF_UNIVERSAL_MEANS * window->level_steps;
	lf_guidance result = {.any = origin > 0};
	double *g = result.guide;
	season_means means;
	double level;

	if (!result.any)
		return result;
	level = level_before(window, origin);
	means = mean_season(window, from, origin, season, level);
	if (means.found > 0)
		g[0] = means.last;
	else
		g[0] = lf_guide_mean(window, origin > window->group ? origin - window->group : 0, origin);
	g[1] = means.found > 0 ? means.at_level : g[0];
	g[7] = means.found > 0 ? means.as_was : g[0];
	result.before = means.found > 1;
	result.second = guide_by_second(window, from, origin, level, g);
	g[4] = level;
	g[5] = g[0] + (double) back * seasonal_drift(window, origin, level);
	g[6] = lf_guide_mean(window, origin > several ? origin - several : 0, origin);
	guide_along(all, window, from, origin, g);
	return result;
}
