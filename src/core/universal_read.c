/*
 * universal_read.c
 *	  What the universal network reads: windows in units of their own, and guides for every step.
 */
#include <math.h>
#include <string.h>

#include "sort.h"
#include "universal.h"
#include "universal_private.h"

#define LF_PI 3.14159265358979323846

#define LF_LARGEST_FEATURE 20.0 /* sizes beyond tell the network nothing more */
#define LF_WILD 8.0             /* deviations beyond so many medians count as that */
#define LF_DEVIATION 1.25       /* of the normal distribution, over its mean absolute deviation */
#define LF_LEAST_SCALE 1e-6     /* over the size of the values */
#define LF_LEAST_LEVEL_STEPS 4  /* groups that a level is the mean of, at least */
#define LF_LEAST_ERROR 0.02     /* of the first guide, in the window's units */
#define LF_LARGEST_INNOVATION 8.0
#define LF_LARGEST_SLOPE 3.0 /* of a season, in the window's units */
#define LF_LARGEST_UNIT 1e9  /* sums of larger ones would lose what is of the size of 1 */
#define LF_STEPS_APART 16    /* between the numbers of steps by which windows are read */

/* Places of the features; the guides lie from FEATURE_GUIDES on. */
enum
{
	FEATURE_VALUE,
	FEATURE_KNOWN,
	FEATURE_GUIDES,
	FEATURE_BEFORE = FEATURE_GUIDES + LF_UNIVERSAL_GUIDES, /* is there a season before the last? */
	FEATURE_SECOND,                                        /* is there a second season? */
	FEATURE_SINE,
	FEATURE_COSINE,
	FEATURE_SEASON,
	FEATURE_AHEAD,
	FEATURE_SEASONS_AHEAD,
	FEATURE_ERROR,
	FEATURE_SECOND_SINE,
	FEATURE_SECOND_COSINE,
	FEATURE_HISTORY,
	FEATURE_INNOVATION,
	FEATURE_ERRORS, /* of the guides but the first, over those of the first */
	FEATURES = FEATURE_ERRORS + LF_UNIVERSAL_GUIDES - 1
};

_Static_assert(FEATURES == LF_UNIVERSAL_FEATURES, "all features have a place");

/* A window while it is read: steps are counted from the first one that is looked at. */
typedef struct reading
{
	const double *sums; /* running sums of the values, in units */
	int64_t length;     /* steps before the forecast */
	int64_t group;
	int64_t level_steps;
	int64_t season;
	int64_t second;
	lf_real history; /* the feature that says how long the window is */
} reading;

/* What simple forecasts say of a group. */
typedef struct guidance
{
	double guide[LF_UNIVERSAL_GUIDES];
	bool any;    /* there is a step before it */
	bool before; /* guide 1 is not guide 0 */
	bool second; /* guide 3 is not guide 0 */
} guidance;

int64_t
lf_universal_group(int64_t season)
{
	int64_t least = (season + LF_UNIVERSAL_SEASON - 1) / LF_UNIVERSAL_SEASON;

	if (least <= 1)
		return 1;
	/* one that divides the season keeps its phases */
	for (int64_t group = least; group <= 2 * least; group++)
		if (season % group == 0)
			return group;
	return least;
}

int64_t
lf_universal_memory(int64_t season, int64_t second)
{
	const int64_t longest = second > season ? second : season;

	return LF_UNIVERSAL_PAST * lf_universal_group(season) + (LF_UNIVERSAL_MEANS + 1) * longest;
}

int
lf_universal_steps(int64_t groups)
{
	const int64_t steps = (groups + LF_STEPS_APART - 1) / LF_STEPS_APART * LF_STEPS_APART;

	return (int) (steps < LF_UNIVERSAL_PAST ? steps : LF_UNIVERSAL_PAST);
}

static double
mean_of(const reading *read, int64_t from, int64_t to)
{
	return (read->sums[to] - read->sums[from]) / (double) (to - from);
}

/* The mean of the last season, or of as many steps as there are. */
static double
last_level(const double *values, int64_t length, int64_t steps)
{
	const int64_t count = steps < length ? steps : length;
	double sum = 0;

	for (int64_t i = length - count; i < length; i++)
		sum += values[i] / (double) count;
	return sum;
}

/*
 * How far values lie from the level, such that single ones that lie far do not lead; what never
 * changes has a scale by its size.
 */
