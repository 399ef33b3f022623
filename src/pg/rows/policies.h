/*
 * policies.h
 *	  What to do about absent steps and equal timestamps: the options "missing" and "duplicates".
 */
#ifndef LSTM_FORECAST_POLICIES_H
#define LSTM_FORECAST_POLICIES_H

/* How a step without an observation is filled. */
typedef enum MissingPolicy
{
	MISSING_LINEAR,
	MISSING_PREVIOUS,
	MISSING_ZERO,
	MISSING_ERROR
} MissingPolicy;

/* What several values at one time become. */
typedef enum DuplicatePolicy
{
	DUPLICATES_ERROR,
	DUPLICATES_MEAN,
	DUPLICATES_SUM,
	DUPLICATES_LAST
} DuplicatePolicy;

#endif
