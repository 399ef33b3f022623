/*
 * glitch.c
 *	  Single values of a panel that cannot be true are set aside: they count as missing.
 *
 * One reading of 350000 among hours of 300 to 2100 hides the season, sets the scale of all others
 * and widens every interval. What is far enough from its neighbours to be one, the core says; here
 * is what the calendar knows of it.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "core/glitch.h"
#include "options/options.h"
#include "plan/glitch.h"
#include "plan/plan_private.h"
#include "plan/season.h"
#include "time/calendar.h"

#define MOVES_IN_YEAR 9.0 /* days: of Black Friday, or a weekday of the same week */
#define MOVES_IN_MONTH 2.0
#define SHORTEST_STEP (1.0 / 48) /* days, of which a year or a month may bring something back */

/* What was found, and where. */
typedef struct Found
{
	int64 series;
	lf_glitch glitch;
} Found;

typedef struct Findings
{
	int64 count;
	int64 capacity;
	Found *found;
} Findings;

static void
add_lag(GlitchLags *lags, double steps, double tolerance, bool needed)
{
	if (lags->count < GLITCH_MOST_LAGS && steps >= 2)
		lags->lags[lags->count++] = (GlitchLag){
			.steps = (int64) (steps + 0.5), .tolerance = (int64) tolerance, .needed = needed};
}

/* After how many steps values may return. */
static GlitchLags
find_lags(const Frequency *frequency, int seasonal_period, int horizon)
{
	GlitchLags lags = {.horizon = horizon == OPTION_AUTO ? frequency_horizon(frequency) : horizon};
	int periods[8];
	int count = frequency_seasons(frequency, periods, lengthof(periods));
	double days = frequency_days(frequency);

	for (int i = 0; i < count; i++)
		add_lag(&lags, periods[i], 0, days < 1 && i == count - 1);
	if (seasonal_period != OPTION_AUTO)
		add_lag(&lags, seasonal_period, 0, false);
	if (days < SHORTEST_STEP)
		return lags;
	add_lag(&lags, DAYS_A_YEAR / days, days < 28 ? MOVES_IN_YEAR / days : 0, days >= 1);
	if (days < 2)
		add_lag(&lags, DAYS_A_YEAR / MONTHS_PER_YEAR / days, MOVES_IN_MONTH / days, false);
	return lags;
}

/* Does a lag bring a glitch back, or might one that is not extreme? */
static bool
may_return(const lf_glitch_scale *scale, const lf_series *series, const lf_glitch *glitch,
		   const GlitchLags *lags)
{
	for (int i = 0; i < lags->count; i++)
	{
		const GlitchLag *lag = &lags->lags[i];

		switch (lf_glitch_returns(scale, series, glitch, lag->steps, lag->tolerance))
		{
			case LF_GLITCH_RETURNS:
				return true;
			case LF_GLITCH_UNKNOWN:
				/* what cannot return within the horizon has nothing to say of it */
				if (lag->needed && !glitch->extreme &&
					glitch->step + lag->steps - lag->tolerance < series->length + lags->horizon)
					return true;
				break;
			case LF_GLITCH_ONCE:
				break;
		}
	}
	return false;
}

static void
add_finding(Findings *findings, int64 series, const lf_glitch *glitch)
{
	if (findings->count == findings->capacity)
	{
		Size bytes;

		findings->capacity = Max(16, 2 * findings->capacity);
		bytes = mul_size(sizeof(Found), findings->capacity);
		findings->found = findings->found == NULL ? palloc_extended(bytes, MCXT_ALLOC_HUGE)
												  : repalloc_huge(findings->found, bytes);
	}
	findings->found[findings->count++] = (Found){.series = series, .glitch = *glitch};
}

/* Take back those of the findings from `first` on that lie above, or below, their neighbours. */
static void
take_back(Findings *findings, int64 first, bool below)
{
	int64 left = first;

	for (int64 i = first; i < findings->count; i++)
		if (findings->found[i].glitch.below != below)
			findings->found[left++] = findings->found[i];
	findings->count = left;
}

/* Find the glitches of one series. Too many of a kind are none. */
static void
search_series(Findings *findings, int64 number, const lf_series *series,
			  const lf_glitch_scale *scale, const GlitchLags *lags)
{
	int64 first = findings->count;
	int64 most = lf_glitch_most(series->length);
	int64 counts[2] = {0};
	lf_glitch_search search = {0};
	lf_glitch glitch;

	while (search.step < series->length)
	{
		check_interrupts();
		if (!lf_glitch_next(scale, series, &search,
							Min(search.step + INTERRUPT_ROWS, series->length), &glitch))
			continue;
		if (counts[glitch.below] > most || may_return(scale, series, &glitch, lags))
			continue;
		counts[glitch.below] += 1 + glitch.last - glitch.step;
		add_finding(findings, number, &glitch);
	}
	for (int below = 0; below < 2; below++)
		if (counts[below] > most)
			take_back(findings, first, below);
}

/* The series of that number with values of its own, which may be changed; others may read it, too.
 */
static GridSeries *
own_series(Panel *panel, int64 number)
{
	const GridSeries *series = panel->series[number];
	GridSeries *own = palloc(sizeof(GridSeries));
	Size values = mul_size(sizeof(double), series->length);
	double *copy;

	panel->bytes = add_size(panel->bytes, add_size(sizeof(GridSeries) + series->length, values));
	check_memory_limit(panel->bytes, "laying out rows", SERIES_MEMORY_HINT);
	copy = palloc_extended(values, MCXT_ALLOC_HUGE);
	*own = *series;
	own->observed = palloc_extended(series->length, MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < series->length; i += INTERRUPT_ROWS)
	{
		int64 count = Min(INTERRUPT_ROWS, series->length - i);

		check_interrupts();
		memcpy(copy + i, series->values + i, sizeof(double) * count);
		if (series->observed == NULL)
			memset(own->observed + i, 1, count);
		else
			memcpy(own->observed + i, series->observed + i, count);
	}
	own->values = copy;
	panel->series[number] = own;
	return own;
}

