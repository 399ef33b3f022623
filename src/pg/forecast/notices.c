/*
 * notices.c
 *	  What a forecast tells about the series that it goes on from.
 */
#include "postgres.h"

#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "rows/series.h"
#include "model/holidays.h"
#include "forecast/misfit.h"
#include "forecast/notices.h"

static TimestampTz
latest_end(const SeriesEnd *ends, int64 count)
{
	TimestampTz latest = ends[0].last_time;

	for (int64 i = 1; i < count; i++)
		latest = Max(latest, ends[i].last_time);
	return latest;
}

/* What to do about series that ended at `until` at the latest. */
static int
ended_hint(const Frequency *frequency, OriginChoice origin, TimestampTz until)
{
	if (origin == ORIGIN_SERIES && frequency->kind != FREQUENCY_IRREGULAR)
		return errhint("Their forecasts follow their own ends; origin => 'common' leaves them out "
					   "and forecasts the others from the latest timestamp on.");
	return errhint("Their forecasts follow their own ends. Leave them out if they are over, as by "
				   "WHERE series IN (SELECT series ... GROUP BY series HAVING max(ts) > '%s').",
				   timestamptz_to_str(until));
}

bool
notice_early_ends(const SeriesEnd *ends, int64 count, int horizon, OriginChoice origin)
{
	const SeriesEnd *first = NULL;
	TimestampTz latest;
	TimestampTz until = DT_NOBEGIN;
	int64 behind = 0;
	int64 ended = 0;

	if (count < 2 || origin == ORIGIN_COMMON || ends[0].frequency->kind == FREQUENCY_NONE)
		return false;
	latest = latest_end(ends, count);
	for (int64 i = 0; i < count; i++)
	{
		int64 steps = frequency_behind(ends[i].frequency, ends[i].last_time, latest);

		check_interrupts();
		if (steps <= horizon)
			continue;
		until = Max(until, ends[i].last_time);
		if (ended++ == 0)
		{
			first = &ends[i];
			behind = steps;
		}
	}
	if (ended > 0)
		ereport(NOTICE,
				(errmsg_plural("%lld series of %lld ends long before the others",
							   "%lld series of %lld end long before the others",
							   (unsigned long) ended, (long long) ended, (long long) count),
				 errdetail("Series \"%s\" ends at %s, %lld steps before the latest one; "
						   "the horizon is %d.",
						   first->label == NULL ? "" : first->label,
						   timestamptz_to_str(first->last_time), (long long) behind, horizon),
				 ended_hint(first->frequency, origin, until)));
	return ended > 0;
}

static SeriesEnd *
history_ends(const History *histories, int64 count)
{
	SeriesEnd *ends = palloc_extended(mul_size(sizeof(SeriesEnd), count), MCXT_ALLOC_HUGE);

	for (int64 i = 0; i < count; i++)
		ends[i] = (SeriesEnd){.label = histories[i].label,
							  .frequency = &histories[i].frequency,
							  .last_time = histories[i].last_time};
	return ends;
}

/* Steps that the networks read of a series, if there are as many: the model keeps no fewer. */
static int64
steps_read(const Model *model, const History *history)
{
	int64 longest = model_least_history(model);

	if (history->known >= 0)
		longest = Min(longest, model->series[history->known].length);
	return longest;
}

/* What there is of a series that is too short, and why the model has no more before it. */
static const char *
short_detail(const Model *model, const History *history)
{
	const char *label = series_place(history->label);

	if (history->fresh != NULL && history->fresh->before > 0)
		return psprintf("The rows%s, with the model's steps before them, make %lld steps;", label,
						(long long) history->length);
	if (history->known >= 0 && history->frequency.kind != FREQUENCY_NONE)
		return psprintf("The rows%s make %lld steps, and do not join those of the model, which end "
						"at %s;",
						label, (long long) history->length,
						timestamptz_to_str(model->series[history->known].last_time));
	return psprintf("The rows%s make %lld steps;", label, (long long) history->length);
}

static bool
notice_short(const Model *model, const History *histories, int64 count)
{
	const History *first = NULL;
	int64 found = 0;

	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		if (histories[i].length < steps_read(model, &histories[i]) && found++ == 0)
			first = &histories[i];
	}
	if (found > 0)
		ereport(NOTICE,
				(count == 1
					 ? errmsg("the history has fewer steps than the networks read")
					 : errmsg("%lld of %lld histories have fewer steps than the networks read",
							  (long long) found, (long long) count),
				 errdetail("%s the networks read up to %lld.", short_detail(model, first),
						   (long long) steps_read(model, first)),
				 errhint("Forecasts are the better for them: give at least the latest %lld steps "
						 "of each series, where there are as many.",
						 (long long) steps_read(model, first))));
	return found > 0;
}

