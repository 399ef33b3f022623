/*
 * keyed.c
 *	  Rows of the registry's tables, found by an index without a query.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "watch/keyed.h"

/* The function that compares; times by any strategy that is asked for, all else for equality. */
static RegProcedure
key_procedure(Oid type, StrategyNumber strategy)
{
	static const RegProcedure times[BTMaxStrategyNumber + 1] = {
		[BTLessStrategyNumber] = F_TIMESTAMPTZ_LT,
		[BTEqualStrategyNumber] = F_TIMESTAMPTZ_EQ,
		[BTGreaterStrategyNumber] = F_TIMESTAMPTZ_GT,
	};

	Assert(type == TIMESTAMPTZOID || strategy == BTEqualStrategyNumber);
	if (type == TIMESTAMPTZOID)
		return times[strategy];
	return type == NAMEOID ? F_NAMEEQ : F_TEXTEQ;
}

AttrNumber
keyed_column(const KeyedTable *keyed, const char *name, Oid type)
{
	TupleDesc columns = RelationGetDescr(keyed->table);

	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (!column->attisdropped && strcmp(NameStr(column->attname), name) == 0)
			return column->atttypid == type ? column->attnum : InvalidAttrNumber;
	}
	return InvalidAttrNumber;
}

/* Is the index one of that table, by those columns? */
static bool
has_shape(const KeyedTable *keyed, const KeyedShape *shape)
{
	Form_pg_index index = keyed->index->rd_index;

	if (index->indrelid != RelationGetRelid(keyed->table) || !index->indisvalid ||
		keyed->index->rd_rel->relam != BTREE_AM_OID || index->indnkeyatts != shape->keys)
		return false;
	for (int i = 0; i < shape->keys; i++)
		if (index->indkey.values[i] == InvalidAttrNumber ||
			index->indkey.values[i] != keyed_column(keyed, shape->columns[i], shape->types[i]) ||
			keyed->index->rd_indoption[i] != 0)
			return false;
	return RelationGetIndexPredicate(keyed->index) == NIL;
}

bool
keyed_open(KeyedTable *keyed, Oid schema, const KeyedShape *shape)
{
	Oid table = get_relname_relid(shape->table, schema);
	Oid index = get_relname_relid(shape->index, schema);

	if (!OidIsValid(table) || get_rel_relkind(table) != RELKIND_RELATION || !OidIsValid(index) ||
		get_rel_relkind(index) != RELKIND_INDEX)
		return false;
	keyed->table = table_open(table, AccessShareLock);
	keyed->index = index_open(index, AccessShareLock);
	keyed->slot = NULL;
	if (!has_shape(keyed, shape))
	{
		keyed_close(keyed);
		return false;
	}
	keyed->slot = table_slot_create(keyed->table, NULL);
	return true;
}

void
keyed_close(KeyedTable *keyed)
{
	if (keyed->slot != NULL)
		ExecDropSingleTupleTableSlot(keyed->slot);
	index_close(keyed->index, AccessShareLock);
	table_close(keyed->table, AccessShareLock);
}

void
keyed_key(const KeyedTable *keyed, ScanKey key, int column, StrategyNumber strategy, Datum value)
{
	ScanKeyEntryInitialize(key, 0, (AttrNumber) column, strategy, InvalidOid,
						   keyed->index->rd_indcollation[column - 1],
						   key_procedure(keyed->index->rd_opcintype[column - 1], strategy), value);
}

bool
keyed_find(KeyedTable *keyed, ScanKey keys, int count, bool backward)
{
	IndexScanDesc scan = lf_index_beginscan(keyed->table, keyed->index, GetActiveSnapshot(), count);
	bool found;

	index_rescan(scan, keys, count, NULL, 0);
	found = index_getnext_slot(scan, backward ? BackwardScanDirection : ForwardScanDirection,
							   keyed->slot);
	index_endscan(scan);
	return found;
}
