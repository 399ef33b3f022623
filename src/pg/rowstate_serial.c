/*
 * rowstate_serial.c
 *	  The aggregates' state as bytes, from a parallel worker to its leader.
 *
 * has_times, constant_seen, constant present and its bytes, past, future, number
 * of series; for each: named and its label, number of rows, and then times, values
 * and covariates as they lie in memory: both ends are the same server.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "drive.h"
#include "rowstate.h"

PG_FUNCTION_INFO_V1(lstm_rows_serialize);
PG_FUNCTION_INFO_V1(lstm_rows_deserialize);

/* Bytes of a row. */
static Size
row_size(bool has_times, int covariates)
{
	return sizeof(double) + (has_times ? sizeof(TimestampTz) : 0) +
		   sizeof(float) * (Size) covariates;
}

/* Raise 54000 when a message would be longer than a datum may be. */
static void
check_size(const PanelRows *rows)
{
	Size size = (Size) rows->count *
				row_size(rows->has_times, panel_rows_past(rows) + panel_rows_future(rows));

	for (int64 i = 0; i < rows->series_count; i++)
		size += (rows->labels[i] == NULL ? 0 : strlen(rows->labels[i])) + 2 * sizeof(int64);
	/* the buffer grows by doubling */
	if (size > MaxAllocSize / 2)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many rows for one parallel worker"),
						errdetail("A worker collected %lld rows.", (long long) rows->count),
						errhint("Set \"max_parallel_workers_per_gather\" to 0 for this query.")));
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
	if (rows->has_times)
		pq_sendbytes(buffer, (char *) rows->times, rows->count * sizeof(TimestampTz));
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

	(void) rowstate_context(fcinfo);
	state = (RowState *) PG_GETARG_POINTER(0);
	rows = state->rows;
	check_size(rows);
	pq_begintypsend(&buffer);
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

static void
read_series(StringInfo buffer, PanelRows *rows)
{
	char *label = read_label(buffer);
	int64 before = rows->series_count;
	int64 count = pq_getmsgint64(buffer);
	int width = panel_rows_past(rows) + panel_rows_future(rows);
	float covariates[MOST_COVARIATES];
	const char *times = NULL;
	const char *values;
	const char *floats;

	if (count < 1 ||
		(uint64) count > (uint64) (buffer->len - buffer->cursor) / row_size(rows->has_times, width))
		throw_invalid_state();
	if (rows->has_times)
		times = pq_getmsgbytes(buffer, count * sizeof(TimestampTz));
	values = pq_getmsgbytes(buffer, count * sizeof(double));
	floats = pq_getmsgbytes(buffer, count * width * sizeof(float));
	for (int64 i = 0; i < count; i++)
	{
		TimestampTz time = 0;
		double value;

		if (i % INTERRUPT_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (times != NULL)
			memcpy(&time, times + i * sizeof(time), sizeof(time));
		memcpy(&value, values + i * sizeof(value), sizeof(value));
		memcpy(covariates, floats + i * width * sizeof(float), width * sizeof(float));
		for (int c = 0; c < width; c++)
			if (isinf(covariates[c]))
				throw_invalid_state();
		panel_rows_append(rows, label, time, false, value, isnan(value), covariates);
	}
	if (rows->series_count != before + 1)
		throw_invalid_state();
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
	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
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
	pfree(buffer.data);
	PG_RETURN_POINTER(state);
}
