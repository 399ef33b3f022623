/*
 * interval.c
 *	  The interval around a forecast.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/calibration.h"
#include "core/scaling.h"
#include "base/sorting.h"
#include "forecast/interval.h"

#define QUIETEST_PART 0.25 /* of the usual spread: the least that counts as one */
#define LOUDEST 4.0        /* times the usual spread: the most that does */
#define FEW_STEPS 24       /* of a history, up to which the panel tells more of its spread */

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

	if (model->options.interval != INTERVAL_MODEL || !predict_has_distribution(model))
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

ForecastInterval
interval_of_networks(const PredictLevels *levels, const double *quantiles,
					 const IntervalRequest *request)
{
	double tail = (1 - request->confidence) / 2;
	ForecastInterval interval = {.known = true,
								 .lower = level_value(levels, quantiles, tail),
								 .upper = level_value(levels, quantiles, 1 - tail)};

	if (request->quantile_count == 0)
		return interval;
	interval.quantiles = palloc(sizeof(double) * request->quantile_count);
	for (int i = 0; i < request->quantile_count; i++)
		interval.quantiles[i] = level_value(levels, quantiles, request->quantiles[i]);
	return interval;
}

/* Whole numbers for whole data, outwards: what lies below a part of one is nothing. */
static double
rounded(const Model *model, double value, double p)
{
	if (!model->whole)
		return value;
	return p < 0.5 ? floor(value) : ceil(value);
}

/*
 * The value that the observation of a step stays below with probability p, within the limits. On
 * either side of the forecast, as a forecast that is biased still is the best that there is.
 */
static double
residual_quantile(const Model *model, int step, double forecast, IntervalScale scale, double p)
{
	double value = rounded(model,
						   lf_calibration_quantile(&model->calibration, step - 1, forecast,
												   scale.level, scale.spread, p),
						   p);

	return predict_limited(model, value);
}

/* A probability so far from one half that its quantile lies on its own side of the forecast. */
static double
on_side(double value, double forecast, double p)
{
	return p < 0.5 ? Min(value, forecast) : Max(value, forecast);
}

ForecastInterval
interval_of_residuals(const Model *model, const IntervalRequest *request, IntervalScale scale,
					  int step, double forecast)
{
	double tail = (1 - request->confidence) / 2;
	ForecastInterval interval = {0};

	if (model->calibration.points == 0)
		return interval;
	interval.known = true;
	interval.lower = on_side(residual_quantile(model, step, forecast, scale, tail), forecast, tail);
	interval.upper =
		on_side(residual_quantile(model, step, forecast, scale, 1 - tail), forecast, 1 - tail);
	if (request->quantile_count == 0)
		return interval;
	interval.quantiles = palloc(sizeof(double) * request->quantile_count);
	for (int i = 0; i < request->quantile_count; i++)
		interval.quantiles[i] =
			residual_quantile(model, step, forecast, scale, request->quantiles[i]);
	return interval;
}

IntervalScale
measure_scale(const lf_calibration *calibration, const double *values, int64 length, double least)
{
	lf_spread_limits limits = {.least = least, .most = least / QUIETEST_PART * LOUDEST};
	int64 first = Max(0, length - Max(calibration->spread_steps, 1));
	IntervalScale scale = {.spread = lf_calibration_spread(calibration, values, length, limits)};

	for (int64 i = first; i < length; i++)
		scale.level += fabs(values[i]) / (double) (length - first);
	return scale;
}

double
interval_usual_spread(const lf_calibration *calibration, const double *values, int64 length)
{
	lf_calibration whole = *calibration;

	whole.spread_steps = LF_MAX_LOOKBACK;
	return lf_calibration_spread(&whole, values, length, (lf_spread_limits){.most = INFINITY});
}

double
interval_least_spread(double usual)
{
	return usual > 0 ? usual * QUIETEST_PART : 1;
}

/* Spreads on a logarithmic scale compare as they are, others by the series' level. */
static double
spread_unit(const Model *model, const double *values, int64 length)
{
	double level = fabs(values[length - 1]);

	return model->calibration.transform == LF_TRANSFORM_NONE && level > 0 ? level : 1;
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

		spreads[i] = series->usual_spread / spread_unit(model, series->history, series->length);
	}
	qsort(spreads, model->series_count, sizeof(double), compare_doubles);
	median = spreads[model->series_count / 2];
	pfree(spreads);
	return median;
}

double
interval_history_least(const Model *model, const History *history, double *panel)
{
	double usual = history->known >= 0 ? model->series[history->known].usual_spread
									   : interval_usual_spread(&model->calibration, history->values,
															   history->length);
	double least = interval_least_spread(usual);

	if (history->known >= 0 || history->length > FEW_STEPS)
		return least;

	/* few changes may be small by chance: the panel tells more */
	if (isnan(*panel))
		*panel = panel_spread(model);
	/* of levels near 0 it may be infinite, and a residual of 0 times that no number */
	return Max(least, Min(*panel * spread_unit(model, history->values, history->length),
						  LF_LARGEST_VALUE));
}
