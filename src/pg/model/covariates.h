/*
 * covariates.h
 *	  From a series' drivers to the network's channels.
 *
 * Channels after the target: the user's past covariates, the user's future ones,
 * then features of the calendar, which are known ahead of any data. The user's are
 * standardised by the panel's training part, the calendar's lie in [-1, 1].
 */
#ifndef LSTM_FORECAST_COVARIATES_H
#define LSTM_FORECAST_COVARIATES_H

#include "postgres.h"

#include "core/dataset.h"
#include "rows/panel.h"
#include "model/model.h"

#define COVARIATE_LIMIT 10.0

/*
 * Means and deviations of the user's covariates over every series but its last
 * `tail` steps, in CurrentMemoryContext; sets past and future, too. What does not
 * vary is centred only. Where a series never has a covariate (NaN), its values
 * become the mean.
 */
extern void covariates_fit(ModelCovariates *covariates, const Panel *panel, int64 tail);

/* Channels of the network besides the target, and how many of them are known ahead. */
extern int covariates_channels(const ModelCovariates *covariates, const Frequency *frequency);
extern int covariates_future(const ModelCovariates *covariates, const Frequency *frequency);

/*
 * The core's covariates of one series: (steps, channels) floats in
 * CurrentMemoryContext, NULL where there are no channels. raw: (covered, past +
 * future), the user's, may be NULL where there are none; step 0 is at first_time.
 * irregular: times of the first covered steps (GridSeries.times), or NULL. The
 * user's are cut to COVARIATE_LIMIT deviations, as far outside of what was seen the
 * network has learned nothing, and NaN (never known) is the mean, 0. Steps from
 * covered on hold the calendar's features only, the user's are 0.
 */
extern float *covariates_series(const ModelCovariates *covariates, const Frequency *frequency,
								TimestampTz first_time, const TimestampTz *irregular,
								const float *raw, int64 covered, int64 steps);

#endif
