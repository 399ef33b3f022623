/*
 * trial_team.c
 *	  Many trials, side by side in PostgreSQL's parallel workers.
 *
 * Every process claims the next trial until none is left. While several are at work, each may take
 * a share of lstm_forecast.max_memory; a trial that needs more is done again afterwards, by the
 * leader alone with all memory that there is. So how many processes there are decides about nothing
 * but time.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/room.h"
#include "train/limits.h"
#include "tune/panel_share.h"
#include "tune/trial_team.h"

#define ENTRY_POINT "lstm_forecast_tune_worker"
#define MESSAGE_BYTES 512

enum
{
	KEY_SHARED = 1,
	KEY_PANEL,
	KEY_OPTIONS,
	KEY_NAMES,
	KEY_TRIALS,
	KEY_SCORES,
	KEY_QUERY,
	KEY_END /* one more than the last */
};

/* What is the same for all processes. */
typedef struct TeamShared
{
	int horizon;
	TuneMetric metric;
	int count; /* of trials */
	int names; /* of covariates; 0: they have none */
	TimestampTz deadline;
	int64 before;          /* trials of earlier rounds */
	pg_atomic_uint32 next; /* trial to be claimed */
	pg_atomic_uint32 done;
} TeamShared;

/* A trial in shared memory. */
typedef struct SharedTrial
{
	int fold;
	Size options; /* where they begin among all */
	bool done;
	int code;
	double seconds;
	char message[MESSAGE_BYTES];
} SharedTrial;

/* The segment, or where one process does all of it the same in its own memory. */
typedef struct Team
{
	TeamShared *shared;
	char *chunks[KEY_END];
} Team;

/* What a process tries with. */
typedef struct TeamWork
{
	Team *team;
	FoldTrial trial;
	SeriesAttempts attempts;
} TeamWork;

PGDLLEXPORT void lstm_forecast_tune_worker(dsm_segment *dsm, shm_toc *toc);

static int
count_names(const TrialRound *round)
{
	return round->covariate_names == NULL ? 0 : round->panel->past + round->panel->future;
}

/* The default's options, those of each trial, names one after the other, each with its end. */
static void
chunk_sizes(const TrialRound *round, Size *bytes)
{
	bytes[KEY_SHARED] = sizeof(TeamShared);
	bytes[KEY_PANEL] = panel_share_bytes(round->panel);
	bytes[KEY_OPTIONS] = MAXALIGN(VARSIZE(round->candidates->list[0].given));
	for (int i = 0; i < round->count; i++)
		bytes[KEY_OPTIONS] +=
			MAXALIGN(VARSIZE(round->candidates->list[round->trials[i].candidate].given));
	bytes[KEY_NAMES] = 1;
	for (int i = 0; i < count_names(round); i++)
		bytes[KEY_NAMES] += strlen(round->covariate_names[i]) + 1;
	bytes[KEY_TRIALS] = mul_size(sizeof(SharedTrial), round->count);
	bytes[KEY_SCORES] = mul_size(mul_size(sizeof(TrialScore), round->panel->count), round->count);
	bytes[KEY_QUERY] = strlen(worker_query()) + 1;
}

static void
fill_team(Team *team, const TrialRound *round)
{
	TeamShared *shared = team->shared = (TeamShared *) team->chunks[KEY_SHARED];
	SharedTrial *trials = (SharedTrial *) team->chunks[KEY_TRIALS];
	char *name = team->chunks[KEY_NAMES];
	Jsonb *given = round->candidates->list[0].given;
	Size place = MAXALIGN(VARSIZE(given));

	*shared = (TeamShared){.horizon = round->horizon,
						   .metric = round->metric,
						   .count = round->count,
						   .names = count_names(round),
						   .deadline = round->deadline,
						   .before = round->before};
	pg_atomic_init_u32(&shared->next, 0);
	pg_atomic_init_u32(&shared->done, 0);
	memcpy(team->chunks[KEY_OPTIONS], given, VARSIZE(given));
	for (int i = 0; i < round->count; i++)
	{
		given = round->candidates->list[round->trials[i].candidate].given;
		trials[i] = (SharedTrial){.fold = round->trials[i].fold, .options = place};
		memcpy(team->chunks[KEY_OPTIONS] + place, given, VARSIZE(given));
		place += MAXALIGN(VARSIZE(given));
	}
	for (int i = 0; i < shared->names; i++)
		name = stpcpy(name, round->covariate_names[i]) + 1;
	strcpy(team->chunks[KEY_QUERY], worker_query());
}

static TrainOptions
read_options(const Team *team, Size place)
{
	TrainOptions options;

	options_parse(&options, (Jsonb *) (team->chunks[KEY_OPTIONS] + place));
	limit_training_time(&options);
	options.horizon = team->shared->horizon;
	return options;
}

