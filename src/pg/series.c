/*
 * series.c
 *	  From rows to a series on a grid of steps.
 *
 * Four passes: bring the rows in order (series_order.c), cut off what lies
 * before the first and after the last observation, find the grid, and lay the
 * rows on it and fill the holes. A row with a NULL says that nothing was
 * observed, so inside the series it is the same as no row at all, except where
 * the rows are the steps.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "calendar.h"
#include "series.h"
#include "series_order.h"

/*
 * A grid may have this many steps, or this many a row, whichever is more: a
 * frequency of "1 second" for data by the day would otherwise fill memory with
 * interpolation. Inference never chooses such a grid.
 */
#define ALWAYS_ALLOWED_STEPS 10000
#define ALLOWED_STEPS_A_ROW 10

#define POLL_EVERY 16384 /* steps between looks for an interrupt */

/* What series_build was called with, and what the passes hand on. */
typedef struct Build
{
	const char *label;
	const Frequency *fixed;
	const TimestampTz *times; /* of the rows kept; NULL: rows are steps without time */
	const double *values;     /* NaN: not observed */
	int64 count;
	int64 skipped; /* rows cut off in front of them */
	GridSeries *series;
} Build;

/* " of series "a"", to follow a noun in a message. */
static char *
series_place(const char *label)
{
	return label == NULL ? "" : psprintf(" of series \"%s\"", label);
}

static bool
has_grid(const Frequency *frequency)
{
	return frequency->kind != FREQUENCY_NONE && frequency->kind != FREQUENCY_IRREGULAR;
}

/* The frequency to use for the rows kept. */
static Frequency
choose_frequency(const Build *build, const char *text)
{
	Frequency frequency;

	if (build->times == NULL)
	{
		memset(&frequency, 0, sizeof(frequency));
		frequency.kind = FREQUENCY_NONE;
		return frequency;
	}
	if (build->fixed != NULL)
	{
		/* Fresh data may have another time of day, or day of the month, than the model's. */
		frequency = *build->fixed;
		(void) frequency_anchor(&frequency, build->times, build->count);
		return frequency;
	}
	if (text != NULL && frequency_parse(text, build->times, build->count, &frequency))
		return frequency;
	return frequency_infer(build->times, build->count);
}

static int
frequency_hint(const Build *build)
{
	if (build->fixed != NULL)
		return errhint("The timestamps must be spaced like those that the model was trained on.");
	return errhint("Set the option \"frequency\" to the interval of the data, or to "
				   "\"irregular\" to take rows as steps.");
}

/* Raise the error of a timestamp beside the grid. */
static void
throw_off_grid(const Build *build, TimestampTz time)
{
	const Frequency *frequency = &build->series->frequency;
	char *timestamp = pstrdup(timestamptz_to_str(time));

	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
					errmsg("timestamp %s%s does not fit the frequency \"%s\"", timestamp,
						   series_place(build->label), frequency_text(frequency)),
					errdetail("Steps are counted from %s.", timestamptz_to_str(build->times[0])),
					frequency_hint(build)));
}

/* The step of a row's timestamp, which must lie on the grid. */
static int64
step_of_row(const Build *build, int64 row)
{
	bool exact;
	int64 step =
		frequency_step(&build->series->frequency, build->times[0], build->times[row], &exact);

	if (!exact)
		throw_off_grid(build, build->times[row]);
	return step;
}

/* The number of steps of the grid, which must be in proportion to the rows. */
static int64
grid_length(const Build *build)
{
	const Frequency *frequency = &build->series->frequency;
	bool exact;
	int64 length;

	/* Whatever the first row is, it is a step, unless it is a Sunday. */
	if (frequency->kind == FREQUENCY_BUSINESS_DAYS)
	{
		pg_tz *zone = calendar_zone(frequency->zone);

		if (calendar_weekend(calendar_split(build->times[0], zone).day))
			throw_off_grid(build, build->times[0]);
	}
	length = 1 + frequency_step(frequency, build->times[0], build->times[build->count - 1], &exact);
	if (length > ALWAYS_ALLOWED_STEPS && length / ALLOWED_STEPS_A_ROW > build->count)
		ereport(
			ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("frequency \"%s\" would make " INT64_FORMAT " steps of " INT64_FORMAT " rows%s",
					frequency_text(frequency), length, build->count, series_place(build->label)),
			 errdetail("At most %d steps a row are filled in.", ALLOWED_STEPS_A_ROW),
			 frequency_hint(build)));
	return length;
}

