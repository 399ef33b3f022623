/*
 * forecast.c
 *	  Forecasts from a model.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "drive.h"
#include "forecast.h"

/* One network's predictor over the series as they grow by their own forecasts. */
typedef struct MemberForecaster
{
	lf_predictor *predictor;
	double *forecasts; /* (series, trained horizon) */
} MemberForecaster;

void
forecast_check_request(const ForecastRequest *request)
{
	if (!(request->confidence > 0 && request->confidence < 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"confidence_level\" is out of range"),
						errdetail("It is %g, and must lie between 0 and 1.", request->confidence),
						errhint("Write 95 percent as 0.95.")));
	for (int i = 0; i < request->quantile_count; i++)
		if (!(request->quantiles[i] > 0 && request->quantiles[i] < 1))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("\"quantiles\" is out of range"),
							errdetail("Element %d is %g, and must lie between 0 and 1.", i + 1,
									  request->quantiles[i]),
							errhint("Write the median as 0.5.")));
}

History *
forecast_model_histories(const Model *model)
{
	History *histories = palloc(sizeof(History) * model->series_count);

	for (int64 i = 0; i < model->series_count; i++)
		histories[i] = (History){.label = model->series[i].label,
								 .length = model->series[i].length,
								 .values = model->series[i].history,
								 .frequency = model->frequency,
								 .last_time = model->series[i].last_time};
	return histories;
}

History *
forecast_fresh_history(const Model *model, const RowSet *rows)
{
	History *history = palloc0(sizeof(History));
	const Frequency *fixed = NULL;
	GridSeries *series;

	/* a model trained without timestamps has no grid of its own: the rows' is inferred */
	if (rows->has_times && model->frequency.kind != FREQUENCY_NONE)
		fixed = &model->frequency;
	series = series_build(rows, NULL, NULL, fixed, (MissingPolicy) model->options.missing,
						  (DuplicatePolicy) model->options.duplicates);
	if (series->length == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("history has no observation to forecast from"),
				 errdetail("%lld rows were read, none with a value.", (long long) rows->count),
				 errhint("Give the latest rows of the series; the model reads up to %d steps.",
						 model->options.lookback == OPTION_AUTO ? (int) model->series[0].length
																: model->options.lookback)));
	history->label = model->series_count == 1 ? model->series[0].label : NULL;
	history->length = series->length;
	history->values = series->values;
	history->frequency = series->frequency;
	history->last_time = series->last_time;
	return history;
}

/* Copies of the histories with room for the forecasts that are fed back. */
static lf_series *
growing_series(const Model *model, const History *histories, int64 count, int horizon)
{
	lf_series *series = palloc0(mul_size(sizeof(lf_series), count));
	int64 longest = model_longest_lookback(model);

	for (int64 i = 0; i < count; i++)
	{
		/* older steps than the longest lookback are never read */
		int64 length = Min(histories[i].length, longest);
		double *values =
			palloc_extended(mul_size(sizeof(double), length + horizon), MCXT_ALLOC_HUGE);

		memcpy(values, histories[i].values + histories[i].length - length, sizeof(double) * length);
		series[i].values = values;
		series[i].length = length;
	}
	return series;
}

static MemberForecaster *
create_forecasters(const Model *model, const lf_dataset *dataset)
{
	MemberForecaster *members = palloc(sizeof(MemberForecaster) * model->member_count);

	for (int i = 0; i < model->member_count; i++)
	{
		members[i].predictor = create_predictor(&model->members[i], dataset, dataset->count);
		members[i].forecasts = palloc_extended(
			mul_size(sizeof(double), mul_size(dataset->count, model->horizon)), MCXT_ALLOC_HUGE);
	}
	return members;
}

/* The next model->horizon steps of every series, into median. */
static void
forecast_round(const Model *model, const lf_dataset *dataset, MemberForecaster *members,
			   double *median)
{
	lf_window *windows = palloc(mul_size(sizeof(lf_window), dataset->count));
	const double **forecasts = palloc(sizeof(double *) * model->member_count);

	for (int64 i = 0; i < dataset->count; i++)
		windows[i] = (lf_window){.series = i, .origin = dataset->series[i].length};
	for (int m = 0; m < model->member_count; m++)
	{
		drive_predictor(members[m].predictor, windows, dataset->count, members[m].forecasts);
		forecasts[m] = members[m].forecasts;
	}
	lf_ensemble_median(forecasts, model->member_count, dataset->count * model->horizon, median);
	pfree(forecasts);
	pfree(windows);
}

