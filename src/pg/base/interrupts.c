/*
 * interrupts.c
 *	  PostgreSQL's interrupts while the core is at work.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/interrupts.h"

/* An error that an interrupt raised while the core was at work. */
static ErrorData *raised = NULL;

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
	if (QueryCancelPending || ProcDiePending)
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

const lf_interrupt_check core_interrupt = {.flag = &InterruptPending, .ends = work_ends};

void
let_interrupt_act(void)
{
	ErrorData *error = raised;

	raised = NULL;
	if (error != NULL)
		ReThrowError(error);
	CHECK_FOR_INTERRUPTS();
}
