/*
 * calibration.c
 *	  Measures a trained ensemble on its held-out windows.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "base/interrupts.h"
#include "core/ensemble.h"
#include "base/memory.h"
#include "model/pretrained.h"
#include "plan/season.h"
#include "forecast/counts.h"
#include "forecast/ensemble.h"
#include "forecast/interval.h"
#include "train/calibration.h"
#include "train/held_out.h"

#define MOST_CELLS 500000  /* windows times horizon: calibration is one piece of work */
#define NEAR_ZERO_PART 0.1 /* of the mean: below it values are too near zero for logarithms */
#define NEAR_ZERO_WINDOWS                                                                          \
	0.01                   /* share of the windows where that may happen: odd series of a panel */
#define MOST_RESIDUALS 200 /* order statistics kept a step */
#define USUAL_RESIDUALS 38 /* ... of few windows, as neighbouring steps and signs stand in */
#define SPREAD_STEPS 60    /* changes that tell how restless a series is at present */
#define LEAST_GAIN 0.01    /* by which errors have to fit better in changes over a season */

/* The held-out windows that there are; all members share them, so the longest lookback decides. */
static lf_window_set
held_out_windows(const lf_dataset *dataset, const Holdout *holdout, int lookback, int horizon,
				 int min_history)
{
	lf_window_set set = {.dataset = dataset,
						 .lookback = lookback,
						 .min_history = min_history,
						 .horizon = horizon,
						 .from_end = holdout->calibration,
						 .until_end = 0};

	set.cumulative = palloc_extended(mul_size(sizeof(int64_t), dataset->count), MCXT_ALLOC_HUGE);
	lf_window_set_count(&set);
	return set;
}

/* How many windows are measured at most. */
static int64
most_windows(int horizon)
{
	return Min(MOST_WINDOWS, Max(1, MOST_CELLS / horizon));
}

/* How many of them are measured. */
static int64
measured_windows(const lf_window_set *set)
{
	return Min(set->count, most_windows(set->horizon));
}

/* Choose those. */
static HeldOut *
choose_windows(const Model *model, const lf_dataset *dataset, const Holdout *holdout,
			   int min_history)
{
	HeldOut *held = palloc0(sizeof(HeldOut));
	lf_window_set set = held_out_windows(dataset, holdout, model_longest_lookback(model),
										 model->horizon, min_history);

	held->horizon = model->horizon;
	held->count = measured_windows(&set);
	held->windows = palloc(sizeof(lf_window) * Max(held->count, 1));
	for (int64 i = 0; i < held->count; i++)
		held->windows[i] =
			lf_window_set_locate(&set, lf_evenly_spaced(set.count - 1, held->count, i));
	return held;
}

HeldOut *
held_out_past(const Model *model, const lf_dataset *dataset, const PastPart *part)
{
	HeldOut *past = palloc0(sizeof(HeldOut));
	int64 sampled = Min(dataset->count, most_windows(model->horizon));
	int64 each = Min(part->most, most_windows(model->horizon) / sampled);

	past->horizon = model->horizon;
	past->windows = palloc(sizeof(lf_window) * sampled * each);
	for (int64 i = 0; i < sampled; i++)
	{
		int64 number = lf_evenly_spaced(dataset->count - 1, sampled, i);
		int64 length = dataset->series[number].length;
		int64 first = past_first_origin(part, length);
		int64 origins = Min(each, length - first);

		for (int64 k = 0; k < origins; k++)
			past->windows[past->count++] =
				(lf_window){.series = number,
							.origin = first + lf_evenly_spaced(length - 1 - first, origins, k)};
	}
	return past;
}

