/*
 * notices.c
 *	  What a training tells about its rows before it begins.
 *
 * Whoever trains on the wrong thing should hear of it in words of SQL: what is odd, how much of
 * it, and what to write instead. Each is said once a training.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "time/fiscal.h"
#include "time/near_frequency.h"
#include "time/step_list.h"
#include "model/holidays.h"
#include "forecast/notices.h"
#include "forecast/notices.h"
#include "train/notices.h"

static void
notice_empty(const Panel *panel)
{
	if (panel->empty > 0)
		ereport(NOTICE,
				(errmsg("%lld series without an observation left out", (long long) panel->empty),
				 panel->first_empty == NULL
					 ? errdetail("The value of each of their rows is null.")
					 : errdetail("The value of each of their rows is null; the first is \"%s\".",
								 panel->first_empty)));
}

void
notice_faulty(const Panel *panel)
{
	const SkippedSeries *first = panel->skipped;

	if (panel->skipped_count > 0)
		ereport(NOTICE, (errmsg("%lld series skipped, the first of them \"%s\"",
								(long long) panel->skipped_count, first->label),
						 errdetail("The error is: %s.", first->fault.message),
						 first->fault.hint == NULL ? 0 : errhint("%s", first->fault.hint)));
}

/* A number of microseconds as PostgreSQL writes an interval. */
static const char *
gap_text(int64 microseconds)
{
	Interval gap = {.day = (int32) (microseconds / USECS_PER_DAY),
					.time = microseconds % USECS_PER_DAY};

	return DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(&gap)));
}

/* A fixed step in words, as intervals are read in any setting of intervalstyle. */
static const char *
step_text(int64 microseconds)
{
	Frequency fixed = {.kind = FREQUENCY_FIXED, .count = microseconds};

	return frequency_text(&fixed);
}

/* What the first series that is long enough to tell nearly follows; *series: which one it is. */
static NearFrequency
panel_near_frequency(const Panel *panel, const GridSeries **series)
{
	NearFrequency near = {.kind = NEAR_NONE};

	for (int64 i = 0; i < panel->count && near.rows == 0; i++)
	{
		Times times = {.plain = panel->series[i]->times, .count = panel->series[i]->length};

		check_interrupts();
		if (times.count < NEAR_LEAST_ROWS)
			continue;
		*series = panel->series[i];
		near = near_frequency(&times, panel->series[i]->frequency.zone);
	}
	return near;
}

/* What to do about timestamps that nearly follow an interval. */
static int
near_hint(const NearFrequency *near)
{
	switch (near->kind)
	{
		case NEAR_ZONE:
			return errhint("Set the option \"time_zone\" to '%s', or to another zone with the same "
						   "clocks; or SET timezone.",
						   near->zone);
		case NEAR_UNIT:
			return errhint("Give date_trunc('%s', ts) as the timestamp, with GROUP BY where "
						   "several rows fall into one %s.",
						   near->unit, near->unit);
		case NEAR_FIXED:
			if (near->centred)
				return errhint("Give date_bin('%s', ts + interval '%s', '2000-01-01') as the "
							   "timestamp, with GROUP BY where several rows fall into one step.",
							   step_text(near->step), step_text(near->step / 2));
			return errhint("Give date_bin('%s', ts, '2000-01-01') as the timestamp, with GROUP BY "
						   "where several rows fall into one step.",
						   step_text(near->step));
		case NEAR_NONE:
			break;
	}
	return errhint("Set the option \"frequency\" if the interval is known.");
}

/* What timestamps nearly follow, to go on with after a sentence. */
static const char *
near_detail(const NearFrequency *near, const GridSeries *series)
{
	switch (near->kind)
	{
		case NEAR_ZONE:
			return psprintf(" The timestamps%s are regular in the time zone \"%s\", not in \"%s\".",
							series_place(series->label), near->zone, series->frequency.zone);
		case NEAR_UNIT:
			return psprintf(" The %lld rows%s are on changing moments of %lld different %ss.",
							(long long) near->rows, series_place(series->label),
							(long long) near->places, near->unit);
		case NEAR_FIXED:
			return psprintf(" The %lld rows%s nearly keep to steps of %s.", (long long) near->rows,
							series_place(series->label), step_text(near->step));
		case NEAR_NONE:
			break;
	}
	return "";
}

