/*
 * forecast.c
 *	  Forecasts from a model.
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "core/calibration.h"
#include "base/memory.h"
#include "time/calendar.h"
#include "model/holiday_effects.h"
#include "forecast/clock_history.h"
#include "forecast/ensemble.h"
#include "forecast/forecast.h"
#include "forecast/selection.h"

#define MEMORY_HINT "Lower \"horizon\", or forecast fewer series or quantiles in one call."

/* Copies of the histories with room for the forecasts that are fed back. */
static lf_series *
growing_series(const Model *model, const History *histories, int64 count, int64 steps)
{
	lf_series *series = palloc_extended(mul_size(sizeof(lf_series), count), MCXT_ALLOC_HUGE);
	int64 longest = model_memory(model);

	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		series[i] = history_series(model, &histories[i], longest, steps);
	}
	return series;
}

/* Forecasts of all histories from their ends, and of the levels' quantiles. */
typedef struct Points
{
	int steps;         /* of each; those beyond its lag and the horizon are not set */
	double *forecasts; /* (count, steps) */
	double *quantiles; /* (count, steps, levels); NULL: none */
} Points;

/* What one round gave to windows goes to its place, and into their series for the next one. */
static void
take_round(const Model *model, const Points *round, const lf_window *windows, int64 count,
		   lf_series *all, int done, int levels, Points *points)
{
	int steps = Min(model->horizon, points->steps - done);

	for (int64 i = 0; i < count; i++)
	{
		const double *next = round->forecasts + i * model->horizon;
		int64 first = (int64) windows[i].series * points->steps + done;
		lf_series *series = &all[windows[i].series];

		memcpy(points->forecasts + first, next, sizeof(double) * steps);
		if (points->quantiles != NULL)
			memcpy(points->quantiles + first * levels,
				   round->quantiles + i * model->horizon * levels, sizeof(double) * steps * levels);
		memcpy(unconstify(double *, series->values) + series->length, next,
			   sizeof(double) * model->horizon);
		series->length += model->horizon;
	}
}

/* How often forecasts are fed back, and once. */
static int
rounds_to(int steps, const Model *model)
{
	return (steps + model->horizon - 1) / model->horizon;
}

/* Round after round until the horizon is reached, `steps` from the end of those that lag most. */
static Points
point_forecasts(const Model *model, const History *histories, int64 count, int horizon, int steps,
				const PredictLevels *levels, Size held)
{
	lf_series *series =
		growing_series(model, histories, count, (int64) rounds_to(steps, model) * model->horizon);
	lf_dataset dataset = {.count = count, .series = series};
	lf_scaler **scalers = history_scalers(model, histories, count);
	lf_window *windows = palloc_extended(mul_size(sizeof(lf_window), count), MCXT_ALLOC_HUGE);
	Points points = {.steps = steps, .forecasts = huge_array(count, steps, sizeof(double))};
	Points round = {.steps = model->horizon,
					.forecasts = huge_array(count, model->horizon, sizeof(double))};

	PredictWork work = {.dataset = &dataset,
						.scalers = (const lf_scaler *const *) scalers,
						.starts = history_starts(model, histories, count),
						.windows = windows,
						.levels = *levels,
						.forecasts = round.forecasts,
						.held = held};

	if (levels->count > 0)
	{
		points.quantiles = huge_array(count, (int64) steps * levels->count, sizeof(double));
		round.quantiles = huge_array(count, (int64) model->horizon * levels->count, sizeof(double));
		work.quantiles = round.quantiles;
	}
	for (int done = 0; done < steps; done += model->horizon)
	{
		int64 going = 0;

		for (int64 i = 0; i < count; i++)
			if (done < histories[i].lag + horizon)
				windows[going++] = (lf_window){.series = i, .origin = series[i].length};
		work.count = going;
		predict_windows(model, &work);
		take_round(model, &round, windows, going, series, done, levels->count, &points);
	}
	return points;
}

/* Bytes of rows, each with a chunk for its quantiles, and of what the networks say of them. */
static Size
rows_bytes(int64 count, int steps, int levels, int quantiles)
{
	Size row = sizeof(ForecastRow) + sizeof(double) * (1 + (Size) levels);

	if (quantiles > 0)
		row += pg_nextpower2_size_t(sizeof(double) * quantiles) + CHUNK_HEADER;
	return mul_size(row, mul_size(count, steps));
}

void
forecast_check_rows(int64 count, int horizon, int levels, int quantiles)
{
	check_memory_limit(rows_bytes(count, horizon, levels, quantiles), "forecasting", MEMORY_HINT);
}

/* Raise 54000 when rows, what they are made of and the networks together take too much; else the
 * bytes of all. */
static Size
check_memory(MemoryAccount account, const Model *model, const History *histories, int64 count,
			 int steps, const PredictLevels *levels, const ForecastRequest *request)
{
	int64 fed = (int64) rounds_to(steps, model) * model->horizon;
	Size point = sizeof(double) * (1 + (Size) levels->count);

	account_take(&account,
				 rows_bytes(count, steps, levels->count, request->interval.quantile_count));
	account_take(&account, mul_size(point, mul_size(count, model->horizon)));
	account_take(&account, mul_size(sizeof(lf_window), count));
	histories_take(&account, model, histories, count, model_memory(model), fed);
	account_take(&account, predict_bytes(model, count, levels));
	return account.held;
}

