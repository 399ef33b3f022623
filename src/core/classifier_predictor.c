/*
 * classifier_predictor.c
 *	  The answers of a classifier for any number of sequences, a bounded piece at a time.
 *
 * Sequences are put in order of their length, the longest first, some thousands at a time, so that
 * those of a run are about as long as each other.
 */
#include "classifier_predictor.h"

#include "classifier_private.h"
#include "smaller.h"

/* Sequences that are put in order together. */
#define BLOCK 4096

struct lf_classifier_predictor
{
	lf_memory memory; /* that it lies in itself */
	lf_interrupt interrupt;
	lf_classifier_predictor_spec spec;
	bool carved; /* the memory */
	int loaded;  /* cells whose weights are packed: then it is ready */
	int64_t block;
	lf_classifier_room room;
	lf_classifier classifier;
	double *keys;     /* (block), of lf_classifier_order */
	int64_t *numbers; /* (block) sequences by length */
	int64_t *places;  /* (block) answers before each, by number */

	const lf_sequence *sequences; /* (count), the caller's */
	int64_t count;
	float *logits;
	int64_t first;   /* of the present block */
	int64_t ordered; /* sequences in it */
	int64_t done;    /* of these, by length */
	int64_t answers; /* of all sequences before the block's end */
};

/* Carve everything but the predictor itself. */
static lf_status
layout(lf_classifier_predictor *predictor, const lf_classifier_predictor_spec *spec,
	   lf_arena *arena, lf_error *error)
{
	lf_status status;

	predictor->block = lf_smaller(spec->max_sequences, BLOCK);
	predictor->room =
		lf_classifier_room_for(&spec->network, spec->kernels, spec->longest, spec->max_sequences);
	status = lf_classifier_layout(&predictor->classifier, &spec->network, &predictor->room,
								  spec->kernels, false, arena, error);
	if (status != LF_OK)
		return status;
	predictor->keys = lf_arena_take(arena, predictor->block, sizeof(double));
	predictor->numbers = lf_arena_take(arena, predictor->block, sizeof(int64_t));
	predictor->places = lf_arena_take(arena, predictor->block, sizeof(int64_t));
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "classifying needs more memory than there can be",
					   NULL, NULL);
	return LF_OK;
}

lf_status
lf_classifier_predictor_bytes(const lf_classifier_predictor_spec *spec, size_t *bytes,
							  lf_error *error)
{
	lf_arena arena = lf_arena_measure();
	lf_classifier_predictor measured = {0};
	lf_parameter_table table;

	/* The configuration is checked before any of its numbers is used. */
	lf_status status = lf_classifier_table_build(&spec->network, &table, error);

	if (status == LF_OK)
		status = lf_classifier_check_length(spec->longest, error);
	if (status != LF_OK)
		return status;
	lf_arena_take(&arena, 1, sizeof(lf_classifier_predictor));
	status = layout(&measured, spec, &arena, error);
	if (status == LF_OK)
		*bytes = lf_arena_bytes(&arena);
	return status;
}

lf_status
lf_classifier_predictor_create(const lf_classifier_predictor_spec *spec,
							   const lf_allocator *allocator, lf_interrupt interrupt,
							   lf_classifier_predictor **predictor, lf_error *error)
{
	size_t bytes;
	lf_memory memory;
	lf_classifier_predictor *made;
	lf_status status = lf_classifier_predictor_bytes(spec, &bytes, error);

	*predictor = NULL;
	if (status == LF_OK)
		status = lf_memory_take(&memory, allocator, bytes, "Classifying", error);
	if (status != LF_OK)
		return status;
	made = lf_arena_take(&memory.arena, 1, sizeof(lf_classifier_predictor));
	made->memory = memory;
	made->interrupt = interrupt;
	made->spec = *spec;
	*predictor = made;
	return LF_OK;
}

void
lf_classifier_predictor_begin(lf_classifier_predictor *predictor, const lf_sequence *sequences,
							  int64_t count, float *logits)
{
	predictor->sequences = sequences;
	predictor->count = count;
	predictor->logits = logits;
	predictor->first = 0;
	predictor->ordered = 0;
	predictor->done = 0;
	predictor->answers = 0;
}

/* Zero the memory, carve it, and load the weights: a piece, as a large network takes a while. */
static lf_status
prepare(lf_classifier_predictor *predictor, lf_error *error)
{
	lf_status status;

	if (predictor->carved)
	{
		lf_classifier_load_cell(&predictor->classifier, predictor->spec.parameters,
								predictor->loaded++);
		return LF_OK;
	}
	if (!lf_arena_clear(&predictor->memory.arena, LF_CLEAR_BYTES))
		return LF_OK;
	status = layout(predictor, &predictor->spec, &predictor->memory.arena, error);
	predictor->carved = status == LF_OK;
	return status;
}

static bool
is_ready(const lf_classifier_predictor *predictor)
{
	return predictor->carved && predictor->loaded == lf_classifier_cells(&predictor->classifier);
}

/* Put the next sequences in order. */
static void
order_block(lf_classifier_predictor *predictor)
{
	const int64_t left = predictor->count - predictor->first - predictor->ordered;

	predictor->first += predictor->ordered;
	predictor->ordered = lf_smaller(left, predictor->block);
	predictor->done = 0;
	for (int64_t i = 0; i < predictor->ordered; i++)
	{
		predictor->numbers[i] = predictor->first + i;
		predictor->places[i] = predictor->answers;
		predictor->answers += lf_classifier_answers(
			&predictor->spec.network, predictor->sequences[predictor->first + i].length);
	}
	lf_classifier_order(predictor->sequences, predictor->ordered, predictor->numbers,
						predictor->keys);
}

/* The logits of a run to their places. */
static void
hand_out(lf_classifier_predictor *predictor, const int64_t *numbers)
{
	const lf_classifier *classifier = &predictor->classifier;
	const int classes = classifier->config.classes;
	lf_classifier_answer answer = {0};

	for (int64_t i = 0; i < classifier->answers; i++)
	{
		const int64_t place =
			predictor->places[numbers[answer.row] - predictor->first] + answer.step;

		for (int k = 0; k < classes; k++)
			predictor->logits[place * classes + k] = (float) classifier->logits[i * classes + k];
		lf_classifier_next_answer(classifier, &answer);
	}
}

lf_status
lf_classifier_predictor_step(lf_classifier_predictor *predictor, lf_error *error)
{
	const int64_t *numbers;
	int64_t rows;
	lf_status status;

	if (predictor->first + predictor->done >= predictor->count)
		return LF_DONE;
	if (lf_interrupted(predictor->interrupt))
		return LF_INTERRUPTED;
	if (!is_ready(predictor))
		return prepare(predictor, error);
	if (predictor->done == predictor->ordered)
		order_block(predictor);
	numbers = predictor->numbers + predictor->done;
	rows = lf_classifier_next_rows(&predictor->spec.network, &predictor->room, predictor->sequences,
								   numbers, predictor->ordered - predictor->done);
	status = lf_classifier_forward(
		&predictor->classifier,
		&(lf_classifier_batch){.sequences = predictor->sequences,
							   .numbers = numbers,
							   .rows = rows,
							   .difference_scales = predictor->spec.difference_scales},
		predictor->interrupt);
	if (status != LF_OK)
		return status;
	hand_out(predictor, numbers);
	predictor->done += rows;
	return predictor->first + predictor->done < predictor->count ? LF_OK : LF_DONE;
}

void
lf_classifier_predictor_free(lf_classifier_predictor *predictor)
{
	if (predictor != NULL)
		lf_memory_release(&predictor->memory);
}
