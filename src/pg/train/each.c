/*
 * each.c
 *	  Trains a model for each series, side by side in PostgreSQL's parallel workers.
 *
 * Every process claims the next series, trains it by itself, and hands the outcome over; the
 * leader hands these on in order. While several train, each may take a share of
 * lstm_forecast.max_memory. A series that needs more ends the round: all finish what they have
 * begun, the leader trains it alone with all memory that there is, and another round begins. So how
 * many processes there are decides about nothing but time.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "pgstat.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/room.h"
#include "base/settings.h"
#include "train/each.h"
#include "train/each_segment.h"
#include "train/workers.h"

#define ENTRY_POINT "lstm_forecast_each_worker"

PGDLLEXPORT void lstm_forecast_each_worker(dsm_segment *dsm, shm_toc *toc);

/* An outcome that waits for those before it. */
typedef struct Waiting
{
	bool known;
	Outcome outcome; /* its memory is its own */
} Waiting;

/* The leader's work. */
typedef struct EachJob
{
	EachSeries series;
	const TrainOptions *options;
	char **names;
	SeriesAttempts attempts;
	MemoryContext ahead_memory; /* of rows ahead of the series that is trained here */
	Waiting *waiting;           /* (series.count) */
	int64 handed;               /* series whose outcome the sink has */
	int64 begun;                /* series that are trained, or being so */
	EachSink sink;
	void *context;
} EachJob;

static int
compare_labels(const void *a, const void *b, void *labels)
{
	char **all = labels;

	check_interrupts();
	return compare_series_labels(all[*(const int64 *) a], all[*(const int64 *) b]);
}

static EachSeries
series_in_order(const PanelRows *rows)
{
	EachSeries series = {.rows = rows, .count = rows->series_count};

	series.order = palloc_extended(mul_size(sizeof(int64), series.count), MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < series.count; i++)
		series.order[i] = i;
	qsort_arg(series.order, series.count, sizeof(int64), compare_labels, rows->labels);
	return series;
}

/*
 * The rows of one series, where they lie, but for those ahead of it: these are copied into
 * CurrentMemoryContext.
 */
static PanelRows
rows_of_series(const EachSeries *series, int64 number)
{
	PanelRows rows = *series->rows;
	int64 place = series->order[number];

	rows.labels += place;
	rows.series += place;
	rows.series_count = 1;
	rows.count = rows.series[0]->count;
	rows.series_bytes = 0;
	rows.time_bytes = timeline_bytes(&rows.series[0]->timeline);
	rows.index = NULL;
	if (rows.ahead != NULL)
	{
		rows.ahead = panel_rows_of_label(rows.ahead, rows.labels[0]);
		if (rows.ahead == NULL)
			rows.ahead = panel_rows_create(CurrentMemoryContext, rows.has_times, 0, rows.future);
	}
	return rows;
}

/* Train a series here. The outcome is good until the next one. */
static Outcome
train_here(EachJob *job, int64 number)
{
	MemoryContext caller;
	PanelRows rows;

	progress_each_number(number + 1);
	MemoryContextReset(job->ahead_memory);
	caller = MemoryContextSwitchTo(job->ahead_memory);
	rows = rows_of_series(&job->series, number);
	MemoryContextSwitchTo(caller);
	return attempt_series(&job->attempts, &rows);
}

/* Keep an outcome until its turn; a copy, as the next series takes its memory. */
static Size
keep_outcome(EachJob *job, int64 number, const Outcome *outcome)
{
	Waiting *waiting = &job->waiting[number];
	Size size = outcome_size(outcome);
	void *copy = palloc_extended(size, MCXT_ALLOC_HUGE);

	memcpy(copy, outcome_bytes(outcome), size);
	waiting->known = true;
	waiting->outcome = *outcome;
	if (outcome->model != NULL)
		waiting->outcome.model = copy;
	else
		waiting->outcome.message = copy;
	return size;
}

/* The outcomes of series that have a row which no series can have. */
static void
keep_faults(EachJob *job)
{
	const EachSeries *series = &job->series;

	for (int64 i = 0; i < series->count; i++)
	{
		const Fault *fault = series->rows->series[series->order[i]]->fault;
		Outcome outcome = {0};

		if (fault == NULL)
			continue;
		outcome.code = fault->code;
		outcome.message = fault->message;
		(void) keep_outcome(job, i, &outcome);
	}
}

/* Give the outcome whose turn it is to the sink, and free it. Returns the bytes that it took. */
static Size
hand_on(EachJob *job)
{
	Waiting *waiting = &job->waiting[job->handed];
	Outcome *outcome = &waiting->outcome;
	Size size = outcome_size(outcome);

	job->sink(job->context, job->series.rows->labels[job->series.order[job->handed]], outcome);
	pfree(outcome_bytes(outcome));
	waiting->known = false;
	job->handed++;
	return size;
}

/* Take what the workers have, as far as outcomes have their turn, and hand it on. */
static void
hand_on_shared(EachJob *job, const EachSegment *segment)
{
	while (job->handed < job->series.count)
	{
		Waiting *waiting = &job->waiting[job->handed];
		Size size;

		check_interrupts();
		if (!waiting->known)
			waiting->known = each_take(segment, job->handed, &waiting->outcome);
		if (!waiting->known)
			break;
		size = hand_on(job);
		each_advance(segment, job->handed, size);
		progress_each(job->handed);
	}
}

/* Is the outcome that a series needs more memory than it may take? */
static bool
needs_more(const Outcome *outcome)
{
	return outcome->code == ERRCODE_PROGRAM_LIMIT_EXCEEDED;
}

