/*
 * test_batch.c
 *	  Batches against their definition, step by step: inputs, bases, targets, weights, counts.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/batch.h"
#include "core/random.h"

#define ROWS 5

#define MOST_CHANNELS 5

typedef struct fixture
{
	double values[60];
	uint8_t observed[60];
	float covariates[70 * (MOST_CHANNELS - 1)]; /* of all series, their futures included */
	lf_series series[3];
	lf_dataset dataset;
	lf_scaler scalers[3];
	lf_network_config network;
	lf_scaling_config scaling;
	lf_window windows[ROWS];
	lf_batch_builder builder;
	void *memory;
} fixture;

/* A random panel, network and windows; some reach before their series, some beyond its end. */
static void
set_up(fixture *f, lf_random *random)
{
	lf_arena arena = lf_arena_measure();
	lf_batch_spec spec;
	size_t bytes;
	int w = 1 + (int) lf_random_below(random, 4);
	int channels = 1 + (int) lf_random_below(random, MOST_CHANNELS);
	int step = 0;

	memset(f, 0, sizeof(*f));
	for (int i = 0; i < 60; i++)
	{
		f->values[i] = 10 + 3 * lf_random_uniform(random);
		f->observed[i] = lf_random_below(random, 5) != 0;
	}
	f->series[0] = (lf_series){.length = 20, .values = f->values, .observed = f->observed};
	f->series[1] = (lf_series){.length = 37, .values = f->values + 20};
	f->series[2] = (lf_series){.length = 3, .values = f->values + 57};
	f->dataset = (lf_dataset){.count = 3, .series = f->series};
	for (int i = 0; i < 70 * (MOST_CHANNELS - 1); i++)
		f->covariates[i] = (float) lf_random_normal(random);
	for (int i = 0; i < 3; i++)
	{
		/* one series with a little future, one with none, one with more than any horizon */
		f->series[i].covered = f->series[i].length + (i == 0 ? 3 : i == 1 ? 0 : 7);
		f->series[i].covariates = f->covariates + (size_t) step * (channels - 1);
		step += (int) f->series[i].covered;
	}
	if (lf_random_below(random, 8) == 0)
		f->series[1].covariates = NULL;

	f->network = (lf_network_config){
		.cell = LF_CELL_LSTM,
		.hidden_size = 4,
		.num_layers = 1,
		.channels = channels,
		.future = (int) lf_random_below(random, channels),
		.lookback = w * (1 + (int) lf_random_below(random, 5)),
		.horizon = 1 + (int) lf_random_below(random, 7),
		.patch_length = w,
		.decoder = (lf_decoder_kind) lf_random_below(random, 3),
		.supervision = lf_random_below(random, 2) ? LF_SUPERVISION_SEQUENCE : LF_SUPERVISION_LAST,
		.linear_skip = lf_random_below(random, 2),
		.seasonal_skip = (int) lf_random_below(random, 8),
		.skip_seasons = (int) lf_random_below(random, 4)};
	f->scaling = (lf_scaling_config){.transform = (lf_transform) lf_random_below(random, 3),
									 .normalization = (lf_normalization) lf_random_below(random, 7),
									 .season = 1 + (int) lf_random_below(random, 6)};
	for (int i = 0; i < 3; i++)
		lf_scaler_fit(&f->scalers[i], &f->scaling, &f->series[i], f->series[i].length,
					  f->network.lookback);
	for (int i = 0; i < ROWS; i++)
	{
		f->windows[i].series = lf_random_below(random, 3);
		f->windows[i].origin =
			1 + lf_random_below(random, f->series[f->windows[i].series].length + 2);
	}

	spec = (lf_batch_spec){.network = f->network,
						   .scaling = f->scaling,
						   .dataset = &f->dataset,
						   .scalers = f->scalers,
						   .max_rows = ROWS,
						   .with_targets = true};
	lf_batch_layout(&f->builder, &spec, &arena);
	bytes = lf_arena_bytes(&arena);
	f->memory = malloc(bytes);
	arena = lf_arena_over(f->memory, bytes);
	lf_batch_layout(&f->builder, &spec, &arena);
	if (arena.overflow)
		f->builder.spec.max_rows = 0;
}

/*
 * Step j of row r's window in network units, by definition: 0 before the series.
 * *real: observed and inside the series.
 */
