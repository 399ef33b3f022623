/*
 * series.c
 *	  From rows to a series on a grid of steps.
 *
 * Three passes: bring the rows in order, from the first observation to the last
 * (series_order.c), find the grid, and lay the rows on it and fill the holes. A
 * row with a NULL says that nothing was observed, so inside the series it is the
 * same as no row at all, except where the rows are the steps. After the last
 * observation rows bring nothing but covariates that are known ahead.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "time/calendar.h"
#include "time/frequency_infer.h"
#include "time/frequency_words.h"
#include "time/sparse_infer.h"
#include "time/step_counter.h"
#include "rows/off_grid.h"
#include "rows/series.h"
#include "rows/series_covariates.h"

/*
 * A grid may have this many steps, or this many a row, whichever is more: a
 * frequency of "1 second" for data by the day would otherwise fill memory with
 * interpolation. Inference never chooses such a grid.
 */
#define ALWAYS_ALLOWED_STEPS 10000

#define NO_STEP (-1)

/* What series_lay was called with, and what its parts hand on. */
typedef struct Build
{
	OrderedRows *rows;
	const SeriesLayout *layout;
	AheadRows ahead;
	StepCounter counter; /* of kinds that have a grid */
	GridSeries *series;
	double *values; /* the series' own; NULL: it has those of the rows */
	Fault *fault;
} Build;

TimestampTz
series_time(const GridSeries *series, int64 step)
{
	if (series->times != NULL)
		return series->times[step];
	if (frequency_has_grid(&series->frequency))
		return frequency_add(&series->frequency, series->first_time, step);
	return series->first_time;
}

/* A word such as "W-SUN" or "MS" says on which days the timestamps are: else that is a fault. */
static void
check_asked_day(const char *text, const Frequency *frequency, const Times *times, const char *label,
				Fault *fault)
{
	TimestampTz first;
	char *misfit;

	if (times->count == 0)
		return;
	first = times_at(times, 0);
	misfit = frequency_word_misfit(text, frequency, first);
	if (misfit == NULL)
		return;
	fault_set(fault, ERRCODE_DATA_EXCEPTION, "timestamp %s%s does not fit the frequency \"%s\"",
			  timestamptz_to_str(first), series_place(label), text);
	fault_add_detail(fault, "%s", misfit);
	fault_add_hint(fault, "Give the option \"frequency\" without the day, as \"weekly\" or "
						  "\"monthly\", to take it from the timestamps.");
}

Frequency
series_frequency(const OrderedRows *rows, const char *label, const PanelRequest *request,
				 const Frequency *fixed, Fault *fault)
{
	const char *zone = request->zone != NULL ? request->zone : calendar_session_zone();
	Times times = ordered_times(rows);
	Frequency frequency;

	if (!rows->has_times)
		return (Frequency){.kind = FREQUENCY_NONE};
	if (fixed != NULL)
	{
		/* Fresh data may have another time of day, or day of the month, than the model's. */
		frequency = *fixed;
		(void) frequency_anchor(&frequency, &times, zone,
								request->fixed == NULL || fixed->tolerance > 0 || fixed->month_any);
		return frequency;
	}
	if (request->steps != NULL)
		return frequency_of_list(request->steps, zone);
	if (request->frequency != NULL && frequency_parse(request->frequency, &times, zone, &frequency))
	{
		check_asked_day(request->frequency, &frequency, &times, label, fault);
		return frequency;
	}
	frequency = frequency_infer(&times, zone);
	if (frequency.kind == FREQUENCY_IRREGULAR && request->missing == MISSING_ZERO)
		(void) frequency_infer_sparse(&times, zone, &frequency);
	return frequency;
}

/*
 * The step of a row, which must lie on the grid, after the step of the row before:
 * two equal local times, where clocks are set back, are on the same. NO_STEP, and a fault, else.
 */
static int64
step_of_time(const Build *build, TimestampTz time, int64 previous)
{
	bool exact;
	int64 step = step_counter_step(&build->counter, time, &exact);

	if (exact && step > previous)
	{
		if (build->series->frequency.tolerance > 0)
		{
			int64 beside = time - step_counter_time(&build->counter, step);

			build->series->jitter = Max(build->series->jitter, llabs(beside));
		}
		return step;
	}
	off_grid_fault(build->series, build->layout, time, build->fault);
	return NO_STEP;
}

