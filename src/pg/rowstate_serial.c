/*
 * rowstate_serial.c
 *	  The aggregates' state as bytes, from a parallel worker to its leader.
 *
 * has_times, constant_seen, constant present and its bytes, past, future, number
 * of series; for each: named and its label, number of rows, number of runs of times
 * (0: none), and then runs or times, values and covariates as they lie in memory: both
 * ends are the same server.
 */
#include "postgres.h"

#include <math.h>

#include "access/detoast.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "drive.h"
#include "rowstate.h"

PG_FUNCTION_INFO_V1(lstm_rows_serialize);
PG_FUNCTION_INFO_V1(lstm_rows_deserialize);

/* Bytes of a series, less its label. */
static Size
series_size(bool has_times, int64 count, int64 run_count, int covariates)
{
	Size size = 3 * sizeof(int64) + (Size) run_count * sizeof(TimeRun);

	if (has_times && run_count == 0)
		size += (Size) count * sizeof(TimestampTz);
	return size + (Size) count * (sizeof(double) + sizeof(float) * (Size) covariates);
}

/* Bytes of a message. Raises 54000 when that would be longer than a datum may be. */
static Size
message_size(const RowState *state)
{
	const PanelRows *rows = state->rows;
	Size size =
		64 + (state->constant == NULL ? 0 : toast_raw_datum_size(PointerGetDatum(state->constant)));

	for (int64 i = 0; i < rows->series_count; i++)
	{
		const RowSet *series = rows->series[i];

		size += series_size(rows->has_times, series->count, series->timeline.run_count,
							series->covariate_count);
		size += rows->labels[i] == NULL ? 0 : strlen(rows->labels[i]);
	}
	/* the tuple that takes it to the leader needs room, too */
	if (size > MaxAllocSize / 4 * 3)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many rows for one parallel worker"),
						errdetail("A worker collected %lld rows.", (long long) rows->count),
						errhint("Set \"max_parallel_workers_per_gather\" to 0 for this query.")));
	return size;
}

static void
write_series(StringInfo buffer, const char *label, const RowSet *rows)
{
	pq_sendbyte(buffer, label != NULL);
	if (label != NULL)
	{
		pq_sendint32(buffer, strlen(label));
		pq_sendbytes(buffer, label, strlen(label));
	}
	pq_sendint64(buffer, rows->count);
	pq_sendint64(buffer, rows->timeline.run_count);
	if (rows->timeline.runs != NULL)
		pq_sendbytes(buffer, (char *) rows->timeline.runs,
					 rows->timeline.run_count * sizeof(TimeRun));
	else if (rows->has_times)
		pq_sendbytes(buffer, (char *) rows->timeline.plain, rows->count * sizeof(TimestampTz));
	pq_sendbytes(buffer, (char *) rows->values, rows->count * sizeof(double));
	if (rows->covariate_count > 0)
		pq_sendbytes(buffer, (char *) rows->covariates,
					 rows->count * rows->covariate_count * sizeof(float));
}