/* Allocate the steps and put the observations where they belong. */
static void
lay_rows(const Build *build)
{
	GridSeries *series = build->series;
	bool grid = has_grid(&series->frequency);
	int64 previous = -1;

	series->length = grid ? grid_length(build) : build->count;
	series->values = MemoryContextAllocHuge(CurrentMemoryContext, series->length * sizeof(double));
	series->observed = MemoryContextAllocHuge(CurrentMemoryContext, series->length * sizeof(uint8));
	memset(series->observed, 0, series->length * sizeof(uint8));

	for (int64 row = 0; row < build->count; row++)
	{
		int64 step = grid ? step_of_row(build, row) : row;

		if (row % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		/* Both of two equal local times, where clocks are set back. */
		if (step <= previous)
			throw_off_grid(build, build->times[row]);
		previous = step;
		if (isnan(build->values[row]))
			continue;
		series->values[step] = build->values[row];
		series->observed[step] = 1;
	}
}

/* Raise the error of a step without an observation. */
static void
throw_missing(const Build *build, int64 step)
{
	const GridSeries *series = build->series;
	char *place;

	if (build->times == NULL)
		place = psprintf("in row " INT64_FORMAT, build->skipped + step + 1);
	else if (!has_grid(&series->frequency))
		place = psprintf("at %s", timestamptz_to_str(build->times[step]));
	else
		place = psprintf("at %s", timestamptz_to_str(
									  frequency_add(&series->frequency, series->first_time, step)));
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("observation%s %s is missing", series_place(build->label), place),
			 errhint("Set the option \"missing\" to \"linear\", \"previous\" or \"zero\" to fill "
					 "in missing steps.")));
}

/* Fill the steps between two observations. */
static void
fill_hole(GridSeries *series, int64 before, int64 after, MissingPolicy policy)
{
	double left = series->values[before];
	double right = series->values[after];
	double rise = right - left;

	for (int64 step = before + 1; step < after; step++)
	{
		double share = (double) (step - before) / (double) (after - before);

		if ((step - before) % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (policy == MISSING_ZERO)
			series->values[step] = 0.0;
		else if (policy == MISSING_PREVIOUS)
			series->values[step] = left;
		else if (isfinite(rise))
			series->values[step] = left + share * rise;
		else
			series->values[step] = (1.0 - share) * left + share * right;
	}
	series->missing += after - before - 1;
}

/* Fill all holes; the first and the last step are observations. */
static void
fill_missing(const Build *build, MissingPolicy policy)
{
	GridSeries *series = build->series;
	int64 before = 0;

	for (int64 step = 1; step < series->length; step++)
	{
		if (step % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (!series->observed[step])
			continue;
		if (step > before + 1)
		{
			if (policy == MISSING_ERROR)
				throw_missing(build, before + 1);
			fill_hole(series, before, step, policy);
		}
		before = step;
	}
}

/* Leave out the rows before the first and after the last observation. */
static void
trim_rows(Build *build)
{
	while (build->count > 0 && isnan(build->values[build->count - 1]))
		build->count--;
	while (build->count > 0 && isnan(build->values[0]))
	{
		if (build->times != NULL)
			build->times++;
		build->values++;
		if (build->skipped++ % POLL_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		build->count--;
	}
}

GridSeries *
series_build(const RowSet *rows, const char *label, const char *frequency_text,
			 const Frequency *fixed, MissingPolicy missing, DuplicatePolicy duplicates)
{
	OrderedRows ordered = series_order(rows, label, duplicates);
	Build build = {.label = label,
				   .fixed = fixed,
				   .times = ordered.times,
				   .values = ordered.values,
				   .count = ordered.count};
	GridSeries *series = palloc0(sizeof(GridSeries));

	build.series = series;
	series->rows = rows->count;
	series->duplicates = ordered.duplicates;
	trim_rows(&build);
	series->frequency = choose_frequency(&build, frequency_text);
	if (build.count > 0)
	{
		if (build.times != NULL)
		{
			series->first_time = build.times[0];
			series->last_time = build.times[build.count - 1];
		}
		lay_rows(&build);
		fill_missing(&build, missing);
		if (series->frequency.kind == FREQUENCY_IRREGULAR)
		{
			Size size = build.count * sizeof(TimestampTz);

			series->times = MemoryContextAllocHuge(CurrentMemoryContext, size);
			memcpy(series->times, build.times, size);
		}
	}
	if (ordered.memory != NULL)
		pfree(ordered.memory);
	return series;
}
