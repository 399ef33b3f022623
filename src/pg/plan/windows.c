/*
 * windows.c
 *	  Patches, lookbacks and the tail that is held out.
 */
#include "postgres.h"

#include <math.h>

#include "base/compat.h"
#include "plan/plan_private.h"

#define MAX_PATCH 64
#define LEAST_LOOKBACK 2
#define LEAST_SEASONS 2 /* of the short lookback */
#define MOST_SEASONS 14
#define LEAST_WINDOWS 1   /* training windows below which the tail is given up */
#define LARGEST_TAIL 5000 /* steps; or twenty horizons, where that is more */
#define DEFAULT_TAIL 0.25 /* of up to FEW_SERIES series, for both parts of the tail */
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
throw_too_short(const PlanFacts *facts, int64 needed, const char *why)
{
	int64 longest = facts->longest;

	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
					facts->dataset.count == 1 ? errmsg("series is too short to train on")
											  : errmsg("every series is too short to train on"),
					errdetail("%lld steps were found, at least %lld are needed (%s).",
							  (long long) longest, (long long) needed, why),
					errhint("Give more rows, or lower \"horizon\" or \"lookback\".")));
}

int64
plan_windows(const PlanFacts *facts, int lookback, int min_history, int horizon, int64 tail)
{
	lf_window_set set = {.dataset = &facts->dataset,
						 .lookback = lookback,
						 .horizon = horizon,
						 .min_history = min_history,
						 .from_end = -1,
						 .until_end = tail};

	set.cumulative =
		palloc_extended(mul_size(sizeof(int64_t), facts->dataset.count), MCXT_ALLOC_HUGE);
	lf_window_set_count(&set);
	pfree(set.cumulative);
	return set.count;
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

/* The patch of a network whose options may fix it or the lookback; else `patch`. */
int
plan_patch_within(const TrainOptions *options, int patch)
{
	if (options->patch_length == OPTION_AUTO)
		return options->lookback == OPTION_AUTO ? patch : divisor_within(options->lookback, patch);
	if (options->lookback != OPTION_AUTO && options->lookback % options->patch_length != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"lookback\" is not a multiple of \"patch_length\""),
						errdetail("\"lookback\" is %d, \"patch_length\" is %d.", options->lookback,
								  options->patch_length),
						errhint("Leave one of them out, or make one a multiple of the other.")));
	return options->patch_length;
}

/* A patch of one season is a comparable shape, and leaves few steps to remember. */
int
plan_patch(PlanFacts *facts, const TrainOptions *options)
{
	int64 room = facts->length - options->horizon;
	int patch = facts->season > 1 ? seasonal_patch(&facts->panel->frequency, facts->season)
								  : Max(1, Min(16, options->horizon / 2));

	if (options->patch_length != OPTION_AUTO || options->lookback != OPTION_AUTO)
		return plan_patch_within(options, patch);
	if (patch > Max(1, room / 4))
	{
		patch = divisor_within(patch, (int) Max(1, room / 4));
		plan_reason(facts, "patch_length", "the series are too short for longer patches");
	}
	else if (facts->season > 1)
		plan_reason(facts, "patch_length", "a season of %d steps, or a part of it", facts->season);
	else
		plan_reason(facts, "patch_length", "without a season, half a horizon and at most 16");
	return patch;
}

/*
 * Real steps that a training window needs. A single series gives whole windows
 * only; of a panel, windows that begin before their series teach how short
 * histories go on.
 */
int
plan_min_history(const PlanFacts *facts, const TrainOptions *options, int lookback)
{
	int least = Max(facts->season, options->horizon);

	return facts->dataset.count == 1 ? lookback : Min(least, lookback);
}

/*
 * The tail for a lookback, and whether a fair number of training windows is left
 * beside it. Where there is not, the tail is empty. Many series hold out a
 * smaller part of each, and one tail serves both ends: a choice between tens of
 * epochs by hundreds of series is hardly one by chance.
 */
