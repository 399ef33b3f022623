/*
 * test_universal_tuner.c
 *	  Fine-tuning of a universal network: what it learns, from what, and that it is the same each
 *	  time.
 *
 * The series follow a law that no guide has: each step is the mirror image of the one before it,
 * about a level of 50, with noise. Fresh weights forecast what the guides say.
 */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/universal_tuner.h"
#include "universal_fixture.h"

#define SERIES 12
#define LENGTH 400 /* room; series are as long as a test says */
#define USUAL 60
#define TAIL 6
#define HORIZON 3
#define HISTORY 12

typedef struct fixture
{
	universal_fixture universal; /* whose weights are tuned, and which forecasts */
	double values[SERIES][LENGTH];
	uint8_t observed[LENGTH];
	lf_series series[SERIES];
	lf_dataset dataset;
	lf_universal_tuner_spec spec;
	size_t asked; /* bytes */
	int blocks;
} fixture;

static void *
heap_allocate(void *context, size_t bytes)
{
	fixture *f = context;

	f->asked = bytes;
	f->blocks++;
	return malloc(bytes);
}

static void
heap_release(void *context, void *block)
{
	fixture *f = context;

	f->blocks--;
	free(block);
}

static void *
heap_empty(void *context, size_t bytes)
{
	(void) context;
	(void) bytes;
	return NULL;
}

static void
fixture_open(fixture *f)
{
	const universal_request request = {.season = 1, .rows = 2 * SERIES, .groups = HORIZON};
	lf_random random = lf_random_seed(3, 0);

	memset(f, 0, sizeof(*f));
	universal_fixture_open(&f->universal, &universal_small, lf_kernels_best(), &request, 0);
	for (int i = 0; i < SERIES; i++)
	{
		double distance = 10 + 5 * lf_random_uniform(&random);

		for (int t = 0; t < LENGTH; t++, distance = -distance)
			f->values[i][t] = 50 + distance + 0.3 * lf_random_normal(&random);
		f->series[i] = (lf_series){.length = USUAL, .values = f->values[i]};
	}
	f->dataset = (lf_dataset){.count = SERIES, .series = f->series};
	f->spec = (lf_universal_tuner_spec){.config = universal_small,
										.dataset = &f->dataset,
										.season = 1,
										.horizon = HORIZON,
										.tail = TAIL,
										.history = HISTORY,
										.initial = f->universal.parameters,
										.kernels = lf_kernels_best(),
										.steps = 3,
										.rate = 5e-3,
										.seed = 1};
}

static size_t
count_of(const fixture *f)
{
	return f->universal.network.table.total;
}

/* Run a tuner to its end; its weights are the caller's to free, NULL where it does not end well. */
static lf_real *
tune(fixture *f, lf_interrupt interrupt, int *interrupted)
{
	const lf_allocator allocator = {heap_allocate, heap_release, f};
	lf_real *weights = NULL;
	lf_universal_tuner *tuner;
	lf_error error;
	lf_status status = lf_universal_tuner_create(&f->spec, &allocator, interrupt, &tuner, &error);

	if (status != LF_OK)
		return NULL;
	do
	{
		status = lf_universal_tuner_step(tuner, &error);
		if (status == LF_INTERRUPTED)
			(*interrupted)++;
	} while (status == LF_OK || status == LF_INTERRUPTED);
	if (status == LF_DONE && lf_universal_tuner_steps(tuner) == f->spec.steps)
	{
		weights = malloc(count_of(f) * sizeof(lf_real));
		memcpy(weights, lf_universal_tuner_parameters(tuner), count_of(f) * sizeof(lf_real));
	}
	lf_universal_tuner_free(tuner);
	return weights;
}

