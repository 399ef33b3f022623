/*
 * loss_fixture.h
 *	  One of each loss, in the order of lf_loss_kind, as in the golden files.
 */
#ifndef LOSS_FIXTURE_H
#define LOSS_FIXTURE_H

#include "core/loss.h"

#define LOSSES 6

static const lf_loss losses[LOSSES] = {
	{.kind = LF_LOSS_MAE},
	{.kind = LF_LOSS_MSE},
	{.kind = LF_LOSS_HUBER},
	{.kind = LF_LOSS_QUANTILE, .quantile_count = 3, .quantiles = {0.1, 0.5, 0.8}},
	{.kind = LF_LOSS_GAUSSIAN},
	{.kind = LF_LOSS_STUDENT_T},
};

static const char *const loss_names[LOSSES] = {"mae",      "mse",      "huber",
											   "quantile", "gaussian", "student_t"};

/* Those of counts, whose golden file is another. */
#define COUNT_LOSSES 3

static const lf_loss count_losses[COUNT_LOSSES] = {
	{.kind = LF_LOSS_POISSON},
	{.kind = LF_LOSS_NEGATIVE_BINOMIAL},
	{.kind = LF_LOSS_TWEEDIE},
};

static const char *const count_loss_names[COUNT_LOSSES] = {"poisson", "negative_binomial",
														   "tweedie"};

static inline const char *
loss_name(const lf_loss *loss)
{
	return loss->kind < LF_LOSS_POISSON ? loss_names[loss->kind]
										: count_loss_names[loss->kind - LF_LOSS_POISSON];
}

#endif
