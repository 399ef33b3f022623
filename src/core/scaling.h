/*
 * scaling.h
 *	  From values to network units and back.
 *
 *	 y = (transform(v) - level) / scale
 *
 * Transform first, then the level and scale of the window or of the series,
 * as the normalization says. Everything in double.
 */
#ifndef LF_SCALING_H
#define LF_SCALING_H

#include <stdint.h>

#include "config.h"
#include "dataset.h"

/* Statistics of one series' training part, in transformed units. */
typedef struct lf_scaler
{
	double mean;
	double deviation;
	double minimum;
	double maximum;
	double spread; /* root mean square of a window's steps around its level: the scale of last and mean */
} lf_scaler;

typedef struct lf_level
{
	double level;
	double scale; /* > 0 always: constant series get 1 */
} lf_level;

extern double lf_transform_apply(lf_transform transform, double value);
extern double lf_transform_invert(lf_transform transform, double value);

/*
 * Fit over the first `length` steps, observed ones only, for windows of lookback.
 * Where nothing varies the deviation and spread are 1.
 */
extern void lf_scaler_fit(lf_scaler *scaler, const lf_scaling_config *config,
						  const lf_series *series, int64_t length, int lookback);

/* Level and scale of one window: `window` holds lookback transformed values. */
extern lf_level lf_scaling_level(const lf_scaling_config *config, const lf_scaler *scaler,
								 const double *window, int lookback);

#endif