static double
own_scale(const double *values, int64_t length, double level, double size, double *sizes)
{
	double limit;
	double sum = 0;

	for (int64_t i = 0; i < length; i++)
		sizes[i] = fabs(values[i] - level);
	lf_sort_ascending(sizes, length);
	limit = LF_WILD * sizes[length / 2];
	for (int64_t i = 0; i < length; i++)
		sum += (limit > 0 && sizes[i] > limit ? limit : sizes[i]) / (double) length;
	sum = LF_DEVIATION * sum + LF_LEAST_SCALE * size;
	return sum > 0 ? sum : 1;
}

/* The level before a step: the mean of a season. */
static double
level_before(const reading *read, int64_t step)
{
	const int64_t from = step > read->level_steps ? step - read->level_steps : 0;

	return mean_of(read, from, step);
}

/* The same group so many steps ago, brought to the level before the origin. */
static double
earlier(const reading *read, int64_t at, int64_t origin, int64_t back, double level)
{
	const int64_t then = origin - back;
	const double value = mean_of(read, at, at + read->group);

	return then > 0 ? value + level - level_before(read, then) : value;
}

/* The mean of that over the last seasons, as far as there are any: *found. */
static double
mean_season(const reading *read, int64_t from, int64_t origin, int64_t season, double level,
			int *found)
{
	const int64_t ahead = from + read->group - origin;
	const int64_t back = (ahead + season - 1) / season;
	double sum = 0;

	*found = 0;
	for (int j = 0; j < LF_UNIVERSAL_MEANS; j++)
	{
		const int64_t lag = (back + j) * season;

		if (from < lag)
			break;
		sum += earlier(read, from - lag, origin, lag, level);
		(*found)++;
	}
	return *found > 0 ? sum / *found : 0;
}

/* The guides that go by a second season; they are those of the first where there is none. */
static bool
guide_by_second(const reading *read, int64_t from, int64_t origin, double level, double *guides)
{
	const int64_t second = read->second;
	const int64_t ahead = from + read->group - origin;
	int found = 0;

	guides[3] = guides[0];
	guides[4] = guides[2];
	if (second > 0)
	{
		const int64_t lag = (ahead + second - 1) / second * second;
		const double mean = mean_season(read, from, origin, second, level, &found);

		if (found > 0)
		{
			guides[3] = earlier(read, from - lag, origin, lag, level);
			guides[4] = mean;
		}
	}
	return found > 0;
}

/* How much the level changes in a season. */
static double
seasonal_drift(const reading *read, int64_t origin, double level)
{
	const int64_t before = origin - read->level_steps;
	double steps;
	double slope;

	if (before < read->group)
		return 0;
	/* between the centres of the two stretches that the levels are means of */
	steps = before < read->level_steps ? (double) (before + read->level_steps) / 2
									   : (double) read->level_steps;
	slope = (level - level_before(read, before)) * (double) read->season / steps;
	return fmax(-LF_LARGEST_SLOPE, fmin(LF_LARGEST_SLOPE, slope));
}

/* What the guides say of the group that begins at step from, with nothing known from origin on. */
static guidance
guide(const reading *read, int64_t from, int64_t origin)
{
	const int64_t season = read->season;
	const int64_t back = (from + read->group - origin + season - 1) / season;
	const int64_t lag = back * season;
	const int64_t several = LF_UNIVERSAL_MEANS * read->level_steps;
	guidance result = {.any = origin > 0};
	double *g = result.guide;
	double level;
	int found;

	if (!result.any)
		return result;
	level = level_before(read, origin);
	g[2] = mean_season(read, from, origin, season, level, &found);
	if (found > 0)
		g[0] = mean_of(read, from - lag, from - lag + read->group);
	else
		g[0] = g[2] = mean_of(read, origin > read->group ? origin - read->group : 0, origin);
	result.before = found > 1;
	g[1] = result.before ? earlier(read, from - lag - season, origin, lag + season, level) : g[0];
	result.second = guide_by_second(read, from, origin, level, g);
	g[5] = level;
	g[6] = g[0] + (double) back * seasonal_drift(read, origin, level);
	g[7] = mean_of(read, origin > several ? origin - several : 0, origin);
	return result;
}

static lf_real
clipped(double feature, double limit)
{
	return (lf_real) fmax(-limit, fmin(limit, feature));
}

