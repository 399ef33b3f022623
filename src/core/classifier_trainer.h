/*
 * classifier_trainer.h
 *	  Trains one classifier: a state machine whose step is a bounded quantum of work.
 *
 *		while ((status = lf_classifier_trainer_step(trainer, &error)) == LF_OK ||
 *			   status == LF_INTERRUPTED)
 *			the caller looks at its interrupts, clock and progress
 *
 * Each epoch takes steps_per_epoch batches of sequences, every sequence once in a random order,
 * then in another; then it validates; the weights with the least validation loss are kept. The loss
 * is the cross-entropy of cross_entropy.h, the mean over the labelled answers of a batch, each with
 * the weight of its class. Everything random comes from the seed: the same input gives the same
 * bits.
 */
#ifndef LF_CLASSIFIER_TRAINER_H
#define LF_CLASSIFIER_TRAINER_H

#include "augmentation.h"
#include "classifier.h"
#include "config.h"
#include "training_log.h"

typedef struct lf_classifier_trainer_spec
{
	lf_classifier_config network;
	lf_training_config training; /* its loss is not looked at */
	const lf_sequence *sequences;
	const int64_t *train; /* (train_count) numbers of sequences; at least one has a label */
	int64_t train_count;
	const int64_t *validation; /* (validation_count); 0: the last weights are kept */
	int64_t validation_count;
	const float
		*difference_scales; /* (C): the differences that the network reads are times it; NULL: 1 */
	lf_augmentation augmentation; /* of the sequences trained on; only with LF_SUPERVISION_LAST */
	const double *class_weights;  /* (K), each >= 0 and finite, not all zero; NULL: all one */
	const lf_kernels *kernels;
	const lf_real *initial; /* weights to go on from, in the table's order; NULL: fresh ones */
} lf_classifier_trainer_spec;

typedef struct lf_classifier_trainer lf_classifier_trainer; /* lives in its block */

/*
 * Bytes that lf_classifier_trainer_create will ask for; LF_ERROR_LIMIT on overflow, LF_ERROR_CONFIG
 * as the table and for options or class weights out of range, LF_ERROR_DATA for a sequence without
 * steps, a label that is no class, and where no sequence to train on has a label that counts.
 */
extern lf_status lf_classifier_trainer_bytes(const lf_classifier_trainer_spec *spec, size_t *bytes,
											 lf_error *error);

/*
 * Take one block of that size from the allocator. Sequences, lists, scales, class weights and the
 * initial weights stay the caller's and must outlive it. interrupt may be NULL.
 */
extern lf_status lf_classifier_trainer_create(const lf_classifier_trainer_spec *spec,
											  const lf_allocator *allocator, lf_interrupt interrupt,
											  lf_classifier_trainer **trainer, lf_error *error);

/*
 * The next quantum. LF_OK and LF_INTERRUPTED: call again; LF_DONE: trained; LF_ERROR_DIVERGED with
 * the epoch in the text.
 */
extern lf_status lf_classifier_trainer_step(lf_classifier_trainer *trainer, lf_error *error);

/* Stop at the next steps, with the best weights so far, or before a validation the last. */
extern void lf_classifier_trainer_finish(lf_classifier_trainer *trainer);

/* What the log is to say of the time, until it is told another. */
extern void lf_classifier_trainer_set_clock(lf_classifier_trainer *trainer, double seconds);

extern const lf_trainer_progress *
lf_classifier_trainer_get_progress(const lf_classifier_trainer *trainer);

/* The best weights, table order, complete at LF_DONE; valid until the trainer is freed. */
extern const lf_real *lf_classifier_trainer_parameters(const lf_classifier_trainer *trainer);

/* The log so far, *count rows, as lf_trainer_log has it. */
extern const lf_epoch *lf_classifier_trainer_log(const lf_classifier_trainer *trainer, int *count);

/* NULL is nothing. */
extern void lf_classifier_trainer_free(lf_classifier_trainer *trainer);

#endif
