/*
 * universal_tuner.h
 *	  Goes on training a universal network on the series at hand: fine-tuning.
 *
 * Windows are drawn from all series equally often, each with a random origin in the part that may
 * be learned from. They are read as forecasts read them, half of them as logarithms where their
 * values are all positive. The optimizer is AdamW, its rate falls to zero by a cosine. Everything
 * random comes from the seed: the same input gives the same bits.
 */
#ifndef LF_UNIVERSAL_TUNER_H
#define LF_UNIVERSAL_TUNER_H

#include "dataset.h"
#include "universal.h"

/* What there is to learn from, and how much of it. What it points to must outlive the tuner. */
typedef struct lf_universal_tuner_spec
{
	lf_universal_config config;
	const lf_dataset *dataset;
	int64_t season;         /* >= 1; 1: none */
	int64_t second;         /* a multiple of it; 0: none */
	int64_t horizon;        /* steps that a window forecasts, fewer at the end of a series */
	int64_t tail;           /* last steps of every series that are not read */
	int64_t history;        /* steps that a window has before its origin, at least; >= 1 */
	const lf_real *initial; /* the weights to go on from */
	const lf_kernels *kernels;
	int64_t steps; /* of the optimizer; 0 leaves the weights as they are */
	double rate;   /* the highest learning rate */
	uint64_t seed;
} lf_universal_tuner_spec;

typedef struct lf_universal_tuner lf_universal_tuner; /* lives in its block */

/* How many series have a window to learn from: without any nothing can be tuned. */
extern int64_t lf_universal_tuner_series(const lf_universal_tuner_spec *spec);

/* Operations of a step, at most: to compare with those of other trainings. */
extern double lf_universal_tuner_flops(const lf_universal_tuner_spec *spec);

/* Bytes that lf_universal_tuner_create will ask for. */
extern lf_status lf_universal_tuner_bytes(const lf_universal_tuner_spec *spec, size_t *bytes,
										  lf_error *error);

/* Take one block of that size. interrupt may be NULL. */
extern lf_status lf_universal_tuner_create(const lf_universal_tuner_spec *spec,
										   const lf_allocator *allocator, lf_interrupt interrupt,
										   lf_universal_tuner **tuner, lf_error *error);

/*
 * The next quantum, some milliseconds. LF_OK and LF_INTERRUPTED: call again; LF_DONE: tuned;
 * LF_ERROR_DATA where no series has a window, LF_ERROR_DIVERGED where weights became NaN.
 */
extern lf_status lf_universal_tuner_step(lf_universal_tuner *tuner, lf_error *error);

/* Steps that were taken. */
extern int64_t lf_universal_tuner_steps(const lf_universal_tuner *tuner);

/* The weights, complete at LF_DONE; valid until the tuner is freed. */
extern const lf_real *lf_universal_tuner_parameters(const lf_universal_tuner *tuner);

/* NULL is nothing. */
extern void lf_universal_tuner_free(lf_universal_tuner *tuner);

#endif
