/*
 * workers.h
 *	  Trains the networks of an ensemble with PostgreSQL's parallel workers.
 */
#ifndef LSTM_FORECAST_WORKERS_H
#define LSTM_FORECAST_WORKERS_H

#include "postgres.h"

#include "train/train_member.h"

/*
 * Processes that may share the training, this one included: the option, or (auto)
 * one more than max_parallel_workers_per_gather, but no more than there are
 * processors. 1 inside a parallel worker, and where interrupts cannot act.
 */
extern int worker_processes(int option);

/*
 * Find out what the networks' training will take, and let job->processes be no more
 * than can do something and than there may be memory for. Raises 54000 when one process
 * alone would need too much: to be called before any work starts.
 */
extern void prepare_training(TrainJob *job);

/*
 * Train all members into outputs (member_count), whose arrays are allocated here,
 * in CurrentMemoryContext. Uses job->processes - 1 parallel workers, or as many as
 * PostgreSQL has free, or none, with a NOTICE, where there is no shared memory for what
 * they share; the outputs do not depend on it. An error in any of them is raised here.
 * Interruptible.
 */
extern void train_members(const TrainJob *job, MemberOutput *outputs);

#endif