/* Of the last steps of a history, those that the networks read: how many have no observation? */
static int64
steps_filled(const History *history, int64 read)
{
	const GridSeries *series = history->fresh;
	int64 filled = 0;

	for (int64 step = series->length - read; step < series->length; step++)
		filled += !series_observed(series, step);
	return filled;
}

/* Networks that read mostly what was filled forecast that. */
static bool
notice_holes(const Model *model, const History *histories, int64 count)
{
	const History *first = NULL;
	int64 found = 0;
	int64 filled = 0;
	int64 read = 0;

	for (int64 i = 0; i < count && model->options.missing != MISSING_ZERO; i++)
	{
		const History *history = &histories[i];
		int64 own_read = Min(history->length, model_least_history(model));
		int64 own_filled;

		check_interrupts();
		if (history->fresh == NULL || history->fresh->missing == 0)
			continue;
		own_filled = steps_filled(history, own_read);
		if (own_filled <= own_read / 2 || misfit_trained_sparse(model, history->known))
			continue;
		if (found++ > 0)
			continue;
		first = history;
		filled = own_filled;
		read = own_read;
	}
	if (found > 0)
		ereport(NOTICE,
				(count == 1
					 ? errmsg("more than half of the steps that the networks read were filled")
					 : errmsg("more than half of the steps that the networks read were filled in "
							  "%lld of %lld series",
							  (long long) found, (long long) count),
				 errdetail("Of the last %lld steps%s %lld have no observation.", (long long) read,
						   series_place(first->label), (long long) filled),
				 errhint("Give the rows of these steps, or train a model on coarser ones.")));
	return found > 0;
}

/* More than one value that cannot be as it was in training. */
static bool
notice_negative(const Model *model, const History *histories, int64 count)
{
	OutsideValues first = {0};
	const GridSeries *series = NULL;
	int64 found = 0;

	for (int64 i = 0; i < count; i++)
	{
		OutsideValues outside = {0};

		check_interrupts();
		if (histories[i].fresh != NULL)
			outside = misfit_outside(model, histories[i].fresh);
		if (outside.count < LEAST_OUTSIDE || found++ > 0)
			continue;
		first = outside;
		series = histories[i].fresh;
	}
	if (found > 0)
		ereport(NOTICE,
				(errmsg("values are negative, and the model takes logarithms"),
				 errdetail("So are %lld of the latest %lld%s; the first of them is %g.",
						   (long long) first.count, (long long) first.of,
						   series_place(series->label), series->values[first.first]),
				 errhint("They are taken for the least that has a logarithm. Train the model on "
						 "such values, too, or with the option \"transform\" set to \"none\".")));
	return found > 0;
}

/* The day of a step after a time; one that nothing can be dated on is beyond all lists. */
static int64
day_ahead(const Frequency *frequency, TimestampTz time, int64 steps)
{
	StepPlaces places;
	int64 first;
	int64 last;

	step_places_begin(&places, frequency, time, NULL);
	holiday_step_days(&places, steps, &first, &last);
	return last;
}

bool
notice_holidays_end(const HolidayList *list, const Frequency *frequency, TimestampTz last_time,
					int horizon)
{
	if (day_ahead(frequency, last_time, horizon) <= holiday_list_end(list))
		return false;
	ereport(NOTICE,
			(errmsg("the listed holidays end before the forecast"),
			 errdetail("The last one is %s, and the forecast reaches %s: days after the last one "
					   "count as no holidays.",
					   holidays_last_day(list),
					   holiday_day_text(day_ahead(frequency, last_time, horizon))),
			 errhint("Add later years to what the option \"holidays\" reads, and train again.")));
	return true;
}

/* The same of histories, by the one that ends last. */
static bool
notice_listed_holidays(const Model *model, const History *histories, int64 count, int horizon)
{
	const History *latest = histories;

	if (model->covariates.holidays == NULL || count == 0)
		return false;
	for (int64 i = 1; i < count; i++)
	{
		check_interrupts();
		if (histories[i].last_time > latest->last_time)
			latest = &histories[i];
	}
	return notice_holidays_end(model->covariates.holidays, &latest->frequency, latest->last_time,
							   latest->lag + horizon);
}

void
notice_histories(const Model *model, const History *histories, int64 count, int horizon,
				 OriginChoice origin, bool *noticed)
{
	bool odd;
	bool ended = false;

	if (*noticed)
		return;
	odd = notice_short(model, histories, count);
	odd |= notice_holes(model, histories, count);
	odd |= notice_negative(model, histories, count);
	odd |= notice_listed_holidays(model, histories, count, horizon);
	if (count > 1)
		ended = notice_early_ends(history_ends(histories, count), count, horizon, origin);
	*noticed = odd || ended;
}
