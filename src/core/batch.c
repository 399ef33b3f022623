/*
 * batch.c
 *	  Fills batches with windows in network units.
 *
 * Letters as in config.h and network.h: L lookback, H_out horizon, w patch length,
 * C channels, F_c future, n = L / w patches, m output patches of W steps, S answers
 * a window, B rows.
 */
#include "batch.h"

#include <stddef.h>
#include <string.h>

#include "loss_counts.h"
#include "random.h"

#define SEASONS_OF_MEAN 2  /* of few counts a season alone says little */
#define CLOSED_CHANCE 0.05 /* that a place of the season has had nothing but zeros by chance */

void
lf_batch_layout(lf_batch_builder *builder, const lf_batch_spec *spec, lf_arena *arena)
{
	const lf_network_config *network = &spec->network;
	const int64_t max_rows = spec->max_rows;
	size_t answers = lf_network_answers(network);
	size_t horizon = network->horizon;

	*builder = (lf_batch_builder){.spec = *spec};
	builder->levels = lf_arena_take(arena, max_rows, sizeof(lf_level));
	builder->history = lf_arena_take(arena, network->lookback + horizon, sizeof(double));
	builder->patches = lf_arena_take_reals(arena, max_rows, network->lookback, network->channels);
	if (spec->dataset != NULL && spec->dataset->labels != NULL)
		builder->dropped = lf_arena_take(arena, network->channels - 1, sizeof(bool));
	if (network->linear_skip)
		builder->window = lf_arena_take_reals(arena, max_rows, network->lookback, 1);
	if (network->seasonal_skip > 0)
		builder->base = lf_arena_take_reals(arena, max_rows, answers, horizon);
	if (network->future > 0)
	{
		size_t patches = answers * lf_network_output_patches(network);
		size_t known = (size_t) lf_network_output_steps(network) * network->future;

		builder->reference = lf_arena_take(arena, network->future, sizeof(double));
		builder->future = lf_arena_take_reals(arena, max_rows, patches, known);
		builder->change = lf_arena_take_reals(arena, max_rows, patches, known);
	}
	if (spec->with_targets)
	{
		builder->target = lf_arena_take_reals(arena, max_rows, answers, horizon);
		builder->weight = lf_arena_take_reals(arena, max_rows, answers, horizon);
		if (spec->scaling.normalization == LF_NORMALIZE_COUNT)
			builder->unit = lf_arena_take_reals(arena, max_rows, answers, horizon);
	}
}

static bool
is_observed(const lf_series *series, int64_t step)
{
	return step >= 0 && step < series->length &&
		   (series->observed == NULL || series->observed[step]);
}

/* The step of the window at which answer a of S stands: the last one at the window's end. */
static int
answer_place(const lf_network_config *network, int answers, int answer)
{
	return network->lookback - (answers - 1 - answer) * network->patch_length;
}

/* Steps of a window that lie before its series. */
static int
padded_steps(const lf_network_config *network, lf_window window)
{
	return window.origin < network->lookback ? network->lookback - (int) window.origin : 0;
}

/* What stands for the first `padded` steps of a window, in network units. */
static void
pad(double *history, int padded)
{
	for (int j = 0; j < padded; j++)
		history[j] = 0;
}

/* Where the steps of a window that lie in its series end: padded .. the result - 1 do. */
static int
known_steps(const lf_series *series, lf_window window, int lookback, int padded, int steps)
{
	int64_t known = series->length - (window.origin - lookback);

	if (known < padded)
		return padded;
	return known < steps ? (int) known : steps;
}

/*
 * Read `steps` steps of a window into history, in network units, and give its
 * level. Past its end a series repeats its last value (which no weight ever
 * meets); a series without values is 0.
 */
static lf_level
read_window(lf_batch_builder *builder, lf_window window, int steps)
{
	const lf_series *series = &builder->spec.dataset->series[window.series];
	int lookback = builder->spec.network.lookback;
	int padded = padded_steps(&builder->spec.network, window);
	double *restrict history = builder->history; /* (L) or (L + H_out) */
	int known = known_steps(series, window, lookback, padded, steps);
	lf_level level;

	for (int j = padded; j < known; j++)
		history[j] = series->values[window.origin - lookback + j];
	for (int j = known; j < steps; j++)
		history[j] = series->length > 0 ? series->values[series->length - 1] : 0;
	if (builder->spec.scaling.transform != LF_TRANSFORM_NONE)
		for (int j = padded; j < steps; j++)
			history[j] = lf_transform_within(builder->spec.scaling.transform,
											 &builder->spec.scalers[window.series], history[j]);

	level = lf_scaling_level(&builder->spec.scaling, &builder->spec.scalers[window.series], history,
							 lookback, lookback - padded);
	pad(history, padded);
	for (int j = padded; j < steps; j++)
	{
		double unit = (history[j] - level.level) / level.scale;

		unit = unit > LF_LARGEST_UNIT ? LF_LARGEST_UNIT : unit;
		history[j] = unit < -LF_LARGEST_UNIT ? -LF_LARGEST_UNIT : unit;
	}
	return level;
}

