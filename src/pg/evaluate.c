/*
 * evaluate.c
 *	  Measures a trained ensemble on its held-out windows.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "drive.h"
#include "evaluate.h"

#define MOST_WINDOWS 1000 /* held-out windows measured, evenly spaced */
#define MOST_CELLS 500000 /* windows times horizon: calibration is one piece of work */
#define MEDIAN_SLICE 4096
#define NEAR_ZERO_PART 0.1 /* of the mean: below it values are too near zero for logarithms */
#define MOST_RESIDUALS 200 /* order statistics kept a step */
#define SPREAD_STEPS 60    /* changes that tell how restless a series is at present */
#define QUIETEST_PART 0.1  /* of the usual spread: the least that counts as one */

/* Everything that belongs to the held-out windows; arrays are (count, horizon). */
typedef struct HeldOut
{
	int64 count;
	int horizon;
	lf_window *windows;
	double *actual;
	uint8 *observed;
	double *forecast;
	double *naive;
} HeldOut;

static void *
huge_array(int64 count, int64 horizon, Size element)
{
	return palloc_extended(mul_size(mul_size(count, horizon), element), MCXT_ALLOC_HUGE);
}

/* Choose the windows; all members share them, so the longest lookback decides. */
static HeldOut *
choose_windows(const Model *model, const lf_dataset *dataset, const Holdout *holdout)
{
	HeldOut *held = palloc0(sizeof(HeldOut));
	lf_window_set set = {.dataset = dataset,
						 .lookback = model_longest_lookback(model),
						 .min_history = model_longest_lookback(model),
						 .horizon = model->horizon,
						 .from_end = holdout->calibration,
						 .until_end = 0};

	set.cumulative = palloc(sizeof(int64_t) * dataset->count);
	lf_window_set_count(&set);

	held->horizon = model->horizon;
	held->count = Min(set.count, Min(MOST_WINDOWS, Max(1, MOST_CELLS / held->horizon)));
	held->windows = palloc(sizeof(lf_window) * Max(held->count, 1));
	for (int64 i = 0; i < held->count; i++)
		held->windows[i] =
			lf_window_set_locate(&set, (set.count - 1) * i / Max(held->count - 1, 1));
	return held;
}

static void
collect_actuals(HeldOut *held, const lf_dataset *dataset, int season)
{
	int horizon = held->horizon;

	held->actual = huge_array(held->count, horizon, sizeof(double));
	held->naive = huge_array(held->count, horizon, sizeof(double));
	held->observed = huge_array(held->count, horizon, sizeof(uint8));
	for (int64 i = 0; i < held->count; i++)
	{
		const lf_series *series = &dataset->series[held->windows[i].series];
		int64 origin = held->windows[i].origin;

		memcpy(held->actual + i * horizon, series->values + origin, sizeof(double) * horizon);
		lf_naive_forecast(series->values, origin, (int) Min(season, origin), horizon,
						  held->naive + i * horizon);
		for (int k = 0; k < horizon; k++)
			held->observed[i * horizon + k] =
				series->observed == NULL || series->observed[origin + k];
	}
}

size_t
evaluate_bytes(int member_count, int horizon)
{
	size_t cells = Max(MOST_CELLS, horizon);

	/* forecasts of every member, their median, actuals, naive, and the calibration's scratch */
	return cells * sizeof(double) * (member_count + 4);
}

/* The median of many cells, with a look at interrupts in between. */
static void
median_in_slices(double **members, int count, int64 cells, double *median)
{
	const double **slice = palloc(sizeof(double *) * count);

	for (int64 done = 0; done < cells; done += MEDIAN_SLICE)
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < count; i++)
			slice[i] = members[i] + done;
		lf_ensemble_median(slice, count, Min(MEDIAN_SLICE, cells - done), median + done);
	}
	pfree(slice);
}

static void
forecast_windows(const Model *model, const lf_dataset *dataset, HeldOut *held)
{
	int64 cells = held->count * held->horizon;
	double **members = palloc(sizeof(double *) * model->member_count);

	held->forecast = huge_array(held->count, held->horizon, sizeof(double));
	for (int i = 0; i < model->member_count; i++)
	{
		lf_predictor *predictor = create_predictor(&model->members[i], dataset, held->count);

		members[i] = huge_array(held->count, held->horizon, sizeof(double));
		drive_predictor(predictor, held->windows, held->count, members[i]);
		lf_predictor_free(predictor);
	}
	median_in_slices(members, model->member_count, cells, held->forecast);
	for (int i = 0; i < model->member_count; i++)
		pfree(members[i]);
	pfree(members);
}