/* The names of covariates, in CurrentMemoryContext; NULL: there are none. */
static char **
read_names(const Team *team)
{
	int count = team->shared->names;
	char **names = count == 0 ? NULL : palloc(sizeof(char *) * count);
	char *name = team->chunks[KEY_NAMES];

	for (int i = 0; i < count; i++)
	{
		names[i] = name;
		name += strlen(name) + 1;
	}
	return names;
}

/* Get ready to try on a panel, in CurrentMemoryContext. */
static void
begin_work(TeamWork *work, Team *team, Panel *panel, char **names)
{
	TrainOptions *usual = palloc(sizeof(TrainOptions));

	*usual = read_options(team, 0);
	*work = (TeamWork){.team = team,
					   .trial = {.panel = panel,
								 .usual = usual,
								 .covariate_names = names,
								 .metric = team->shared->metric}};
	attempts_begin(&work->attempts, usual, names);
}

/* Try a candidate on work's fold, until the deadline at most. */
static void
try_in_time(TeamWork *work, const TrainOptions *options, TrialScore *scores, Outcome *outcome)
{
	deadline_set(work->team->shared->deadline);
	PG_TRY();
	{
		*outcome = try_fold(&work->attempts, &work->trial, options, scores);
	}
	PG_FINALLY();
	{
		deadline_clear();
	}
	PG_END_TRY();
}

/* Do a trial, and note what came of it unless time was up before. */
static void
do_trial(TeamWork *work, int number)
{
	const TeamShared *shared = work->team->shared;
	SharedTrial *trial = (SharedTrial *) work->team->chunks[KEY_TRIALS] + number;
	TrialScore *scores =
		(TrialScore *) work->team->chunks[KEY_SCORES] + work->trial.panel->count * number;
	TrainOptions options = read_options(work->team, trial->options);
	Outcome outcome;

	work->trial.fold = trial->fold;
	try_in_time(work, &options, scores, &outcome);
	trial->code = outcome.code;
	trial->seconds += outcome.seconds;
	if (outcome.message != NULL)
		strlcpy(trial->message, outcome.message, MESSAGE_BYTES);
	trial->done = GetCurrentTimestamp() < shared->deadline;
}

/* Claim and do trials until none is left, or time is up. */
static void
work_on(TeamWork *work, bool reports)
{
	TeamShared *shared = work->team->shared;

	for (;;)
	{
		uint32 number = pg_atomic_fetch_add_u32(&shared->next, 1);
		uint32 done;

		if (number >= (uint32) shared->count || GetCurrentTimestamp() >= shared->deadline)
			break;
		progress_each_number(shared->before + number + 1);
		do_trial(work, (int) number);
		done = pg_atomic_add_fetch_u32(&shared->done, 1);
		if (reports)
			progress_each(shared->before + done);
	}
}

void
lstm_forecast_tune_worker(dsm_segment *dsm, shm_toc *toc)
{
	Team team;
	TeamWork work;
	char **names;

	(void) dsm;
	for (int key = KEY_SHARED; key < KEY_END; key++)
		team.chunks[key] = shm_toc_lookup(toc, key, false);
	team.shared = (TeamShared *) team.chunks[KEY_SHARED];
	pgstat_report_activity(STATE_RUNNING, team.chunks[KEY_QUERY]);
	report_open_worker(PROGRESS_TUNE);
	report_parts(PROGRESS_TRIAL, 0);
	names = read_names(&team);
	begin_work(&work, &team, panel_share_read(team.chunks[KEY_PANEL], names), names);
	work_on(&work, false);
	attempts_end(&work.attempts);
	report_close();
}

/* Take the results out of what is shared. False where some are not known. */
static bool
take_results(TrialRound *round, const Team *team)
{
	const SharedTrial *trials = (const SharedTrial *) team->chunks[KEY_TRIALS];
	const TrialScore *scores = (const TrialScore *) team->chunks[KEY_SCORES];
	int64 series = round->panel->count;
	bool all = true;

	for (int i = 0; i < round->count; i++)
	{
		TrialResult *result = &round->trials[i].result;

		check_interrupts();
		*result = (TrialResult){
			.known = trials[i].done, .code = trials[i].code, .seconds = trials[i].seconds};
		all &= result->known;
		if (result->code != 0)
		{
			int length = (int) strlen(trials[i].message);

			result->message =
				pnstrdup(trials[i].message, pg_mbcliplen(trials[i].message, length, length));
			continue;
		}
		result->scores = huge_array(series, 1, sizeof(TrialScore));
		memcpy(result->scores, scores + series * i, sizeof(TrialScore) * series);
	}
	return all;
}

