/*
 * batch.h
 *	  Fills batches with windows in network units.
 */
#ifndef LF_BATCH_H
#define LF_BATCH_H

#include "arena.h"
#include "config.h"
#include "dataset.h"
#include "network.h"
#include "scaling.h"

/* Owns the arrays of an lf_batch of up to max_rows windows. */
typedef struct lf_batch_builder
{
	lf_network_config network;
	lf_scaling_config scaling;
	const lf_dataset *dataset;
	const lf_scaler *scalers; /* one a series */
	int64_t max_rows;
	lf_batch batch;	  /* what lf_batch_fill made */
	lf_level *levels; /* (max_rows): to undo the scaling of row r */
	/* arrays behind batch, and scratch; private to batch.c */
	lf_real *patches, *window, *base, *target, *weight;
	double *history;
} lf_batch_builder;

extern void lf_batch_layout(lf_batch_builder *builder, const lf_network_config *network,
							const lf_scaling_config *scaling, const lf_dataset *dataset,
							const lf_scaler *scalers, int64_t max_rows, bool with_targets,
							lf_arena *arena);

/*
 * Fill builder->batch with these windows. With targets, the observed target
 * steps carry weight 1, filled ones and those past the series' end 0;
 * *counted (may be NULL) gets their number.
 */
extern void lf_batch_fill(lf_batch_builder *builder, const lf_window *windows, int64_t rows,
						  int64_t *counted);

/* Observed target steps of these windows, over all answers: the loss's denominator. */
extern int64_t lf_batch_count(const lf_batch_builder *builder, const lf_window *windows,
							  int64_t rows);

/* Row r's forecast, H_out network units into values: undo scale, level and transform. */
extern void lf_batch_restore(const lf_batch_builder *builder, int64_t row, const lf_real *output,
							 double *values);

#endif
