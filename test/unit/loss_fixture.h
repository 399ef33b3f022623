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

#endif
