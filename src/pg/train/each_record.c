/*
 * each_record.c
 *	  The rows of one series as bytes that processes share.
 */
#include "postgres.h"

#include "storage/shmem.h"

#include "train/each_record.h"

/* The fixed part of a record; label, times, values and covariates follow, each aligned. */
typedef struct EachRecord
{
	Size label; /* bytes; 0: unnamed */
	int64 count;
	int64 nulls;
	int64 run_count; /* of times; 0: they are plain, or there are none */
	int covariate_count;
} EachRecord;

/* Where the parts of a record lie, from its begin on. */
typedef struct RecordParts
{
	Size label;
	Size times;
	Size times_size;
	Size values;
	Size covariates;
	Size end;
} RecordParts;

static RecordParts
record_parts(const EachRecord *record, bool has_times)
{
	RecordParts parts = {.label = MAXALIGN(sizeof(EachRecord))};

	if (record->run_count > 0)
		parts.times_size = mul_size(sizeof(TimeRun), record->run_count);
	else if (has_times)
		parts.times_size = mul_size(sizeof(TimestampTz), record->count);
	parts.times = parts.label + MAXALIGN(record->label);
	parts.values = add_size(parts.times, parts.times_size);
	parts.covariates = add_size(parts.values, mul_size(sizeof(double), record->count));
	parts.end = MAXALIGN(add_size(
		parts.covariates, mul_size(sizeof(float) * record->covariate_count, record->count)));
	return parts;
}

static EachRecord
record_of(const char *label, const RowSet *rows)
{
	return (EachRecord){.label = label == NULL ? 0 : strlen(label) + 1,
						.count = rows->count,
						.nulls = rows->nulls,
						.run_count = rows->timeline.runs == NULL ? 0 : rows->timeline.run_count,
						.covariate_count = rows->covariate_count};
}

Size
each_record_bytes(const char *label, const RowSet *rows)
{
	EachRecord record = record_of(label, rows);

	return record_parts(&record, rows->has_times).end;
}

Size
each_record_write(char *to, const char *label, const RowSet *rows)
{
	const void *times = rows->timeline.runs != NULL ? (const void *) rows->timeline.runs
													: (const void *) rows->timeline.plain;
	EachRecord record = record_of(label, rows);
	RecordParts parts = record_parts(&record, rows->has_times);

	memcpy(to, &record, sizeof(record));
	if (label != NULL)
		memcpy(to + parts.label, label, record.label);
	if (record.count == 0)
		return parts.end;
	if (parts.times_size > 0)
		memcpy(to + parts.times, times, parts.times_size);
	memcpy(to + parts.values, rows->values, sizeof(double) * record.count);
	if (record.covariate_count > 0)
		memcpy(to + parts.covariates, rows->covariates,
			   sizeof(float) * record.covariate_count * record.count);
	return parts.end;
}

PanelRows *
each_record_read(const char *from, bool has_times, int past, int future)
{
	const EachRecord *record = (const EachRecord *) from;
	RecordParts parts = record_parts(record, has_times);
	Times times = {.count = record->count, .run_count = record->run_count};
	RowSet view = {.has_times = has_times,
				   .count = record->count,
				   .nulls = record->nulls,
				   .values = (double *) unconstify(char *, from + parts.values),
				   .covariate_count = record->covariate_count,
				   .covariates = (float *) unconstify(char *, from + parts.covariates)};
	char *label = record->label == 0 ? NULL : unconstify(char *, from + parts.label);
	RowSet *series = &view;
	PanelRows shared = {.has_times = has_times,
						.past = past,
						.future = future,
						.count = record->count,
						.series_count = 1,
						.labels = &label,
						.series = &series};
	PanelRows *rows = panel_rows_create(CurrentMemoryContext, has_times, past, future);

	if (record->run_count > 0)
		times.runs = (const TimeRun *) (from + parts.times);
	else if (has_times)
		times.plain = (const TimestampTz *) (from + parts.times);
	if (has_times && !timeline_view(&times, &view.timeline))
		elog(ERROR, "timestamps in shared memory are damaged");
	panel_rows_append_all(rows, &shared);
	return rows;
}