static double
unit(const fixture *f, int64_t row, int j, bool *real)
{
	const lf_series *series = &f->series[f->windows[row].series];
	int64_t step = f->windows[row].origin - f->network.lookback + j;
	double window[64];
	int steps = 0;
	lf_level level;

	for (int i = 0; i < f->network.lookback; i++)
	{
		int64_t at = f->windows[row].origin - f->network.lookback + i;

		window[i] = NAN;
		if (at < 0)
			continue;
		steps++;
		if (at >= series->length)
			at = series->length - 1;
		window[i] = lf_transform_apply(f->scaling.transform, series->values[at]);
	}
	level = lf_scaling_level(&f->scaling, &f->scalers[f->windows[row].series], window,
							 f->network.lookback, steps);
	*real =
		step >= 0 && step < series->length && (series->observed == NULL || series->observed[step]);
	if (step < 0)
		return 0;
	if (step >= series->length)
		step = series->length - 1;
	return (lf_transform_apply(f->scaling.transform, series->values[step]) - level.level) /
		   level.scale;
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= 1e-6 * fmax(1, fabs(b));
}

/* Covariate c (from 0) of a step of row r's series. */
static double
covariate(const fixture *f, int64_t row, int64_t step, int c)
{
	const lf_series *series = &f->series[f->windows[row].series];
	int count = f->network.channels - 1;
	bool ahead = c >= count - f->network.future;

	if (series->covariates == NULL || step < 0 ||
		step >= (ahead ? series->covered : series->length))
		return 0;
	return series->covariates[step * count + c];
}

static bool
inputs_agree(const fixture *f, int64_t rows)
{
	const lf_batch *batch = &f->builder.batch;
	int w = f->network.patch_length;
	int C = f->network.channels;
	bool real;

	for (int64_t r = 0; r < rows; r++)
		for (int j = 0; j < f->network.lookback; j++)
		{
			double expected = unit(f, r, j, &real);
			const lf_real *step = batch->patches + ((j / w * rows + r) * w + j % w) * C;

			if (!near(step[0], expected))
				return false;
			for (int c = 1; c < C; c++)
				if (step[c] !=
					covariate(f, r, f->windows[r].origin - f->network.lookback + j, c - 1))
					return false;
			if (f->network.linear_skip &&
				!near(batch->window[r * f->network.lookback + j], expected))
				return false;
		}
	return (batch->window != NULL) == f->network.linear_skip;
}

/* The place of answer a in the window. */
static int
place_of(const fixture *f, int a)
{
	return f->network.supervision == LF_SUPERVISION_SEQUENCE ? (a + 1) * f->network.patch_length
															 : f->network.lookback;
}

static int
answers_of(const fixture *f)
{
	return f->network.supervision == LF_SUPERVISION_SEQUENCE
			   ? f->network.lookback / f->network.patch_length
			   : 1;
}

/* Steps of the series before a place of the window. */
static int64_t
steps_before(const fixture *f, int64_t row, int place)
{
	int64_t steps = f->windows[row].origin - f->network.lookback + place;

	return steps < 0 ? 0 : steps < place ? steps : place;
}

/*
 * The naive forecast of a covariate, as of the target below; where that is 0 or there is none,
 * the covariate's mean over the steps of the level.
 */
static double
naive_covariate(const fixture *f, int64_t row, int place, int k, int c)
{
	const int p = f->network.seasonal_skip;
	const int L = f->network.lookback;
	const int wanted = f->network.skip_seasons > 0 ? f->network.skip_seasons : 1;
	const int64_t begin = f->windows[row].origin - L;
	const int64_t seasons = p > 0 ? steps_before(f, row, place) / p : 0;
	int64_t steps = steps_before(f, row, L);
	int64_t count = seasons < wanted ? seasons : wanted;
	double sum = 0;

	for (int64_t s = 1; s <= count; s++)
		sum += covariate(f, row, begin + place - s * p + k % p, c);
	if (count > 0)
		return sum / (double) count;
	if (p > 0 && place >= p && steps_before(f, row, place) > 0)
		return covariate(f, row, begin + place - 1, c);
	switch (f->scaling.normalization)
	{
		case LF_NORMALIZE_LAST:
			steps = steps < 1 ? steps : 1;
			break;
		case LF_NORMALIZE_MEAN:
		case LF_NORMALIZE_SEASON:
			steps = steps < f->scaling.season ? steps : f->scaling.season;
			break;
		case LF_NORMALIZE_INSTANCE:
			break;
		default:
			return 0;
	}
	for (int64_t s = 1; s <= steps; s++)
		sum += covariate(f, row, begin + L - s, c);
	return steps > 0 ? sum / (double) steps : 0;
}

