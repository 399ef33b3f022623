/*
 * watch_sql.c
 *	  The trigger function that watches a table.
 */
#include "postgres.h"

#include "access/table.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "base/memory.h"
#include "watch/watch.h"

PG_FUNCTION_INFO_V1(lstm_watch);
PG_FUNCTION_INFO_V1(lstm_watch_check);

#define WATCH_HINT                                                                                 \
	"CREATE TRIGGER ... AFTER INSERT ON ... REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT "    \
	"EXECUTE FUNCTION lstm_watch('model')."

/* Raise 39P01 for a trigger that can never watch anything. */
static void
check_trigger(const TriggerData *trigger)
{
	const char *fault = NULL;

	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || !TRIGGER_FIRED_AFTER(trigger->tg_event))
		fault = "It must be AFTER a statement.";
	else if (trigger->tg_trigger->tgnargs < 1 || trigger->tg_trigger->tgnargs > 2)
		fault = "Its arguments are the model's name, and perhaps options as JSON.";
	else if (trigger->tg_newtable == NULL && (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
											  TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)))
		fault = "It needs the new rows as a transition table.";
	if (fault != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" cannot call lstm_watch", trigger->tg_trigger->tgname),
				 errdetail("%s", fault), errhint(WATCH_HINT)));
}

/* (model, options) as arguments of a trigger; DELETE and TRUNCATE have nothing to watch */
Datum
lstm_watch(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = (const TriggerData *) fcinfo->context;
	Scratch scratch;
	WatchOptions options;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("lstm_watch is called by triggers only"), errhint(WATCH_HINT)));
	check_trigger(trigger);
	if (trigger->tg_newtable == NULL || tuplestore_tuple_count(trigger->tg_newtable) == 0)
		return PointerGetDatum(NULL);
	scratch = scratch_enter("lstm_forecast watch");
	watch_options_parse(&options,
						trigger->tg_trigger->tgnargs > 1 ? trigger->tg_trigger->tgargs[1] : NULL);
	watch_statement(trigger, get_func_namespace(fcinfo->flinfo->fn_oid),
					trigger->tg_trigger->tgargs[0], &options);
	scratch_leave(&scratch);
	return PointerGetDatum(NULL);
}

/* (model, table, options) -> nothing, or an error */
Datum
lstm_watch_check(PG_FUNCTION_ARGS)
{
	WatchOptions options;
	Relation table;
	AclResult may;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("model and table must not be null")));
	watch_options_parse(&options, PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	may = pg_class_aclcheck(PG_GETARG_OID(1), GetUserId(), ACL_TRIGGER);
	if (may != ACLCHECK_OK)
		aclcheck_error(may, OBJECT_TABLE, get_rel_name(PG_GETARG_OID(1)));
	table = table_open(PG_GETARG_OID(1), AccessShareLock);
	watch_check(table, get_func_namespace(fcinfo->flinfo->fn_oid),
				text_to_cstring(PG_GETARG_TEXT_PP(0)), &options);
	table_close(table, AccessShareLock);
	PG_RETURN_VOID();
}
