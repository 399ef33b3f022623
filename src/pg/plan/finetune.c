/*
 * finetune.c
 *	  How the networks of a model go on from their weights, on newer rows.
 *
 * Nothing about a network is decided again, as its weights fit no other one. It has learned what
 * there is to learn of most of the rows, so a tenth of the steps does, smaller ones lest the first
 * of them undo that: half of them judged by held-out windows, half in the refit. Weights mostly
 * validate best as they are, on windows that have hardly changed since, and that is soon seen. What
 * is new lies in the windows at the end, from which the refit alone learns: so there is one
 * whatever validates best.
 */
#include "postgres.h"

#include <math.h>

#include "plan/plan_private.h"

#define STEPS_SHARE 0.05 /* of the steps of a training, and as many for the refit */
#define RATE_SHARE 0.25  /* of its learning rate */
#define LEAST_STEPS 30
#define VALIDATIONS 6 /* of the steps */
#define PATIENCE 2

/* What the call leaves open follows from how the network would be trained by its model's options.
 */
static void
shorten_training(const TrainOptions *call, lf_training_config *training)
{
	int64 least = Min(LEAST_STEPS, training->max_steps);
	int64 steps = Max(least, (int64) ((double) training->max_steps * STEPS_SHARE));
	int64 epochs;

	if (call->max_steps != OPTION_AUTO)
		steps = call->max_steps;
	training->steps_per_epoch = (int) Max(1, Min(steps / VALIDATIONS, PG_INT32_MAX));
	epochs = (steps + training->steps_per_epoch - 1) / training->steps_per_epoch;
	if (call->max_epochs != OPTION_AUTO)
		epochs = Min(epochs, call->max_epochs);
	training->max_epochs = (int) epochs;
	training->max_steps = Min(steps, epochs * training->steps_per_epoch);
	training->patience = call->patience == OPTION_AUTO ? PATIENCE : call->patience;
	if (isnan(call->learning_rate))
		training->learning_rate *= RATE_SHARE;
	else
		training->learning_rate = call->learning_rate;
}

/* What has no logarithm cannot be learned by a network that takes logarithms. */
static void
check_values(const PlanFacts *facts, lf_transform transform)
{
	double bound = transform == LF_TRANSFORM_LOG ? 0 : -1;

	if (transform == LF_TRANSFORM_NONE || facts->least > bound)
		return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the model takes logarithms, but not every value is above %g", bound),
					errdetail("The least value of the rows is %g.", facts->least),
					errhint("Train another model on these rows with lstm_train().")));
}

/* There must be a window to learn from before the tail, and a tail unless none is wanted. */
static void
check_length(const PlanFacts *facts, const TrainOptions *longest, bool held)
{
	int64 history = plan_min_history(facts, longest, longest->lookback);
	int64 needed = history + longest->horizon * (longest->validation_fraction == 0 ? 1 : 2);
	int64 steps = facts->longest;

	if (held)
		return;
	ereport(
		ERROR,
		(errcode(ERRCODE_DATA_EXCEPTION),
		 facts->dataset.count == 1 ? errmsg("series is too short to fine-tune on")
								   : errmsg("every series is too short to fine-tune on"),
		 errdetail(
			 "%lld steps were found, at least %lld are needed: %lld that the networks read, and "
			 "the horizon%s.",
			 (long long) steps, (long long) needed, (long long) history,
			 longest->validation_fraction == 0 ? "" : ", to learn and to hold out"),
		 errhint("Give older rows, too; the model forecasts from short histories without "
				 "fine-tuning.")));
}

static void
plan_member(const PlanFacts *facts, const TrainPlan *plan, const TrainOptions *call, int number,
			int64 tail, MemberPlan *member)
{
	TrainOptions own;
	int lookback = member->network.lookback;
	int64 windows;

	options_of_member(&plan->options, number, &own);
	if (call->batch_size != OPTION_AUTO)
		own.batch_size = call->batch_size;
	member->min_history = plan_min_history(facts, &own, lookback);
	windows = plan_windows(facts, lookback, member->min_history, own.horizon, tail);
	plan_schedule(facts, &own, windows, tail > 0, &member->training);
	shorten_training(call, &member->training);
	if (tail == 0)
		member->training.patience = 0;
	member->training.seed = plan_seed(&own, number);
	member->network.dropout = own.dropout;
	member->refit = own.refit && tail > 0;
}

/* Every network goes on, the tail leaving room for the one that reads most. */
static void
plan_members(PlanFacts *facts, const TrainOptions *call, const PlanParent *parent, TrainPlan *plan)
{
	TrainOptions longest = plan->options;
	int64 tail;

	longest.lookback = 1;
	for (int i = 0; i < parent->member_count; i++)
		longest.lookback = Max(longest.lookback, parent->members[i].network.lookback);
	check_length(facts, &longest, plan_holdout(facts, longest.lookback, &longest, &plan->holdout));
	tail = holdout_steps(&plan->holdout);
	plan->member_count = parent->member_count;
	plan->members = palloc(sizeof(MemberPlan) * parent->member_count);
	for (int i = 0; i < parent->member_count; i++)
	{
		plan->members[i] = parent->members[i];
		check_values(facts, parent->members[i].scaling.transform);
		plan_member(facts, plan, call, i, tail, &plan->members[i]);
	}
	plan_check_interval(plan);
}

/* The reasons of the model and of its facts, the later of two for one option. */
static char *
joined_reasons(const char *before, StringInfo now)
{
	StringInfoData json;

	appendStringInfoChar(now, '}');
	initStringInfo(&json);
	appendBinaryStringInfo(&json, before, (int) strlen(before) - 1);
	if (json.len > 1)
		appendStringInfoChar(&json, ',');
	appendStringInfoString(&json, now->data + 1);
	return json.data;
}

TrainPlan *
plan_finetuning(const Panel *panel, const TrainOptions *given, const PlanParent *parent)
{
	TrainPlan *plan = palloc0(sizeof(TrainPlan));
	const TrainOptions *before = parent->options;
	PlanFacts *facts;

	/* how long and fast a network is trained anew is what its model's options say */
	plan->options = *given;
	plan->options.batch_size = before->batch_size;
	plan->options.learning_rate = before->learning_rate;
	plan->options.max_epochs = before->max_epochs;
	plan->options.max_steps = before->max_steps;
	plan->options.patience = before->patience;
	facts = plan_begin(panel, plan);
	plan->seasons = parent->seasons;
	if (parent->member_count > 0)
		plan_members(facts, given, parent, plan);
	else
		plan_starts_alone(facts, plan);
	plan_reason(facts, "finetune", "%s", parent->text);
	plan->reasons = joined_reasons(parent->reasons, facts->reasons);
	return plan;
}
