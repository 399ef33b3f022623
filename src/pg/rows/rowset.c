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
series_place(const char *label)
{
	return label == NULL ? "" : psprintf(" of series \"%s\"", label);
}

/* " of series "a" in row 5": where a row stands that has no timestamp to tell it by. */
static char *
numbered_place(const RowSet *rows, const char *label)
{
	return psprintf("%s in row " INT64_FORMAT, series_place(label), rows->count + 1);
}

char *
rowset_place(const RowSet *rows, const char *label, TimestampTz time, bool time_null)
{
	if (rows->has_times && !time_null)
		return psprintf("%s at %s", series_place(label), timestamptz_to_str(time));
	return numbered_place(rows, label);
}

/* What is wrong with a row; true where something is. */
static bool
find_fault(const RowSet *rows, const char *label, TimestampTz time, bool time_null, double value,
		   bool value_null, Fault *fault)
{
	if (rows->has_times && time_null)
	{
		fault_set(fault, ERRCODE_NULL_VALUE_NOT_ALLOWED, "timestamp%s is null",
				  numbered_place(rows, label));
		fault_add_hint(fault, "Leave out rows without a timestamp, with a WHERE or FILTER clause.");
	}
	else if (rows->has_times && TIMESTAMP_NOT_FINITE(time))
	{
		fault_set(fault, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "timestamp%s is infinite",
				  numbered_place(rows, label));
		fault_add_hint(fault, "Leave out rows with an infinite timestamp, with isfinite() in a "
							  "WHERE or FILTER clause.");
	}
	else if (!value_null && !isfinite(value))
	{
		fault_set(fault, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "value%s is %s",
				  rowset_place(rows, label, time, time_null), isnan(value) ? "NaN" : "infinite");
		fault_add_hint(fault, "Use NULL for a missing observation.");
	}
	else if (!value_null && fabs(value) > LF_LARGEST_VALUE)
	{
		fault_set(fault, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "value%s is too large",
				  rowset_place(rows, label, time, time_null));
		fault_add_detail(fault, "Values reach from %g to %g.", -LF_LARGEST_VALUE, LF_LARGEST_VALUE);
		fault_add_hint(fault, "Use NULL for a missing observation, or divide all values.");
	}
	else
		return false;
	return true;
}

void
rowset_take_fault(RowSet *rows, const Fault *fault)
{
	MemoryContext caller;

	if (!rows->keeps_fault)
		fault_throw(fault);
	if (rows->fault != NULL)
		return;
	caller = MemoryContextSwitchTo(rows->context);
	rows->fault = palloc(sizeof(Fault));
	*rows->fault = fault_copy(fault);
	MemoryContextSwitchTo(caller);
}

void
rowset_append(RowSet *rows, const char *label, TimestampTz time, bool time_null, double value,
			  bool value_null, const float *covariates)
{
	Fault fault;

	if (find_fault(rows, label, time, time_null, value, value_null, &fault))
		rowset_take_fault(rows, &fault);
	if (rows->fault != NULL)
		return;
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
