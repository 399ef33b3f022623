/*
 * plan.c
 *	  From options and data to a training plan.
 *
 * The rules, and why:
 *
 *	season		what the calendar suggests and the autocorrelation confirms.
 *	patch		one season: a patch is then a comparable shape, and the network has
 *				few steps to remember. A longer season is cut.
 *	skip		the best of the seasonal naive forecast, the last value, and means of
 *				several of them, so that every network starts from the best naive
 *				forecast and only leaves it for what validates better.
 *	lookback	members differ: a short one of about 3.5 horizons and at least two
 *				seasons, and a long one of three times that, as long windows win
 *				where the series is long and mistakes of the two differ.
 *	scaling		members differ: logarithm centred on the last season's mean (good in
 *				relative error) where all values are positive, and z-scored windows
 *				(good in scaled error).
 *	tail		15 % for early stopping, as a choice by fewer windows is a choice by
 *				chance, and 10 % for errors and intervals; one tail for both where the
 *				series is short; none where even that fails.
 *	steps		about thirty passes over the windows, within bounds that keep
 *				training at seconds.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "plan.h"
#include "season.h"

#define MAX_PATCH 64
#define LEAST_LOOKBACK 2
#define LEAST_WINDOWS 8   /* training windows below which the tail is given up */
#define LARGEST_TAIL 5000 /* steps; or twenty horizons, where that is more */
#define EPOCH_STEPS 100   /* batches between two validations, at most */
#define LEAST_STEPS 600
#define MOST_STEPS 2000
#define PASSES 30
#define DEFAULT_TAIL 0.25 /* of the series, for both parts of the tail */
#define CALIBRATION_SHARE                                                                          \
	0.4 /* of the tail; the rest is for early stopping, which chooses by it                        \
		 */

static int64
round_up(int64 value, int64 unit)
{
	return (value + unit - 1) / unit * unit;
}

/* The largest divisor of value that is at most limit. */
static int
divisor_within(int value, int limit)
{
	int divisor = Min(value, limit);

	while (value % divisor != 0)
		divisor--;
	return divisor;
}

pg_noreturn static void
throw_too_short(const GridSeries *series, int64 needed, const char *why)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("series is too short to train on"),
					errdetail("%lld steps were found, at least %lld are needed (%s).",
							  (long long) series->length, (long long) needed, why),
					errhint("Give more rows, or lower \"horizon\" or \"lookback\".")));
}

static void
check_transform(const GridSeries *series, int transform)
{
	double bound = transform == LF_TRANSFORM_LOG ? 0 : -1;

	if (transform != LF_TRANSFORM_LOG && transform != LF_TRANSFORM_LOG1P)
		return;
	for (int64 i = 0; i < series->length; i++)
		if (series->values[i] <= bound)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"transform\" is \"%s\", but not every value is above %g",
							options_word("transform", transform), bound),
					 errdetail("Step %lld has the value %g.", (long long) i + 1, series->values[i]),
					 errhint("Leave \"transform\" out, or set it to \"none\".")));
}

static bool
all_positive(const GridSeries *series)
{
	for (int64 i = 0; i < series->length; i++)
		if (!(series->values[i] > 0))
			return false;
	return true;
}

/*
 * One season, where it has at most MAX_PATCH steps; else the season within it
 * that the calendar knows (the day of a week of hours), or a divisor.
 */
static int
seasonal_patch(const Frequency *frequency, int season)
{
	int periods[8];
	int count = frequency_seasons(frequency, periods, lengthof(periods));

	if (season <= MAX_PATCH)
		return season;
	for (int i = 0; i < count; i++)
		if (periods[i] > 1 && periods[i] <= MAX_PATCH && season % periods[i] == 0)
			return periods[i];
	return divisor_within(season, MAX_PATCH);
}

static int
plan_patch(const GridSeries *series, const TrainOptions *options, int season)
{
	int64 room = series->length - options->horizon;
	int patch = season > 1 ? seasonal_patch(&series->frequency, season)
						   : Max(1, Min(16, options->horizon / 2));

	if (options->patch_length != OPTION_AUTO)
	{
		if (options->lookback != OPTION_AUTO && options->lookback % options->patch_length != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"lookback\" is not a multiple of \"patch_length\""),
					 errdetail("\"lookback\" is %d, \"patch_length\" is %d.", options->lookback,
							   options->patch_length),
					 errhint("Leave one of them out, or make one a multiple of the other.")));
		return options->patch_length;
	}
	if (options->lookback != OPTION_AUTO)
		return divisor_within(options->lookback, patch);

	/* a short series has no room for long patches */
	return (int) Max(1, Min(patch, room / 4));
}

/*
 * The tail for a lookback, and whether a fair number of training windows is left
 * beside it. Where there is not, the tail is empty.
 */
