/*
 * holdout.h
 *	  Which labels are held out of a training: to end it in time, and to measure it.
 *
 * What is held out is a series, or, of few series with a label a row, a block of rows: networks
 * read its values, but not its labels. Of each class the same share is held out, where it is there
 * more than once, and by chance. Of many held-out labels half end the training and half measure it;
 * few do both.
 */
#ifndef LSTM_FORECAST_HOLDOUT_H
#define LSTM_FORECAST_HOLDOUT_H

#include "postgres.h"

#include "classes/class_series.h"

typedef enum ClassPart
{
	PART_TRAIN,
	PART_STOP,
	PART_TEST
} ClassPart;

typedef struct ClassHoldout
{
	int64 units;  /* series, or blocks of rows */
	uint8 *part;  /* (units), a ClassPart */
	int block;    /* rows of a block; 0: units are series */
	int64 *first; /* (series) the first block of each */
	int64 held;   /* units that are */
	int folds;    /* 0: none; else all parts are PART_TRAIN */
	uint8 *fold;  /* (units), where there are folds */
	bool shared;  /* those that are end the training and measure it: all are PART_STOP */
} ClassHoldout;

/* The default of the option validation_fraction. */
#define DEFAULT_CLASS_VALIDATION 0.2

/*
 * rows: a label is of a row; fraction: to hold out, NaN: what suits; members: networks that could
 * each leave out another part. In CurrentMemoryContext; interruptible.
 */
extern ClassHoldout holdout_choose(ClassData *data, bool rows, double fraction, int members,
								   uint64 seed);

static inline ClassPart
holdout_part(const ClassHoldout *holdout, int64 series, int64 row)
{
	int64 unit = holdout->block == 0 ? series : holdout->first[series] + row / holdout->block;

	return (ClassPart) holdout->part[unit];
}

/* (series) which have no label to train on; NULL where units are blocks. */
extern bool *holdout_held_series(const ClassData *data, const ClassHoldout *holdout);

#endif
