/*
 * class_sequences.c
 *	  Sequences with the labels of each part of a training.
 */
#include "postgres.h"

#include "storage/shmem.h"

#include "base/interrupts.h"
#include "classes/class_sequences.h"

/* Does a row's label count in a part? */
static bool
counts_in(const ClassHoldout *holdout, const Piece *piece, int64 row, int part)
{
	return part == PART_ALL || (int) holdout_part(holdout, piece->series, row) == part;
}

/*
 * A piece's labels, of its own rows and of one part, into labels (rows that it reads); returns how
 * many count.
 */
static int64
fill_labels(const ClassData *data, const ClassHoldout *holdout, const Piece *piece, int part,
			int32 *labels)
{
	const ClassSeries *series = &data->series[piece->series];
	int64 count = 0;

	for (int i = 0; i < piece->before + piece->own + piece->after; i++)
	{
		int64 row = piece->first - piece->before + i;
		bool own = i >= piece->before && i < piece->before + piece->own;

		labels[i] =
			own && counts_in(holdout, piece, row, part) ? series->classes[row] : LF_UNLABELLED;
		count += labels[i] != LF_UNLABELLED;
	}
	return count;
}

/* Append a piece where it has a label of the part. Series with one label lend it. */
static void
append_piece(ClassSequences *sequences, ClassData *data, const ClassHoldout *holdout,
			 const Piece *piece, int part, bool rows)
{
	Size width = sizeof(int32) * (piece->before + piece->own + piece->after);
	const int32 *labels = &data->series[piece->series].one;
	int64 count = 1;

	if (rows)
	{
		int32 *own;

		account_take(&data->account, width);
		own = palloc(width);
		count = fill_labels(data, holdout, piece, part, own);
		labels = own;
		if (count == 0)
		{
			pfree(own);
			account_give(&data->account, width);
		}
	}
	else if (!counts_in(holdout, piece, 0, part))
		count = 0;
	if (count == 0)
		return;
	if (part == PART_ALL && holdout->folds > 0)
		sequences->fold[sequences->part[part].count] = holdout->fold[piece->series];
	sequences->sequence[sequences->count++] = piece_sequence(data, piece, labels);
	sequences->part[part].count++;
	sequences->part[part].labels += count;
}

/* Labels of each class, in the part that has all. */
static void
count_classes(ClassSequences *sequences, const ClassData *data, bool rows)
{
	sequences->counts = palloc0(sizeof(int64) * data->class_count);
	for (int64 i = 0; i < sequences->part[PART_ALL].count; i++)
	{
		const lf_sequence *sequence = &sequences->sequence[sequences->part[PART_ALL].first + i];

		check_interrupts();
		for (int k = 0; k < (rows ? sequence->length : 1); k++)
			if (sequence->labels[k] != LF_UNLABELLED)
				sequences->counts[sequence->labels[k]]++;
	}
}

ClassSequences
class_sequences_build(ClassData *data, const Pieces *pieces, const ClassHoldout *holdout, bool rows)
{
	ClassSequences sequences = {0};
	int64 most = pieces->count * PART_COUNT;

	account_take(&data->account, mul_size(sizeof(lf_sequence) + sizeof(int64), most));
	sequences.sequence = huge_array(most, 1, sizeof(lf_sequence));
	sequences.numbers = huge_array(most, 1, sizeof(int64));
	sequences.folds = holdout->folds;
	sequences.fold = huge_array(pieces->count, 1, 1);
	for (int part = 0; part < PART_COUNT; part++)
	{
		sequences.part[part].first = sequences.count;
		for (int64 i = 0; i < pieces->count; i++)
		{
			check_interrupts();
			append_piece(&sequences, data, holdout, &pieces->piece[i], part, rows);
		}
	}
	for (int64 i = 0; i < sequences.count; i++)
		sequences.numbers[i] = i;
	count_classes(&sequences, data, rows);
	return sequences;
}

int64 *
class_sequences_of_fold(const ClassSequences *sequences, int fold, bool held, int64 *count)
{
	int64 all = sequences->part[PART_ALL].count;
	int64 *numbers = huge_array(all, 1, sizeof(int64));

	*count = 0;
	for (int64 i = 0; i < all; i++)
		if ((sequences->fold[i] == fold) == held)
			numbers[(*count)++] = sequences->part[PART_ALL].first + i;
	return numbers;
}
