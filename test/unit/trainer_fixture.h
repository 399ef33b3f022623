/*
 * trainer_fixture.h
 *	  What the tests of training and forecasting share: a series, a heap that counts, a run.
 */
#ifndef TRAINER_FIXTURE_H
#define TRAINER_FIXTURE_H

#include "check.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "core/predictor.h"
#include "core/trainer.h"

#define LENGTH 600
#define SEASON 24
#define LOOKBACK 48
#define HORIZON 12
#define TAIL 150 /* steps for validation, and again for the test */

/* A series, and what it takes to train on it. */
typedef struct fixture
{
	double values[LENGTH];
	uint8_t observed[LENGTH];
	lf_series series;
	lf_dataset dataset;
	lf_scaler scaler;
	int64_t cumulative[2];
	lf_trainer_spec spec;
} fixture;

static inline void
fit(fixture *f)
{
	lf_scaler_fit(&f->scaler, &f->spec.scaling, &f->series, f->series.length - 2 * TAIL, LOOKBACK);
}

/* A sine of a season with noise, a small network that trains in well under a second. */
static inline void
set_up(fixture *f)
{
	lf_random random = lf_random_seed(1, 0);

	memset(f, 0, sizeof(*f));
	for (int i = 0; i < LENGTH; i++)
	{
		f->values[i] = 20 + 5 * sin(2 * M_PI * i / SEASON) + 0.5 * lf_random_normal(&random);
		f->observed[i] = 1;
	}
	f->series = (lf_series){.length = LENGTH, .values = f->values, .observed = f->observed};
	f->dataset = (lf_dataset){.count = 1, .series = &f->series};
	f->spec = (lf_trainer_spec){.network = {.cell = LF_CELL_LSTM,
											.hidden_size = 16,
											.num_layers = 1,
											.channels = 1,
											.lookback = LOOKBACK,
											.horizon = HORIZON,
											.patch_length = 6,
											.decoder = LF_DECODER_PARALLEL},
								.scaling = {.normalization = LF_NORMALIZE_MEAN, .season = SEASON},
								.training = {.loss = {.kind = LF_LOSS_MAE},
											 .optimizer = LF_OPTIMIZER_ADAM,
											 .learning_rate = 0.01,
											 .schedule = LF_SCHEDULE_COSINE,
											 .gradient_clip = 1,
											 .batch_size = 32,
											 .steps_per_epoch = 10,
											 .max_epochs = 12},
								.dataset = &f->dataset,
								.scalers = &f->scaler,
								.train = {.dataset = &f->dataset,
										  .lookback = LOOKBACK,
										  .horizon = HORIZON,
										  .min_history = LOOKBACK,
										  .from_end = -1,
										  .until_end = 2 * TAIL,
										  .cumulative = &f->cumulative[0]},
								.max_validation = 40,
								.kernels = lf_kernels_best()};
	f->spec.validation = f->spec.train;
	f->spec.validation.from_end = 2 * TAIL;
	f->spec.validation.until_end = TAIL;
	f->spec.validation.cumulative = &f->cumulative[1];
	lf_window_set_count(&f->spec.train);
	lf_window_set_count(&f->spec.validation);
	fit(f);
}

/* One block at a time, of exactly the bytes asked for, as far from aligned as malloc lets it be. */
typedef struct counting_heap
{
	int allocations;
	int open;
	size_t bytes;
	bool exhausted;
} counting_heap;

static inline void *
heap_allocate(void *context, size_t bytes)
{
	counting_heap *heap = context;
	char *block;

	heap->allocations++;
	heap->bytes = bytes;
	if (heap->exhausted)
		return NULL;
	heap->open++;
	block = malloc(bytes + 8);
	memset(block, 0x5a, bytes + 8);
	return block + 8;
}

static inline void
heap_release(void *context, void *block)
{
	counting_heap *heap = context;

	heap->open--;
	free((char *) block - 8);
}

static volatile sig_atomic_t flag;
static bool passing; /* the flag is worked through */

static bool
flag_ends(void)
{
	return !passing;
}

static const lf_interrupt_check flag_check = {.flag = &flag, .ends = flag_ends};

/* What a run gives: its status, weights and log are compared bit by bit. */
typedef struct outcome
{
	lf_status status;
	lf_error error;
	lf_trainer_progress progress;
	size_t count;
	lf_real *parameters;
	int log_count;
	lf_epoch *log;
	int64_t steps;
	int64_t interrupts;
	bool clean; /* one block, given back */
} outcome;

