/*
 * due.h
 *	  Series whose forecasts are to be renewed.
 */
#ifndef LSTM_FORECAST_DUE_H
#define LSTM_FORECAST_DUE_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "utils/hsearch.h"

#include "rows/value_text.h"
#include "watch/keyed.h"
#include "watch/registered.h"

/* Those of one statement. */
typedef struct DueSeries
{
	const Registered *model;
	Oid role;             /* that asks for them in the registry's table */
	HTAB *series;         /* by the hashes of their names; NULL: none yet */
	MemoryContext parent; /* of the statement */
	MemoryContext memory; /* of the hash table and the names */
	KeyedTable asked;     /* open once there are any */
	AttrNumber tried;     /* its column tried_at */
	int fresh;            /* of `series`, how many were not asked for before */
	bool waiting;         /* some of them wait for the next renewal */
	bool altered;         /* the table is not what it was made as: nothing is asked for */
} DueSeries;

/* In the memory of the statement, which is CurrentMemoryContext. */
extern void due_begin(DueSeries *due, const Registered *model, Oid role);

/*
 * A series, also as a text datum, that has no forecast beyond a time, or was not as forecast then.
 * Memory is bounded: what there is goes to the table now and then.
 */
extern void due_add(DueSeries *due, const ValueText *series, Datum text, TimestampTz time);

/* Write them to the table. True: somebody should begin with them. */
extern bool due_end(DueSeries *due);

#endif
