/*
 * test_classifier_learning.c
 *	  What classifiers learn, on every table of kernels that this CPU can run: a class that the
 *first step alone tells, a frequency in sequences of unlike length, a label a row.
 */
#include "classes_fixture.h"

/* The class is the sign of the first step; all that follows is noise. */
static void
by_first_step(lf_random *random, int length, float *values, int32_t *labels)
{
	labels[0] = (int32_t) lf_random_below(random, 2);
	for (int t = 0; t < length; t++)
		values[t] = (float) (0.5 * lf_random_normal(random));
	values[0] = labels[0] ? 1 : -1;
}

/* The class is the period of a sine in the second column. */
static void
by_frequency(lf_random *random, int length, float *values, int32_t *labels)
{
	static const double periods[] = {6, 8, 12};
	const double phase = 2 * M_PI * lf_random_uniform(random);

	labels[0] = (int32_t) lf_random_below(random, 3);
	for (int t = 0; t < length; t++)
	{
		values[2 * t] = (float) lf_random_normal(random);
		values[2 * t + 1] = (float) (sin(2 * M_PI * t / periods[labels[0]] + phase) +
									 0.2 * lf_random_normal(random));
	}
}

/* The class of a row is the sign of the sum up to it; every seventh has none. */
static void
by_sum(lf_random *random, int length, float *values, int32_t *labels)
{
	double sum = 0;

	for (int t = 0; t < length; t++)
	{
		values[t] = (float) lf_random_normal(random);
		sum += values[t];
		labels[t] = t % 7 == 6 ? LF_UNLABELLED : sum > 0;
	}
}

/* The class of a row is whether the number of ones up to it is odd. */
static void
by_parity(lf_random *random, int length, float *values, int32_t *labels)
{
	int odd = 0;

	for (int t = 0; t < length; t++)
	{
		const int one = (int) lf_random_below(random, 2);

		odd ^= one;
		values[t] = one ? 1 : -1;
		labels[t] = odd;
	}
}

/* The class of a row is the sign of the next one's value: only the reverse direction knows. */
static void
by_next(lf_random *random, int length, float *values, int32_t *labels)
{
	for (int t = 0; t < length; t++)
		values[t] = (float) lf_random_normal(random);
	for (int t = 0; t < length; t++)
		labels[t] = t + 1 < length ? values[t + 1] > 0 : LF_UNLABELLED;
}

/*
 * A bump at some place, between two levels of which only the step from one to the other counts: up
 * is class 1, down class 0. Values alone say little, differences all.
 */
static void
by_step(lf_random *random, int length, float *values, int32_t *labels)
{
	const int at = 1 + (int) lf_random_below(random, (uint64_t) (length - 1));
	const double level = 20 * lf_random_normal(random);

	labels[0] = (int32_t) lf_random_below(random, 2);
	for (int t = 0; t < length; t++)
		values[t] = (float) (level + (t >= at ? (labels[0] ? 0.1 : -0.1) : 0));
}

static void
check_learned(const classes *c, const char *what, double expected)
{
	outcome result = run_classes(&c->spec, NULL);
	double accuracy = result.status == LF_DONE ? test_accuracy(c, result.parameters) : NAN;

	check(accuracy >= expected && result.clean && result.progress.best_epoch > 0, "%s, %s: %.3f",
		  c->spec.kernels->name, what, accuracy);
	drop(&result);
}

static void
test_first_step(const lf_kernels *kernels)
{
	classes c;

	make_classes(&c, 320, 25, 30, 1, 2, LF_SUPERVISION_LAST, by_first_step);
	c.spec.kernels = kernels;
	check_learned(&c, "the first of 25 to 30 steps tells the class (LSTM)", 0.97);
	c.spec.network.cell = LF_CELL_GRU;
	c.spec.network.bidirectional = true;
	check_learned(&c, "the same, GRU in both directions", 0.97);
	free_classes(&c);
}

