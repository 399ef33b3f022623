/*
 * test_classifier.c
 *	  Classifiers against PyTorch, on every table of kernels that this CPU can run: answers, losses
 *	  and gradients of sequences of unlike length; a sequence among others and alone; interrupts;
 *	  configurations that cannot be.
 */
#include "check.h"
#include "classifier_fixture.h"
#include "golden.h"

#define MOST_LOGITS (SEQUENCES * LONGEST * 5)

static void
test_golden(const golden_tensor *file, const lf_kernels *kernels, int number)
{
	const lf_classifier_config config = golden_config(number);
	classifier_fixture f;
	lf_real logits[MOST_LOGITS];
	size_t count;
	char name[64];
	double loss;
	double measured = NAN;
	double weight = NAN;
	double logit_error;
	double loss_error;
	double gradient_error = 0;

	classifier_fixture_open(&f, &config, number, kernels);
	classifier_fixture_load(&f);
	lf_classifier_forward(&f.classifier, &f.batch, NULL);
	count = (size_t) f.classifier.answers * config.classes;
	fixture_logits(&f, logits);
	lf_classifier_measure(&f.classifier, &f.batch, fixture_weights(&f, number), NULL, &measured,
						  &weight);
	lf_classifier_gradient(&f.classifier, &f.batch, fixture_weights(&f, number),
						   fixture_scale(&f, number), NULL, f.gradient, &loss, NULL);

	snprintf(name, sizeof(name), "%d.logits", number);
	logit_error = tensor_difference(logits, golden_get(file, name, count), count);
	snprintf(name, sizeof(name), "%d.loss", number);
	loss_error = relative_difference(loss, golden_get(file, name, 1)[0]);
	loss_error = fmax(loss_error, relative_difference(measured / weight, loss));
	for (int i = 0; i < f.classifier.table.count; i++)
	{
		const lf_parameter *tensor = &f.classifier.table.entry[i];
		const size_t reals = tensor->shape[0] * tensor->shape[1];
		double error;

		snprintf(name, sizeof(name), "%d.%s", number, tensor->name);
		error =
			tensor_difference(f.gradient + tensor->offset, golden_get(file, name, reals), reals);
		if (!(error <= gradient_error))
			gradient_error = error;
	}
	check(logit_error < 1e-5 && loss_error < 1e-5 && gradient_error < 1e-5,
		  "%s classifier %d (%s, %d layers, %s, %s, patches of %d) is PyTorch's: logits %.0e, loss "
		  "%.0e, gradient %.0e",
		  kernels->name, number, cell_names[config.cell], config.num_layers,
		  config.bidirectional ? "bidirectional" : "forward",
		  config.supervision ? "sequence" : "last", config.patch_length, logit_error, loss_error,
		  gradient_error);
	classifier_fixture_close(&f);
}

/* A sequence's logits are to the bit those that it has without others beside it. */
static void
test_alone(const lf_kernels *kernels, int number)
{
	const lf_classifier_config config = golden_config(number);
	classifier_fixture f;
	lf_real together[MOST_LOGITS];
	lf_real alone[MOST_LOGITS];
	size_t place = 0;
	bool same = true;

	classifier_fixture_open(&f, &config, number, kernels);
	classifier_fixture_load(&f);
	lf_classifier_forward(&f.classifier, &f.batch, NULL);
	fixture_logits(&f, together);
	for (int row = 0; row < SEQUENCES; row++)
	{
		const int64_t only = row;
		size_t count;

		f.batch = (lf_classifier_batch){f.sequences, &only, 1};
		lf_classifier_forward(&f.classifier, &f.batch, NULL);
		fixture_logits(&f, alone);
		count = (size_t) f.classifier.answers * config.classes;
		for (size_t i = 0; i < count; i++)
			same &= alone[i] == together[place + i];
		place += count;
	}
	check(same, "%s classifier %d: a sequence beside others has its own logits", kernels->name,
		  number);
	classifier_fixture_close(&f);
}

/* Interrupted at its n-th look at the flag, a run begun again has the bits of one left alone. */
static int looks_left;

static bool
ends_soon(void)
{
	return --looks_left < 0;
}

static void
test_interrupt(const lf_kernels *kernels, int number)
{
	lf_classifier_config config = golden_config(number);
	const volatile sig_atomic_t flag = 1;
	const lf_interrupt_check check_flag = {.flag = &flag, .ends = ends_soon};
	classifier_fixture f;
	lf_random random = lf_random_seed(5, 0);
	const lf_random first = random;
	double loss;
	double again = NAN;
	lf_real *expected;
	int interrupted = 0;
	bool untouched = true;

	config.dropout = 0.3;
	classifier_fixture_open(&f, &config, number, kernels);
	classifier_fixture_load(&f);
	expected = calloc(f.classifier.table.total, sizeof(lf_real));
	lf_classifier_gradient(&f.classifier, &f.batch, NULL, 0.5, &random, expected, &loss, NULL);
	random = first;
	for (int looks = 0;; looks++)
	{
		looks_left = looks;
		if (lf_classifier_gradient(&f.classifier, &f.batch, NULL, 0.5, &random, f.gradient, &again,
								   &check_flag) == LF_OK)
			break;
		interrupted++;
		untouched &= memcmp(&random, &first, sizeof(first)) == 0;
	}
	check(interrupted > 20 && untouched && again == loss &&
			  memcmp(expected, f.gradient, f.classifier.table.total * sizeof(lf_real)) == 0,
		  "%s classifier %d: after %d interrupts the same bits", kernels->name, number,
		  interrupted);
	free(expected);
	classifier_fixture_close(&f);
}

