/*
 * completion.c
 *	  Fresh rows, completed by the steps that the model keeps.
 *
 * Whoever forecasts from today's rows alone has told all that is new: the rest is in the model.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "storage/shmem.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "rows/series_covariates.h"
#include "forecast/completion.h"
#include "forecast/history.h"

#define MEMORY_HINT "Forecast fewer series in one call, or have the setting raised."

/* What comes before the rows of a series. */
typedef struct Join
{
	const ModelSeries *kept;
	const GridSeries *rows;
	int64 front; /* steps of the model, its first ones */
	int64 hole;  /* steps after these that neither has */
} Join;

/*
 * Steps from the model's last row to the first fresh one, where rows are steps: none is known to
 * be between them. False where they do not join.
 */
static bool
irregular_distance(const ModelSeries *kept, const GridSeries *rows, int64 most, int64 *distance)
{
	int64 common = 0;
	int64 gap;

	while (common < rows->length && rows->times[common] <= kept->last_time)
	{
		if (common % INTERRUPT_ROWS == 0)
			check_interrupts();
		common++;
	}
	*distance = 1 - common;
	if (common > 0)
		return rows->times[common - 1] == kept->last_time;
	return !pg_sub_s64_overflow(rows->first_time, kept->last_time, &gap) &&
		   gap / Max(kept->frequency.count, 1) <= most;
}

/* Steps from the model's last one to the first fresh one. False where they do not join. */
static bool
find_distance(const ModelSeries *kept, const GridSeries *rows, int64 most, int64 *distance)
{
	bool exact;

	/* rows that have timestamps may come to a model without any */
	if (kept->frequency.kind == FREQUENCY_NONE)
		return false;
	if (rows->frequency.kind == FREQUENCY_IRREGULAR)
		return irregular_distance(kept, rows, most, distance);
	*distance = frequency_distance(&kept->frequency, kept->last_time, &rows->frequency,
								   rows->first_time, &exact);
	return exact && *distance - 1 <= most;
}

/* The longest hole that is filled: beyond what networks read of the past nothing is known. */
static int64
most_hole(const Model *model)
{
	return model->member_count > 0 ? model_longest_lookback(model) : model_steps_read(model);
}

/* Find out what comes before rows. False where that is nothing. */
static bool
find_join(const Model *model, const GridSeries *rows, Join *join)
{
	int64 number = history_find(model, rows->label);
	int64 distance;
	int64 before;

	if (number < 0)
		return false;
	join->kept = &model->series[number];
	join->rows = rows;
	if (!find_distance(join->kept, rows, most_hole(model), &distance) ||
		distance <= -join->kept->length)
		return false;
	before = join->kept->length - 1 + distance;
	join->front = Min(before, join->kept->length);
	join->hole = before - join->front;
	return before > 0 && (join->hole == 0 || model->options.missing != MISSING_ERROR);
}

/* How far each step of a season lies from the mean of all, in the last whole seasons of so many
 * values; NULL where there is none. The first value is that of step 0. */
static double *
season_pattern(const double *values, int64 count, int season)
{
	int64 whole = season > 1 ? count / season * season : 0;
	double *pattern;
	double mean = 0;

	if (whole == 0)
		return NULL;
	pattern = palloc0(sizeof(double) * season);
	for (int64 i = count - whole; i < count; i++)
	{
		pattern[i % season] += values[i] / (double) (whole / season);
		mean += values[i] / (double) whole;
	}
	for (int i = 0; i < season; i++)
		pattern[i] -= mean;
	return pattern;
}

/*
 * Fill the hole between the model's steps and the rows: by the policy, but where that is a line,
 * along the season. A line through a fortnight hides from networks what they know of weeks: days
 * of the week were forecast five times worse by it than from the rows alone. No step is outside of
 * the range of those around the hole.
 */
static void
fill_hole(double *values, const Join *join, int season, MissingPolicy policy)
{
	int64 left = join->front - 1;
	int64 right = join->front + join->hole;
	double ends[2] = {values[left], values[right]};
	double least = ends[1];
	double most = ends[1];
	double *pattern = policy == MISSING_LINEAR ? season_pattern(values, join->front, season) : NULL;

	if (pattern == NULL)
	{
		series_fill_hole(values, left, right, policy);
		return;
	}
	for (int64 i = 0; i <= left; i++)
	{
		least = Min(least, values[i]);
		most = Max(most, values[i]);
	}
	values[left] -= pattern[left % season];
	values[right] -= pattern[right % season];
	series_fill_hole(values, left, right, policy);
	for (int64 i = left + 1; i < right; i++)
		values[i] = Max(least, Min(values[i] + pattern[i % season], most));
	values[left] = ends[0];
	values[right] = ends[1];
	pfree(pattern);
}

