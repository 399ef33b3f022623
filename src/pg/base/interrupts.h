/*
 * interrupts.h
 *	  PostgreSQL's interrupts while the core is at work, and how often loops of the glue look at
 *them.
 *
 * The core polls InterruptPending. What ends no statement is dealt with at once; for all else it
 * comes back with LF_INTERRUPTED, and the error is raised here, with no frame of the core on the
 * stack.
 */
#ifndef LSTM_FORECAST_INTERRUPTS_H
#define LSTM_FORECAST_INTERRUPTS_H

#include "postgres.h"
#include "miscadmin.h"

#include "core/interrupt.h"

/* Rows that a loop of the glue may go through between two looks at interrupts. */
#define INTERRUPT_ROWS 16384

/* Bytes that it may copy or compare. */
#define INTERRUPT_BYTES ((Size) 4 * 1024 * 1024)

/* What the core polls. */
extern const lf_interrupt_check core_interrupt;

/* Let an interrupt act that ended the core's work, or came before it: raises its error. */
extern void let_interrupt_act(void);

#endif