static void
test_refused(lf_classifier_config config, const char *what)
{
	lf_parameter_table table;
	lf_error error = {0};
	lf_status status = lf_classifier_table_build(&config, &table, &error);

	check(status == LF_ERROR_CONFIG && error.message[0] != '\0' && table.total == 0,
		  "%s is refused: %s", what, error.message);
}

static void
test_configurations(void)
{
	const lf_classifier_config good = golden_config(1);
	lf_classifier_config config = good;
	lf_parameter_table table;
	lf_error error;

	check(lf_classifier_table_build(&good, &table, &error) == LF_OK &&
			  table.entry[0].shape[1] == 6 &&
			  lf_parameter_find(&table, "head.weight")->shape[0] == 3 &&
			  lf_parameter_find(&table, "head.weight")->shape[1] == 4,
		  "a table has the embedding of patches and a head of K rows");
	config.classes = 1;
	test_refused(config, "one class");
	config.classes = LF_MAX_CLASSES + 1;
	test_refused(config, "too many classes");
	config = good;
	config.channels = 0;
	test_refused(config, "no channel");
	config.channels = LF_MAX_CHANNELS + 1;
	test_refused(config, "too many channels");
	config = good;
	config.patch_length = 0;
	test_refused(config, "a patch of no step");
	config.patch_length = LF_MAX_LOOKBACK + 1;
	test_refused(config, "a patch longer than any sequence");
	config = good;
	config.supervision = LF_SUPERVISION_SEQUENCE;
	test_refused(config, "patches with a label a row");
	config = good;
	config.supervision = (lf_supervision_kind) 7;
	test_refused(config, "another supervision");
	config = good;
	config.cell = (lf_cell_kind) -1;
	test_refused(config, "another cell");
	config = good;
	config.hidden_size = LF_MAX_HIDDEN + 1;
	test_refused(config, "too many units");
	config = good;
	config.num_layers = 0;
	test_refused(config, "no layer");
	config = good;
	config.dropout = NAN;
	test_refused(config, "dropout that is no number");
	config.dropout = 1;
	test_refused(config, "dropout of everything");
}

/* The loss against torch.nn.functional.cross_entropy. */
static void
test_cross_entropy(const golden_tensor *file)
{
	static const char *const kinds[] = {"usual.plain", "usual.weighted", "huge.plain",
										"huge.weighted"};
	const double weights[] = {0.5, 0.75, 1, 1.25};

	for (int kind = 0; kind < 4; kind++)
	{
		const double *class_weights = kind % 2 ? weights : NULL;
		lf_real logits[80];
		lf_real derivative[80];
		int32_t labels[20];
		char name[64];
		double sum;
		double weight = 0;
		double error;

		hashed_fill(80000, kind < 2 ? 4 : 4096, logits, 80);
		for (int i = 0; i < 20; i++)
		{
			labels[i] = i % 5 - 1;
			if (labels[i] >= 0)
				weight += class_weights ? weights[labels[i]] : 1;
		}
		sum = lf_cross_entropy_sum(logits, labels, 20, 4, class_weights, 0.25, derivative);
		snprintf(name, sizeof(name), "entropy.%s.sum", kinds[kind]);
		error = relative_difference(sum, golden_get(file, name, 1)[0]);
		snprintf(name, sizeof(name), "entropy.%s.derivative", kinds[kind]);
		error = fmax(error, tensor_difference(derivative, golden_get(file, name, 80), 80));
		check(error < 1e-6, "cross-entropy %s is PyTorch's: %.0e", kinds[kind], error);
		check(fabs(lf_cross_entropy_weight(labels, 20, class_weights) - weight) < 1e-12,
			  "cross-entropy %s: the weight of what counts", kinds[kind]);
		lf_cross_entropy_sum(logits, labels, 20, 4, class_weights, 0.25, logits);
		check(memcmp(logits, derivative, sizeof(logits)) == 0,
			  "cross-entropy %s: the derivative may take the logits' place", kinds[kind]);
	}
}

int
main(void)
{
	static const char *const paths[] = {"plain", "avx2", "avx512"};
	golden_tensor *file = golden_read("classifier");

	test_cross_entropy(file);
	test_configurations();
	for (int path = 0; path < 3; path++)
	{
		const lf_kernels *kernels = lf_kernels_named(paths[path]);

		if (kernels == NULL)
		{
			note("no %s on this CPU", paths[path]);
			continue;
		}
		for (int number = 0; number < GOLDEN_CASES; number++)
		{
			test_golden(file, kernels, number);
			test_alone(kernels, number);
		}
		for (int number = 0; number < GOLDEN_CASES; number += 5)
			test_interrupt(kernels, number);
	}
	golden_free(file);
	return check_done();
}
