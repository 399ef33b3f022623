/*
 * ensemble.h
 *	  Forecasts of a whole ensemble for windows of a dataset.
 */
#ifndef LSTM_FORECAST_ENSEMBLE_H
#define LSTM_FORECAST_ENSEMBLE_H

#include "postgres.h"

#include "core/predictor.h"
#include "model/model.h"

/*
 * The networks of a model that is kept, packed and ready for one window at a time:
 * made when they are first needed, in the memory of the model.
 */
typedef struct ReadyNetworks
{
	MemoryContext context;
	lf_predictor **predictors; /* (members) NULL: not made yet */
} ReadyNetworks;

/* Let a model that is its context's keep its networks ready; CurrentMemoryContext is that one. */
extern void predict_keep_ready(Model *model);

/* Probabilities whose quantiles are wanted from the networks that give a distribution. */
typedef struct PredictLevels
{
	int count;
	const double *values; /* (count) ascending, each in (0, 1) */
	bool counts;          /* they are of a distribution of counts around the forecast */
	bool start;           /* the pretrained network is asked, and not the networks */
} PredictLevels;

/* Does any network of the model give a distribution? */
extern bool predict_has_distribution(const Model *model);

/* What is made of the members' values, element by element. */
typedef void (*MemberSummary)(const double *const *members, int count_members, int64_t count,
							  double *summary);

/* That by which a model forecasts: the median, or where all its networks forecast means of counts
 * the mean. */
extern MemberSummary predict_summary(const Model *model);

/* A value of the model's kind within the options minimum and maximum. */
extern double predict_limited(const Model *model, double value);

/* A forecast as if there were no holidays, where these make so much of it, within the limits. */
extern double predict_restored(const Model *model, double forecast, double factor);

/* What a share of the starts gives on a step; where it is all, the networks say nothing. */
static inline double
predict_mixed(double share, double start, double networks)
{
	return share == 1 ? start : share * start + (1 - share) * networks;
}

/*
 * Bytes that predict_windows takes for so many windows, besides networks that are kept ready:
 * these and their model are no more than lstm_forecast.max_memory.
 */
extern Size predict_bytes(const Model *model, int64 count, const PredictLevels *levels);

/* The start of a series, and its share in the series' forecasts. */
typedef struct SeriesStart
{
	lf_start start;
	double share;
} SeriesStart;

/* Windows to forecast, and where the forecasts go; everything in the data's units. */
typedef struct PredictWork
{
	const lf_dataset *dataset;
	const lf_scaler *const *scalers; /* (members) of each one a series of the dataset */
	const SeriesStart *starts;       /* one a series; read where the model has starts */
	const lf_window *windows;        /* (count) */
	int64 count;
	PredictLevels levels; /* none: no quantiles */
	double *forecasts; /* (count, horizon) the medians over all networks, the starts' share in it */
	double *quantiles; /* (count, horizon, levels) the medians over those networks that give a
						* distribution, ascending in the level; NULL without levels */
	double
		*spreads; /* (count, horizon) how much the networks' forecasts differ; NULL: not wanted */
	Size held;    /* bytes that the caller holds, predict_bytes among them, besides which workers
				   * may take their own; 0: this process does it alone */
} PredictWork;

/*
 * Do that, within the model's minimum and maximum. Scratch is freed. Asks for no memory: that is
 * the caller's to do, by predict_bytes. Interruptible.
 */
extern void predict_windows(const Model *model, const PredictWork *work);

#endif
