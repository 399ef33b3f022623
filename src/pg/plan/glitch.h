/*
 * glitch.h
 *	  Single values of a panel that cannot be true are set aside: they count as missing.
 */
#ifndef LSTM_FORECAST_GLITCH_H
#define LSTM_FORECAST_GLITCH_H

#include "postgres.h"

#include "core/dataset.h"
#include "core/glitch.h"
#include "options/options.h"
#include "rows/panel.h"

/* What was taken for glitches. */
typedef struct Glitches
{
	int64 count; /* steps */
	const GridSeries *series;
	int64 step; /* the first of them in the first series that has one, and its value */
	double value;
} Glitches;

/*
 * Find the glitches of all series (core/glitch.h), and make missing steps of them: not observed,
 * filled from the steps around them and a season before and after. What the calendar or the season
 * brings back, a Black Friday or the first of a month, is none; neither is what happens often in a
 * series, or in the panel. Where no year (of less than days, no week) could tell that, and one ends
 * within the horizon, only what is extreme is one.
 *
 * seasonal_period: steps in a season, 1 for none, OPTION_AUTO to find it. horizon: steps that are
 * to be forecast, OPTION_AUTO: as many as is usual. known: (count) for each series earlier steps of
 * it, which tell what is usual where they are more than its own; NULL: there are none. A series
 * that has a glitch is replaced in panel->series by a copy, in CurrentMemoryContext; itself, which
 * others may read, stays as it is. Interruptible. Errors: 54000 where these are more than
 * lstm_forecast.max_memory.
 */
extern Glitches glitches_set_aside(Panel *panel, int seasonal_period, int horizon,
								   const lf_series *known);

#define GLITCH_MOST_LAGS 12

/* A time after which values return. */
typedef struct GlitchLag
{
	int64 steps;
	int64 tolerance;
	bool needed; /* to tell a glitch from what returns within the horizon */
} GlitchLag;

typedef struct GlitchLags
{
	int horizon; /* steps after the series that matter */
	int count;
	GlitchLag lags[GLITCH_MOST_LAGS];
} GlitchLags;

/* What tells the glitches of one series at many moments. */
typedef struct GlitchJudge
{
	lf_glitch_scale scale;
	int season; /* steps, 1: none */
	GlitchLags lags;
	int64 reach; /* the latest steps, which have a say in it */
} GlitchJudge;

/*
 * What judges the latest `steps` of a series. usual: of the series, the steps that tell what is
 * usual; nothing of it is kept. horizon: steps that are forecast from any of them.
 */
extern GlitchJudge glitch_judge(const Frequency *frequency, int season, int horizon, int64 steps,
								const lf_series *usual);

/*
 * The series without its glitches, as of glitches_set_aside but for what is usual: a copy in
 * CurrentMemoryContext, or the series itself where it has none.
 */
extern const GridSeries *glitches_judged(const GlitchJudge *judge, const GridSeries *series);

/* Are glitches looked for? Where absence means zero, zeros among other values are what happens. */
static inline bool
glitches_wanted(const TrainOptions *options)
{
	return options->glitches == GLITCHES_IGNORE && options->missing != MISSING_ZERO;
}

/* A NOTICE of them, if there are any. hint: what to do if the values are right. */
extern void notice_glitches(const Glitches *glitches, const char *hint);

#endif