static bool
plan_holdout(int64 length, int lookback, const TrainOptions *options, Holdout *holdout)
{
	int horizon = options->horizon;
	double fraction =
		isnan(options->validation_fraction) ? DEFAULT_TAIL : options->validation_fraction;
	int64 most = Max(LARGEST_TAIL, 20 * (int64) horizon);
	double tail = Min(fraction * (double) length, 2.0 * (double) most);
	int64 calibration = Max(horizon, (int64) ceil(tail * CALIBRATION_SHARE));
	int64 validation = Max(horizon, (int64) ceil(tail * (1 - CALIBRATION_SHARE)));
	int64 windows = length - lookback - horizon + 1;

	memset(holdout, 0, sizeof(*holdout));
	if (fraction <= 0)
		return windows >= 1;
	if (windows - validation - calibration >= LEAST_WINDOWS)
	{
		holdout->validation = validation;
		holdout->calibration = calibration;
		return true;
	}
	calibration = Max(horizon, Min(validation, windows / 3));
	if (windows - calibration >= LEAST_WINDOWS)
	{
		holdout->calibration = calibration;
		holdout->shared = true;
		return true;
	}
	return false;
}

/*
 * The short and the long lookback, both multiples of patch, and the tail that
 * goes with the long one. Where the series is short the lookback gives way, as
 * a model that knows its error is worth more than a long memory.
 */
static void
plan_lookbacks(const GridSeries *series, const TrainOptions *options, int season, int patch,
			   int *shorter, int *longer, Holdout *holdout)
{
	int64 length = series->length;
	int64 horizon = options->horizon;
	int64 least = round_up(LEAST_LOOKBACK, patch);
	int64 room = length - horizon;

	if (options->lookback != OPTION_AUTO)
	{
		*shorter = *longer = options->lookback;
		if (length < options->lookback + horizon)
			throw_too_short(series, options->lookback + horizon, "\"lookback\" plus \"horizon\"");
		(void) plan_holdout(length, options->lookback, options, holdout);
		return;
	}
	if (room < least + 1)
		throw_too_short(series, horizon + least + 1, "\"horizon\" plus one patch and a step");

	*shorter = (int) Min(round_up(Max(horizon * 7 / 2, 2 * (int64) season), patch),
						 LF_MAX_LOOKBACK / 3 / patch * patch);
	*longer = options->ensemble_size > 2 ? 3 * *shorter : *shorter; /* the third member has it */
	while (*longer > least &&
		   (*longer > room / 2 || !plan_holdout(length, *longer, options, holdout)))
		*longer -= patch;
	*shorter = Min(*shorter, *longer);
	(void) plan_holdout(length, *longer, options, holdout);
}

/* Steps and epochs, the same for every member: they follow from the number of windows. */
static void
plan_schedule(TrainOptions *options, int64 windows, lf_training_config *training)
{
	int64 pass;
	int64 steps;

	if (options->batch_size == OPTION_AUTO)
		options->batch_size = windows < 256 ? 32 : windows < 20000 ? 64 : 128;
	pass = (windows + options->batch_size - 1) / options->batch_size;
	training->steps_per_epoch = (int) Min(pass, EPOCH_STEPS);
	if (options->max_steps != OPTION_AUTO)
		steps = options->max_steps;
	else if (options->max_epochs != OPTION_AUTO)
		steps = (int64) options->max_epochs * training->steps_per_epoch;
	else
		steps = Max(LEAST_STEPS, Min(MOST_STEPS, PASSES * pass));
	if (steps < training->steps_per_epoch)
		training->steps_per_epoch = (int) steps;
	if (options->max_epochs == OPTION_AUTO)
		options->max_epochs = (int) Min(
			(steps + training->steps_per_epoch - 1) / training->steps_per_epoch, PG_INT32_MAX);
	options->max_epochs = (int) Min(options->max_epochs, (steps + training->steps_per_epoch - 1) /
															 training->steps_per_epoch);
	if (options->max_steps == OPTION_AUTO)
		options->max_steps =
			(int) Min((int64) options->max_epochs * training->steps_per_epoch, PG_INT32_MAX);
	if (options->patience == OPTION_AUTO)
		options->patience = Max(10, options->max_epochs / 3);

	training->loss = (lf_loss_kind) options->loss;
	training->optimizer = (lf_optimizer_kind) options->optimizer;
	training->learning_rate = options->learning_rate;
	training->schedule = (lf_schedule_kind) options->schedule;
	training->weight_decay = options->weight_decay;
	training->gradient_clip = options->gradient_clip;
	training->batch_size = options->batch_size;
	training->max_epochs = options->max_epochs;
	training->max_steps = options->max_steps;
	training->patience = options->patience;
}

typedef struct SkipPlan
{
	int period;  /* 0: no naive forecast is added */
	int seasons; /* how many of that period are averaged */
} SkipPlan;

