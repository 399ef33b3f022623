/*
 * keyed.h
 *	  Rows of the registry's tables, found by an index without a query.
 *
 * A trigger that runs at every INSERT of an application has no time for the executor: a look by
 * index takes two microseconds, a planned query twenty times as long. No operator or function is
 * looked up by name, so that no search_path can change what happens. Neither privileges
 * nor policies are asked: what may be looked at, the caller has to know.
 */
#ifndef LSTM_FORECAST_KEYED_H
#define LSTM_FORECAST_KEYED_H

#include "postgres.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "utils/relcache.h"

#include "base/compat.h"

#define MOST_KEYED_COLUMNS 4

/* What a table has to be, to be searched. */
typedef struct KeyedShape
{
	const char *table;
	const char *index;
	int keys;
	const char *columns[MOST_KEYED_COLUMNS]; /* of the index, in order: */
	Oid types[MOST_KEYED_COLUMNS];           /* text, name or timestamptz */
} KeyedShape;

typedef struct KeyedTable
{
	Relation table;
	Relation index;
	TupleTableSlot *slot;
} KeyedTable;

/*
 * Open a table of a schema for reading, until keyed_close or the end of the transaction. False,
 * and nothing is open, where there is no such table, or it was altered and no longer has that
 * index.
 */
extern bool keyed_open(KeyedTable *keyed, Oid schema, const KeyedShape *shape);
extern void keyed_close(KeyedTable *keyed);

/* The number of a column of the table; 0: there is none of that name and type. */
extern AttrNumber keyed_column(const KeyedTable *keyed, const char *name, Oid type);

/* Let a key be one column of the index, of number 1 and on, compared with a value. */
extern void keyed_key(const KeyedTable *keyed, ScanKey key, int column, StrategyNumber strategy,
					  Datum value);

/*
 * Put the first row into keyed->slot that meets all keys, by the snapshot that is active, in the
 * order of the index or against it; false: there is none. The slot holds it until the next call.
 */
extern bool keyed_find(KeyedTable *keyed, ScanKey keys, int count, bool backward);

#endif
