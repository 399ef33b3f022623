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

/* Columns of the index. */
enum
{
	KEY_NAME = 1,
	KEY_SERIES,
	KEY_TIME,
	KEY_ORIGIN
};

static const KeyedShape forecasts = {.table = "lstm_ledger",
									 .index = "lstm_ledger_pkey",
									 .keys = KEY_ORIGIN,
									 .columns = {"name", "series", "ts", "origin"},
									 .types = {TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};

bool
ledger_open(Ledger *ledger, Oid schema, const char *model)
{
	if (!keyed_open(&ledger->keyed, schema, &forecasts))
		return false;
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

	keyed_key(keyed, &keys[0], KEY_NAME, BTEqualStrategyNumber, ledger->model);
	keyed_key(keyed, &keys[1], KEY_SERIES, BTEqualStrategyNumber, series);
	keyed_key(keyed, &keys[2], KEY_TIME, BTEqualStrategyNumber, TimestampTzGetDatum(time));
	keyed_key(keyed, &keys[3], KEY_ORIGIN, BTLessStrategyNumber, TimestampTzGetDatum(time));
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

bool
ledger_reaches_beyond(Ledger *ledger, Datum series, TimestampTz time, bool hint)
{
	KeyedTable *keyed = &ledger->keyed;
	const text *name = DatumGetTextPP(series);
	uint64 key = reach_key(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), ledger->key);
	ScanKeyData keys[3];
	bool found;
	bool null;

	if (hint && reach_is_beyond(key, time))
		return true;
	keyed_key(keyed, &keys[0], KEY_NAME, BTEqualStrategyNumber, ledger->model);
	keyed_key(keyed, &keys[1], KEY_SERIES, BTEqualStrategyNumber, series);
	keyed_key(keyed, &keys[2], KEY_TIME, BTGreaterStrategyNumber, TimestampTzGetDatum(time));
	found = keyed_find(keyed, keys, 3, true);
	if (found)
		reach_remember(key, DatumGetTimestampTz(slot_getattr(keyed->slot, ledger->time, &null)));
	ExecClearTuple(keyed->slot);
	return found;
}
