/*
 * class_sequences.h
 *	  Sequences with the labels of each part of a training.
 */
#ifndef LSTM_FORECAST_CLASS_SEQUENCES_H
#define LSTM_FORECAST_CLASS_SEQUENCES_H

#include "postgres.h"

#include "core/classifier.h"
#include "classes/holdout.h"
#include "classes/pieces.h"

/* The parts of holdout.h, and all labels together. */
#define PART_ALL (PART_TEST + 1)
#define PART_COUNT (PART_ALL + 1)

/* Sequences, of which each part has some that follow one another. */
typedef struct ClassSequences
{
	lf_sequence *sequence;
	int64 *numbers; /* 0, 1, ... as the core asks for lists of them */
	int64 count;
	struct
	{
		int64 first;
		int64 count;
		int64 labels; /* that count in it */
	} part[PART_COUNT];
	int64 *counts; /* (classes) labels, of all */
	int folds;     /* as of the holdout */
	uint8 *fold;   /* of each sequence of PART_ALL, where there are folds */
} ClassSequences;

/*
 * The sequences of pieces with labels: a piece with labels of several parts is several sequences,
 * and a label counts in its own rows' part alone. rows: a label is of a row. In
 * CurrentMemoryContext, counted in the data's account. Interruptible.
 */
extern ClassSequences class_sequences_build(ClassData *data, const Pieces *pieces,
											const ClassHoldout *holdout, bool rows);

/*
 * Numbers of the sequences that a fold holds out, or (held false) of those that it does not; how
 * many into *count. In CurrentMemoryContext.
 */
extern int64 *class_sequences_of_fold(const ClassSequences *sequences, int fold, bool held,
									  int64 *count);

#endif
