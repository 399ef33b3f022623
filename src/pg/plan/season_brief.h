/*
 * season_brief.h
 *	  What speaks for a season in series that hold hardly more than one of it.
 */
#ifndef LSTM_FORECAST_SEASON_BRIEF_H
#define LSTM_FORECAST_SEASON_BRIEF_H

#include "postgres.h"

#include "plan/season_sample.h"

/*
 * The logarithm of the odds, given by the values alone, that the sampled series have a season of
 * this period, of at least 2 steps, rather than none: all of them or, of a panel, every other one.
 * Series of less than one and a quarter of it say nothing; -INFINITY where all are so short, where
 * one has four and more, which season_evidence tells more of, or of more than 60 steps.
 * Interruptible.
 */
extern double season_brief_odds(const SeasonSample *sample, int period);

#endif