/* What is known of a step by its place alone, ahead groups from the end of the past. */
static void
put_place(const reading *read, int64_t ahead, lf_real *x)
{
	const double from = (double) (ahead * read->group);
	const double groups = (double) read->season / (double) read->group;

	memset(x, 0, LF_UNIVERSAL_FEATURES * sizeof(lf_real));
	if (read->season > 1)
	{
		const double phase = 2 * LF_PI * from / (double) read->season;

		x[FEATURE_SINE] = (lf_real) sin(phase);
		x[FEATURE_COSINE] = (lf_real) cos(phase);
	}
	if (read->second > 0)
	{
		const double phase = 2 * LF_PI * from / (double) read->second;

		x[FEATURE_SECOND_SINE] = (lf_real) sin(phase);
		x[FEATURE_SECOND_COSINE] = (lf_real) cos(phase);
	}
	x[FEATURE_SEASON] = (lf_real) (log(groups > 1 ? groups : 1) / 4);
	if (ahead < 0)
		return;
	x[FEATURE_AHEAD] = (lf_real) (log1p((double) ahead + 1) / 4);
	x[FEATURE_SEASONS_AHEAD] =
		clipped(((double) ahead + 1) / fmax(groups, LF_LEAST_LEVEL_STEPS) / 4, LF_LARGEST_FEATURE);
}

/* That of all steps of the batch, unless it was made for a window of the same seasons. */
static void
put_places(lf_universal *network, const reading *read)
{
	const lf_universal_batch *batch = &network->batch;
	lf_universal_places *places = &network->places;

	if (places->steps == batch->past + batch->horizon && places->past == batch->past &&
		places->group == read->group && places->season == read->season &&
		places->second == read->second)
		return;
	places->past = batch->past;
	places->steps = batch->past + batch->horizon;
	places->group = read->group;
	places->season = read->season;
	places->second = read->second;
	for (int t = 0; t < places->steps; t++)
		put_place(read, t - batch->past, places->features + (size_t) t * LF_UNIVERSAL_FEATURES);
}

/* What is known of a step before it comes. */
static void
put_features(const lf_universal *network, const reading *read, const guidance *guidance, int t,
			 lf_real *x)
{
	memcpy(x, network->places.features + (size_t) t * LF_UNIVERSAL_FEATURES,
		   LF_UNIVERSAL_FEATURES * sizeof(lf_real));
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		x[FEATURE_GUIDES + j] = clipped(guidance->guide[j], LF_LARGEST_FEATURE);
	x[FEATURE_BEFORE] = guidance->before;
	x[FEATURE_SECOND] = guidance->second;
	x[FEATURE_HISTORY] = read->history;
}

/* Are most steps of the group observations? */
static bool
group_observed(const reading *read, const uint8_t *observed, int64_t from)
{
	int64_t count = 0;

	if (observed == NULL)
		return true;
	for (int64_t i = 0; i < read->group; i++)
		count += observed[from + i] != 0;
	return 2 * count > read->group;
}

/* The past, group by group, and how much the first guide erred in it. */
static double
read_past(lf_universal *network, const reading *read, const uint8_t *observed, int64_t row,
		  double *errors)
{
	lf_universal_batch *batch = &network->batch;
	double changes = 0;
	int64_t counted = 0, changed = 0;
	double error;

	for (int t = 0; t < batch->past; t++)
	{
		const int64_t from = read->length - (int64_t) (batch->past - t) * read->group;
		lf_real *x = batch->features + ((size_t) t * batch->rows + row) * LF_UNIVERSAL_FEATURES;
		guidance guidance;
		double value;

		if (from < 0)
		{
			memset(x, 0, LF_UNIVERSAL_FEATURES * sizeof(lf_real));
			continue;
		}
		guidance = guide(read, from, from);
		put_features(network, read, &guidance, t, x);
		if (!group_observed(read, observed, from))
			continue;
		value = mean_of(read, from, from + read->group);
		x[FEATURE_VALUE] = clipped(value, LF_LARGEST_FEATURE);
		x[FEATURE_KNOWN] = 1;
		if (!guidance.any)
			continue;
		x[FEATURE_INNOVATION] = clipped(value - guidance.guide[0], LF_LARGEST_FEATURE);
		if (from >= read->season)
		{
			for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
				errors[j] += fmin(fabs(value - guidance.guide[j]), LF_LARGEST_INNOVATION);
			counted++;
		}
		if (from >= read->group)
		{
			changes +=
				fmin(fabs(value - mean_of(read, from - read->group, from)), LF_LARGEST_INNOVATION);
			changed++;
		}
	}
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		errors[j] = (counted > 0 ? errors[j] / (double) counted : 1) + LF_LEAST_ERROR;
	/* where hardly a season came again, changes from step to step are all that is known */
	error =
		counted < 3 && changed > counted ? changes / (double) changed + LF_LEAST_ERROR : errors[0];
	return error;
}

