/*
 * notices.c
 *	  What a forecast tells about the series that it goes on from.
 */
#include "postgres.h"

#include "common/int.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "rows/series.h"
#include "forecast/notices.h"

/* Steps of a series, of a kind with timestamps, from its end to that of the latest one. */
static int64
steps_behind(const SeriesEnd *end, TimestampTz latest)
{
	const Frequency *frequency = end->frequency;
	int64 distance;
	bool exact;

	if (pg_sub_s64_overflow(latest, end->last_time, &distance))
		return PG_INT64_MAX;
	if (frequency->kind == FREQUENCY_IRREGULAR)
		return frequency->count > 0 ? distance / frequency->count : 0;
	return frequency_step(frequency, end->last_time, latest, &exact);
}

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
		int64 steps = steps_behind(&ends[i], latest);

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
	int64 longest = model_longest_lookback(model);

	if (history->known >= 0)
		longest = Min(longest, model->series[history->known].length);
	return longest;
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
				 errdetail("The rows%s make %lld steps; the networks read up to %lld.",
						   series_place(first->label), (long long) first->length,
						   (long long) steps_read(model, first)),
				 errhint("Forecasts are the better for them: give at least the latest %lld steps "
						 "of each series, where there are as many.",
						 (long long) steps_read(model, first))));
	return found > 0;
}

void
notice_histories(const Model *model, const History *histories, int64 count, int horizon,
				 OriginChoice origin, bool *noticed)
{
	bool is_short;
	bool ended = false;

	if (*noticed)
		return;
	is_short = notice_short(model, histories, count);
	if (count > 1)
		ended = notice_early_ends(history_ends(histories, count), count, horizon, origin);
	*noticed = is_short || ended;
}
