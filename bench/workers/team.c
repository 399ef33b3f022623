/*
 * team.c
 *	  How one training divides among processes, without a server: speed and waiting.
 *
 *		team PROCESSES STEPS BATCH LOOKBACK HORIZON PATCH HIDDEN INPUTS
 *
 * Prints "milliseconds a step, milliseconds of the processors' time a step that all
 * processes work, share of the processes' time that they wait for each other,
 * micro-batches of a batch".
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/trainer.h"

#define LENGTH 4000
#define MOST 64

/* What a process reports, in shared memory. */
typedef struct report
{
	double seconds;
	double waited;
	double worked; /* of the processor's time, without that of waiting */
	int64_t steps;
	int failed;
} report;

static double
clock_seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static void *
allocate(void *context, size_t bytes)
{
	(void) context;
	return malloc(bytes);
}

static void
release(void *context, void *block)
{
	(void) context;
	free(block);
}

static void *
share(size_t bytes)
{
	void *pages =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, (off_t) 0);

	if (pages == MAP_FAILED)
		abort();
	return pages;
}

/* Train to the end; the clock starts with the first batch. */
static void
train(const lf_trainer_spec *spec, report *result)
{
	lf_allocator allocator = {allocate, release, NULL};
	lf_trainer *trainer;
	lf_error error;
	lf_status status = lf_trainer_create(spec, &allocator, NULL, &trainer, &error);
	double begin = 0;

	result->failed = 1;
	if (status != LF_OK)
		return;
	do
	{
		double before = clock_seconds(CLOCK_MONOTONIC);
		double worked = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);

		status = lf_trainer_step(trainer, &error);
		if (begin > 0 && status == LF_WAITING)
			result->waited += clock_seconds(CLOCK_MONOTONIC) - before;
		else if (begin > 0)
			result->worked += clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - worked;
		if (begin == 0 && lf_trainer_get_progress(trainer)->step > 0)
			begin = clock_seconds(CLOCK_MONOTONIC);
	} while (status == LF_OK || status == LF_WAITING);
	result->seconds = clock_seconds(CLOCK_MONOTONIC) - begin;
	result->steps = lf_trainer_get_progress(trainer)->step - 1;
	result->failed = status != LF_DONE;
	lf_trainer_free(trainer);
}

int
main(int argc, char **argv)
{
	static double values[LENGTH];
	static float covariates[LENGTH * 64];
	int number[8];
	int64_t cumulative;
	lf_series series = {.length = LENGTH, .values = values, .covered = LENGTH};
	lf_dataset dataset = {.count = 1, .series = &series};
	lf_scaler scaler;
	report *reports = share(MOST * sizeof(report));
	double waited = 0;
	double worked = 0;
	double seconds = 0;

	if (argc != 9)
		return 2;
	for (int i = 0; i < 8; i++)
		number[i] = atoi(argv[i + 1]);
	if (number[0] < 1 || number[0] > MOST || number[7] < 1 || number[7] > 64)
		return 2;
	for (int i = 0; i < LENGTH; i++)
		values[i] = sin(0.2618 * i) + 0.1 * sin((double) i * i);
	for (int i = 0; i < LENGTH * 64; i++)
		covariates[i] = (float) sin(0.37 * i);
	if (number[7] > 1)
		series.covariates = covariates;

	lf_trainer_spec spec = {
		.network = {.cell = LF_CELL_LSTM,
					.hidden_size = number[6],
					.num_layers = 1,
					.channels = number[7],
					.lookback = number[3],
					.horizon = number[4],
					.patch_length = number[5],
					.decoder = number[5] > 1 ? LF_DECODER_PARALLEL : LF_DECODER_DIRECT,
					.linear_skip = true},
		.scaling = {.normalization = LF_NORMALIZE_MEAN, .season = 24},
		.training = {.loss = {.kind = LF_LOSS_MAE},
					 .optimizer = LF_OPTIMIZER_ADAM,
					 .learning_rate = 0.001,
					 .gradient_clip = 1,
					 .batch_size = number[2],
					 .steps_per_epoch = number[1] + 1,
					 .max_epochs = 1},
		.dataset = &dataset,
		.scalers = &scaler,
		.train = {.dataset = &dataset,
				  .lookback = number[3],
				  .horizon = number[4],
				  .min_history = number[3],
				  .from_end = -1,
				  .cumulative = &cumulative},
		.kernels = lf_kernels_best()};
	lf_window_set_count(&spec.train);
	lf_scaler_fit(&scaler, &spec.scaling, &series, LENGTH, number[3]);
	if (number[0] > 1)
	{
		lf_error error;

		spec.team.processes = number[0];
		if (lf_trainer_shared_bytes(&spec, &spec.team.bytes, &error) != LF_OK)
			return 1;
		spec.team.memory = share(spec.team.bytes);
		spec.team.board = share(sizeof(lf_trainer_board));
	}
	for (int i = 1; i < number[0]; i++)
		if (fork() == 0)
		{
			train(&spec, &reports[i]);
			_exit(0);
		}
	train(&spec, &reports[0]);
	while (wait(NULL) > 0)
		continue;
	for (int i = 0; i < number[0]; i++)
	{
		waited += reports[i].waited;
		worked += reports[i].worked;
		seconds += reports[i].seconds;
		if (reports[i].failed)
			return 1;
	}
	printf("%.4f %.4f %.4f %lld\n", 1e3 * reports[0].seconds / (double) reports[0].steps,
		   1e3 * worked / (double) reports[0].steps, waited / seconds,
		   (long long) lf_trainer_micro_batches(&spec));
	return 0;
}