/* The number of steps of the grid. NO_STEP, and a fault, where it cannot be. */
static int64
grid_length(const Build *build)
{
	const Frequency *frequency = &build->series->frequency;
	const OrderedRows *rows = build->rows;
	bool exact;
	int64 length;

	if (!frequency_has_grid(frequency))
		return rows->count;
	/* Whatever the first row is, it is a step, unless it is a Sunday. */
	if (calendar_closed(frequency, build->series->first_time))
	{
		off_grid_fault(build->series, build->layout, build->series->first_time, build->fault);
		return NO_STEP;
	}
	length = 1 + step_counter_step(&build->counter, build->series->last_time, &exact);
	if (length <= ALWAYS_ALLOWED_STEPS || length / ALLOWED_STEPS_A_ROW <= rows->count)
		return length;
	off_grid_disproportion(build->series, build->layout, build->rows->count, length, build->fault);
	return NO_STEP;
}

/* Does every step have a value of the rows? */
static bool
has_all_steps(const Build *build)
{
	return build->series->length == build->rows->count && build->rows->nulls == 0;
}

/* Hold what the steps take, at least, beside what there is already to the setting. */
static void
check_grid_memory(const Build *build)
{
	Size step = sizeof(float) * (Size) build->rows->covariate_count;

	if (!has_all_steps(build))
		step += sizeof(double) + sizeof(uint8);
	if (build->series->frequency.kind == FREQUENCY_IRREGULAR)
		step += sizeof(TimestampTz);
	check_memory_limit(add_size(build->layout->held, mul_size(step, build->series->length)),
					   "laying out rows", SERIES_MEMORY_HINT);
}

/* Put rows, and their covariates, onto steps that lie `stride` apart. */
static void
place_rows(const Build *build, int64 row, int64 count, int64 step, int64 stride)
{
	const OrderedRows *rows = build->rows;
	GridSeries *series = build->series;
	int width = rows->covariate_count;

	for (int64 i = 0; width > 0 && i < count; i++)
		memcpy(series->covariates + (step + i * stride) * width,
			   rows->covariates + (row + i) * width, sizeof(float) * width);
	if (build->values == NULL)
		return;
	for (int64 i = 0; i < count; i++)
	{
		double value = rows->values[row + i];

		/* a NULL is filled later */
		build->values[step + i * stride] = value;
		series->observed[step + i * stride] = !isnan(value);
	}
}

/* Rows without a grid are the steps. */
static void
place_steps(const Build *build)
{
	for (int64 row = 0; row < build->rows->count; row += INTERRUPT_ROWS)
	{
		check_interrupts();
		place_rows(build, row, Min(INTERRUPT_ROWS, build->rows->count - row), row, 1);
	}
}

/* Find the step of every row, and put the row there. False where one has none. */
static bool
place_on_grid(const Build *build)
{
	Times times = ordered_times(build->rows);
	TimeCursor cursor = times_begin(&times);
	TimeSegment segment;
	int64 previous = -1;
	int64 row = 0;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
	{
		int64 stride = step_counter_stride(&build->counter, &segment);

		if (stride > 0)
		{
			int64 step = step_of_time(build, segment.first, previous);

			if (step == NO_STEP)
				return false;
			place_rows(build, row, segment.count, step, stride);
			previous = step + stride * (segment.count - 1);
		}
		for (int64 i = 0; stride == 0 && i < segment.count; i++)
		{
			previous = step_of_time(build, segment.first + i * segment.step, previous);
			if (previous == NO_STEP)
				return false;
			place_rows(build, row + i, 1, previous, 0);
		}
		row += segment.count;
	}
	return true;
}

/*
 * Take the rows' own values where every step has one, else allocate the steps; and put
 * the observations and their covariates where they belong. False where one belongs nowhere.
 */
