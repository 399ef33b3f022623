/*
 * universal_read.c
 *	  What the universal network reads: windows in units of their own, and guides for every step.
 */
#include <math.h>
#include <string.h>

#include "sort.h"
#include "universal.h"
#include "universal_guides.h"
#include "universal_private.h"
#include "universal_worth.h"

#define LF_PI 3.14159265358979323846

#define LF_LARGEST_FEATURE 20.0  /* sizes beyond tell the network nothing more */
#define LF_WILD 8.0              /* deviations beyond so many medians count as that */
#define LF_DEVIATION 1.25        /* of the normal distribution, over its mean absolute deviation */
#define LF_LEAST_SCALE 1e-6      /* over the size of the values */
#define LF_LEAST_LEVEL_STEPS 4   /* groups that a level is the mean of, at least */
#define LF_LARGEST_UNIT 1e9      /* sums of larger ones would lose what is of the size of 1 */
#define LF_STEPS_APART 16        /* between the numbers of steps by which windows are read */
#define LF_BLOCK 4               /* groups of a block where there is no season */
#define LF_LEAST_BLOCKS 3        /* of a season */
#define LF_LEAST_SHORT_BLOCKS 10 /* where there is none: each says little */
#define LF_JUDGED_BEFORE 2       /* second seasons */

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
	FEATURE_CHANGES, /* from group to group, over the error */
	FEATURE_BASE,
	FEATURE_ERRORS, /* of the guides, over those of the base */
	FEATURES = FEATURE_ERRORS + LF_UNIVERSAL_GUIDES
};

_Static_assert(FEATURES == LF_UNIVERSAL_FEATURES, "all features have a place");

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
 * changes has a scale by its size. sizes, scratch: room for as many.
 */
static double
own_scale(const double *values, int64_t length, double level, double size, double *sizes,
		  double *scratch)
{
	double limit;
	double sum = 0;

	for (int64_t i = 0; i < length; i++)
		sizes[i] = fabs(values[i] - level);
	lf_sort_merging(sizes, length, scratch);
	limit = LF_WILD * sizes[length / 2];
	for (int64_t i = 0; i < length; i++)
		sum += (limit > 0 && sizes[i] > limit ? limit : sizes[i]) / (double) length;
	sum = LF_DEVIATION * sum + LF_LEAST_SCALE * size;
	return sum > 0 ? sum : 1;
}

static lf_real
clipped(double feature, double limit)
{
	if (!(feature < limit))
		return (lf_real) limit;
	return (lf_real) (feature > -limit ? feature : -limit);
}

/* What is read of a window at a step. */
static lf_real *
features_of(const lf_universal_batch *batch, int64_t row, int step)
{
	return batch->features + ((size_t) step * batch->rows + row) * LF_UNIVERSAL_FEATURES;
}

/* What is known of a step by its place alone, ahead groups from the end of the past. */
static void
put_place(const lf_guide_window *read, int64_t ahead, lf_real *x)
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
}

/* That of all steps of the batch, unless it was made for a window of the same seasons. */
static void
put_places(lf_universal *network, const lf_guide_window *read)
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
	for (int t = 0; t <= places->steps; t++)
		places->ahead[t] = (lf_real) (log1p((double) t) / 4);
	for (int t = 0; t < places->steps; t++)
		put_place(read, t - batch->past, places->features + (size_t) t * LF_UNIVERSAL_FEATURES);
}

/*
 * What is known of the batch's step t of a window before it comes; lead: groups from the origin to
 * it, from 1 on.
 */
static void
put_features(lf_universal *network, int64_t row, const lf_guide_window *read,
			 const lf_guidance *guidance, int t, int64_t lead)
{
	const double season = (double) read->season / (double) read->group;
	lf_real *x = features_of(&network->batch, row, t);

	memcpy(x, network->places.features + (size_t) t * LF_UNIVERSAL_FEATURES,
		   LF_UNIVERSAL_FEATURES * sizeof(lf_real));
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		x[FEATURE_GUIDES + j] = clipped(guidance->guide[j], LF_LARGEST_FEATURE);
	x[FEATURE_BEFORE] = guidance->before;
	x[FEATURE_SECOND] = guidance->second;
	x[FEATURE_AHEAD] = network->places.ahead[lead];
	x[FEATURE_SEASONS_AHEAD] =
		clipped((double) lead / fmax(season, LF_LEAST_LEVEL_STEPS) / 4, LF_LARGEST_FEATURE);
	x[FEATURE_HISTORY] = network->history;
}

/* Are most steps of the group observations? */
static bool
group_observed(const lf_guide_window *read, const uint8_t *observed, int64_t from)
{
	int64_t count = 0;

	if (observed == NULL)
		return true;
	for (int64_t i = 0; i < read->group; i++)
		count += observed[from + i] != 0;
	return 2 * count > read->group;
}