/* The future covariates of every answer and their changes, patch by patch. */
static bool
future_agrees(const fixture *f, int64_t rows)
{
	const lf_real *next = f->builder.batch.future;
	const lf_real *change = f->builder.batch.change;
	int H = f->network.horizon;
	int W = f->network.decoder == LF_DECODER_DIRECT ? H : f->network.patch_length;

	for (int patch = 0; patch * W < H && next != NULL; patch++)
		for (int a = 0; a < answers_of(f); a++)
			for (int64_t r = 0; r < rows; r++)
				for (int k = patch * W; k < (patch + 1) * W; k++)
				{
					int64_t step = f->windows[r].origin - f->network.lookback + place_of(f, a) + k;

					for (int c = f->network.channels - 1 - f->network.future;
						 c < f->network.channels - 1; c++)
					{
						double value = k < H ? covariate(f, r, step, c) : 0;
						double before = k < H ? naive_covariate(f, r, place_of(f, a), k, c) : 0;

						if (*next++ != value || !near(*change++, value - before))
							return false;
					}
				}
	return (next != NULL) == (f->network.future > 0) && (change != NULL) == (next != NULL);
}

/*
 * The mean of step k over the last real seasons before place; the last value
 * where the series is what is too short, 0 where the window is.
 */
static double
naive(const fixture *f, int64_t row, int place, int k)
{
	int p = f->network.seasonal_skip;
	int wanted = f->network.skip_seasons > 0 ? f->network.skip_seasons : 1;
	int64_t seasons = steps_before(f, row, place) / p;
	double sum = 0;
	bool real;

	if (seasons > wanted)
		seasons = wanted;
	for (int s = 1; s <= seasons; s++)
		sum += unit(f, row, place - s * p + k % p, &real);
	if (seasons > 0)
		return sum / seasons;
	return place >= p ? unit(f, row, place - 1, &real) : 0;
}

/* base, target and weight; *count gets the weights that must be 1. */
static bool
answers_agree(const fixture *f, int64_t rows, int64_t *count)
{
	const lf_batch *batch = &f->builder.batch;
	int H = f->network.horizon;
	int p = f->network.seasonal_skip;
	bool real;

	*count = 0;
	for (int a = 0; a < answers_of(f); a++)
		for (int64_t r = 0; r < rows; r++)
			for (int k = 0; k < H; k++)
			{
				int place = place_of(f, a);
				size_t at = ((size_t) a * rows + r) * H + k;
				double expected = unit(f, r, place + k, &real);
				bool sighted;

				/* what stands before the series cannot forecast it, what stands in a hole peeps */
				(void) unit(f, r, place - 1, &sighted);
				real &= sighted;
				*count += real;
				if (batch->weight[at] != real || (real && !near(batch->target[at], expected)) ||
					!isfinite(batch->target[at]))
					return false;
				if (p == 0)
					continue;
				if (!near(batch->base[at], naive(f, r, place, k)))
					return false;
			}
	return (batch->base != NULL) == (p > 0);
}

static void
test_definition(void)
{
	lf_random random = lf_random_seed(5, 0);
	int inputs = 0;
	int answers = 0;
	int counts = 0;
	int futures = 0;
	int restored = 0;
	int64_t zero = 0;
	const int rounds = 1500;

	for (int round = 0; round < rounds; round++)
	{
		fixture f;
		int64_t rows = 1 + lf_random_below(&random, ROWS);
		int64_t counted;
		int64_t expected;
		bool good = true;

		set_up(&f, &random);
		if (f.builder.spec.max_rows != ROWS)
			continue;

		/* A full batch first, so that what a smaller one leaves over would show. */
		lf_batch_fill(&f.builder, f.windows, ROWS, NULL);
		lf_batch_fill(&f.builder, f.windows, rows, &counted);
		inputs += inputs_agree(&f, rows);
		futures += future_agrees(&f, rows);
		answers += answers_agree(&f, rows, &expected);
		counts += counted == expected && lf_batch_count(&f.builder, f.windows, rows) == expected;
		zero += expected == 0;

		if (f.network.supervision == LF_SUPERVISION_LAST)
			for (int64_t r = 0; r < rows; r++)
			{
				const lf_series *series = &f.series[f.windows[r].series];

				for (int k = 0; k < f.network.horizon; k++)
				{
					double value = lf_batch_restore(&f.builder, r,
													f.builder.target[r * f.network.horizon + k]);

					if (f.windows[r].origin + k < series->length)
						good &= fabs(value / series->values[f.windows[r].origin + k] - 1) < 1e-5;
				}
			}
		restored += good;
		free(f.memory);
	}
	check(inputs == rounds, "patches and windows are as defined");
	check(futures == rounds, "future covariates stand by the answers' own steps");
	check(answers == rounds, "bases, targets and weights are as defined");
	check(counts == rounds && zero > 0, "counts agree, with and without filling");
	check(restored == rounds, "restored targets are the values");
}