static void
notice_irregular(const Panel *panel, const TrainOptions *options)
{
	const GridSeries *series = NULL;
	NearFrequency near;

	if (panel->frequency.kind != FREQUENCY_IRREGULAR || options->frequency != NULL)
		return;
	/* no gap at all: single rows follow no interval, nor break one */
	if (panel->frequency.count == 0)
		return;
	near = panel_near_frequency(panel, &series);
	ereport(NOTICE, (errmsg("timestamps follow no regular interval: rows are taken as steps"),
					 errdetail("Forecasts are spaced by the median gap, %s.%s",
							   gap_text(panel->frequency.count), near_detail(&near, series)),
					 near_hint(&near)));
}

/* Days and months that are those of another zone than was meant, or nobody thought of any. */
static void
notice_zone(const Panel *panel, const TrainOptions *options)
{
	const char *zone = options->time_zone != NULL ? options->time_zone : calendar_session_zone();
	const GridSeries *first = NULL;
	int64 found = 0;

	for (int64 i = 0; i < panel->count; i++)
	{
		const Frequency *frequency = &panel->series[i]->frequency;

		check_interrupts();
		if (calendar_kind(frequency->kind) && strcmp(frequency->zone, zone) != 0 && found++ == 0)
			first = panel->series[i];
	}
	if (found > 0)
		ereport(NOTICE,
				(errmsg("timestamps are regular in the time zone \"%s\", not in \"%s\"",
						first->frequency.zone, zone),
				 found == 1 ? errdetail("Steps%s are counted in \"%s\".",
										series_place(first->label), first->frequency.zone)
							: errdetail("Steps%s, and of %lld others, are counted in \"%s\".",
										series_place(first->label), (long long) found - 1,
										first->frequency.zone),
				 errhint("Set the option \"time_zone\" to '%s', or SET timezone, if that is meant; "
						 "else check how the timestamps came about.",
						 first->frequency.zone)));
}

/* Timestamps that were moved to a grid near them. */
static void
notice_jitter(const Panel *panel)
{
	const GridSeries *most = NULL;

	for (int64 i = 0; i < panel->count; i++)
	{
		check_interrupts();
		if (panel->series[i]->jitter > (most == NULL ? 0 : most->jitter))
			most = panel->series[i];
	}
	if (most != NULL)
		ereport(
			NOTICE,
			(errmsg("timestamps are not quite regular: each is taken for the nearest step"),
			 errdetail("They are up to %s off the steps of \"%s\"%s, such as %s.",
					   gap_text(most->jitter), frequency_text(&panel->frequency),
					   series_place(most->label), timestamptz_to_str(most->first_time)),
			 errhint("Set the option \"frequency\" to \"irregular\" if rows are meant to be steps "
					 "as they come.")));
}

/* Months whose dates follow no rule. */
static void
notice_month_days(const Panel *panel)
{
	const GridSeries *first = NULL;
	int64 found = 0;

	for (int64 i = 0; i < panel->count; i++)
	{
		const Frequency *frequency = &panel->series[i]->frequency;

		check_interrupts();
		if (frequency->kind == FREQUENCY_MONTHS && frequency->month_any && found++ == 0)
			first = panel->series[i];
	}
	if (found > 0)
		ereport(
			NOTICE,
			(errmsg("months are dated on changing days: each is one step"),
			 errdetail("Forecasts are dated on day %d of the month, the usual one%s.%s",
					   first->frequency.month_day, series_place(first->label),
					   found == 1 ? ""
								  : psprintf(" So it is with %lld more series, each on its own.",
											 (long long) found - 1)),
			 errhint("Give date_trunc('month', ts) as the timestamp to have forecasts dated on the "
					 "first.")));
}

/* Years of some weeks more are bound to a date. */
static char *
fiscal_turn(const Frequency *frequency)
{
	const FiscalYear *year = &frequency->fiscal;

	if (year->month == 0)
		return pstrdup("Forecasts go on in quarters of 13 weeks, as the rows show no year of 53.");
	/* PostgreSQL's week begins on Sunday */
	return psprintf("Years turn on the last %s up to %d %s, so that some have 53 weeks.",
					days[(year->phase + 1) % DAYS_A_WEEK], year->day, months[year->month - 1]);
}

