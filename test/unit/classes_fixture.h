/*
 * classes_fixture.h
 *	  What the tests of training classifiers share: labelled sequences, a run, its answers.
 */
#ifndef CLASSES_FIXTURE_H
#define CLASSES_FIXTURE_H

#include "core/classifier_predictor.h"
#include "core/classifier_trainer.h"
#include "trainer_fixture.h"

/* Sequences with their memory: the first `train`, then as many for validation, then for the test.
 */
typedef struct classes
{
	int64_t part; /* sequences in each of the three parts */
	int channels;
	int classes;
	lf_sequence *sequences; /* (3 * part) */
	int64_t *numbers;       /* 0, 1, 2, ... */
	lf_classifier_trainer_spec spec;
} classes;

/* Fills a sequence of that length: values (length, channels), and its labels. */
typedef void (*sequence_maker)(lf_random *random, int length, float *values, int32_t *labels);

/* So many sequences a part, of shortest .. longest steps, and a small network for them. */
static inline void
make_classes(classes *c, int64_t part, int shortest, int longest, int channels, int count,
			 lf_supervision_kind supervision, sequence_maker maker)
{
	lf_random random = lf_random_seed(1, 0);

	*c = (classes){.part = part, .channels = channels, .classes = count};
	c->sequences = calloc(3 * part, sizeof(lf_sequence));
	c->numbers = calloc(3 * part, sizeof(int64_t));
	for (int64_t i = 0; i < 3 * part; i++)
	{
		const int length =
			shortest + (int) lf_random_below(&random, (uint64_t) (longest - shortest + 1));
		float *values = calloc((size_t) length * channels, sizeof(float));
		int32_t *labels = calloc(length, sizeof(int32_t));

		maker(&random, length, values, labels);
		c->sequences[i] = (lf_sequence){length, values, labels};
		c->numbers[i] = i;
	}
	c->spec = (lf_classifier_trainer_spec){.network = {.cell = LF_CELL_LSTM,
													   .hidden_size = 16,
													   .num_layers = 1,
													   .channels = channels,
													   .classes = count,
													   .supervision = supervision,
													   .patch_length = 1},
										   .training = {.optimizer = LF_OPTIMIZER_ADAM,
														.learning_rate = 0.01,
														.schedule = LF_SCHEDULE_COSINE,
														.gradient_clip = 1,
														.batch_size = 32,
														.steps_per_epoch = (int) (part + 31) / 32,
														.max_epochs = 20},
										   .sequences = c->sequences,
										   .train = c->numbers,
										   .train_count = part,
										   .validation = c->numbers + part,
										   .validation_count = part,
										   .kernels = lf_kernels_best()};
}

static inline void
free_classes(classes *c)
{
	for (int64_t i = 0; i < 3 * c->part; i++)
	{
		free((void *) c->sequences[i].values);
		free((void *) c->sequences[i].labels);
	}
	free(c->sequences);
	free(c->numbers);
}

/* Does the caller set the flag before this step, or ask it to finish? */
typedef bool (*classes_disturbance)(int64_t step, lf_classifier_trainer *trainer,
									lf_random *random);

static inline outcome
run_classes(const lf_classifier_trainer_spec *spec, classes_disturbance disturb)
{
	counting_heap heap = {0};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_random random = lf_random_seed(3, 3);
	outcome result = {0};
	lf_classifier_trainer *trainer;
	lf_parameter_table table;
	const lf_epoch *log;
	size_t bytes = 0;

	flag = 0;
	passing = false;
	result.status =
		lf_classifier_trainer_create(spec, &allocator, &flag_check, &trainer, &result.error);
	if (result.status != LF_OK)
		return result;
	lf_classifier_trainer_bytes(spec, &bytes, NULL);
	do
	{
		if (disturb != NULL && disturb(result.steps, trainer, &random))
			flag = 1;
		result.status = lf_classifier_trainer_step(trainer, &result.error);
		result.steps++;
		passing = result.status == LF_INTERRUPTED; /* work through the flag once */
		result.interrupts += passing;
		if (!passing)
			flag = 0;
	} while (result.status == LF_OK || result.status == LF_INTERRUPTED);

	lf_classifier_table_build(&spec->network, &table, NULL);
	result.progress = *lf_classifier_trainer_get_progress(trainer);
	result.count = table.total;
	result.parameters = malloc(result.count * sizeof(lf_real));
	memcpy(result.parameters, lf_classifier_trainer_parameters(trainer),
		   result.count * sizeof(lf_real));
	result.log = calloc(lf_log_rows(spec->training.max_epochs), sizeof(lf_epoch));
	log = lf_classifier_trainer_log(trainer, &result.log_count);
	memcpy(result.log, log, result.log_count * sizeof(lf_epoch));
	lf_classifier_trainer_free(trainer);
	result.clean = heap.allocations == 1 && heap.open == 0 && heap.bytes == bytes;
	return result;
}

/* Logits of count sequences from the first on; interrupts counts, where it is not NULL, those that
 * are made at random. False on failure. */
static inline bool
classify(const lf_classifier_trainer_spec *spec, const lf_real *parameters,
		 const lf_sequence *sequences, int64_t count, int64_t *interrupts, float *logits)
{
	counting_heap heap = {0};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_random random = lf_random_seed(4, 4);
	lf_classifier_predictor_spec prediction = {.network = spec->network,
											   .parameters = parameters,
											   .difference_scales = spec->difference_scales,
											   .max_sequences = count,
											   .kernels = spec->kernels};
	lf_classifier_predictor *predictor;
	lf_error error;
	lf_status status;

	for (int64_t i = 0; i < count; i++)
		if (sequences[i].length > prediction.longest)
			prediction.longest = sequences[i].length;
	flag = 0;
	passing = false;
	if (lf_classifier_predictor_create(&prediction, &allocator, &flag_check, &predictor, &error) !=
		LF_OK)
		return false;
	lf_classifier_predictor_begin(predictor, sequences, count, logits);
	do
	{
		if (interrupts != NULL && !passing && lf_random_below(&random, 2) == 0)
			flag = 1;
		status = lf_classifier_predictor_step(predictor, &error);
		passing = status == LF_INTERRUPTED;
		if (passing && interrupts != NULL)
			++*interrupts;
		if (!passing)
			flag = 0;
	} while (status == LF_OK || status == LF_INTERRUPTED);
	lf_classifier_predictor_free(predictor);
	return status == LF_DONE && heap.allocations == 1 && heap.open == 0;
}

/* The share of the labelled answers of the third part that are right. */
static inline double
test_accuracy(const classes *c, const lf_real *parameters)
{
	const lf_sequence *sequences = c->sequences + 2 * c->part;
	int64_t answers = 0;
	int64_t counted = 0;
	int64_t right = 0;
	float *logits;
	const float *z;

	for (int64_t i = 0; i < c->part; i++)
		answers += lf_classifier_answers(&c->spec.network, sequences[i].length);
	logits = malloc((size_t) answers * c->classes * sizeof(float));
	if (!classify(&c->spec, parameters, sequences, c->part, NULL, logits))
		right = INT32_MIN;
	z = logits;
	for (int64_t i = 0; i < c->part; i++)
		for (int t = 0; t < lf_classifier_answers(&c->spec.network, sequences[i].length); t++)
		{
			int best = 0;

			for (int k = 1; k < c->classes; k++)
				if (z[k] > z[best])
					best = k;
			z += c->classes;
			counted += sequences[i].labels[t] >= 0;
			right += sequences[i].labels[t] == best;
		}
	free(logits);
	return (double) right / (double) counted;
}

#endif
