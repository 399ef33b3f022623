/*
 * interval.h
 *	  The interval around a forecast: from the networks' own distribution, or from residuals.
 *
 * Conformal intervals scale the residuals of held-out windows (train/calibration.h) by how restless
 * the series is at present: its spread, within reach of what it usually spreads. They stay near the
 * range of a series that has kept within one (core/range.h).
 */
#ifndef LSTM_FORECAST_INTERVAL_H
#define LSTM_FORECAST_INTERVAL_H

#include "postgres.h"

#include "core/calibration.h"
#include "core/range.h"
#include "forecast/ensemble.h"
#include "forecast/cold_start.h"
#include "forecast/history.h"
#include "model/model.h"

#define DEFAULT_CONFIDENCE 0.95

/* What is asked for. */
typedef struct IntervalRequest
{
	double confidence;  /* of lower and upper, in (0, 1) */
	int quantile_count; /* 0: none asked for */
	double *quantiles;  /* each in (0, 1) */
} IntervalRequest;

typedef struct ForecastInterval
{
	bool known; /* else the model has none, and nothing else holds */
	double lower;
	double upper;
	double *quantiles; /* (request->quantile_count); NULL: none */
} ForecastInterval;

/* Raise 22023 when a part of the request is out of range. */
extern void interval_check_request(const IntervalRequest *request);

/*
 * The probabilities that a request needs of the model's own distribution, ascending, each
 * once; none where its intervals are conformal.
 */
extern PredictLevels interval_levels(const Model *model, const IntervalRequest *request);

/*
 * Both kinds: lower and upper lie around the forecast, and every quantile on its side of it, but
 * those of a distribution of counts, which are its own; whole numbers where the model's values are;
 * within the options minimum and maximum.
 */

/* The interval that the networks themselves give; quantiles: (levels) of this step. */
extern ForecastInterval interval_of_networks(const Model *model, const PredictLevels *levels,
											 const double *quantiles, double forecast,
											 const IntervalRequest *request);

/* What conformal intervals of a series go by from its end on. */
typedef struct IntervalPresent
{
	lf_calibration_unit unit; /* what residuals are measured in */
	lf_range range;
} IntervalPresent;

/*
 * That after these values, of which the last model_steps_read(model) are read; usual: what the
 * series usually spreads.
 */
extern IntervalPresent interval_present(const Model *model, const double *values, int64 length,
										double usual);

/* The interval around a forecast of a series without an observation. */
extern ForecastInterval interval_of_cold(const Model *model, const IntervalRequest *request,
										 const ColdErrors *errors, double forecast);

/* The conformal interval around a forecast of step (from 1). */
extern ForecastInterval interval_of_residuals(const Model *model, const IntervalRequest *request,
											  const IntervalPresent *present, int step,
											  double forecast);

/*
 * What a series usually spreads, over its first length values: what ModelSeries keeps;
 * 0 where these never change.
 */
extern double interval_usual_spread(const lf_calibration *calibration, const double *values,
									int64 length);

/*
 * What a history usually spreads: by the model's own series, or measured on the history. panel
 * keeps what is the same for all histories of a model: NAN before the first one.
 */
extern double interval_history_usual(const Model *model, const History *history, double *panel);

/*
 * An interval, with so many quantiles, where a factor of holidays makes so much of the forecast:
 * all of it is multiplied, and rounded where values are whole.
 */
extern void interval_restore(const Model *model, ForecastInterval *interval, int quantile_count,
							 double factor);

#endif