/* What a group of the past was. */
static void
put_value(const lf_guide_window *read, int64_t from, lf_real *x)
{
	x[FEATURE_VALUE] = clipped(lf_guide_mean(read, from, from + read->group), LF_LARGEST_FEATURE);
	x[FEATURE_KNOWN] = 1;
}

/* Groups of a block: a season, or less where the past has hardly any. */
static int
block_groups(const lf_guide_window *read, int groups)
{
	const int season = lf_guide_groups(read);
	const int most = (groups - season) / (season > 1 ? LF_LEAST_BLOCKS : LF_LEAST_SHORT_BLOCKS);
	const int block = season > 1 ? season : LF_BLOCK;

	return most < 1 ? 1 : most < block ? most : block;
}

/*
 * Groups before those that the network reads, of which guides are judged by a second season: two of
 * it, as far as there are so many.
 */
static int
groups_before(const lf_guide_window *read, int groups)
{
	const int64_t others = read->length / read->group - groups;
	const int64_t most = LF_JUDGED_BEFORE * read->second / read->group;

	return (int) (others < most ? others : most);
}

/*
 * The past, block by block: guides say each from what was known at its beginning, as they will say
 * the future. Blocks end at the forecast; what is left over before the first is said step by step.
 */
static lf_guide_errors
read_past(lf_universal *network, const lf_guide_window *read, lf_smoothings *smoothings,
		  const uint8_t *observed, int64_t row)
{
	const lf_universal_batch *batch = &network->batch;
	const int64_t whole = read->length / read->group;
	const int groups = whole < batch->past ? (int) whole : batch->past;
	const int all = groups + groups_before(read, groups);
	const int block = block_groups(read, all);
	int64_t origin = read->length - all * read->group;
	lf_guide_errors errors = {.count = 0};

	for (int t = 0; t < batch->past - groups; t++)
		memset(features_of(batch, row, t), 0, LF_UNIVERSAL_FEATURES * sizeof(lf_real));
	lf_smoothings_begin(smoothings, read, origin);
	for (int left = all; left > 0; left--)
	{
		const int64_t from = read->length - left * read->group;
		lf_guidance guidance;

		if (left % block == 0 || left > all - all % block)
		{
			lf_smoothings_learn(smoothings, read, from);
			origin = from;
		}
		if (left % block == 0 && read->season > 1)
			lf_guide_errors_fade(&errors);
		guidance = lf_guide(read, smoothings, from, origin);
		if (left <= groups)
			put_features(network, row, read, &guidance, batch->past - left,
						 (from - origin) / read->group + 1);
		if (!group_observed(read, observed, from))
			continue;
		lf_guides_erred(&errors, read, &guidance, from, origin);
		if (left <= groups)
			put_value(read, from, features_of(batch, row, batch->past - left));
	}
	lf_smoothings_learn(smoothings, read, read->length);
	return errors;
}

/* The base of every step, and how much it erred in the past. */
static double
put_base(lf_universal_batch *batch, int64_t row, const lf_guide_worth *worth)
{
	double sum = 0, count = 0;

	for (int t = 0; t < batch->past + batch->horizon; t++)
	{
		lf_real *x = features_of(batch, row, t);

		if (x[FEATURE_HISTORY] == 0)
			continue;
		x[FEATURE_BASE] = (lf_real) lf_guides_base(worth, x + FEATURE_GUIDES);
		if (x[FEATURE_KNOWN] == 0)
			continue;
		x[FEATURE_INNOVATION] = x[FEATURE_VALUE] - x[FEATURE_BASE];
		if (x[FEATURE_BEFORE] == 0)
			continue;
		sum += fmin(fabs((double) x[FEATURE_INNOVATION]), LF_LARGEST_INNOVATION);
		count++;
	}
	return count > 2 ? sum / count + LF_LEAST_ERROR : worth->changes;
}

/* The errors' size is known only after all of the past was read. */
static void
put_errors(lf_universal_batch *batch, int64_t row, const lf_guide_worth *worth)
{
	const double error = put_base(batch, row, worth);
	const lf_real size = (lf_real) (log(error) / 4);
	const lf_real changes = (lf_real) log(worth->changes / error);
	lf_real constant[LF_UNIVERSAL_GUIDES];

	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		constant[j] = (lf_real) log(worth->error[j] / error);
	for (int t = 0; t < batch->past + batch->horizon; t++)
	{
		lf_real *x = features_of(batch, row, t);

		if (x[FEATURE_HISTORY] == 0)
			continue;
		x[FEATURE_ERROR] = size;
		x[FEATURE_CHANGES] = changes;
		x[FEATURE_INNOVATION] =
			clipped((double) x[FEATURE_INNOVATION] / error, LF_LARGEST_INNOVATION);
		memcpy(x + FEATURE_ERRORS, constant, sizeof(constant));
	}
	batch->error[row] = error;
}