/* Copy what a trainer has come to into the outcome of its run. */
static inline void
take_outcome(const lf_trainer_spec *spec, const lf_trainer *trainer, outcome *result)
{
	lf_parameter_table table;
	const lf_epoch *log;

	lf_parameter_table_build(&spec->network, &table, NULL);
	result->progress = *lf_trainer_get_progress(trainer);
	result->count = table.total;
	result->parameters = malloc(result->count * sizeof(lf_real));
	memcpy(result->parameters, lf_trainer_parameters(trainer), result->count * sizeof(lf_real));
	result->log = calloc(lf_log_rows(spec->training.max_epochs), sizeof(lf_epoch));
	log = lf_trainer_log(trainer, &result->log_count);
	memcpy(result->log, log, result->log_count * sizeof(lf_epoch));
}

static inline void
on_alarm(int signal_number)
{
	(void) signal_number;
	flag = 1;
}

/* A timer that goes off some time within the step, at most so many microseconds from now, so that
 * the flag rises during its work; SIGALRM must be on_alarm's. */
static inline void
set_alarm(lf_random *random, uint64_t most)
{
	struct itimerval timer = {.it_value.tv_usec = 1 + lf_random_below(random, most)};

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Does the caller set the flag before this step? Called for every step. */
typedef bool (*disturbance)(int64_t step, lf_trainer *trainer, lf_random *random);

static inline outcome
run(const lf_trainer_spec *spec, disturbance disturb)
{
	counting_heap heap = {0};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_random random = lf_random_seed(3, 3);
	outcome result = {0};
	lf_trainer *trainer;

	flag = 0;
	passing = false;
	result.status = lf_trainer_create(spec, &allocator, &flag_check, &trainer, &result.error);
	if (result.status != LF_OK)
		return result;
	do
	{
		if (disturb != NULL && disturb(result.steps, trainer, &random))
			flag = 1;
		result.status = lf_trainer_step(trainer, &result.error);
		result.steps++;

		/* After an interrupt work through the flag once, or two interrupts could wait for each
		 * other. */
		passing = result.status == LF_INTERRUPTED;
		result.interrupts += passing;
		if (!passing)
			flag = 0;
	} while (result.status == LF_OK || result.status == LF_INTERRUPTED);

	take_outcome(spec, trainer, &result);
	lf_trainer_free(trainer);
	result.clean = heap.allocations == 1 && heap.open == 0;
	return result;
}

static inline void
drop(outcome *result)
{
	free(result->parameters);
	free(result->log);
}

static inline bool
same(const outcome *a, const outcome *b)
{
	return a->status == b->status && a->count == b->count && a->log_count == b->log_count &&
		   memcmp(a->parameters, b->parameters, a->count * sizeof(lf_real)) == 0 &&
		   memcmp(a->log, b->log, a->log_count * sizeof(lf_epoch)) == 0;
}

static inline bool
finite_parameters(const outcome *result)
{
	for (size_t i = 0; i < result->count; i++)
		if (!isfinite(result->parameters[i]))
			return false;
	return result->count > 0;
}

/* Forecasts of count windows, at most max_rows announced; false on failure. */
static inline bool
predict(const fixture *f, const lf_real *parameters, const lf_window *windows, int64_t count,
		int64_t max_rows, double *forecasts)
{
	counting_heap heap = {0};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_predictor_spec spec = {.network = f->spec.network,
							  .scaling = f->spec.scaling,
							  .dataset = &f->dataset,
							  .scalers = &f->scaler,
							  .parameters = parameters,
							  .loss = f->spec.training.loss,
							  .max_rows = max_rows,
							  .kernels = f->spec.kernels};
	lf_predictor *predictor;
	lf_error error;
	lf_status status;

	flag = 0;
	if (lf_predictor_create(&spec, &allocator, &flag_check, &predictor, &error) != LF_OK)
		return false;
	lf_predictor_begin(predictor, windows, count, forecasts, NULL);
	while ((status = lf_predictor_step(predictor, &error)) == LF_OK)
		continue;
	lf_predictor_free(predictor);
	return status == LF_DONE && heap.allocations == 1 && heap.open == 0;
}

#endif
