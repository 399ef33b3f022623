/*
 * statics.c
 *	  What is the same in all rows of a series.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "rows/statics.h"

void
statics_join(SourceColumns *columns)
{
	int count = columns->future_count;
	char **names;

	if (columns->static_count == 0)
		return;
	names = palloc(sizeof(char *) * (count + columns->static_count));
	for (int i = 0; i < count; i++)
		names[i] = columns->future[i];
	for (int i = 0; i < columns->static_count; i++)
		names[count + i] = columns->statics[i];
	columns->future = names;
	columns->future_count = count + columns->static_count;
}

/* A value in a message. */
static char *
shown(const PanelRows *rows, int number, float value)
{
	const char *word;

	if (!is_category(rows->categories, number))
		return psprintf("%g", value);
	word = vocabulary_word(rows->categories[number], value);
	return word == NULL ? pstrdup("another one") : psprintf("\"%s\"", word);
}

void
statics_check(PanelRows *rows, const SourceColumns *columns, const char *label, float *covariates,
			  Fault *fault)
{
	int width = rows->past + rows->future;
	const RowSet *set = panel_rows_series(rows, label);
	const float *before;

	if (set->count == 0)
		return;
	before = set->covariates + (set->count - 1) * width;
	for (int c = width - rows->statics; c < width && fault->code == 0; c++)
	{
		if (isnan(covariates[c]))
			covariates[c] = before[c];
		if (isnan(before[c]) || covariates[c] == before[c])
			continue;
		fault_set(fault, ERRCODE_DATA_EXCEPTION, "static column \"%s\"%s changes",
				  columns->future[c - columns->past_count], series_place(label));
		fault_add_detail(fault, "It is %s in one row and %s in another.", shown(rows, c, before[c]),
						 shown(rows, c, covariates[c]));
		fault_add_hint(fault, "What changes in time belongs into \"future_columns\" or "
							  "\"past_columns\".");
	}
}

void
statics_complete(PanelRows *rows)
{
	int width = panel_rows_past(rows) + panel_rows_future(rows);

	for (int64 i = 0; i < rows->series_count && rows->statics > 0; i++)
	{
		RowSet *set = rows->series[i];
		const float *last;

		if (set->count == 0)
			continue;
		last = set->covariates + (set->count - 1) * width;
		for (int64 row = 0; row < set->count; row++)
		{
			if (row % INTERRUPT_ROWS == 0)
				check_interrupts();
			for (int c = width - rows->statics; c < width; c++)
				set->covariates[row * width + c] = last[c];
		}
	}
}