/* The largest change of a weight; infinite where one is not finite, or there are none. */
static double
change_of(const fixture *f, const lf_real *weights)
{
	double largest = 0;

	for (size_t i = 0; weights != NULL && i < count_of(f); i++)
		largest = isfinite(weights[i])
					  ? fmax(largest, fabs((double) weights[i] - f->universal.parameters[i]))
					  : INFINITY;
	return weights != NULL ? largest : INFINITY;
}

static bool
equal(const fixture *f, const lf_real *a, const lf_real *b)
{
	return a != NULL && b != NULL && memcmp(a, b, count_of(f) * sizeof(lf_real)) == 0;
}

/* The mean error of forecasts of the tail's first steps. */
static double
error_of(fixture *f, const lf_real *weights)
{
	lf_universal_window windows[SERIES];
	double forecasts[SERIES * HORIZON];
	double sum = 0;

	lf_universal_load(&f->universal.network, weights);
	for (int i = 0; i < SERIES; i++)
		windows[i] = (lf_universal_window){
			.values = f->values[i], .length = USUAL - TAIL + i % 2, .season = 1};
	lf_universal_forecast(&f->universal.network, windows, SERIES, HORIZON, false, 0, NULL,
						  forecasts, NULL, NULL);
	for (int i = 0; i < SERIES; i++)
		for (int k = 0; k < HORIZON; k++)
			sum += fabs(forecasts[i * HORIZON + k] - f->values[i][windows[i].length + k]);
	return sum / (SERIES * HORIZON);
}

static void
test_learns(void)
{
	fixture f;
	lf_real *weights;
	double before;
	double after;

	fixture_open(&f);
	before = error_of(&f, f.universal.parameters);
	f.spec.steps = 150;
	weights = tune(&f, NULL, NULL);
	after = weights != NULL ? error_of(&f, weights) : INFINITY;
	/* forecasts go half of the way that the network says */
	check(before > 10 && after < 0.6 * before, "a law that it did not know is learned (%g to %g)",
		  before, after);
	free(weights);
	universal_fixture_close(&f.universal);
}

static volatile sig_atomic_t flag = 1;
static int64_t looks;
static int64_t next_end;

/* End the work at the second look, the fourth, the eighth ... */
static bool
ends(void)
{
	if (++looks < next_end)
		return false;
	next_end *= 2;
	return true;
}

static void
test_same_bits(void)
{
	const lf_interrupt_check check_flag = {.flag = &flag, .ends = ends};
	fixture f;
	lf_real *once, *again, *other;
	int interrupted = 0;

	fixture_open(&f);
	once = tune(&f, NULL, NULL);
	again = tune(&f, NULL, NULL);
	check(equal(&f, once, again), "the same input gives the same bits");
	free(again);
	looks = 0;
	next_end = 2;
	again = tune(&f, &check_flag, &interrupted);
	check(equal(&f, once, again) && interrupted > 3, "so does one that was interrupted %d times",
		  interrupted);
	f.spec.seed = 2;
	other = tune(&f, NULL, NULL);
	check(other != NULL && !equal(&f, once, other), "another seed draws other windows");
	f.spec.seed = 1;
	for (int i = 0; i < SERIES; i++)
		for (int t = USUAL - TAIL; t < USUAL; t++)
			f.values[i][t] = 1e6;
	free(other);
	other = tune(&f, NULL, NULL);
	check(equal(&f, once, other), "the tail is not read");
	free(once);
	free(again);
	free(other);
	universal_fixture_close(&f.universal);
}

/* A step of AdamW is no larger than its rate and what decays; without a step there is no change. */
static void
test_steps(void)
{
	fixture f;
	lf_real *weights;

	fixture_open(&f);
	f.spec.steps = 0;
	weights = tune(&f, NULL, NULL);
	check(change_of(&f, weights) == 0, "no step changes nothing");
	free(weights);
	f.spec.steps = 1;
	weights = tune(&f, NULL, NULL);
	check(change_of(&f, weights) > 0 && change_of(&f, weights) < 1.01 * f.spec.rate,
		  "one step is as large as the rate (%g)", change_of(&f, weights));
	free(weights);
	/* nothing to learn from: what is left is the decay of the weights */
	for (int i = 0; i < SERIES; i++)
		f.series[i].observed = f.observed;
	weights = tune(&f, NULL, NULL);
	check(change_of(&f, weights) < 1e-3 * f.spec.rate, "filled steps are no targets (%g)",
		  change_of(&f, weights));
	free(weights);
	universal_fixture_close(&f.universal);
}

