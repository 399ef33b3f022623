/*
 * test_classifier_trainer.c
 *	  Training classifiers, and their answers: to the bit the same each time, interrupted or not;
 *	  what stops it and what it keeps; class weights; specifications that cannot be; many sequences.
 */
#include "classes_fixture.h"

#include "core/temperature.h"

/* The class is the sign of the mean; labels of rows that of the value, some have none. */
static void
by_mean(lf_random *random, int length, float *values, int32_t *labels)
{
	const int label = (int) lf_random_below(random, 2);

	for (int t = 0; t < length; t++)
	{
		values[t] = (float) (lf_random_normal(random) + (label ? 0.3 : -0.3));
		labels[t] = t % 5 == 4 ? LF_UNLABELLED : label;
	}
}

/* Nine in ten are of class 0, and nothing tells them apart. */
static void
at_a_tenth(lf_random *random, int length, float *values, int32_t *labels)
{
	for (int t = 0; t < length; t++)
		values[t] = (float) lf_random_normal(random);
	labels[0] = lf_random_below(random, 10) == 0;
}

static bool
at_random(int64_t step, lf_classifier_trainer *trainer, lf_random *random)
{
	(void) step;
	(void) trainer;
	return lf_random_below(random, 2) == 0;
}

static bool
by_timer(int64_t step, lf_classifier_trainer *trainer, lf_random *random)
{
	(void) step;
	(void) trainer;
	set_alarm(random, 2000);
	return false;
}

static bool
finish_at_once(int64_t step, lf_classifier_trainer *trainer, lf_random *random)
{
	(void) random;
	if (step == 0)
		lf_classifier_trainer_finish(trainer);
	return false;
}

/* After three epochs; the clock is told before. */
static bool
finish_after_three(int64_t step, lf_classifier_trainer *trainer, lf_random *random)
{
	(void) step;
	(void) random;
	lf_classifier_trainer_set_clock(trainer, 42);
	if (lf_classifier_trainer_get_progress(trainer)->epoch == 3)
		lf_classifier_trainer_finish(trainer);
	return false;
}

static void
test_determinism(lf_supervision_kind supervision)
{
	const char *name = supervision ? "sequence" : "last";
	const float scale = 0.7f;
	const lf_augmentation augmentation = {0.5, 0.15, 0.08, 0.1, 0.05};
	classes c;
	outcome first;
	outcome second;

	make_classes(&c, 70, 1, 90, 1, 2, supervision, by_mean);
	c.spec.network.num_layers = 2;
	c.spec.network.dropout = 0.3;
	c.spec.network.bidirectional = true;
	c.spec.network.differences = true;
	c.spec.difference_scales = &scale;
	if (supervision == LF_SUPERVISION_LAST)
		c.spec.augmentation = augmentation;
	c.spec.training.max_epochs = 4;
	first = run_classes(&c.spec, NULL);
	second = run_classes(&c.spec, NULL);
	check(first.status == LF_DONE && first.clean && same(&first, &second),
		  "%s: two runs give the same bits", name);
	drop(&second);
	second = run_classes(&c.spec, at_random);
	check(same(&first, &second) && second.interrupts > 10,
		  "%s: %lld interrupts before steps change no bit", name, (long long) second.interrupts);
	drop(&second);
	signal(SIGALRM, on_alarm);
	second = run_classes(&c.spec, by_timer);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	check(same(&first, &second) && second.interrupts > 2,
		  "%s: %lld interrupts within steps change no bit", name, (long long) second.interrupts);
	drop(&second);
	c.spec.training.seed = 1;
	second = run_classes(&c.spec, NULL);
	check(second.status == LF_DONE && !same(&first, &second), "%s: another seed, other weights",
		  name);
	drop(&second);
	c.spec.training.seed = 0;
	c.spec.augmentation.share = 0;
	second = run_classes(&c.spec, NULL);
	check(second.status == LF_DONE && same(&first, &second) == (supervision != LF_SUPERVISION_LAST),
		  "%s: other weights without augmentation, where there was one", name);
	drop(&second);
	drop(&first);
	free_classes(&c);
}

