/*
 * jobs_sql.c
 *	  What the functions of src/registry/jobs.sql call.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "base/interrupts.h"
#include "base/settings.h"
#include "jobs/holds.h"
#include "jobs/launch.h"

PG_FUNCTION_INFO_V1(lstm_registry_wake);
PG_FUNCTION_INFO_V1(lstm_registry_held);
PG_FUNCTION_INFO_V1(lstm_registry_own_row);

/* The role of that name, which the caller must have the rights of: 42501. */
static Oid
wakeable_role(const char *name)
{
	Oid role = get_role_oid(name, false);

	if (!has_privs_of_role(GetUserId(), role))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("permission denied to start workers of role \"%s\"", name)));
	return role;
}

/* (owners, workers, now) -> whether one was started; true where that is left to the commit */
Datum
lstm_registry_wake(PG_FUNCTION_ARGS)
{
	ArrayType *names = PG_GETARG_ARRAYTYPE_P(0);
	int64 workers = PG_GETARG_INT64(1);
	WorkerOrder order = {.database = MyDatabaseId};
	Datum *elements;
	bool *nulls;
	int count;

	deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count && order.count < ORDER_OWNERS; i++)
	{
		check_interrupts();
		if (!nulls[i])
			order.owners[order.count++] = wakeable_role(TextDatumGetCString(elements[i]));
	}
	if (order.count == 0 || workers < 1)
		PG_RETURN_BOOL(true);
	if (PG_GETARG_BOOL(2))
		PG_RETURN_BOOL(setting_max_job_workers > 0 && launch_worker(&order));
	launch_at_commit(order.owners, order.count, (int) Min(workers, MOST_WORKERS));
	PG_RETURN_BOOL(true);
}

/* (job) -> whether a worker is at it */
Datum
lstm_registry_held(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(job_is_held(PG_GETARG_INT64(0)));
}

/* (xmin) -> whether it is of the transaction under way, or of a part of it */
Datum
lstm_registry_own_row(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(TransactionIdIsCurrentTransactionId(PG_GETARG_TRANSACTIONID(0)));
}
