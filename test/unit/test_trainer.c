/*
 * test_trainer.c
 *	  Training and forecasting as a whole: what is learned, to the bit the same each time,
 *	  interrupted or not, within the memory that was announced.
 */
#include "check.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "core/ensemble.h"
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

static void
fit(fixture *f)
{
	lf_scaler_fit(&f->scaler, &f->spec.scaling, &f->series, f->series.length - 2 * TAIL, LOOKBACK);
}

/* A sine of a season with noise, a small network that trains in well under a second. */
static void
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
								.training = {.loss = LF_LOSS_MAE,
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

static void *
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

static void
heap_release(void *context, void *block)
{
	counting_heap *heap = context;

	heap->open--;
	free((char *) block - 8);
}

static volatile sig_atomic_t flag;

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

/* Does the caller set the flag before this step? Called for every step. */
typedef bool (*disturbance)(int64_t step, lf_trainer *trainer, lf_random *random);

static outcome
run(const lf_trainer_spec *spec, disturbance disturb)
{
	counting_heap heap = {0};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_random random = lf_random_seed(3, 3);
	lf_parameter_table table;
	outcome result = {0};
	const lf_epoch *log;
	lf_trainer *trainer;
	bool ignore = false;

	flag = 0;
	result.status = lf_trainer_create(spec, &allocator, &flag, &trainer, &result.error);
	if (result.status != LF_OK)
		return result;
	do
	{
		if (disturb != NULL && disturb(result.steps, trainer, &random))
			flag = 1;
		result.status = lf_trainer_step(trainer, ignore, &result.error);
		result.steps++;

		/* After an interrupt work through the flag once, or two interrupts could wait for each
		 * other. */
		ignore = result.status == LF_INTERRUPTED;
		result.interrupts += ignore;
		if (!ignore)
			flag = 0;
	} while (result.status == LF_OK || result.status == LF_INTERRUPTED);

	result.progress = *lf_trainer_get_progress(trainer);
	lf_parameter_table_build(&spec->network, &table, NULL);
	result.count = table.total;
	result.parameters = malloc(result.count * sizeof(lf_real));
	memcpy(result.parameters, lf_trainer_parameters(trainer), result.count * sizeof(lf_real));
	result.log = calloc(spec->training.max_epochs, sizeof(lf_epoch));
	log = lf_trainer_log(trainer, &result.log_count);
	memcpy(result.log, log, result.log_count * sizeof(lf_epoch));
	lf_trainer_free(trainer);
	result.clean = heap.allocations == 1 && heap.open == 0;
	return result;
}

static void
drop(outcome *result)
{
	free(result->parameters);
	free(result->log);
}

static bool
same(const outcome *a, const outcome *b)
{
	return a->status == b->status && a->count == b->count && a->log_count == b->log_count &&
		   memcmp(a->parameters, b->parameters, a->count * sizeof(lf_real)) == 0 &&
		   memcmp(a->log, b->log, a->log_count * sizeof(lf_epoch)) == 0;
}

static bool
finite_parameters(const outcome *result)
{
	for (size_t i = 0; i < result->count; i++)
		if (!isfinite(result->parameters[i]))
			return false;
	return result->count > 0;
}

/* Forecasts of count windows, at most max_rows announced; false on failure. */
static bool
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
							  .max_rows = max_rows,
							  .kernels = f->spec.kernels};
	lf_predictor *predictor;
	lf_error error;
	lf_status status;

	flag = 0;
	if (lf_predictor_create(&spec, &allocator, &flag, &predictor, &error) != LF_OK)
		return false;
	lf_predictor_begin(predictor, windows, count, forecasts);
	while ((status = lf_predictor_step(predictor, false, &error)) == LF_OK)
		continue;
	lf_predictor_free(predictor);
	return status == LF_DONE && heap.allocations == 1 && heap.open == 0;
}