void
held_out_actuals(HeldOut *held, const lf_dataset *dataset, int season)
{
	int horizon = held->horizon;

	held->actual = huge_array(held->count, horizon, sizeof(double));
	held->naive = huge_array(held->count, horizon, sizeof(double));
	held->observed = huge_array(held->count, horizon, sizeof(uint8));
	for (int64 i = 0; i < held->count; i++)
	{
		const lf_series *series = &dataset->series[held->windows[i].series];
		int64 origin = held->windows[i].origin;
		int known = (int) Min(horizon, series->length - origin);

		memset(held->actual + i * horizon, 0, sizeof(double) * horizon);
		memcpy(held->actual + i * horizon, series->values + origin, sizeof(double) * known);
		lf_naive_forecast(series->values, origin, (int) Min(season, origin), horizon,
						  held->naive + i * horizon);
		/* in a hole the last known step was filled by what came after it: no test of a forecast */
		for (int k = 0; k < horizon; k++)
			held->observed[i * horizon + k] =
				k < known && (series->observed == NULL ||
							  (series->observed[origin - 1] && series->observed[origin + k]));
	}
}

static void
forecast_windows(const Model *model, const lf_dataset *dataset, HeldOut *held)
{
	const lf_scaler **scalers = palloc(sizeof(lf_scaler *) * model->member_count);

	for (int i = 0; i < model->member_count; i++)
		scalers[i] = model->members[i].scalers;
	predict_windows(model, &(PredictWork){.dataset = dataset,
										  .scalers = scalers,
										  .windows = held->windows,
										  .count = held->count,
										  .forecasts = held->forecast});
	pfree(scalers);
}

/* The scale of every series that a held-out window lies in; windows come series by series. */
static void
collect_scales(HeldOut *held, const lf_dataset *dataset, int season, int64 tail)
{
	held->scales = palloc(sizeof(double) * held->count);
	for (int64 i = 0; i < held->count; i++)
	{
		int64 number = held->windows[i].series;
		const lf_series *series = &dataset->series[number];

		held->scales[i] = i > 0 && held->windows[i - 1].series == number
							  ? held->scales[i - 1]
							  : season_naive_scale(series->values, series->observed,
												   series->length - tail, season);
	}
}

/* Sums of one kind of error over the observed steps, and their number. */
typedef struct ErrorSums
{
	double absolute;
	double squared;
	double symmetric;
	int64 count;
	double scaled; /* over the series' scale, where that is known */
	int64 scaled_count;
} ErrorSums;

static void
add_error(ErrorSums *sums, double actual, double forecast, double scale)
{
	double error = fabs(actual - forecast);
	double size = fabs(actual) + fabs(forecast);

	sums->absolute += error;
	sums->squared += error * error;
	sums->symmetric += size > 0 ? 200 * error / size : 0;
	sums->count++;
	if (isnan(scale))
		return;
	sums->scaled += error / scale;
	sums->scaled_count++;
}

ForecastErrors
held_out_errors(const HeldOut *held, const double *forecast, int64 from, int64 to)
{
	ErrorSums sums = {0};
	ForecastErrors errors = {NAN, NAN, NAN, NAN};

	for (int64 i = from * held->horizon; i < to * held->horizon; i++)
		if (held->observed[i])
			add_error(&sums, held->actual[i], forecast[i], held->scales[i / held->horizon]);
	if (sums.count > 0)
	{
		errors.mae = sums.absolute / (double) sums.count;
		errors.rmse = sqrt(sums.squared / (double) sums.count);
		errors.smape = sums.symmetric / (double) sums.count;
	}
	/* of a scale that is nearly nothing the quotient is no number */
	if (sums.scaled_count > 0 && isfinite(sums.scaled))
		errors.mase = sums.scaled / (double) sums.scaled_count;
	return errors;
}

/* The errors of every series that a held-out window lies in; windows come series by series. */
static void
measure_series(const HeldOut *held, ModelSeries *series)
{
	int64 end;

	for (int64 first = 0; first < held->count; first = end)
	{
		int64 number = held->windows[first].series;
		ForecastErrors own;

		for (end = first + 1; end < held->count && held->windows[end].series == number;)
			end++;
		own = held_out_errors(held, held->forecast, first, end);
		series[number].errors =
			(SeriesErrors){.windows = end - first,
						   .mae = own.mae,
						   .mase = own.mase,
						   .naive_mae = held_out_errors(held, held->naive, first, end).mae};
	}
}

