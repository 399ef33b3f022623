/*
 * plan_private.h
 *	  What plan*.c share: the facts that rules go by, and the reasons they give.
 */
#ifndef LSTM_FORECAST_PLAN_PRIVATE_H
#define LSTM_FORECAST_PLAN_PRIVATE_H

#include "postgres.h"
#include "lib/stringinfo.h"

#include "plan/plan.h"

#define FEW_SERIES 10 /* up to which a panel is treated like a single series */

/* What the rules know about the data. */
typedef struct PlanFacts
{
	const Panel *panel;
	lf_dataset dataset; /* targets only */
	int64 capable;      /* series that have room for the horizon; all where none has */
	int64 length;       /* steps of the typical series that has room for the horizon: the median
						 * over their steps */
	int64 longest;      /* steps of the longest series */
	double least;       /* value */
	double mean;        /* of all series, each counting alike */
	bool whole;         /* every value is a whole number, and none is below zero */
	bool intermittent;  /* often zero, at no times of its own, or 0 and 1: the mean is forecast */
	bool counts;        /* whole, none below zero, often zero where not always: a loss of counts */
	lf_transform logarithm; /* that suits all values; LF_TRANSFORM_NONE: none does */
	int season;             /* 1: none */
	Seasons seasons;        /* with it, all that were found */
	StringInfo reasons;     /* a JSON object without its closing brace */
} PlanFacts;

/*
 * plan.c: what is known of the panel, and what of it stands in the plan, whose options are set.
 */
extern PlanFacts *plan_begin(const Panel *panel, TrainPlan *plan);

/* Lookbacks that the networks of an ensemble have by design. */
typedef struct PlanLookbacks
{
	int shorter;
	int longer;
} PlanLookbacks;

/* The naive forecast that a network starts from. */
typedef struct PlanSkip
{
	int period;  /* 0: none */
	int seasons; /* how many of that period are averaged */
} PlanSkip;

/* Say why an option got its value: lstm_model_info shows it. */
extern void plan_reason(PlanFacts *facts, const char *option, const char *format, ...)
	pg_attribute_printf(3, 4);

/* facts.c: the targets of a panel as the core reads them. */
extern lf_dataset plan_dataset(const Panel *panel);

/* facts.c: look at the data; season as the option says or as the data shows. */
extern PlanFacts *plan_facts(const Panel *panel, TrainOptions *options);
/* kinds.c: what kind of numbers they are, and the options that follow from that. */
extern void plan_kinds(PlanFacts *facts, TrainOptions *options);

/* counts.c: raise 22000 where a loss of counts is asked for and a value is none. */
extern void plan_check_counts(const PlanFacts *facts, const TrainOptions *options);

/* Of one network: raise 22023 where its options do not go together with such a loss. */
extern void plan_check_counts_scaling(const TrainOptions *own);
extern void plan_check_transform(const PlanFacts *facts, int transform);
extern lf_normalization plan_centre(PlanFacts *facts, int lookback, int horizon, int64 tail);
extern PlanSkip plan_skip(PlanFacts *facts, const TrainOptions *options, int64 tail, int lookback);

/* windows.c: patches, lookbacks and the tail. */
extern int plan_patch(PlanFacts *facts, const TrainOptions *options);
extern int plan_patch_within(const TrainOptions *options, int patch);
extern bool plan_holdout(const PlanFacts *facts, int lookback, const TrainOptions *options,
						 Holdout *holdout);
extern PlanLookbacks plan_lookbacks(PlanFacts *facts, const TrainOptions *options, int patch,
									int networks, Holdout *holdout);

/* Is there a window at all, whatever is held out? */
extern bool plan_has_windows(const PlanFacts *facts, const TrainOptions *options, int patch);
extern int plan_min_history(const PlanFacts *facts, const TrainOptions *options, int lookback);
extern int64 plan_windows(const PlanFacts *facts, int lookback, int min_history, int horizon,
						  int64 tail);

/* start.c: what the networks have to improve on, and whether there are enough steps for them. */
extern void plan_start(PlanFacts *facts, TrainOptions *options, TrainPlan *plan);
extern bool plan_can_train(const PlanFacts *facts, const TrainOptions *options, int lookback,
						   int64 tail);
extern void plan_without_networks(PlanFacts *facts, TrainPlan *plan);
extern void plan_starts_alone(PlanFacts *facts, TrainPlan *plan);

/* plan.c: the seed of network number; 22023 where "interval" asks for a distribution that none
 * of the networks gives. */
extern uint64 plan_seed(const TrainOptions *options, int number);
extern void plan_check_interval(const TrainPlan *plan);

/* training.c: width, batch, steps, epochs, patience. */
extern void plan_schedule(const PlanFacts *facts, TrainOptions *options, int64 windows,
						  bool has_tail, lf_training_config *training);

#endif