/* Mean absolute errors of the network and of the seasonal naive forecast on the last TAIL steps. */
static void
test_errors(fixture *f, const outcome *result, double *network, double *naive)
{
	double forecast[HORIZON];
	int64_t count = TAIL - HORIZON + 1;
	lf_window *windows = malloc(sizeof(lf_window) * count);
	double *forecasts = malloc(sizeof(double) * count * HORIZON);
	bool good;

	for (int64_t i = 0; i < count; i++)
		windows[i] = (lf_window){.series = 0, .origin = LENGTH - TAIL + i};
	good = predict(f, result->parameters, windows, count, count, forecasts);
	*network = *naive = 0;
	for (int64_t i = 0; i < count; i++)
	{
		lf_naive_forecast(f->values, windows[i].origin, SEASON, HORIZON, forecast);
		for (int k = 0; k < HORIZON; k++)
		{
			double actual = f->values[windows[i].origin + k];

			*network += fabs(forecasts[i * HORIZON + k] - actual) / (count * HORIZON);
			*naive += fabs(forecast[k] - actual) / (count * HORIZON);
		}
	}
	if (!good)
		*network = INFINITY;
	free(windows);
	free(forecasts);
}

static void
test_learning(void)
{
	static const char *const names[] = {"LSTM", "GRU", "RNN"};
	fixture f;
	double network;
	double naive;

	set_up(&f);
	for (int cell = 0; cell < 3; cell++)
	{
		const lf_epoch *last;
		outcome result;

		f.spec.network.cell = (lf_cell_kind) cell;
		f.spec.training.max_epochs = cell == LF_CELL_RNN ? 30 : 12;
		result = run(&f.spec, NULL);
		test_errors(&f, &result, &network, &naive);
		check(result.status == LF_DONE && result.clean, "%s trains, in one block of memory",
			  names[cell]);
		check(network < 0.85 * naive, "%s: MAE %.3f, seasonal naive %.3f, noise %.3f", names[cell],
			  network, naive, 0.5 * sqrt(2 / M_PI));
		last = &result.log[result.log_count - 1];
		check(result.log_count == f.spec.training.max_epochs &&
				  result.progress.epoch == result.log_count && last->epoch == result.log_count &&
				  result.progress.step == 10 * result.log_count &&
				  result.progress.train_loss == last->train_loss &&
				  last->train_loss < 0.3 * result.log[0].train_loss && last->learning_rate < 0.001,
			  "%s: the log tells", names[cell]);
		drop(&result);
	}

	/* The classical network: step by step, many to many. */
	f.spec.network.cell = LF_CELL_LSTM;
	f.spec.training.max_epochs = 12;
	f.spec.network.patch_length = 1;
	f.spec.network.decoder = LF_DECODER_DIRECT;
	f.spec.network.supervision = LF_SUPERVISION_SEQUENCE;
	outcome result = run(&f.spec, NULL);
	test_errors(&f, &result, &network, &naive);
	check(result.status == LF_DONE && network < 0.95 * naive,
		  "many to many: MAE %.3f, seasonal naive %.3f", network, naive);
	drop(&result);
}

static bool
at_random(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) step;
	(void) trainer;
	return lf_random_below(random, 2) == 0;
}

static void
on_alarm(int signal_number)
{
	(void) signal_number;
	flag = 1;
}

/* A timer that goes off some time within the step, so that the flag rises during its work. */
static bool
by_timer(int64_t step, lf_trainer *trainer, lf_random *random)
{
	struct itimerval timer = {.it_value.tv_usec = 1 + lf_random_below(random, 6000)};

	(void) step;
	(void) trainer;
	setitimer(ITIMER_REAL, &timer, NULL);
	return false;
}

