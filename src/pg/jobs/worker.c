/*
 * worker.c
 *	  A background worker: does the queued jobs of one role, as that role, and ends.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/background.h"
#include "base/compat.h"
#include "base/interrupts.h"
#include "base/settings.h"
#include "jobs/holds.h"
#include "jobs/job.h"
#include "jobs/launch.h"
#include "jobs/statements.h"

#define WAIT_MS 200

PGDLLEXPORT void lstm_registry_worker(Datum argument);

/* A place among the workers, perhaps after others have left one; false where enough wait already.
 */
static bool
take_place(void)
{
	if (place_take(setting_max_job_workers, false))
		return true;
	if (!place_take(setting_max_job_workers, true))
		return false;
	pgstat_report_activity(STATE_RUNNING, "lstm_retrain: waiting for \"max_job_workers\"");
	while (!place_take(setting_max_job_workers, false))
		background_pause(WAIT_MS);
	waiting_place_leave();
	return true;
}

/* The registry's schema, in TopMemoryContext. */
static const char *
find_schema(void)
{
	char *schema;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	MemoryContextSwitchTo(TopMemoryContext);
	schema = registry_schema();
	PopActiveSnapshot();
	CommitTransactionCommand();
	return schema;
}

/* A worker for the roles whose turn is next; without one they wait for another call. */
static void
hand_on(const WorkerOrder *order)
{
	WorkerOrder rest = {.database = order->database, .count = order->count - 1};

	if (rest.count < 1)
		return;
	memcpy(rest.owners, order->owners + 1, sizeof(Oid) * rest.count);
	(void) launch_worker(&rest);
}

void
lstm_registry_worker(Datum argument)
{
	WorkerOrder order;
	const char *schema;

	(void) argument;
	memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof(order));
	background_connect(order.database, order.owners[0], LF_WORKER_CONNECTION);
	schema = find_schema();
	if (schema == NULL || !take_place())
		return;
	while (do_next_job(schema))
	{
		check_interrupts();
		background_reload();
	}
	hand_on(&order);
}