bool
plan_holdout(const PlanFacts *facts, int lookback, const TrainOptions *options, Holdout *holdout)
{
	int horizon = options->horizon;
	int min_history = plan_min_history(facts, options, lookback);
	double fraction = isnan(options->validation_fraction)
						  ? DEFAULT_TAIL * Min(1.0, FEW_SERIES / (double) facts->capable)
						  : options->validation_fraction;
	int64 most = Max(LARGEST_TAIL, 20 * (int64) horizon);
	/* a whole number that the fraction in a model's options gives again */
	int64 tail = Min((int64) ceil(fraction * (double) facts->length - 1e-6), 2 * most);
	int64 calibration = Max(horizon, (int64) ceil((double) tail * CALIBRATION_SHARE));
	int64 validation = Max(horizon, tail - calibration);
	int64 all = plan_windows(facts, lookback, min_history, horizon, 0);

	memset(holdout, 0, sizeof(*holdout));
	if (fraction <= 0)
		return all >= 1;
	if (facts->capable <= FEW_SERIES && plan_windows(facts, lookback, min_history, horizon,
													 validation + calibration) >= LEAST_WINDOWS)
	{
		holdout->validation = validation;
		holdout->calibration = calibration;
		return true;
	}
	calibration = Max(horizon, facts->capable <= FEW_SERIES ? Min(validation, all / 3) : tail);
	if (plan_windows(facts, lookback, min_history, horizon, calibration) >= LEAST_WINDOWS)
	{
		holdout->calibration = calibration;
		holdout->shared = true;
		return true;
	}
	return false;
}

/* 3.5 horizons, but two to fourteen seasons: more of them only repeat. */
static int64
short_lookback(const PlanFacts *facts, int64 horizon)
{
	int64 season = facts->season;
	int64 lookback = horizon * 7 / 2;

	if (season > 1)
		lookback = Min(lookback, MOST_SEASONS * season);
	return Max(lookback, LEAST_SEASONS * season);
}

/*
 * The short and the long lookback, both multiples of patch, and the tail that
 * goes with the long one. Where the series are short the lookback gives way, as
 * a model that knows its error is worth more than a long memory.
 */
/* The steps of the least lookback and one more, which have to fit before a horizon. */
static int64
least_steps(int patch)
{
	return round_up(LEAST_LOOKBACK, patch) + 1;
}

bool
plan_has_windows(const PlanFacts *facts, const TrainOptions *options, int patch)
{
	if (options->lookback == OPTION_AUTO)
		return facts->length - options->horizon >= least_steps(patch);
	return plan_windows(facts, options->lookback,
						plan_min_history(facts, options, options->lookback), options->horizon,
						0) >= 1;
}

PlanLookbacks
plan_lookbacks(PlanFacts *facts, const TrainOptions *options, int patch, int networks,
			   Holdout *holdout)
{
	int64 horizon = options->horizon;
	int64 least = round_up(LEAST_LOOKBACK, patch);
	int64 room = facts->length - horizon;
	PlanLookbacks lookbacks;

	if (options->lookback != OPTION_AUTO)
	{
		lookbacks.shorter = lookbacks.longer = options->lookback;
		if (!plan_has_windows(facts, options, patch))
			throw_too_short(facts, plan_min_history(facts, options, options->lookback) + horizon,
							facts->dataset.count == 1 ? "\"lookback\" plus \"horizon\""
													  : "\"horizon\" plus a season or as much");
		(void) plan_holdout(facts, options->lookback, options, holdout);
		return lookbacks;
	}
	if (!plan_has_windows(facts, options, patch))
		throw_too_short(facts, horizon + least_steps(patch),
						"\"horizon\" plus one patch and a step");

	lookbacks.shorter = (int) Min(round_up(short_lookback(facts, horizon), patch),
								  LF_MAX_LOOKBACK / 3 / patch * patch);
	/* the third network has the long one */
	lookbacks.longer = networks > 2 ? 3 * lookbacks.shorter : lookbacks.shorter;
	/* a season is what the naive forecast repeats: worth more than a tail, but not than a second
	 * window */
	if (round_up(facts->season, patch) < room)
		least = Max(least, round_up(facts->season, patch));
	while (lookbacks.longer > least && (lookbacks.longer > room / 2 ||
										!plan_holdout(facts, lookbacks.longer, options, holdout)))
		lookbacks.longer -= patch;
	lookbacks.shorter = Min(lookbacks.shorter, lookbacks.longer);
	(void) plan_holdout(facts, lookbacks.longer, options, holdout);
	return lookbacks;
}