static void
test_determinism(void)
{
	fixture f;

	set_up(&f);
	f.spec.network.num_layers = 2;
	f.spec.network.dropout = 0.3;
	f.spec.network.bidirectional = true;
	f.spec.network.seasonal_skip = SEASON;
	f.spec.network.linear_skip = true;
	f.spec.training.max_epochs = 4;

	outcome first = run(&f.spec, NULL);
	outcome second = run(&f.spec, NULL);
	check(first.status == LF_DONE && same(&first, &second), "two runs give the same bits");
	drop(&second);

	second = run(&f.spec, at_random);
	check(same(&first, &second) && second.interrupts > 10,
		  "%lld interrupts before steps change no bit", (long long) second.interrupts);
	drop(&second);

	f.spec.training.seed = 1;
	second = run(&f.spec, NULL);
	check(second.status == LF_DONE && !same(&first, &second), "another seed, other weights");
	drop(&second);
	drop(&first);
}

static void
test_interrupts(void)
{
	fixture f;

	/* Steps of some milliseconds, so that the timer finds them between drawing dropout and the end.
	 */
	set_up(&f);
	f.spec.network.hidden_size = 64;
	f.spec.network.num_layers = 3;
	f.spec.network.dropout = 0.3;
	f.spec.network.patch_length = 2;
	f.spec.training.batch_size = 64;
	f.spec.training.max_epochs = 4;

	signal(SIGALRM, on_alarm);
	outcome first = run(&f.spec, NULL);
	outcome second = run(&f.spec, by_timer);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	signal(SIGALRM, SIG_DFL);
	note("%lld interrupts in %lld steps", (long long) second.interrupts, (long long) second.steps);
	check(first.status == LF_DONE && same(&first, &second) && second.interrupts > 0,
		  "interrupts by a timer, in the middle of work, change no bit");
	drop(&first);
	drop(&second);
}

static void
test_early_stopping(void)
{
	fixture f;
	int best = 0;

	/* Few windows and a large rate: it overfits soon. A constant rate makes runs comparable. */
	set_up(&f);
	f.spec.train.from_end = 2 * TAIL + 40;
	f.spec.scaling.normalization = LF_NORMALIZE_STANDARD;
	lf_window_set_count(&f.spec.train);
	f.spec.training.schedule = LF_SCHEDULE_CONSTANT;
	f.spec.training.max_epochs = 100;
	f.spec.training.steps_per_epoch = 5;
	f.spec.training.patience = 4;

	outcome stopped = run(&f.spec, NULL);
	for (int i = 1; i < stopped.log_count; i++)
		if (stopped.log[i].validation_loss < stopped.log[best].validation_loss)
			best = i;
	check(stopped.status == LF_DONE && stopped.progress.best_epoch == best + 1 &&
			  stopped.progress.best_validation == stopped.log[best].validation_loss,
		  "the best epoch is the one of the least validation loss: %d", best + 1);
	check(stopped.log_count == best + 1 + 4 && stopped.log_count < 100,
		  "training stops when patience ends: after %d epochs", stopped.log_count);

	/* The weights are those of a run that ends with the best epoch. */
	f.spec.training.max_epochs = best + 1;
	f.spec.training.patience = 0;
	f.spec.validation.count = 0;
	outcome shorter = run(&f.spec, NULL);
	check(shorter.status == LF_DONE &&
			  memcmp(shorter.parameters, stopped.parameters, stopped.count * sizeof(lf_real)) == 0,
		  "the best epoch's weights are kept");
	check(shorter.progress.best_epoch == 0 && isnan(shorter.progress.best_validation) &&
			  isnan(shorter.log[0].validation_loss),
		  "without validation the last weights are kept");
	drop(&shorter);
	drop(&stopped);
}

static void
test_divergence(void)
{
	fixture f;

	set_up(&f);
	f.spec.network.linear_skip = true;
	f.spec.training.loss = LF_LOSS_MSE;
	f.spec.training.optimizer = LF_OPTIMIZER_SGD;
	f.spec.training.schedule = LF_SCHEDULE_CONSTANT;
	f.spec.training.learning_rate = 1e6;
	f.spec.training.gradient_clip = 0;
	outcome result = run(&f.spec, NULL);
	check(result.status == LF_ERROR_DIVERGED && strstr(result.error.detail, "epoch 1") != NULL &&
			  strstr(result.error.hint, "learning_rate") != NULL,
		  "divergence is reported: %s", result.error.detail);
	drop(&result);

	/* The last update of a run without validation: no loss follows it. */
	f.spec.scaling.normalization = LF_NORMALIZE_NONE;
	f.spec.training.learning_rate = 1e37;
	f.spec.training.max_epochs = f.spec.training.steps_per_epoch = 1;
	f.spec.validation.count = 0;
	result = run(&f.spec, NULL);
	check(result.status == LF_ERROR_DIVERGED && strstr(result.error.detail, "weights") != NULL,
		  "divergence in the last step is reported: %s", result.error.detail);
	drop(&result);
}

