/*
 * loss.h
 *	  Losses and their derivatives.
 */
#ifndef LF_LOSS_H
#define LF_LOSS_H

#include <stddef.h>

#include "config.h"
#include "real.h"

/*
 * Over count values: sum of weight * loss(output - target), in double; NULL
 * weight counts everything. Where derivative is not NULL it gets
 * scale * weight * d loss / d output. mae: |e|, derivative 0 at 0; mse: e * e;
 * huber: e * e / 2 within 1, |e| - 1/2 outside (PyTorch's definitions).
 */
extern double lf_loss_sum(lf_loss_kind kind, const lf_real *output, const lf_real *target,
						  const lf_real *weight, size_t count, double scale, lf_real *derivative);

#endif
