/*
 * glitch.h
 *	  Single values of a series that cannot be true: a reading of 350000 among hours of 300 to 2100,
 *	  a -999 where nothing was measured, a zero among prices.
 *
 * A glitch is a run of one or two observations that lies far from those around it, which agree with
 * one another: a level that stays is none, and neither is a peak that builds up or fades away. How
 * far is far, the series itself says: its largest usual peaks, which leave out one in two hundred
 * (two of a short series), so that what a series does more often is its nature. Where its values
 * are positive, distances count in logarithms, too: ten times the usual is much for a temperature,
 * and little for a trading volume, but zero and less is far from everything.
 */
#ifndef LF_GLITCH_H
#define LF_GLITCH_H

#include <stdbool.h>
#include <stdint.h>

#include "dataset.h"

/* Observations that a series must have to say what is usual. */
#define LF_GLITCH_LEAST_STEPS 16

/* What is usual in a series. */
typedef struct lf_glitch_scale
{
	bool usable;     /* false: nothing in it can be told to be a glitch */
	bool positive;   /* all values but few are: what follows holds in logarithms, too */
	bool often_zero; /* zeros are left out, before all else */
	double quantum;  /* the least change: zero is as near to it as that */
	double range;    /* from the lowest to the highest value */
	double peaks[2]; /* how far a value rises above both neighbours, [1] drops below them; and at
						least half of a change from one value to the next */
	double log_peaks[2];
	double jump; /* from one value to the next */
	double log_jump;
} lf_glitch_scale;

typedef struct lf_glitch
{
	int64_t step;
	int64_t last;    /* step, or the next one */
	bool below;      /* its neighbours, or above them */
	bool extreme;    /* twenty times them or a twentieth; or zero or less among positive values */
	double distance; /* from the nearer of its neighbours */
} lf_glitch;

/* Observations that may be at most glitches among so many. */
extern int64_t lf_glitch_most(int64_t steps);

/*
 * May a series have a glitch? Not if it is short and has nothing but values above zero, each less
 * than four times the one before and more than a quarter: most of a large panel need no more than
 * this look.
 */
extern bool lf_glitch_possible(const lf_series *series);

/* What is usual in a series, of which a sample of a fixed size is looked at. */
extern void lf_glitch_measure(lf_glitch_scale *scale, const lf_series *series);

/* How far a search has come. All zero: it begins. */
typedef struct lf_glitch_search
{
	int64_t step;     /* the next to look at */
	int known;        /* how many of before are there, at most 2 */
	double before[2]; /* the last observations that are none, the latest first */
} lf_glitch_search;

/*
 * The next glitch before step `until` of a series whose usual values are known. False where there
 * is none, and nothing in *glitch: then the search goes on at `until`. At both ends of a series
 * only single values that are far beyond its usual changes, or extreme, are found, as the other
 * side is not known.
 */
extern bool lf_glitch_next(const lf_glitch_scale *scale, const lf_series *series,
						   lf_glitch_search *search, int64_t until, lf_glitch *glitch);

/* What a look for the like of a glitch tells. */
typedef enum lf_glitch_return
{
	LF_GLITCH_UNKNOWN, /* the series does not reach so far */
	LF_GLITCH_ONCE,
	LF_GLITCH_RETURNS
} lf_glitch_return;

/*
 * Does a glitch return after a lag? At exactly that, to one side at least; or with a tolerance > 0
 * within so many steps of it, to every side to which the series reaches.
 */
extern lf_glitch_return lf_glitch_returns(const lf_glitch_scale *scale, const lf_series *series,
										  const lf_glitch *glitch, int64_t lag, int64_t tolerance);

/*
 * Put into the steps of a glitch what lies on the line between the observations around it, and
 * where season > 1 what the same steps a season before and after had beside the line around them.
 * observed: without the glitches.
 */
extern void lf_glitch_fill(double *values, const uint8_t *observed, int64_t length,
						   const lf_glitch *glitch, int64_t season);

#endif