/* Point forecasts, (count, horizon), round after round until the horizon is reached. */
static double *
point_forecasts(const Model *model, const History *histories, int64 count, int horizon)
{
	lf_series *series = growing_series(model, histories, count, horizon + model->horizon);
	lf_dataset dataset = {.count = count, .series = series};
	MemberForecaster *members = create_forecasters(model, &dataset);
	double *points =
		palloc_extended(mul_size(sizeof(double), mul_size(count, horizon)), MCXT_ALLOC_HUGE);
	double *median =
		palloc_extended(mul_size(sizeof(double), mul_size(count, model->horizon)), MCXT_ALLOC_HUGE);

	for (int done = 0; done < horizon; done += model->horizon)
	{
		int steps = Min(model->horizon, horizon - done);

		forecast_round(model, &dataset, members, median);
		for (int64 i = 0; i < count; i++)
		{
			const double *next = median + i * model->horizon;

			memcpy(points + i * horizon + done, next, sizeof(double) * steps);
			memcpy(unconstify(double *, series[i].values) + series[i].length, next,
				   sizeof(double) * model->horizon);
			series[i].length += model->horizon;
		}
	}
	for (int m = 0; m < model->member_count; m++)
		lf_predictor_free(members[m].predictor);
	return points;
}

static void
fill_interval(const Model *model, const ForecastRequest *request, double spread, ForecastRow *row)
{
	const lf_calibration *calibration = &model->calibration;
	double tail = (1 - request->confidence) / 2;

	/* errors measured on a logarithmic scale say nothing about a forecast that has no place on it
	 */
	if (calibration->points == 0 ||
		(calibration->transform == LF_TRANSFORM_LOG && !(row->forecast > 0)))
		return;
	row->has_interval = true;
	row->lower = lf_calibration_quantile(calibration, row->step - 1, row->forecast, spread, tail);
	row->upper =
		lf_calibration_quantile(calibration, row->step - 1, row->forecast, spread, 1 - tail);
	if (request->quantile_count == 0)
		return;
	row->quantiles = palloc(sizeof(double) * request->quantile_count);
	for (int i = 0; i < request->quantile_count; i++)
		row->quantiles[i] = lf_calibration_quantile(calibration, row->step - 1, row->forecast,
													spread, request->quantiles[i]);
}

ForecastRow *
forecast_run(const Model *model, const History *histories, int64 count,
			 const ForecastRequest *request, int *horizon)
{
	ForecastRow *rows;
	double *points;

	*horizon = request->horizon > 0 ? request->horizon : model->horizon;
	if (*horizon > model->horizon)
		ereport(NOTICE,
				(errmsg("forecasts beyond step %d feed on earlier forecasts", model->horizon),
				 errdetail("The model was trained for %d steps, %d were asked for.", model->horizon,
						   *horizon),
				 errhint("Train with a larger \"horizon\" for better forecasts far ahead.")));
	rows = palloc_extended(mul_size(sizeof(ForecastRow), mul_size(count, *horizon)),
						   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	points = point_forecasts(model, histories, count, *horizon);
	for (int64 i = 0; i < count; i++)
	{
		double spread =
			lf_calibration_spread(&model->calibration, histories[i].values, histories[i].length);

		for (int k = 0; k < *horizon; k++)
		{
			ForecastRow *row = &rows[i * *horizon + k];

			CHECK_FOR_INTERRUPTS();
			row->label = histories[i].label;
			row->step = k + 1;
			row->forecast = points[i * *horizon + k];
			row->has_time = histories[i].frequency.kind != FREQUENCY_NONE;
			if (row->has_time)
				row->time = frequency_add(&histories[i].frequency, histories[i].last_time, k + 1);
			fill_interval(model, request, spread, row);
		}
	}
	pfree(points);
	return rows;
}