static void
test_stopping(void)
{
	classes c;
	outcome result;

	make_classes(&c, 64, 5, 20, 1, 2, LF_SUPERVISION_LAST, by_mean);
	c.spec.training.max_epochs = 100;
	c.spec.training.patience = 3;
	result = run_classes(&c.spec, NULL);
	check(result.status == LF_DONE && result.progress.epoch < 100 &&
			  result.progress.epoch == result.progress.best_epoch + 3 &&
			  result.log_count == result.progress.epoch &&
			  result.log[result.progress.best_epoch - 1].validation_loss ==
				  result.progress.best_validation,
		  "patience ends it 3 epochs after the best, %d", result.progress.best_epoch);
	drop(&result);

	result = run_classes(&c.spec, finish_at_once);
	check(result.status == LF_DONE && result.progress.step == 0 && finite_parameters(&result),
		  "finished at once, it has the first weights");
	drop(&result);
	c.spec.training.patience = 0;
	result = run_classes(&c.spec, finish_after_three);
	check(result.status == LF_DONE && result.progress.epoch == 3 && result.log_count == 3 &&
			  result.log[2].seconds == 42,
		  "finished after three epochs, it has the best of them");
	drop(&result);
	c.spec.training.max_steps = 7;
	result = run_classes(&c.spec, NULL);
	check(result.status == LF_DONE && result.progress.step == 7 && result.progress.epoch == 4,
		  "steps are limited, within an epoch as well");
	drop(&result);
	c.spec.validation_count = 0;
	result = run_classes(&c.spec, NULL);
	check(result.status == LF_DONE && isnan(result.progress.best_validation) &&
			  isnan(result.log[0].validation_loss) && result.log[0].train_loss > 0 && result.clean,
		  "without validation there is none in the log");
	drop(&result);
	free_classes(&c);
}

/* Weights to go on from are the first candidates; what no validation betters is kept. */
static void
test_initial(void)
{
	classes c;
	outcome first;
	outcome second;

	make_classes(&c, 64, 5, 20, 1, 2, LF_SUPERVISION_LAST, by_mean);
	first = run_classes(&c.spec, NULL);
	c.spec.initial = first.parameters;
	c.spec.training.max_steps = 1;
	c.spec.training.learning_rate = 10; /* a step that spoils them */
	c.spec.training.schedule = LF_SCHEDULE_CONSTANT;
	second = run_classes(&c.spec, NULL);
	check(second.status == LF_DONE && second.progress.best_epoch == 0 &&
			  second.progress.best_validation == first.progress.best_validation &&
			  memcmp(first.parameters, second.parameters, first.count * sizeof(lf_real)) == 0,
		  "initial weights that training spoils are kept");
	drop(&second);
	drop(&first);
	free_classes(&c);
}

/* The mean probability of class 1 over the test's sequences. */
static double
mean_probability(const classes *c, const lf_real *parameters)
{
	float *logits = malloc(c->part * 2 * sizeof(float));
	double sum = 0;

	classify(&c->spec, parameters, c->sequences + 2 * c->part, c->part, NULL, logits);
	for (int64_t i = 0; i < c->part; i++)
	{
		double p[2];

		lf_softmax(logits + 2 * i, 2, 1, p);
		sum += p[1];
	}
	free(logits);
	return sum / (double) c->part;
}

static void
test_class_weights(void)
{
	double weights[2] = {1, 9};
	double share = 0;
	double p;
	classes c;
	outcome result;

	make_classes(&c, 1000, 3, 6, 1, 2, LF_SUPERVISION_LAST, at_a_tenth);
	for (int64_t i = 0; i < c.part; i++)
		share += c.sequences[i].labels[0] / (double) c.part;
	result = run_classes(&c.spec, NULL);
	p = mean_probability(&c, result.parameters);
	check(fabs(p - share) < 0.02, "without weights a rare class has its share: %.3f of %.3f", p,
		  share);
	drop(&result);
	c.spec.class_weights = weights;
	weights[1] = (1 - share) / share;
	result = run_classes(&c.spec, NULL);
	p = mean_probability(&c, result.parameters);
	check(fabs(p - 0.5) < 0.05, "balanced it has a half: %.3f", p);
	check(fabs(result.progress.best_validation - log(2)) < 0.02,
		  "and the weighted loss is that of not knowing: %.3f", result.progress.best_validation);
	drop(&result);
	free_classes(&c);
}

