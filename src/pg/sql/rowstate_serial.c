/*
 * rowstate_serial.c
 *	  The aggregates' state as bytes, from a parallel worker to its leader.
 *
 * A ticket for a state that stays in the process, or 0; then has_times, of the model and of the
 * options whether seen, whether present and its bytes, past, future, number of series; for each:
 * whether it is named and its label, number of rows, number of runs of times (0: none), and then,
 * where a multiple of 8 bytes from the datum's begin, runs or times, values and covariates as they
 * lie in memory: both ends are the same server. The leader reads them where they lie in the
 * message, as a copy would be as large as the rows.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/scaling.h"
#include "base/interrupts.h"
#include "sql/rowstate.h"
#include "sql/rowstate_local.h"

PG_FUNCTION_INFO_V1(lstm_rows_serialize);
PG_FUNCTION_INFO_V1(lstm_rows_deserialize);

/* Arrays begin at such addresses. */
#define ARRAY_ALIGNMENT 8

/*
 * The group's constant as the leader can read it: as it is stored, for it sees the same tables.
 * Whole, a model would be sent, and kept, once a group.
 */
static struct varlena *
portable_constant(struct varlena *constant)
{
	if (VARATT_IS_EXTERNAL(constant) && !VARATT_IS_EXTERNAL_ONDISK(constant))
		return pg_detoast_datum(constant);
	return constant;
}

/* Most bytes of a series, less its label. */
static Size
series_size(bool has_times, int64 count, int64 run_count, int covariates)
{
	Size size = 3 * sizeof(int64) + ARRAY_ALIGNMENT + (Size) run_count * sizeof(TimeRun);

	if (has_times && run_count == 0)
		size += (Size) count * sizeof(TimestampTz);
	return size + (Size) count * (sizeof(double) + sizeof(float) * (Size) covariates);
}

static Size
constant_size(const RowConstant *constant)
{
	return constant->value == NULL ? 0 : VARSIZE_ANY(constant->value);
}

/* Most bytes of labels. */
static Size
labels_size(const ClassLabels *labels)
{
	Size size = sizeof(int32);

	for (int i = 0; labels != NULL && i < labels->count; i++)
		size += sizeof(int32) + strlen(labels->texts[i]);
	return size;
}

