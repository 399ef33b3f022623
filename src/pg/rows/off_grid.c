/*
 * off_grid.c
 *	  What is wrong with timestamps that lie on no step, or on too few of them.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "time/calendar.h"
#include "time/step_list.h"
#include "rows/off_grid.h"

static const char *
frequency_hint(const GridSeries *series, const SeriesLayout *layout)
{
	switch (layout->origin)
	{
		case FREQUENCY_OF_MODEL:
			if (frequency_closes(&series->frequency))
				return "The model knows no rows at such times: leave them out, or train again on "
					   "all rows.";
			return "The timestamps must be spaced like those that the model was trained on.";
		case FREQUENCY_OF_PANEL:
			return "All series of a panel have one frequency, and most rows show this one. "
				   "Train series of another one by themselves, or set the option "
				   "\"frequency\" to an interval that fits all.";
		case FREQUENCY_OF_SERIES:
			break;
	}
	return "Set the option \"frequency\" to the interval of the data, or to "
		   "\"irregular\" to take rows as steps.";
}

/* The fault of a timestamp that is none of the listed steps. */
static void
set_unlisted(const GridSeries *series, const SeriesLayout *layout, TimestampTz time, Fault *fault)
{
	const Times *list = series->frequency.listed;
	bool exact;
	int64 before = step_list_index(list, time, &exact);
	int64 after = before + 1 < list->count ? before + 1 : before;

	fault_set(fault, ERRCODE_DATA_EXCEPTION, "timestamp %s%s is none of the listed steps",
			  pstrdup(timestamptz_to_str(time)), series_place(layout->label));
	if (before < 0)
		fault_add_detail(fault, "The first one is %s.", timestamptz_to_str(times_at(list, 0)));
	else if (after == before)
		fault_add_detail(fault, "The last one is %s.", timestamptz_to_str(times_at(list, before)));
	else
		fault_add_detail(fault, "Those next to it are %s and %s.",
						 pstrdup(timestamptz_to_str(times_at(list, before))),
						 pstrdup(timestamptz_to_str(times_at(list, after))));
	fault_add_hint(fault,
				   layout->origin == FREQUENCY_OF_MODEL
					   ? "The model keeps the steps that were listed in its training: leave such "
						 "rows out, or train again with a longer list."
					   : "Add it to what the option \"steps\" reads, or leave out such rows.");
}

void
off_grid_fault(const GridSeries *series, const SeriesLayout *layout, TimestampTz time, Fault *fault)
{
	if (series->frequency.kind == FREQUENCY_LISTED)
	{
		set_unlisted(series, layout, time, fault);
		return;
	}
	fault_set(fault, ERRCODE_DATA_EXCEPTION, "timestamp %s%s does not fit the frequency \"%s\"",
			  pstrdup(timestamptz_to_str(time)), series_place(layout->label),
			  frequency_text(&series->frequency));
	if (calendar_closed(&series->frequency, frequency_nearest(&series->frequency, time)))
		fault_add_detail(fault, "It is a %s, at a time that has no step.",
						 calendar_weekday(time, series->frequency.zone));
	else
		fault_add_detail(fault, "Steps are counted from %s.",
						 timestamptz_to_str(series->first_time));
	fault_add_hint(fault, frequency_hint(series, layout));
}

void
off_grid_disproportion(const GridSeries *series, const SeriesLayout *layout, int64 rows,
					   int64 length, Fault *fault)
{
	fault_set(fault, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
			  "frequency \"%s\" would make " INT64_FORMAT " steps of " INT64_FORMAT " rows%s",
			  frequency_text(&series->frequency), length, rows, series_place(layout->label));
	fault_add_detail(fault, "At most %d steps a row are filled in.", ALLOWED_STEPS_A_ROW);
	fault_add_hint(fault, frequency_hint(series, layout));
}
