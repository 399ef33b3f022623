/*
 * job.c
 *	  One job of a background worker: rows are read, a model is trained, and stored.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/elog.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/interrupts.h"
#include "base/progress_report.h"
#include "sql/train_call.h"
#include "jobs/holds.h"
#include "jobs/job.h"
#include "jobs/statements.h"

/* Times that the end of a job is written before it is left to be found lost. */
#define WRITE_ATTEMPTS 3

/* A job under way. */
typedef struct JobRun
{
	const char *schema;
	Job job;
	MemoryContext memory; /* of the run; CurrentMemoryContext of its phases */
	const char *phase;    /* what it is at */
	TimestampTz phase_began;
	TimestampTz began;
	bytea *model;
	ErrorData *error; /* what it ended with; NULL: nothing yet */
} JobRun;

/* Begin a phase: what pg_stat_activity shows, a transaction, and statement_timeout. */
static void
begin_phase(JobRun *run, const char *phase, bool snapshot)
{
	SetCurrentStatementStartTimestamp();
	run->phase = phase;
	run->phase_began = GetCurrentStatementStartTimestamp();
	if (run->job.name == NULL)
		pgstat_report_activity(STATE_RUNNING, "lstm_retrain: looking for a job");
	else
		pgstat_report_activity(STATE_RUNNING,
							   psprintf("lstm_retrain \"%s\": %s", run->job.name, phase));
	StartTransactionCommand();
	if (StatementTimeout > 0)
		enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
	if (snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	MemoryContextSwitchTo(run->memory);
}

static void
end_phase(JobRun *run)
{
	if (ActiveSnapshotSet())
		PopActiveSnapshot();
	disable_timeout(STATEMENT_TIMEOUT, false);
	CommitTransactionCommand();
	MemoryContextSwitchTo(run->memory);
}

/* For the transaction: names are found, and times taken, as where the model was defined. */
static void
set_surroundings(const Job *job)
{
	(void) set_config_option("search_path", job->search_path, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	(void) set_config_option("TimeZone", job->time_zone, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

static void
claim(JobRun *run)
{
	Job job = {0};

	begin_phase(run, "looking for a job", true);
	if (claim_job(run->schema, &job))
		job_hold(job.number); /* before it is seen as running */
	end_phase(run);
	run->job = job;
}

static void
read_rows_of(JobRun *run, TrainCall *call)
{
	FmgrInfo function = {0}; /* which tells no types: they are those that are declared */
	LOCAL_FCINFO(arguments, TASK_ARGUMENTS);

	InitFunctionCallInfoData(*arguments, &function, TASK_ARGUMENTS, InvalidOid, NULL, NULL);
	begin_phase(run, "reading", true);
	read_task(run->schema, &run->job, arguments);
	set_surroundings(&run->job);
	report_open(PROGRESS_RETRAIN);
	train_call_read(arguments, call);
	report_close();
	holds_keep();
	end_phase(run);
}

static void
train(JobRun *run, const TrainCall *call)
{
	begin_phase(run, "training", false);
	set_surroundings(&run->job);
	report_open(PROGRESS_RETRAIN);
	report_rows(call->rows->count);
	run->model = train_call_run(call);
	report_close();
	if (run->model == NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("source of model \"%s\" has no rows", run->job.name),
						errhint("Look whether the owner of the model sees rows of it: row-level "
								"security may hide them.")));
	end_phase(run);
}

static void
store(JobRun *run)
{
	double seconds = (double) (GetCurrentTimestamp() - run->began) / USECS_PER_SEC;

	begin_phase(run, "storing", true);
	if (!finish_job(run->schema, &run->job, run->model, seconds)) /* it may read the source */
		ereport(LOG, (errmsg("job %lld of model \"%s\" was given up", (long long) run->job.number,
							 run->job.name),
					  errdetail("The model was forgotten, or given to another role, meanwhile.")));
	holds_keep();
	end_phase(run);
}

/* After an error: into the server's log, and the transaction out of the way. */
static ErrorData *
catch_error(const JobRun *run)
{
	ErrorData *error;

	HOLD_INTERRUPTS();
	disable_all_timeouts(false);
	QueryCancelPending = false; /* it was for this */
	MemoryContextSwitchTo(run->memory);
	error = CopyErrorData();
	EmitErrorReport();
	AbortCurrentTransaction();
	FlushErrorState();
	MemoryContextSwitchTo(run->memory);
	RESUME_INTERRUPTS();
	return error;
}

/* A cancel that came of the time that a phase may take. */
static bool
timed_out(const JobRun *run)
{
	return StatementTimeout > 0 &&
		   TimestampDifferenceExceeds(run->phase_began, GetCurrentTimestamp(), StatementTimeout);
}

/* Read, train, store; an error is kept. */
static void
work(JobRun *run)
{
	PG_TRY();
	{
		TrainCall call;

		read_rows_of(run, &call);
		train(run, &call);
		store(run);
	}
	PG_CATCH();
	{
		bool late = timed_out(run);

		run->error = catch_error(run);
		if (late && run->error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			run->error->message = psprintf("%s, while %s", run->error->message, run->phase);
		else if (run->error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			run->phase = NULL; /* it was asked for */
	}
	PG_END_TRY();
}

/* Write down what a job ended with; false where that failed as well. */
static bool
write_error(JobRun *run)
{
	const ErrorData *error = run->error;
	const char *message =
		error->detail == NULL ? error->message : psprintf("%s. %s", error->message, error->detail);
	volatile bool written = false;

	PG_TRY();
	{
		bool cancelled = run->phase == NULL;
		const char *sqlstate = pstrdup(unpack_sql_state(error->sqlerrcode));

		begin_phase(run, "ending", true);
		(void) fail_job(run->schema, &run->job, cancelled ? "cancelled" : "failed", sqlstate,
						message);
		end_phase(run);
		written = true;
	}
	PG_CATCH();
	{
		(void) catch_error(run);
	}
	PG_END_TRY();
	return written;
}

/* Take a job; an error is in the log, and there is none then. */
static void
try_to_claim(JobRun *run)
{
	PG_TRY();
	{
		claim(run);
	}
	PG_CATCH();
	{
		(void) catch_error(run);
	}
	PG_END_TRY();
}

bool
do_next_job(const char *schema)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory =
		AllocSetContextCreate(TopMemoryContext, "lstm_forecast job", ALLOCSET_DEFAULT_SIZES);
	JobRun run = {.schema = schema, .memory = memory, .began = GetCurrentTimestamp()};
	bool found;

	MemoryContextSwitchTo(memory);
	try_to_claim(&run);
	found = run.job.name != NULL;
	if (found)
	{
		work(&run);
		for (int i = 0; run.error != NULL && i < WRITE_ATTEMPTS && !write_error(&run); i++)
			;
		job_release(run.job.number);
	}
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(memory);
	return found;
}