static bool
lay_rows(Build *build)
{
	OrderedRows *rows = build->rows;
	GridSeries *series = build->series;

	if (has_all_steps(build))
		series->values = rows->values;
	else
	{
		series->values = build->values =
			MemoryContextAllocHuge(CurrentMemoryContext, series->length * sizeof(double));
		series->observed =
			MemoryContextAllocHuge(CurrentMemoryContext, series->length * sizeof(uint8));
		memset(series->observed, 0, series->length * sizeof(uint8));
	}
	if (!frequency_has_grid(&series->frequency))
		place_steps(build);
	else if (!place_on_grid(build))
		return false;
	if (build->values == NULL)
		rows->value_memory = NULL;
	return true;
}

/* The time of a row ahead, counted from 0. */
static TimestampTz
time_ahead(const AheadRows *ahead, int64 k)
{
	return times_at(&ahead->rows->times, ahead->first + k);
}

/* Its future covariates. */
static const float *
covariates_ahead(const AheadRows *ahead, int64 k)
{
	return ahead->rows->covariates + (ahead->first + k) * ahead->rows->covariate_count +
		   ahead->column;
}

/*
 * The number of rows right after the last observation that follow one another and
 * know all future covariates. Rows after a hole may serve later, when it is filled. NO_STEP, and
 * a fault, where one lies off the grid.
 */
