/*
 * fresh.c
 *	  The rows of a statement, out of a trigger's transition table.
 *
 * Types are PostgreSQL's own numbers and times, which are converted here: a cast that is looked up
 * could be anybody's, and would run as whoever inserts. Nothing that a row holds raises an error.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "rows/source_types.h"
#include "watch/fresh.h"

/* Local times so near to the ends of what a timestamp holds may have none in UTC. */
#define EDGE (2 * USECS_PER_DAY)

/* The number of a column and its type without domains; 0, and why, where there is none. */
static AttrNumber
find_column(TupleDesc columns, const char *name, const char *what, Oid *type, char **why)
{
	for (int i = 0; name != NULL && i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (!column->attisdropped && strcmp(NameStr(column->attname), name) == 0)
		{
			*type = getBaseType(column->atttypid);
			return column->attnum;
		}
	}
	*why = name == NULL
			   ? psprintf("The model has no \"%s\".", what)
			   : psprintf("The table has no column \"%s\", the model's \"%s\".", name, what);
	return InvalidAttrNumber;
}

static bool
type_is_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID ||
		   type == FLOAT8OID || type == NUMERICOID;
}

/* Find time and target and look at their types. */
static bool
find_numbers(FreshRows *rows, TupleDesc descriptor, const FreshColumns *columns, char **why)
{
	rows->time = find_column(descriptor, columns->time, "time_column", &rows->time_type, why);
	if (rows->time == InvalidAttrNumber)
		return false;
	rows->target =
		find_column(descriptor, columns->target, "target_column", &rows->target_type, why);
	if (rows->target == InvalidAttrNumber)
		return false;
	if (!source_type_is_time(rows->time_type))
	{
		*why = psprintf("Its column \"%s\" is of type %s, not a date or timestamp.", columns->time,
						format_type_be(rows->time_type));
		return false;
	}
	if (!type_is_number(rows->target_type))
	{
		*why = psprintf("Its column \"%s\" is of type %s, not a number.", columns->target,
						format_type_be(rows->target_type));
		return false;
	}
	if (rows->time_type == TIMESTAMPTZOID)
		return true;
	rows->zone = columns->zone == NULL ? NULL : pg_tzset(columns->zone);
	if (rows->zone == NULL)
		*why = psprintf("The model's time zone is not recognized.");
	return rows->zone != NULL;
}

bool
fresh_columns(FreshRows *rows, TupleDesc descriptor, const FreshColumns *columns, char **why)
{
	Oid type;

	*rows = (FreshRows){.memory = CurrentMemoryContext};
	if (!find_numbers(rows, descriptor, columns, why))
		return false;
	if (columns->series == NULL)
		return true;
	rows->series = find_column(descriptor, columns->series, "series_column", &type, why);
	if (rows->series == InvalidAttrNumber)
		return false;
	value_writer_init(&rows->writer, type, CurrentMemoryContext);
	return true;
}

bool
fresh_begin(FreshRows *rows, const TriggerData *trigger, const FreshColumns *columns, char **why)
{
	TupleDesc descriptor = RelationGetDescr(trigger->tg_relation);

	if (!fresh_columns(rows, descriptor, columns, why))
		return false;
	rows->store = trigger->tg_newtable;
	/* other triggers of the statement read the same store: each has a place of its own in it */
	tuplestore_select_read_pointer(rows->store,
								   tuplestore_alloc_read_pointer(rows->store, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows->store);
	rows->slot = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
	return true;
}

void
fresh_end(FreshRows *rows)
{
	ExecDropSingleTupleTableSlot(rows->slot);
}

/* A value as a double; NaN for NULL, and for a numeric beyond what a double holds infinity. */
static double
row_value(const FreshRows *rows)
{
	bool null;
	Datum value = slot_getattr(rows->slot, rows->target, &null);

	if (null)
		return NAN;
	switch (rows->target_type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case FLOAT8OID:
			return DatumGetFloat8(value);
		default:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
	}
}

/* The time of a row; infinite where it has none. */
static TimestampTz
row_time(const FreshRows *rows)
{
	bool null;
	int overflow = 0;
	Datum value = slot_getattr(rows->slot, rows->time, &null);
	Timestamp local;

	if (null)
		return DT_NOEND;
	if (rows->time_type == TIMESTAMPTZOID)
		return DatumGetTimestampTz(value);
	local = rows->time_type == DATEOID
				? date2timestamp_opt_overflow(DatumGetDateADT(value), &overflow)
				: DatumGetTimestamp(value);
	if (overflow != 0 || local < MIN_TIMESTAMP + EDGE || local >= END_TIMESTAMP - EDGE)
		return DT_NOEND;
	return calendar_time_of_local(local, rows->zone);
}

/* Read a row into the slot: one that comes from a file lies in memory that the slot frees. */
static bool
read_row(FreshRows *rows)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->memory);
	bool found = tuplestore_gettupleslot(rows->store, true, false, rows->slot);

	MemoryContextSwitchTo(caller);
	return found;
}

bool
fresh_next(FreshRows *rows, FreshRow *row)
{
	while (read_row(rows))
	{
		bool null = false;
		Datum series = 0;

		check_interrupts();
		row->time = row_time(rows);
		row->value = row_value(rows);
		if (rows->series != InvalidAttrNumber)
			series = slot_getattr(rows->slot, rows->series, &null);
		if (TIMESTAMP_NOT_FINITE(row->time) || !isfinite(row->value) || null)
			continue;
		row->series = rows->series == InvalidAttrNumber ? (ValueText){.bytes = "", .length = 0}
														: value_text(&rows->writer, series);
		return true;
	}
	return false;
}
