/*
 * chart_rows.c
 *	  Rows of a chart as they come, and in the order in which they are drawn.
 */
#include "postgres.h"

#include <math.h>

#include "utils/timestamp.h"

#include "core/lstm.h"
#include "base/interrupts.h"
#include "base/sorting.h"
#include "chart/chart_rows.h"

#define FIRST_ROWS 64

ChartRows *
chart_rows_create(MemoryContext context)
{
	ChartRows *rows = MemoryContextAllocZero(context, sizeof(ChartRows));

	rows->context = context;
	rows->account = (MemoryAccount){
		.what = "drawing a chart",
		.hint = "Give fewer rows, with a WHERE clause, or have the setting raised."};
	rows->labels = panel_rows_create(context, false, 0, 0);
	return rows;
}

/* " of series "a" at 2024-01-01", where a row stands. */
static char *
row_place(const ChartRow *row)
{
	return psprintf("%s at %s", series_place(row->label), timestamptz_to_str(row->time));
}

void
chart_row_check(const ChartRow *row, const char *name, double value)
{
	if (fabs(value) <= LF_LARGEST_VALUE)
		return;
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("%s%s is %s", name, row_place(row),
						   isnan(value)   ? "NaN"
						   : isinf(value) ? "infinite"
										  : "too large"),
					errhint("Use NULL for what is not known.")));
}

/* Room for one more row. */
static void
reserve(ChartRows *rows)
{
	int64 capacity = rows->rows == NULL ? FIRST_ROWS : 2 * rows->capacity;

	if (rows->count < rows->capacity)
		return;
	/* the old rows go once they have been copied */
	account_take(&rows->account, sizeof(ChartRow) * (Size) capacity);
	if (rows->rows == NULL)
		rows->rows = MemoryContextAllocHuge(rows->context, sizeof(ChartRow) * (Size) capacity);
	else
	{
		rows->rows = repalloc_huge(rows->rows, sizeof(ChartRow) * (Size) capacity);
		account_give(&rows->account, sizeof(ChartRow) * (Size) rows->capacity);
	}
	rows->capacity = capacity;
}

/* The edges of a row's bands, kept. */
static double *
keep_edges(ChartRows *rows, const ChartRow *row, double *edges, int count)
{
	double *kept;

	if (count == 0)
		return NULL;
	if (rows->edges == 0)
		rows->edges = count;
	if (count != rows->edges)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"quantiles\"%s has %d elements, but %d in other rows",
							   row_place(row), count, rows->edges),
						errhint("Give the same quantiles in every row, or NULL.")));
	qsort(edges, count, sizeof(double), compare_doubles);
	account_take(&rows->account, sizeof(double) * count + CHUNK_HEADER);
	kept = MemoryContextAlloc(rows->context, sizeof(double) * count);
	memcpy(kept, edges, sizeof(double) * count);
	return kept;
}

void
chart_rows_append(ChartRows *rows, const ChartRow *row, double *edges, int count)
{
	check_interrupts();
	if (TIMESTAMP_NOT_FINITE(row->time))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("timestamp%s is infinite", series_place(row->label)),
						errhint("Leave out rows with an infinite timestamp, with isfinite() in a "
								"WHERE or FILTER clause.")));
	reserve(rows);
	rows->rows[rows->count] = *row;
	rows->rows[rows->count].edges = keep_edges(rows, row, edges, count);
	rows->count++;
}

/* By series and time; pointers into one array tell the order of arrival. */
static int
compare_rows(const void *a, const void *b)
{
	const ChartRow *left = *(const ChartRow *const *) a;
	const ChartRow *right = *(const ChartRow *const *) b;

	check_interrupts();
	if (left->label != right->label)
		return compare_series_labels(left->label, right->label);
	if (left->time != right->time)
		return left->time < right->time ? -1 : 1;
	return left < right ? -1 : left > right;
}

const ChartRow **
chart_rows_sorted(const ChartRows *rows)
{
	const ChartRow **sorted = (const ChartRow **) huge_array(rows->count, 1, sizeof(ChartRow *));

	for (int64 i = 0; i < rows->count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		sorted[i] = &rows->rows[i];
	}
	qsort(sorted, rows->count, sizeof(ChartRow *), compare_rows);
	return sorted;
}