/*
 * How many processes there may be, each with a share of the memory that is left beside what they
 * share: *share kB.
 */
static int
affordable_processes(const TrialRound *round, Size left, int *share)
{
	int processes = Min(round->processes, round->count);

	if (IsInParallelMode())
		return 1;
	for (; processes > 1; processes--)
	{
		*share = (int) (left / 1024 / processes);
		if (*share >= MEMORY_LEAST)
			break;
	}
	return Max(processes, 1);
}

/* The panel as trials count it: what it takes is held by the caller. */
static Panel *
own_panel(const TrialRound *round)
{
	Panel *panel = palloc(sizeof(Panel));

	*panel = *round->panel;
	panel->bytes = 0;
	return panel;
}

/*
 * Do the trials of a team with workers, as far as the memory of each allows. Gives false where
 * there is no shared memory: nothing was done then.
 */
static bool
try_with_workers(const TrialRound *round, const Size *bytes, int processes, Team *own)
{
	ParallelContext *context;
	Team team;
	TeamWork work;
	const char *reason;

	EnterParallelMode();
	context = CreateParallelContext(LIBRARY, ENTRY_POINT, processes - 1);
	for (int key = KEY_SHARED; key < KEY_END; key++)
		shm_toc_estimate_chunk(&context->estimator, bytes[key]);
	shm_toc_estimate_keys(&context->estimator, KEY_END - KEY_SHARED);
	reason = make_segment(context);
	if (reason != NULL)
	{
		ExitParallelMode();
		notice_one_process(reason);
		return false;
	}
	for (int key = KEY_SHARED; key < KEY_END; key++)
	{
		team.chunks[key] = shm_toc_allocate(context->toc, bytes[key]);
		shm_toc_insert(context->toc, key, team.chunks[key]);
	}
	fill_team(&team, round);
	panel_share_write(round->panel, team.chunks[KEY_PANEL]);
	LaunchParallelWorkers(context);
	begin_work(&work, &team, own_panel(round), round->covariate_names);
	work_on(&work, true);
	report_phase(PROGRESS_WAITING);
	WaitForParallelWorkersToFinish(context);
	memcpy(own->chunks[KEY_TRIALS], team.chunks[KEY_TRIALS], bytes[KEY_TRIALS]);
	memcpy(own->chunks[KEY_SCORES], team.chunks[KEY_SCORES], bytes[KEY_SCORES]);
	attempts_end(&work.attempts);
	DestroyParallelContext(context);
	ExitParallelMode();
	return true;
}

/* Do here what has not been done, or took more than a share of the memory, where there were any. */
static void
try_alone(const TrialRound *round, Team *team, bool shared)
{
	SharedTrial *trials = (SharedTrial *) team->chunks[KEY_TRIALS];
	TeamWork work;
	bool begun = false;

	for (int i = 0; i < round->count && GetCurrentTimestamp() < round->deadline; i++)
	{
		bool large = shared && trials[i].code == ERRCODE_PROGRAM_LIMIT_EXCEEDED;

		if (trials[i].done && !large)
			continue;
		if (!begun)
			begin_work(&work, team, own_panel(round), round->covariate_names);
		begun = true;
		trials[i].done = false;
		progress_each_number(round->before + i + 1);
		do_trial(&work, i);
		progress_each(round->before + i + 1);
	}
	if (begun)
		attempts_end(&work.attempts);
}

bool
trial_round(TrialRound *round)
{
	Scratch scratch = scratch_enter("lstm_forecast tuning round");
	Size bytes[KEY_END];
	Size needed = 0;
	int share = 0;
	bool shared = false;
	int processes;
	int level;
	Team team;

	chunk_sizes(round, bytes);
	for (int key = KEY_SHARED; key < KEY_END; key++)
	{
		team.chunks[key] = key == KEY_PANEL
							   ? NULL
							   : palloc_extended(bytes[key], MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		needed = add_size(needed, key == KEY_PANEL ? 0 : bytes[key]);
	}
	needed = Min(needed, round->free);
	fill_team(&team, round);
	processes = affordable_processes(
		round, round->free - Min(round->free, 2 * needed + bytes[KEY_PANEL]), &share);
	if (processes > 1)
	{
		level = memory_limit_begin(share);
		shared = try_with_workers(round, bytes, processes, &team);
		memory_limit_end(level);
	}
	level = memory_limit_begin((int) Max((round->free - needed) / 1024, MEMORY_LEAST));
	try_alone(round, &team, shared);
	memory_limit_end(level);
	MemoryContextSwitchTo(scratch.caller);
	shared = take_results(round, &team);
	MemoryContextDelete(scratch.memory);
	return shared;
}