/* Give a row its time. */
static void
date_row(ForecastRow *row, const Frequency *frequency, TimestampTz time)
{
	row->has_time = true;
	row->time = time;
	row->local_time = calendar_local(time, calendar_zone(frequency->zone));
}

ForecastRow
forecast_history_row(const History *history, int64 step)
{
	const GridSeries *series = history->fresh;
	bool observed = step < series->length && series_observed(series, step);
	ForecastRow row = {.label = series->label,
					   .step = (int) (step + 1 - series->length - history->lag),
					   .actual = observed ? series->values[step] : NAN,
					   .forecast = NAN};

	if (series->frequency.kind != FREQUENCY_NONE)
		date_row(&row, &series->frequency, series_time(series, step));
	return row;
}

/* Say so where forecasts feed on earlier ones. */
static void
notice_feedback(const Model *model, int horizon, int steps)
{
	if (steps <= model->horizon)
		return;
	ereport(NOTICE,
			(errmsg("forecasts beyond step %d feed on earlier forecasts", model->horizon),
			 steps > horizon
				 ? errdetail(
					   "The model was trained for %d steps; from the end of the series that ended "
					   "first to %d after the latest timestamp there are %d.",
					   model->horizon, horizon, steps)
				 : errdetail("The model was trained for %d steps, %d were asked for.",
							 model->horizon, horizon),
			 errhint("Train with a larger \"horizon\" for better forecasts far ahead.")));
}

/* The steps to forecast from the end of the series that lags most. */
static int
most_steps(const History *histories, int64 count, int horizon)
{
	int lag = 0;

	for (int64 i = 0; i < count; i++)
		lag = Max(lag, histories[i].lag);
	return lag + horizon;
}

int
forecast_horizon(const Model *model, const ForecastRequest *request)
{
	return request->horizon > 0 ? request->horizon : model->horizon;
}

/* Give the forecasts of a history back what holidays do to them. */
static void
restore_holidays(const Model *model, const History *history, ForecastRow *rows, int horizon,
				 int quantiles)
{
	const HolidayList *list = model->covariates.holidays;
	StepPlaces places;

	if (!model_has_effects(model))
		return;
	/* step 0 is the last of the history */
	step_places_begin(&places, &history->frequency, history->last_time, NULL);
	for (int k = 0; k < horizon; k++)
	{
		double factor = holiday_factor(list, &places, (int64) history->lag + k + 1,
									   holiday_difference(model, history->known));

		check_interrupts();
		if (factor == 1)
			continue;
		rows[k].forecast = predict_restored(model, rows[k].forecast, factor);
		interval_restore(model, &rows[k].interval, quantiles, factor);
	}
}

ForecastRow *
forecast_run(const Model *model, const History *histories, int64 count,
			 const ForecastRequest *request, int *horizon)
{
	PredictLevels levels = interval_levels(model, &request->interval);
	MemoryAccount account = {.held = request->held, .what = "forecasting", .hint = MEMORY_HINT};
	double panel = NAN;
	const History *read;
	ForecastRow *rows;
	Points points;
	Size held;
	int steps;

	*horizon = forecast_horizon(model, request);
	notice_feedback(model, *horizon, most_steps(histories, count, *horizon));
	forecast_check_rows(count, *horizon, 0, request->interval.quantile_count);
	read = clock_histories(model, histories, count, *horizon, &account);
	steps = most_steps(read, count, *horizon);
	held = check_memory(account, model, read, count, steps, &levels, request);
	for (int64 i = 0; i < count; i++)
		(void) selection_check_future(model, &histories[i], histories[i].lag + *horizon, NULL);
	rows = palloc_extended(mul_size(sizeof(ForecastRow), mul_size(count, *horizon)),
						   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	points =
		point_forecasts(model, read, count, *horizon, steps, &levels, request->alone ? 0 : held);
	for (int64 i = 0; i < count; i++)
	{
		const History *history = &histories[i];
		const ColdErrors *cold = history->fresh == NULL ? NULL : history->fresh->cold;
		IntervalPresent present = {0};
		ClockWindow window = clock_history_window(model, history, *horizon);

		if (levels.count == 0 && cold == NULL)
			present = interval_present(model, read[i].values, read[i].length,
									   interval_history_usual(model, &read[i], &panel));
		for (int k = 0; k < *horizon; k++)
		{
			ForecastRow *row = &rows[i * *horizon + k];
			int step = history->lag + k + 1; /* from the end of the series */
			int ahead = (int) clock_window_number(&window, step);
			int64 cell = i * steps + ahead - 1;

			check_interrupts();
			row->label = history->label;
			row->step = k + 1;
			row->actual = NAN;
			row->forecast = points.forecasts[cell];
			if (history->frequency.kind != FREQUENCY_NONE)
				date_row(row, &history->frequency,
						 frequency_add(&history->frequency, history->last_time, step));
			row->interval =
				cold != NULL ? interval_of_cold(model, &request->interval, cold, row->forecast)
				: levels.count > 0
					? interval_of_networks(model, &levels, points.quantiles + cell * levels.count,
										   row->forecast, &request->interval)
					: interval_of_residuals(model, &request->interval, &present, ahead,
											row->forecast);
		}
		restore_holidays(model, history, &rows[i * *horizon], *horizon,
						 request->interval.quantile_count);
	}
	return rows;
}
