/*
 * estimate.h
 *	  What a training will be, before it begins: how much work, memory and time.
 */
#ifndef LSTM_FORECAST_ESTIMATE_H
#define LSTM_FORECAST_ESTIMATE_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "rows/panel_rows.h"
#include "train/training.h"

typedef struct Estimate
{
	int64 windows;    /* that the first network learns from; 0: there are no networks */
	int64 parameters; /* of all networks */
	int64 steps;      /* of the optimizer, of all networks, if none stops early; without refits */
	Size memory;      /* bytes at the peak, in all processes, the rows among them */
	Size model;       /* bytes of the model, if its networks are kept */
	double seconds;   /* of the whole, from `started` on */
} Estimate;

/*
 * Plan the training of train_model, and try pieces of it for some tenths of a second. started: when
 * the reading of the rows began, which a training has to do, too. Errors and notices as of
 * train_model up to the first step. Interruptible; the memory is that of a child of
 * CurrentMemoryContext.
 */
extern Estimate estimate_model(const PanelRows *rows, char **covariate_names,
							   const TrainOptions *options, TimestampTz started);

/* A NOTICE where a training that is about to begin will take more than some minutes. */
extern void notice_long_training(const Training *training);

#endif
