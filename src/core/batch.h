/*
 * batch.h
 *	  Fills batches with windows in network units.
 */
#ifndef LF_BATCH_H
#define LF_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "dataset.h"
#include "network.h"
#include "scaling.h"

#define LF_LARGEST_UNIT 1e15

/*
 * How often a blind window does not see a category: so often a network learns what to forecast
 * where it is unknown, which the indicators tell by 0.
 */
#define LF_LABEL_DROPOUT 0.1

/* What batches are for and filled from. */
typedef struct lf_batch_spec
{
	lf_network_config network;
	lf_scaling_config scaling;
	const lf_dataset *dataset;
	const lf_scaler *scalers; /* one a series */
	int64_t max_rows;         /* windows of a batch at most */
	bool with_targets;        /* false: forecasts only; lf_batch_count still works */
} lf_batch_spec;

/* Owns the arrays of an lf_batch. */
typedef struct lf_batch_builder
{
	lf_batch_spec spec;
	lf_batch batch;   /* what lf_batch_fill made */
	lf_level *levels; /* (max_rows): to undo the scaling of row r */
	/* arrays behind batch, and scratch; private to batch.c and attribution.c */
	lf_real *patches, *window, *base, *future, *change, *target, *weight, *unit;
	double *history;   /* (L + H_out) */
	double *reference; /* (F_c): covariates at the window's level */
	bool *dropped;     /* (C - 1): channels that are 0 in the present row; NULL: none ever is */
} lf_batch_builder;

/*
 * Carve the arrays; the spec is copied, what it points to stays the caller's. Where
 * the sizes overflow, arena->overflow says so.
 */
extern void lf_batch_layout(lf_batch_builder *builder, const lf_batch_spec *spec, lf_arena *arena);

/*
 * Fill builder->batch with these windows, at most max_rows. Network units are kept
 * within +-LF_LARGEST_UNIT, so that float arithmetic on them stays finite.
 *
 * Steps before the series are padded: 0 in network units in every channel, and no
 * part of the window's level and scale, so that they tell nothing. Steps past the
 * series' end repeat its last value, their past covariates and the future ones past
 * `covered` are 0.
 *
 * With sequence supervision answer a stands after patch a, at step (a + 1) * w of
 * the window, and its targets are the H_out steps from there on. With targets, the
 * observed target steps carry weight 1; filled ones and those outside the series 0,
 * and so do all steps of an answer whose last known step was not observed: before the
 * series there is nothing to answer from, and in a hole that step was filled by
 * what came after it. *counted (may be NULL) gets the number of weights that are 1.
 *
 * base is the seasonal naive forecast from the answer's place, as lf_naive_forecast
 * gives it: seasons count as far as their steps are real, and where less than one
 * is real the last real value comes again. An early answer with less than a period
 * of the window before its place has base 0, the window's level, whatever is
 * real: it is there for its gradient only.
 *
 * Under LF_NORMALIZE_COUNT base is what lf_count_link makes of that, and of the window's mean as
 * two seasons more: of few counts a season alone says little; but none where the place had only
 * zeros, of which there are too few for that to be chance. Without a season it is the mean.
 *
 * In a blind window the channels of some categories are 0 throughout, by its number alone.
 *
 * change is 0 in the mean over the steps that the naive forecast is the mean of, or
 * where base is 0 or there is none, over those that the window's level is the mean of;
 * where that level is the series' own, change is future.
 */
extern void lf_batch_fill(lf_batch_builder *builder, const lf_window *windows, int64_t rows,
						  int64_t *counted);

/* Observed target steps of these windows, over all answers: the loss's denominator. */
extern int64_t lf_batch_count(const lf_batch_builder *builder, const lf_window *windows,
							  int64_t rows);

/* The level and scale of row r. */
extern lf_level lf_batch_level(const lf_batch_builder *builder, int64_t row);

/*
 * From network units of row r to a value: undo scale, level and transform.
 * Ascending in the unit; finite units give finite values.
 */
extern double lf_batch_restore(const lf_batch_builder *builder, int64_t row, double unit);

#endif
