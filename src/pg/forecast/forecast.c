/*
 * forecast.c
 *	  Forecasts from a model.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/calibration.h"
#include "base/memory.h"
#include "time/calendar.h"
#include "forecast/ensemble.h"
#include "forecast/forecast.h"

/* Copies of the histories with room for the forecasts that are fed back. */
static lf_series *
growing_series(const Model *model, const History *histories, int64 count, int64 steps)
{
	lf_series *series = palloc_extended(mul_size(sizeof(lf_series), count), MCXT_ALLOC_HUGE);
	int64 longest = model_longest_lookback(model);

	for (int64 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		series[i] = history_series(model, &histories[i], longest, steps);
	}
	return series;
}

/* Future covariates must be known for every step that is asked for. */
static void
check_future(const Model *model, const History *history, int horizon)
{
	int64 known = history->covered - history->length;
	const char *place;

	if (model->covariates.future == 0 || known >= horizon)
		return;
	place =
		history->frequency.kind == FREQUENCY_NONE
			? psprintf("step %lld", (long long) known + 1)
			: timestamptz_to_str(frequency_add(&history->frequency, history->last_time, known + 1));
	ereport(
		ERROR,
		(errcode(ERRCODE_DATA_EXCEPTION),
		 history->label == NULL ? errmsg("future covariates at %s are missing", place)
								: errmsg("future covariates of series \"%s\" at %s are missing",
										 history->label, place),
		 errdetail("The forecast of %d steps needs them for each step; they are known for %lld.",
				   horizon, (long long) known),
		 errhint("Add rows with a null value and the covariates after the last observation, or "
				 "lower \"horizon\".")));
}

/* Forecasts of all histories, (count, horizon), and of the levels' quantiles. */
typedef struct Points
{
	double *forecasts; /* (count, horizon) */
	double *quantiles; /* (count, horizon, levels); NULL: none */
} Points;

/* What one round gave goes to its place, and into the series for the next one. */
static void
take_round(const Model *model, const Points *round, lf_series *series, int64 count, int done,
		   int horizon, int levels, Points *points)
{
	int steps = Min(model->horizon, horizon - done);

	for (int64 i = 0; i < count; i++)
	{
		const double *next = round->forecasts + i * model->horizon;

		memcpy(points->forecasts + i * horizon + done, next, sizeof(double) * steps);
		if (points->quantiles != NULL)
			memcpy(points->quantiles + (i * horizon + done) * levels,
				   round->quantiles + i * model->horizon * levels, sizeof(double) * steps * levels);
		memcpy(unconstify(double *, series[i].values) + series[i].length, next,
			   sizeof(double) * model->horizon);
		series[i].length += model->horizon;
	}
}

/* Round after round until the horizon is reached. */
static Points
point_forecasts(const Model *model, const History *histories, int64 count, int horizon,
				const PredictLevels *levels)
{
	int rounds = (horizon + model->horizon - 1) / model->horizon;
	lf_series *series = growing_series(model, histories, count, (int64) rounds * model->horizon);
	lf_dataset dataset = {.count = count, .series = series};
	lf_scaler **scalers = history_scalers(model, histories, count);
	lf_window *windows = palloc_extended(mul_size(sizeof(lf_window), count), MCXT_ALLOC_HUGE);
	Points points = {.forecasts = huge_array(count, horizon, sizeof(double))};
	Points round = {.forecasts = huge_array(count, model->horizon, sizeof(double))};

	if (levels->count > 0)
	{
		points.quantiles = huge_array(count, (int64) horizon * levels->count, sizeof(double));
		round.quantiles = huge_array(count, (int64) model->horizon * levels->count, sizeof(double));
	}
	for (int done = 0; done < horizon; done += model->horizon)
	{
		for (int64 i = 0; i < count; i++)
			windows[i] = (lf_window){.series = i, .origin = series[i].length};
		predict_windows(model, &dataset, (const lf_scaler *const *) scalers, windows, count, levels,
						round.forecasts, round.quantiles);
		take_round(model, &round, series, count, done, horizon, levels->count, &points);
	}
	return points;
}

/* Raise 54000 when the rows and what they are made of take more memory than allowed. */
static void
check_rows(int64 count, int horizon, int levels, int quantiles)
{
	Size row = sizeof(ForecastRow) + sizeof(double) * (2 + 2 * (Size) levels + quantiles);

	check_memory_limit(mul_size(row, mul_size(count, horizon)), "forecasting",
					   "Lower \"horizon\", or forecast fewer series or quantiles in one call.");
}

/* Give a row its time. */
static void
date_row(ForecastRow *row, const Frequency *frequency, TimestampTz time)
{
	row->has_time = true;
	row->time = time;
	row->local_time = calendar_local(time, calendar_zone(frequency->zone));
}

ForecastRow *
forecast_history_rows(const GridSeries *series, int steps, int *count)
{
	ForecastRow *rows;
	int64 first;

	*count = (int) Min(steps, series->length);
	first = series->length - *count;
	rows =
		palloc_extended(mul_size(sizeof(ForecastRow), *count), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < *count; i++)
	{
		ForecastRow *row = &rows[i];
		int64 step = first + i;

		CHECK_FOR_INTERRUPTS();
		row->label = series->label;
		row->step = i + 1 - *count;
		row->actual = series_observed(series, step) ? series->values[step] : NAN;
		row->forecast = NAN;
		if (series->times != NULL)
			date_row(row, &series->frequency, series->times[step]);
		else if (series->frequency.kind != FREQUENCY_NONE)
			date_row(row, &series->frequency,
					 frequency_add(&series->frequency, series->first_time, step));
	}
	return rows;
}

ForecastRow *
forecast_run(const Model *model, const History *histories, int64 count,
			 const ForecastRequest *request, int *horizon)
{
	PredictLevels levels = interval_levels(model, &request->interval);
	double panel = NAN;
	ForecastRow *rows;
	Points points;

	*horizon = request->horizon > 0 ? request->horizon : model->horizon;
	if (*horizon > model->horizon)
		ereport(NOTICE,
				(errmsg("forecasts beyond step %d feed on earlier forecasts", model->horizon),
				 errdetail("The model was trained for %d steps, %d were asked for.", model->horizon,
						   *horizon),
				 errhint("Train with a larger \"horizon\" for better forecasts far ahead.")));
	check_rows(count, *horizon, levels.count, request->interval.quantile_count);
	for (int64 i = 0; i < count; i++)
		check_future(model, &histories[i], *horizon);
	rows = palloc_extended(mul_size(sizeof(ForecastRow), mul_size(count, *horizon)),
						   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	points = point_forecasts(model, histories, count, *horizon, &levels);
	for (int64 i = 0; i < count; i++)
	{
		const History *history = &histories[i];
		double spread = lf_calibration_spread(&model->calibration, history->values, history->length,
											  interval_history_least(model, history, &panel));

		for (int k = 0; k < *horizon; k++)
		{
			int64 cell = i * *horizon + k;
			ForecastRow *row = &rows[cell];

			CHECK_FOR_INTERRUPTS();
			row->label = history->label;
			row->step = k + 1;
			row->actual = NAN;
			row->forecast = points.forecasts[cell];
			if (history->frequency.kind != FREQUENCY_NONE)
				date_row(row, &history->frequency,
						 frequency_add(&history->frequency, history->last_time, k + 1));
			row->interval =
				levels.count > 0
					? interval_of_networks(&levels, points.quantiles + cell * levels.count,
										   &request->interval)
					: interval_of_residuals(model, &request->interval, spread, row->step,
											row->forecast);
		}
	}
	return rows;
}