/* Claim and train series beside the workers, and wait for these. */
static void
train_beside_workers(EachJob *job, const EachSegment *segment)
{
	int64 number;

	while ((number = each_claim(segment)) >= 0)
	{
		Outcome outcome = train_here(job, number);
		bool too_large = needs_more(&outcome);

		each_note(segment, number, too_large ? 0 : keep_outcome(job, number, &outcome), too_large);
		hand_on_shared(job, segment);
	}
	report_phase(PROGRESS_WAITING);
	while (each_wait(segment))
		hand_on_shared(job, segment);
	hand_on_shared(job, segment);
}

/*
 * A round: series from job->begun on, until all are done or one needs more memory. False where
 * there is no shared memory: nothing was done then.
 */
static bool
train_round(EachJob *job, int processes, Size room)
{
	ParallelContext *context;
	EachSegment segment;
	const char *reason;
	int64 first = job->begun;

	EnterParallelMode();
	context = CreateParallelContext(LIBRARY, ENTRY_POINT, processes - 1);
	each_segment_estimate(&context->estimator, &job->series, first, job->options, job->names);
	reason = make_segment(context);
	if (reason != NULL)
	{
		ExitParallelMode();
		notice_one_process(reason);
		return false;
	}
	segment = each_segment_fill(context->toc, context->seg, &job->series, first, job->options,
								job->names, room);
	LaunchParallelWorkers(context);
	train_beside_workers(job, &segment);
	WaitForParallelWorkersToFinish(context);
	job->begun = each_claimed(&segment);
	for (int64 i = job->handed; i < job->begun; i++)
	{
		Waiting *waiting = &job->waiting[i];

		if (!waiting->known)
			waiting->known = each_take(&segment, i, &waiting->outcome);
	}
	dsa_detach(segment.area);
	DestroyParallelContext(context);
	ExitParallelMode();
	return true;
}

/* Train those before `end` that have no outcome, and hand all on. */
static void
train_alone(EachJob *job, int64 end)
{
	while (job->handed < end)
	{
		if (!job->waiting[job->handed].known)
		{
			Outcome outcome = train_here(job, job->handed);

			(void) keep_outcome(job, job->handed, &outcome);
		}
		(void) hand_on(job);
		progress_each(job->handed);
	}
	job->begun = Max(job->begun, end);
}

/*
 * How many processes there may be, each with a share of the memory beside rows and segment, and one
 * share for outcomes that wait: *share kB.
 */
static int
processes_with_share(const EachJob *job, int free, int *share)
{
	int64 left = job->series.count - job->begun;
	int processes = (int) Min(worker_processes(job->options->workers), left);
	Size segment;

	if (processes < 2 || IsInParallelMode())
		return 1;
	segment = each_segment_bytes(&job->series, job->begun, job->options, job->names) / 1024 + 1;
	for (; processes > 1; processes--)
	{
		*share = segment < free ? (free - (int) segment) / (processes + 1) : 0;
		if (*share >= MEMORY_LEAST)
			break;
	}
	return processes;
}

void
train_each(const PanelRows *rows, char **covariate_names, const TrainOptions *options,
		   EachSink sink, void *context)
{
	EachJob job = {.series = series_in_order(rows),
				   .options = options,
				   .names = covariate_names,
				   .sink = sink,
				   .context = context};
	int free = setting_max_memory - (int) Min(panel_rows_bytes(rows) / 1024, setting_max_memory);

	free = Max(free, MEMORY_LEAST);
	job.waiting = palloc_extended(mul_size(sizeof(Waiting), job.series.count),
								  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	job.ahead_memory =
		AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast rows", ALLOCSET_DEFAULT_SIZES);
	keep_faults(&job);
	attempts_begin(&job.attempts, options, covariate_names);
	progress_each_begin(PROGRESS_SERIES, job.series.count);
	while (job.handed < job.series.count)
	{
		int share = 0;
		int processes = processes_with_share(&job, free, &share);
		int level;

		if (processes > 1)
		{
			level = memory_limit_begin(share);
			if (!train_round(&job, processes, (Size) share * 1024))
				processes = 1;
			memory_limit_end(level);
		}
		level = memory_limit_begin(free);
		train_alone(&job, processes > 1 ? job.begun : job.series.count);
		memory_limit_end(level);
	}
	progress_each_end();
	MemoryContextDelete(job.ahead_memory);
	attempts_end(&job.attempts);
}

void
lstm_forecast_each_worker(dsm_segment *dsm, shm_toc *toc)
{
	EachSegment segment = each_segment_attach(toc, dsm);
	MemoryContext rows_memory =
		AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast rows", ALLOCSET_DEFAULT_SIZES);
	SeriesAttempts attempts;
	TrainOptions options = each_segment_options(toc);
	int64 number;

	pgstat_report_activity(STATE_RUNNING, segment.query);
	report_open_worker(PROGRESS_TRAIN_EACH);
	report_parts(PROGRESS_SERIES, 0);
	attempts_begin(&attempts, &options, each_segment_names(toc, &segment));
	while ((number = each_claim(&segment)) >= 0)
	{
		MemoryContext caller = MemoryContextSwitchTo(rows_memory);
		const PanelRows *rows = each_segment_rows(&segment, number);
		Outcome outcome;

		progress_each_number(number + 1);
		outcome = attempt_series(&attempts, rows);
		MemoryContextSwitchTo(caller);
		each_put(&segment, number, &outcome, needs_more(&outcome));
		MemoryContextReset(rows_memory);
	}
	attempts_end(&attempts);
	report_close();
	dsa_detach(segment.area);
}
