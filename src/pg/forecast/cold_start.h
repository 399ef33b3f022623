/*
 * cold_start.h
 *	  What to expect of a series without an observation, by what is known of it that never changes.
 *
 * The level of a series, and how each place of the season differs from it, are regressed on the
 * static columns over the model's own series: a ridge regression, so that a category is drawn to
 * all series, the more the fewer it has, and the less categories are alike. What each series would
 * have been given had the others alone been known tells how far off such an expectation is.
 */
#ifndef LSTM_FORECAST_COLD_START_H
#define LSTM_FORECAST_COLD_START_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "base/memory.h"
#include "model/model.h"

/* How far actual values were from such expectations; from these come intervals. */
typedef struct ColdErrors
{
	bool ratios; /* actual over expected; else their difference */
	int64 count;
	double *values; /* (count) ascending */
} ColdErrors;

typedef struct ColdStart
{
	bool logarithmic; /* no series has values below zero: levels are means of logarithms */
	int season;
	int features;
	TimestampTz origin; /* where the season's first place is */
	Frequency frequency;
	double *centres; /* (1 + season) the mean level, and the mean differences */
	double *weights; /* (features, 1 + season) */
	ColdErrors told; /* of series whose static columns are known */
	ColdErrors untold;
} ColdStart;

/* Can a model say anything about such a series? It has static columns, and steps that are dated. */
extern bool cold_start_possible(const Model *model);

/* Learn from the model's series, in CurrentMemoryContext, on the account. Interruptible. */
extern ColdStart *cold_start_learn(const Model *model, MemoryAccount *account);

/*
 * What to expect of a series at `count` steps from first_time on; row: its covariates, as the user
 * gave them. Gives the errors that go with it: of what is told, or, where a category is unknown, of
 * what is not.
 */
extern const ColdErrors *cold_start_expect(const ColdStart *cold, const Model *model,
										   const float *row, TimestampTz first_time, int64 count,
										   double *values);

#endif
