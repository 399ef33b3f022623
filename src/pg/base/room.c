/*
 * room.c
 *	  Shared memory for a parallel context, or why there is no room for it.
 */
#include "postgres.h"

#include <unistd.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "storage/dsm.h"
#include "storage/lwlock.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/room.h"

bool
workers_possible(void)
{
	return !IsParallelWorker() && INTERRUPTS_CAN_BE_PROCESSED() && ActiveSnapshotSet();
}

int
processors(void)
{
	return (int) Max(sysconf(_SC_NPROCESSORS_ONLN), 1);
}

int
query_processes(void)
{
	if (!workers_possible())
		return 1;
	return Min(1 + max_parallel_workers_per_gather, processors());
}

const char *
worker_query(void)
{
	return debug_query_string != NULL ? debug_query_string : "";
}

/* Undo what was begun of a context whose segment cannot be made, and of this owner's. */
static void
abandon_context(ParallelContext *context, ResourceOwner owner)
{
	LWLockReleaseAll();
	DestroyParallelContext(context);
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, false);
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_LOCKS, false, false);
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_AFTER_LOCKS, false, false);
	ResourceOwnerDelete(owner);
}

/*
 * Make the context's segment. PostgreSQL leaves what it had begun to the end of the transaction, or
 * of a subtransaction, but none can be begun in the leader of a parallel plan, where an aggregate
 * comes to its end. So whatever is begun belongs to an owner that can be released by itself.
 * Besides, there may be locks of shared memory: all are of here, as the caller's would hold off
 * interrupts, with which there is one process.
 */
const char *
make_segment(ParallelContext *context)
{
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner caller = CurrentResourceOwner;
	ResourceOwner owner = ResourceOwnerCreate(caller, "lstm_forecast segment");
	ErrorData *volatile error = NULL;

	CurrentResourceOwner = owner;
	PG_TRY();
	{
		InitializeParallelDSM(context);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(memory);
		CurrentResourceOwner = caller;
		error = CopyErrorData();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_INSUFFICIENT_RESOURCES)
			PG_RE_THROW();
		FlushErrorState();
	}
	PG_END_TRY();
	CurrentResourceOwner = caller;
	if (error != NULL)
	{
		abandon_context(context, owner);
		return error->message;
	}
	if (context->seg != NULL)
	{
		dsm_pin_mapping(context->seg);
		dsm_unpin_mapping(context->seg); /* it is the caller's now */
	}
	ResourceOwnerDelete(owner);
	return NULL;
}

void
notice_one_process(const char *reason)
{
	static TimestampTz noticed = 0;
	TimestampTz statement = GetCurrentStatementStartTimestamp();

	if (noticed == statement)
		return;
	noticed = statement;
	ereport(NOTICE,
			(errmsg("one process trains, as there is no shared memory for more"),
			 errdetail("PostgreSQL says: %s.", reason),
			 errhint("Have more shared memory given to the server (/dev/shm; of a container, its "
					 "--shm-size), or set the option \"workers\" to 1.")));
}