/* Choose the channels that a blind window does not see: all those of a category, or none. */
static void
choose_dropped(lf_batch_builder *builder, lf_window window)
{
	const int *labels = builder->spec.dataset->labels;

	for (int c = 0; c < builder->spec.network.channels - 1; c++)
	{
		lf_random random = lf_random_seed(window.blind, (uint64_t) labels[c]);

		builder->dropped[c] =
			window.blind != 0 && labels[c] != 0 && lf_random_uniform(&random) < LF_LABEL_DROPOUT;
	}
}

/* A covariate of one step: a past one inside the series, a future one as far as it is known; else
 * 0.
 */
static lf_real
covariate_at(const lf_batch_builder *builder, lf_window window, int64_t step, int c)
{
	const lf_network_config *network = &builder->spec.network;
	const lf_series *series = &builder->spec.dataset->series[window.series];
	int count = network->channels - 1;
	int past = count - network->future;
	int64_t known = c < past ? series->length : series->covered;

	if (series->covariates == NULL || step < 0 || step >= known)
		return 0;
	if (builder->dropped != NULL && builder->dropped[c])
		return 0;
	return series->covariates[(size_t) step * count + c];
}

/* The covariates of one step into out. */
static void
read_covariates(const lf_batch_builder *builder, lf_window window, int64_t step, lf_real *out)
{
	for (int c = 0; c < builder->spec.network.channels - 1; c++)
		out[c] = covariate_at(builder, window, step, c);
}

static void
copy_units(lf_real *restrict to, const double *restrict from, int count)
{
	for (int j = 0; j < count; j++)
		to[j] = (lf_real) from[j];
}

/* The inputs of one row from history and the covariates. */
static void
fill_inputs(lf_batch_builder *builder, lf_window window, int64_t row, int64_t rows)
{
	const lf_network_config *network = &builder->spec.network;
	int64_t begin = window.origin - network->lookback;
	int w = network->patch_length;
	int C = network->channels;

	for (int t = 0; t < network->lookback / w; t++)
	{
		/* patches (n, B, w * C), here row of patch t */
		lf_real *patch = builder->patches + ((size_t) t * rows + row) * w * C;

		if (C == 1)
		{
			copy_units(patch, builder->history + (size_t) t * w, w);
			continue;
		}
		for (int j = 0; j < w; j++)
		{
			patch[(size_t) j * C] = (lf_real) builder->history[(size_t) t * w + j];
			read_covariates(builder, window, begin + (int64_t) t * w + j,
							patch + (size_t) j * C + 1);
		}
	}
	if (builder->window != NULL)
	{
		lf_real *target = builder->window + (size_t) row * network->lookback; /* (B, L) */

		copy_units(target, builder->history, network->lookback);
	}
}

/* Steps of a window: the last of them, their distance and their count, which may be 0. */
typedef struct steps
{
	int last;
	int apart;
	int count;
} steps;

/*
 * The steps whose mean is the seasonal naive forecast of step k from the place steps
 * of a window before it, all but the first `padded` of them real: one in each of the
 * last seasons, as many as are real; the last step where a season fits into the
 * window but not into the series; none where neither.
 */
static steps
seasonal_steps(const lf_network_config *network, int padded, int place, int k)
{
	int period = network->seasonal_skip;
	int wanted = network->skip_seasons > 1 ? network->skip_seasons : 1;
	int seasons = period > 0 && place > padded ? (place - padded) / period : 0;

	if (seasons > 0)
		return (steps){place - period + k % period, period, seasons < wanted ? seasons : wanted};
	if (period > 0 && place >= period && place > padded)
		return (steps){place - 1, 1, 1};
	return (steps){0, 0, 0};
}

/* The seasonal naive forecast; 0 without any steps. */
static double
seasonal_value(const double *history, steps seasons)
{
	double sum = 0;

	for (int i = 0; i < seasons.count; i++)
		sum += history[seasons.last - i * seasons.apart];
	return seasons.count > 0 ? sum / (double) seasons.count : 0;
}

