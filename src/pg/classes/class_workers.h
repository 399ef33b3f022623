/*
 * class_workers.h
 *	  Trains the networks of a model that tells classes, in parallel workers.
 */
#ifndef LSTM_FORECAST_CLASS_WORKERS_H
#define LSTM_FORECAST_CLASS_WORKERS_H

#include "postgres.h"

#include "base/memory.h"
#include "classes/members.h"

/*
 * Train all networks into outputs (members), whose arrays are allocated here, in
 * CurrentMemoryContext. processes: that may take part, this one included; fewer do where there are
 * fewer networks, workers or memory. The outputs do not depend on it. Raises 54000 before any work
 * where one process alone would take too much. Interruptible; reports progress.
 */
extern void class_members_train(const ClassJob *job, int processes, MemoryAccount *account,
								ClassOutput *outputs);

#endif
