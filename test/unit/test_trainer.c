/*
 * test_trainer.c
 *	  Training: to the bit the same each time, interrupted or not, within the memory that was
 *	  announced; what stops it, and what it keeps.
 */
#include "trainer_fixture.h"

static bool
at_random(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) step;
	(void) trainer;
	return lf_random_below(random, 2) == 0;
}

static bool
by_timer(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) step;
	(void) trainer;
	set_alarm(random, 6000);
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
	f.spec.training.loss.kind = LF_LOSS_MSE;
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

static bool
finish_at_once(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) random;
	if (step == 0)
		lf_trainer_finish(trainer);
	return false;
}

static void
test_micro_batches(void)
{
	fixture f;
	double whole = 0;
	double apart = 0;

	/*
	 * One batch of 100 windows, in micro-batches, against five of 20 with a fifth of the rate: for
	 * a rate this small, gradient descent goes the same way.
	 */
	set_up(&f);
	f.spec.train.from_end = 2 * TAIL + 100 + HORIZON - 1;
	f.spec.validation.count = 0;
	lf_window_set_count(&f.spec.train);
	f.spec.network.hidden_size = 64;
	f.spec.network.patch_length = 1;
	f.spec.training.loss.kind = LF_LOSS_MSE;
	f.spec.training.optimizer = LF_OPTIMIZER_SGD;
	f.spec.training.schedule = LF_SCHEDULE_CONSTANT;
	f.spec.training.gradient_clip = 0;
	f.spec.training.max_epochs = 1;
	outcome start = run(&f.spec, finish_at_once);

	f.spec.training.batch_size = 100;
	f.spec.training.steps_per_epoch = 1;
	f.spec.training.learning_rate = 1e-3;
	outcome one = run(&f.spec, NULL);
	f.spec.training.batch_size = 20;
	f.spec.training.steps_per_epoch = 5;
	f.spec.training.learning_rate = 1e-3 / 5;
	outcome five = run(&f.spec, NULL);
	for (size_t i = 0; i < start.count; i++)
	{
		whole += pow(one.parameters[i] - start.parameters[i], 2);
		apart += pow(one.parameters[i] - five.parameters[i], 2);
	}
	check(lf_network_rows(&f.spec.network, f.spec.kernels, 100) < 50 && whole > 0 &&
			  sqrt(apart / whole) < 0.02,
		  "micro-batches add up to the batch (relative difference %.4f)", sqrt(apart / whole));
	check(fabs(one.log[0].train_loss / five.log[0].train_loss - 1) < 0.02,
		  "so do their losses: %.5f, %.5f", one.log[0].train_loss, five.log[0].train_loss);
	drop(&start);
	drop(&one);
	drop(&five);
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

/* Tell the trainer the time, which is how many steps it has taken. */
static bool
tell_time(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) random;
	lf_trainer_set_clock(trainer, (double) step);
	return false;
}

/* Epochs that are short: of one window, and judged by one. */
static void
shorten_epochs(fixture *f, int max_epochs)
{
	set_up(f);
	f->spec.network.hidden_size = 1;
	f->spec.training.schedule = LF_SCHEDULE_CONSTANT;
	f->spec.training.batch_size = 1;
	f->spec.training.steps_per_epoch = 1;
	f->spec.training.max_epochs = max_epochs;
	f->spec.max_validation = 1;
}

static void
test_long_log(void)
{
	const int epochs = LF_MAX_LOG + 3;
	fixture f;
	size_t bytes;
	size_t unlimited;
	bool even = true;
	bool ascending = true;
	int equal = 0;
	lf_error error;

	shorten_epochs(&f, 10);
	outcome few = run(&f.spec, NULL);
	check(few.log_count == 10 && few.log[9].epoch == 10 && isnan(few.log[9].seconds),
		  "of few epochs the log has all, and no time where it was not told");

	shorten_epochs(&f, epochs);
	outcome many = run(&f.spec, tell_time);
	for (int i = 0; i < many.log_count - 1; i++)
		even &= many.log[i].epoch == 2 * (i + 1);
	for (int i = 1; i < many.log_count; i++)
		ascending &= many.log[i].seconds > many.log[i - 1].seconds;
	check(many.status == LF_DONE && many.progress.epoch == epochs &&
			  many.log_count == LF_MAX_LOG / 2 + 2 && even &&
			  many.log[many.log_count - 1].epoch == epochs,
		  "of %d epochs every second one, and the last: %d rows", epochs, many.log_count);
	check(ascending, "with the time that was told");
	for (int i = 0; i < 5; i++)
		equal += many.log[i].train_loss == few.log[2 * i + 1].train_loss &&
				 many.log[i].validation_loss == few.log[2 * i + 1].validation_loss;
	check(equal == 5, "each with its own losses");
	drop(&few);
	drop(&many);

	shorten_epochs(&f, LF_MAX_LOG);
	lf_trainer_bytes(&f.spec, &bytes, &error);
	f.spec.training.max_epochs = INT32_MAX;
	check(lf_trainer_bytes(&f.spec, &unlimited, &error) == LF_OK && unlimited == bytes,
		  "memory does not grow with the number of epochs");
}

int
main(void)
{
	test_determinism();
	test_interrupts();
	test_early_stopping();
	test_divergence();
	test_memory();
	test_batches();
	test_micro_batches();
	test_missing();
	test_finish();
	test_clipping();
	test_large_network();
	test_long_log();
	return check_done();
}
