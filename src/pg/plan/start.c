/*
 * start.c
 *	  The statistical forecast of each series that stands beside the networks, or for them.
 *
 * A network learns from windows. Of few that overlap it learns one stretch of the past by heart,
 * and what it takes from that is worse than a level, a trend and a season that were fitted to the
 * same steps. So where windows span less than ENOUGH_HORIZONS there is no network, and where
 * there is one it has to err less than the start on steps that neither has seen
 * (train/start_share.c).
 */
#include "postgres.h"

#include "core/loss.h"
#include "plan/plan_private.h"

#define ENOUGH_HORIZONS 4 /* that training windows have to span */
#define LEAST_OBSERVED 3  /* steps from which anything can be told */

/* What does not go together with the pretrained network alone. */
static void
check_only(const Panel *panel, const TrainOptions *options)
{
	if (options->start == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"pretrained\" is \"only\", but \"start\" is false"),
						errdetail("The pretrained network is one of the starts."),
						errhint("Leave one of them out.")));
	if (panel->past + panel->future > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"pretrained\" is \"only\", but there are covariates"),
				 errdetail("The pretrained network forecasts a series by its own past alone."),
				 errhint("Leave the covariates out, or set \"pretrained\" to \"join\".")));
}

/* Who says what the networks are wants these. */
void
plan_start(PlanFacts *facts, TrainOptions *options, TrainPlan *plan)
{
	bool counts = lf_loss_of_counts((lf_loss_kind) options->loss);

	if (options->interval == INTERVAL_MODEL && options->start == 1 && !counts &&
		options->pretrained != PRETRAINED_ONLY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"start\" is true, but \"interval\" is \"model\""),
				 errdetail("The distribution of the networks says nothing about another forecast."),
				 errhint("Leave one of them out.")));
	if (options->pretrained == PRETRAINED_ONLY)
	{
		check_only(facts->panel, options);
		options->start = 1;
	}
	if (options->start == OPTION_AUTO)
	{
		options->start =
			!options->networks_given && (counts || options->interval != INTERVAL_MODEL);
		plan_reason(facts, "start",
					options->start
						? "no option says what the networks are"
						: "an option says what the networks are, or how they are trained");
	}
	plan->starts = options->start == 1;
}

bool
plan_can_train(const PlanFacts *facts, const TrainOptions *options, int lookback, int64 tail)
{
	int min_history = plan_min_history(facts, options, lookback);
	int64 windows = plan_windows(facts, lookback, min_history, options->horizon, tail);

	return tail > 0 && windows >= (int64) ENOUGH_HORIZONS * options->horizon;
}

/* No networks are trained, or kept: only what starts need is asked for. */
void
plan_starts_alone(PlanFacts *facts, TrainPlan *plan)
{
	const TrainOptions *options = &plan->options;
	int64 longest = facts->longest;
	bool alone = facts->dataset.count == 1;

	if (longest < LEAST_OBSERVED)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						options->pretrained == PRETRAINED_ONLY
							? (alone ? errmsg("series is too short to forecast")
									 : errmsg("every series is too short to forecast"))
							: (alone ? errmsg("series is too short to train on")
									 : errmsg("every series is too short to train on")),
						errdetail("%lld steps were found, at least %d are needed.",
								  (long long) longest, LEAST_OBSERVED),
						errhint("Give more rows.")));
	plan_check_transform(facts, options->transform);
	memset(&plan->holdout, 0, sizeof(plan->holdout));
	plan->member_count = 0;
}

void
plan_without_networks(PlanFacts *facts, TrainPlan *plan)
{
	const TrainOptions *options = &plan->options;
	int64 longest = facts->longest;
	bool alone = facts->dataset.count == 1;

	plan_starts_alone(facts, plan);
	if (options->pretrained == PRETRAINED_ONLY)
	{
		plan_reason(facts, "ensemble_size", "the pretrained network forecasts alone");
		return;
	}
	plan_reason(facts, "ensemble_size",
				"%lld steps are too few to train a network for a horizon of %d",
				(long long) longest, options->horizon);
	ereport(
		NOTICE,
		(alone ? errmsg("series is too short to train a network on")
			   : errmsg("series are too short to train a network on"),
		 errdetail("Forecasts go on with the level, trend and season of each series; the longest "
				   "has %lld steps.",
				   (long long) longest),
		 errhint("Give more rows, or lower \"horizon\"; \"start\" => false trains all the "
				 "same.")));
}
