/*
 * selection.c
 *	  Which series are forecast, and how far from the end of each.
 *
 * Series end at different times. From a common origin, the latest timestamp of all, a series that
 * ended some steps earlier is forecast over these steps, its lag, and over the horizon after them.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/step_list.h"
#include "forecast/selection.h"

void
selection_check_origin(bool common_origin, const Frequency *frequency)
{
	if (!common_origin)
		return;
	if (frequency->kind == FREQUENCY_NONE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("series without timestamps have no common origin"),
						errhint("Name the \"time_column\" in the training, or leave out "
								"\"origin\": forecasts then begin at the end of each series.")));
	if (frequency->kind == FREQUENCY_IRREGULAR)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("series without a regular interval have no common origin"),
						errdetail("Their rows are taken as steps."),
						errhint("Train with the option \"frequency\" if the interval is known, or "
								"leave out \"origin\": forecasts then begin at the end of each "
								"series.")));
}

bool
selection_check_ahead(const KnownAhead *known, int steps, Skipped *skipped)
{
	const char *place;

	if (known->steps >= steps)
		return true;
	place = known->frequency->kind == FREQUENCY_NONE
				? psprintf("step %lld", (long long) known->steps + 1)
				: timestamptz_to_str(
					  frequency_add(known->frequency, known->last_time, known->steps + 1));
	if (skipped != NULL)
	{
		skip_series(skipped, known->label,
					skipped->count > 0 ? NULL
									   : psprintf("future covariates at %s are missing", place));
		return false;
	}
	ereport(
		ERROR,
		(errcode(ERRCODE_DATA_EXCEPTION),
		 known->label == NULL
			 ? errmsg("future covariates at %s are missing", place)
			 : errmsg("future covariates of series \"%s\" at %s are missing", known->label, place),
		 errdetail("The forecast of %d steps needs them for each step; they are known for %lld.",
				   steps, (long long) known->steps),
		 errhint("Add rows with a null value and the covariates after the last observation, give "
				 "such rows as \"future_source\", or lower \"horizon\".")));
	return false;
}

bool
selection_check_listed(const KnownAhead *known, int steps, Skipped *skipped)
{
	const Times *list = known->frequency->listed;
	int64 listed;
	const char *last;

	if (known->frequency->kind != FREQUENCY_LISTED)
		return true;
	listed = step_list_ahead(list, known->last_time);
	if (listed >= steps)
		return true;
	last = pstrdup(timestamptz_to_str(times_at(list, list->count - 1)));
	if (skipped != NULL)
	{
		skip_series(skipped, known->label,
					skipped->count > 0 ? NULL : psprintf("the listed steps end at %s", last));
		return false;
	}
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION), errmsg("the listed steps end at %s", last),
			 errdetail("The forecast of %d steps%s needs as many after %s; %lld are listed.", steps,
					   series_place(known->label), timestamptz_to_str(known->last_time),
					   (long long) listed),
			 errhint("Add later timestamps to what the option \"steps\" reads and train again, or "
					 "lower \"horizon\".")));
	return false;
}

bool
selection_check_future(const Model *model, const History *history, int steps, Skipped *skipped)
{
	KnownAhead known = {.label = history->label,
						.frequency = &history->frequency,
						.last_time = history->last_time,
						.steps = history->covered - history->length};

	return selection_check_listed(&known, steps, skipped) &&
		   (model->covariates.future == model->covariates.statics ||
			selection_check_ahead(&known, steps, skipped));
}

/* A series that ended so many steps, more than a horizon, before the common origin. */
typedef struct Ended
{
	int64 count;
	const History *first;
	int64 steps; /* of the first */
} Ended;

static void
notice_ended(const Ended *ended, TimestampTz origin)
{
	const char *latest = pstrdup(timestamptz_to_str(origin));

	ereport(NOTICE,
			(errmsg("%lld series left out: ended more than a horizon before the latest timestamp",
					(long long) ended->count),
			 errdetail("The latest timestamp is %s; the last one%s is %s, %lld steps earlier.",
					   latest, series_place(ended->first->label),
					   timestamptz_to_str(ended->first->last_time), (long long) ended->steps),
			 errhint("To forecast them from where they ended, leave out \"origin\".")));
}

/*
 * Give each history its lag behind the latest timestamp of all. Those that ended more than a
 * horizon before go out: returns the number of the others.
 */
static int64
lag_behind_latest(History *histories, int64 count, int horizon)
{
	TimestampTz origin = histories[0].last_time;
	Ended ended = {0};
	History first;
	int64 kept = 0;

	for (int64 i = 1; i < count; i++)
		origin = Max(origin, histories[i].last_time);
	for (int64 i = 0; i < count; i++)
	{
		History history = histories[i];
		bool exact;
		int64 lag = frequency_step(&history.frequency, history.last_time, origin, &exact);

		check_interrupts();
		if (lag <= horizon)
		{
			history.lag = (int) lag;
			histories[kept++] = history;
		}
		else if (ended.count++ == 0)
		{
			first = history;
			ended.first = &first;
			ended.steps = lag;
		}
	}
	if (ended.count > 0)
		notice_ended(&ended, origin);
	return kept;
}

static void
notice_skipped(const Skipped *skipped)
{
	ereport(NOTICE, (errmsg("%lld series left out: cannot be forecast", (long long) skipped->count),
					 skipped->label == NULL
						 ? errdetail("It has no name: %s.", skipped->why)
						 : errdetail("The first is \"%s\": %s.", skipped->label, skipped->why)));
}

int64
selection_make(const Model *model, History *histories, int64 count, const SelectionRequest *request)
{
	Skipped *skipped = request->skipped;
	int64 kept = 0;

	if (count > 0 && request->common_origin)
	{
		selection_check_origin(true, &histories[0].frequency);
		count = lag_behind_latest(histories, count, request->horizon);
	}
	if (skipped == NULL)
		return count;
	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		if (selection_check_future(model, &histories[i], histories[i].lag + request->horizon,
								   skipped))
			histories[kept++] = histories[i];
	}
	if (skipped->count > 0)
		notice_skipped(skipped);
	return kept;
}
