/*
 * ledger.c
 *	  Forecasts in the registry's ledger.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "watch/ledger.h"
#include "watch/reach.h"

/*
 * Forecasts of one time lie together in an index of their own: rows that come in are of about the
 * same time, so that of a large ledger the pages of that time are all that is looked at.
 */
enum
{
	NOW_NAME = 1,
	NOW_TIME,
	NOW_SERIES,
	NOW_ORIGIN
};

static const KeyedShape by_time = {.table = "lstm_ledger",
								   .index = "lstm_ledger_now",
								   .keys = NOW_ORIGIN,
								   .columns = {"name", "ts", "series", "origin"},
								   .types = {TEXTOID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID}};

/* The same by series. */
enum
{
	KEY_NAME = 1,
	KEY_SERIES,
	KEY_TIME,
	KEY_ORIGIN
};

static const KeyedShape by_series = {.table = "lstm_ledger",
									 .index = "lstm_ledger_pkey",
									 .keys = KEY_ORIGIN,
									 .columns = {"name", "series", "ts", "origin"},
									 .types = {TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};

bool
ledger_open(Ledger *ledger, Oid schema, const char *model)
{
	if (!keyed_open(&ledger->keyed, schema, &by_time))
		return false;
	ledger->schema = schema;
	ledger->memory = CurrentMemoryContext;
	ledger->series_is_open = false;
	ledger->altered = false;
	ledger->model = CStringGetTextDatum(model);
	ledger->key = reach_key(model, strlen(model), RelationGetRelid(ledger->keyed.table));
	ledger->time = keyed_column(&ledger->keyed, "ts", TIMESTAMPTZOID);
	ledger->version = keyed_column(&ledger->keyed, "version", INT4OID);
	ledger->forecast = keyed_column(&ledger->keyed, "forecast", FLOAT8OID);
	ledger->lower = keyed_column(&ledger->keyed, "lower", FLOAT8OID);
	ledger->upper = keyed_column(&ledger->keyed, "upper", FLOAT8OID);
	if (ledger->version && ledger->forecast && ledger->lower && ledger->upper)
		return true;
	keyed_close(&ledger->keyed);
	return false;
}

void
ledger_close(Ledger *ledger)
{
	keyed_close(&ledger->keyed);
	if (ledger->series_is_open)
		keyed_close(&ledger->by_series);
}

/* A number of the row that was found; NaN for NULL. */
static double
row_number(Ledger *ledger, AttrNumber column)
{
	bool null;
	Datum value = slot_getattr(ledger->keyed.slot, column, &null);

	return null ? NAN : DatumGetFloat8(value);
}

bool
ledger_forecast(Ledger *ledger, Datum series, TimestampTz time, LedgerForecast *forecast)
{
	KeyedTable *keyed = &ledger->keyed;
	ScanKeyData keys[4];
	bool null;

	keyed_key(keyed, &keys[0], NOW_NAME, BTEqualStrategyNumber, ledger->model);
	keyed_key(keyed, &keys[1], NOW_TIME, BTEqualStrategyNumber, TimestampTzGetDatum(time));
	keyed_key(keyed, &keys[2], NOW_SERIES, BTEqualStrategyNumber, series);
	keyed_key(keyed, &keys[3], NOW_ORIGIN, BTLessStrategyNumber, TimestampTzGetDatum(time));
	if (!keyed_find(keyed, keys, 4, true))
		return false;
	forecast->forecast = row_number(ledger, ledger->forecast);
	forecast->lower = row_number(ledger, ledger->lower);
	forecast->upper = row_number(ledger, ledger->upper);
	forecast->version = DatumGetInt32(slot_getattr(keyed->slot, ledger->version, &null));
	/* the slot has no need to hold on to its page until the next row */
	ExecClearTuple(keyed->slot);
	return true;
}

/* Open the index by series, which only a series that the session has not seen needs. */
static bool
open_by_series(Ledger *ledger)
{
	MemoryContext caller = MemoryContextSwitchTo(ledger->memory);

	if (!ledger->series_is_open)
		ledger->series_is_open = keyed_open(&ledger->by_series, ledger->schema, &by_series);
	MemoryContextSwitchTo(caller);
	return ledger->series_is_open;
}

bool
ledger_reaches_beyond(Ledger *ledger, Datum series, TimestampTz time, bool hint)
{
	KeyedTable *keyed = &ledger->by_series;
	const text *name = DatumGetTextPP(series);
	uint64 key = reach_key(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), ledger->key);
	ScanKeyData keys[3];
	bool found;
	bool null;

	if (hint && reach_is_beyond(key, time))
		return true;
	if (!open_by_series(ledger))
	{
		ledger->altered = true;
		return true;
	}
	keyed_key(keyed, &keys[0], KEY_NAME, BTEqualStrategyNumber, ledger->model);
	keyed_key(keyed, &keys[1], KEY_SERIES, BTEqualStrategyNumber, series);
	keyed_key(keyed, &keys[2], KEY_TIME, BTGreaterStrategyNumber, TimestampTzGetDatum(time));
	found = keyed_find(keyed, keys, 3, true);
	if (found)
		reach_remember(key, DatumGetTimestampTz(slot_getattr(keyed->slot, ledger->time, &null)));
	ExecClearTuple(keyed->slot);
	return found;
}
