/*
 * progress_report.c
 *	  What this process tells the others of the training that it is at.
 *
 * PostgreSQL ends an entry where a transaction or a subtransaction is aborted. What is kept here
 * follows it: reports that were opened in what is aborted are forgotten, and the one before them,
 * if there is one, is shown again, as an error that a function caught is none of its caller's.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "utils/timestamp.h"

#include "base/progress_report.h"

#define MOST_OPEN 8 /* reports within reports; deeper ones are counted, not shown */

/* A report that is open. */
typedef struct Report
{
	ProgressState state;
	int nesting;     /* of the transaction that opened it */
	bool collecting; /* rows of an aggregate, which may or may not train them at last */
} Report;

static struct
{
	Report reports[MOST_OPEN];
	int open;
	TimestampTz statement; /* that the first was opened in */
	int64 trainings;       /* which that statement has begun */
} now = {0};

int64 report_rows_seen = 0;

/* The one that is shown; NULL: none. */
static Report *
top(void)
{
	return now.open == 0 || now.open > MOST_OPEN ? NULL : &now.reports[now.open - 1];
}

void
report_show(void)
{
	const Report *report = top();

	if (report != NULL)
		progress_slots_write(&report->state);
}

/* Show the report that is the innermost now, or nothing. */
static void
show_rest(void)
{
	if (now.open == 0)
		progress_slots_clear();
	report_show();
}

static void
forget_all(XactEvent event, void *argument)
{
	(void) argument;
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PARALLEL_PRE_COMMIT ||
		event == XACT_EVENT_PRE_PREPARE || now.open == 0)
		return;
	now.open = 0;
	show_rest();
}

static void
forget_aborted(SubXactEvent event, SubTransactionId own, SubTransactionId parent, void *argument)
{
	int open = now.open;

	(void) own;
	(void) parent;
	(void) argument;
	if (event != SUBXACT_EVENT_ABORT_SUB || open == 0)
		return;
	while (now.open > 0 && (now.open > MOST_OPEN ||
							now.reports[now.open - 1].nesting >= GetCurrentTransactionNestLevel()))
		now.open--;
	show_rest(); /* also where none was forgotten: PostgreSQL has ended the entry */
}

/* Follow transactions to their ends, and drop what a statement before this has left. */
static void
begin_reports(void)
{
	static bool registered = false;
	TimestampTz statement = GetCurrentStatementStartTimestamp();

	if (!registered)
	{
		RegisterXactCallback(forget_all, NULL);
		RegisterSubXactCallback(forget_aborted, NULL);
		registered = true;
	}
	if (now.statement == statement)
		return;
	now.statement = statement;
	now.trainings = 0;
	now.open = 0;
}

static void
push(const Report *report)
{
	if (now.open < MOST_OPEN)
		now.reports[now.open] = *report;
	now.open++;
	report_show();
}

/* Does it train one model, as a statement may do several times? Others count parts of their own. */
static bool
trains_one(ProgressCommand command)
{
	return command == PROGRESS_TRAIN || command == PROGRESS_TRAIN_CLASSES ||
		   command == PROGRESS_FINETUNE || command == PROGRESS_FORECAST;
}

/* A report of a training that begins now. */
static Report
new_report(ProgressCommand command)
{
	Report report = {
		.state = {.command = command, .started = GetCurrentTimestamp(), .loss = NAN, .done = -1},
		.nesting = GetCurrentTransactionNestLevel()};

	if (now.open == 0 && trains_one(command))
	{
		report.state.part = PROGRESS_TRAINING;
		report.state.number = ++now.trainings;
		report.state.done = now.trainings - 1;
	}
	return report;
}

void
report_open(ProgressCommand command)
{
	Report report;

	begin_reports();
	if (top() != NULL && top()->collecting)
	{
		top()->collecting = false;
		top()->state.command = command;
		return;
	}
	report = new_report(command);
	push(&report);
}

void
report_open_worker(ProgressCommand command)
{
	Report report;

	begin_reports();
	report = new_report(command);
	report.state.phase = PROGRESS_WAITING;
	report.state.rows = -1;
	report.state.part = PROGRESS_NO_PART;
	report.state.number = 0;
	report.state.done = -1;
	push(&report);
}

void
report_close(void)
{
	if (now.open == 0)
		return;
	now.open--;
	show_rest();
}

ProgressState *
report_state(void)
{
	return top() == NULL ? NULL : &top()->state;
}

ProgressCommand
report_command(void)
{
	return top() == NULL ? PROGRESS_TRAIN : top()->state.command;
}

void
report_phase(ProgressPhase phase)
{
	ProgressState *state = report_state();

	if (state == NULL)
		return;
	state->phase = phase;
	state->network = state->networks = 0;
	state->epoch = state->epochs = 0;
	state->step = state->steps = 0;
	state->loss = NAN;
	/* how long the rest of a training takes is known of its networks alone; of many, of the others
	 */
	if (state->parts == 0)
		state->ends = 0;
	report_show();
}

void
report_rows(int64 rows)
{
	ProgressState *state = report_state();

	if (state != NULL)
		state->rows = rows;
}

void
report_parts(ProgressPart part, int64 parts)
{
	ProgressState *state = report_state();

	if (state == NULL)
		return;
	state->part = part;
	state->parts = parts;
	state->number = 0;
	state->done = 0;
	report_show();
}

void
report_part(int64 number, int64 done)
{
	ProgressState *state = report_state();

	if (state == NULL)
		return;
	state->number = number;
	state->done = done;
	report_show();
}

void
report_rows_begin(void)
{
	if (top() == NULL || !top()->collecting)
		report_rows_seen = 0;
}

void
report_rows_read(int64 rows)
{
	ProgressState *state = report_state();

	if (state == NULL || state->phase != PROGRESS_READING)
		return;
	state->rows = rows;
	report_show();
}

void
report_rows_taken(ProgressCommand command)
{
	begin_reports();
	if (now.open == 0)
	{
		Report report = new_report(command);

		report.collecting = true;
		push(&report);
	}
	if (top() != NULL && top()->collecting)
		report_rows_read(report_rows_seen);
}
