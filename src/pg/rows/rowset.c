/*
 * rowset.c
 *	  Rows in the order of arrival: the state of the aggregates.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/scaling.h"
#include "base/memory.h"
#include "rows/rowset.h"
#include "base/interrupts.h"

#define FIRST_BYTES 128 /* of the widest array: a panel may have many series of few rows */

RowSet *
rowset_create(MemoryContext context, bool has_times, int covariate_count)
{
	RowSet *rows = MemoryContextAllocZero(context, sizeof(RowSet));

	rows->context = context;
	rows->has_times = has_times;
	rows->covariate_count = covariate_count;
	return rows;
}

Size
rowset_overhead(const RowSet *rows)
{
	Size arrays = 1 + (rows->covariate_count > 0) + rows->has_times;

	return GetMemoryChunkSpace(unconstify(RowSet *, rows)) + FIRST_BYTES + arrays * CHUNK_HEADER +
		   (rows->has_times ? sizeof(TimeRun) : 0);
}

/* An array for at least as many elements as before. */
static void *
resize_array(MemoryContext context, void *array, int64 capacity, Size width)
{
	Size size = (Size) capacity * width;

	return array == NULL ? MemoryContextAllocHuge(context, size) : repalloc_huge(array, size);
}

/* By doubling, so that the copying is a constant factor. */
void
rowset_reserve(RowSet *rows, int64 more)
{
	int64 needed = rows->count + more;
	Size widest = Max(sizeof(double), sizeof(float) * (Size) rows->covariate_count);
	int64 capacity = Max(rows->capacity, Max(1, (int64) (FIRST_BYTES / widest)));

	if (needed <= rows->capacity)
		return;
	while (capacity < needed)
		capacity *= 2;
	if ((Size) capacity > MaxAllocHugeSize / widest)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many rows")));
	rows->values = resize_array(rows->context, rows->values, capacity, sizeof(double));
	if (rows->covariate_count > 0)
		rows->covariates = resize_array(rows->context, rows->covariates, capacity,
										sizeof(float) * (Size) rows->covariate_count);
	rows->capacity = capacity;
}

char *
rowset_place(const RowSet *rows, const char *label, TimestampTz time, bool time_null)
{
	char *series = label == NULL ? "" : psprintf(" of series \"%s\"", label);

	if (rows->has_times && !time_null)
		return psprintf("%s at %s", series, timestamptz_to_str(time));
	return psprintf("%s in row " INT64_FORMAT, series, rows->count + 1);
}

void
rowset_append(RowSet *rows, const char *label, TimestampTz time, bool time_null, double value,
			  bool value_null, const float *covariates)
{
	if (rows->has_times && time_null)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 label == NULL
					 ? errmsg("timestamp in row " INT64_FORMAT " is null", rows->count + 1)
					 : errmsg("timestamp of series \"%s\" in row " INT64_FORMAT " is null", label,
							  rows->count + 1),
				 errhint("Leave out rows without a timestamp, with a WHERE or FILTER clause.")));
	if (rows->has_times && TIMESTAMP_NOT_FINITE(time))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 label == NULL
					 ? errmsg("timestamp in row " INT64_FORMAT " is infinite", rows->count + 1)
					 : errmsg("timestamp of series \"%s\" in row " INT64_FORMAT " is infinite",
							  label, rows->count + 1),
				 errhint("Leave out rows with an infinite timestamp, with isfinite() in a WHERE "
						 "or FILTER clause.")));
	if (!value_null && !isfinite(value))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("value%s is %s", rowset_place(rows, label, time, time_null),
							   isnan(value) ? "NaN" : "infinite"),
						errhint("Use NULL for a missing observation.")));
	if (!value_null && fabs(value) > LF_LARGEST_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value%s is too large", rowset_place(rows, label, time, time_null)),
				 errdetail("Values reach from %g to %g.", -LF_LARGEST_VALUE, LF_LARGEST_VALUE),
				 errhint("Use NULL for a missing observation, or divide all values.")));

	if (rows->count == rows->capacity)
		rowset_reserve(rows, 1);
	if (rows->has_times)
		timeline_append(&rows->timeline, rows->context, time);
	rows->values[rows->count] = value_null ? NAN : value;
	rows->nulls += value_null;
	for (int i = 0; i < rows->covariate_count; i++)
		rows->covariates[rows->count * rows->covariate_count + i] =
			covariates == NULL ? NAN : covariates[i];
	rows->count++;
}

void
rowset_append_all(RowSet *rows, const RowSet *source)
{
	Size width = sizeof(float) * (Size) rows->covariate_count;

	Assert(rows->has_times == source->has_times &&
		   rows->covariate_count == source->covariate_count);
	if (source->count == 0)
		return;
	rowset_reserve(rows, source->count);
	if (rows->has_times)
	{
		Times times = timeline_times(&source->timeline);

		timeline_append_all(&rows->timeline, rows->context, &times);
	}
	memcpy(rows->values + rows->count, source->values, source->count * sizeof(double));
	if (width > 0)
		memcpy(rows->covariates + rows->count * rows->covariate_count, source->covariates,
			   source->count * width);
	rows->nulls += source->nulls;
	rows->count += source->count;
}

void
rowset_widen(RowSet *rows, int old_past, int old_future, int past, int future)
{
	int old_width = old_past + old_future;
	int width = past + future;
	const float *old = rows->covariates;

	Assert(rows->covariate_count == old_width && width >= old_width);
	if (width == old_width)
		return;
	rows->covariate_count = width;
	rows->covariates = NULL;
	if (rows->capacity == 0)
		return;
	/* room for no more rows than there are: that of a panel of many series is many times as much */
	rows->capacity = rows->count;
	if ((Size) rows->capacity > MaxAllocHugeSize / sizeof(float) / (Size) width)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many rows")));
	rows->covariates =
		resize_array(rows->context, NULL, rows->capacity, sizeof(float) * (Size) width);
	for (int64 i = 0; i < rows->count; i++)
	{
		float *row = rows->covariates + i * width;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		for (int c = 0; c < width; c++)
			row[c] = NAN;
		if (old_past > 0)
			memcpy(row, old + i * old_width, old_past * sizeof(float));
		if (old_future > 0)
			memcpy(row + past, old + i * old_width + old_past, old_future * sizeof(float));
	}
	if (old != NULL)
		pfree(unconstify(float *, old));
}