static void
test_memory(void)
{
	fixture f;
	counting_heap heap = {.exhausted = true};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_trainer *trainer;
	lf_error error;
	size_t bytes;
	size_t few;

	set_up(&f);
	check(lf_trainer_bytes(&f.spec, &bytes, &error) == LF_OK &&
			  lf_trainer_create(&f.spec, &allocator, NULL, &trainer, &error) == LF_ERROR_MEMORY &&
			  trainer == NULL && heap.bytes == bytes && heap.open == 0,
		  "no memory: an error with the bytes that were announced (%zu)", bytes);

	f.spec.train.count = INT64_C(1000000000000);
	check(lf_trainer_bytes(&f.spec, &few, &error) == LF_OK && few == bytes,
		  "memory does not grow with the number of windows");
	f.spec.network.lookback = 99996;
	f.spec.network.supervision = LF_SUPERVISION_SEQUENCE;
	f.spec.network.horizon = 10000;
	f.spec.network.hidden_size = 1024;
	f.spec.network.num_layers = 8;
	f.spec.training.batch_size = 1 << 30;
	check(lf_trainer_bytes(&f.spec, &bytes, &error) == LF_OK ||
			  lf_trainer_bytes(&f.spec, &bytes, &error) == LF_ERROR_LIMIT,
		  "the largest sizes are counted or refused");

	set_up(&f);
	f.spec.network.patch_length = 7;
	check(lf_trainer_create(&f.spec, &allocator, NULL, &trainer, &error) == LF_ERROR_CONFIG &&
			  error.message[0] != '\0',
		  "an impossible configuration: %s", error.message);
	set_up(&f);
	f.spec.training.batch_size = 0;
	check(lf_trainer_bytes(&f.spec, &bytes, &error) == LF_ERROR_CONFIG, "an empty batch");
	set_up(&f);
	f.spec.training.learning_rate = NAN;
	check(lf_trainer_bytes(&f.spec, &bytes, &error) == LF_ERROR_CONFIG, "no learning rate");
	set_up(&f);
	f.spec.train.count = 0;
	check(lf_trainer_bytes(&f.spec, &bytes, &error) == LF_ERROR_DATA, "no window: %s",
		  error.message);
}

