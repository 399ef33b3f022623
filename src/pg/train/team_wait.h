/*
 * team_wait.h
 *	  How a process waits for the others that train the same network.
 *
 * They are apart by microseconds, or by a micro-batch of many milliseconds: so it
 * first spins, then sleeps until one of them has done something.
 */
#ifndef LSTM_FORECAST_TEAM_WAIT_H
#define LSTM_FORECAST_TEAM_WAIT_H

#include "postgres.h"

#include "storage/condition_variable.h"

typedef struct TeamWait
{
	int spins; /* since it last had something to do */
} TeamWait;

/*
 * To be called after every step, waiting or not, until the last. Interrupts act in
 * it, also while it sleeps; they bring the errors of workers, and their loss.
 */
extern void team_wait(TeamWait *wait, ConditionVariable *moved, bool waiting);

#endif
