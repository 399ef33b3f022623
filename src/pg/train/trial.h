/*
 * trial.h
 *	  How long pieces of a training take here and now: some of them are done, and timed.
 *
 * What is tried is thrown away: no model depends on it.
 */
#ifndef LSTM_FORECAST_TRIAL_H
#define LSTM_FORECAST_TRIAL_H

#include "postgres.h"

#include "train/held_out.h"
#include "train/training.h"

/* What the training of a network takes, in seconds of one process. */
typedef struct MemberTime
{
	double begin; /* its scalers, before the first step */
	double step;  /* each step of the optimizer */
} MemberTime;

/*
 * Train network `number` of the job for about so many seconds. For one whose steps are long a
 * smaller one stands, and operations tell how much more it takes. Interruptible.
 */
extern MemberTime try_member(const TrainJob *job, int number, double seconds);

/* Seconds that a step of the tuner takes: the same for it. */
extern double try_tuning(const lf_universal_tuner_spec *tuning, double seconds);

/* What starts take, in seconds. */
typedef struct StartTimes
{
	double choose; /* to choose those of all series, each on all of its steps */
	double test;   /* to choose those of the held-out windows, and to forecast these */
	double alone;  /* to forecast these by the pretrained network alone */
} StartTimes;

/*
 * Choose the starts of a sample of series for about so many seconds, and where there are held-out
 * windows (held is not NULL) forecast some of them, for about as many. Interruptible.
 */
extern StartTimes try_starts(const Training *training, const HeldOut *held, double seconds);

#endif