static int
spread_steps(int season)
{
	return Max(SPREAD_STEPS, season);
}

/* What is usual in a series before the tail; where nothing changed there, with it. */
static double
usual_before(const lf_calibration *calibration, const lf_series *series, int64 tail)
{
	double usual = interval_usual_spread(calibration, series->values, series->length - tail);

	return usual == 0 ? interval_usual_spread(calibration, series->values, series->length) : usual;
}

/* That of each series. */
static void
choose_spreads(Model *model, const lf_dataset *dataset, int64 tail)
{
	for (int64 i = 0; i < dataset->count; i++)
	{
		check_interrupts();
		model->series[i].usual_spread =
			usual_before(&model->calibration, &dataset->series[i], tail);
	}
}

/* May the errors of this window be measured relative to its forecasts? */
static bool
far_from_zero(const HeldOut *held, int64 window)
{
	int64 first = window * held->horizon;
	double mean = 0;
	int count = 0;

	for (int64 i = first; i < first + held->horizon; i++)
		if (held->observed[i])
			mean += (held->actual[i] - mean) / ++count;
	for (int64 i = first; i < first + held->horizon; i++)
		if (held->observed[i] &&
			!(held->actual[i] > NEAR_ZERO_PART * mean && held->forecast[i] > NEAR_ZERO_PART * mean))
			return false;
	return true;
}

/*
 * Does nearly everything stay well above zero? Near it an error relative to the forecast may have
 * any size, and says nothing of the next one.
 */
static bool
all_far_from_zero(const HeldOut *held)
{
	int64 near = 0;

	for (int64 i = 0; i < held->count; i++)
		near += !far_from_zero(held, i);
	return near <= NEAR_ZERO_WINDOWS * held->count;
}

/* What errors are measured on a scale for. */
typedef struct ScaleTrial
{
	Model *model;
	const HeldOut *held;
	const lf_dataset *dataset;
	int64 tail;
	const lf_calibration_pairs *pairs;
	lf_calibration_unit *units; /* those of pairs */
} ScaleTrial;

/* A scale that errors may be measured on: parts of a calibration. */
typedef struct ErrorScale
{
	lf_transform transform;
	int steps;
	int lag;
} ErrorScale;

/* Measure errors on a scale: sets that of the calibration, and the units. Gives how badly it fits.
 */
static double
try_scale(const ScaleTrial *trial, ErrorScale scale)
{
	lf_calibration *calibration = &trial->model->calibration;
	double usual = 0;

	calibration->transform = scale.transform;
	calibration->spread_steps = scale.steps;
	calibration->spread_lag = scale.lag;
	for (int64 i = 0; i < trial->held->count; i++)
	{
		const lf_window *window = &trial->held->windows[i];
		const lf_series *series = &trial->dataset->series[window->series];

		check_interrupts();
		/* windows come series by series */
		if (i == 0 || window[-1].series != window->series)
			usual = usual_before(calibration, series, trial->tail);
		trial->units[i] =
			lf_calibration_unit_at(calibration, series->values, window->origin, usual);
	}
	return lf_calibration_misfit(calibration, trial->pairs);
}

/*
 * On which scale errors are measured: in the data's units, or of data that stay well above zero
 * relative to the forecast, where errors grow with it; in spreads of the changes from step to step
 * or of those from season to season, which say more where a forecast knows the season. What is
 * often zero is so at all times: relative to the forecast a zero is always the same, a loss of all,
 * and lower ends are 0; in spreads it would be another loss each time.
 */
