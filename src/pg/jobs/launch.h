/*
 * launch.h
 *	  Starts background workers, now or once the transaction has committed.
 */
#ifndef LSTM_FORECAST_LAUNCH_H
#define LSTM_FORECAST_LAUNCH_H

#include "postgres.h"

#include "postmaster/bgworker.h"

/* Workers that may be asked for; the setting allows fewer. */
#define MOST_WORKERS 1000

/* Owners that one worker can be told of: what fits into a worker's entry. */
#define ORDER_OWNERS ((BGW_EXTRALEN - 2 * (int) sizeof(Oid)) / (int) sizeof(Oid))

/*
 * What a worker is told: to do the queued jobs of the first of these roles, as that role. It starts
 * a worker for the others when it ends.
 */
typedef struct WorkerOrder
{
	Oid database;
	int count;
	Oid owners[ORDER_OWNERS];
} WorkerOrder;

/* Start a worker; false where the server has none free. Raises nothing and takes no memory. */
extern bool launch_worker(const WorkerOrder *order);

/*
 * Have up to so many workers (and no more than the setting allows) started for the queued jobs of
 * these roles when the transaction commits: not if it is rolled back. Where none is free a WARNING
 * says so then, and the jobs stay queued. Roles beyond ORDER_OWNERS are left to a later call.
 */
extern void launch_at_commit(const Oid *owners, int count, int workers);

#endif