/* How many of the window's real steps are zero. */
static double
zero_share(const lf_batch_builder *builder, int padded)
{
	const int lookback = builder->spec.network.lookback;
	int zeros = 0;

	for (int t = padded; t < lookback; t++)
		zeros += builder->history[t] == 0;
	return padded < lookback ? (double) zeros / (lookback - padded) : 0;
}

/*
 * Is a place of the season closed? It never had anything in the window, which with that share of
 * zeros among all steps is no chance.
 */
static bool
is_closed(const double *history, int padded, steps seasons, double zeros)
{
	double chance = 1;

	if (seasons.count == 0 || seasons.apart <= 1)
		return false;
	for (int t = seasons.last; t >= padded; t -= seasons.apart)
	{
		if (history[t] != 0)
			return false;
		chance *= zeros;
	}
	return chance < CLOSED_CHANCE;
}

/* What a naive forecast is before the softplus of a mean; the window's mean counts as some seasons
 * more. */
static double
linked_value(double seasonal, int seasons, lf_level level)
{
	double mean = (level.scale - 1) / level.scale;

	return lf_count_link((seasons * seasonal + SEASONS_OF_MEAN * mean) /
						 (seasons + SEASONS_OF_MEAN));
}

/* base (S, B, H_out) of one row. */
static void
fill_base(lf_batch_builder *builder, lf_window window, int64_t row, int64_t rows, int answers)
{
	const lf_network_config *network = &builder->spec.network;
	int padded = padded_steps(network, window);
	bool counts = builder->spec.scaling.normalization == LF_NORMALIZE_COUNT;
	double zeros = counts ? zero_share(builder, padded) : 0;

	for (int a = 0; a < answers; a++)
	{
		int place = answer_place(network, answers, a);
		lf_real *base = builder->base + ((size_t) a * rows + row) * network->horizon;

		for (int k = 0; k < network->horizon; k++)
		{
			steps seasons = seasonal_steps(network, padded, place, k);
			double value = seasonal_value(builder->history, seasons);

			/* of single steps all that are read tell more than the last ones */
			if (counts && is_closed(builder->history, padded, seasons, zeros))
				value = lf_count_link(0);
			else if (counts)
				value = linked_value(value, seasons.apart > 1 ? seasons.count : 0,
									 builder->levels[row]);
			base[k] = (lf_real) value;
		}
	}
}

/* The mean of a covariate over steps of the window; 0 without any. */
static double
mean_covariate(const lf_batch_builder *builder, lf_window window, steps steps, int c)
{
	int64_t begin = window.origin - builder->spec.network.lookback;
	double sum = 0;

	for (int i = 0; i < steps.count; i++)
		sum += covariate_at(builder, window, begin + steps.last - (int64_t) i * steps.apart, c);
	return steps.count > 0 ? sum / (double) steps.count : 0;
}

/* The future covariates in the steps of the window's level. */
static void
read_reference(lf_batch_builder *builder, lf_window window)
{
	const lf_network_config *network = &builder->spec.network;
	int real = network->lookback - padded_steps(network, window);
	steps steps = {network->lookback - 1, 1, lf_scaling_level_steps(&builder->spec.scaling, real)};

	for (int i = 0; i < network->future; i++)
		builder->reference[i] =
			mean_covariate(builder, window, steps, network->channels - 1 - network->future + i);
}

/* One step of future and change, k steps after the place of its answer. */
static void
fill_future_step(lf_batch_builder *builder, lf_window window, int place, int k, lf_real *future,
				 lf_real *change)
{
	const lf_network_config *network = &builder->spec.network;
	int64_t begin = window.origin - network->lookback;
	int first = network->channels - 1 - network->future;
	steps seasons = seasonal_steps(network, padded_steps(network, window), place, k);

	for (int i = 0; i < network->future; i++)
	{
		double before = seasons.count > 0 ? mean_covariate(builder, window, seasons, first + i)
										  : builder->reference[i];

		future[i] = covariate_at(builder, window, begin + place + k, first + i);
		change[i] = (lf_real) (future[i] - before);
	}
}