static void
choose_scale(const ScaleTrial *trial, bool intermittent)
{
	int season = trial->model->season;
	int steps = spread_steps(season);
	ErrorScale scales[] = {{LF_TRANSFORM_NONE, steps, 1},
						   {LF_TRANSFORM_NONE, steps, season},
						   {LF_TRANSFORM_LOG, steps, 1},
						   {LF_TRANSFORM_LOG, steps, season}};
	int count = all_far_from_zero(trial->held) ? 4 : 2;
	ErrorScale best = scales[0];
	double least = INFINITY;

	if (intermittent)
	{
		(void) try_scale(trial, (ErrorScale){LF_TRANSFORM_LOG, 0, 1});
		return;
	}
	for (int i = 0; i < count; i++)
	{
		bool seasonal = scales[i].lag > 1;
		double misfit = try_scale(trial, scales[i]) + (seasonal ? LEAST_GAIN : 0);

		if (misfit < least)
		{
			least = misfit;
			best = scales[i];
		}
	}
	(void) try_scale(trial, best);
}

/* Residuals for intervals: model->calibration. */
static void
calibrate(Model *model, const TrainPlan *plan, const HeldOut *held, const lf_dataset *dataset)
{
	lf_calibration *calibration = &model->calibration;
	int64 tail = holdout_steps(&plan->holdout);
	float *residuals = palloc(sizeof(float) * mul_size(held->horizon, MOST_RESIDUALS));
	lf_calibration_unit *units = huge_array(held->count, 1, sizeof(lf_calibration_unit));
	const lf_calibration_pairs pairs = {.horizon = held->horizon,
										.windows = held->count,
										.actual = held->actual,
										.forecast = held->forecast,
										.weight = held->observed,
										.units = units,
										.places = held->windows};
	double *scratch;

	choose_scale(&(ScaleTrial){.model = model,
							   .held = held,
							   .dataset = dataset,
							   .tail = tail,
							   .pairs = &pairs,
							   .units = units},
				 plan->intermittent);
	choose_spreads(model, dataset, tail);
	scratch = palloc_extended(
		mul_size(lf_calibration_scratch(held->horizon, held->count), sizeof(double)),
		MCXT_ALLOC_HUGE);
	lf_calibration_build(calibration, &pairs, MOST_RESIDUALS, residuals, scratch);
	pfree(scratch);
	pfree(units);
}

/* Are the model's intervals made of errors? The pretrained network knows its own, as far as it
 * reaches. */
static bool
intervals_of_errors(const Model *model)
{
	const TrainOptions *options = &model->options;

	return options->interval == INTERVAL_CONFORMAL || model_counts(model) ||
		   (options->interval == INTERVAL_MODEL && options->pretrained == PRETRAINED_ONLY &&
			!pretrained_reaches(model->season, model->horizon));
}

HeldOut *
held_out_find(const Model *model, const TrainPlan *plan, const lf_dataset *dataset)
{
	HeldOut *held = NULL;

	if (model->member_count == 0)
		held = start_windows(model, dataset);
	else if (plan->holdout.calibration > 0)
		held = choose_windows(model, dataset, &plan->holdout, plan->members[0].min_history);
	return held == NULL || held->count == 0 ? NULL : held;
}

/* No series, and not the model, has an error yet. */
static void
clear_errors(Model *model, bool shared)
{
	const ForecastErrors unknown = {NAN, NAN, NAN, NAN};

	for (int64 i = 0; i < model->series_count; i++)
	{
		model->series[i].usual_spread = 0;
		model->series[i].errors = (SeriesErrors){.mae = NAN, .mase = NAN, .naive_mae = NAN};
	}
	model->errors =
		(ModelErrors){.shared = shared, .model = unknown, .naive = unknown, .start = unknown};
}

