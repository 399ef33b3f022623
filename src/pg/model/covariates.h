/*
 * covariates.h
 *	  From a series' drivers to the network's channels.
 *
 * Channels after the target: the user's past covariates, the user's future ones,
 * then features of the calendar and of holidays, which are known ahead of any data. The user's are
 * standardised by the panel's training part, the calendar's lie in [-1, 1]. A category has a
 * channel for each word: 1 where it is that word, 0 where another, standardised so that all of them
 * together vary as much as one number does. "Other", and
 * what is not known, is 0 in all of them: the mean of what there was.
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
 * become the mean. Of categories the shares of the words are counted, and what is not known
 * becomes "other".
 */
extern void covariates_fit(ModelCovariates *covariates, const Panel *panel, int64 tail);

/* What a panel's covariates are, before they are fitted. */
extern void covariates_take(ModelCovariates *covariates, const Panel *panel);

/* The channels of one of the user's covariates, and where the first of them stands. */
extern int covariates_own_channels(const ModelCovariates *covariates, int number);
extern int covariates_first_channel(const ModelCovariates *covariates, int number);

/*
 * For each channel but the target the number of its category, from 1, 0 where it belongs to none,
 * in CurrentMemoryContext; NULL where no covariate is a category.
 */
extern int *covariates_labels(const ModelCovariates *covariates, const Frequency *frequency);

/* Channels of the network besides the target, and how many of them are known ahead. */
extern int covariates_channels(const ModelCovariates *covariates, const Frequency *frequency);
extern int covariates_future(const ModelCovariates *covariates, const Frequency *frequency);

/* The last of these: so many of the calendar, and behind them of holidays. */
extern int covariates_calendar(const ModelCovariates *covariates, const Frequency *frequency);
extern int covariates_holidays(const ModelCovariates *covariates, const Frequency *frequency);

/*
 * The core's covariates of one series: (steps, channels) floats in
 * CurrentMemoryContext, NULL where there are no channels. raw: (covered, past +
 * future), the user's, may be NULL where there are none; step 0 is at first_time.
 * irregular: times of the first covered steps (GridSeries.times), or NULL. The
 * user's are cut to COVARIATE_LIMIT deviations, as far outside of what was seen the
 * network has learned nothing, and NaN (never known) is the mean, 0. Steps from
 * covered on hold what the timestamp says only, the user's are 0.
 */
extern float *covariates_series(const ModelCovariates *covariates, const Frequency *frequency,
								TimestampTz first_time, const TimestampTz *irregular,
								const float *raw, int64 covered, int64 steps);

#endif