static int64
rows_known_ahead(const Build *build)
{
	const AheadRows *ahead = &build->ahead;
	int64 last = build->series->length - 1;

	if (build->layout->future == 0)
		return 0;
	for (int64 k = 0; k < ahead->count; k++)
	{
		const float *covariates = covariates_ahead(ahead, k);
		int64 step = last + k + 1;

		if (k % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (frequency_has_grid(&build->series->frequency))
			step = step_of_time(build, time_ahead(ahead, k), last + k);
		if (step == NO_STEP)
			return NO_STEP;
		if (step != last + k + 1)
			return k;
		for (int c = 0; c < build->layout->future; c++)
			if (isnan(covariates[c]))
				return k;
	}
	return ahead->count;
}

/*
 * Allocate the covariates, none of them known yet, but for those ahead of the last observation.
 * False where these lie off the grid.
 */
static bool
allocate_covariates(const Build *build)
{
	const OrderedRows *rows = build->rows;
	GridSeries *series = build->series;
	int64 width = rows->covariate_count;
	int64 ahead = rows_known_ahead(build);

	series->covered = series->length + ahead;
	if (ahead == NO_STEP || width == 0)
		return ahead != NO_STEP;
	series->covariates =
		MemoryContextAllocHuge(CurrentMemoryContext, series->covered * width * sizeof(float));
	for (int64 step = 0; step < series->covered; step++)
	{
		float *covariates = series->covariates + step * width;

		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		for (int c = 0; c < width; c++)
			covariates[c] = step < series->length ? NAN : 0.0f;
		if (step >= series->length)
			memcpy(covariates + series->past,
				   covariates_ahead(&build->ahead, step - series->length),
				   sizeof(float) * series->future);
	}
	return true;
}

/* "at 2024-01-01 00:00:00+00", "in row 5": where a step is. */
static char *
step_place(const Build *build, int64 step)
{
	const GridSeries *series = build->series;

	if (!build->rows->has_times)
		return psprintf("in row " INT64_FORMAT, build->rows->skipped + step + 1);
	if (!frequency_has_grid(&series->frequency))
		return psprintf("at %s", timestamptz_to_str(times_at(&build->rows->times, step)));
	return psprintf(
		"at %s", timestamptz_to_str(frequency_add(&series->frequency, series->first_time, step)));
}

/* The fault of a step without an observation, or without one of its covariates. */
static void
set_missing(const Build *build, int64 step, const char *what)
{
	fault_set(build->fault, ERRCODE_DATA_EXCEPTION, "%s%s %s is missing", what,
			  series_place(build->layout->label), step_place(build, step));
	fault_add_hint(build->fault, "Set the option \"missing\" to \"linear\", \"previous\" or "
								 "\"zero\" to fill in missing steps.");
}

void
series_fill_hole(double *values, int64 before, int64 after, MissingPolicy policy)
{
	double left = values[before];
	double right = values[after];
	double rise = right - left;

	for (int64 step = before + 1; step < after; step++)
	{
		double share = (double) (step - before) / (double) (after - before);

		if ((step - before) % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (policy == MISSING_ZERO)
			values[step] = 0.0;
		else if (policy == MISSING_PREVIOUS)
			values[step] = left;
		else if (isfinite(rise))
			values[step] = left + share * rise;
		else
			values[step] = (1.0 - share) * left + share * right;
	}
}

/* Fill all holes; the first and the last step are observations. False where none may be. */
static bool
fill_missing(const Build *build, MissingPolicy policy)
{
	GridSeries *series = build->series;
	int64 before = 0;

	if (build->values == NULL)
		return true;
	for (int64 step = 1; step < series->length; step++)
	{
		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!series->observed[step])
			continue;
		if (step > before + 1)
		{
			if (policy == MISSING_ERROR)
			{
				set_missing(build, before + 1, "observation");
				return false;
			}
			series_fill_hole(build->values, before, step, policy);
			if (policy == MISSING_ZERO)
				memset(series->observed + before + 1, 1, step - before - 1);
			series->missing += step - before - 1;
		}
		before = step;
	}
	return true;
}

/* Fill the covariates likewise. */
static bool
fill_covariates(const Build *build, MissingPolicy policy)
{
	int past = build->layout->past;
	int64 step;
	int number;

	if (covariates_fill(build->series, policy, &step, &number))
		return true;
	set_missing(build, step,
				number < past ? psprintf("past covariate %d", number + 1)
							  : psprintf("future covariate %d", number - past + 1));
	return false;
}

/* The timestamps of an irregular series, as far as it is covered. */
static TimestampTz *
copy_times(const Build *build)
{
	int64 length = build->series->length;
	int64 covered = build->series->covered;
	TimestampTz *times =
		MemoryContextAllocHuge(CurrentMemoryContext, covered * sizeof(TimestampTz));
	Times own = ordered_times(build->rows);
	TimeCursor cursor = times_begin(&own);
	TimeSegment segment;
	int64 step = 0;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
			times[step++] = segment.first + i * segment.step;
	for (; step < covered; step++)
	{
		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		times[step] = time_ahead(&build->ahead, step - length);
	}
	return times;
}

/* Free a series that came to nothing. */
static void
discard(Build *build)
{
	GridSeries *series = build->series;

	if (build->values != NULL)
		pfree(build->values);
	if (series->observed != NULL)
		pfree(series->observed);
	if (series->covariates != NULL)
		pfree(series->covariates);
	pfree(series);
}

/* Lay the rows of a series that has some. False, with the fault, where that cannot be. */
static bool
lay(Build *build)
{
	GridSeries *series = build->series;
	const SeriesLayout *layout = build->layout;

	if (frequency_has_grid(&series->frequency))
		build->counter = step_counter(&series->frequency, series->first_time);
	series->length = grid_length(build);
	if (series->length == NO_STEP)
		return false;
	check_grid_memory(build);
	return allocate_covariates(build) && lay_rows(build) && fill_missing(build, layout->missing) &&
		   fill_covariates(build, layout->missing);
}

GridSeries *
series_lay(OrderedRows *rows, const SeriesLayout *layout, Fault *fault)
{
	GridSeries *series = palloc0(sizeof(GridSeries));
	Build build = {.rows = rows, .layout = layout, .series = series, .fault = fault};

	series->label = layout->label;
	series->rows = rows->rows;
	series->duplicates = rows->duplicates;
	series->frequency = layout->frequency;
	series->past = layout->past;
	series->future = layout->future;
	series->categories = layout->categories;
	if (rows->count == 0)
		return series;
	if (rows->has_times)
	{
		series->first_time = frequency_nearest(&series->frequency, times_at(&rows->times, 0));
		series->last_time =
			frequency_nearest(&series->frequency, times_at(&rows->times, rows->count - 1));
	}
	build.ahead =
		layout->ahead != NULL
			? *layout->ahead
			: (AheadRows){
				  .rows = rows, .first = rows->count, .count = rows->tail, .column = layout->past};
	if (!lay(&build))
	{
		discard(&build);
		return NULL;
	}
	if (series->frequency.kind == FREQUENCY_IRREGULAR)
		series->times = copy_times(&build);
	return series;
}
