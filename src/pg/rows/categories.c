/*
 * categories.c
 *	  The codes of categories in rows that were read to learn from.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "rows/categories.h"

/* Give one covariate of all rows its new codes. */
static void
recode(PanelRows *rows, int number, const float *codes)
{
	for (int64 i = 0; i < rows->series_count; i++)
	{
		RowSet *set = rows->series[i];
		float *code = set->covariates + number;

		for (int64 row = 0; row < set->count; row++, code += set->covariate_count)
		{
			if (row % INTERRUPT_ROWS == 0)
				check_interrupts();
			if (!isnan(*code))
				*code = codes[(int) *code];
		}
	}
}

/* Each word is one input of a network: no more of them than there may be numbers. */
static void
check_words(const PanelRows *rows)
{
	int width = panel_rows_past(rows) + panel_rows_future(rows);
	int inputs = 0;

	for (int i = 0; i < width; i++)
		inputs += is_category(rows->categories, i) ? rows->categories[i]->count : 1;
	if (inputs > MOST_COVARIATES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("too many categories"),
						errdetail("The covariates have %d categories and numbers, and may have %d.",
								  inputs, MOST_COVARIATES),
						errhint("Give fewer columns, or such with fewer different words.")));
}

void
categories_close(PanelRows *rows)
{
	int past = panel_rows_past(rows);

	for (int i = 0; rows->categories != NULL && i < past + panel_rows_future(rows); i++)
	{
		float *codes;

		if (!is_category(rows->categories, i) || !rows->categories[i]->open)
			continue;
		codes = vocabulary_close(rows->categories[i]);
		recode(rows, i, codes);
		if (rows->ahead != NULL && i >= past)
			recode(rows->ahead, i - past, codes);
		pfree(codes);
	}
	check_words(rows);
}
