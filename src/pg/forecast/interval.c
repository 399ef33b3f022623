/*
 * interval.c
 *	  The interval around a forecast.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/scaling.h"
#include "base/interrupts.h"
#include "base/sorting.h"
#include "model/starts.h"
#include "forecast/interval.h"

#define FEW_STEPS 24        /* of a history, up to which the panel tells more of its spread */
#define ROUNDING_NOISE 1e-6 /* of a width: residuals are floats, and 5.0000001 is 5 */

void
interval_check_request(const IntervalRequest *request)
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

PredictLevels
interval_levels(const Model *model, const IntervalRequest *request)
{
	PredictLevels levels = {0};
	double *values = palloc(sizeof(double) * ((Size) request->quantile_count + 2));
	int count = 0;
	bool networks = model->options.interval == INTERVAL_MODEL && predict_has_distribution(model);

	levels.counts = model->options.interval == INTERVAL_MODEL && model_counts(model);
	levels.start = !networks && !levels.counts && starts_tell(model);
	if (!networks && !levels.counts && !levels.start)
		return levels;
	values[count++] = (1 - request->confidence) / 2;
	values[count++] = 1 - (1 - request->confidence) / 2;
	for (int i = 0; i < request->quantile_count; i++)
		values[count++] = request->quantiles[i];
	qsort(values, count, sizeof(double), compare_doubles);
	for (int i = 0; i < count; i++)
		if (levels.count == 0 || values[i] != values[levels.count - 1])
			values[levels.count++] = values[i];
	levels.values = values;
	return levels;
}

/* The quantile of probability p, which is one of the levels. */
static double
level_value(const PredictLevels *levels, const double *quantiles, double p)
{
	int i = 0;

	while (levels->values[i] != p)
		i++;
	return quantiles[i];
}

/*
 * A quantile as it is given: where values are whole a whole number, rounded outwards so that it
 * covers no less; on its side of the forecast, which is what the interval is around; and within the
 * limits.
 */
static double
finished(const Model *model, double value, double forecast, double p)
{
	double noise = ROUNDING_NOISE * (1 + fabs(value - forecast));

	if (model->whole)
	{
		value = p < 0.5 ? floor(value + noise) : p > 0.5 ? ceil(value - noise) : rint(value);
		forecast = p < 0.5 ? floor(forecast) : ceil(forecast);
	}
	if (p < 0.5)
		value = Min(value, forecast);
	else if (p > 0.5)
		value = Max(value, forecast);
	return predict_limited(model, value + 0.0); /* no "-0" */
}

ForecastInterval
interval_of_networks(const Model *model, const PredictLevels *levels, const double *quantiles,
					 double forecast, const IntervalRequest *request)
{
	double tail = (1 - request->confidence) / 2;
	ForecastInterval interval = {
		.known = true,
		.lower = finished(model, level_value(levels, quantiles, tail), forecast, tail),
		.upper = finished(model, level_value(levels, quantiles, 1 - tail), forecast, 1 - tail)};

	if (request->quantile_count == 0)
		return interval;
	interval.quantiles = palloc(sizeof(double) * request->quantile_count);
	for (int i = 0; i < request->quantile_count; i++)
	{
		double p = request->quantiles[i];
		double value = level_value(levels, quantiles, p);

		/* a mean may lie beyond quantiles of either side: they are the distribution's own */
		interval.quantiles[i] = finished(model, value, levels->counts ? value : forecast, p);
	}
	return interval;
}

IntervalPresent
interval_present(const Model *model, const double *values, int64 length, double usual)
{
	int64 read = Min(length, model_steps_read(model));

	values += length - read;
	return (IntervalPresent){.unit =
								 lf_calibration_unit_at(&model->calibration, values, read, usual),
							 .range = lf_range_find(values, read, model->season, model->horizon)};
}

/*
 * The value that the observation of a step stays below with probability p, by the residuals, near
 * the range that the series keeps within.
 */
static double
residual_quantile(const Model *model, int step, double forecast, const IntervalPresent *present,
				  double p)
{
	double value =
		lf_calibration_quantile(&model->calibration, step - 1, forecast, &present->unit, p);

	return finished(model, lf_range_limit(&present->range, step - 1, forecast, value), forecast, p);
}

