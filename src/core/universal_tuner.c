/*
 * universal_tuner.c
 *	  Goes on training a universal network on the series at hand.
 */
#include "universal_tuner.h"

#include <math.h>
#include <string.h>

#include "optimizer.h"
#include "random.h"
#include "universal_private.h"

#define ROWS 32         /* windows of a micro-batch */
#define MICRO_BATCHES 4 /* of a step */
#define LARGEST_GRADIENT 1.0
#define WEIGHT_DECAY 1e-4

struct lf_universal_tuner
{
	lf_universal_tuner_spec spec;
	lf_memory memory;
	lf_interrupt interrupt;
	lf_universal network;
	lf_optimizer optimizer;
	lf_random random;
	lf_real *parameters;
	lf_real *gradient; /* of a step, summed over micro-batches */
	lf_real *part;     /* of a micro-batch */
	int64_t *series;   /* (learnable): those that have a window */
	int64_t learnable;
	int64_t longest; /* steps that a window reads at most */
	int64_t group;   /* steps of one */
	int64_t future;  /* steps of the horizon, in whole groups */
	double *values;  /* (ROWS, longest + future) of a micro-batch's windows */
	uint8_t *observed;
	lf_universal_window windows[ROWS];
	int64_t step;
	int micro_batch; /* the next one of the step */
};

/* Steps of the future in whole groups. */
static int64_t
future_steps(const lf_universal_tuner_spec *spec)
{
	const int64_t group = lf_universal_group(spec->season);

	return (spec->horizon + group - 1) / group * group;
}

/*
 * The first and the last origin of a series' windows. All targets of a window lie before the tail,
 * or at least one where the series is too short for that. False: it has no window.
 */
static bool
origins_of(const lf_universal_tuner_spec *spec, int64_t number, int64_t *first, int64_t *last)
{
	const int64_t end = spec->dataset->series[number].length - spec->tail;

	*first = spec->history;
	*last = end - spec->horizon > spec->history ? end - spec->horizon : end - 1;
	return *last >= *first;
}

int64_t
lf_universal_tuner_series(const lf_universal_tuner_spec *spec)
{
	int64_t count = 0;
	int64_t first, last;

	for (int64_t i = 0; i < spec->dataset->count; i++)
		count += origins_of(spec, i, &first, &last);
	return count;
}

double
lf_universal_tuner_flops(const lf_universal_tuner_spec *spec)
{
	const lf_stack_shape shape = lf_universal_shape(&spec->config);
	const int64_t group = lf_universal_group(spec->season);
	int64_t longest = 0;

	for (int64_t i = 0; i < spec->dataset->count; i++)
		if (spec->dataset->series[i].length > longest)
			longest = spec->dataset->series[i].length;
	longest = longest / group < LF_UNIVERSAL_PAST ? longest / group : LF_UNIVERSAL_PAST;
	return ROWS * MICRO_BATCHES *
		   lf_stack_flops(&shape, (int) (longest + future_steps(spec) / group));
}

/* The tuner's arrays; while they are measured there is no memory but the tuner's own. */
static lf_status
layout(lf_universal_tuner *tuner, const lf_universal_tuner_spec *spec, lf_arena *arena,
	   lf_error *error)
{
	lf_status status;
	size_t count;

	tuner->group = lf_universal_group(spec->season);
	tuner->longest = lf_universal_memory(spec->season, spec->second);
	tuner->future = future_steps(spec);
	status = lf_universal_layout(&tuner->network, &spec->config, spec->kernels, ROWS,
								 (int) (tuner->future / tuner->group), tuner->longest,
								 tuner->future, true, arena, error);
	if (status != LF_OK)
		return status;
	count = tuner->network.table.total;
	lf_optimizer_layout(&tuner->optimizer, LF_OPTIMIZER_ADAMW, WEIGHT_DECAY, count, arena);
	tuner->parameters = lf_arena_take_reals(arena, count, 1, 1);
	tuner->gradient = lf_arena_take_reals(arena, count, 1, 1);
	tuner->part = lf_arena_take_reals(arena, count, 1, 1);
	tuner->series = lf_arena_take(arena, spec->dataset->count, sizeof(int64_t));
	tuner->values = lf_arena_take(arena, ROWS * (tuner->longest + tuner->future), sizeof(double));
	tuner->observed = lf_arena_take(arena, ROWS * (tuner->longest + tuner->future), 1);
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "fine-tuning needs more memory than there can be",
					   NULL, NULL);
	return LF_OK;
}

lf_status
lf_universal_tuner_bytes(const lf_universal_tuner_spec *spec, size_t *bytes, lf_error *error)
{
	lf_arena arena = lf_arena_measure();
	lf_universal_tuner measured = {.step = 0};
	lf_status status;

	lf_arena_take(&arena, 1, sizeof(lf_universal_tuner));
	status = layout(&measured, spec, &arena, error);
	*bytes = lf_arena_bytes(&arena);
	return status;
}

/* Note which series have a window. */
static void
survey(lf_universal_tuner *tuner)
{
	int64_t first, last;

	for (int64_t i = 0; i < tuner->spec.dataset->count; i++)
		if (origins_of(&tuner->spec, i, &first, &last))
			tuner->series[tuner->learnable++] = i;
}

