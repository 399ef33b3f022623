/*
 * importance_windows.h
 *	  The windows on which the importance of drivers is measured.
 */
#ifndef LSTM_FORECAST_IMPORTANCE_WINDOWS_H
#define LSTM_FORECAST_IMPORTANCE_WINDOWS_H

#include "postgres.h"

#include "core/random.h"
#include "backtest/importance.h"
#include "backtest/model_test.h"

/*
 * A sample of all origins of all series, in the order of these: of as many parts of equal length as
 * windows are wanted, one of each by chance. Evenly spaced ones could all be of one weekday, and
 * to exchange these would change nothing.
 */
typedef struct OriginSample
{
	const ImportanceRequest *request;
	bool held_out;    /* of origins later than the training */
	int64 total;      /* origins */
	int64 wanted;     /* windows */
	int64 passed;     /* origins of series that are done */
	int64 chosen;     /* windows */
	lf_random random; /* where in its part the next one lies */
} OriginSample;

/*
 * Where to sample: at origins later than the training, or where these are too few at the latest of
 * all, of which a NOTICE tells. Raises 22000 where there are not two. Interruptible.
 */
extern OriginSample origin_sample(const Model *model, const Panel *panel,
								  const ImportanceRequest *request);

/* ModelTest.choose with an OriginSample as chooser. */
extern int64 sample_origins(ModelTest *test, int64 number);

#endif
