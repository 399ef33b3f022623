/*
 * registered.c
 *	  A model of the registry, as the watch of a table needs to know it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "watch/keyed.h"
#include "watch/registered.h"

#define OPTION_ZONE "time_zone"

static const KeyedShape definitions = {.table = "lstm_definition",
									   .index = "lstm_definition_pkey",
									   .keys = 1,
									   .columns = {"name"},
									   .types = {TEXTOID}};

/* A column's value of the row that was found; false where it is NULL or there is no such column. */
static bool
column_value(KeyedTable *keyed, const char *column, Oid type, Datum *value)
{
	AttrNumber number = keyed_column(keyed, column, type);
	bool null;

	if (number == InvalidAttrNumber)
		return false;
	*value = slot_getattr(keyed->slot, number, &null);
	return !null;
}

/* A text of that row, or NULL. */
static const char *
column_text(KeyedTable *keyed, const char *column)
{
	Datum value;

	return column_value(keyed, column, TEXTOID, &value) ? TextDatumGetCString(value) : NULL;
}

/* The zone of the option, else that of the session that defined the model. */
static const char *
zone_of(KeyedTable *keyed)
{
	Datum value;

	if (column_value(keyed, "options", JSONBOID, &value))
	{
		JsonbValue zone;
		Jsonb *options = DatumGetJsonbP(value);

		if (JB_ROOT_IS_OBJECT(options) &&
			getKeyJsonValueFromContainer(&options->root, OPTION_ZONE, strlen(OPTION_ZONE), &zone) !=
				NULL &&
			zone.type == jbvString &&
			!(zone.val.string.len == 4 && pg_strncasecmp(zone.val.string.val, "auto", 4) == 0))
			return pnstrdup(zone.val.string.val, zone.val.string.len);
	}
	return column_text(keyed, "time_zone");
}

/* Fill in the row that was found, if it is of an owner whose privileges the role has. */
static bool
take_row(Registered *model, KeyedTable *keyed, Oid role)
{
	Datum owner;

	if (!column_value(keyed, "owner", NAMEOID, &owner))
		return false;
	model->owner = pstrdup(NameStr(*DatumGetName(owner)));
	model->owner_id = get_role_oid(model->owner, true);
	if (OidIsValid(model->owner_id) ? !has_privs_of_role(role, model->owner_id)
									: !superuser_arg(role))
		return false;
	model->time_column = column_text(keyed, "time_column");
	model->target_column = column_text(keyed, "target_column");
	model->series_column = column_text(keyed, "series_column");
	model->zone = zone_of(keyed);
	return true;
}

RegisteredAnswer
registered_find(Registered *model, Oid schema, const char *name, Oid role)
{
	KeyedTable keyed;
	ScanKeyData key;
	bool found;

	if (!keyed_open(&keyed, schema, &definitions))
		return REGISTERED_ALTERED;
	*model = (Registered){.schema = schema, .name = name};
	keyed_key(&keyed, &key, 1, BTEqualStrategyNumber, CStringGetTextDatum(name));
	found = keyed_find(&keyed, &key, 1, false) && take_row(model, &keyed, role);
	keyed_close(&keyed);
	return found ? REGISTERED_FOUND : REGISTERED_NONE;
}
