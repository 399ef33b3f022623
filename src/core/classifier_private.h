/*
 * classifier_private.h
 *	  A run of a classifier over some sequences: what classifier*.c share among themselves.
 *
 * Sequences lie by length, the longest first, side by side: B rows, T = patches of the longest.
 * Answers are those that there are, step by step and row by row within a step: A = B, or with
 * LF_SUPERVISION_SEQUENCE the sum of the lengths.
 */
#ifndef LF_CLASSIFIER_PRIVATE_H
#define LF_CLASSIFIER_PRIVATE_H

#include "classifier.h"
#include "dense.h"
#include "stack.h"

/* What a run may be of. */
typedef struct lf_classifier_room
{
	int64_t rows;      /* B at most */
	int64_t positions; /* T * B at most */
	int patches;       /* T at most */
} lf_classifier_room;

/* A struct by value in its owner, which must not move after the layout. */
typedef struct lf_classifier
{
	lf_classifier_config config;
	lf_classifier_room room;
	lf_parameter_table table;
	lf_dense dense; /* kernels, weights */
	lf_stack stack;
	lf_tape tape;
	lf_rectifier embedding; /* where w > 1 */
	size_t head_weight, head_bias;
	int features; /* F */

	/* of the last run */
	int steps;              /* T */
	int64_t rows;           /* B */
	int64_t answers;        /* A */
	int64_t *active;        /* (T): rows that have the patch */
	lf_real *x;             /* (T, B, w * C); zero where there is nothing */
	lf_real *embedded;      /* (T, B, d) where w > 1 */
	lf_real *head_inputs;   /* (A, F), after dropout */
	lf_real *logits;        /* (A, K); after a run with gradient their derivative */
	int32_t *labels;        /* (A) */
	lf_real *d_embedded;    /* (T, B, d) */
	lf_real *d_head_inputs; /* (A, F) */
	uint8_t *kept;          /* (A, F): 1 where dropout let through */
	lf_states d_states; /* (B, P), or with LF_SUPERVISION_SEQUENCE (T * B, P), of the top layer */
} lf_classifier;

/* Some sequences, by their numbers: the longest first. */
typedef struct lf_classifier_batch
{
	const lf_sequence *sequences;
	const int64_t *numbers; /* (rows) */
	int64_t rows;
} lf_classifier_batch;

/* Patches of a sequence of that length. */
static inline int
lf_classifier_patches(const lf_classifier_config *config, int length)
{
	return (length + config->patch_length - 1) / config->patch_length;
}

/* Room for runs of sequences of at most that length, of which there are that many: near the cache.
 */
extern lf_classifier_room lf_classifier_room_for(const lf_classifier_config *config,
												 const lf_kernels *kernels, int longest,
												 int64_t sequences);

/*
 * How many of count sequences, the longest first, the next run takes: as many as there is room for,
 * but none of less than half the length of the first, as what is beside it costs almost as much.
 */
extern int64_t lf_classifier_next_rows(const lf_classifier_config *config,
									   const lf_classifier_room *room, const lf_sequence *sequences,
									   const int64_t *numbers, int64_t count);

/* Carve a classifier from the arena (also a measuring one). */
extern lf_status lf_classifier_layout(lf_classifier *classifier, const lf_classifier_config *config,
									  const lf_classifier_room *room, const lf_kernels *kernels,
									  bool training, lf_arena *arena, lf_error *error);

static inline int
lf_classifier_cells(const lf_classifier *classifier)
{
	return classifier->stack.shape.layers * classifier->stack.shape.directions;
}

/* Use these parameters (kept by pointer): all cells are due, each a piece of work. */
extern void lf_classifier_load_cell(lf_classifier *classifier, const lf_real *parameters, int cell);

/* Answers of a batch into classifier->logits, without dropout. */
extern lf_status lf_classifier_forward(lf_classifier *classifier, const lf_classifier_batch *batch,
									   lf_interrupt interrupt);

/* The place of a run's answer of row `row` after step `step`; it goes with answers, step by step.
 */
typedef struct lf_classifier_answer
{
	int step;
	int64_t row;
} lf_classifier_answer;

/* The answer after this one. */
static inline void
lf_classifier_next_answer(const lf_classifier *classifier, lf_classifier_answer *answer)
{
	if (++answer->row < classifier->active[answer->step] ||
		classifier->config.supervision == LF_SUPERVISION_LAST)
		return;
	answer->row = 0;
	answer->step++;
}

/*
 * Loss and gradient of a batch whose sequences have labels: the sum of cross_entropy.h times scale
 * into *loss, gradient (table.total reals) is overwritten. random: for dropout; NULL: none. On
 * LF_INTERRUPTED nothing counts, and random is as it was.
 */
extern lf_status lf_classifier_gradient(lf_classifier *classifier, const lf_classifier_batch *batch,
										const double *class_weights, double scale,
										lf_random *random, lf_real *gradient, double *loss,
										lf_interrupt interrupt);

/* The sum of cross_entropy.h of the last forward run, and its weight. */
extern lf_status lf_classifier_measure(lf_classifier *classifier, const lf_classifier_batch *batch,
									   const double *class_weights, lf_interrupt interrupt,
									   double *loss, double *weight);

#endif