static void
expect_refused(const lf_classifier_trainer_spec *spec, lf_status expected, const char *what)
{
	outcome result = run_classes(spec, NULL);

	check(result.status == expected && result.error.message[0] != '\0', "%s: %s (%s)", what,
		  result.error.message, result.error.detail);
	drop(&result);
}

static void
test_refused(void)
{
	double weights[2] = {1, NAN};
	int32_t label = 2;
	lf_sequence saved;
	lf_classifier_trainer_spec spec;
	classes c;

	make_classes(&c, 8, 5, 9, 1, 2, LF_SUPERVISION_LAST, by_mean);
	saved = c.sequences[3];
	c.sequences[3].labels = &label;
	expect_refused(&c.spec, LF_ERROR_DATA, "a label beyond the classes");
	label = -2;
	expect_refused(&c.spec, LF_ERROR_DATA, "a label below none");
	c.sequences[3] = saved;
	c.sequences[3].length = 0;
	expect_refused(&c.spec, LF_ERROR_DATA, "a sequence without a step");
	c.sequences[3].length = LF_MAX_LOOKBACK + 1;
	expect_refused(&c.spec, LF_ERROR_DATA, "a sequence too long");
	c.sequences[3] = saved;

	spec = c.spec;
	spec.class_weights = weights;
	expect_refused(&spec, LF_ERROR_CONFIG, "a weight that is no number");
	weights[1] = -1;
	expect_refused(&spec, LF_ERROR_CONFIG, "a negative weight");
	weights[0] = weights[1] = 0;
	expect_refused(&spec, LF_ERROR_CONFIG, "no weight at all");
	spec = c.spec;
	spec.train_count = 0;
	expect_refused(&spec, LF_ERROR_DATA, "nothing to train on");
	spec = c.spec;
	spec.training.batch_size = 0;
	expect_refused(&spec, LF_ERROR_CONFIG, "batches of nothing");
	spec = c.spec;
	spec.training.learning_rate = NAN;
	expect_refused(&spec, LF_ERROR_CONFIG, "a learning rate that is no number");
	spec = c.spec;
	spec.network.classes = 1;
	expect_refused(&spec, LF_ERROR_CONFIG, "one class");
	spec = c.spec;
	spec.augmentation = (lf_augmentation){.share = NAN};
	expect_refused(&spec, LF_ERROR_CONFIG, "a share that is no number");
	spec.augmentation.share = 1;
	spec.network.supervision = LF_SUPERVISION_SEQUENCE;
	expect_refused(&spec, LF_ERROR_CONFIG, "augmentation of rows with labels");
	for (int64_t i = 0; i < c.part; i++)
		*(int32_t *) c.sequences[i].labels = LF_UNLABELLED;
	expect_refused(&c.spec, LF_ERROR_DATA, "no label");
	free_classes(&c);
}

static void
test_broken(void)
{
	counting_heap heap = {.exhausted = true};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_classifier_trainer *trainer;
	lf_error error;
	outcome result;
	classes c;

	make_classes(&c, 8, 5, 9, 1, 2, LF_SUPERVISION_LAST, by_mean);
	check(lf_classifier_trainer_create(&c.spec, &allocator, NULL, &trainer, &error) ==
				  LF_ERROR_MEMORY &&
			  trainer == NULL,
		  "no memory: %s", error.message);
	((float *) c.sequences[2].values)[1] = NAN;
	result = run_classes(&c.spec, NULL);
	check(result.status == LF_ERROR_DIVERGED && result.clean, "a value that is no number: %s",
		  result.error.detail);
	drop(&result);
	free_classes(&c);
}

/* A batch whose sequences have no label leaves the weights alone; one sequence can be a batch. */
static void
test_unlabelled(void)
{
	classes c;
	outcome result;

	make_classes(&c, 40, 5, 9, 1, 2, LF_SUPERVISION_LAST, by_mean);
	for (int64_t i = 0; i < c.part; i++)
		if (i % 4 != 0)
			*(int32_t *) c.sequences[i].labels = LF_UNLABELLED;
	c.spec.training.batch_size = 1;
	c.spec.training.steps_per_epoch = 40;
	result = run_classes(&c.spec, NULL);
	check(result.status == LF_DONE && finite_parameters(&result) &&
			  result.progress.best_epoch > 0 && result.progress.step == 20 * 40,
		  "batches without a label change nothing");
	drop(&result);
	free_classes(&c);
}

