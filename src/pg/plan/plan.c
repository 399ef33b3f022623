/*
 * plan.c
 *	  From options and data to a training plan.
 *
 * The rules, and why:
 *
 *	season		what the calendar suggests and the autocorrelation confirms, in short
 *				series by the weight of the evidence.
 *	patch		one season: a patch is then a comparable shape, and the network has
 *				few steps to remember. A longer season is cut.
 *	skip		the best of the seasonal naive forecast, the last value, and means of
 *				several of them, so that every network starts from the best naive
 *				forecast and only leaves it for what validates better.
 *	lookback	members differ: a short one of about 3.5 horizons, but two to
 *				fourteen seasons, and a long one of three times that, as long windows win
 *				where the series is long and mistakes of the two differ.
 *	scaling		members differ: logarithm centred on the last season's mean (good in
 *				relative error) where all values are positive (log1p where large
 *				values have zeros among them), and z-scored windows
 *				(good in scaled error), centred on their mean or on that of their
 *				last season, whichever the steps after them were nearer to.
 *	tail		of one series 15 % for early stopping, as a choice by fewer windows is
 *				a choice by chance, and 10 % for errors and intervals; of many series
 *				less of each; one tail for both where the series are short; none where
 *				even that fails.
 *	steps		about thirty passes over few windows, four over those of a large
 *				panel, within bounds that keep training at seconds, or a minute.
 */
#include "postgres.h"

#include "core/loss.h"
#include "plan/plan_private.h"

#define REMEMBERED_SEASONS 3 /* up to which units of a step-by-step network remember at first */

/* What is the same for all networks that options leave to the rules. */
typedef struct Common
{
	int patch;
	PlanLookbacks lookbacks;
	PlanSkip skip;
	lf_normalization centre; /* of windows that are divided by their deviation */
	int channels;
	int future;
} Common;

static lf_loss
loss_of(const TrainOptions *options)
{
	lf_loss loss = {.kind = (lf_loss_kind) options->loss};

	if (loss.kind == LF_LOSS_QUANTILE)
	{
		loss.quantile_count = options->quantile_count;
		memcpy(loss.quantiles, options->quantiles, sizeof(double) * options->quantile_count);
	}
	return loss;
}

static void
plan_network(const Common *common, const TrainOptions *options, lf_network_config *network)
{
	network->cell = (lf_cell_kind) options->cell;
	network->hidden_size = options->hidden_size;
	network->num_layers = options->num_layers;
	network->bidirectional = options->bidirectional;
	network->dropout = options->dropout;
	network->channels = 1 + common->channels;
	network->future = common->future;
	network->horizon = options->horizon;
	network->patch_length = options->patch_length;
	network->decoder = (lf_decoder_kind) options->decoder;
	network->supervision = (lf_supervision_kind) options->supervision;
	network->linear_skip = options->linear_skip;
}

static void
plan_scaling(const PlanFacts *facts, const Common *common, const TrainOptions *options, int number,
			 int lookback, lf_scaling_config *scaling)
{
	bool relative = number % 2 == 0;

	if (lf_loss_of_counts((lf_loss_kind) options->loss))
	{
		*scaling = (lf_scaling_config){.normalization = LF_NORMALIZE_COUNT,
									   .season = Min(facts->season, lookback)};
		return;
	}

	plan_check_transform(facts, options->transform);
	scaling->season = Min(facts->season, lookback);
	scaling->transform = (lf_transform) options->transform;
	if (options->transform == OPTION_AUTO)
		scaling->transform = relative ? facts->logarithm : LF_TRANSFORM_NONE;
	scaling->normalization = (lf_normalization) options->normalization;
	if (options->normalization == OPTION_AUTO)
		scaling->normalization = relative ? LF_NORMALIZE_MEAN : common->centre;
}

/* Seeds of members lie far apart, so that those of neighbouring models do not meet. */
uint64
plan_seed(const TrainOptions *options, int number)
{
	return (uint64) options->seed * UINT64CONST(0x9E3779B97F4A7C15) + number;
}

/*
 * Steps up to which the units of a network that reads step by step remember at first: some seasons,
 * which is what it has to carry to its answer. In patches it needs no such help, as there are few
 * of them. Without a season nobody knows how far back there is something to learn.
 */
