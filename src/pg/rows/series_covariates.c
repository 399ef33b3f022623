/*
 * series_covariates.c
 *	  Fills the holes of a series' covariates.
 *
 * Covariates are laid on the grid together with the values; steps without a row
 * and NULLs are NaN. Covariates that are known ahead are filled as values are, and
 * what was known first holds before it, too; but a category holds until there is another. Those
 * that are known only up to now are filled by what was known before: a forecast at that moment had
 * no more.
 */
#include "postgres.h"

#include <math.h>

#include "rows/series_covariates.h"
#include "base/interrupts.h"

/* One covariate of a series, a float every `stride`. */
typedef struct Column
{
	float *values;
	int64 stride;
	int64 length;  /* steps to fill */
	bool causal;   /* only from what was known before */
	bool category; /* there is neither a zero nor a mean of it */
	bool fixed;    /* the same at all steps: where it is not known it never is */
} Column;

static float *
column_at(const Column *column, int64 step)
{
	return column->values + step * column->stride;
}

/* Fill the steps between two known ones; before is -1, after the length, where there is none. */
static void
fill_column_hole(const Column *column, int64 before, int64 after, MissingPolicy missing)
{
	bool has_left = before >= 0;
	bool has_right = after < column->length;
	double left = 0.0;
	double right = 0.0;

	if (column->category || column->fixed)
		missing = MISSING_PREVIOUS;
	if (!has_left && (column->causal || !has_right) && missing != MISSING_ZERO)
		return; /* not known yet, or never: it stays NaN */
	if (missing != MISSING_ZERO)
	{
		left = has_left ? *column_at(column, before) : *column_at(column, after);
		right = has_right && missing == MISSING_LINEAR && !column->causal
					? *column_at(column, after)
					: left;
	}
	for (int64 step = before + 1; step < after; step++)
	{
		double share = (double) (step - before) / (double) (after - before);

		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		*column_at(column, step) = (float) (left + share * (right - left));
	}
}

/* Fill one covariate. Returns the first hole under MISSING_ERROR, else -1. */
static int64
fill_column(const Column *column, MissingPolicy missing)
{
	int64 before = -1;

	for (int64 step = 0; step <= column->length; step++)
	{
		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (step < column->length && isnan(*column_at(column, step)))
			continue;
		if (step > before + 1)
		{
			if (missing == MISSING_ERROR && !column->fixed)
				return before + 1;
			fill_column_hole(column, before, step, missing);
		}
		before = step;
	}
	return -1;
}

bool
covariates_fill(GridSeries *series, MissingPolicy missing, int64 *step, int *number)
{
	int width = series->past + series->future;

	for (int c = 0; c < width; c++)
	{
		Column column = {.values = series->covariates + c,
						 .stride = width,
						 .causal = c < series->past,
						 .category = is_category(series->categories, c),
						 .fixed = c >= width - series->statics,
						 .length = c < series->past ? series->length : series->covered};

		*number = c;
		*step = fill_column(&column, missing);
		if (*step >= 0)
			return false;
	}
	return true;
}