static void
test_frequency(const lf_kernels *kernels)
{
	classes c;

	make_classes(&c, 320, 13, 80, 2, 3, LF_SUPERVISION_LAST, by_frequency);
	c.spec.kernels = kernels;
	c.spec.network.cell = LF_CELL_GRU;
	c.spec.training.max_epochs = 40;
	check_learned(&c, "frequency in sequences of 13 to 80 steps (GRU)", 0.95);
	c.spec.network.patch_length = 4;
	c.spec.network.num_layers = 2;
	c.spec.network.dropout = 0.1;
	check_learned(&c, "the same by patches of 4, two layers", 0.95);
	free_classes(&c);
}

/* A small step on a large level. */
static void
test_differences(const lf_kernels *kernels)
{
	const float scale = 20;
	outcome result;
	classes c;

	make_classes(&c, 200, 10, 20, 1, 2, LF_SUPERVISION_LAST, by_step);
	c.spec.kernels = kernels;
	c.spec.network.differences = true;
	c.spec.difference_scales = &scale;
	check_learned(&c, "a small step on a large level, by differences", 0.93);
	c.spec.network.differences = false;
	result = run_classes(&c.spec, NULL);
	check(test_accuracy(&c, result.parameters) < 0.8, "%s, and not without them", kernels->name);
	drop(&result);
	free_classes(&c);
}

/* A dozen sequences to learn from, and what becomes of them when they are augmented. */
static void
test_augmented(const lf_kernels *kernels)
{
	outcome result;
	double without;
	classes c;

	make_classes(&c, 200, 40, 60, 2, 3, LF_SUPERVISION_LAST, by_frequency);
	c.spec.kernels = kernels;
	c.spec.network.cell = LF_CELL_GRU;
	c.spec.network.bidirectional = true;
	c.spec.train_count = 24;
	c.spec.validation_count = 0;
	c.spec.training.max_epochs = 300;
	c.spec.training.steps_per_epoch = 1;
	result = run_classes(&c.spec, NULL);
	without = test_accuracy(&c, result.parameters);
	drop(&result);
	c.spec.augmentation = (lf_augmentation){1, 0.15, 0.08, 0.1, 0.5};
	result = run_classes(&c.spec, NULL);
	check(test_accuracy(&c, result.parameters) > without + 0.03,
		  "%s, 24 sequences as they are give %.3f, augmented %.3f", kernels->name, without,
		  test_accuracy(&c, result.parameters));
	drop(&result);
	free_classes(&c);
}

static void
test_rows(const lf_kernels *kernels)
{
	classes c;

	make_classes(&c, 320, 5, 40, 1, 2, LF_SUPERVISION_SEQUENCE, by_sum);
	c.spec.kernels = kernels;
	check_learned(&c, "the sign of the sum so far, a label a row (LSTM)", 0.94);
	free_classes(&c);

	make_classes(&c, 640, 2, 12, 1, 2, LF_SUPERVISION_SEQUENCE, by_parity);
	c.spec.kernels = kernels;
	c.spec.training.max_epochs = 60;
	check_learned(&c, "parity of the ones so far, a label a row (LSTM)", 0.99);
	free_classes(&c);

	make_classes(&c, 320, 2, 20, 1, 2, LF_SUPERVISION_SEQUENCE, by_next);
	c.spec.kernels = kernels;
	c.spec.network.cell = LF_CELL_RNN;
	c.spec.network.bidirectional = true;
	check_learned(&c, "the sign of the next value, both directions (RNN)", 0.95);
	free_classes(&c);
}

int
main(void)
{
	static const char *const paths[] = {"plain", "avx2", "avx512"};

	for (int path = 0; path < 3; path++)
	{
		const lf_kernels *kernels = lf_kernels_named(paths[path]);

		if (kernels == NULL)
		{
			note("no %s on this CPU", paths[path]);
			continue;
		}
		test_first_step(kernels);
		test_frequency(kernels);
		test_differences(kernels);
		test_augmented(kernels);
		test_rows(kernels);
	}
	return check_done();
}
