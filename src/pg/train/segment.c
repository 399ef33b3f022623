/*
 * segment.c
 *	  What the processes of a training share: data, plans, schedule, teams and outputs.
 */
#include "postgres.h"

#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/room.h"
#include "model/network_table.h"
#include "train/segment.h"

enum
{
	KEY_SHARED = 1,
	KEY_SERIES,
	KEY_VALUES,
	KEY_OBSERVED,
	KEY_COVARIATES,
	KEY_LABELS,
	KEY_MEMBERS,
	KEY_INITIAL,
	KEY_SCHEDULE,
	KEY_BOARDS,
	KEY_TEAM,
	KEY_RESULTS,
	KEY_ARRAYS,
	KEY_QUERY,
	KEY_END /* one more than the last */
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
} OutputSizes;

static OutputSizes
output_sizes(const TrainJob *job, int member)
{
	const MemberPlan *plan = &job->members[member];

	return (OutputSizes){
		.scalers = MAXALIGN(mul_size(sizeof(lf_scaler), job->dataset.count)),
		.parameters = MAXALIGN(mul_size(sizeof(lf_real), network_weights(&plan->network))),
		.log = MAXALIGN(mul_size(sizeof(lf_epoch), member_log_rows(plan))),
	};
}

static Size
sizes_total(const OutputSizes *sizes)
{
	return add_size(add_size(sizes->scalers, sizes->log), mul_size(2, sizes->parameters));
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

/* Which category each channel belongs to. */
static Size
labels_bytes(const TrainJob *job)
{
	return job->dataset.labels == NULL
			   ? 0
			   : sizeof(int) * (Size) (job->members[0].network.channels - 1);
}

/* Of a member, for its training and its refit. */
static Size
boards_bytes(const TrainJob *job)
{
	return mul_size(2 * sizeof(lf_trainer_board), job->member_count);
}

/*
 * Bytes of each chunk of the segment, by its key: what is allocated, what is estimated, and what is
 * checked before training.
 */
static void
chunk_sizes(const TrainJob *job, Size team_bytes, Size *bytes)
{
	DataSizes data = data_sizes(job);

	bytes[KEY_SHARED] = sizeof(Shared);
	bytes[KEY_SERIES] = mul_size(sizeof(SharedSeries), job->dataset.count);
	bytes[KEY_VALUES] = mul_size(sizeof(double), data.steps);
	bytes[KEY_OBSERVED] = mul_size(sizeof(uint8), data.steps);
	bytes[KEY_COVARIATES] = mul_size(sizeof(float), data.floats);
	bytes[KEY_LABELS] = labels_bytes(job);
	bytes[KEY_MEMBERS] = mul_size(sizeof(MemberPlan), job->member_count);
	bytes[KEY_INITIAL] = mul_size(sizeof(lf_real), initial_weights(job));
	bytes[KEY_SCHEDULE] = schedule_bytes(job->member_count);
	bytes[KEY_BOARDS] = boards_bytes(job);
	bytes[KEY_TEAM] = team_bytes;
	bytes[KEY_RESULTS] = mul_size(sizeof(SharedResult), job->member_count);
	bytes[KEY_ARRAYS] = outputs_bytes(job);
	bytes[KEY_QUERY] = strlen(worker_query()) + 1;
	for (int key = KEY_SHARED; key < KEY_END; key++)
		bytes[key] = add_size(bytes[key], LF_ALIGNMENT); /* room to begin at a multiple of it */
}

void
segment_estimate(shm_toc_estimator *estimator, const TrainJob *job, Size team_bytes)
{
	Size bytes[KEY_END];

	chunk_sizes(job, team_bytes, bytes);
	for (int key = KEY_SHARED; key < KEY_END; key++)
		shm_toc_estimate_chunk(estimator, bytes[key]);
	shm_toc_estimate_keys(estimator, KEY_END - KEY_SHARED);
}

Size
segment_bytes(const TrainJob *job, Size team_bytes)
{
	shm_toc_estimator estimator;

	shm_toc_initialize_estimator(&estimator);
	segment_estimate(&estimator, job, team_bytes);
	return shm_toc_estimate(&estimator);
}

/* Copy the dataset into its chunks. */
static void
share_dataset(void *const *chunks, const TrainJob *job)
{
	SharedSeries *series = chunks[KEY_SERIES];
	double *values = chunks[KEY_VALUES];
	uint8 *observed = chunks[KEY_OBSERVED];
	float *covariates = chunks[KEY_COVARIATES];
	int64 step = 0;
	int64 covariate = 0;

	for (int64 i = 0; i < job->dataset.count; i++)
	{
		const lf_series *from = &job->dataset.series[i];
		int64 floats = covariate_floats(job, from);

		check_interrupts();
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
}

static void
fill_shared(Shared *shared, const TrainJob *job, Size team_bytes)
{
	memset(shared, 0, sizeof(Shared));
	shared->series_count = job->dataset.count;
	shared->member_count = job->member_count;
	shared->holdout = job->holdout;
	shared->max_seconds = job->max_seconds;
	shared->log_seconds = job->log_seconds;
	shared->command = report_command();
	shared->goes_on = job->initial != NULL;
	shared->labelled = job->dataset.labels != NULL;
	shared->started = GetCurrentTimestamp();
	shared->team_bytes = team_bytes;
	pg_atomic_init_u32(&shared->next, 0);
	pg_atomic_init_u32(&shared->ready, 0);
	ConditionVariableInit(&shared->moved);
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

Segment
segment_fill(shm_toc *toc, const TrainJob *job, Size team_bytes)
{
	Size bytes[KEY_END];
	void *chunks[KEY_END];

	chunk_sizes(job, team_bytes, bytes);
	for (int key = KEY_SHARED; key < KEY_END; key++)
	{
		chunks[key] = (void *) TYPEALIGN(LF_ALIGNMENT, shm_toc_allocate(toc, bytes[key]));
		shm_toc_insert(toc, key, chunks[key]);
	}
	fill_shared(chunks[KEY_SHARED], job, team_bytes);
	share_dataset(chunks, job);
	if (job->dataset.labels != NULL)
		memcpy(chunks[KEY_LABELS], job->dataset.labels, labels_bytes(job));
	memcpy(chunks[KEY_MEMBERS], job->members, sizeof(MemberPlan) * job->member_count);
	if (job->initial != NULL)
		memcpy(chunks[KEY_INITIAL], job->initial, sizeof(lf_real) * initial_weights(job));
	memset(chunks[KEY_BOARDS], 0, boards_bytes(job));
	strcpy(chunks[KEY_QUERY], worker_query());
	return segment_attach(toc);
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
	if (shared->labelled)
		job->dataset.labels = shm_toc_lookup(toc, KEY_LABELS, false);
	job->holdout = shared->holdout;
	job->member_count = shared->member_count;
	job->max_seconds = shared->max_seconds;
	job->log_seconds = shared->log_seconds;
	if (shared->goes_on)
		job->initial = shm_toc_lookup(toc, KEY_INITIAL, false);
	return job;
}