Datum
lstm_rows_serialize(PG_FUNCTION_ARGS)
{
	const RowState *state;
	const PanelRows *rows;
	StringInfoData buffer;
	Size size;

	(void) rowstate_context(fcinfo);
	state = (RowState *) PG_GETARG_POINTER(0);
	rows = state->rows;
	size = message_size(state);
	pq_begintypsend(&buffer);
	enlargeStringInfo(&buffer, (int) size);
	pq_sendbyte(&buffer, rows->has_times);
	pq_sendbyte(&buffer, state->constant_seen);
	pq_sendbyte(&buffer, state->constant != NULL);
	if (state->constant != NULL)
	{
		struct varlena *plain = pg_detoast_datum(state->constant);

		pq_sendint32(&buffer, VARSIZE(plain));
		pq_sendbytes(&buffer, (char *) plain, VARSIZE(plain));
	}
	pq_sendint32(&buffer, rows->past);
	pq_sendint32(&buffer, rows->future);
	pq_sendint64(&buffer, rows->series_count);
	for (int64 i = 0; i < rows->series_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		write_series(&buffer, rows->labels[i], rows->series[i]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

pg_noreturn static void
throw_invalid_state(void)
{
	elog(ERROR, "invalid aggregate state");
}

/* The constant argument, a whole varlena. */
static struct varlena *
read_constant(StringInfo buffer)
{
	int size = pq_getmsgint(buffer, 4);
	const char *bytes = pq_getmsgbytes(buffer, size);
	struct varlena *constant = palloc(Max(size, VARHDRSZ));

	memcpy(constant, bytes, size);
	if (size < VARHDRSZ || VARSIZE_ANY(constant) != size || VARATT_IS_EXTENDED(constant))
		throw_invalid_state();
	return constant;
}

static int
read_covariate_count(StringInfo buffer)
{
	int count = (int) pq_getmsgint(buffer, 4);

	if (count < -1 || count > MOST_COVARIATES)
		throw_invalid_state();
	return count;
}

/* The label of the next series, or NULL. */
static char *
read_label(StringInfo buffer)
{
	int length;
	char *label;

	if (!pq_getmsgbyte(buffer))
		return NULL;
	length = (int) pq_getmsgint(buffer, 4);
	label = pnstrdup(pq_getmsgbytes(buffer, length), length);
	if (strlen(label) != (size_t) length)
		throw_invalid_state();
	return label;
}

/* A copy of count elements of the message, aligned; NULL where there are none. */
static void *
copy_array(StringInfo buffer, int64 count, Size width)
{
	Size size = (Size) count * width;
	void *array;

	if (count == 0)
		return NULL;
	array = MemoryContextAllocHuge(CurrentMemoryContext, size);
	memcpy(array, pq_getmsgbytes(buffer, (int) size), size);
	return array;
}

/* The times of count rows, which are so many runs. The arrays are copies. */
static Times
read_times(StringInfo buffer, int64 count, int64 run_count)
{
	Times times = {.run_count = run_count, .count = count};

	times.runs = copy_array(buffer, run_count, sizeof(TimeRun));
	if (run_count == 0)
		times.plain = copy_array(buffer, count, sizeof(TimestampTz));
	if (!times_valid(&times))
		throw_invalid_state();
	return times;
}

/* Count the NULLs among values of the message, which else must be finite. */
static int64
count_nulls(const char *values, int64 count)
{
	int64 nulls = 0;

	for (int64 i = 0; i < count; i++)
	{
		double value;

		if (i % INTERRUPT_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(&value, values + i * sizeof(value), sizeof(value));
		if (isinf(value))
			throw_invalid_state();
		nulls += isnan(value);
	}
	return nulls;
}

static void
check_covariates(const char *covariates, int64 count)
{
	for (int64 i = 0; i < count; i++)
	{
		float value;

		if (i % INTERRUPT_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(&value, covariates + i * sizeof(value), sizeof(value));
		if (isinf(value))
			throw_invalid_state();
	}
}

static void
read_series(StringInfo buffer, PanelRows *rows)
{
	char *label = read_label(buffer);
	int64 before = rows->series_count;
	int64 count = pq_getmsgint64(buffer);
	int64 run_count = pq_getmsgint64(buffer);
	int width = panel_rows_past(rows) + panel_rows_future(rows);
	int64 left = buffer->len - buffer->cursor + 3 * (int64) sizeof(int64);
	RowSet *series = panel_rows_series(rows, label);
	Times times = {0};
	const char *values;
	const char *covariates;
	int64 nulls;

	if (rows->series_count != before + 1 || count < 1 || count > left || run_count < 0 ||
		run_count > (rows->has_times ? count : 0) ||
		series_size(rows->has_times, count, run_count, width) > (Size) left)
		throw_invalid_state();
	if (rows->has_times)
		times = read_times(buffer, count, run_count);
	values = pq_getmsgbytes(buffer, (int) (count * sizeof(double)));
	nulls = count_nulls(values, count);
	covariates = pq_getmsgbytes(buffer, (int) (count * width * sizeof(float)));
	check_covariates(covariates, count * width);
	rowset_append_rows(series, count, nulls, &times, values, covariates);
	rows->count += count;
	if (times.runs != NULL)
		pfree(unconstify(TimeRun *, times.runs));
	if (times.plain != NULL)
		pfree(unconstify(TimestampTz *, times.plain));
	if (label != NULL)
		pfree(label);
}

Datum
lstm_rows_deserialize(PG_FUNCTION_ARGS)
{
	RowState *state;
	StringInfoData buffer;
	bytea *bytes;
	int64 series_count;
	bool has_times;
	bool constant_seen;
	struct varlena *constant = NULL;
	int past;

	(void) rowstate_context(fcinfo);
	bytes = PG_GETARG_BYTEA_PP(0);
	/* read where it lies: a copy would be as large as the rows */
	buffer = (StringInfoData){.data = VARDATA_ANY(bytes), .len = VARSIZE_ANY_EXHDR(bytes)};
	has_times = pq_getmsgbyte(&buffer) != 0;
	constant_seen = pq_getmsgbyte(&buffer) != 0;
	if (pq_getmsgbyte(&buffer))
		constant = read_constant(&buffer);
	past = read_covariate_count(&buffer);
	state = rowstate_create(CurrentMemoryContext, has_times, past, read_covariate_count(&buffer));
	if (panel_rows_past(state->rows) + panel_rows_future(state->rows) > MOST_COVARIATES)
		throw_invalid_state();
	state->constant_seen = constant_seen;
	state->constant = constant;
	series_count = pq_getmsgint64(&buffer);
	for (int64 i = 0; i < series_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		read_series(&buffer, state->rows);
	}
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}
