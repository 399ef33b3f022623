/*
 * policies.h
 *	  How rows become series: frequency, zone, and what to do about absent steps and equal
 *	  timestamps.
 */
#ifndef LSTM_FORECAST_POLICIES_H
#define LSTM_FORECAST_POLICIES_H

#include "postgres.h"

#include "time/frequency.h"

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

/* What becomes of single values that cannot be true. */
typedef enum GlitchPolicy
{
	GLITCHES_IGNORE, /* they count as missing */
	GLITCHES_KEEP
} GlitchPolicy;

/* What a series that cannot be used does to the others. */
typedef enum ErrorPolicy
{
	ON_ERROR_ERROR, /* ends everything */
	ON_ERROR_SKIP   /* is left out */
} ErrorPolicy;

/* How rows become series on grids. */
typedef struct PanelRequest
{
	const char *frequency;  /* the option's text; NULL: inferred */
	const Times *steps;     /* the listed ones, instead; NULL: none */
	const Frequency *fixed; /* a trained model's; NULL: none */
	const char *zone;       /* of the calendar; NULL: the session's */
	MissingPolicy missing;
	DuplicatePolicy duplicates;
	ErrorPolicy on_error;
} PanelRequest;

#endif
