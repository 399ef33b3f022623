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

#define MEMORY_HINT "Give fewer series, or more rows of each: all that the networks read."

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
	if (!find_distance(join->kept, rows, model_steps_read(model), &distance) ||
		distance <= -join->kept->length)
		return false;
	before = join->kept->length - 1 + distance;
	join->front = Min(before, join->kept->length);
	join->hole = before - join->front;
	return before > 0 && (join->hole == 0 || model->options.missing != MISSING_ERROR);
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
join_series(const Join *join, MissingPolicy policy)
{
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
		series_fill_hole(values, join->front - 1, before, policy);
	if (join->hole > 0 || rows->observed != NULL)
	{
		joined->observed = huge_array(joined->length, 1, sizeof(uint8));
		memset(joined->observed, 1, joined->length);
		memset(joined->observed + join->front, 0, join->hole);
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
	Size step = sizeof(double) + sizeof(uint8) + sizeof(TimestampTz) +
				sizeof(float) * (Size) (rows->past + rows->future);

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
		panel->series[i] = join_series(&join, (MissingPolicy) model->options.missing);
		panel->missing += join.hole;
	}
	panel->bytes = account.held;
}
