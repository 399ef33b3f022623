/*
 * rowset.c
 *	  Rows in the order of arrival: the state of the aggregates.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "series.h"

#define FIRST_CAPACITY 64

RowSet *
rowset_create(MemoryContext context, bool has_times)
{
	RowSet *rows = MemoryContextAllocZero(context, sizeof(RowSet));

	rows->context = context;
	rows->has_times = has_times;
	rows->sorted = true;
	return rows;
}

/* An array for at least as many elements as before. */
static void *
resize_array(MemoryContext context, void *array, int64 capacity, Size width)
{
	Size size = (Size) capacity * width;

	return array == NULL ? MemoryContextAllocHuge(context, size) : repalloc_huge(array, size);
}

/*
 * Make room for more rows, by doubling, so that the copying is a constant
 * factor. The counts stay right if memory runs out half way.
 */
static void
rowset_reserve(RowSet *rows, int64 more)
{
	int64 needed = rows->count + more;
	int64 capacity = Max(rows->capacity, FIRST_CAPACITY);

	if (needed <= rows->capacity)
		return;
	while (capacity < needed)
		capacity *= 2;
	if ((Size) capacity > MaxAllocHugeSize / sizeof(double))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many rows")));
	rows->values = resize_array(rows->context, rows->values, capacity, sizeof(double));
	if (rows->has_times)
		rows->times = resize_array(rows->context, rows->times, capacity, sizeof(TimestampTz));
	rows->capacity = capacity;
}

/* " of series "a" at 2024-01-01 00:00:00+00", " in row 5": to follow a noun in a message. */
static char *
row_place(const RowSet *rows, const char *label, TimestampTz time)
{
	char *series = label == NULL ? "" : psprintf(" of series \"%s\"", label);

	if (rows->has_times)
		return psprintf("%s at %s", series, timestamptz_to_str(time));
	return psprintf("%s in row " INT64_FORMAT, series, rows->count + 1);
}

void
rowset_append(RowSet *rows, const char *label, TimestampTz time, bool time_null, double value,
			  bool value_null)
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
						errmsg("value%s is %s", row_place(rows, label, time),
							   isnan(value) ? "NaN" : "infinite"),
						errhint("Use NULL for a missing observation.")));

	rowset_reserve(rows, 1);
	if (rows->has_times)
	{
		if (rows->count > 0 && time <= rows->times[rows->count - 1])
			rows->sorted = false;
		rows->times[rows->count] = time;
	}
	rows->values[rows->count] = value_null ? NAN : value;
	rows->count++;
}

void
rowset_append_all(RowSet *rows, const RowSet *source)
{
	Assert(rows->has_times == source->has_times);
	if (source->count == 0)
		return;
	rowset_reserve(rows, source->count);
	if (rows->has_times)
	{
		if (!source->sorted ||
			(rows->count > 0 && source->times[0] <= rows->times[rows->count - 1]))
			rows->sorted = false;
		memcpy(rows->times + rows->count, source->times, source->count * sizeof(TimestampTz));
	}
	memcpy(rows->values + rows->count, source->values, source->count * sizeof(double));
	rows->count += source->count;
}
