/*
 * interval.h
 *	  The interval around a forecast: from the networks' own distribution, or from residuals.
 *
 * Conformal intervals scale the residuals of held-out windows (train/calibration.h) by how restless
 * the series is at present: its spread, but no less than a part of what it usually spreads.
 */
#ifndef LSTM_FORECAST_INTERVAL_H
#define LSTM_FORECAST_INTERVAL_H

#include "postgres.h"

#include "forecast/ensemble.h"
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

/* The interval that the networks themselves give; quantiles: (levels) of this step. */
extern ForecastInterval interval_of_networks(const PredictLevels *levels, const double *quantiles,
											 const IntervalRequest *request);

/* What an interval goes by, of the series before its forecast. */
typedef struct IntervalScale
{
	double spread; /* its present one */
	double level;  /* the mean size of its latest values */
} IntervalScale;

/*
 * That of the first length values of a series; what it usually spreads: `least`, from
 * interval_history_least.
 */
extern IntervalScale measure_scale(const lf_calibration *calibration, const double *values,
								   int64 length, double least);

/* The conformal one around a forecast of step (from 1). The forecast lies within it. */
extern ForecastInterval interval_of_residuals(const Model *model, const IntervalRequest *request,
											  IntervalScale scale, int step, double forecast);

/*
 * What a series usually spreads, over its first length values: what ModelSeries keeps;
 * 0 where these never change.
 */
extern double interval_usual_spread(const lf_calibration *calibration, const double *values,
									int64 length);

/*
 * Below which the spread of a series that usually spreads so much is no measure but a standstill:
 * a part of that; 1 where it never changes. > 0.
 */
extern double interval_least_spread(double usual);

/*
 * The least spread of a history: by the model's own series, or measured on the history. panel
 * keeps what is the same for all histories of a model: NAN before the first one.
 */
extern double interval_history_least(const Model *model, const History *history, double *panel);

#endif
