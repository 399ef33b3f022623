/*
 * watch.h
 *	  Watches a series step by step for what its forecasts did not expect.
 *
 * Each step brings a forecast with the width of its interval, and then what came. The error in
 * widths is ranked among those of earlier steps (tail.h): one minus its two-sided p-value is the
 * step's score, so that of steps like the earlier ones a share of 1 - probability is called
 * anomalous. What is called so counts in the history of later forecasts as the end of its
 * interval, until it lasts: then it is how the series is now.
 *
 * Anomalous steps near one another are one event. How strong evidence is goes by two things that
 * must both be unusual: the errors, of the step or of the latest dozen together against those of
 * the past (Ahmad, Lavin, Purdy, Agha, "Unsupervised real-time anomaly detection for streaming
 * data", Neurocomputing 262, 2017, with ranks in place of a normal distribution), and the value
 * itself among all values. After that it rests: weaker evidence soon after says nothing new.
 */
#ifndef LF_WATCH_H
#define LF_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tail.h"

#define LF_WATCH_MEMORY 8000 /* steps that are remembered */
#define LF_WATCH_LEAST 30    /* errors without which nothing is said */
#define LF_WATCH_RECENT 12   /* steps whose errors are taken together */

typedef struct lf_watch_spec
{
	double probability; /* of what is no anomaly, in (0, 1) */
	int season;         /* steps, 1: none; alarms over a lasting change end within it */
	int rest;           /* steps after strong evidence in which weaker is silent */
} lf_watch_spec;

/* A step. Widths are those of an interval of the same confidence at every step, > 0 or 0. */
typedef struct lf_watch_step
{
	bool observed;
	double actual;
	double forecast;
	double below;        /* from the forecast down to the lower end */
	double above;        /* from it up to the upper end */
	double disagreement; /* between the networks that forecast, 0: there are not several */
} lf_watch_step;

/* What is said of it. */
typedef struct lf_watch_verdict
{
	double lower; /* what an observation is expected within, with the probability; NaN: too */
	double upper; /* little is known */
	double score; /* in [0, 1): the probability of a smaller error; NaN: not observed, or too
				   * little is known */
	bool anomaly;
	int event;       /* that an anomaly belongs to, from 1; else 0 */
	double strength; /* of evidence: minus the decimal logarithm of how often as much comes by
					  * chance; 0: none, or it rests */
	double counts; /* what the value counts for in the history: itself, or an end of the interval */
	int lasting;   /* > 0: so many anomalies before this one last, and count as they are from now on
					*/
} lf_watch_verdict;

typedef struct lf_watch
{
	lf_watch_spec spec;
	lf_tail errors; /* in widths */
	lf_tail values;
	lf_tail surprises;              /* means of the latest dozen */
	double recent[LF_WATCH_RECENT]; /* minus the logarithms of p-values */
	int64_t steps;
	double agreement; /* the usual disagreement, its mean */
	int64_t disagreements;
	double *leaders;      /* (rest + 1) strengths of the latest steps that no later one reaches: */
	double *leader_steps; /* (rest + 1) a ring, the strongest first, with their steps */
	int leader_first;
	int leader_count;
	int run;           /* anomalous steps one after the other, up to now */
	int64_t last;      /* the latest anomalous step, from 1 */
	int64_t judged;    /* steps */
	int64_t anomalies; /* of them */
	int event;
} lf_watch;

/* Bytes of memory that one takes for a series of so many steps. */
extern size_t lf_watch_bytes(const lf_watch_spec *spec, int64_t length);

/* Begin, in memory of so many bytes, aligned for doubles, which stays the caller's. */
extern void lf_watch_begin(lf_watch *watch, const lf_watch_spec *spec, int64_t length,
						   void *memory);

/*
 * Forget the errors up to now, and take others as known, in widths: those of held-out forecasts,
 * count of them, before the first step, or where steps begin that forecasts were not fitted to.
 */
extern void lf_watch_expect(lf_watch *watch, const double *errors, int count);

/* Take the next step. Values that are finite, or no larger than LF_LARGEST_VALUE, give such. */
extern lf_watch_verdict lf_watch_next(lf_watch *watch, const lf_watch_step *step);

#endif