/* The covariates of the model's steps, of the hole as far as they were known ahead, and of the
 * rows. */
static void
join_covariates(const Join *join, GridSeries *joined, MissingPolicy policy)
{
	const GridSeries *rows = join->rows;
	int width = rows->past + rows->future;
	int64 ahead = Min(joined->before, join->kept->covered);
	int64 step;
	int number;

	joined->covariates = huge_array(joined->covered, width, sizeof(float));
	memcpy(joined->covariates, join->kept->covariates, sizeof(float) * width * ahead);
	for (step = join->front; step < joined->before; step++)
		for (int c = 0; c < width; c++)
			if (c < rows->past || step >= ahead)
				joined->covariates[step * width + c] = NAN;
	memcpy(joined->covariates + joined->before * width, rows->covariates,
		   sizeof(float) * width * rows->covered);
	/* under MISSING_ERROR there is no hole to fill */
	(void) covariates_fill(joined, policy, &step, &number);
}

/* The times of steps that are rows: the model's at the median gap before its last one. */
static void
join_times(const Join *join, GridSeries *joined)
{
	const ModelSeries *kept = join->kept;

	joined->times = huge_array(joined->covered, 1, sizeof(TimestampTz));
	for (int64 step = 0; step < joined->before; step++)
		joined->times[step] =
			frequency_add(&kept->frequency, kept->last_time, step + 1 - kept->length);
	memcpy(joined->times + joined->before, join->rows->times,
		   sizeof(TimestampTz) * join->rows->covered);
}

static GridSeries *
join_series(const Join *join, const Model *model)
{
	MissingPolicy policy = (MissingPolicy) model->options.missing;
	const GridSeries *rows = join->rows;
	GridSeries *joined = palloc(sizeof(GridSeries));
	int64 before = join->front + join->hole;
	double *values = huge_array(before + rows->length, 1, sizeof(double));

	*joined = *rows;
	joined->before = before;
	joined->length += before;
	joined->covered += before;
	joined->missing += join->hole;
	joined->values = values;
	memcpy(values, join->kept->history, sizeof(double) * join->front);
	memcpy(values + before, rows->values, sizeof(double) * rows->length);
	if (join->hole > 0)
		fill_hole(values, join, model->season, policy);
	if (join->hole > 0 || rows->observed != NULL)
	{
		joined->observed = huge_array(joined->length, 1, sizeof(uint8));
		memset(joined->observed, 1, joined->length);
		/* where absence means zero, it is an observation */
		memset(joined->observed + join->front, policy == MISSING_ZERO, join->hole);
		if (rows->observed != NULL)
			memcpy(joined->observed + before, rows->observed, rows->length);
	}
	if (rows->covariates != NULL)
		join_covariates(join, joined, policy);
	if (rows->times != NULL)
		join_times(join, joined);
	joined->first_time = rows->times != NULL
							 ? joined->times[0]
							 : frequency_add(&rows->frequency, rows->first_time, -before);
	return joined;
}

/* Bytes of a joined series, at most. */
static Size
join_bytes(const Join *join)
{
	const GridSeries *rows = join->rows;
	Size step = sizeof(double) + sizeof(uint8) + sizeof(float) * (Size) (rows->past + rows->future);

	if (rows->times != NULL)
		step += sizeof(TimestampTz);
	return add_size(sizeof(GridSeries), mul_size(step, join->front + join->hole + rows->covered));
}

void
completion_join(const Model *model, Panel *panel, int64 enough)
{
	MemoryAccount account = {.held = panel->bytes, .what = "laying out rows", .hint = MEMORY_HINT};

	for (int64 i = 0; i < panel->count; i++)
	{
		Join join;

		check_interrupts();
		if (panel->series[i]->length >= enough || !find_join(model, panel->series[i], &join))
			continue;
		account_take(&account, join_bytes(&join));
		panel->series[i] = join_series(&join, model);
		panel->missing += join.hole;
	}
	panel->bytes = account.held;
}