/* More sequences than are put in order together, of one step up to many. */
static void
test_many(lf_supervision_kind supervision)
{
	const char *name = supervision ? "sequence" : "last";
	const int64_t count = 3 * 1500;
	int64_t answers = 0;
	int64_t interrupts = 0;
	bool same_logits = true;
	lf_parameter_table table;
	lf_random random = lf_random_seed(9, 9);
	lf_real *parameters;
	float *logits;
	float *again;
	float alone[2 * 300];
	classes c;

	make_classes(&c, 1500, 1, 40, 1, 2, supervision, by_mean);
	((lf_sequence *) c.sequences)[7].length = 1;
	c.spec.network.bidirectional = true;
	lf_classifier_table_build(&c.spec.network, &table, NULL);
	parameters = calloc(table.total, sizeof(lf_real));
	for (size_t i = 0; i < table.total; i++)
		parameters[i] = (lf_real) (0.3 * lf_random_normal(&random));
	for (int64_t i = 0; i < count; i++)
		answers += lf_classifier_answers(&c.spec.network, c.sequences[i].length);
	logits = calloc(answers * 2, sizeof(float));
	again = calloc(answers * 2, sizeof(float));
	check(classify(&c.spec, parameters, c.sequences, count, NULL, logits),
		  "%s: %lld sequences are classified", name, (long long) count);
	check(classify(&c.spec, parameters, c.sequences, count, &interrupts, again) && interrupts > 4 &&
			  memcmp(logits, again, answers * 2 * sizeof(float)) == 0,
		  "%s: %lld interrupts change no bit", name, (long long) interrupts);
	answers = 0;
	for (int64_t i = 0; i < count; i++)
	{
		const int own = lf_classifier_answers(&c.spec.network, c.sequences[i].length);

		if (i % 50 == 7)
		{
			classify(&c.spec, parameters, c.sequences + i, 1, NULL, alone);
			for (int k = 0; k < 2 * own; k++)
				same_logits &= relative_difference(alone[k], logits[2 * answers + k]) < 1e-5;
		}
		answers += own;
	}
	check(same_logits, "%s: each has, in its place, the logits that it has alone", name);
	free(parameters);
	free(logits);
	free(again);
	free_classes(&c);
}

/* One long sequence among short ones: memory is that of the long one, not of a batch of it. */
static void
test_long(void)
{
	const int length = 20000;
	float *values = calloc(length, sizeof(float));
	lf_sequence saved;
	size_t bytes = 0;
	size_t batch_bytes = 0;
	classes c;
	outcome result;

	make_classes(&c, 64, 5, 9, 1, 2, LF_SUPERVISION_LAST, by_mean);
	saved = c.sequences[0];
	c.sequences[0] = (lf_sequence){length, values, saved.labels};
	c.spec.training.max_epochs = 1;
	lf_classifier_trainer_bytes(&c.spec, &bytes, NULL);
	result = run_classes(&c.spec, NULL);
	check(result.status == LF_DONE && result.clean && result.progress.train_loss > 0 &&
			  isfinite(result.progress.train_loss),
		  "one of %d steps among short ones: %.0f MB", length, (double) bytes / 1e6);
	drop(&result);
	for (int64_t i = 0; i < c.part; i++)
		c.sequences[i].length = 9;
	lf_classifier_trainer_bytes(&c.spec, &batch_bytes, NULL);
	check(bytes < 80e6 && batch_bytes < 1e6, "and without it %.1f MB", (double) batch_bytes / 1e6);
	c.sequences[0] = saved;
	free(values);
	free_classes(&c);
}

int
main(void)
{
	test_determinism(LF_SUPERVISION_LAST);
	test_determinism(LF_SUPERVISION_SEQUENCE);
	test_stopping();
	test_initial();
	test_class_weights();
	test_refused();
	test_broken();
	test_unlabelled();
	test_many(LF_SUPERVISION_LAST);
	test_many(LF_SUPERVISION_SEQUENCE);
	test_long();
	return check_done();
}