lf_status
lf_universal_tuner_create(const lf_universal_tuner_spec *spec, const lf_allocator *allocator,
						  lf_interrupt interrupt, lf_universal_tuner **tuner, lf_error *error)
{
	lf_memory memory;
	size_t bytes;
	lf_status status = lf_universal_tuner_bytes(spec, &bytes, error);

	if (status == LF_OK)
		status = lf_memory_take(&memory, allocator, bytes, "Fine-tuning", error);
	if (status != LF_OK)
		return status;
	*tuner = lf_arena_take(&memory.arena, 1, sizeof(lf_universal_tuner));
	(*tuner)->spec = *spec;
	(*tuner)->interrupt = interrupt;
	(*tuner)->random = lf_random_seed(spec->seed, 0);
	status = layout(*tuner, spec, &memory.arena, error);
	(*tuner)->memory = memory;
	if (status != LF_OK)
	{
		lf_universal_tuner_free(*tuner);
		return status;
	}
	memcpy((*tuner)->parameters, spec->initial, (*tuner)->network.table.total * sizeof(lf_real));
	lf_universal_load(&(*tuner)->network, (*tuner)->parameters);
	survey(*tuner);
	return LF_OK;
}

/* A copy of a window's values, in which targets that are not known are not observed. */
static lf_universal_window
copy_window(const lf_universal_tuner *tuner, int row, int64_t number, int64_t origin)
{
	const lf_universal_tuner_spec *spec = &tuner->spec;
	const lf_series *series = &spec->dataset->series[number];
	const int64_t end = series->length - spec->tail;
	const int64_t length = origin < tuner->longest ? origin : tuner->longest;
	double *values = tuner->values + row * (tuner->longest + tuner->future);
	uint8_t *observed = tuner->observed + row * (tuner->longest + tuner->future);

	for (int64_t i = 0; i < length + tuner->future; i++)
	{
		const int64_t t = origin - length + i;
		const bool known = t < end && i < length + spec->horizon;

		values[i] = series->values[t < end ? t : end - 1];
		/* of the past, forecasts read filled steps as any others */
		observed[i] = i < length || (known && (!series->observed || series->observed[t]));
	}
	return (lf_universal_window){.values = values,
								 .observed = observed,
								 .length = length,
								 .season = spec->season,
								 .second = spec->second};
}

/* Draw a window, and whether its logarithms are read if that can be. */
static void
draw_window(lf_universal_tuner *tuner, int row)
{
	const int64_t number =
		tuner->series[lf_random_below(&tuner->random, (uint64_t) tuner->learnable)];
	lf_universal_window *window = &tuner->windows[row];
	int64_t first, last;

	origins_of(&tuner->spec, number, &first, &last);
	*window = copy_window(
		tuner, row, number,
		first + (int64_t) lf_random_below(&tuner->random, (uint64_t) (last - first + 1)));
	window->logs = lf_random_below(&tuner->random, 2) == 1;
	for (int64_t i = 0; i < window->length + tuner->future && window->logs; i++)
		window->logs = window->values[i] > 0;
}

/* The gradient of the next micro-batch, added to the step's. */
static lf_status
do_micro_batch(lf_universal_tuner *tuner)
{
	const lf_random before = tuner->random;
	const int groups = (int) (tuner->future / tuner->group);
	double loss;
	lf_status status;

	for (int row = 0; row < ROWS; row++)
		draw_window(tuner, row);
	lf_universal_read(&tuner->network, tuner->windows, ROWS, tuner->group, groups, true);
	status = lf_universal_gradient(&tuner->network, 1.0 / (ROWS * MICRO_BATCHES * groups),
								   tuner->part, &loss, tuner->interrupt);
	if (status != LF_OK)
	{
		tuner->random = before;
		return status;
	}
	for (size_t i = 0; i < tuner->network.table.total; i++)
		tuner->gradient[i] = (tuner->micro_batch > 0 ? tuner->gradient[i] : 0) + tuner->part[i];
	tuner->micro_batch++;
	return LF_OK;
}

lf_status
lf_universal_tuner_step(lf_universal_tuner *tuner, lf_error *error)
{
	const lf_universal_tuner_spec *spec = &tuner->spec;
	const size_t count = tuner->network.table.total;

	if (tuner->learnable == 0)
		return lf_fail(error, LF_ERROR_DATA, "no series has a window to learn from", NULL, NULL);
	if (tuner->step == spec->steps)
		return LF_DONE;
	if (tuner->micro_batch < MICRO_BATCHES)
		return do_micro_batch(tuner);
	if (!isfinite(lf_gradient_clip(tuner->gradient, count, LARGEST_GRADIENT)))
		return lf_fail(error, LF_ERROR_DIVERGED, "fine-tuning diverged", NULL, NULL);
	lf_optimizer_update(&tuner->optimizer,
						lf_schedule_rate(LF_SCHEDULE_COSINE, spec->rate, tuner->step, spec->steps),
						tuner->gradient, tuner->parameters);
	lf_universal_load(&tuner->network, tuner->parameters);
	tuner->micro_batch = 0;
	tuner->step++;
	return LF_OK;
}

int64_t
lf_universal_tuner_steps(const lf_universal_tuner *tuner)
{
	return tuner->step;
}

const lf_real *
lf_universal_tuner_parameters(const lf_universal_tuner *tuner)
{
	return tuner->parameters;
}

void
lf_universal_tuner_free(lf_universal_tuner *tuner)
{
	if (tuner != NULL)
		lf_memory_release(&tuner->memory);
}
