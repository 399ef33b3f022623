/*
 * progress_report.h
 *	  What this process tells the others of the training that it is at.
 *
 * A function that trains opens a report and closes it; all that is done between tells how far it
 *is. What tells something while none is open, tells nobody. A report may be opened within another,
 *of a training that is an input of a training: then the inner one is told, and the outer one after
 *it. An error ends those of its transaction or subtransaction, so nobody need close them.
 */
#ifndef LSTM_FORECAST_PROGRESS_REPORT_H
#define LSTM_FORECAST_PROGRESS_REPORT_H

#include "postgres.h"

#include "base/progress_slots.h"

/* Open a report: of rows that are being read, or go on with that of an aggregate's rows. */
extern void report_open(ProgressCommand command);
extern void report_close(void);

/* Open the report of a parallel worker, which knows no rows. It ends with the process. */
extern void report_open_worker(ProgressCommand command);

/* The command of the report, for workers. */
extern ProgressCommand report_command(void);

/* The state to be changed, and shown by report_show; NULL: none is open. */
extern ProgressState *report_state(void);
extern void report_show(void);

/* A phase begins: what was told of networks is over. */
extern void report_phase(ProgressPhase phase);

/* So many rows were read, all of them. */
extern void report_rows(int64 rows);

/*
 * The work has so many parts (0: not known), and is at that one (from 1; 0: none), with so many
 * done by all processes (-1: not known).
 */
extern void report_parts(ProgressPart part, int64 parts);
extern void report_part(int64 number, int64 done);

/* The rows of a source so far. */
extern void report_rows_read(int64 rows);

/* Those that aggregates have taken, all groups together, in what is or will be one report. */
extern int64 report_rows_seen;

/* An aggregate begins a state: its rows are counted from zero, unless others are being counted. */
extern void report_rows_begin(void);

/* Tell them; the report is closed by the function that trains, or with the statement. */
extern void report_rows_taken(ProgressCommand command);

/*
 * Is it time to tell of so many rows? At first often, as they may come slowly, then whenever as
 * many more have come as take a fraction of a millisecond.
 */
static inline bool
report_rows_due(int64 rows)
{
	return (rows & 1023) == 0 || (rows & (rows - 1)) == 0;
}

#endif
