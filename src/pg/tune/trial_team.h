/*
 * trial_team.h
 *	  Many trials, side by side in PostgreSQL's parallel workers.
 */
#ifndef LSTM_FORECAST_TRIAL_TEAM_H
#define LSTM_FORECAST_TRIAL_TEAM_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "tune/candidates.h"
#include "tune/fold_trial.h"

/* One of the trials of a round, and what comes of it. */
typedef struct TeamTrial
{
	int candidate;
	int fold;
	TrialResult result; /* not known: time was up */
} TeamTrial;

typedef struct TrialRound
{
	const Panel *panel; /* its bytes count as held by whoever calls */
	char **covariate_names;
	const TuneCandidates *candidates;
	int horizon;
	TuneMetric metric;
	int processes;        /* at most */
	Size free;            /* bytes that the trials and what they share may take */
	TimestampTz deadline; /* no trial begins after it, and what is under way then is not kept */
	int64 before;         /* trials of earlier rounds, for reports */
	int count;
	TeamTrial *trials; /* (count) */
} TrialRound;

/*
 * Do the trials of a round: results, which depend on nothing but rows, options and settings, are in
 * CurrentMemoryContext. False where the deadline came before all were done. Raises 54000 where
 * there is no memory for the results. Interruptible.
 */
extern bool trial_round(TrialRound *round);

#endif