/* Which series have a window. */
static void
test_short_series(void)
{
	const lf_allocator allocator = {heap_allocate, heap_release, NULL};
	lf_allocator own = allocator;
	lf_universal_tuner *tuner;
	lf_error error;
	fixture f;
	lf_real *weights;

	fixture_open(&f);
	own.context = &f;
	for (int i = 0; i < SERIES; i++)
		f.series[i].length = i;
	check(lf_universal_tuner_series(&f.spec) == 0, "shorter than tail and history: none");
	check(lf_universal_tuner_create(&f.spec, &own, NULL, &tuner, &error) == LF_OK &&
			  lf_universal_tuner_step(tuner, &error) == LF_ERROR_DATA,
		  "without any there is an error");
	lf_universal_tuner_free(tuner);
	f.series[3].length = TAIL + HISTORY;
	check(lf_universal_tuner_series(&f.spec) == 0, "a window has a target");
	f.series[3].length++;
	check(lf_universal_tuner_series(&f.spec) == 1, "one step more is one");
	weights = tune(&f, NULL, NULL);
	check(isfinite(change_of(&f, weights)), "it is enough to learn from");
	free(weights);
	f.dataset.count = 0;
	check(lf_universal_tuner_series(&f.spec) == 0, "no series, no window");
	check(f.blocks == 0, "all memory is given back");
	universal_fixture_close(&f.universal);
}

/* Long seasons are read in groups, two of them together; values may be of any size and sign. */
static void
test_shapes(void)
{
	static const struct
	{
		int64_t season, second, horizon;
		double size;
	} shapes[] = {{1, 0, 3, -1e-6}, {4, 0, 9, 1e9}, {24, 168, 30, 1}, {130, 0, 50, 1}};
	fixture f;

	for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++)
	{
		size_t bytes;
		lf_error error;
		lf_real *weights;

		fixture_open(&f);
		for (int i = 0; i < SERIES; i++)
			f.series[i].length = LENGTH;
		f.spec.season = shapes[k].season;
		f.spec.second = shapes[k].second;
		f.spec.horizon = shapes[k].horizon;
		for (int i = 0; i < SERIES; i++)
			for (int t = 0; t < LENGTH; t++)
				f.values[i][t] *= shapes[k].size;
		lf_universal_tuner_bytes(&f.spec, &bytes, &error);
		weights = tune(&f, NULL, NULL);
		check(change_of(&f, weights) > 0 && isfinite(change_of(&f, weights)) && f.asked == bytes,
			  "season %d, horizon %d, size %g: tuned in %zu bytes", (int) f.spec.season,
			  (int) f.spec.horizon, shapes[k].size, bytes);
		check(lf_universal_tuner_flops(&f.spec) > 0, "its work is known");
		free(weights);
		universal_fixture_close(&f.universal);
	}
}

static void
test_no_memory(void)
{
	const lf_allocator allocator = {heap_empty, heap_release, NULL};
	lf_universal_tuner *tuner;
	lf_error error;
	fixture f;

	fixture_open(&f);
	check(lf_universal_tuner_create(&f.spec, &allocator, NULL, &tuner, &error) == LF_ERROR_MEMORY,
		  "without memory there is an error");
	lf_universal_tuner_free(NULL);
	universal_fixture_close(&f.universal);
}

int
main(void)
{
	test_learns();
	test_same_bits();
	test_steps();
	test_short_series();
	test_shapes();
	test_no_memory();
	return check_done();
}
