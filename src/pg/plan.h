/*
 * plan.h
 *	  From options and data to a training plan: everything that was left to "auto".
 */
#ifndef LSTM_FORECAST_PLAN_H
#define LSTM_FORECAST_PLAN_H

#include "postgres.h"

#include "core/config.h"
#include "options.h"
#include "series.h"

typedef struct MemberPlan
{
	lf_network_config network;
	lf_scaling_config scaling;
	lf_training_config training;
} MemberPlan;

/*
 * The tail of the series that is not learned from. Training targets end where
 * validation starts; early stopping looks at validation, the errors and
 * intervals come from calibration. shared: one tail serves both, where the
 * series is too short for two. Both 0: no tail at all.
 */
typedef struct Holdout
{
	int64 validation;
	int64 calibration;
	bool shared;
} Holdout;

/* Steps of the whole tail: what is not trained on. */
static inline int64
holdout_steps(const Holdout *holdout)
{
	return holdout->validation + holdout->calibration;
}

typedef struct TrainPlan
{
	TrainOptions options; /* effective; auto remains only where members differ by design */
	int season;           /* 1: none */
	Holdout holdout;
	int member_count;
	MemberPlan *members;
} TrainPlan;

/*
 * Decide everything, in CurrentMemoryContext. Raises 22000 with the rows found
 * and needed when the series is too short, and 22023 for options that do not go
 * together or with the data.
 */
extern TrainPlan *plan_training(const GridSeries *series, const TrainOptions *given);

#endif
