/*
 * class_workers.c
 *	  Trains the networks of a model that tells classes, in parallel workers.
 *
 * One segment of shared memory holds the sequences, how networks are trained, and room for what
 * each gives. A process claims the next network until none is left; who trains one changes nothing
 * about it.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "fmgr.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/room.h"
#include "classes/class_workers.h"
#include "model/classifier.h"

#define ENTRY_POINT "lstm_forecast_class_worker"

PGDLLEXPORT void lstm_forecast_class_worker(dsm_segment *segment, shm_toc *toc);

enum
{
	KEY_SHARED = 1,
	KEY_SEQUENCES,
	KEY_VALUES,
	KEY_LABELS,
	KEY_SCALES,
	KEY_WEIGHTS,
	KEY_FOLDS,
	KEY_RESULTS,
	KEY_OUTPUTS,
	KEY_QUERY,
	KEY_END /* one more than the last */
};

/* What all processes know. */
typedef struct Shared
{
	ClassTraining training;
	ClassSequences sequences; /* but for its pointers */
	bool has_weights;
	TimestampTz started;
	int rounds;
	int processes;
	pg_atomic_uint32 next; /* network that nobody has claimed */
} Shared;

/* A sequence in shared memory: where its values and labels begin. */
typedef struct SharedSequence
{
	int length;
	int64 first_value;
	int64 first_label;
} SharedSequence;

/* What is known of a network that was trained. */
typedef struct SharedResult
{
	int best_epoch;
	int epochs;
} SharedResult;

/* Labels of a sequence. */
static int
label_count(const ClassTraining *training, const lf_sequence *sequence)
{
	return lf_classifier_answers(&training->network, sequence->length);
}

static int64
all_labels(const ClassJob *job)
{
	int64 count = 0;

	for (int64 i = 0; i < job->sequences->count; i++)
		count += label_count(&job->training, &job->sequences->sequence[i]);
	return count;
}

/* Bytes of a network's arrays, each at a place of its own. */
static Size
output_bytes(const ClassTraining *training)
{
	lf_parameter_table *table = classifier_table(&training->network);
	Size weights = MAXALIGN(mul_size(table->total, sizeof(lf_real)));
	Size log = MAXALIGN(mul_size(sizeof(lf_epoch), class_member_log_rows(training)));

	pfree(table);
	return add_size(mul_size(2, weights), log);
}

/* Let outputs have their arrays in a block of output_bytes for each. */
static void
lay_outputs(const ClassTraining *training, char *block, ClassOutput *outputs)
{
	lf_parameter_table *table = classifier_table(&training->network);
	Size weights = MAXALIGN(sizeof(lf_real) * table->total);
	Size bytes = output_bytes(training);

	for (int i = 0; i < training->members; i++, block += bytes)
		outputs[i] = (ClassOutput){.parameters = (lf_real *) block,
								   .refitted = (lf_real *) (block + weights),
								   .log = (lf_epoch *) (block + 2 * weights),
								   .epochs = -1};
	pfree(table);
}

static void
chunk_sizes(const ClassJob *job, Size *bytes)
{
	const ClassTraining *training = &job->training;

	bytes[KEY_SHARED] = sizeof(Shared);
	bytes[KEY_SEQUENCES] = mul_size(sizeof(SharedSequence), job->sequences->count);
	bytes[KEY_VALUES] = mul_size(sizeof(float), job->value_count);
	bytes[KEY_LABELS] = mul_size(sizeof(int32), all_labels(job));
	bytes[KEY_SCALES] = mul_size(sizeof(float), training->network.channels);
	bytes[KEY_FOLDS] = job->sequences->part[PART_ALL].count;
	bytes[KEY_WEIGHTS] = mul_size(sizeof(double), training->network.classes);
	bytes[KEY_RESULTS] = mul_size(sizeof(SharedResult), training->members);
	bytes[KEY_OUTPUTS] = mul_size(output_bytes(training), training->members);
	bytes[KEY_QUERY] = strlen(worker_query()) + 1;
}

static void
estimate(shm_toc_estimator *estimator, const ClassJob *job)
{
	Size bytes[KEY_END];

	chunk_sizes(job, bytes);
	for (int key = KEY_SHARED; key < KEY_END; key++)
		shm_toc_estimate_chunk(estimator, bytes[key]);
	shm_toc_estimate_keys(estimator, KEY_END - KEY_SHARED);
}

