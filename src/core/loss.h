/*
 * loss.h
 *	  Losses, their derivatives, and what the outputs of a network mean under each.
 *
 * A network gives O outputs for every forecast step, in O planes: plane 0 is
 * the location, in network units, to which skips and the seasonal naive forecast
 * are added; the others begin at zero.
 *
 *	 mae, mse, huber	O = 1
 *	 quantile			O = 1 + Q: quantile i is location + plane i + 1, put in ascending order
 *						where it is read (Chernozhukov, Fernandez-Val and Galichon 2010)
 *	 gaussian			O = 2: mean, and 1e-3 + softplus(plane 1 + c), which is 1 at 0: deviation.
 *						The least one keeps the likelihood bounded: PyTorch's GaussianNLLLoss has
 *						the same, 1e-6 of variance
 *	 student_t			O = 3: location, scale likewise, degrees of freedom 2 + softplus(plane 2)
 *	 poisson			O = 1: softplus(plane 0) is the mean, in units of the window: loss_counts.h
 *	 negative_binomial,
 *	 tweedie			O = 2: likewise, and a dispersion
 */
#ifndef LF_LOSS_H
#define LF_LOSS_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "real.h"

/* Outputs for every forecast step, O. */
extern int lf_loss_outputs(const lf_loss *loss);

/* Is it a loss of counts, whose location is a mean behind a softplus? */
static inline bool
lf_loss_of_counts(lf_loss_kind kind)
{
	return kind == LF_LOSS_POISSON || kind == LF_LOSS_NEGATIVE_BINOMIAL || kind == LF_LOSS_TWEEDIE;
}

/* Does a network of this loss give a distribution? One quantile alone says nothing of a spread. */
extern bool lf_loss_gives_distribution(const lf_loss *loss);

/*
 * Over count values: sum of weight * loss, in double; NULL weight counts
 * everything. Plane k of the output begins at output + k * plane, that of the
 * derivative at derivative + k * plane; a derivative that is not NULL gets scale *
 * weight * d loss / d output. mae: |e|, derivative 0 at 0; mse: e * e; huber: e *
 * e / 2 within 1, |e| - 1/2 outside (PyTorch's definitions); quantile: the mean
 * over quantiles of twice the pinball loss, which is mae for the median alone;
 * gaussian, student_t and those of counts: negative log likelihood, constants included. A weight of
 * zero hides whatever stands there. unit: of the losses of counts, what a target is in units of;
 * NULL: 1.
 */
extern double lf_loss_sum(const lf_loss *loss, const lf_real *output, size_t plane,
						  const lf_real *target, const lf_real *unit, const lf_real *weight,
						  size_t count, double scale, lf_real *derivative);

/*
 * The values, in network units and ascending, below which one step falls with the
 * probabilities p (ascending, each in (0, 1)), from its O outputs (outputs[k * plane]).
 * quantile: linear between the trained quantiles; beyond the outermost ones on
 * the normal tail that fits the outermost two, and with a single one that everywhere.
 * Only for losses that give a distribution; of counts where the unit is 1. Finite outputs have
 * finite values.
 */
extern void lf_loss_quantiles(const lf_loss *loss, const lf_real *outputs, size_t plane,
							  const double *p, int count, double *values);

#endif
