/*
 * progress_sql.c
 *	  The SQL function that tells how far every training of the server is.
 *
 * It reads PostgreSQL's entries of all processes, as pg_stat_activity does: like there, a
 * transaction sees them as they were at its first look, and others' are hidden by the same rule.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_authid.h"
#include "commands/dbcommands.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "base/interrupts.h"
#include "base/progress_slots.h"
#include "sql/results.h"

PG_FUNCTION_INFO_V1(lstm_training_progress);

enum
{
	COLUMN_PID,
	COLUMN_LEADER,
	COLUMN_DATABASE,
	COLUMN_USER,
	COLUMN_COMMAND,
	COLUMN_PHASE,
	COLUMN_ROWS,
	COLUMN_NETWORK,
	COLUMN_NETWORKS,
	COLUMN_EPOCH,
	COLUMN_EPOCHS,
	COLUMN_STEP,
	COLUMN_STEPS,
	COLUMN_LOSS,
	COLUMN_PART,
	COLUMN_NUMBER,
	COLUMN_DONE,
	COLUMN_PARTS,
	COLUMN_SECONDS,
	COLUMN_LEFT,
	COLUMN_DETAIL,
	COLUMNS
};

/* A row that is being made; what is not set is null. */
typedef struct ProgressRow
{
	Datum values[COLUMNS];
	bool nulls[COLUMNS];
} ProgressRow;

static void
set_column(ProgressRow *row, int column, Datum value)
{
	row->values[column] = value;
	row->nulls[column] = false;
}

static void
set_name(ProgressRow *row, int column, const char *name)
{
	if (name != NULL)
		set_column(row, column, DirectFunctionCall1(namein, CStringGetDatum(name)));
}

static void
set_text(ProgressRow *row, int column, const char *text)
{
	row->values[column] = text_result(text, &row->nulls[column]);
}

/* The leader of the parallel worker of that pid; 0: it is none. */
static int
leader_of(int pid)
{
	PGPROC *process = BackendPidGetProc(pid);
	PGPROC *leader = process == NULL ? NULL : process->lockGroupLeader;

	return leader == NULL || leader->pid == pid ? 0 : leader->pid;
}

/* May the caller see what a process of that user does? As in pg_stat_activity. */
static bool
may_see(Oid user)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		   has_privs_of_role(GetUserId(), user);
}

/* What is under way, in the networks. */
static void
set_networks(ProgressRow *row, const ProgressState *state)
{
	if (state->networks > 0)
	{
		set_column(row, COLUMN_NETWORK, Int32GetDatum(state->network));
		set_column(row, COLUMN_NETWORKS, Int32GetDatum(state->networks));
	}
	if (state->epochs > 0)
	{
		set_column(row, COLUMN_EPOCH, Int32GetDatum(state->epoch));
		set_column(row, COLUMN_EPOCHS, Int32GetDatum(state->epochs));
	}
	if (state->steps > 0)
	{
		set_column(row, COLUMN_STEP, Int64GetDatum(state->step));
		set_column(row, COLUMN_STEPS, Int64GetDatum(state->steps));
	}
	row->values[COLUMN_LOSS] = number_result(state->loss, &row->nulls[COLUMN_LOSS]);
}

static void
set_parts(ProgressRow *row, const ProgressState *state)
{
	if (state->part == PROGRESS_NO_PART)
		return;
	set_text(row, COLUMN_PART, progress_part_words[state->part]);
	if (state->number > 0)
		set_column(row, COLUMN_NUMBER, Int64GetDatum(state->number));
	if (state->done >= 0)
		set_column(row, COLUMN_DONE, Int64GetDatum(state->done));
	if (state->parts > 0)
		set_column(row, COLUMN_PARTS, Int64GetDatum(state->parts));
}

static double
seconds_between(TimestampTz from, TimestampTz to)
{
	return Max(0, (double) (to - from) / USECS_PER_SEC);
}

/* All that is told of a process. */
static void
set_state(ProgressRow *row, int pid, const ProgressState *state)
{
	TimestampTz now = GetCurrentTimestamp();
	int leader = leader_of(pid);
	char detail[PROGRESS_TEXT];

	if (leader != 0)
		set_column(row, COLUMN_LEADER, Int32GetDatum(leader));
	set_text(row, COLUMN_COMMAND, progress_command_words[state->command]);
	set_text(row, COLUMN_PHASE, progress_phase_words[state->phase]);
	if (state->rows >= 0)
		set_column(row, COLUMN_ROWS, Int64GetDatum(state->rows));
	set_networks(row, state);
	set_parts(row, state);
	set_column(row, COLUMN_SECONDS, Float8GetDatum(seconds_between(state->started, now)));
	if (state->ends != 0)
		set_column(row, COLUMN_LEFT, Float8GetDatum(seconds_between(now, state->ends)));
	progress_text(state, detail);
	set_text(row, COLUMN_DETAIL, detail);
}

/*
 * Is the process at a statement? An entry that outlived its own, of a cursor that nobody fetches
 * from, tells nothing of what goes on.
 */
static bool
is_at_work(const PgBackendStatus *entry)
{
	return entry->st_procpid > 0 && entry->st_state != STATE_IDLE &&
		   entry->st_state != STATE_IDLEINTRANSACTION &&
		   entry->st_state != STATE_IDLEINTRANSACTION_ABORTED && entry->st_state != STATE_DISABLED;
}

/* () -> a row for each process that trains */
Datum
lstm_training_progress(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int count;

	InitMaterializedSRF(fcinfo, 0);
	count = pgstat_fetch_stat_numbackends();
	for (int i = 1; i <= count; i++)
	{
		const LocalPgBackendStatus *local = pgstat_get_local_beentry_by_index(i);
		const PgBackendStatus *entry = local == NULL ? NULL : &local->backendStatus;
		ProgressRow row;
		ProgressState state;

		check_interrupts();
		if (entry == NULL || !is_at_work(entry) || !progress_slots_read(entry, &state))
			continue;
		memset(row.nulls, true, sizeof(row.nulls));
		set_column(&row, COLUMN_PID, Int32GetDatum(entry->st_procpid));
		set_name(&row, COLUMN_DATABASE, get_database_name(entry->st_databaseid));
		set_name(&row, COLUMN_USER, GetUserNameFromId(entry->st_userid, true));
		if (may_see(entry->st_userid))
			set_state(&row, entry->st_procpid, &state);
		tuplestore_putvalues(result->setResult, result->setDesc, row.values, row.nulls);
	}
	return (Datum) 0;
}