/* Periods that nobody named. */
static void
notice_fiscal(const Panel *panel, const TrainOptions *options)
{
	const GridSeries *first = panel->count > 0 ? panel->series[0] : NULL;

	if (first != NULL && first->frequency.kind == FREQUENCY_FISCAL && options->frequency == NULL)
		ereport(NOTICE,
				(errmsg("timestamps follow fiscal periods: each is one step of \"%s\"",
						frequency_text(&first->frequency)),
				 errdetail("%s", fiscal_turn(&first->frequency)),
				 errhint("Set the option \"frequency\" to \"irregular\" if rows are meant to be "
						 "steps as they come.")));
}

/* The shortest unit of date_trunc in which a sparse series would have about a row each. */
static const char *
coarser_unit(const GridSeries *series)
{
	static const struct
	{
		const char *name;
		double days;
	} units[] = {{"minute", 1.0 / 1440}, {"hour", 1.0 / 24}, {"day", 1}, {"week", 7},
				 {"month", 30},          {"quarter", 91}};
	double days = ((double) series->last_time - (double) series->first_time) /
				  (double) USECS_PER_DAY / (double) (series->length - series->missing);

	for (int i = 0; i < (int) lengthof(units); i++)
		if (units[i].days >= days)
			return units[i].name;
	return "year";
}

/* Who has mostly interpolation forecasts that. */
static void
notice_filled(const Panel *panel, const TrainOptions *options)
{
	const GridSeries *first = NULL;
	const char *what;
	int64 steps = 0;
	int64 filled = 0;

	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *series = panel->series[i];

		check_interrupts();
		steps += series->length;
		filled += series->missing;
		if (first == NULL && series->missing > series->length / 2)
			first = series;
	}
	if (options->missing == MISSING_ZERO || first == NULL || filled <= steps / 2)
		return;
	what = first->frequency.kind == FREQUENCY_NONE
			   ? "rows"
			   : psprintf("steps of \"%s\"", frequency_text(&panel->frequency));
	ereport(NOTICE,
			(errmsg("more than half of the steps were filled"),
			 errdetail("%lld of %lld %s have no observation%s.", (long long) filled,
					   (long long) steps, what,
					   panel->count == 1
						   ? ""
						   : psprintf("; of series \"%s\" %lld of %lld", first->label,
									  (long long) first->missing, (long long) first->length)),
			 first->frequency.kind == FREQUENCY_NONE
				 ? errhint("Leave out rows whose value is null, or set the option \"missing\" to "
						   "\"zero\" where null means zero.")
				 : errhint("Take coarser steps, by GROUP BY date_trunc('%s', ts) or a coarser "
						   "\"frequency\"; or set the option \"missing\" to \"zero\" where no row "
						   "means zero.",
						   coarser_unit(first))));
}

/* Values that forecasts shall never have may be a mistake in the rows, or in the limits. */
static void
notice_outside(const Panel *panel, const TrainOptions *options)
{
	const GridSeries *found = NULL;
	int64 step = 0;
	int64 outside = 0;

	if (!isfinite(options->minimum) && !isfinite(options->maximum))
		return;
	for (int64 s = 0; s < panel->count; s++)
	{
		const GridSeries *series = panel->series[s];

		for (int64 i = 0; i < series->length; i++)
		{
			double value = series->values[i];

			if (i % INTERRUPT_ROWS == 0)
				check_interrupts();
			if (!(value < options->minimum || value > options->maximum) ||
				!series_observed(series, i))
				continue;
			if (outside++ == 0)
			{
				found = series;
				step = i;
			}
		}
	}
	if (outside > 0)
		ereport(NOTICE,
				(errmsg_plural("%lld value lies outside of \"minimum\" and \"maximum\"",
							   "%lld values lie outside of \"minimum\" and \"maximum\"",
							   (unsigned long) outside, (long long) outside),
				 errdetail("The first is %g at step %lld%s.", found->values[step],
						   (long long) step + 1, series_place(found->label)),
				 errhint("The networks learn from them, but no forecast will be like them.")));
}