void
calibrate_model(Model *model, const TrainPlan *plan, const lf_dataset *dataset, bool kept,
				lf_real *tuned)
{
	ModelErrors *errors = &model->errors;
	int64 tail = holdout_steps(&plan->holdout);
	bool measured =
		kept || intervals_of_errors(model) || model->options.pretrained != PRETRAINED_ONLY;
	HeldOut *held = measured ? held_out_find(model, plan, dataset) : NULL;

	clear_errors(model, plan->holdout.shared);
	model->dispersion = counts_usual_dispersion(model, dataset);
	if (held == NULL)
	{
		if (model->member_count == 0)
			take_starts(model, plan, dataset, NULL, &(HeldOut){.horizon = model->horizon});
		else if (plan->starts)
			keep_share(model, dataset);
		return;
	}
	held_out_actuals(held, dataset, model->season);
	held->forecast = huge_array(held->count, held->horizon, sizeof(double));
	if (model->member_count > 0)
		forecast_windows(model, dataset, held);
	collect_scales(held, dataset, model->season, tail);
	if (plan->starts)
		take_starts(model, plan, dataset, tuned, held);
	errors->windows = held->count;
	errors->model = held_out_errors(held, held->forecast, 0, held->count);
	errors->naive = held_out_errors(held, held->naive, 0, held->count);
	measure_series(held, model->series);
	if (intervals_of_errors(model))
		calibrate(model, plan, interval_windows(model, dataset, held, plan->intermittent), dataset);
}

/* How many windows will be measured. */
static int64
planned_windows(const TrainPlan *plan, const lf_dataset *dataset)
{
	lf_window_set set;
	int lookback = 0;

	if (plan->holdout.calibration == 0)
		return 0;
	for (int i = 0; i < plan->member_count; i++)
		lookback = Max(lookback, plan->members[i].network.lookback);
	set = held_out_windows(dataset, &plan->holdout, lookback, plan->options.horizon,
						   plan->members[0].min_history);
	pfree(set.cumulative);
	return measured_windows(&set);
}

Size
calibration_bytes(const TrainPlan *plan, const lf_dataset *dataset)
{
	int horizon = plan->options.horizon;
	int64 windows = planned_windows(plan, dataset);

	/* those of the past, of which a series has no more than that */
	if (plan->member_count == 0 || plan->intermittent)
		windows += Min(most_windows(horizon), dataset->count * PAST_WINDOWS);
	/* forecasts of every member and of the starts, the median, actuals, naive, and the
	 * calibration's scratch */
	return mul_size(sizeof(double) * (plan->member_count + plan->starts + 4),
					mul_size(windows, horizon)) +
		   mul_size(sizeof(lf_calibration_unit), windows) +
		   sizeof(float) * (Size) horizon * MOST_RESIDUALS + sizeof(int64) * (Size) dataset->count;
}

/* Will errors be kept? A distribution of counts makes the intervals without them, but anomalies are
 * told by errors. */
static bool
plans_errors(const TrainPlan *plan)
{
	return plan->options.interval == INTERVAL_CONFORMAL ||
		   lf_loss_of_counts((lf_loss_kind) plan->options.loss);
}

lf_calibration
calibration_planned(const TrainPlan *plan, const lf_dataset *dataset, bool complete)
{
	lf_calibration planned = {0};
	int64 windows = planned_windows(plan, dataset);

	if (windows == 0 || !plans_errors(plan))
		return planned;
	planned.spread_steps = plan->intermittent ? 0 : spread_steps(plan->season);
	planned.horizon = plan->options.horizon;
	if (complete)
		planned.points = (int) Min(MOST_RESIDUALS, windows);
	return planned;
}

lf_calibration
calibration_expected(const TrainPlan *plan, const lf_dataset *dataset, int64 windows)
{
	lf_calibration expected = {0};

	if (windows == 0 || !plans_errors(plan))
		return expected;
	if (plan->intermittent)
		windows =
			Max(windows, Min(most_windows(plan->options.horizon), dataset->count * PAST_WINDOWS));
	expected.spread_steps = plan->intermittent ? 0 : spread_steps(plan->season);
	expected.horizon = plan->options.horizon;
	expected.points = (int) Min(MOST_RESIDUALS, Max(windows, USUAL_RESIDUALS));
	return expected;
}