ForecastInterval
interval_of_residuals(const Model *model, const IntervalRequest *request,
					  const IntervalPresent *present, int step, double forecast)
{
	double tail = (1 - request->confidence) / 2;
	ForecastInterval interval = {0};

	if (model->calibration.points == 0)
		return interval;
	interval.known = true;
	interval.lower = residual_quantile(model, step, forecast, present, tail);
	interval.upper = residual_quantile(model, step, forecast, present, 1 - tail);
	if (request->quantile_count == 0)
		return interval;
	interval.quantiles = palloc(sizeof(double) * request->quantile_count);
	for (int i = 0; i < request->quantile_count; i++)
		interval.quantiles[i] =
			residual_quantile(model, step, forecast, present, request->quantiles[i]);
	return interval;
}

/* The value that a series without an observation stays below with probability p. */
static double
cold_quantile(const Model *model, const ColdErrors *errors, double forecast, double p)
{
	/* of n errors the next one is below the k-th with probability k / (n + 1) */
	double place = p * (double) (errors->count + 1) - 1;
	int64 below = (int64) floor(place);
	double error;

	below = Max(0, Min(below, errors->count - 1));
	error = errors->values[below];
	if (place > below && below + 1 < errors->count)
		error += (place - (double) below) * (errors->values[below + 1] - error);
	return finished(model, errors->ratios ? forecast * error : forecast + error, forecast, p);
}

ForecastInterval
interval_of_cold(const Model *model, const IntervalRequest *request, const ColdErrors *errors,
				 double forecast)
{
	double tail = (1 - request->confidence) / 2;
	ForecastInterval interval = {0};

	if (errors->count == 0)
		return interval;
	interval.known = true;
	interval.lower = cold_quantile(model, errors, forecast, tail);
	interval.upper = cold_quantile(model, errors, forecast, 1 - tail);
	if (request->quantile_count == 0)
		return interval;
	interval.quantiles = palloc(sizeof(double) * request->quantile_count);
	for (int i = 0; i < request->quantile_count; i++)
		interval.quantiles[i] = cold_quantile(model, errors, forecast, request->quantiles[i]);
	return interval;
}

double
interval_usual_spread(const lf_calibration *calibration, const double *values, int64 length)
{
	lf_calibration whole = *calibration;

	whole.spread_steps = LF_MAX_LOOKBACK;
	return length > 0 ? lf_calibration_spread(&whole, values, length) : 0;
}

/* Spreads on a logarithmic scale compare as they are, others by the series' level. */
static double
spread_unit(const Model *model, const double *values, int64 length)
{
	double level = 0;

	if (model->calibration.transform != LF_TRANSFORM_NONE)
		return 1;
	for (int64 i = 0; i < length; i++)
		level += fabs(values[i]) / (double) length;
	return level > 0 ? level : 1;
}

/* The median of what the model's series usually spread, in units of their levels. */
static double
panel_spread(const Model *model)
{
	double *spreads =
		palloc_extended(mul_size(sizeof(double), model->series_count), MCXT_ALLOC_HUGE);
	double median;

	for (int64 i = 0; i < model->series_count; i++)
	{
		const ModelSeries *series = &model->series[i];

		check_interrupts();
		spreads[i] = series->usual_spread / spread_unit(model, series->history, series->length);
	}
	qsort(spreads, model->series_count, sizeof(double), compare_doubles);
	median = spreads[model->series_count / 2];
	pfree(spreads);
	return median;
}

double
interval_history_usual(const Model *model, const History *history, double *panel)
{
	double usual = history->known >= 0 ? model->series[history->known].usual_spread
									   : interval_usual_spread(&model->calibration, history->values,
															   history->length);

	if (history->known >= 0 || history->length > FEW_STEPS)
		return usual;

	/* few changes may be small by chance: the panel tells more */
	if (isnan(*panel))
		*panel = panel_spread(model);
	/* of levels near 0 it may be infinite, and a residual of 0 times that no number */
	return Max(usual, Min(*panel * spread_unit(model, history->values, history->length),
						  LF_LARGEST_VALUE));
}

/* An end where holidays make so much of it; whole where values are. */
static double
restored(const Model *model, double end, double factor)
{
	double value = predict_restored(model, end, factor);

	return model->whole ? rint(value) : value;
}

void
interval_restore(const Model *model, ForecastInterval *interval, int quantile_count, double factor)
{
	if (!interval->known)
		return;
	interval->lower = restored(model, interval->lower, factor);
	interval->upper = restored(model, interval->upper, factor);
	for (int i = 0; interval->quantiles != NULL && i < quantile_count; i++)
		interval->quantiles[i] = restored(model, interval->quantiles[i], factor);
}
