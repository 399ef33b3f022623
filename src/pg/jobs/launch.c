/*
 * launch.c
 *	  Starts background workers, now or once the transaction has committed.
 *
 * A job can be seen by others when its transaction has committed, which is when its worker is
 * started: at a point where no error may be raised, so that everything is at hand by then.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"

#include "base/background.h"
#include "base/settings.h"
#include "jobs/launch.h"

#define WORKER_TYPE "lstm_registry worker"

/* What the transaction under way has asked for. */
static struct
{
	WorkerOrder order;
	int workers;
} wanted = {0};

bool
launch_worker(const WorkerOrder *order)
{
	StaticAssertStmt(sizeof(WorkerOrder) <= BGW_EXTRALEN,
					 "an order must fit into a worker's entry");
	return background_start(WORKER_TYPE, "lstm_registry_worker", order, sizeof(WorkerOrder));
}

/* Start the workers, each with another of the owners first, so that all come to their turn. */
static void
launch_wanted(void)
{
	int workers = Min(wanted.workers, setting_max_job_workers);
	int started = 0;

	while (started < workers)
	{
		WorkerOrder order = {.database = MyDatabaseId, .count = wanted.order.count};

		for (int i = 0; i < order.count; i++)
			order.owners[i] = wanted.order.owners[(started + i) % order.count];
		if (!launch_worker(&order))
			break;
		started++;
	}
	if (started > 0)
		return;
	if (setting_max_job_workers == 0)
		ereport(WARNING, (errmsg("trainings in the background are switched off, jobs stay queued"),
						  errhint("Raise \"lstm_forecast.max_job_workers\", then call "
								  "lstm_retrain_due().")));
	else
		ereport(WARNING, (errmsg("no background worker is free, jobs stay queued"),
						  errdetail("The server has %d for all purposes.", max_worker_processes),
						  errhint("lstm_retrain_due() or lstm_wait() begins them later; or raise "
								  "\"max_worker_processes\".")));
}

/* Of the transaction: it has ended. In one that is only prepared the jobs stay queued. */
static void
end_of_transaction(XactEvent event, void *argument)
{
	(void) argument;
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	if (event == XACT_EVENT_COMMIT && wanted.order.count > 0)
		launch_wanted();
	wanted.order.count = 0;
	wanted.workers = 0;
}

static void
want_owner(Oid owner)
{
	for (int i = 0; i < wanted.order.count; i++)
		if (wanted.order.owners[i] == owner)
			return;
	if (wanted.order.count < ORDER_OWNERS)
		wanted.order.owners[wanted.order.count++] = owner;
}

void
launch_at_commit(const Oid *owners, int count, int workers)
{
	static bool registered = false;

	if (!registered)
		RegisterXactCallback(end_of_transaction, NULL);
	registered = true;
	for (int i = 0; i < count; i++)
		want_owner(owners[i]);
	wanted.workers = Min(wanted.workers + workers, MOST_WORKERS);
}