static int
plan_memory(const PlanFacts *facts, const lf_network_config *network)
{
	if (network->patch_length > 1 || facts->season <= 1)
		return 0;
	return Min(REMEMBERED_SEASONS * facts->season, network->lookback);
}

/* One network: what its options fix, and the rest varied by its number. */
static void
plan_member(PlanFacts *facts, const Common *common, TrainOptions *own, int number, int64 tail,
			MemberPlan *member)
{
	int lookback = own->lookback;

	memset(member, 0, sizeof(*member));
	plan_check_counts_scaling(own);
	own->patch_length = plan_patch_within(own, common->patch);
	if (lookback == OPTION_AUTO)
	{
		lookback = number / 2 % 2 == 0 ? common->lookbacks.shorter : common->lookbacks.longer;
		lookback = Max(lookback / own->patch_length, 1) * own->patch_length;
	}
	member->min_history = plan_min_history(facts, own, lookback);
	plan_schedule(facts, own,
				  plan_windows(facts, lookback, member->min_history, own->horizon, tail), tail > 0,
				  &member->training);
	if (tail == 0)
		member->training.patience = 0;
	member->refit = own->refit && tail > 0;
	member->training.loss = loss_of(own);
	member->training.seed = plan_seed(own, number);

	plan_network(common, own, &member->network);
	member->network.lookback = lookback;
	member->network.outputs = lf_loss_outputs(&member->training.loss);
	member->network.memory = plan_memory(facts, &member->network);
	if (own->seasonal_skip != 0)
	{
		PlanSkip skip = own->seasonal_skip == 1 ? (PlanSkip){.period = facts->season, .seasons = 1}
												: common->skip;

		member->network.seasonal_skip = skip.period <= lookback ? skip.period : 1;
		member->network.skip_seasons =
			Min(skip.seasons, lookback / Max(member->network.seasonal_skip, 1));
	}
	plan_scaling(facts, common, own, number, lookback, &member->scaling);
}

/* Without a tail the model will not know its error: who asked for one is told. */
static void
notice_no_tail(const TrainPlan *plan)
{
	if (holdout_steps(&plan->holdout) > 0 || plan->options.validation_fraction == 0)
		return;
	ereport(NOTICE,
			(errmsg("series is too short to hold anything out"),
			 errdetail("The model does not know its error, and its forecasts have no intervals."),
			 errhint("Give more rows, or lower \"horizon\" or \"lookback\".")));
}

/* Windows that overlap within one horizon are hardly more than one: nobody should take that for
 * training. */
static void
notice_few_windows(const PlanFacts *facts, const TrainPlan *plan, int64 tail)
{
	const MemberPlan *first = &plan->members[0];
	int64 windows = plan_windows(facts, first->network.lookback, first->min_history,
								 first->network.horizon, tail);

	if (windows >= first->network.horizon)
		return;
	ereport(
		NOTICE,
		(errmsg("networks can hardly be trained on so few steps"),
		 errdetail("There are %lld windows to learn from, which lie within one horizon of %d, and "
				   "%lld training steps.",
				   (long long) windows, first->network.horizon,
				   (long long) first->training.max_steps),
		 errhint("Give more rows, lower \"horizon\" or \"lookback\", or set \"start\" to true.")));
}

/* The options as they took effect; what differs between networks stays open. */
static void
close_options(TrainOptions *options, const TrainOptions *own, const MemberPlan *members, int count)
{
	bool same_lookback = true;

	for (int i = 1; i < count; i++)
		same_lookback &= members[i].network.lookback == members[0].network.lookback;
	if (same_lookback)
		options->lookback = members[0].network.lookback;
	if (options_member_count(options) > 0)
		return;
	options->patch_length = own->patch_length;
	options->hidden_size = own->hidden_size;
	options->batch_size = own->batch_size;
	options->learning_rate = own->learning_rate;
	options->max_epochs = own->max_epochs;
	options->max_steps = own->max_steps;
	options->patience = members[0].training.patience;
}