static void
fill(const Panel *panel, const Findings *findings, int season)
{
	for (int64 i = 0; i < findings->count; i++)
	{
		const GridSeries *series = panel->series[findings->found[i].series];

		check_interrupts();
		lf_glitch_fill(unconstify(double *, series->values), series->observed, series->length,
					   &findings->found[i].glitch, season);
	}
}

/* Make missing steps of what was found, series by series. */
static void
set_aside(Panel *panel, const Findings *findings, int season)
{
	GridSeries *series = NULL;

	for (int64 i = 0; i < findings->count; i++)
	{
		const Found *found = &findings->found[i];
		int64 steps = 1 + found->glitch.last - found->glitch.step;

		check_interrupts();
		if (i == 0 || found->series != found[-1].series)
			series = own_series(panel, found->series);
		memset(series->observed + found->glitch.step, 0, steps);
		series->missing += steps;
		panel->missing += steps;
	}
	/* the season shows once they are filled, and fills them better */
	fill(panel, findings, 1);
	if (season == OPTION_AUTO)
	{
		lf_dataset dataset = plan_dataset(panel);
		Seasons seasons;

		season = season_detect(&panel->frequency, &dataset, &seasons);
		pfree(unconstify(lf_series *, dataset.series));
	}
	if (season > 1)
		fill(panel, findings, season);
}

static Findings
search_panel(const Panel *panel, int seasonal_period, int horizon, const lf_series *known)
{
	GlitchLags lags = find_lags(&panel->frequency, seasonal_period, horizon);
	Findings findings = {0};
	int64 steps = 0;

	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *grid = panel->series[i];
		lf_series series = {
			.length = grid->length, .values = grid->values, .observed = grid->observed};
		lf_glitch_scale scale;

		check_interrupts();
		steps += series.length;
		if (!lf_glitch_possible(&series))
			continue;
		lf_glitch_measure(&scale,
						  known != NULL && known[i].length > series.length ? &known[i] : &series);
		if (scale.usable)
			search_series(&findings, i, &series, &scale, &lags);
	}
	if (panel->count > 1 && findings.count > lf_glitch_most(steps))
		findings.count = 0;
	return findings;
}

Glitches
glitches_set_aside(Panel *panel, int seasonal_period, int horizon, const lf_series *known)
{
	Findings findings = search_panel(panel, seasonal_period, horizon, known);
	Glitches glitches = {0};

	if (findings.count > 0)
	{
		const Found *first = &findings.found[0];

		glitches.series = panel->series[first->series];
		glitches.step = first->glitch.step;
		glitches.value = glitches.series->values[glitches.step];
		for (int64 i = 0; i < findings.count; i++)
			glitches.count += 1 + findings.found[i].glitch.last - findings.found[i].glitch.step;
		set_aside(panel, &findings, seasonal_period);
	}
	if (findings.found != NULL)
		pfree(findings.found);
	return glitches;
}

GlitchJudge
glitch_judge(const Frequency *frequency, int season, int horizon, int64 steps,
			 const lf_series *usual)
{
	GlitchJudge judge = {.season = season, .lags = find_lags(frequency, season, horizon)};
	const GlitchLags *lags = &judge.lags;

	for (int i = 0; i < lags->count; i++)
		judge.reach = Max(judge.reach, lags->lags[i].steps + lags->lags[i].tolerance);
	judge.reach += steps;
	lf_glitch_measure(&judge.scale, usual);
	return judge;
}

const GridSeries *
glitches_judged(const GlitchJudge *judge, const GridSeries *series)
{
	GridSeries *judged = unconstify(GridSeries *, series);
	Panel alone = {.frequency = series->frequency, .count = 1, .series = &judged};
	Findings findings = {0};
	lf_series steps = {
		.length = series->length, .values = series->values, .observed = series->observed};

	if (!judge->scale.usable || !lf_glitch_possible(&steps))
		return series;
	search_series(&findings, 0, &steps, &judge->scale, &judge->lags);
	if (findings.count > 0)
		set_aside(&alone, &findings, judge->season);
	if (findings.found != NULL)
		pfree(findings.found);
	return judged;
}

/* "at 2024-01-01 00:00:00+00", "at step 5": where a step is. */
static const char *
step_place(const GridSeries *series, int64 step)
{
	if (series->frequency.kind == FREQUENCY_NONE)
		return psprintf("at step %lld", (long long) step + 1);
	return psprintf("at %s", timestamptz_to_str(series_time(series, step)));
}

void
notice_glitches(const Glitches *glitches, const char *hint)
{
	if (glitches->count == 0)
		return;
	ereport(
		NOTICE,
		(errmsg("value %s%s %s was taken for a glitch", float8out_internal(glitches->value),
				series_place(glitches->series->label),
				step_place(glitches->series, glitches->step)),
		 glitches->count == 1
			 ? errdetail("It lies far from all around it, and counts as missing.")
			 : errdetail("It lies far from all around it, as %lld more values do, and counts as "
						 "missing, as they do.",
						 (long long) glitches->count - 1),
		 errhint("%s", hint)));
}
