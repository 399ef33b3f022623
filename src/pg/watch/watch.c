/*
 * watch.c
 *	  The rows of a statement against the forecasts in the ledger.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "watch/alert.h"
#include "watch/due.h"
#include "watch/fresh.h"
#include "watch/ledger.h"
#include "watch/registered.h"
#include "watch/renewal.h"
#include "watch/watch.h"

#define ALTERED "The tables of the extension lstm_registry were altered."
#define COLUMNS_HINT                                                                               \
	"The options \"time_column\", \"target_column\" and \"series_column\" of lstm_watch say how "  \
	"columns of the table are called."

/* One statement's work. */
typedef struct Watch
{
	Registered model;
	FreshRows rows;
	Ledger ledger;
	Alerts alerts;
	DueSeries due;
	bool renew;
} Watch;

/* Tell, once a session, why a trigger does nothing. */
static void
warn_once(const TriggerData *trigger, const char *detail, const char *hint)
{
	static HTAB *warned = NULL;
	bool found;

	if (warned == NULL)
	{
		HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(Oid)};

		warned = hash_create("lstm_forecast watch warnings", 16, &control, HASH_ELEM | HASH_BLOBS);
	}
	(void) hash_search(warned, &trigger->tg_trigger->tgoid, HASH_ENTER, &found);
	if (!found)
		ereport(WARNING,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" is not watched by trigger \"%s\"",
						RelationGetRelationName(trigger->tg_relation), trigger->tg_trigger->tgname),
				 errdetail("%s", detail), hint != NULL ? errhint("%s", hint) : 0));
}

/* Has a role the privileges on the registry's tables that the extension grants to everybody? */
static bool
role_may(Oid role, Oid schema, const char *table, AclMode mode)
{
	Oid relation = get_relname_relid(table, schema);

	return OidIsValid(relation) && pg_class_aclcheck(relation, role, mode) == ACLCHECK_OK;
}

/* Find the model and look at the rights of the table's owner; false, and a WARNING: not so. */
static bool
find_model(Watch *watch, const TriggerData *trigger, Oid schema, const char *name)
{
	Oid role = trigger->tg_relation->rd_rel->relowner;

	switch (registered_find(&watch->model, schema, name, role))
	{
		case REGISTERED_FOUND:
			break;
		case REGISTERED_NONE:
			warn_once(
				trigger,
				psprintf("There is no model \"%s\" that belongs to the owner of the table.", name),
				"Define it, or drop the trigger.");
			return false;
		case REGISTERED_ALTERED:
			warn_once(trigger, ALTERED, NULL);
			return false;
	}
	if (role_may(role, schema, "lstm_definition", ACL_SELECT) &&
		role_may(role, schema, "lstm_ledger", ACL_SELECT) &&
		(!watch->renew || role_may(role, schema, "lstm_due", ACL_INSERT)))
		return true;
	warn_once(trigger,
			  "The owner of the table has no privileges on the tables of the extension "
			  "lstm_registry.",
			  NULL);
	return false;
}

/* The columns that the options name, else those of the model's definition. */
static FreshColumns
watched_columns(const Registered *model, const WatchOptions *options)
{
	return (FreshColumns){
		.time = options->time_column != NULL ? options->time_column : model->time_column,
		.target = options->target_column != NULL ? options->target_column : model->target_column,
		.series = options->series_column != NULL ? options->series_column : model->series_column,
		.zone = model->zone};
}

/* Open what the rows need; false, and a WARNING: it cannot be. */
static bool
begin(Watch *watch, const TriggerData *trigger, Oid schema, const char *name,
	  const WatchOptions *options)
{
	const Registered *model = &watch->model;
	FreshColumns columns;
	char *why;

	watch->renew = options->renew;
	if (!find_model(watch, trigger, schema, name))
		return false;
	columns = watched_columns(model, options);
	if (!fresh_begin(&watch->rows, trigger, &columns, &why))
	{
		warn_once(trigger, why, COLUMNS_HINT);
		return false;
	}
	if (!ledger_open(&watch->ledger, schema, name))
	{
		fresh_end(&watch->rows);
		warn_once(trigger, ALTERED, NULL);
		return false;
	}
	watch->alerts = (Alerts){.channel = options->channel, .model = name, .most = options->most};
	due_begin(&watch->due, model, trigger->tg_relation->rd_rel->relowner);
	return true;
}

/* One row. Late ones have their old forecasts; what the ledger never had is left alone. */
static void
watch_row(Watch *watch, const FreshRow *row)
{
	Datum series =
		PointerGetDatum(cstring_to_text_with_len(row->series.bytes, (int) row->series.length));
	LedgerForecast forecast;
	bool known = ledger_forecast(&watch->ledger, series, row->time, &forecast);
	bool unexpected = known && alert_is_due(&forecast, row->value);

	if (unexpected)
		alert_tell(&watch->alerts, row, &forecast);
	if (watch->renew &&
		(unexpected || !ledger_reaches_beyond(&watch->ledger, series, row->time, known)))
		due_add(&watch->due, &row->series, series, row->time);
}

void
watch_statement(const TriggerData *trigger, Oid schema, const char *model,
				const WatchOptions *options)
{
	Watch watch;
	FreshRow row;
	MemoryContext outer = CurrentMemoryContext;
	MemoryContext each;

	if (!begin(&watch, trigger, schema, model, options))
		return;
	each = AllocSetContextCreate(outer, "lstm_forecast watched row", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(each);
	while (fresh_next(&watch.rows, &row))
	{
		watch_row(&watch, &row);
		MemoryContextReset(each);
	}
	MemoryContextSwitchTo(outer);
	MemoryContextDelete(each);
	ledger_close(&watch.ledger);
	fresh_end(&watch.rows);
	alert_end(&watch.alerts);
	if (watch.due.altered)
		warn_once(trigger, ALTERED, NULL);
	if (due_end(&watch.due))
		renewal_wanted(schema, watch.model.owner_id);
}

void
watch_check(Relation table, Oid schema, const char *name, const WatchOptions *options)
{
	Registered model;
	FreshRows rows;
	FreshColumns columns;
	char *why;

	/* whoever asks learns of models of their own only */
	if (registered_find(&model, schema, name, GetUserId()) != REGISTERED_FOUND ||
		registered_find(&model, schema, name, table->rd_rel->relowner) != REGISTERED_FOUND)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("model \"%s\" does not exist", name),
				 errdetail("There is no model of this name that belongs to the owner of "
						   "table \"%s\".",
						   RelationGetRelationName(table))));
	columns = watched_columns(&model, options);
	if (!fresh_columns(&rows, RelationGetDescr(table), &columns, &why))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("table \"%s\" cannot be watched for model \"%s\"",
							   RelationGetRelationName(table), name),
						errdetail("%s", why), errhint(COLUMNS_HINT)));
}