/* The in-sample mean absolute error of the seasonal naive forecast one step ahead: MASE's scale. */
static double
mase_scale(const lf_dataset *dataset, int season, int64 tail)
{
	double sum = 0;
	int64 count = 0;

	for (int64 s = 0; s < dataset->count; s++)
	{
		const lf_series *series = &dataset->series[s];

		for (int64 i = season; i < series->length - tail; i++)
		{
			if (i % INTERRUPT_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			if (series->observed != NULL && !(series->observed[i] && series->observed[i - season]))
				continue;
			sum += fabs(series->values[i] - series->values[i - season]);
			count++;
		}
	}
	return count > 0 && sum > 0 ? sum / (double) count : NAN;
}

static void
measure(const HeldOut *held, const double *forecast, double scale, double *mae, double *rmse,
		double *smape, double *mase)
{
	double absolute = 0;
	double squared = 0;
	double symmetric = 0;
	int64 count = 0;

	for (int64 i = 0; i < held->count * held->horizon; i++)
	{
		double error = held->actual[i] - forecast[i];
		double size = fabs(held->actual[i]) + fabs(forecast[i]);

		if (!held->observed[i])
			continue;
		count++;
		absolute += fabs(error);
		squared += error * error;
		symmetric += size > 0 ? 200 * fabs(error) / size : 0;
	}
	*mae = count > 0 ? absolute / (double) count : NAN;
	*rmse = count > 0 ? sqrt(squared / (double) count) : NAN;
	*smape = count > 0 ? symmetric / (double) count : NAN;
	*mase = *mae / scale;
}

/* How spreads are measured: over SPREAD_STEPS or a season, and no less than a part of the usual. */
static void
choose_spread(lf_calibration *calibration, const lf_series *series, int64 train_length, int season)
{
	double usual;

	calibration->least_spread = 0;
	calibration->spread_steps = LF_MAX_LOOKBACK;
	usual = lf_calibration_spread(calibration, series->values, train_length);
	calibration->least_spread = usual > 0 ? usual * QUIETEST_PART : 1;
	calibration->spread_steps = Max(SPREAD_STEPS, season);
}

/*
 * On which scale errors are measured. On a logarithmic one where members use it
 * and everything stays well above zero: errors then grow with the level, and no
 * interval crosses zero. Near zero the logarithm of an error means nothing.
 */
static lf_transform
choose_scale(const Model *model, const HeldOut *held)
{
	lf_transform transform = LF_TRANSFORM_NONE;
	int64 cells = held->count * held->horizon;
	double mean = 0;

	for (int i = 0; i < model->member_count; i++)
		if (model->members[i].scaling.transform != LF_TRANSFORM_NONE)
			transform = model->members[i].scaling.transform;
	if (transform != LF_TRANSFORM_LOG)
		return transform;
	for (int64 i = 0; i < cells; i++)
		mean += held->actual[i] / (double) cells;
	for (int64 i = 0; i < cells; i++)
		if (!(held->actual[i] > NEAR_ZERO_PART * mean && held->forecast[i] > NEAR_ZERO_PART * mean))
			return LF_TRANSFORM_NONE;
	return transform;
}

/* Residuals for intervals: model->calibration. */
static void
calibrate(Model *model, const HeldOut *held, const lf_dataset *dataset, int64 tail)
{
	lf_calibration *calibration = &model->calibration;
	float *residuals = palloc(sizeof(float) * mul_size(held->horizon, MOST_RESIDUALS));
	double *spreads = palloc(sizeof(double) * held->count);
	double *scratch;

	calibration->transform = choose_scale(model, held);
	choose_spread(calibration, &dataset->series[0], dataset->series[0].length - tail,
				  model->season);
	for (int64 i = 0; i < held->count; i++)
		spreads[i] = lf_calibration_spread(
			calibration, dataset->series[held->windows[i].series].values, held->windows[i].origin);
	scratch = palloc_extended(
		mul_size(lf_calibration_scratch(held->horizon, held->count), sizeof(double)),
		MCXT_ALLOC_HUGE);
	if (lf_calibration_build(calibration->transform, held->horizon, held->count, held->actual,
							 held->forecast, held->observed, spreads, MOST_RESIDUALS, residuals,
							 &calibration->points, scratch))
	{
		calibration->horizon = held->horizon;
		calibration->residuals = residuals;
	}
	else
		calibration->points = 0;
	pfree(scratch);
	pfree(spreads);
}

void
evaluate_model(Model *model, const lf_dataset *dataset, const Holdout *holdout)
{
	ModelErrors *errors = &model->errors;
	HeldOut *held;
	double scale;

	*errors = (ModelErrors){0, holdout->shared, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
	if (holdout->calibration == 0)
		return;
	held = choose_windows(model, dataset, holdout);
	if (held->count == 0)
		return;
	collect_actuals(held, dataset, model->season);
	forecast_windows(model, dataset, held);
	scale = mase_scale(dataset, model->season, holdout_steps(holdout));
	errors->windows = held->count;
	measure(held, held->forecast, scale, &errors->mae, &errors->rmse, &errors->smape,
			&errors->mase);
	measure(held, held->naive, scale, &errors->naive_mae, &errors->naive_rmse, &errors->naive_smape,
			&errors->naive_mase);
	if (model->options.interval == INTERVAL_CONFORMAL)
		calibrate(model, held, dataset, holdout_steps(holdout));
}
