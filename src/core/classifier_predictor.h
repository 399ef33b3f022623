/*
 * classifier_predictor.h
 *	  The answers of one trained classifier for any number of sequences.
 */
#ifndef LF_CLASSIFIER_PREDICTOR_H
#define LF_CLASSIFIER_PREDICTOR_H

#include "classifier.h"

typedef struct lf_classifier_predictor lf_classifier_predictor; /* lives in its block */

typedef struct lf_classifier_predictor_spec
{
	lf_classifier_config network;
	const lf_real *parameters; /* in the table's order */
	int longest;               /* steps that a sequence will have at most */
	int64_t max_sequences;     /* that a call will bring at most; it batches within */
	const lf_kernels *kernels;
} lf_classifier_predictor_spec;

/* Bytes that lf_classifier_predictor_create will ask for; errors as the table, LF_ERROR_LIMIT. */
extern lf_status lf_classifier_predictor_bytes(const lf_classifier_predictor_spec *spec,
											   size_t *bytes, lf_error *error);

/*
 * Take one block of that size from the allocator. The parameters stay the caller's and must outlive
 * it. interrupt may be NULL.
 */
extern lf_status lf_classifier_predictor_create(const lf_classifier_predictor_spec *spec,
												const lf_allocator *allocator,
												lf_interrupt interrupt,
												lf_classifier_predictor **predictor,
												lf_error *error);

/*
 * Begin with count sequences (kept by pointer), then step until LF_DONE: LF_OK and LF_INTERRUPTED
 * mean call again. logits, complete at LF_DONE, has K numbers an answer, the answers of one
 * sequence after those of the one before: (count, K), or with LF_SUPERVISION_SEQUENCE (sum of
 * lengths, K). Softmax of them gives probabilities: temperature.h.
 */
extern void lf_classifier_predictor_begin(lf_classifier_predictor *predictor,
										  const lf_sequence *sequences, int64_t count,
										  float *logits);
extern lf_status lf_classifier_predictor_step(lf_classifier_predictor *predictor, lf_error *error);

/* NULL is nothing. */
extern void lf_classifier_predictor_free(lf_classifier_predictor *predictor);

#endif
