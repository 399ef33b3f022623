/*
 * room.h
 *	  Shared memory for a parallel context, or why there is no room for it.
 */
#ifndef LSTM_FORECAST_ROOM_H
#define LSTM_FORECAST_ROOM_H

#include "postgres.h"

#include "access/parallel.h"

#define LIBRARY "lstm_forecast" /* in which workers find where they begin */

/*
 * Make the context's segment. Gives NULL, or why the system has no room for it (a container has
 * 64 MB in /dev/shm where nobody says more); the context is no more then. All else is raised.
 */
extern const char *make_segment(ParallelContext *context);

/* Processors of the machine, at least 1. */
extern int processors(void);

/*
 * Processes that may share a piece of work, this one included: one more than
 * max_parallel_workers_per_gather, but no more than there are processors. 1 inside a parallel
 * worker, where interrupts cannot act, and without a snapshot.
 */
extern int query_processes(void);

/* May there be any besides this one? Not without a snapshot, which PostgreSQL hands to workers. */
extern bool workers_possible(void);

/* What pg_stat_activity shows of the workers: the statement that they work for. */
extern const char *worker_query(void);

/* Tell that one process trains, and why, once a statement, which may be many trainings. */
extern void notice_one_process(const char *reason);

#endif
