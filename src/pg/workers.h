/*
 * workers.h
 *	  Trains the networks of an ensemble with PostgreSQL's parallel workers.
 */
#ifndef LSTM_FORECAST_WORKERS_H
#define LSTM_FORECAST_WORKERS_H

#include "postgres.h"

#include "members.h"

/*
 * Processes that may share the training, this one included: the option, or (auto)
 * one more than max_parallel_workers_per_gather, but no more than there are
 * networks or processors. 1 inside a parallel worker.
 */
extern int worker_processes(int option, int member_count);

/*
 * Train all members into outputs (member_count), whose arrays are allocated here,
 * in CurrentMemoryContext. Uses job->processes - 1 parallel workers, or as many as
 * PostgreSQL has free; the outputs do not depend on it. An error in any of them is
 * raised here. Interruptible.
 */
extern void train_members(TrainJob *job, MemberOutput *outputs);

#endif
