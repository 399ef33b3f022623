/*
 * interrupts.h
 *	  PostgreSQL's interrupts and the postmaster's end while the core or a loop is at work.
 *
 * The core polls InterruptPending. What ends no statement is dealt with at once; for all else it
 * comes back with LF_INTERRUPTED, and the error is raised here, with no frame of the core on the
 * stack.
 *
 * A postmaster that is gone is no interrupt: PostgreSQL's processes notice it where they wait. One
 * that computes looks for it here, or it would hinder the server's next start for hours.
 */
#ifndef LSTM_FORECAST_INTERRUPTS_H
#define LSTM_FORECAST_INTERRUPTS_H

#include "postgres.h"
#include <signal.h>

#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "storage/pmsignal.h"

#include "core/interrupt.h"
#include "base/compat.h"

/* Rows that a loop of the glue may go through between two looks at interrupts. */
#define INTERRUPT_ROWS 16384

/* Bytes that it may copy or compare. */
#define INTERRUPT_BYTES ((Size) 4 * 1024 * 1024)

/* What the core polls. */
extern const lf_interrupt_check core_interrupt;

/* Let an interrupt act that ended the core's work, or came before it: raises its error. */
extern void let_interrupt_act(void);

/* End this process, by an error that is FATAL, where the postmaster is gone. */
extern void check_postmaster(void);

/*
 * Give up whatever is under way at a time: an error, 54000, is raised where an interrupt would be.
 * Until deadline_clear, which must be called whatever happens; DT_NOEND: there is none.
 */
extern void deadline_set(TimestampTz time);
extern void deadline_clear(void);

/* Has that time come? */
extern volatile sig_atomic_t deadline_passed;

/* Raise that error. */
pg_noreturn extern void throw_deadline(void);

/*
 * May the postmaster be gone? A flag where the system tells of its death by a signal (Linux,
 * FreeBSD). Elsewhere asking is a system call, so loops ask once in so many looks.
 */
static inline bool
postmaster_in_doubt(void)
{
#ifdef USE_POSTMASTER_DEATH_SIGNAL
	return postmaster_possibly_dead;
#else
	static uint32 looks = 0;

	return ++looks % 64 == 0;
#endif
}

/*
 * What every loop of the glue calls that may be long, instead of CHECK_FOR_INTERRUPTS(): raises the
 * error of an interrupt, and ends the process where the postmaster is gone. That is looked for
 * first, or errors would tell of other processes that are gone for the same reason.
 */
static inline void
check_interrupts(void)
{
	if (unlikely(postmaster_in_doubt()))
		check_postmaster();
	CHECK_FOR_INTERRUPTS();
	if (unlikely(deadline_passed))
		throw_deadline();
}

#endif
