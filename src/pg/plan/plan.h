/*
 * plan.h
 *	  From options and data to a training plan: everything that was left to "auto".
 */
#ifndef LSTM_FORECAST_PLAN_H
#define LSTM_FORECAST_PLAN_H

#include "postgres.h"

#include "core/config.h"
#include "core/dataset.h"
#include "rows/panel.h"
#include "options/options.h"
#include "plan/season.h"

/* One network of the ensemble. Plain data: it is copied to parallel workers as it is. */
typedef struct MemberPlan
{
	lf_network_config network;
	lf_scaling_config scaling;
	lf_training_config training;
	int min_history; /* real steps that a training window needs before its origin */
	bool refit;      /* go on with all data from the best weights */
	bool trained;    /* it begins with the weights of a trained network */
} MemberPlan;

/*
 * The tail of every series that is not learned from at first. Training targets end
 * where validation starts; early stopping looks at validation, the errors and
 * intervals come from calibration. shared: one tail serves both, where there is too
 * little data for two. Both 0: no tail at all.
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
	Seasons seasons;      /* with it, all that were found */
	bool whole;           /* every value is a whole number, and none is below zero */
	bool intermittent;    /* often zero, at no times of its own, or 0 and 1: forecasts are means */
	bool starts;          /* a start of each series stands beside the networks, or for them */
	Holdout holdout;      /* of the networks; starts alone are judged on their own past */
	int member_count;     /* 0: the rows are too few for a network */
	MemberPlan *members;
	char *reasons; /* JSON object: option -> why it was chosen */
} TrainPlan;

/* A model that is trained on: what its networks are, and what it knows of its data. */
typedef struct PlanParent
{
	int member_count;
	const MemberPlan *members; /* network, scaling and loss of each */
	Seasons seasons;
	const char *reasons;         /* JSON object: option -> why it was chosen */
	const char *text;            /* which model it is, for the reason why */
	const TrainOptions *options; /* with which it was trained */
} PlanParent;

/*
 * Decide how the networks of a model go on from their weights: what they are stays as it is, and a
 * tenth of the steps of their training are taken. given: the model's options where the call says
 * nothing else, but batch_size, learning_rate, max_epochs, max_steps and patience of the call
 * alone. A model without networks has none afterwards. Errors as plan_training's; 22000 where
 * nothing can be held out, too.
 */
extern TrainPlan *plan_finetuning(const Panel *panel, const TrainOptions *given,
								  const PlanParent *parent);

/*
 * Decide everything, in CurrentMemoryContext, for networks of 1 + channels inputs a
 * step of which `future` are known ahead. Raises 22000 with the rows found and needed
 * when every series is too short, and 22023 for options that do not go together or
 * with the data.
 */
extern TrainPlan *plan_training(const Panel *panel, const TrainOptions *given, int channels,
								int future);

#endif