static void
read_future(lf_universal *network, const lf_guide_window *read, const lf_smoothings *smoothings,
			int64_t row)
{
	lf_universal_batch *batch = &network->batch;

	for (int k = 0; k < batch->horizon; k++)
	{
		const int64_t from = read->length + k * read->group;
		const lf_guidance guidance = lf_guide(read, smoothings, from, read->length);
		const size_t place = (size_t) k * batch->rows + row;

		put_features(network, row, read, &guidance, batch->past + k, k + 1);
		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
			batch->guides[place * LF_UNIVERSAL_GUIDES + j] = (lf_real) guidance.guide[j];
	}
}

/* What is forecast before the network has said a word, from the guides without any limit. */
static void
put_location(lf_universal_batch *batch, int64_t row, const lf_guide_worth *worth)
{
	for (int k = 0; k < batch->horizon; k++)
	{
		const size_t place = (size_t) k * batch->rows + row;

		batch->base[place] =
			(lf_real) lf_guides_base(worth, batch->guides + place * LF_UNIVERSAL_GUIDES);
	}
}

/* Its mean, by what guides have told of means. */
static void
put_mean(lf_universal_batch *batch, int64_t row, const lf_guide_window *read,
		 const lf_guide_errors *errors)
{
	const double all = lf_guide_mean(read, 0, read->length);
	double weights[LF_MEAN_GUIDES];

	lf_guides_judge_means(errors, weights);
	for (int k = 0; k < batch->horizon; k++)
	{
		const size_t place = (size_t) k * batch->rows + row;

		batch->mean[place] =
			(lf_real) lf_guides_mean(weights, batch->guides + place * LF_UNIVERSAL_GUIDES, all);
	}
}

static void
read_targets(lf_universal *network, const lf_guide_window *read, const uint8_t *observed,
			 int64_t row, double error)
{
	lf_universal_batch *batch = &network->batch;
	const double weight = 1 / error;

	for (int k = 0; k < batch->horizon; k++)
	{
		const int64_t from = read->length + k * read->group;
		const size_t place = (size_t) k * batch->rows + row;

		batch->target[place] = (lf_real) lf_guide_mean(read, from, from + read->group);
		batch->weight[place] = (lf_real) (group_observed(read, observed, from) ? weight : 0);
	}
}

static void
read_window(lf_universal *network, const lf_universal_window *window, int64_t group, int64_t row,
			bool targets)
{
	lf_universal_batch *batch = &network->batch;
	const int64_t skipped = lf_universal_skipped(network, window);
	const uint8_t *observed = window->observed ? window->observed + skipped : NULL;
	const int64_t length = window->length - skipped;
	const int64_t known = length + (targets ? batch->horizon * group : 0);
	const double *values = network->values;
	lf_guide_window read = {.sums = network->sums,
							.length = length,
							.group = group,
							.level_steps = window->season > LF_LEAST_LEVEL_STEPS * group
											   ? window->season
											   : LF_LEAST_LEVEL_STEPS * group,
							.season = window->season,
							.second = window->second};
	lf_smoothings smoothings;
	lf_guide_errors errors;
	lf_guide_worth worth;
	double level;
	double scale;

	for (int64_t i = 0; i < known; i++)
		network->values[i] = lf_universal_value(window, skipped + i);
	level = last_level(values, length, read.level_steps);
	/* a change of a logarithm is one of the value in proportion already */
	scale = own_scale(values, length, level, window->logs ? 1 : fabs(level), network->sizes,
					  network->sums);
	network->sums[0] = 0;
	for (int64_t i = 0; i < known; i++)
		network->sums[i + 1] =
			network->sums[i] +
			fmax(-LF_LARGEST_UNIT, fmin(LF_LARGEST_UNIT, (values[i] - level) / scale));
	batch->level[row] = level;
	batch->scale[row] = scale;
	network->history = (lf_real) (log1p((double) length / (double) group) / 5);
	put_places(network, &read);
	errors = read_past(network, &read, &smoothings, observed, row);
	worth = lf_guides_judge(&errors);
	read_future(network, &read, &smoothings, row);
	put_errors(batch, row, &worth);
	put_location(batch, row, &worth);
	if (window->rare)
		put_mean(batch, row, &read, &errors);
	if (targets)
		read_targets(network, &read, observed, row,
					 errors.count < 3 ? worth.changes : worth.error[0]);
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
