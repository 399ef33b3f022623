/*
 * selection.h
 *	  Which series are forecast, and how far from the end of each.
 */
#ifndef LSTM_FORECAST_SELECTION_H
#define LSTM_FORECAST_SELECTION_H

#include "postgres.h"

#include "forecast/history.h"

typedef struct SelectionRequest
{
	int horizon;        /* steps after the origin */
	bool common_origin; /* the latest timestamp of all series; else the end of each */
	Skipped *skipped;   /* series that cannot be forecast go here; NULL: they are an error */
} SelectionRequest;

/* Raise 22023 where series of this frequency have no common origin, but one is asked for. */
extern void selection_check_origin(bool common_origin, const Frequency *frequency);

/* How far the future covariates of a series are known. */
typedef struct KnownAhead
{
	const char *label; /* NULL: unnamed */
	const Frequency *frequency;
	TimestampTz last_time; /* undefined for FREQUENCY_NONE */
	int64 steps;           /* after the last observation */
} KnownAhead;

/*
 * Are future covariates known for so many steps? Where they are not the series is skipped;
 * skipped NULL: raises 22000, with series and timestamp.
 */
extern bool selection_check_ahead(const KnownAhead *known, int steps, Skipped *skipped);

/* Are so many steps listed? The same where they are not. True for steps that are no list's. */
extern bool selection_check_listed(const KnownAhead *known, int steps, Skipped *skipped);

/* Both, of a history; a model without future covariates needs none. */
extern bool selection_check_future(const Model *model, const History *history, int steps,
								   Skipped *skipped);

/*
 * Keep the histories that are forecast, in their order, each with its lag: the number of them. A
 * NOTICE tells of those that ended more than a horizon before the common origin, another one of
 * all that are skipped. Where none is to be skipped, what is known ahead is not checked yet.
 * Interruptible.
 */
extern int64 selection_make(const Model *model, History *histories, int64 count,
							const SelectionRequest *request);

#endif