static void
test_batches(void)
{
	fixture f;
	double drift = 0;

	/* With next to no learning, epochs that see every window once have the same loss. */
	set_up(&f);
	f.spec.train.from_end = 2 * TAIL + 100 + HORIZON - 1;
	lf_window_set_count(&f.spec.train);
	f.spec.training.batch_size = 20;
	f.spec.training.steps_per_epoch = 5;
	f.spec.training.max_epochs = 4;
	f.spec.training.learning_rate = 1e-12;
	f.spec.validation = f.spec.train;
	f.spec.max_validation = 100;
	outcome result = run(&f.spec, NULL);
	for (int i = 1; i < 4; i++)
		drift = fmax(drift, fabs(result.log[i].train_loss / result.log[0].train_loss - 1));
	check(f.spec.train.count == 100 && drift < 1e-6,
		  "a pass sees every window once (relative drift %.1e)", drift);

	check(fabs(result.log[0].train_loss / result.log[0].validation_loss - 1) < 1e-5,
		  "the mean over batches is the mean over windows");
	/* Kernels that claim to be slow make micro-batches of a row; the mean stays the same. */
	lf_kernels slow = *f.spec.kernels;
	slow.flops_per_second = 1;
	f.spec.kernels = &slow;
	outcome split = run(&f.spec, NULL);
	check(lf_network_rows(&f.spec.network, &slow, 20) == 1 && split.steps > 4 * 100 &&
			  fabs(split.log[0].train_loss / result.log[0].train_loss - 1) < 1e-5 &&
			  fabs(split.log[0].validation_loss / result.log[0].validation_loss - 1) < 1e-5,
		  "micro-batches give the same losses");
	drop(&split);
	drop(&result);

	f.spec.training.learning_rate = 0.001;
	f.spec.training.max_epochs = 1;
	split = run(&f.spec, NULL);
	f.spec.kernels = lf_kernels_best();
	result = run(&f.spec, NULL);
	drift = 0;
	for (size_t i = 0; i < result.count; i++)
		drift = fmax(drift, fabs(result.parameters[i] - split.parameters[i]));
	check(split.status == LF_DONE && drift < 1e-4,
		  "micro-batches give nearly the same weights (%.1e)", drift);
	drop(&split);
	drop(&result);

	/* Fewer windows than a batch, and only one. */
	set_up(&f);
	f.spec.train.from_end = 2 * TAIL + HORIZON + 2;
	lf_window_set_count(&f.spec.train);
	result = run(&f.spec, NULL);
	check(f.spec.train.count == 3 && result.status == LF_DONE &&
			  result.log[11].train_loss < result.log[0].train_loss,
		  "a batch larger than the number of windows");
	drop(&result);
	f.spec.train.from_end = 2 * TAIL + HORIZON;
	lf_window_set_count(&f.spec.train);
	result = run(&f.spec, NULL);
	check(f.spec.train.count == 1 && result.status == LF_DONE &&
			  result.log[11].train_loss < 0.2 * result.log[0].train_loss,
		  "a single window is learned by heart: %.3f to %.3f", result.log[0].train_loss,
		  result.log[11].train_loss);
	drop(&result);
}

static void
test_missing(void)
{
	fixture f;
	int first = LENGTH - 2 * TAIL - HORIZON;

	/* One window; what stands at its unobserved target steps must not matter. */
	set_up(&f);
	f.spec.train.from_end = 2 * TAIL + HORIZON;
	f.spec.validation.count = 0;
	lf_window_set_count(&f.spec.train);
	for (int i = first + 3; i < first + HORIZON; i++)
		f.observed[i] = 0;
	outcome before = run(&f.spec, NULL);
	for (int i = first + 3; i < first + HORIZON; i++)
		f.values[i] = 1e6;
	outcome after = run(&f.spec, NULL);
	check(before.status == LF_DONE && same(&before, &after), "filled targets do not count");
	drop(&before);
	drop(&after);

	for (int i = 0; i < LENGTH - 2 * TAIL; i++)
		f.observed[i] = 0;
	after = run(&f.spec, NULL);
	check(after.status == LF_ERROR_DATA && isnan(after.log[0].train_loss),
		  "nothing observed: an error, at the end: %s", after.error.message);
	drop(&after);

	/* Validation without an observed step decides nothing. */
	set_up(&f);
	for (int i = LENGTH - 2 * TAIL; i < LENGTH - TAIL; i++)
		f.observed[i] = 0;
	f.spec.training.patience = 1;
	after = run(&f.spec, NULL);
	check(after.status == LF_DONE && after.log_count == 12 && after.progress.best_epoch == 0,
		  "nothing observed in the validation windows: no early stopping");
	drop(&after);

	/* Half of the steps missing: it still learns. */
	set_up(&f);
	for (int i = 0; i < LENGTH; i += 2)
		f.observed[i] = 0;
	after = run(&f.spec, NULL);
	check(after.status == LF_DONE && after.log[11].train_loss < 0.4 * after.log[0].train_loss,
		  "half of the steps missing");
	drop(&after);
}

static bool
finish_at_once(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) random;
	if (step == 0)
		lf_trainer_finish(trainer);
	return false;
}

