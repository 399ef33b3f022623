/*
 * classify.c
 *	  A model and rows to classes.
 *
 * Pieces are asked about in portions, so that answers of many rows and classes do not lie in memory
 * all at once.
 */
#include "postgres.h"

#include "storage/shmem.h"
#include "utils/memutils.h"

#include "core/temperature.h"
#include "base/interrupts.h"
#include "classes/answers.h"
#include "classes/class_scale.h"
#include "classes/classify.h"
#include "classes/pieces.h"

#define PORTION_NUMBERS (1024 * 1024) /* logits of one portion of pieces, about */

static void
check_columns(const Classifier *classifier, const ClassData *data)
{
	if (data->channels != classifier->channels)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model reads %d value columns, but %d are given",
							   classifier->channels, data->channels),
						errhint("Give the columns of the training, in their order.")));
}

/* Tell the answers of one piece, whose logits are there; labels of rows are those of its own. */
static void
tell_piece(const Classifier *classifier, const ClassData *data, const Piece *piece,
		   const float *logits, ClassTaker *take, void *context)
{
	double probabilities[LF_MAX_CLASSES];
	bool rows = classifier_tells_rows(classifier);
	int classes = classifier->class_count;
	ClassAnswer answer = {.series = &data->series[piece->series], .probabilities = probabilities};

	for (int i = 0; i < (rows ? piece->own : 1); i++)
	{
		check_interrupts();
		lf_softmax(logits + (rows ? (Size) (piece->before + i) * classes : 0), classes,
				   classifier->temperature, probabilities);
		answer.row = rows ? piece->first + i : answer.series->length - 1;
		answer.class = 0;
		for (int c = 1; c < classes; c++)
			if (probabilities[c] > probabilities[answer.class])
				answer.class = c;
		take(context, data, &answer);
	}
}

/* Ask about so many pieces, and tell their answers. */
static void
tell_portion(const Classifier *classifier, ClassData *data, const Piece *pieces, int64 count,
			 ClassTaker *take, void *context)
{
	Scratch scratch = scratch_enter("lstm_forecast portion");
	MemoryAccount own = data->account;
	lf_sequence *sequences = palloc(sizeof(lf_sequence) * count);
	const float *logits;

	for (int64 i = 0; i < count; i++)
		sequences[i] = piece_sequence(data, &pieces[i], NULL);
	logits = answers_logits(classifier, sequences, count, &own);
	for (int64 i = 0; i < count; i++)
	{
		tell_piece(classifier, data, &pieces[i], logits, take, context);
		logits += answers_count(classifier, &sequences[i], 1) * classifier->class_count;
	}
	scratch_leave(&scratch);
}

/* Pieces from that number on that make a portion. */
static int64
portion_size(const Classifier *classifier, const ClassData *data, const Pieces *pieces, int64 first)
{
	int64 numbers = 0;
	int64 count = 0;

	while (first + count < pieces->count && count < INTERRUPT_ROWS && numbers < PORTION_NUMBERS)
	{
		lf_sequence sequence = piece_sequence(data, &pieces->piece[first + count], NULL);

		numbers += answers_count(classifier, &sequence, 1) * classifier->class_count;
		count++;
	}
	return count;
}

void
classify(const Classifier *classifier, const PanelRows *rows, ClassTaker *take, void *context)
{
	bool by_row = classifier_tells_rows(classifier);
	ClassData *data = class_data_build(rows, !by_row);
	Pieces pieces;
	int64 count;

	check_columns(classifier, data);
	(void) class_scale_apply(data, classifier->means, classifier->deviations,
							 classifier->options.normalization == LF_NORMALIZE_INSTANCE);
	pieces = pieces_cut(data, by_row, classifier->members[0].network.bidirectional, false);
	for (int64 first = 0; first < pieces.count; first += count)
	{
		check_interrupts();
		count = portion_size(classifier, data, &pieces, first);
		tell_portion(classifier, data, pieces.piece + first, count, take, context);
	}
}
