/*
 * rowstate.c
 *	  Transition, combine, serialize and deserialize functions of the aggregates.
 *
 * One C function per list of arguments, as an aggregate's transition function
 * takes what the aggregate takes. They differ only in where the time, the
 * value and the constant argument are.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "drive.h"
#include "rowstate.h"

#define NO_ARGUMENT (-1)

PG_FUNCTION_INFO_V1(lstm_rows_value);
PG_FUNCTION_INFO_V1(lstm_rows_value_options);
PG_FUNCTION_INFO_V1(lstm_rows_time);
PG_FUNCTION_INFO_V1(lstm_rows_time_options);
PG_FUNCTION_INFO_V1(lstm_rows_model_value);
PG_FUNCTION_INFO_V1(lstm_rows_model_time);
PG_FUNCTION_INFO_V1(lstm_rows_combine);
PG_FUNCTION_INFO_V1(lstm_rows_serialize);
PG_FUNCTION_INFO_V1(lstm_rows_deserialize);

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("function called in a non-aggregate context"),
						errhint("Call the aggregates \"lstm_train\" and \"lstm_forecast\".")));
	return context;
}

static RowState *
rowstate_create(MemoryContext context, bool has_times)
{
	RowState *state = MemoryContextAllocZero(context, sizeof(RowState));

	state->rows = rowset_create(context, has_times);
	return state;
}

static struct varlena *
copy_constant(MemoryContext context, const struct varlena *constant)
{
	Size size = VARSIZE_ANY(constant);
	struct varlena *copy = MemoryContextAlloc(context, size);

	memcpy(copy, constant, size);
	return copy;
}

/*
 * Are two varlenas the same value? Stored forms are compared first: for a
 * column joined to every row they are equal, and nothing is fetched.
 */
static bool
same_constant(const struct varlena *a, const struct varlena *b)
{
	struct varlena *plain_a;
	struct varlena *plain_b;
	bool same;

	if (a == NULL || b == NULL)
		return a == b;
	if (VARSIZE_ANY(a) == VARSIZE_ANY(b) && memcmp(a, b, VARSIZE_ANY(a)) == 0)
		return true;
	plain_a = pg_detoast_datum_copy(unconstify(struct varlena *, a));
	plain_b = pg_detoast_datum_copy(unconstify(struct varlena *, b));
	same = VARSIZE(plain_a) == VARSIZE(plain_b) && memcmp(plain_a, plain_b, VARSIZE(plain_a)) == 0;
	pfree(plain_a);
	pfree(plain_b);
	return same;
}

/* Remember the constant argument of the first row, and hold every other row to it. */
static void
take_constant(RowState *state, const struct varlena *constant)
{
	if (!state->constant_seen)
	{
		state->constant_seen = true;
		if (constant != NULL)
			state->constant = copy_constant(state->rows->context, constant);
	}
	else if (!same_constant(state->constant, constant))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options or model differ within a group"),
						errdetail("The last argument of \"lstm_train\" and the first of "
								  "\"lstm_forecast\" must be the same for all rows of a group."),
						errhint("Add what they depend on to GROUP BY.")));
}

/* Arguments are numbered as in SQL, the state being 0; NO_ARGUMENT where there is none. */
static Datum
transition(FunctionCallInfo fcinfo, int time_argument, int value_argument, int constant_argument)
{
	MemoryContext context = aggregate_context(fcinfo);
	RowState *state = PG_ARGISNULL(0) ? rowstate_create(context, time_argument != NO_ARGUMENT)
									  : (RowState *) PG_GETARG_POINTER(0);
	TimestampTz time = 0;
	bool time_null = false;
	bool value_null = PG_ARGISNULL(value_argument);
	double value = value_null ? 0 : PG_GETARG_FLOAT8(value_argument);

	if (constant_argument != NO_ARGUMENT)
		take_constant(state, PG_ARGISNULL(constant_argument)
								 ? NULL
								 : (struct varlena *) PG_GETARG_POINTER(constant_argument));
	if (time_argument != NO_ARGUMENT)
	{
		time_null = PG_ARGISNULL(time_argument);
		time = time_null ? 0 : PG_GETARG_TIMESTAMPTZ(time_argument);
	}
	rowset_append(state->rows, NULL, time, time_null, value, value_null);
	PG_RETURN_POINTER(state);
}