static bool
finish_in_epoch_3(int64_t step, lf_trainer *trainer, lf_random *random)
{
	const lf_trainer_progress *progress = lf_trainer_get_progress(trainer);

	(void) step;
	(void) random;
	if (progress->epoch == 2 && progress->step == 25)
		lf_trainer_finish(trainer);
	return false;
}

static void
test_finish(void)
{
	fixture f;

	set_up(&f);
	outcome result = run(&f.spec, finish_at_once);
	check(result.status == LF_DONE && result.progress.step == 0 && finite_parameters(&result),
		  "finishing before the first step leaves the first weights");
	drop(&result);

	result = run(&f.spec, finish_in_epoch_3);
	check(result.status == LF_DONE && result.log_count == 2 && result.progress.best_epoch > 0 &&
			  result.progress.step == 25,
		  "finishing keeps the best so far");
	drop(&result);

	f.spec.validation.count = 0;
	result = run(&f.spec, finish_in_epoch_3);
	check(result.status == LF_DONE && result.progress.step == 25 && finite_parameters(&result),
		  "finishing without validation keeps the last weights");
	drop(&result);
}

static void
test_clipping(void)
{
	fixture f;
	double squares = 0;

	/* Plain gradient descent with rate 1 moves by the gradient, which is cut to the limit. */
	set_up(&f);
	f.spec.training.optimizer = LF_OPTIMIZER_SGD;
	f.spec.training.schedule = LF_SCHEDULE_CONSTANT;
	f.spec.training.learning_rate = 1;
	f.spec.training.gradient_clip = 0.01;
	f.spec.training.steps_per_epoch = f.spec.training.max_epochs = 1;
	f.spec.validation.count = 0;
	outcome before = run(&f.spec, finish_at_once);
	outcome after = run(&f.spec, NULL);
	for (size_t i = 0; i < after.count; i++)
		squares += pow(after.parameters[i] - before.parameters[i], 2);
	check(fabs(sqrt(squares) / 0.01 - 1) < 1e-3, "the gradient's norm is clipped: %.6f",
		  sqrt(squares));
	drop(&before);
	drop(&after);
}

static void
test_large_network(void)
{
	fixture f;

	/* More parameters than one slice, so that updates and copies take several steps. */
	set_up(&f);
	f.spec.network.hidden_size = 400;
	f.spec.network.num_layers = 2;
	f.spec.network.dropout = 0.2;
	f.spec.training.batch_size = 64;
	f.spec.training.steps_per_epoch = 2;
	f.spec.training.max_epochs = 2;
	f.spec.training.learning_rate = 0.001;
	f.spec.max_validation = 10;
	outcome first = run(&f.spec, NULL);
	outcome second = run(&f.spec, at_random);
	check(first.status == LF_DONE && first.count > 1 << 20 && same(&first, &second) &&
			  first.log[1].train_loss < first.log[0].train_loss,
		  "a network of %zu parameters, interrupted or not", first.count);
	drop(&second);

	/* All of the last weights, when the last epoch is the best. */
	f.spec.training.schedule = LF_SCHEDULE_CONSTANT;
	f.spec.training.learning_rate = 1e-4;
	drop(&first);
	first = run(&f.spec, NULL);
	f.spec.validation.count = 0;
	second = run(&f.spec, NULL);
	check(first.progress.best_epoch == 2 &&
			  memcmp(first.parameters, second.parameters, first.count * sizeof(lf_real)) == 0,
		  "a large network's best weights are kept whole");
	drop(&first);
	drop(&second);
}