/* One member: what the options fix, and the rest varied by its number. */
static void
plan_member(MemberPlan *member, const TrainOptions *options, int number, int season,
			const SkipPlan *skip, int lookback, bool positive)
{
	bool relative = number % 2 == 0;

	memset(member, 0, sizeof(*member));
	member->network.cell = (lf_cell_kind) options->cell;
	member->network.hidden_size = options->hidden_size;
	member->network.num_layers = options->num_layers;
	member->network.bidirectional = options->bidirectional;
	member->network.dropout = options->dropout;
	member->network.channels = 1;
	member->network.lookback = lookback;
	member->network.horizon = options->horizon;
	member->network.patch_length = options->patch_length;
	member->network.decoder = (lf_decoder_kind) options->decoder;
	member->network.supervision = (lf_supervision_kind) options->supervision;
	member->network.linear_skip = options->linear_skip;
	member->network.seasonal_skip = skip->period <= lookback ? skip->period : 1;
	member->network.skip_seasons = skip->seasons;

	member->scaling.season = Min(season, lookback);
	member->scaling.transform = (lf_transform) options->transform;
	if (options->transform == OPTION_AUTO)
		member->scaling.transform = relative && positive ? LF_TRANSFORM_LOG : LF_TRANSFORM_NONE;
	member->scaling.normalization = (lf_normalization) options->normalization;
	if (options->normalization == OPTION_AUTO)
		member->scaling.normalization = relative ? LF_NORMALIZE_MEAN : LF_NORMALIZE_INSTANCE;
}

/*
 * The naive forecast that the network starts from: of the last value and the
 * last season, and of the means of several of them (which tell more where noise
 * is large), the one that erred least so far. A period of 0: none.
 */
static void
plan_skip(const GridSeries *series, const TrainOptions *options, int season, int64 train_length,
		  int lookback, SkipPlan *skip)
{
	const int periods[2] = {season, 1};
	double least = INFINITY;

	*skip = (SkipPlan){.period = season, .seasons = 1};
	if (options->seasonal_skip == 0)
		skip->period = 0;
	if (options->seasonal_skip != OPTION_AUTO)
		return;
	for (int p = 0; p < lengthof(periods); p++)
	{
		const int means[3] = {1, 4, lookback / periods[p]};

		for (int m = 0; m < lengthof(means); m++)
		{
			double error;

			if (means[m] < 1 || means[m] * periods[p] > lookback)
				continue;
			error = season_naive_error(series->values, train_length, periods[p], means[m],
									   options->horizon);
			if (error < least)
			{
				least = error;
				*skip = (SkipPlan){.period = periods[p], .seasons = means[m]};
			}
		}
	}
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

TrainPlan *
plan_training(const GridSeries *series, const TrainOptions *given)
{
	TrainPlan *plan = palloc0(sizeof(TrainPlan));
	TrainOptions *options = &plan->options;
	lf_training_config training = {0};
	bool positive = all_positive(series);
	int64 tail;
	int64 train_length;
	SkipPlan skip;
	int lookback[2];

	*options = *given;
	check_transform(series, options->transform);
	if (options->frequency == NULL)
		options->frequency = frequency_text(&series->frequency);
	if (options->horizon == OPTION_AUTO)
		options->horizon = frequency_horizon(&series->frequency);
	plan->season = options->seasonal_period;
	if (plan->season == OPTION_AUTO)
		plan->season = season_detect(&series->frequency, series->values, series->length);
	options->seasonal_period = plan->season;
	options->patch_length = plan_patch(series, options, plan->season);
	plan_lookbacks(series, options, plan->season, options->patch_length, &lookback[0], &lookback[1],
				   &plan->holdout);
	tail = holdout_steps(&plan->holdout);
	train_length = series->length - tail;
	plan_skip(series, options, plan->season, train_length, lookback[0], &skip);
	plan_schedule(options, train_length - lookback[1] - options->horizon + 1, &training);
	if (tail == 0)
		options->patience = training.patience = 0;
	notice_no_tail(plan);
	options->validation_fraction = (double) tail / series->length;
	if (lookback[0] == lookback[1])
		options->lookback = lookback[0];

	plan->member_count = options->ensemble_size;
	plan->members = palloc0(sizeof(MemberPlan) * plan->member_count);
	for (int i = 0; i < plan->member_count; i++)
	{
		MemberPlan *member = &plan->members[i];

		plan_member(member, options, i, plan->season, &skip, lookback[i / 2 % 2], positive);
		member->training = training;
		/* seeds of members lie far apart, so that those of neighbouring models do not meet */
		member->training.seed = (uint64) options->seed * UINT64CONST(0x9E3779B97F4A7C15) + i;
	}
	return plan;
}