/* The errors' size is known only after all of the past was read. */
static void
put_errors(lf_universal_batch *batch, int64_t row, double error, const double *errors)
{
	const lf_real size = (lf_real) (log(error) / 4);
	lf_real shares[LF_UNIVERSAL_GUIDES - 1];

	for (int j = 1; j < LF_UNIVERSAL_GUIDES; j++)
		shares[j - 1] = (lf_real) log(errors[j] / errors[0]);
	for (int t = 0; t < batch->past + batch->horizon; t++)
	{
		lf_real *x = batch->features + ((size_t) t * batch->rows + row) * LF_UNIVERSAL_FEATURES;

		if (x[FEATURE_HISTORY] == 0)
			continue;
		x[FEATURE_ERROR] = size;
		x[FEATURE_INNOVATION] =
			clipped((double) x[FEATURE_INNOVATION] / error, LF_LARGEST_INNOVATION);
		memcpy(x + FEATURE_ERRORS, shares, sizeof(shares));
	}
}

static void
read_future(lf_universal *network, const reading *read, int64_t row)
{
	lf_universal_batch *batch = &network->batch;

	for (int k = 0; k < batch->horizon; k++)
	{
		const int64_t from = read->length + k * read->group;
		const guidance guidance = guide(read, from, read->length);
		const size_t place = (size_t) k * batch->rows + row;
		lf_real *x =
			batch->features + ((size_t) batch->past * batch->rows + place) * LF_UNIVERSAL_FEATURES;

		put_features(network, read, &guidance, batch->past + k, x);
		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
			batch->guides[place * LF_UNIVERSAL_GUIDES + j] = (lf_real) guidance.guide[j];
	}
}

static void
read_targets(lf_universal *network, const reading *read, const uint8_t *observed, int64_t row)
{
	lf_universal_batch *batch = &network->batch;
	const double weight = 1 / batch->error[row];

	for (int k = 0; k < batch->horizon; k++)
	{
		const int64_t from = read->length + k * read->group;
		const size_t place = (size_t) k * batch->rows + row;

		batch->target[place] = (lf_real) mean_of(read, from, from + read->group);
		batch->weight[place] = (lf_real) (group_observed(read, observed, from) ? weight : 0);
	}
}

static void
read_window(lf_universal *network, const lf_universal_window *window, int64_t group, int64_t row,
			bool targets)
{
	lf_universal_batch *batch = &network->batch;
	const int64_t skipped =
		window->length > network->longest ? window->length - network->longest : 0;
	const uint8_t *observed = window->observed ? window->observed + skipped : NULL;
	const int64_t length = window->length - skipped;
	const int64_t known = length + (targets ? batch->horizon * group : 0);
	const double *values = network->values;
	reading read = {.sums = network->sums,
					.length = length,
					.group = group,
					.level_steps = window->season > LF_LEAST_LEVEL_STEPS * group
									   ? window->season
									   : LF_LEAST_LEVEL_STEPS * group,
					.season = window->season,
					.second = window->second,
					.history = (lf_real) (log1p((double) length / (double) group) / 5)};
	double errors[LF_UNIVERSAL_GUIDES] = {0};
	double level;
	double scale;

	for (int64_t i = 0; i < known; i++)
	{
		network->values[i] = lf_universal_value(window, skipped + i);
	}
	level = last_level(values, length, read.level_steps);
	/* a change of a logarithm is one of the value in proportion already */
	scale = own_scale(values, length, level, window->logs ? 1 : fabs(level), network->sizes);
	network->sums[0] = 0;
	for (int64_t i = 0; i < known; i++)
		network->sums[i + 1] =
			network->sums[i] +
			fmax(-LF_LARGEST_UNIT, fmin(LF_LARGEST_UNIT, (values[i] - level) / scale));
	batch->level[row] = level;
	batch->scale[row] = scale;
	put_places(network, &read);
	batch->error[row] = read_past(network, &read, observed, row, errors);
	read_future(network, &read, row);
	put_errors(batch, row, batch->error[row], errors);
	if (targets)
		read_targets(network, &read, observed, row);
}

void
lf_universal_read(lf_universal *network, const lf_universal_window *windows, int64_t rows,
				  int64_t group, int horizon, bool targets)
{
	lf_universal_batch *batch = &network->batch;
	int64_t longest = 0;

	for (int64_t row = 0; row < rows; row++)
		if (windows[row].length / group > longest)
			longest = windows[row].length / group;
	batch->rows = rows;
	if (targets)
		batch->past = longest < LF_UNIVERSAL_PAST ? (int) longest : LF_UNIVERSAL_PAST;
	else
		batch->past = lf_universal_steps(longest);
	batch->empty = longest < batch->past ? batch->past - (int) longest : 0;
	batch->horizon = horizon;
	for (int64_t row = 0; row < rows; row++)
		read_window(network, &windows[row], group, row, targets);
}