static void
test_predictor(void)
{
	fixture f;
	lf_window windows[60];
	double together[60 * HORIZON];
	double alone[60 * HORIZON];
	double worst = 0;
	bool finite = true;

	set_up(&f);
	f.spec.training.max_epochs = 3;
	outcome result = run(&f.spec, NULL);

	/* From windows that are nearly all padding to the end of the series, where no target is. */
	for (int i = 0; i < 60; i++)
		windows[i] = (lf_window){.series = 0, .origin = i < 50 ? 1 + i : LENGTH - 59 + i};
	check(predict(&f, result.parameters, windows, 60, 60, together), "windows in one go");
	check(predict(&f, result.parameters, windows, 60, 1, alone), "windows one by one");
	for (int i = 0; i < 60 * HORIZON; i++)
	{
		worst = fmax(worst, fabs(alone[i] - together[i]));
		finite &= isfinite(together[i]) && fabs(together[i] - 20) < 30;
	}
	check(worst < 1e-4, "forecasts do not depend on the batch (%.1e)", worst);
	check(finite, "windows with little history are padded");
	check(predict(&f, result.parameters, windows, 0, 60, alone), "no window at all");

	/* The same windows, interrupted. */
	counting_heap heap = {0};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_predictor_spec spec = {.network = f.spec.network,
							  .scaling = f.spec.scaling,
							  .dataset = &f.dataset,
							  .scalers = &f.scaler,
							  .parameters = result.parameters,
							  .max_rows = 60,
							  .kernels = f.spec.kernels};
	lf_predictor *predictor;
	lf_error error;

	check(lf_predictor_create(&spec, &allocator, &flag, &predictor, &error) == LF_OK,
		  "another predictor");
	flag = 1;
	lf_predictor_begin(predictor, windows, 60, alone);
	check(lf_predictor_step(predictor, false, &error) == LF_INTERRUPTED &&
			  lf_predictor_step(predictor, true, &error) != LF_INTERRUPTED,
		  "a raised flag stops, unless it is ignored");
	flag = 0;
	while (lf_predictor_step(predictor, false, &error) == LF_OK)
		continue;
	check(memcmp(alone, together, sizeof(alone)) == 0, "an interrupt changes no bit");
	lf_predictor_free(predictor);

	heap.exhausted = true;
	check(lf_predictor_create(&spec, &allocator, NULL, &predictor, &error) == LF_ERROR_MEMORY &&
			  predictor == NULL,
		  "no memory for a predictor");
	drop(&result);
}

static void
test_awkward_series(void)
{
	static const char *const names[] = {"zeros",         "constant 7", "constant 1e-30",
										"constant 1e30", "spike",      "noise of 1e-30",
										"noise of 1e30"};

	for (int kind = 0; kind < 7; kind++)
	{
		double worst = 0;
		bool trained = true;
		double size = kind == 2 || kind == 5 ? 1e-30 : kind == 3 || kind == 6 ? 1e30 : 7;

		for (int n = LF_NORMALIZE_LAST; n <= LF_NORMALIZE_MINMAX; n++)
		{
			fixture f;
			lf_random random = lf_random_seed(2, 0);
			lf_window window = {.series = 0, .origin = LENGTH};
			double forecast[HORIZON];

			set_up(&f);
			for (int i = 0; i < LENGTH; i++)
				f.values[i] = kind == 0   ? 0
							  : kind == 4 ? (i == 200 ? 7 : 0)
							  : kind > 4  ? size * lf_random_uniform(&random)
										  : size;
			f.spec.scaling.normalization = (lf_normalization) n;
			f.spec.network.linear_skip = true;
			f.spec.training.max_epochs = 6;
			fit(&f);
			outcome result = run(&f.spec, NULL);
			trained &=
				result.status == LF_DONE && predict(&f, result.parameters, &window, 1, 1, forecast);
			for (int k = 0; k < HORIZON && trained; k++)
				worst = fmax(worst, isfinite(forecast[k]) ? fabs(forecast[k]) / size : INFINITY);
			drop(&result);
		}
		check(trained && worst < 1.5, "%s: forecasts within %.3f of the series' size", names[kind],
			  worst);
	}
}

int
main(void)
{
	test_learning();
	test_determinism();
	test_interrupts();
	test_early_stopping();
	test_divergence();
	test_memory();
	test_batches();
	test_missing();
	test_finish();
	test_clipping();
	test_large_network();
	test_predictor();
	test_awkward_series();
	return check_done();
}
