/*
 * season_evidence.h
 *	  How sure and how strong the repetition after a period is in sampled series.
 */
#ifndef LSTM_FORECAST_SEASON_EVIDENCE_H
#define LSTM_FORECAST_SEASON_EVIDENCE_H

#include "postgres.h"

#include "plan/season_sample.h"

typedef struct SeasonEvidence
{
	double errors;   /* standard errors that chance would have to make up */
	double strength; /* 0 to 1: the season's part of the variance, a trend and what is faster than
						it not counted */
} SeasonEvidence;

/*
 * What speaks for a period of at least 2 steps. Takes the spectra as they are
 * (season_sample_spectra) for series of several cycles, and the values for those of few. Nothing
 * speaks for it ({0, 0}) where no series has two cycles. Interruptible.
 */
extern SeasonEvidence season_evidence(const SeasonSample *sample, int period);

/*
 * Up to `most` periods, from 2 steps to a third of the series, at which the spectra have peaks that
 * noise of any colour hardly makes, highest first. They are not whole. Returns how many.
 */
extern int season_peaks(const SeasonSample *sample, double *periods, int most);

/*
 * The lag at which changes are most alike, among those that the series have so many times; 0 where
 * they are not at any. It shows a season of many waves, such as one busy hour, which no peak does.
 */
extern int season_lag(const SeasonSample *sample, int cycles);

#endif