/* (state, value) */
Datum
lstm_rows_value(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, NO_ARGUMENT, 1, NO_ARGUMENT);
}

/* (state, value, options) */
Datum
lstm_rows_value_options(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, NO_ARGUMENT, 1, 2);
}

/* (state, ts, value) */
Datum
lstm_rows_time(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, 1, 2, NO_ARGUMENT);
}

/* (state, ts, value, options) */
Datum
lstm_rows_time_options(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, 1, 2, 3);
}

/* (state, model, value) */
Datum
lstm_rows_model_value(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, NO_ARGUMENT, 2, 1);
}

/* (state, model, ts, value) */
Datum
lstm_rows_model_time(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, 2, 3, 1);
}

/* Both states are workers'; the second is copied, as its memory may be short-lived. */
Datum
lstm_rows_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	RowState *left = PG_ARGISNULL(0) ? NULL : (RowState *) PG_GETARG_POINTER(0);
	const RowState *right = PG_ARGISNULL(1) ? NULL : (RowState *) PG_GETARG_POINTER(1);

	if (right == NULL)
	{
		if (left == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(left);
	}
	if (left == NULL)
		left = rowstate_create(context, right->rows->has_times);
	if (right->constant_seen)
		take_constant(left, right->constant);
	rowset_append_all(left->rows, right->rows);
	PG_RETURN_POINTER(left);
}

/*
 * has_times, constant_seen, constant present and its bytes, count, then the
 * times and values as they lie in memory: both ends are the same server.
 */
Datum
lstm_rows_serialize(PG_FUNCTION_ARGS)
{
	const RowState *state;
	const RowSet *rows;
	StringInfoData buffer;

	aggregate_context(fcinfo);
	state = (RowState *) PG_GETARG_POINTER(0);
	rows = state->rows;
	if (rows->count > (int64) (MaxAllocSize / 2 / (sizeof(TimestampTz) + sizeof(double))))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many rows for one parallel worker"),
						errdetail("A worker collected %lld rows.", (long long) rows->count),
						errhint("Set \"max_parallel_workers_per_gather\" to 0 for this query.")));
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
	pq_sendint64(&buffer, rows->count);
	if (rows->has_times)
		pq_sendbytes(&buffer, (char *) rows->times, rows->count * sizeof(TimestampTz));
	pq_sendbytes(&buffer, (char *) rows->values, rows->count * sizeof(double));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* The rows of a serialized state; the message was checked to hold them. */
static void
read_rows(StringInfo buffer, RowSet *rows, int64 count)
{
	const char *times = NULL;
	const char *values;

	if (rows->has_times)
		times = pq_getmsgbytes(buffer, count * sizeof(TimestampTz));
	values = pq_getmsgbytes(buffer, count * sizeof(double));
	for (int64 i = 0; i < count; i++)
	{
		TimestampTz time = 0;
		double value;

		if (i % INTERRUPT_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (times != NULL)
			memcpy(&time, times + i * sizeof(time), sizeof(time));
		memcpy(&value, values + i * sizeof(value), sizeof(value));
		rowset_append(rows, NULL, time, false, value, isnan(value));
	}
}

Datum
lstm_rows_deserialize(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	RowState *state;
	StringInfoData buffer;
	bytea *bytes;
	int64 count;
	Size row_size;
	bool has_times;

	aggregate_context(fcinfo);
	bytes = PG_GETARG_BYTEA_PP(0);
	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	has_times = pq_getmsgbyte(&buffer) != 0;
	state = rowstate_create(context, has_times);
	state->constant_seen = pq_getmsgbyte(&buffer) != 0;
	if (pq_getmsgbyte(&buffer))
	{
		int size = pq_getmsgint(&buffer, 4);
		const char *constant = pq_getmsgbytes(&buffer, size);

		state->constant = palloc(size);
		memcpy(state->constant, constant, size);
		if (size < VARHDRSZ || VARSIZE(state->constant) != size)
			elog(ERROR, "invalid aggregate state");
	}
	count = pq_getmsgint64(&buffer);
	row_size = sizeof(double) + (has_times ? sizeof(TimestampTz) : 0);
	if (count < 0 || (uint64) count > (uint64) (buffer.len - buffer.cursor) / row_size)
		elog(ERROR, "invalid aggregate state");
	read_rows(&buffer, state->rows, count);
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(state);
}
