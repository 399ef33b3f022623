/*
 * due.c
 *	  Series whose forecasts are to be renewed.
 *
 * They are written to the registry's table lstm_due, where a worker or cron finds them. The table
 * has no unique index, which would let an INSERT wait for another's transaction. A series is asked
 * for once, as far as this transaction sees.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "watch/due.h"

/* Series that are kept before they are written. */
#define MOST_KEPT 10000

/* A name and a model's that are longer together may not fit into an index: nothing is forecast. */
#define LONGEST_KEY 2000

/* A series; that two of a statement have the same hash is less likely than a fault of memory. */
typedef struct DueEntry
{
	uint64 hash; /* key */
	char *name;  /* NULL: it was asked for before */
	TimestampTz after;
} DueEntry;

enum
{
	KEY_OWNER = 1,
	KEY_NAME,
	KEY_SERIES
};

static const KeyedShape asked = {.table = "lstm_due",
								 .index = "lstm_due_series",
								 .keys = KEY_SERIES,
								 .columns = {"owner", "name", "series"},
								 .types = {NAMEOID, TEXTOID, TEXTOID}};

void
due_begin(DueSeries *due, const Registered *model, Oid role)
{
	*due = (DueSeries){.model = model, .role = role, .parent = CurrentMemoryContext};
}

/* Open what the first series needs. */
static void
begin_series(DueSeries *due)
{
	HASHCTL control = {.keysize = sizeof(uint64), .entrysize = sizeof(DueEntry)};
	MemoryContext caller;

	due->memory = AllocSetContextCreate(due->parent, "lstm_forecast due", ALLOCSET_DEFAULT_SIZES);
	control.hcxt = due->memory;
	due->series =
		hash_create("lstm_forecast due", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	due->fresh = 0;
	caller = MemoryContextSwitchTo(due->memory);
	due->altered = !keyed_open(&due->asked, due->model->schema, &asked);
	if (!due->altered)
	{
		due->tried = keyed_column(&due->asked, "tried_at", TIMESTAMPTZOID);
		due->altered = due->tried == InvalidAttrNumber ||
					   keyed_column(&due->asked, "after", TIMESTAMPTZOID) == InvalidAttrNumber;
		if (due->altered)
			keyed_close(&due->asked);
	}
	MemoryContextSwitchTo(caller);
}

/* Is the series in the table? One that no renewal has tried yet waits for it. */
static bool
was_asked(DueSeries *due, Datum series)
{
	KeyedTable *keyed = &due->asked;
	NameData owner;
	ScanKeyData keys[3];
	bool found;

	namestrcpy(&owner, due->model->owner);
	keyed_key(keyed, &keys[0], KEY_OWNER, BTEqualStrategyNumber, NameGetDatum(&owner));
	keyed_key(keyed, &keys[1], KEY_NAME, BTEqualStrategyNumber,
			  CStringGetTextDatum(due->model->name));
	keyed_key(keyed, &keys[2], KEY_SERIES, BTEqualStrategyNumber, series);
	found = keyed_find(keyed, keys, 3, false);
	if (found && slot_attisnull(keyed->slot, due->tried))
		due->waiting = true;
	ExecClearTuple(keyed->slot);
	return found;
}

/* The series that were not asked for before, and their times, as arrays. */
static void
fresh_arrays(const DueSeries *due, Datum *names, Datum *times)
{
	Datum *name_list = palloc(due->fresh * sizeof(Datum));
	Datum *time_list = palloc(due->fresh * sizeof(Datum));
	HASH_SEQ_STATUS scan;
	DueEntry *entry;
	int count = 0;

	hash_seq_init(&scan, due->series);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if (entry->name == NULL)
			continue;
		name_list[count] = CStringGetTextDatum(entry->name);
		time_list[count++] = TimestampTzGetDatum(entry->after);
	}
	*names = PointerGetDatum(construct_array(name_list, count, TEXTOID, -1, false, TYPALIGN_INT));
	*times = PointerGetDatum(
		construct_array(time_list, count, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/*
 * Insert them. The names in the query are qualified and it has no operators, so that it means the
 * same whatever the session's search_path is.
 */
static void
insert_fresh(const DueSeries *due)
{
	Oid types[] = {NAMEOID, TEXTOID, TEXTARRAYOID, get_array_type(TIMESTAMPTZOID)};
	NameData owner;
	Datum values[4];
	char *query;

	SPI_connect();
	namestrcpy(&owner, due->model->owner);
	values[0] = NameGetDatum(&owner);
	values[1] = CStringGetTextDatum(due->model->name);
	fresh_arrays(due, &values[2], &values[3]);
	query =
		psprintf("INSERT INTO %s (owner, name, series, after) SELECT $1, $2, d.series, d.after "
				 "FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) "
				 "AS d(series, after)",
				 quote_qualified_identifier(get_namespace_name(due->model->schema), asked.table));
	if (SPI_execute_with_args(query, lengthof(types), types, values, NULL, false, 0) !=
		SPI_OK_INSERT)
		elog(ERROR, "series to renew could not be written");
	SPI_finish();
}

/* Write as the role, whatever the session has set about policies, and begin again. */
static void
flush_series(DueSeries *due)
{
	if (due->fresh > 0)
	{
		Oid user;
		int security;
		int level = NewGUCNestLevel();

		GetUserIdAndSecContext(&user, &security);
		SetUserIdAndSecContext(due->role, security | SECURITY_LOCAL_USERID_CHANGE);
		(void) set_config_option("row_security", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
		insert_fresh(due);
		AtEOXact_GUC(true, level);
		SetUserIdAndSecContext(user, security);
		due->waiting = true;
	}
	if (!due->altered)
		keyed_close(&due->asked);
	MemoryContextDelete(due->memory);
	due->series = NULL;
}

void
due_add(DueSeries *due, const ValueText *series, Datum text, TimestampTz time)
{
	DueEntry *entry;
	uint64 hash;
	bool found;

	if (strlen(due->model->name) + series->length > LONGEST_KEY)
		return;
	if (due->series == NULL)
		begin_series(due);
	if (due->altered)
		return;
	hash = hash_bytes_extended((const unsigned char *) series->bytes, (int) series->length, 0);
	entry = hash_search(due->series, &hash, HASH_ENTER, &found);
	if (found)
	{
		entry->after = Max(entry->after, time);
		return;
	}
	entry->name = NULL;
	entry->after = time;
	if (!was_asked(due, text))
	{
		entry->name = MemoryContextAlloc(due->memory, series->length + 1);
		memcpy(entry->name, series->bytes, series->length);
		entry->name[series->length] = '\0';
		due->fresh++;
	}
	if (hash_get_num_entries(due->series) >= MOST_KEPT)
		flush_series(due);
}

bool
due_end(DueSeries *due)
{
	if (due->series != NULL)
		flush_series(due);
	return due->waiting;
}