static void
test_extremes(void)
{
	/* Units far outside what training saw stay finite in float, and restored values in double. */
	double values[12] = {1, 2, 1, 2, 1e300, -1e300, 1e300, 3, 0, 1, 2, 1};
	lf_series series[2] = {{.length = 12, .values = values}, {.length = 0}};
	lf_dataset dataset = {.count = 2, .series = series};
	lf_scaler scalers[2];
	lf_network_config network = {.cell = LF_CELL_GRU,
								 .hidden_size = 4,
								 .num_layers = 1,
								 .channels = 1,
								 .lookback = 6,
								 .horizon = 2,
								 .patch_length = 2,
								 .linear_skip = true,
								 .seasonal_skip = 2};
	bool finite = true;

	for (int n = 0; n < 6 * 3; n++)
	{
		lf_scaling_config scaling = {.normalization = (lf_normalization) (n % 6),
									 .transform = (lf_transform) (n / 6),
									 .season = 2};
		const lf_batch_spec spec = {.network = network,
									.scaling = scaling,
									.dataset = &dataset,
									.scalers = scalers,
									.max_rows = 2,
									.with_targets = true};
		lf_arena arena = lf_arena_measure();
		lf_batch_builder builder;
		void *memory;
		size_t bytes;

		lf_scaler_fit(&scalers[0], &scaling, &series[0], 4, 6);
		lf_scaler_fit(&scalers[1], &scaling, &series[1], 0, 6);
		lf_batch_layout(&builder, &spec, &arena);
		bytes = lf_arena_bytes(&arena);
		memory = malloc(bytes);
		arena = lf_arena_over(memory, bytes);
		lf_batch_layout(&builder, &spec, &arena);
		for (int64_t origin = 0; origin <= 12; origin++)
		{
			const lf_window windows[2] = {{.series = 0, .origin = origin}, {.series = 1}};
			lf_batch_fill(&builder, windows, 2, NULL);
			for (int i = 0; i < 12; i++)
				finite &= fabs(builder.patches[i]) <= 1.0001 * LF_LARGEST_UNIT;
			for (int i = 0; i < 4; i++)
				finite &= isfinite(builder.target[i]) && isfinite(builder.base[i]);
			for (int64_t row = 0; row < 2; row++)
				finite &= isfinite(lf_batch_restore(&builder, row, 3e38)) &&
						  isfinite(lf_batch_restore(&builder, row, -3e38)) &&
						  isfinite(lf_batch_restore(&builder, row, 1e300));
		}
		free(memory);
	}
	check(finite, "values of 1e300 and an empty series stay finite");
}

static void
test_overflow(void)
{
	const lf_dataset dataset = {0};
	const lf_scaling_config scaling = {.season = 1};
	const lf_network_config network = {.hidden_size = 4,
									   .num_layers = 1,
									   .channels = 1,
									   .lookback = 100000,
									   .horizon = 10000,
									   .patch_length = 1,
									   .supervision = LF_SUPERVISION_SEQUENCE};
	const lf_batch_spec spec = {.network = network,
								.scaling = scaling,
								.dataset = &dataset,
								.max_rows = INT64_MAX / 1000,
								.with_targets = true};
	lf_arena arena = lf_arena_measure();
	lf_batch_builder builder;

	lf_batch_layout(&builder, &spec, &arena);
	check(arena.overflow, "sizes that overflow are seen");
}

int
main(void)
{
	test_definition();
	test_extremes();
	test_overflow();
	return check_done();
}
