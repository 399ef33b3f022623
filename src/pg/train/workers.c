/*
 * workers.c
 *	  Trains the networks of an ensemble with PostgreSQL's parallel workers.
 *
 * One segment of shared memory holds the data, the plans and room for what every
 * network will give. Networks that the schedule says so are trained by all processes
 * together; then each process claims the next network until none is left, those with
 * most work first, so that the last ones to end are short. Who trains a network
 * changes nothing about it.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "fmgr.h"
#include "pgstat.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "base/memory.h"
#include "base/progress_report.h"
#include "base/room.h"
#include "train/segment.h"
#include "train/workers.h"

#define ENTRY_POINT "lstm_forecast_train_worker"

#define MEMORY_HINT                                                                                \
	"Lower \"hidden_size\", \"num_layers\", \"lookback\", \"horizon\" or \"batch_size\", or "      \
	"have the setting raised."

PGDLLEXPORT void lstm_forecast_train_worker(dsm_segment *segment, shm_toc *toc);

int
worker_processes(int option)
{
	if (option == OPTION_AUTO)
		return query_processes();
	return workers_possible() ? Max(1, option) : 1;
}

/* Bytes that the training takes with so many processes. */
static Size
training_bytes(const TrainJob *job, int processes)
{
	TrainSchedule *schedule = palloc(schedule_bytes(job->member_count));
	Size outputs = add_size(outputs_bytes(job), job->held);
	Size bytes;

	schedule_fill(schedule, job->sizes, job->member_count, processes);
	bytes = add_size(schedule_memory(schedule, job->sizes, job->member_count), outputs);
	if (processes > 1)
	{
		Size worker = mul_size(sizeof(lf_series), job->dataset.count);

		/* the outputs are in the segment, too, until they are fetched */
		bytes = add_size(bytes, segment_bytes(job, 0));
		for (int i = 0; i < schedule->together; i++)
			worker = Max(worker, add_size(output_bytes(job, schedule->order[i]),
										  mul_size(sizeof(lf_series), job->dataset.count)));
		bytes = add_size(bytes, mul_size(worker, processes - 1));
	}
	pfree(schedule);
	return bytes;
}

/*
 * Bytes of these that are never there at one time: with workers the outputs are fetched from the
 * segment when the trainers are gone.
 */
static Size
outputs_after(const TrainJob *job)
{
	TrainSchedule *schedule = palloc(schedule_bytes(job->member_count));
	Size trainers;

	schedule_fill(schedule, job->sizes, job->member_count, job->processes);
	trainers = schedule_memory(schedule, job->sizes, job->member_count);
	pfree(schedule);
	return job->processes > 1 ? Min(trainers, outputs_bytes(job)) : 0;
}

void
prepare_training(TrainJob *job)
{
	MemberSize *sizes = palloc(sizeof(MemberSize) * job->member_count);
	Size bytes;

	for (int i = 0; i < job->member_count; i++)
		sizes[i] = measure_member(job, i);
	job->sizes = sizes;
	job->processes = Min(job->processes, schedule_most_processes(sizes, job->member_count));
	while (job->processes > 1 && !memory_allowed(training_bytes(job, job->processes)))
		job->processes--;
	bytes = training_bytes(job, job->processes);
	check_memory_limit(bytes, "training", MEMORY_HINT);
	job->peak = bytes - outputs_after(job);
	ereport(DEBUG1, (errmsg_internal("training takes %zu kB in %d processes", bytes / 1024 + 1,
									 job->processes)));
}

/*
 * Take part in the networks that all train together. Every process comes to the
 * same output; that of the leader is kept.
 */
static void
train_together(const TrainJob *job, const Segment *segment, Progress *progress,
			   MemberOutput *outputs)
{
	const TrainSchedule *schedule = segment->schedule;

	for (int turn = 0; turn < schedule->together; turn++)
	{
		int number = schedule->order[turn];
		MemberTeam team = {.processes = schedule->processes,
						   .boards = segment->boards + 2 * turn,
						   .memory = segment->team_memory,
						   .bytes = segment->shared->team_bytes,
						   .moved = &segment->shared->moved};
		MemberTurn now = {.number = number,
						  .turn = turn,
						  .round = turn,
						  .rounds = schedule->rounds,
						  .team = &team};

		if (outputs != NULL)
			train_member(job, &now, progress, &outputs[number]);
		else
		{
			char *block = palloc_extended(output_bytes(job, number), MCXT_ALLOC_HUGE);
			MemberOutput copy = {0};

			lay_output(job, number, block, &copy);
			train_member(job, &now, progress, &copy);
			pfree(block);
		}
	}
}

/* Claim and train what is left until nothing is. */
static void
train_apart(const TrainJob *job, const TrainSchedule *schedule, pg_atomic_uint32 *next,
			Progress *progress, MemberOutput *outputs)
{
	for (;;)
	{
		int turn = schedule->together + (int) pg_atomic_fetch_add_u32(next, 1);
		MemberTurn now = {
			.turn = turn, .round = schedule_round(schedule, turn), .rounds = schedule->rounds};

		if (turn >= job->member_count)
			break;
		now.number = schedule->order[turn];
		train_member(job, &now, progress, &outputs[now.number]);
	}
}

