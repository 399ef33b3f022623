/*
 * fresh.h
 *	  The rows of a statement, out of a trigger's transition table.
 */
#ifndef LSTM_FORECAST_FRESH_H
#define LSTM_FORECAST_FRESH_H

#include "postgres.h"
#include "commands/trigger.h"
#include "datatype/timestamp.h"
#include "executor/tuptable.h"
#include "pgtime.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "rows/value_text.h"

/* Columns by name; series NULL: the rows are of one series. */
typedef struct FreshColumns
{
	const char *time;
	const char *target;
	const char *series;
	const char *zone; /* of times that come without one */
} FreshColumns;

typedef struct FreshRows
{
	Tuplestorestate *store;
	MemoryContext memory; /* of the statement */
	TupleTableSlot *slot;
	AttrNumber time;
	AttrNumber target;
	AttrNumber series; /* 0: there is none */
	Oid time_type;     /* of domains the base */
	Oid target_type;
	pg_tz *zone;
	ValueWriter writer;
} FreshRows;

/* A row that can be compared with a forecast. */
typedef struct FreshRow
{
	TimestampTz time;
	double value;
	ValueText series; /* in the slot, or in CurrentMemoryContext */
} FreshRow;

/*
 * Find the columns in rows of a table. False where they are not there, or of other types than dates
 * and timestamps or numbers: *why then says so, as a sentence.
 */
extern bool fresh_columns(FreshRows *rows, TupleDesc descriptor, const FreshColumns *columns,
						  char **why);

/*
 * In the memory of the statement, which is CurrentMemoryContext: the same, and begin at the first
 * row of the trigger's new table.
 */
extern bool fresh_begin(FreshRows *rows, const TriggerData *trigger, const FreshColumns *columns,
						char **why);
extern void fresh_end(FreshRows *rows);

/*
 * The next row with a time, a number and a series; those with NULL, NaN or infinity in one of them
 * are passed over. False: there is no other.
 */
extern bool fresh_next(FreshRows *rows, FreshRow *row);

#endif
