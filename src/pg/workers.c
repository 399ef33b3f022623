/*
 * workers.c
 *	  Trains the networks of an ensemble with PostgreSQL's parallel workers.
 *
 * One segment of shared memory holds the data, the plans and room for what every
 * network will give. Each process claims the next network until none is left;
 * those with most work go first, so that the last ones to end are short. Which
 * process trains a network changes nothing about it.
 */
#include "postgres.h"

#include <unistd.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/shm_toc.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"

#include "errors.h"
#include "workers.h"

#define LIBRARY "lstm_forecast"
#define ENTRY_POINT "lstm_forecast_train_worker"

enum
{
	KEY_SHARED = 1,
	KEY_SERIES,
	KEY_VALUES,
	KEY_OBSERVED,
	KEY_COVARIATES,
	KEY_MEMBERS,
	KEY_RESULTS,
	KEY_ARRAYS,
	KEY_QUERY
};

/* What all processes of a training share, besides the arrays. */
typedef struct Shared
{
	pg_atomic_uint32 next; /* turns that are taken */
	int64 series_count;
	int member_count;
	Holdout holdout;
	double max_seconds;
	bool log_seconds;
	pg_atomic_uint32 processes; /* as planned, and once they are launched as many as there are */
	TimestampTz started;
} Shared;

/* A series in shared memory: where its arrays begin, and their lengths. */
typedef struct SharedSeries
{
	int64 length;
	int64 covered;
	int64 first_value;     /* also of observed */
	int64 first_covariate; /* in floats */
	bool has_observed;
} SharedSeries;

/* The fixed part of a MemberOutput. */
typedef struct SharedResult
{
	int best_epoch;
	int epochs;
	int64 train_windows;
} SharedResult;

PGDLLEXPORT void lstm_forecast_train_worker(dsm_segment *segment, shm_toc *toc);

int
worker_processes(int option, int member_count)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int processes = option;

	if (IsParallelWorker())
		return 1;
	if (option == OPTION_AUTO)
		processes = Min(1 + max_parallel_workers_per_gather, (int) Max(processors, 1));
	return Max(1, Min(processes, member_count));
}

/* Bytes of each array that a member's training fills. */
typedef struct OutputSizes
{
	Size scalers;
	Size parameters; /* once; a refit needs it twice */
	Size log;
	Size seconds;
} OutputSizes;

static OutputSizes
output_sizes(const TrainJob *job, int member)
{
	const MemberPlan *plan = &job->members[member];
	lf_parameter_table *table = palloc(sizeof(lf_parameter_table));
	OutputSizes sizes;
	lf_error error;
	lf_status status = lf_parameter_table_build(&plan->network, table, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	sizes.scalers = MAXALIGN(mul_size(sizeof(lf_scaler), job->dataset.count));
	sizes.parameters = MAXALIGN(mul_size(sizeof(lf_real), table->total));
	sizes.log = MAXALIGN(mul_size(sizeof(lf_epoch), plan->training.max_epochs + 1));
	sizes.seconds = MAXALIGN(mul_size(sizeof(double), plan->training.max_epochs + 1));
	pfree(table);
	return sizes;
}

static Size
output_bytes(const TrainJob *job)
{
	Size bytes = 0;

	for (int i = 0; i < job->member_count; i++)
	{
		OutputSizes sizes = output_sizes(job, i);

		bytes = add_size(bytes, add_size(sizes.scalers, sizes.log));
		bytes = add_size(bytes, add_size(sizes.seconds, mul_size(2, sizes.parameters)));
	}
	return bytes;
}

/* Lay the outputs' arrays into one block. */
static void
lay_outputs(const TrainJob *job, char *block, MemberOutput *outputs)
{
	for (int i = 0; i < job->member_count; i++)
	{
		OutputSizes sizes = output_sizes(job, i);

		outputs[i].scalers = (lf_scaler *) block;
		block += sizes.scalers;
		outputs[i].log = (lf_epoch *) block;
		block += sizes.log;
		outputs[i].seconds = (double *) block;
		block += sizes.seconds;
		outputs[i].parameters = (lf_real *) block;
		block += sizes.parameters;
		outputs[i].refitted = (lf_real *) block;
		block += sizes.parameters;
	}
}

/* Floating-point operations of a member's training. */
static double
member_work(const MemberPlan *plan)
{
	return lf_network_flops(&plan->network) * (double) plan->training.max_steps *
		   plan->training.batch_size;
}

/* Members by the work they are, most first; equal ones in their order. */
static void
order_by_work(const TrainJob *job, int *order)
{
	for (int i = 0; i < job->member_count; i++)
	{
		int place = i;

		for (; place > 0; place--)
		{
			if (member_work(&job->members[order[place - 1]]) >= member_work(&job->members[i]))
				break;
			order[place] = order[place - 1];
		}
		order[place] = i;
	}
}

/* Train what is left until nothing is. */
static void
claim_members(const TrainJob *job, pg_atomic_uint32 *next, Progress *progress,
			  MemberOutput *outputs)
{
	int *order = palloc(sizeof(int) * job->member_count);

	order_by_work(job, order);
	for (;;)
	{
		uint32 turn = pg_atomic_fetch_add_u32(next, 1);

		if (turn >= (uint32) job->member_count)
			break;
		train_member(job, order[turn], (int) turn, progress, &outputs[order[turn]]);
	}
	pfree(order);
}

static int64
covariate_floats(const TrainJob *job, const lf_series *series)
{
	int channels = job->members[0].network.channels - 1;

	return series->covariates == NULL ? 0 : series->covered * channels;
}

typedef struct DataSizes
{
	int64 steps;
	int64 floats;
} DataSizes;

static DataSizes
data_sizes(const TrainJob *job)
{
	DataSizes sizes = {0};

	for (int64 i = 0; i < job->dataset.count; i++)
	{
		sizes.steps += job->dataset.series[i].length;
		sizes.floats += covariate_floats(job, &job->dataset.series[i]);
	}
	return sizes;
}

/* What pg_stat_activity shows of the workers: the statement that they work for. */
static const char *
query_text(void)
{
	return debug_query_string != NULL ? debug_query_string : "";
}

static void
estimate_segment(shm_toc_estimator *estimator, const TrainJob *job)
{
	DataSizes data = data_sizes(job);

	shm_toc_estimate_chunk(estimator, sizeof(Shared));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(SharedSeries), job->dataset.count));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(double), data.steps));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(uint8), data.steps));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(float), data.floats + 1));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(MemberPlan), job->member_count));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(SharedResult), job->member_count));
	shm_toc_estimate_chunk(estimator, output_bytes(job));
	shm_toc_estimate_chunk(estimator, strlen(query_text()) + 1);
	shm_toc_estimate_keys(estimator, KEY_QUERY);
}

