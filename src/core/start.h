/*
 * start.h
 *	  Forecasts that need no network: what a network has to improve on.
 *
 * A start repeats, averages or goes on with what a series did: the last value or season, with or
 * without drift; a level; a damped trend with seasonal indices, additive or in logarithms. Which
 * one suits a series is chosen on its own past (lf_start_choose); what was chosen is plain data,
 *which a model keeps, one a series, and lf_start_forecast goes on from any history with it. The
 *list is open: a further method is a word here, a row in the table of start.c and a function.
 */
#ifndef LF_START_H
#define LF_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#define LF_START_FIELDS 4 /* numbers of a method: its smoothing parameters */

typedef enum lf_start_method
{
	LF_START_NONE, /* no start: nothing was chosen */
	LF_START_LAST, /* the last value */
	LF_START_MEAN, /* the mean of the last steps */
	LF_START_DRIFT,
	LF_START_SEASON,       /* the last season */
	LF_START_SEASON_MEAN,  /* the mean of the last seasons */
	LF_START_SEASON_DRIFT, /* the last season and the drift from season to season */
	LF_START_SMOOTHING     /* exponential smoothing: level, damped trend, seasonal indices */
} lf_start_method;

/* A start of one series. Plain data. */
typedef struct lf_start
{
	lf_start_method method;
	lf_transform transform; /* LF_TRANSFORM_NONE, or LF_TRANSFORM_LOG: it goes on in logarithms */
	int season;             /* >= 1; 1: none */
	double parameters[LF_START_FIELDS];
} lf_start;

/* What a start is chosen for. */
typedef struct lf_start_request
{
	int season;  /* >= 1; 1: none */
	int horizon; /* steps that will be forecast */
	bool mean;   /* forecasts should be means (least squares), as of counts; else medians (least
				  * absolute errors) */
} lf_start_request;

/* The latest steps of a series that a start of this season reads at most: what a model has to keep.
 */
extern int64_t lf_start_memory(int season);

/* Doubles of scratch that lf_start_choose and lf_start_forecast take. */
extern size_t lf_start_scratch(const lf_start_request *request);

/*
 * Choose a start for a series by its own past: of all methods that its length allows, the one whose
 * forecasts of up to `horizon` steps erred least from several origins in its last part, and of
 * nearly equal ones the simplest. observed: 0 where a step was filled, which counts in no error;
 * NULL: all were observed. Only the last lf_start_memory steps are read. From one value on there is
 * a start; of none it is LF_START_NONE. Deterministic. Bounded work: some milliseconds.
 */
extern void lf_start_choose(const lf_start_request *request, const double *values,
							const uint8_t *observed, int64_t length, double *scratch,
							lf_start *start);

/*
 * Forecast `horizon` steps after values[0 .. length - 1], in the data's units, finite where the
 * values are. Histories shorter than the method needs get the nearest one that they allow.
 * LF_START_NONE and no value give NaN. scratch: of the request with that season and at least that
 * horizon.
 */
extern void lf_start_forecast(const lf_start *start, const double *values, int64_t length,
							  int horizon, double *scratch, double *forecast);

#endif
