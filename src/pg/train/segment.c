/*
 * segment.c
 *	  What the processes of a training share: data, plans, schedule, teams and outputs.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/shmem.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/errors.h"
#include "train/segment.h"

enum
{
	KEY_SHARED = 1,
	KEY_SERIES,
	KEY_VALUES,
	KEY_OBSERVED,
	KEY_COVARIATES,
	KEY_MEMBERS,
	KEY_SCHEDULE,
	KEY_BOARDS,
	KEY_TEAM,
	KEY_RESULTS,
	KEY_ARRAYS,
	KEY_QUERY
};

/* A series in shared memory: where its arrays begin, and their lengths. */
typedef struct SharedSeries
{
	int64 length;
	int64 covered;
	int64 first_value;     /* also of observed */
	int64 first_covariate; /* in floats */
	bool has_observed;
} SharedSeries;

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
sizes_total(const OutputSizes *sizes)
{
	return add_size(add_size(sizes->scalers, sizes->log),
					add_size(sizes->seconds, mul_size(2, sizes->parameters)));
}

Size
output_bytes(const TrainJob *job, int number)
{
	OutputSizes sizes = output_sizes(job, number);

	return sizes_total(&sizes);
}

Size
outputs_bytes(const TrainJob *job)
{
	Size bytes = 0;

	for (int i = 0; i < job->member_count; i++)
		bytes = add_size(bytes, output_bytes(job, i));
	return bytes;
}

void
lay_output(const TrainJob *job, int number, char *block, MemberOutput *output)
{
	OutputSizes sizes = output_sizes(job, number);

	output->scalers = (lf_scaler *) block;
	block += sizes.scalers;
	output->log = (lf_epoch *) block;
	block += sizes.log;
	output->seconds = (double *) block;
	block += sizes.seconds;
	output->parameters = (lf_real *) block;
	block += sizes.parameters;
	output->refitted = (lf_real *) block;
}

void
lay_outputs(const TrainJob *job, char *block, MemberOutput *outputs)
{
	for (int i = 0; i < job->member_count; i++)
	{
		lay_output(job, i, block, &outputs[i]);
		block += output_bytes(job, i);
	}
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

/* Of a member, for its training and its refit. */
static Size
boards_bytes(const TrainJob *job)
{
	return mul_size(2 * sizeof(lf_trainer_board), job->member_count);
}

/* A team's memory from the next address that is a multiple of LF_ALIGNMENT. */
static Size
aligned_bytes(Size bytes)
{
	return add_size(bytes, LF_ALIGNMENT);
}

static void *
allocate_aligned(shm_toc *toc, Size bytes)
{
	return (void *) TYPEALIGN(LF_ALIGNMENT, shm_toc_allocate(toc, aligned_bytes(bytes)));
}

void
segment_estimate(shm_toc_estimator *estimator, const TrainJob *job, Size team_bytes)
{
	DataSizes data = data_sizes(job);

	shm_toc_estimate_chunk(estimator, sizeof(Shared));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(SharedSeries), job->dataset.count));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(double), data.steps));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(uint8), data.steps));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(float), data.floats + 1));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(MemberPlan), job->member_count));
	shm_toc_estimate_chunk(estimator, schedule_bytes(job->member_count));
	shm_toc_estimate_chunk(estimator, aligned_bytes(boards_bytes(job)));
	shm_toc_estimate_chunk(estimator, aligned_bytes(team_bytes));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(SharedResult), job->member_count));
	shm_toc_estimate_chunk(estimator, outputs_bytes(job));
	shm_toc_estimate_chunk(estimator, strlen(query_text()) + 1);
	shm_toc_estimate_keys(estimator, KEY_QUERY);
}

Size
segment_bytes(const TrainJob *job, Size team_bytes)
{
	shm_toc_estimator estimator;

	shm_toc_initialize_estimator(&estimator);
	segment_estimate(&estimator, job, team_bytes);
	return shm_toc_estimate(&estimator);
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

/* Allocate a chunk and enter it under its key. */
static void *
add_chunk(shm_toc *toc, uint64 key, Size bytes)
{
	void *chunk = shm_toc_allocate(toc, bytes);

	shm_toc_insert(toc, key, chunk);
	return chunk;
}

static Shared *
fill_shared(shm_toc *toc, const TrainJob *job, Size team_bytes)
{
	Shared *shared = add_chunk(toc, KEY_SHARED, sizeof(Shared));

	memset(shared, 0, sizeof(Shared));
	shared->series_count = job->dataset.count;
	shared->member_count = job->member_count;
	shared->holdout = job->holdout;
	shared->max_seconds = job->max_seconds;
	shared->log_seconds = job->log_seconds;
	shared->started = GetCurrentTimestamp();
	shared->team_bytes = team_bytes;
	pg_atomic_init_u32(&shared->next, 0);
	pg_atomic_init_u32(&shared->ready, 0);
	ConditionVariableInit(&shared->moved);
	return shared;
}

Segment
segment_fill(shm_toc *toc, const TrainJob *job, Size team_bytes)
{
	Segment segment = {.shared = fill_shared(toc, job, team_bytes)};
	MemberPlan *members;
	char *query;

	share_dataset(toc, job);
	members = add_chunk(toc, KEY_MEMBERS, mul_size(sizeof(MemberPlan), job->member_count));
	memcpy(members, job->members, sizeof(MemberPlan) * job->member_count);
	segment.schedule = add_chunk(toc, KEY_SCHEDULE, schedule_bytes(job->member_count));
	segment.boards = allocate_aligned(toc, boards_bytes(job));
	memset(segment.boards, 0, boards_bytes(job));
	shm_toc_insert(toc, KEY_BOARDS, segment.boards);
	segment.team_memory = allocate_aligned(toc, team_bytes);
	shm_toc_insert(toc, KEY_TEAM, segment.team_memory);
	segment.results =
		add_chunk(toc, KEY_RESULTS, mul_size(sizeof(SharedResult), job->member_count));
	segment.arrays = add_chunk(toc, KEY_ARRAYS, outputs_bytes(job));
	query = add_chunk(toc, KEY_QUERY, strlen(query_text()) + 1);
	strcpy(query, query_text());
	segment.query = query;
	return segment;
}

Segment
segment_attach(shm_toc *toc)
{
	return (Segment){.shared = shm_toc_lookup(toc, KEY_SHARED, false),
					 .schedule = shm_toc_lookup(toc, KEY_SCHEDULE, false),
					 .boards = shm_toc_lookup(toc, KEY_BOARDS, false),
					 .team_memory = shm_toc_lookup(toc, KEY_TEAM, false),
					 .results = shm_toc_lookup(toc, KEY_RESULTS, false),
					 .arrays = shm_toc_lookup(toc, KEY_ARRAYS, false),
					 .query = shm_toc_lookup(toc, KEY_QUERY, false)};
}

TrainJob *
segment_job(shm_toc *toc, const Segment *segment)
{
	const Shared *shared = segment->shared;
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
	return job;
}