/* Copy the dataset into the segment. */
static void
share_dataset(shm_toc *toc, const TrainJob *job)
{
	DataSizes data = data_sizes(job);
	SharedSeries *series =
		shm_toc_allocate(toc, mul_size(sizeof(SharedSeries), job->dataset.count));
	double *values = shm_toc_allocate(toc, mul_size(sizeof(double), data.steps));
	uint8 *observed = shm_toc_allocate(toc, mul_size(sizeof(uint8), data.steps));
	float *covariates = shm_toc_allocate(toc, mul_size(sizeof(float), data.floats + 1));
	int64 step = 0;
	int64 covariate = 0;

	for (int64 i = 0; i < job->dataset.count; i++)
	{
		const lf_series *from = &job->dataset.series[i];
		int64 floats = covariate_floats(job, from);

		CHECK_FOR_INTERRUPTS();
		series[i] = (SharedSeries){.length = from->length,
								   .covered = from->covered,
								   .first_value = step,
								   .first_covariate = covariate,
								   .has_observed = from->observed != NULL};
		memcpy(values + step, from->values, sizeof(double) * from->length);
		if (from->observed != NULL)
			memcpy(observed + step, from->observed, from->length);
		if (floats > 0)
			memcpy(covariates + covariate, from->covariates, sizeof(float) * floats);
		step += from->length;
		covariate += floats;
	}
	shm_toc_insert(toc, KEY_SERIES, series);
	shm_toc_insert(toc, KEY_VALUES, values);
	shm_toc_insert(toc, KEY_OBSERVED, observed);
	shm_toc_insert(toc, KEY_COVARIATES, covariates);
}

/* Everything into the segment; the leader's outputs then lie there, too. */
static Shared *
fill_segment(shm_toc *toc, const TrainJob *job, TimestampTz started, MemberOutput *outputs)
{
	Shared *shared = shm_toc_allocate(toc, sizeof(Shared));
	MemberPlan *members;
	char *arrays;
	char *query;

	*shared = (Shared){.series_count = job->dataset.count,
					   .member_count = job->member_count,
					   .holdout = job->holdout,
					   .max_seconds = job->max_seconds,
					   .log_seconds = job->log_seconds,
					   .started = started};
	pg_atomic_init_u32(&shared->next, 0);
	pg_atomic_init_u32(&shared->processes, (uint32) job->processes);
	shm_toc_insert(toc, KEY_SHARED, shared);
	share_dataset(toc, job);
	members = shm_toc_allocate(toc, mul_size(sizeof(MemberPlan), job->member_count));
	memcpy(members, job->members, sizeof(MemberPlan) * job->member_count);
	shm_toc_insert(toc, KEY_MEMBERS, members);
	shm_toc_insert(toc, KEY_RESULTS,
				   shm_toc_allocate(toc, mul_size(sizeof(SharedResult), job->member_count)));
	arrays = shm_toc_allocate(toc, output_bytes(job));
	shm_toc_insert(toc, KEY_ARRAYS, arrays);
	lay_outputs(job, arrays, outputs);
	query = shm_toc_allocate(toc, strlen(query_text()) + 1);
	strcpy(query, query_text());
	shm_toc_insert(toc, KEY_QUERY, query);
	return shared;
}

