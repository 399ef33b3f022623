/*
 * interrupts.c
 *	  PostgreSQL's interrupts while the core is at work.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/interrupts.h"

/* An error that an interrupt raised while the core was at work. */
static ErrorData *raised = NULL;

/* A backend without a postmaster of its own (postgres --single) misses none. */
static bool
postmaster_is_gone(void)
{
	return IsUnderPostmaster && !PostmasterIsAlive();
}

/*
 * Is the core to give up its work? Not for what is held off, and a client that is looked for, a
 * request to log memory, or a message of a worker comes and goes.
 */
static bool
work_ends(void)
{
	MemoryContext caller = CurrentMemoryContext;

	if (!INTERRUPTS_CAN_BE_PROCESSED())
		return false;
	if (QueryCancelPending || ProcDiePending || postmaster_is_gone())
		return true;
	PG_TRY();
	{
		CHECK_FOR_INTERRUPTS();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		raised = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	return raised != NULL;
}

const lf_interrupt_check core_interrupt = {
	.flag = &InterruptPending,
#ifdef USE_POSTMASTER_DEATH_SIGNAL
	.other = &postmaster_possibly_dead,
#endif
	.ends = work_ends,
};

/* As PostgreSQL ends those that wait for their client; held off like an interrupt. */
void
check_postmaster(void)
{
	if (INTERRUPTS_CAN_BE_PROCESSED() && postmaster_is_gone())
		ereport(FATAL, (errcode(ERRCODE_ADMIN_SHUTDOWN),
						errmsg("terminating connection due to unexpected postmaster exit")));
}

void
let_interrupt_act(void)
{
	ErrorData *error = raised;

	check_postmaster();
	raised = NULL;
	if (error != NULL)
		ReThrowError(error);
	CHECK_FOR_INTERRUPTS();
}
