/*
 * classifier_fixture.h
 *	  A classifier with its memory and some sequences of unlike length, made of the numbers that
 *	  test/golden/make_golden_classifier.py uses.
 */
#ifndef CLASSIFIER_FIXTURE_H
#define CLASSIFIER_FIXTURE_H

#include "core/classifier_private.h"
#include "core/cross_entropy.h"
#include "network_fixture.h"

#define SEQUENCES 5
#define LONGEST 7
#define GOLDEN_CHANNELS 2
#define GOLDEN_CASES 36 /* networks in the golden file */

static const char *const cell_names[] = {"lstm", "gru", "rnn"};
static const int sequence_lengths[SEQUENCES] = {7, 7, 5, 3, 1};

typedef struct classifier_fixture
{
	lf_classifier classifier;
	void *block;
	lf_real *parameters;
	lf_real *gradient;
	lf_sequence sequences[SEQUENCES];
	float values[SEQUENCES][LONGEST * GOLDEN_CHANNELS];
	int32_t labels[SEQUENCES][LONGEST];
	double class_weights[5];
	int64_t numbers[SEQUENCES];
	lf_classifier_batch batch;
} classifier_fixture;

/* The configuration of the golden file's network of that number. */
static inline lf_classifier_config
golden_config(int number)
{
	const int kind = number % 3; /* last, last of patches, sequence */

	return (lf_classifier_config){
		.cell = (lf_cell_kind) (number / 12),
		.num_layers = 1 + number / 6 % 2,
		.bidirectional = number / 3 % 2 != 0,
		.supervision = kind == 2 ? LF_SUPERVISION_SEQUENCE : LF_SUPERVISION_LAST,
		.patch_length = kind == 1 ? 3 : 1,
		.hidden_size = 3 + number % 3,
		.channels = GOLDEN_CHANNELS,
		.classes = 2 + number % 4,
	};
}

/* The sequences of that network, and their labels. */
static inline void
fixture_sequences(classifier_fixture *f, int number)
{
	const lf_classifier_config *config = &f->classifier.config;
	const bool last = config->supervision == LF_SUPERVISION_LAST;

	for (int row = 0; row < SEQUENCES; row++)
	{
		const int length = sequence_lengths[row];
		lf_real *hashed =
			hashed_reals(70000 + 100 * number + 1 + row, 1.0, (size_t) length * GOLDEN_CHANNELS);

		for (int i = 0; i < length * GOLDEN_CHANNELS; i++)
			f->values[row][i] = (float) hashed[i];
		free(hashed);
		for (int t = 0; t < (last ? 1 : length); t++)
			f->labels[row][t] = (last ? row == 2 : (row + t) % 4 == 3)
									? LF_UNLABELLED
									: (number + row + t) % config->classes;
		f->sequences[row] = (lf_sequence){length, f->values[row], f->labels[row]};
		f->numbers[row] = row;
	}
	for (int k = 0; k < 5; k++)
		f->class_weights[k] = 0.5 + 0.25 * k;
	f->batch = (lf_classifier_batch){f->sequences, f->numbers, SEQUENCES};
}

static inline void
classifier_fixture_open(classifier_fixture *f, const lf_classifier_config *config, int number,
						const lf_kernels *kernels)
{
	const lf_classifier_room room = lf_classifier_room_for(config, kernels, LONGEST, SEQUENCES);
	lf_arena arena = lf_arena_measure();
	lf_error error;

	memset(f, 0, sizeof(*f));
	if (lf_classifier_layout(&f->classifier, config, &room, kernels, true, &arena, &error) != LF_OK)
	{
		printf("Bail out! %s (%s)\n", error.message, error.detail);
		exit(2);
	}
	f->block = malloc(lf_arena_bytes(&arena));
	arena = lf_arena_over(f->block, lf_arena_bytes(&arena));
	lf_classifier_layout(&f->classifier, config, &room, kernels, true, &arena, &error);
	f->parameters = calloc(f->classifier.table.total, sizeof(lf_real));
	f->gradient = calloc(f->classifier.table.total, sizeof(lf_real));
	hashed_fill(70000 + 100 * number, 0.5, f->parameters, f->classifier.table.total);
	fixture_sequences(f, number);
}

static inline void
classifier_fixture_load(classifier_fixture *f)
{
	for (int cell = 0; cell < lf_classifier_cells(&f->classifier); cell++)
		lf_classifier_load_cell(&f->classifier, f->parameters, cell);
}

static inline void
classifier_fixture_close(classifier_fixture *f)
{
	free(f->block);
	free(f->parameters);
	free(f->gradient);
}

/* The weights of the classes, of every second network; and what the loss is divided by. */
static inline const double *
fixture_weights(const classifier_fixture *f, int number)
{
	return number % 2 ? f->class_weights : NULL;
}

static inline double
fixture_scale(const classifier_fixture *f, int number)
{
	double weight = 0;

	for (int row = 0; row < SEQUENCES; row++)
		weight += lf_cross_entropy_weight(
			f->labels[row], lf_classifier_answers(&f->classifier.config, sequence_lengths[row]),
			fixture_weights(f, number));
	return 1 / weight;
}

/* The logits of a run, one sequence's after the other's: (answers, K). */
static inline void
fixture_logits(const classifier_fixture *f, lf_real *logits)
{
	const lf_classifier *classifier = &f->classifier;
	const int classes = classifier->config.classes;
	lf_classifier_answer answer = {0};

	for (int64_t i = 0; i < classifier->answers; i++)
	{
		int64_t place = answer.step;

		for (int64_t row = 0; row < answer.row; row++)
			place += lf_classifier_answers(&classifier->config,
										   f->sequences[f->batch.numbers[row]].length);
		memcpy(logits + place * classes, classifier->logits + i * classes,
			   classes * sizeof(lf_real));
		lf_classifier_next_answer(classifier, &answer);
	}
}

#endif
