/*
 * interrupts.c
 *	  PostgreSQL's interrupts while the core is at work.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"

/* An error that an interrupt raised while the core was at work. */
static ErrorData *raised = NULL;

volatile sig_atomic_t deadline_passed = false;

/* The timeout that this process has for it; MAX_TIMEOUTS: none yet. */
static TimeoutId deadline = MAX_TIMEOUTS;

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
	if (QueryCancelPending || ProcDiePending || deadline_passed || postmaster_is_gone())
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
	if (deadline_passed)
		throw_deadline();
}

/* The timeout's signal came. */
static void
pass_deadline(void)
{
	deadline_passed = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

void
deadline_set(TimestampTz time)
{
	deadline_passed = false;
	if (time == DT_NOEND)
		return;
	if (deadline == MAX_TIMEOUTS)
		deadline = RegisterTimeout(USER_TIMEOUT, pass_deadline);
	enable_timeout_at(deadline, time);
}

void
deadline_clear(void)
{
	if (deadline != MAX_TIMEOUTS)
		disable_timeout(deadline, false);
	deadline_passed = false;
}

void
throw_deadline(void)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("the time that was given for the work is up")));
}
