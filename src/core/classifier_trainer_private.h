/*
 * classifier_trainer_private.h
 *	  What classifier_trainer.c and classifier_phases.c share: the trainer itself.
 */
#ifndef LF_CLASSIFIER_TRAINER_PRIVATE_H
#define LF_CLASSIFIER_TRAINER_PRIVATE_H

#include "classifier_private.h"
#include "classifier_trainer.h"
#include "descent.h"

/* Sequences of a validation that are put in order together. */
#define LF_CLASSIFIER_BLOCK 4096

typedef enum lf_classifier_phase
{
	LF_CLASSIFIER_CLEAR,
	LF_CLASSIFIER_PREPARE,
	LF_CLASSIFIER_LOAD,
	LF_CLASSIFIER_DRAW,
	LF_CLASSIFIER_GRADIENT,
	LF_CLASSIFIER_ADD,
	LF_CLASSIFIER_MEASURE,
	LF_CLASSIFIER_UPDATE,
	LF_CLASSIFIER_VALIDATE,
	LF_CLASSIFIER_KEEP,
	LF_CLASSIFIER_FINISH,
	LF_CLASSIFIER_DONE
} lf_classifier_phase;

struct lf_classifier_trainer
{
	lf_classifier_trainer_spec spec;
	lf_memory memory; /* that it lies in itself */
	lf_interrupt interrupt;
	lf_descent descent;

	lf_classifier_phase phase;
	bool finishing;     /* lf_classifier_trainer_finish was called */
	int64_t budget;     /* what is left of the quantum, in reals */
	int64_t batch_rows; /* sequences in a batch */
	int64_t row;        /* sequences of the batch that are done; of a validation, of its block */
	int64_t rows;       /* sequences of the micro-batch that is being added */

	lf_classifier_room room;
	lf_classifier network;
	lf_real *part;    /* gradient of a further micro-batch */
	int64_t *numbers; /* (batch_rows, or a block) sequences at hand, the longest first */
	double *keys;     /* as many */

	lf_random weights;
	lf_random shuffle;
	lf_pass pass; /* over the sequences */

	int64_t block;   /* of a validation: where the present block begins */
	int64_t ordered; /* sequences in it */
	double checked_loss;
	double checked_weight;
};

/* Streams of the seed, so that no choice shifts another. */
enum
{
	LF_CLASSIFIER_STREAM_WEIGHTS,
	LF_CLASSIFIER_STREAM_SHUFFLE,
	LF_CLASSIFIER_STREAM_RUNS /* two a micro-batch: for dropout and for augmentation */
};

/* --- classifier_trainer.c --- */

/* Carve everything but the trainer itself. */
extern lf_status lf_classifier_trainer_layout(lf_classifier_trainer *trainer,
											  const lf_classifier_trainer_spec *spec,
											  lf_arena *arena, lf_error *error);

/* --- classifier_phases.c --- */

/* The next piece of the phase that the trainer is in, LF_DONE in the last. */
extern lf_status lf_classifier_run_phase(lf_classifier_trainer *trainer, lf_error *error);

#endif