/* Bytes that the training takes with so many processes. */
static Size
training_bytes(const ClassJob *job, int processes)
{
	Size trainers = mul_size(class_member_bytes(job), processes);
	Size outputs = mul_size(output_bytes(&job->training), job->training.members);
	shm_toc_estimator estimator;

	if (processes == 1)
		return add_size(trainers, outputs);
	shm_toc_initialize_estimator(&estimator);
	estimate(&estimator, job);
	return add_size(
		add_size(trainers, outputs),
		add_size(shm_toc_estimate(&estimator),
				 mul_size(mul_size(sizeof(lf_sequence) + sizeof(int64), job->sequences->count),
						  processes - 1)));
}

/* Claim and train networks until none is left. */
static void
train_claimed(const ClassJob *job, Shared *shared, bool is_worker, ClassOutput *outputs)
{
	Progress progress;

	progress_begin(&progress, job->training.members, shared->rounds, is_worker);
	progress.max_seconds = job->training.max_seconds;
	progress.started = shared->started;
	for (;;)
	{
		int number = (int) pg_atomic_fetch_add_u32(&shared->next, 1);
		ClassTurn turn = {
			.number = number, .round = number / shared->processes, .rounds = shared->rounds};

		if (number >= job->training.members)
			break;
		class_member_train(job, &turn, &progress, &outputs[number]);
	}
	progress_end(&progress);
}

static Shared
begin(const ClassJob *job, int processes)
{
	Shared shared = {.training = job->training,
					 .sequences = *job->sequences,
					 .has_weights = job->weights != NULL,
					 .started = GetCurrentTimestamp(),
					 .processes = processes,
					 .rounds = (job->training.members + processes - 1) / processes};

	return shared;
}

/* Copy the sequences into their chunks. */
static void
share_sequences(void *const *chunks, const ClassJob *job)
{
	SharedSequence *sequences = chunks[KEY_SEQUENCES];
	int32 *labels = chunks[KEY_LABELS];
	int64 label = 0;

	for (Size at = 0; at < job->value_count; at += INTERRUPT_BYTES / sizeof(float))
	{
		check_interrupts();
		memcpy((float *) chunks[KEY_VALUES] + at, job->values + at,
			   sizeof(float) * Min(INTERRUPT_BYTES / sizeof(float), job->value_count - at));
	}
	for (int64 i = 0; i < job->sequences->count; i++)
	{
		const lf_sequence *from = &job->sequences->sequence[i];
		int count = label_count(&job->training, from);

		check_interrupts();
		sequences[i] = (SharedSequence){.length = from->length,
										.first_value = from->values - job->values,
										.first_label = label};
		memcpy(labels + label, from->labels, sizeof(int32) * count);
		label += count;
	}
}

/* Put everything into the segment. */
static void
fill_segment(shm_toc *toc, const ClassJob *job, int processes)
{
	Size bytes[KEY_END];
	void *chunks[KEY_END];
	Shared *shared;

	chunk_sizes(job, bytes);
	for (int key = KEY_SHARED; key < KEY_END; key++)
	{
		chunks[key] = shm_toc_allocate(toc, bytes[key]);
		shm_toc_insert(toc, key, chunks[key]);
	}
	shared = chunks[KEY_SHARED];
	*shared = begin(job, processes);
	pg_atomic_init_u32(&shared->next, 0);
	share_sequences(chunks, job);
	memcpy(chunks[KEY_SCALES], job->difference_scales,
		   sizeof(float) * job->training.network.channels);
	memcpy(chunks[KEY_FOLDS], job->sequences->fold, job->sequences->part[PART_ALL].count);
	if (job->weights != NULL)
		memcpy(chunks[KEY_WEIGHTS], job->weights, sizeof(double) * job->training.network.classes);
	strcpy(chunks[KEY_QUERY], worker_query());
}

/* The sequences as a worker sees them. */
static ClassSequences
attach_sequences(shm_toc *toc, const Shared *shared)
{
	const SharedSequence *from = shm_toc_lookup(toc, KEY_SEQUENCES, false);
	const float *values = shm_toc_lookup(toc, KEY_VALUES, false);
	const int32 *labels = shm_toc_lookup(toc, KEY_LABELS, false);
	ClassSequences sequences = shared->sequences;

	sequences.sequence = huge_array(sequences.count, 1, sizeof(lf_sequence));
	sequences.numbers = huge_array(sequences.count, 1, sizeof(int64));
	sequences.counts = NULL;
	sequences.fold = shm_toc_lookup(toc, KEY_FOLDS, false);
	for (int64 i = 0; i < sequences.count; i++)
	{
		sequences.sequence[i] = (lf_sequence){.length = from[i].length,
											  .values = values + from[i].first_value,
											  .labels = labels + from[i].first_label};
		sequences.numbers[i] = i;
	}
	return sequences;
}