/* Bytes of a message. Raises 54000 when that would be longer than a datum may be. */
static Size
message_size(const RowState *state)
{
	const PanelRows *rows = state->rows;
	Size size = 64 + constant_size(&state->model) + constant_size(&state->options) +
				labels_size(rows->classes);

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
	const char padding[ARRAY_ALIGNMENT] = {0};

	pq_sendbyte(buffer, label != NULL);
	if (label != NULL)
	{
		pq_sendint32(buffer, strlen(label));
		pq_sendbytes(buffer, label, strlen(label));
	}
	pq_sendint64(buffer, rows->count);
	pq_sendint64(buffer, rows->timeline.run_count);
	pq_sendbytes(buffer, padding, TYPEALIGN(ARRAY_ALIGNMENT, buffer->len) - buffer->len);
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

static void
write_constant(StringInfo buffer, const RowConstant *constant)
{
	struct varlena *value = constant->value;

	pq_sendbyte(buffer, constant->seen);
	pq_sendbyte(buffer, value != NULL);
	if (value == NULL)
		return;
	value = portable_constant(value);
	pq_sendint32(buffer, VARSIZE_ANY(value));
	pq_sendbytes(buffer, (char *) value, VARSIZE_ANY(value));
}

/* The texts of labels by their numbers; -1 where rows have none. */
static void
write_labels(StringInfo buffer, const ClassLabels *labels)
{
	pq_sendint32(buffer, labels == NULL ? -1 : labels->count);
	for (int i = 0; labels != NULL && i < labels->count; i++)
	{
		pq_sendint32(buffer, strlen(labels->texts[i]));
		pq_sendbytes(buffer, labels->texts[i], strlen(labels->texts[i]));
	}
}

/* Write what a state holds. */
static void
write_state(StringInfo buffer, const RowState *state)
{
	const PanelRows *rows = state->rows;

	enlargeStringInfo(buffer, (int) message_size(state));
	pq_sendbyte(buffer, rows->has_times);
	write_constant(buffer, &state->model);
	write_constant(buffer, &state->options);
	write_labels(buffer, rows->classes);
	pq_sendint32(buffer, rows->past);
	pq_sendint32(buffer, rows->future);
	pq_sendint64(buffer, rows->series_count);
	for (int64 i = 0; i < rows->series_count; i++)
	{
		check_interrupts();
		write_series(buffer, rows->labels[i], rows->series[i]);
	}
}

Datum
lstm_rows_serialize(PG_FUNCTION_ARGS)
{
	RowState *state;
	StringInfoData buffer;

	(void) rowstate_context(fcinfo);
	state = (RowState *) PG_GETARG_POINTER(0);
	pq_begintypsend(&buffer);
	if (rowstate_stays(fcinfo))
		pq_sendint64(&buffer, rowstate_leave(state));
	else
	{
		pq_sendint64(&buffer, 0);
		write_state(&buffer, state);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

pg_noreturn static void
throw_invalid_state(void)
{
	elog(ERROR, "invalid aggregate state");
}

/* A constant argument, as it is stored. */
static RowConstant
read_constant(StringInfo buffer)
{
	RowConstant constant = {.seen = pq_getmsgbyte(buffer) != 0};
	bool present = pq_getmsgbyte(buffer) != 0;
	const char *bytes;
	int size;

	if (!present)
		return constant;
	size = pq_getmsgint(buffer, 4);
	bytes = pq_getmsgbytes(buffer, size);
	constant.value = palloc(Max(size, VARHDRSZ));
	memcpy(constant.value, bytes, size);
	if (size < 1 ||
		(VARATT_IS_EXTERNAL(constant.value) && !VARATT_IS_EXTERNAL_ONDISK(constant.value)) ||
		VARSIZE_ANY(constant.value) != size)
		throw_invalid_state();
	return constant;
}

/* Labels that were written; NULL: there are none. */
static ClassLabels *
read_labels(StringInfo buffer)
{
	int count = (int) pq_getmsgint(buffer, 4);
	ClassLabels *labels;

	if (count < 0)
		return NULL;
	labels = class_labels_create(CurrentMemoryContext);
	for (int i = 0; i < count; i++)
	{
		int length = (int) pq_getmsgint(buffer, 4);

		if (class_label_add(labels, pq_getmsgbytes(buffer, length), length) != i + 1)
			throw_invalid_state();
	}
	return labels;
}

/* Are the values numbers of labels? */
static void
check_numbers(const PanelRows *rows)
{
	for (int64 i = 0; rows->classes != NULL && i < rows->series_count; i++)
		for (int64 k = 0; k < rows->series[i]->count; k++)
		{
			double number = rows->series[i]->values[k];

			if (k % INTERRUPT_ROWS == 0)
				check_interrupts();
			if (!(number >= 0 && number <= rows->classes->count) || number != (int) number)
				throw_invalid_state();
		}
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

/* The next count elements of the message; NULL where there are none. */
static const void *
read_array(StringInfo buffer, int64 count, Size width)
{
	return count == 0 ? NULL : pq_getmsgbytes(buffer, (int) ((Size) count * width));
}

/* Count the NULLs among values, which else must be finite. */
static int64
count_nulls(const double *values, int64 count)
{
	int64 nulls = 0;

	for (int64 i = 0; i < count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (fabs(values[i]) > LF_LARGEST_VALUE)
			throw_invalid_state();
		nulls += isnan(values[i]);
	}
	return nulls;
}

static void
check_covariates(const float *covariates, int64 count)
{
	for (int64 i = 0; i < count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (isinf(covariates[i]))
			throw_invalid_state();
	}
}

/* The rows of a series, in the message. */
static void
read_rows(StringInfo buffer, int64 count, int64 run_count, RowSet *series)
{
	Times times = {.run_count = run_count, .count = count};
	const double *values;
	const float *covariates;

	(void) pq_getmsgbytes(buffer, TYPEALIGN(ARRAY_ALIGNMENT, buffer->cursor) - buffer->cursor);
	if (series->has_times)
	{
		times.runs = read_array(buffer, run_count, sizeof(TimeRun));
		if (run_count == 0)
			times.plain = read_array(buffer, count, sizeof(TimestampTz));
		if (!timeline_view(&times, &series->timeline))
			throw_invalid_state();
	}
	values = read_array(buffer, count, sizeof(double));
	covariates = read_array(buffer, count * series->covariate_count, sizeof(float));
	series->values = unconstify(double *, values);
	series->covariates = unconstify(float *, covariates);
	series->nulls = count_nulls(values, count);
	check_covariates(covariates, count * series->covariate_count);
	series->count = count;
}

static void
read_series(StringInfo buffer, PanelRows *rows)
{
	char *label = read_label(buffer);
	int64 before = rows->series_count;
	int64 count = pq_getmsgint64(buffer);
	int64 run_count = pq_getmsgint64(buffer);
	int64 left = buffer->len - buffer->cursor + 3 * (int64) sizeof(int64);
	RowSet *series = panel_rows_series(rows, label);

	if (rows->series_count != before + 1 || count < 1 || count > left || run_count < 0 ||
		run_count > (rows->has_times ? count : 0) ||
		series_size(rows->has_times, count, run_count, series->covariate_count) >
			(Size) left + ARRAY_ALIGNMENT)
		throw_invalid_state();
	read_rows(buffer, count, run_count, series);
	rows->count += count;
	if (label != NULL)
		pfree(label);
}

/* The argument where arrays lie as they were written: a datum may be short or move by four bytes.
 */
static bytea *
aligned_argument(FunctionCallInfo fcinfo)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	Size size = VARSIZE_ANY_EXHDR(bytes);
	bytea *copy;

	if (!VARATT_IS_1B(bytes) && PointerIsAligned(bytes, double))
		return bytes;
	copy = palloc(VARHDRSZ + size);
	SET_VARSIZE(copy, VARHDRSZ + size);
	memcpy(VARDATA(copy), VARDATA_ANY(bytes), size);
	return copy;
}

/* The state that was written, whose arrays lie in the message. */
static RowState *
read_state(StringInfo buffer)
{
	RowState *state;
	int64 series_count;
	bool has_times = pq_getmsgbyte(buffer) != 0;
	RowConstant model = read_constant(buffer);
	RowConstant options = read_constant(buffer);
	ClassLabels *classes = read_labels(buffer);
	int past = read_covariate_count(buffer);

	state = rowstate_create(CurrentMemoryContext, has_times, past, read_covariate_count(buffer));
	if (panel_rows_past(state->rows) + panel_rows_future(state->rows) > MOST_COVARIATES)
		throw_invalid_state();
	state->model = model;
	state->options = options;
	state->rows->classes = classes;
	series_count = pq_getmsgint64(buffer);
	for (int64 i = 0; i < series_count; i++)
	{
		check_interrupts();
		read_series(buffer, state->rows);
	}
	check_numbers(state->rows);
	pq_getmsgend(buffer);
	return state;
}

Datum
lstm_rows_deserialize(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;
	bytea *bytes;
	int64 ticket;

	(void) rowstate_context(fcinfo);
	bytes = aligned_argument(fcinfo);
	/* with the header, so that arrays are aligned as they were in the writer's buffer */
	buffer = (StringInfoData){.data = (char *) bytes, .len = VARSIZE(bytes), .cursor = VARHDRSZ};
	ticket = pq_getmsgint64(&buffer);
	PG_RETURN_POINTER(ticket != 0 ? rowstate_find(ticket) : read_state(&buffer));
}
