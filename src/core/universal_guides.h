/*
 * universal_guides.h
 *	  Simple forecasts of every step, the guides of the universal network.
 *
 * They are of two kinds. Some look back: the same step a season ago, the mean of several seasons, a
 * level, as they were or brought to the present level. Others go along: exponential smoothing with
 * trend and seasonal indices, by fixed rates that suit unlike series. Both forecast any group of
 * steps from what is known at an origin.
 *
 * All values are in the window's units, and steps are counted from the first one that is looked at.
 */
#ifndef LF_UNIVERSAL_GUIDES_H
#define LF_UNIVERSAL_GUIDES_H

#include <stdbool.h>
#include <stdint.h>

#include "universal.h"

#define LF_GUIDES_BACK 9 /* that look back; the others go along */
#define LF_SMOOTHINGS (LF_UNIVERSAL_GUIDES - LF_GUIDES_BACK)

/* A window while it is read. */
typedef struct lf_guide_window
{
	const double *sums; /* running sums of the values */
	int64_t length;     /* steps before the forecast */
	int64_t group;
	int64_t level_steps; /* that a level is the mean of */
	int64_t season;
	int64_t second;
} lf_guide_window;

/* What guides say of a group. */
typedef struct lf_guidance
{
	double guide[LF_UNIVERSAL_GUIDES];
	bool any;    /* there is a step before it */
	bool before; /* there is more than one season before it */
	bool second; /* there is a second season before it */
} lf_guidance;

/* One method of exponential smoothing under way. */
typedef struct lf_smoothing
{
	double level, slope;
	double index[LF_UNIVERSAL_SEASON];
	/* sums for the regression on time, of values without their season */
	double time, value, time_time, time_value;
} lf_smoothing;

/* All of them, after the groups that they have seen. */
typedef struct lf_smoothings
{
	lf_smoothing method[LF_SMOOTHINGS];
	int seen[LF_UNIVERSAL_SEASON]; /* groups of each phase */
	int64_t groups;                /* that were seen */
	int64_t learned;               /* of them, those that the regressions are of */
	bool settled;                  /* two seasons were seen, and made a slope and indices */
	double steepest;               /* slope that is gone by, a group */
	int64_t next;                  /* the step that follows */
} lf_smoothings;

/* The mean of steps from to to - 1. */
static inline double
lf_guide_mean(const lf_guide_window *window, int64_t from, int64_t to)
{
	return (window->sums[to] - window->sums[from]) / (double) (to - from);
}

/* Groups of a season. */
static inline int
lf_guide_groups(const lf_guide_window *window)
{
	return (int) ((window->season + window->group - 1) / window->group);
}

/* Begin with the group at step from, of which a season follows at least, else nothing is told. */
extern void lf_smoothings_begin(lf_smoothings *all, const lf_guide_window *window, int64_t from);

/* Learn from the groups up to step to. */
extern void lf_smoothings_learn(lf_smoothings *all, const lf_guide_window *window, int64_t to);

/*
 * What the guides say of the group that begins at step from, with nothing known from origin on;
 * those that go along have learned up to there.
 */
extern lf_guidance lf_guide(const lf_guide_window *window, const lf_smoothings *all, int64_t from,
							int64_t origin);

#endif