/* Train in the segment, and put the results there. */
static void
train_in_segment(const ClassJob *job, shm_toc *toc, bool is_worker)
{
	SharedResult *results = shm_toc_lookup(toc, KEY_RESULTS, false);
	ClassOutput *outputs = palloc(sizeof(ClassOutput) * job->training.members);

	lay_outputs(&job->training, shm_toc_lookup(toc, KEY_OUTPUTS, false), outputs);
	train_claimed(job, shm_toc_lookup(toc, KEY_SHARED, false), is_worker, outputs);
	for (int i = 0; i < job->training.members; i++)
		if (outputs[i].epochs >= 0)
			results[i] =
				(SharedResult){.best_epoch = outputs[i].best_epoch, .epochs = outputs[i].epochs};
	pfree(outputs);
}

void
lstm_forecast_class_worker(dsm_segment *dsm, shm_toc *toc)
{
	const Shared *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	ClassSequences sequences = attach_sequences(toc, shared);
	ClassJob job = {.training = shared->training,
					.sequences = &sequences,
					.difference_scales = shm_toc_lookup(toc, KEY_SCALES, false)};

	(void) dsm;
	pgstat_report_activity(STATE_RUNNING, shm_toc_lookup(toc, KEY_QUERY, false));
	report_open_worker(PROGRESS_TRAIN_CLASSES);
	if (shared->has_weights)
		job.weights = shm_toc_lookup(toc, KEY_WEIGHTS, false);
	train_in_segment(&job, toc, true);
	report_close();
}

/* Take the results out of the segment, which is about to go. */
static void
fetch_outputs(const ClassJob *job, shm_toc *toc, char *block, ClassOutput *outputs)
{
	const SharedResult *results = shm_toc_lookup(toc, KEY_RESULTS, false);

	memcpy(block, shm_toc_lookup(toc, KEY_OUTPUTS, false),
		   output_bytes(&job->training) * job->training.members);
	for (int i = 0; i < job->training.members; i++)
	{
		outputs[i].best_epoch = results[i].best_epoch;
		outputs[i].epochs = results[i].epochs;
	}
}

/* Gives false where there is no shared memory: nothing was done then. */
static bool
train_with_workers(const ClassJob *job, int processes, char *block, ClassOutput *outputs)
{
	ParallelContext *context;
	const char *reason;

	EnterParallelMode();
	context = CreateParallelContext(LIBRARY, ENTRY_POINT, processes - 1);
	estimate(&context->estimator, job);
	reason = make_segment(context);
	if (reason != NULL)
	{
		ExitParallelMode();
		notice_one_process(reason);
		return false;
	}
	fill_segment(context->toc, job, processes);
	LaunchParallelWorkers(context);
	train_in_segment(job, context->toc, false);
	report_phase(PROGRESS_WAITING);
	WaitForParallelWorkersToFinish(context);
	fetch_outputs(job, context->toc, block, outputs);
	DestroyParallelContext(context);
	ExitParallelMode();
	return true;
}

void
class_members_train(const ClassJob *job, int processes, MemoryAccount *account,
					ClassOutput *outputs)
{
	Size bytes = mul_size(output_bytes(&job->training), job->training.members);
	Size during;
	char *block;

	processes = Min(processes, job->training.members);
	while (processes > 1 &&
		   !memory_allowed(add_size(account->held, training_bytes(job, processes))))
		processes--;
	during = training_bytes(job, processes);
	account_take(account, during);
	block = palloc_extended(bytes, MCXT_ALLOC_HUGE);
	lay_outputs(&job->training, block, outputs);
	if (processes == 1 || !train_with_workers(job, processes, block, outputs))
	{
		Shared shared = begin(job, 1);

		pg_atomic_init_u32(&shared.next, 0);
		train_claimed(job, &shared, IsParallelWorker(), outputs);
	}
	account_give(account, during - bytes);
}