void
notice_rows(const Panel *panel, const TrainOptions *options)
{
	notice_irregular(panel, options);
	notice_zone(panel, options);
	notice_jitter(panel);
	notice_month_days(panel);
	notice_fiscal(panel, options);
	notice_empty(panel);
	notice_filled(panel, options);
	notice_outside(panel, options);
}

void
notice_ended_series(const Panel *panel, int horizon)
{
	SeriesEnd *ends;

	if (panel->count < 2)
		return;
	ends = palloc_extended(mul_size(sizeof(SeriesEnd), panel->count), MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < panel->count; i++)
		ends[i] = (SeriesEnd){.label = panel->series[i]->label,
							  .frequency = &panel->series[i]->frequency,
							  .last_time = panel->series[i]->last_time};
	notice_early_ends(ends, panel->count, horizon, ORIGIN_GIVEN);
	pfree(ends);
}

/* Who forgot the rows of the future would learn of it after hours of training. */
void
notice_future(const Panel *panel, int horizon)
{
	const GridSeries *first = NULL;
	int64 found = 0;

	if (panel->future == panel->statics)
		return;
	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *series = panel->series[i];

		check_interrupts();
		if (series->covered - series->length < horizon && found++ == 0)
			first = series;
	}
	if (found > 0)
		ereport(
			NOTICE,
			(errmsg("future covariates are known for fewer steps than the horizon"),
			 errdetail(
				 "They are known for %lld steps after the last observation%s; the horizon "
				 "is %d.%s",
				 (long long) (first->covered - first->length), series_place(first->label), horizon,
				 found == 1 ? ""
							: psprintf(" So it is with %lld more series.", (long long) found - 1)),
			 errhint("Add rows with a null value and the covariates of each step, as by UNION ALL, "
					 "or give them as \"future_source\"; the model alone will not forecast "
					 "without them.")));
}

void
notice_unseen_holidays(const Panel *panel, const HolidayList *known)
{
	const HolidayList *list = panel->holidays;

	if (list == NULL || known != NULL)
		return;
	ereport(
		NOTICE,
		(errmsg("holidays are left out of account"),
		 list->count == 0
			 ? errdetail("The option \"holidays\" lists no day.")
			 : errdetail("Fewer than %d of the days that the option \"holidays\" lists, up to %s, "
						 "have an observation: of one nothing can be learned.",
						 LEAST_HOLIDAYS, holidays_last_day(list)),
		 errhint("List the holidays of the observed years as well as those ahead.")));
}

void
notice_holidays(const Panel *panel, const HolidayList *known, int horizon)
{
	const GridSeries *latest = panel->series[0];

	if (known == NULL)
		return;
	for (int64 i = 1; i < panel->count; i++)
	{
		check_interrupts();
		if (panel->series[i]->last_time > latest->last_time)
			latest = panel->series[i];
	}
	(void) notice_holidays_end(known, &latest->frequency, latest->last_time, horizon);
}

void
notice_listed(const Panel *panel, int horizon)
{
	const Times *list = panel->frequency.listed;
	const GridSeries *first = NULL;
	int64 found = 0;

	if (panel->frequency.kind != FREQUENCY_LISTED)
		return;
	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *series = panel->series[i];

		check_interrupts();
		if (step_list_ahead(list, series->last_time) < horizon && found++ == 0)
			first = series;
	}
	if (found > 0)
		ereport(
			NOTICE,
			(errmsg("fewer steps are listed ahead than the horizon"),
			 errdetail(
				 "The last one is %s, %lld steps after the last observation%s; the horizon is "
				 "%d.%s",
				 timestamptz_to_str(times_at(list, list->count - 1)),
				 (long long) step_list_ahead(list, first->last_time), series_place(first->label),
				 horizon,
				 found == 1 ? ""
							: psprintf(" So it is with %lld more series.", (long long) found - 1)),
			 errhint("Add later timestamps to what the option \"steps\" reads; the model will not "
					 "forecast beyond the last one.")));
}
