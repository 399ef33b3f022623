/*
 * team_wait.c
 *	  How a process waits for the others that train the same network.
 */
#include "postgres.h"

#include "storage/spin.h"
#include "utils/wait_event.h"

#include "train/team_wait.h"

#define SPINS 200  /* times ... */
#define PAUSES 10  /* ... these pauses of the processor: about a tenth of a millisecond */
#define NAP_MS 100 /* should nobody wake us */

void
team_wait(TeamWait *wait, ConditionVariable *moved, bool waiting)
{
	if (!waiting)
	{
		if (wait->spins > SPINS)
			ConditionVariableCancelSleep();
		ConditionVariableBroadcast(moved);
		wait->spins = 0;
		return;
	}
	wait->spins++;
	if (wait->spins <= SPINS)
		for (int i = 0; i < PAUSES; i++)
			SPIN_DELAY();
	else
		/* the first call only enrols, so that the step in between sees what was missed */
		(void) ConditionVariableTimedSleep(moved, NAP_MS, PG_WAIT_EXTENSION);
}