/* The job as a worker finds it in the segment. */
static TrainJob *
attach_job(shm_toc *toc, Shared *shared)
{
	TrainJob *job = palloc0(sizeof(TrainJob));
	const SharedSeries *from = shm_toc_lookup(toc, KEY_SERIES, false);
	const double *values = shm_toc_lookup(toc, KEY_VALUES, false);
	const uint8 *observed = shm_toc_lookup(toc, KEY_OBSERVED, false);
	const float *covariates = shm_toc_lookup(toc, KEY_COVARIATES, false);
	lf_series *series = palloc_extended(mul_size(sizeof(lf_series), shared->series_count),
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	job->members = shm_toc_lookup(toc, KEY_MEMBERS, false);
	for (int64 i = 0; i < shared->series_count; i++)
	{
		series[i].length = from[i].length;
		series[i].covered = from[i].covered;
		series[i].values = values + from[i].first_value;
		if (from[i].has_observed)
			series[i].observed = observed + from[i].first_value;
		if (job->members[0].network.channels > 1)
			series[i].covariates = covariates + from[i].first_covariate;
	}
	job->dataset = (lf_dataset){.count = shared->series_count, .series = series};
	job->holdout = shared->holdout;
	job->member_count = shared->member_count;
	job->max_seconds = shared->max_seconds;
	job->log_seconds = shared->log_seconds;
	job->processes = (int) pg_atomic_read_u32(&shared->processes);
	return job;
}

/*
 * Train what can be claimed, into outputs that lie in the segment, and put the
 * fixed parts there, too.
 */
static void
claim_shared(const TrainJob *job, Shared *shared, SharedResult *results, bool is_worker,
			 MemberOutput *outputs)
{
	Progress progress;

	for (int i = 0; i < job->member_count; i++)
		outputs[i].epochs = -1;
	progress_begin(&progress, job->member_count, job->processes, is_worker);
	progress.started = shared->started;
	claim_members(job, &shared->next, &progress, outputs);
	progress_end(&progress);
	for (int i = 0; i < job->member_count; i++)
		if (outputs[i].epochs >= 0)
			results[i] = (SharedResult){.best_epoch = outputs[i].best_epoch,
										.epochs = outputs[i].epochs,
										.train_windows = outputs[i].train_windows};
}

void
lstm_forecast_train_worker(dsm_segment *segment, shm_toc *toc)
{
	Shared *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	TrainJob *job = attach_job(toc, shared);
	MemberOutput *outputs = palloc0(sizeof(MemberOutput) * job->member_count);

	(void) segment;
	pgstat_report_activity(STATE_RUNNING, shm_toc_lookup(toc, KEY_QUERY, false));
	lay_outputs(job, shm_toc_lookup(toc, KEY_ARRAYS, false), outputs);
	claim_shared(job, shared, shm_toc_lookup(toc, KEY_RESULTS, false), true, outputs);
}

/* Take the results out of the segment, which is about to go. */
static void
fetch_outputs(const TrainJob *job, shm_toc *toc, MemberOutput *outputs)
{
	const SharedResult *results = shm_toc_lookup(toc, KEY_RESULTS, false);
	Size bytes = output_bytes(job);
	char *block = palloc_extended(bytes, MCXT_ALLOC_HUGE);

	memcpy(block, shm_toc_lookup(toc, KEY_ARRAYS, false), bytes);
	lay_outputs(job, block, outputs);
	for (int i = 0; i < job->member_count; i++)
	{
		outputs[i].best_epoch = results[i].best_epoch;
		outputs[i].epochs = results[i].epochs;
		outputs[i].train_windows = results[i].train_windows;
	}
}

static void
train_with_workers(const TrainJob *job, MemberOutput *outputs)
{
	TrainJob own = *job;
	ParallelContext *context;
	Shared *shared;

	EnterParallelMode();
	context = CreateParallelContext(LIBRARY, ENTRY_POINT, job->processes - 1);
	estimate_segment(&context->estimator, job);
	InitializeParallelDSM(context);
	shared = fill_segment(context->toc, job, GetCurrentTimestamp(), outputs);
	LaunchParallelWorkers(context);
	/* with fewer processes than planned each network has less of the time limit */
	own.processes = 1 + context->nworkers_launched;
	pg_atomic_write_u32(&shared->processes, (uint32) own.processes);
	claim_shared(&own, shared, shm_toc_lookup(context->toc, KEY_RESULTS, false), false, outputs);
	WaitForParallelWorkersToFinish(context);
	fetch_outputs(job, context->toc, outputs);
	DestroyParallelContext(context);
	ExitParallelMode();
}

static void
train_alone(const TrainJob *job, MemberOutput *outputs)
{
	pg_atomic_uint32 next;
	Progress progress;

	lay_outputs(job, palloc_extended(output_bytes(job), MCXT_ALLOC_HUGE), outputs);
	pg_atomic_init_u32(&next, 0);
	progress_begin(&progress, job->member_count, 1, false);
	claim_members(job, &next, &progress, outputs);
	progress_end(&progress);
}

void
train_members(TrainJob *job, MemberOutput *outputs)
{
	if (job->processes > 1)
		train_with_workers(job, outputs);
	else
		train_alone(job, outputs);
}
