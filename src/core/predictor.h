/*
 * predictor.h
 *	  Forecasts of one trained network for windows of a dataset.
 */
#ifndef LF_PREDICTOR_H
#define LF_PREDICTOR_H

#include "arena.h"
#include "attribution.h"
#include "batch.h"
#include "config.h"
#include "dataset.h"
#include "interrupt.h"
#include "network.h"
#include "scaling.h"
#include "status.h"

typedef struct lf_predictor lf_predictor;

typedef struct lf_predictor_spec
{
	lf_network_config network;
	lf_scaling_config scaling;
	const lf_dataset *dataset;
	const lf_scaler *scalers; /* one a series */
	const lf_real *parameters;
	lf_loss loss;         /* what its outputs mean */
	int level_count;      /* probabilities asked for; 0 for losses without a distribution */
	const double *levels; /* (level_count) ascending, each in (0, 1) */
	int64_t max_rows;     /* windows a call will bring at most; the predictor batches within */
	const lf_kernels *kernels;
} lf_predictor_spec;

/*
 * Bytes that lf_predictor_create will ask for; errors as lf_trainer_bytes, and
 * LF_ERROR_CONFIG for levels without a distribution.
 */
extern lf_status lf_predictor_bytes(const lf_predictor_spec *spec, size_t *bytes, lf_error *error);

/*
 * Take one block of that size from the allocator; LF_ERROR_MEMORY where it gives
 * none. dataset, scalers and parameters stay the caller's and must outlive it.
 * interrupt may be NULL.
 */
extern lf_status lf_predictor_create(const lf_predictor_spec *spec, const lf_allocator *allocator,
									 lf_interrupt interrupt, lf_predictor **predictor,
									 lf_error *error);

/*
 * Forecast for another dataset from now on, with other scalers and levels, as in the
 * spec; the weights stay packed. Not in the middle of a run.
 */
extern void lf_predictor_retarget(lf_predictor *predictor, const lf_dataset *dataset,
								  const lf_scaler *scalers, int level_count, const double *levels);

/*
 * Take the windows of the runs from now on, the same window again and again, for the points of an
 * attribution (kept by pointer), as many as it has; NULL: for what they are. Not in the middle of a
 * run.
 */
extern void lf_predictor_attribute(lf_predictor *predictor, const lf_attribution *attribution);

/*
 * What the network begins from at the window of such a run, which is over: the forecast (H_out) if
 * it added nothing to the seasonal naive forecast, or, where it has none, to the window's level.
 */
extern void lf_predictor_unchanged(const lf_predictor *predictor, double *forecasts);

/*
 * Begin with count windows (kept by pointer), then step until LF_DONE, as with the trainer.
 * forecasts, (count, H_out) in the data's own units, is complete at LF_DONE, as is
 * quantiles, (count, H_out, level_count), ascending in the level; NULL without levels.
 * The forecast is the location, under quantile the median, and of counts the mean. Under a
 * transform both are transformed back as they are, so the location of a gaussian or student_t is
 * the median there. Finite outputs give finite values. Windows may begin before their series, with
 * one step of history or none: see batch.h.
 */
extern void lf_predictor_begin(lf_predictor *predictor, const lf_window *windows, int64_t count,
							   double *forecasts, double *quantiles);

/* Of a run that has begun, with a loss of counts: give their dispersions, too, (count, H_out). */
extern void lf_predictor_tell_dispersions(lf_predictor *predictor, double *dispersions);
extern lf_status lf_predictor_step(lf_predictor *predictor, lf_error *error);
extern void lf_predictor_free(lf_predictor *predictor);

#endif