/* future and change (m, S * B, W * F_c) of one row. */
static void
fill_future(lf_batch_builder *builder, lf_window window, int64_t row, int64_t rows, int answers)
{
	const lf_network_config *network = &builder->spec.network;
	int W = lf_network_output_steps(network);
	size_t F = network->future;

	read_reference(builder, window);
	for (int a = 0; a < answers; a++)
		for (int k = 0; k < lf_network_output_patches(network) * W; k++)
		{
			size_t answer = ((size_t) (k / W) * answers + a) * rows + row;
			size_t at = (answer * W + k % W) * F;

			if (k < network->horizon)
				fill_future_step(builder, window, answer_place(network, answers, a), k,
								 builder->future + at, builder->change + at);
			else
			{
				memset(builder->future + at, 0, F * sizeof(lf_real));
				memset(builder->change + at, 0, F * sizeof(lf_real));
			}
		}
}

/* target and weight (S, B, H_out) of one row; the number of weights that are 1. */
static int64_t
fill_targets(lf_batch_builder *builder, lf_window window, int64_t row, int64_t rows, int answers)
{
	const lf_network_config *network = &builder->spec.network;
	const lf_series *series = &builder->spec.dataset->series[window.series];
	int64_t begin = window.origin - network->lookback;
	int64_t counted = 0;

	for (int a = 0; a < answers; a++)
	{
		int place = answer_place(network, answers, a);
		bool sighted = is_observed(series, begin + place - 1);
		size_t offset = ((size_t) a * rows + row) * network->horizon;

		copy_units(builder->target + offset, builder->history + place, network->horizon);
		for (int k = 0; k < network->horizon; k++)
		{
			bool counts = sighted && is_observed(series, begin + place + k);

			builder->weight[offset + k] = counts;
			if (builder->unit != NULL)
				builder->unit[offset + k] = (lf_real) builder->levels[row].scale;
			counted += counts;
		}
	}
	return counted;
}

void
lf_batch_fill(lf_batch_builder *builder, const lf_window *windows, int64_t rows, int64_t *counted)
{
	const lf_network_config *network = &builder->spec.network;
	int answers = lf_network_answers(network);
	int steps = network->lookback + (builder->target != NULL ? network->horizon : 0);
	int64_t total = 0;

	for (int64_t row = 0; row < rows; row++)
	{
		if (builder->dropped != NULL)
			choose_dropped(builder, windows[row]);
		builder->levels[row] = read_window(builder, windows[row], steps);
		fill_inputs(builder, windows[row], row, rows);
		if (builder->base != NULL)
			fill_base(builder, windows[row], row, rows, answers);
		if (builder->future != NULL)
			fill_future(builder, windows[row], row, rows, answers);
		if (builder->target != NULL)
			total += fill_targets(builder, windows[row], row, rows, answers);
	}
	builder->batch = (lf_batch){.rows = rows,
								.patches = builder->patches,
								.window = builder->window,
								.base = builder->base,
								.future = builder->future,
								.change = builder->change,
								.target = builder->target,
								.weight = builder->weight,
								.unit = builder->unit};
	if (counted != NULL)
		*counted = total;
}

/* How many of the steps from .. to - 1 were observed. */
static int64_t
count_observed(const lf_series *series, int64_t from, int64_t to)
{
	int64_t observed = 0;

	if (from < 0)
		from = 0;
	if (to > series->length)
		to = series->length;
	if (series->observed == NULL)
		return to > from ? to - from : 0;
	for (int64_t step = from; step < to; step++)
		observed += series->observed[step];
	return observed;
}

int64_t
lf_batch_count(const lf_batch_builder *builder, const lf_window *windows, int64_t rows)
{
	const lf_network_config *network = &builder->spec.network;
	int answers = lf_network_answers(network);
	int64_t total = 0;

	for (int64_t row = 0; row < rows; row++)
	{
		const lf_series *series = &builder->spec.dataset->series[windows[row].series];
		int64_t begin = windows[row].origin - network->lookback;
		int from = answer_place(network, answers, 0); /* steps from .. to - 1 are in `observed` */
		int to = from;
		int64_t observed = 0;

		for (int a = 0; a < answers; a++)
		{
			int place = answer_place(network, answers, a);

			observed += count_observed(series, begin + to, begin + place + network->horizon);
			to = place + network->horizon;
			for (; from < place; from++)
				observed -= is_observed(series, begin + from);
			if (is_observed(series, begin + place - 1))
				total += observed;
		}
	}
	return total;
}

lf_level
lf_batch_level(const lf_batch_builder *builder, int64_t row)
{
	return builder->levels[row];
}

double
lf_batch_restore(const lf_batch_builder *builder, int64_t row, double unit)
{
	lf_level level = builder->levels[row];

	return lf_transform_invert(builder->spec.scaling.transform, level.level + level.scale * unit);
}