/* Train by the schedule, into outputs that lie in the segment, and put the fixed parts there, too.
 */
static void
train_in_segment(const TrainJob *job, const Segment *segment, bool is_worker, MemberOutput *outputs)
{
	const TrainSchedule *schedule = segment->schedule;
	Progress progress;

	for (int i = 0; i < job->member_count; i++)
		outputs[i].epochs = -1;
	progress_begin(&progress, job->member_count, schedule->rounds, is_worker);
	progress.max_seconds = job->max_seconds;
	progress.started = segment->shared->started;
	train_together(job, segment, &progress, is_worker ? NULL : outputs);
	train_apart(job, schedule, &segment->shared->next, &progress, outputs);
	progress_end(&progress);
	for (int i = 0; i < job->member_count; i++)
		if (outputs[i].epochs >= 0)
			segment->results[i] = (SharedResult){.best_epoch = outputs[i].best_epoch,
												 .epochs = outputs[i].epochs,
												 .train_windows = outputs[i].train_windows};
}

void
lstm_forecast_train_worker(dsm_segment *dsm, shm_toc *toc)
{
	Segment segment = segment_attach(toc);
	TrainJob *job = segment_job(toc, &segment);
	MemberOutput *outputs = palloc0(sizeof(MemberOutput) * job->member_count);

	(void) dsm;
	pgstat_report_activity(STATE_RUNNING, segment.query);
	report_open_worker(segment.shared->command);
	while (pg_atomic_read_u32(&segment.shared->ready) == 0)
		ConditionVariableSleep(&segment.shared->moved, PG_WAIT_EXTENSION);
	ConditionVariableCancelSleep();
	pg_read_barrier();
	lay_outputs(job, segment.arrays, outputs);
	train_in_segment(job, &segment, true, outputs);
	report_close();
}

/* Take the results out of the segment, which is about to go. */
static void
fetch_outputs(const TrainJob *job, const Segment *segment, MemberOutput *outputs)
{
	Size bytes = outputs_bytes(job);
	char *block = palloc_extended(bytes, MCXT_ALLOC_HUGE);

	memcpy(block, segment->arrays, bytes);
	lay_outputs(job, block, outputs);
	for (int i = 0; i < job->member_count; i++)
	{
		outputs[i].best_epoch = segment->results[i].best_epoch;
		outputs[i].epochs = segment->results[i].epochs;
		outputs[i].train_windows = segment->results[i].train_windows;
	}
}

/*
 * Tell the workers what is to be done by how many. Networks are trained together
 * only once all workers are there: one that cannot start is an error, not a process
 * to wait for.
 */
static void
publish_schedule(const TrainJob *job, ParallelContext *context, const Segment *segment)
{
	schedule_fill(segment->schedule, job->sizes, job->member_count, 1 + context->nworkers_launched);
	if (segment->schedule->together > 0)
		WaitForParallelWorkersToAttach(context);
	pg_write_barrier();
	pg_atomic_write_u32(&segment->shared->ready, 1);
	ConditionVariableBroadcast(&segment->shared->moved);
}

/* Gives false where there is no shared memory: nothing was done then. */
static bool
train_with_workers(const TrainJob *job, MemberOutput *outputs)
{
	Size team_bytes = schedule_shared(job->sizes, job->member_count, job->processes);
	ParallelContext *context;
	const char *reason;
	Segment segment;

	EnterParallelMode();
	context = CreateParallelContext(LIBRARY, ENTRY_POINT, job->processes - 1);
	segment_estimate(&context->estimator, job, team_bytes);
	reason = make_segment(context);
	if (reason != NULL)
	{
		ExitParallelMode();
		notice_one_process(reason);
		return false;
	}
	segment = segment_fill(context->toc, job, team_bytes);
	lay_outputs(job, segment.arrays, outputs);
	LaunchParallelWorkers(context);
	publish_schedule(job, context, &segment);
	train_in_segment(job, &segment, false, outputs);
	report_phase(PROGRESS_WAITING);
	WaitForParallelWorkersToFinish(context);
	fetch_outputs(job, &segment, outputs);
	DestroyParallelContext(context);
	ExitParallelMode();
	return true;
}

static void
train_alone(const TrainJob *job, MemberOutput *outputs)
{
	TrainSchedule *schedule = palloc(schedule_bytes(job->member_count));
	pg_atomic_uint32 next;
	Progress progress;

	schedule_fill(schedule, job->sizes, job->member_count, 1);
	lay_outputs(job, palloc_extended(outputs_bytes(job), MCXT_ALLOC_HUGE), outputs);
	pg_atomic_init_u32(&next, 0);
	progress_begin(&progress, job->member_count, schedule->rounds, IsParallelWorker());
	progress.max_seconds = job->max_seconds;
	train_apart(job, schedule, &next, &progress, outputs);
	progress_end(&progress);
}

void
train_members(const TrainJob *job, MemberOutput *outputs)
{
	if (job->processes <= 1 || !train_with_workers(job, outputs))
		train_alone(job, outputs);
}