/* Intervals from the networks themselves need a loss that gives a distribution. */
void
plan_check_interval(const TrainPlan *plan)
{
	if (plan->options.interval != INTERVAL_MODEL ||
		lf_loss_of_counts((lf_loss_kind) plan->options.loss))
		return;
	for (int i = 0; i < plan->member_count; i++)
		if (lf_loss_gives_distribution(&plan->members[i].training.loss))
			return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("option \"interval\" is \"model\", but no network gives a distribution"),
					errdetail("No network has such a loss; that of quantiles needs at least two."),
					errhint("Set \"loss\" to \"quantile\", \"gaussian\" or \"student_t\", or leave "
							"\"interval\" out.")));
}

/*
 * The lookback that the tail has to leave room for: the option's, or where every
 * network has one of its own the longest of these.
 */
static int
fixed_lookback(const TrainOptions *options, int count)
{
	int longest = options->lookback;

	for (int i = 0; i < count; i++)
	{
		TrainOptions own;

		options_of_member(options, i, &own);
		if (own.lookback == OPTION_AUTO)
			return OPTION_AUTO;
		longest = Max(longest, own.lookback);
	}
	return longest;
}

/* Plan every network. Where there are too few steps for them, and starts to stand for them, none.
 */
static void
plan_networks(PlanFacts *facts, TrainPlan *plan, int channels, int future)
{
	TrainOptions *options = &plan->options;
	Common common = {.channels = channels, .future = future};
	TrainOptions own = *options;
	int64 tail;

	plan->member_count = options_ensemble_size(options);
	plan->members = palloc0(sizeof(MemberPlan) * plan->member_count);
	common.patch = plan_patch(facts, options);
	own.lookback = fixed_lookback(options, plan->member_count);
	if (options->pretrained == PRETRAINED_ONLY ||
		(plan->starts && !plan_has_windows(facts, &own, common.patch)))
	{
		plan_without_networks(facts, plan);
		return;
	}
	common.lookbacks =
		plan_lookbacks(facts, &own, common.patch, plan->member_count, &plan->holdout);
	tail = holdout_steps(&plan->holdout);
	if (plan->starts && !plan_can_train(facts, &own, common.lookbacks.shorter, tail))
	{
		plan_without_networks(facts, plan);
		return;
	}
	if (own.lookback == OPTION_AUTO)
		plan_reason(facts, "lookback",
					"3.5 horizons, but two to fourteen seasons, for the networks with a short one, "
					"up to three times that for the others, as far as series of %lld steps have "
					"room",
					(long long) facts->length);
	common.skip = plan_skip(facts, options, tail, common.lookbacks.shorter);
	common.centre = plan_centre(facts, common.lookbacks.shorter, options->horizon, tail);
	for (int i = 0; i < plan->member_count; i++)
	{
		options_of_member(options, i, &own);
		if (own.loss == OPTION_AUTO)
			own.loss = options->loss;
		plan_member(facts, &common, &own, i, tail, &plan->members[i]);
	}
	plan_check_interval(plan);
	if (options->max_steps == OPTION_AUTO && options->max_epochs == OPTION_AUTO)
		notice_few_windows(facts, plan, tail);
	close_options(options, &own, plan->members, plan->member_count);
	notice_no_tail(plan);
	/* one long series may hold out more steps than the typical one has: no option says so */
	options->validation_fraction =
		Min((double) tail / (double) facts->length, LARGEST_VALIDATION_FRACTION);
	options->ensemble_size = plan->member_count;
}

PlanFacts *
plan_begin(const Panel *panel, TrainPlan *plan)
{
	PlanFacts *facts = plan_facts(panel, &plan->options);

	plan->season = facts->season;
	plan->seasons = facts->seasons;
	plan->whole = facts->whole;
	plan->intermittent = facts->intermittent;
	plan_start(facts, &plan->options, plan);
	return facts;
}

TrainPlan *
plan_training(const Panel *panel, const TrainOptions *given, int channels, int future)
{
	TrainPlan *plan = palloc0(sizeof(TrainPlan));
	PlanFacts *facts;

	plan->options = *given;
	facts = plan_begin(panel, plan);
	plan_networks(facts, plan, channels, future);
	appendStringInfoChar(facts->reasons, '}');
	plan->reasons = facts->reasons->data;
	return plan;
}
