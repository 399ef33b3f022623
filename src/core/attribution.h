/*
 * attribution.h
 *	  Which part of what a window holds has which effect on its forecast.
 *
 * What a network reads is put into parts: values by their age, covariates by their channel. On
 * a straight path all of it grows from neutral (values at the window's level, covariates at 0) to
 * what it is; the effect of a part is what the forecast gains while that part grows, as in
 * integrated gradients (Sundararajan, Taly and Yan 2017), for groups of inputs the values of Aumann
 * and Shapley. The path is walked in segments, in each of them part after part, in turn forward and
 * backward through the parts. So effects are differences of forecasts: they add up exactly,
 * whatever the number of segments, through transforms and medians as well; what the
 * network ignores has the effect 0; and they come near the integrals with the square of the
 * segments.
 *
 * Fixed on the path are the window's level and scale, and the seasonal naive forecast that the
 * network adds to: what it starts from is no effect of its inputs.
 */
#ifndef LF_ATTRIBUTION_H
#define LF_ATTRIBUTION_H

#include <stdint.h>

#include "batch.h"
#include "interrupt.h"
#include "status.h"

/* Segments after which effects hardly change any more: an even number. */
#define LF_ATTRIBUTION_SEGMENTS 8

typedef struct lf_attribution
{
	int parts;       /* >= 1 */
	int segments;    /* >= 1 */
	int reach;       /* steps before the window's end that ages tell of */
	const int *ages; /* (reach) the part of the value 1, 2, ... steps before it; beyond: the last
					  * one's */
	const int *channels; /* (C - 1) the part of each covariate; NULL: there are none */
} lf_attribution;

/* Points of the path: the neutral one, then one for each part and segment. */
extern int64_t lf_attribution_points(const lf_attribution *attribution);

/* How much of a part there is at a point, from 0 to 1. */
extern double lf_attribution_share(const lf_attribution *attribution, int64_t point, int part);

/*
 * The builder's batch is of the same window in all of its rows: make of them the points first ..
 * first + rows - 1. After LF_INTERRUPTED, which else is LF_OK, fill the batch anew.
 */
extern lf_status lf_attribution_apply(const lf_attribution *attribution, lf_batch_builder *builder,
									  int64_t first, int64_t rows, lf_interrupt interrupt);

/*
 * From the forecasts at all points, (points, horizon), the effects (parts, horizon): at each step
 * they add up to the last point's forecast less the first one's.
 */
extern void lf_attribution_effects(const lf_attribution *attribution, const double *forecasts,
								   int horizon, double *effects);

#endif
