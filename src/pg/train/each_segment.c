/*
 * each_segment.c
 *	  What the processes share that train a model for each series: rows, options and outcomes.
 *
 * The rows of a series are one record: a process copies it when it begins the series, so that it
 * holds the rows of one at a time. How large outcomes will be is not known before; they lie in an
 * area that begins in the segment and grows beside it.
 */
#include "postgres.h"

#include "storage/condition_variable.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "base/interrupts.h"
#include "base/room.h"
#include "time/step_list.h"
#include "model/holidays.h"
#include "train/each_record.h"
#include "train/each_segment.h"

#define NO_RECORD ((Size) -1)
#define NAP_MS 100 /* should nobody wake us */

enum
{
	KEY_SHARED = 1,
	KEY_PLACES,
	KEY_AHEAD,
	KEY_RECORDS,
	KEY_OPTIONS,
	KEY_NAMES,
	KEY_WORDS,
	KEY_STEPS,
	KEY_HOLIDAYS,
	KEY_RESULTS,
	KEY_AREA,
	KEY_QUERY,
	KEY_END /* one more than the last */
};

/* What is the same for all, and what has become of the series; mutex guards all from next on. */
struct EachShared
{
	bool has_times;
	int past;
	int future;
	bool has_ahead;      /* what is known ahead is in records of its own */
	bool networks_given; /* of the options; all of these are written out, also what nobody gave */
	Size steps;          /* bytes of the listed ones; 0: they are not */
	int names;           /* of covariates; 0: they have none */
	bool has_categories; /* some of these */
	int64 first;         /* series of the segment, by their numbers ... */
	int64 end;           /* ... and one more than the last */
	Size room;           /* bytes that outcomes may take that wait for the leader */
	slock_t mutex;
	int64 next;     /* to be claimed */
	int64 finished; /* series that have an outcome */
	int64 handed;   /* the first one whose outcome the leader has not handed on */
	Size held;      /* bytes of outcomes that wait */
	bool stopped;   /* no more series are to be begun */
	ConditionVariable moved;
};

/* How far a series is. */
typedef enum EachState
{
	EACH_WAITING, /* or under way */
	EACH_DONE,    /* has an outcome */
	EACH_LARGE,   /* needs more memory than a process has a share of */
	EACH_TAKEN    /* the leader has its outcome */
} EachState;

/* An outcome on its way. */
typedef struct EachResult
{
	EachState state;
	int code;
	double seconds;
	dsa_pointer bytes; /* the model, or the message; InvalidDsaPointer: none */
	Size size;
} EachResult;

static const char *
label_of(const EachSeries *series, int64 number)
{
	return series->rows->labels[series->order[number]];
}

static const RowSet *
set_of(const EachSeries *series, int64 number)
{
	return series->rows->series[series->order[number]];
}

/* What is known ahead of a series, or of all; NULL: nothing. */
static const RowSet *
ahead_of(const EachSeries *series, const char *label)
{
	return series->rows->ahead == NULL ? NULL : panel_rows_find(series->rows->ahead, label);
}

static Size
records_bytes(const EachSeries *series, int64 first)
{
	const RowSet *shared = ahead_of(series, NULL);
	Size bytes = shared == NULL ? 0 : each_record_bytes(NULL, shared);

	for (int64 i = first; i < series->count; i++)
	{
		const char *label = label_of(series, i);
		const RowSet *ahead = ahead_of(series, label);

		bytes = add_size(bytes, each_record_bytes(label, set_of(series, i)));
		if (ahead != NULL)
			bytes = add_size(bytes, each_record_bytes(label, ahead));
	}
	return bytes;
}

/* The names of covariates one after the other, each with its end. */
static Size
names_bytes(char **names, int count)
{
	Size bytes = 0;

	for (int i = 0; names != NULL && i < count; i++)
		bytes = add_size(bytes, strlen(names[i]) + 1);
	return bytes;
}

/* The names of the columns of time (if there is one) and series, likewise. */
static Size
columns_bytes(const PanelRows *rows)
{
	return (rows->has_times ? strlen(rows->columns->time) + 1 : 0) + strlen(rows->columns->series) +
		   1;
}

/* The listed steps as bytes; NULL, and none, where they are not. */
static char *
listed_steps(const PanelRows *rows, Size *size)
{
	*size = 0;
	return rows->steps == NULL ? NULL : step_list_encode(rows->steps, size);
}

/* Bytes of each chunk of the segment, by its key: what is allocated and what is estimated. */
static void
chunk_sizes(const EachSeries *series, int64 first, const Jsonb *options, char **names, Size *bytes)
{
	const PanelRows *rows = series->rows;

	bytes[KEY_SHARED] = sizeof(EachShared);
	bytes[KEY_PLACES] = mul_size(sizeof(Size), series->count - first);
	bytes[KEY_AHEAD] = bytes[KEY_PLACES];
	bytes[KEY_RECORDS] = records_bytes(series, first);
	bytes[KEY_OPTIONS] = VARSIZE(options);
	bytes[KEY_NAMES] =
		columns_bytes(rows) + names_bytes(names, panel_rows_past(rows) + panel_rows_future(rows));
	bytes[KEY_WORDS] =
		vocabularies_bytes(rows->categories, panel_rows_past(rows) + panel_rows_future(rows));
	(void) listed_steps(rows, &bytes[KEY_STEPS]);
	bytes[KEY_HOLIDAYS] = strlen(holidays_text(rows->holidays)) + 1;
	bytes[KEY_RESULTS] = mul_size(sizeof(EachResult), series->count - first);
	bytes[KEY_AREA] = dsa_minimum_size();
	bytes[KEY_QUERY] = strlen(worker_query()) + 1;
}

void
each_segment_estimate(shm_toc_estimator *estimator, const EachSeries *series, int64 first,
					  const TrainOptions *options, char **names)
{
	Size bytes[KEY_END];

	chunk_sizes(series, first, options_to_jsonb(options), names, bytes);
	for (int key = KEY_SHARED; key < KEY_END; key++)
		shm_toc_estimate_chunk(estimator, bytes[key]);
	shm_toc_estimate_keys(estimator, KEY_END - KEY_SHARED);
}

Size
each_segment_bytes(const EachSeries *series, int64 first, const TrainOptions *options, char **names)
{
	shm_toc_estimator estimator;

	shm_toc_initialize_estimator(&estimator);
	each_segment_estimate(&estimator, series, first, options, names);
	return shm_toc_estimate(&estimator);
}

static void
fill_shared(EachShared *shared, const EachSeries *series, int64 first, const TrainOptions *options,
			char **names, Size room)
{
	const PanelRows *rows = series->rows;

	memset(shared, 0, sizeof(EachShared));
	shared->has_times = rows->has_times;
	shared->past = rows->past;
	shared->future = rows->future;
	shared->has_ahead = rows->ahead != NULL;
	shared->networks_given = options->networks_given;
	shared->names = names == NULL ? 0 : panel_rows_past(rows) + panel_rows_future(rows);
	shared->has_categories = rows->categories != NULL;
	shared->first = shared->next = shared->handed = first;
	shared->end = series->count;
	shared->room = room;
	SpinLockInit(&shared->mutex);
	ConditionVariableInit(&shared->moved);
}

/* Write the records of all series, and note where they are. */
static void
fill_records(char *records, Size *places, Size *ahead_places, const EachSeries *series, int64 first)
{
	const RowSet *shared = ahead_of(series, NULL);
	Size shared_place = shared == NULL ? NO_RECORD : 0;
	Size place = shared == NULL ? 0 : each_record_write(records, NULL, shared);

	for (int64 i = first; i < series->count; i++)
	{
		const char *label = label_of(series, i);
		const RowSet *ahead = ahead_of(series, label);

		check_interrupts();
		places[i - first] = place;
		place += each_record_write(records + place, label, set_of(series, i));
		ahead_places[i - first] = ahead == NULL ? shared_place : place;
		if (ahead != NULL)
			place += each_record_write(records + place, label, ahead);
	}
}

/* The names of the covariates; NULL where they have none. */
static char **
covariates_of(shm_toc *toc, const EachShared *shared)
{
	int count = shared->names;
	int before = shared->has_times ? 2 : 1; /* names of columns */
	char *name = shm_toc_lookup(toc, KEY_NAMES, false);
	char **names = palloc(sizeof(char *) * Max(count, 1));

	for (int i = -before; i < count; i++)
	{
		if (i >= 0)
			names[i] = name;
		name += strlen(name) + 1;
	}
	return count == 0 ? NULL : names;
}

/* A view of the segment, but for the area. */
static EachSegment
look_up(shm_toc *toc)
{
	EachShared *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	const char *names = shm_toc_lookup(toc, KEY_NAMES, false);
	SourceColumns columns = {.series = names};

	if (shared->has_times)
		columns.time = names + strlen(names) + 1;
	if (shared->has_categories)
		columns.categories = vocabularies_read(shm_toc_lookup(toc, KEY_WORDS, false),
											   covariates_of(toc, shared), shared->names);
	return (EachSegment){.shared = shared,
						 .columns = columns,
						 .records = shm_toc_lookup(toc, KEY_RECORDS, false),
						 .places = shm_toc_lookup(toc, KEY_PLACES, false),
						 .ahead = shm_toc_lookup(toc, KEY_AHEAD, false),
						 .steps = shm_toc_lookup(toc, KEY_STEPS, false),
						 .holidays = holidays_of_text(shm_toc_lookup(toc, KEY_HOLIDAYS, false)),
						 .results = shm_toc_lookup(toc, KEY_RESULTS, false),
						 .query = shm_toc_lookup(toc, KEY_QUERY, false)};
}

EachSegment
each_segment_fill(shm_toc *toc, dsm_segment *dsm, const EachSeries *series, int64 first,
				  const TrainOptions *options, char **names, Size room_bytes)
{
	Jsonb *json = options_to_jsonb(options);
	Size bytes[KEY_END];
	char *chunks[KEY_END];
	EachSegment segment;
	char *steps;
	char *name;

	chunk_sizes(series, first, json, names, bytes);
	for (int key = KEY_SHARED; key < KEY_END; key++)
	{
		chunks[key] = shm_toc_allocate(toc, bytes[key]);
		shm_toc_insert(toc, key, chunks[key]);
	}
	fill_shared((EachShared *) chunks[KEY_SHARED], series, first, options, names, room_bytes);
	fill_records(chunks[KEY_RECORDS], (Size *) chunks[KEY_PLACES], (Size *) chunks[KEY_AHEAD],
				 series, first);
	memcpy(chunks[KEY_OPTIONS], json, VARSIZE(json));
	memset(chunks[KEY_RESULTS], 0, bytes[KEY_RESULTS]);
	for (int64 i = first; i < series->count; i++)
		if (set_of(series, i)->fault != NULL)
			((EachResult *) chunks[KEY_RESULTS])[i - first].state = EACH_TAKEN;
	steps = listed_steps(series->rows, &((EachShared *) chunks[KEY_SHARED])->steps);
	if (steps != NULL)
		memcpy(chunks[KEY_STEPS], steps, bytes[KEY_STEPS]);
	strcpy(chunks[KEY_HOLIDAYS], holidays_text(series->rows->holidays));
	if (bytes[KEY_WORDS] > 0)
		vocabularies_write(series->rows->categories,
						   panel_rows_past(series->rows) + panel_rows_future(series->rows),
						   chunks[KEY_WORDS]);
	strcpy(chunks[KEY_QUERY], worker_query());
	name = stpcpy(chunks[KEY_NAMES], series->rows->columns->series) + 1;
	if (series->rows->has_times)
		name = stpcpy(name, series->rows->columns->time) + 1;
	segment = look_up(toc);
	for (int i = 0; i < segment.shared->names; i++)
		name = stpcpy(name, names[i]) + 1;
	segment.area =
		dsa_create_in_place(chunks[KEY_AREA], bytes[KEY_AREA], LWTRANCHE_PARALLEL_QUERY_DSA, dsm);
	return segment;
}

EachSegment
each_segment_attach(shm_toc *toc, dsm_segment *dsm)
{
	EachSegment segment = look_up(toc);

	segment.area = dsa_attach_in_place(shm_toc_lookup(toc, KEY_AREA, false), dsm);
	return segment;
}

TrainOptions
each_segment_options(shm_toc *toc)
{
	TrainOptions options;

	options_parse(&options, shm_toc_lookup(toc, KEY_OPTIONS, false));
	options.networks_given = look_up(toc).shared->networks_given;
	return options;
}

char **
each_segment_names(shm_toc *toc, const EachSegment *segment)
{
	return covariates_of(toc, segment->shared);
}

PanelRows *
each_segment_rows(const EachSegment *segment, int64 number)
{
	const EachShared *shared = segment->shared;
	Size ahead = segment->ahead[number - shared->first];
	PanelRows *rows = each_record_read(segment->records + segment->places[number - shared->first],
									   shared->has_times, shared->past, shared->future);

	rows->columns = &segment->columns;
	rows->categories = segment->columns.categories;
	if (shared->steps > 0)
		rows->steps = step_list_decode(segment->steps, shared->steps);
	rows->holidays = segment->holidays;
	/* no past covariates are known ahead */
	if (ahead != NO_RECORD)
		rows->ahead =
			each_record_read(segment->records + ahead, shared->has_times, 0, shared->future);
	else if (shared->has_ahead)
		rows->ahead = panel_rows_create(CurrentMemoryContext, shared->has_times, 0, shared->future);
	return rows;
}

int64
each_claim(const EachSegment *segment)
{
	EachShared *shared = segment->shared;
	int64 number = -1;

	SpinLockAcquire(&shared->mutex);
	while (number < 0 && !shared->stopped && shared->next < shared->end)
	{
		if (segment->results[shared->next - shared->first].state == EACH_WAITING)
			number = shared->next;
		else
			shared->finished++;
		shared->next++;
	}
	SpinLockRelease(&shared->mutex);
	return number;
}

/* Take room for an outcome. False while there is none. */
static bool
take_room(EachShared *shared, int64 number, Size size)
{
	bool room;

	SpinLockAcquire(&shared->mutex);
	/* what the leader hands on next, and what it will take all at once, must not wait for it */
	room = shared->held + size <= shared->room || number == shared->handed || shared->stopped;
	if (room)
		shared->held += size;
	SpinLockRelease(&shared->mutex);
	return room;
}

/* Let a series be done. */
static void
finish(EachShared *shared, EachResult *result, EachState state)
{
	SpinLockAcquire(&shared->mutex);
	result->state = state;
	shared->finished++;
	if (state == EACH_LARGE)
		shared->stopped = true;
	SpinLockRelease(&shared->mutex);
	ConditionVariableBroadcast(&shared->moved);
}

void
each_put(const EachSegment *segment, int64 number, const Outcome *outcome, bool too_large)
{
	EachShared *shared = segment->shared;
	EachResult *result = &segment->results[number - shared->first];
	Size size = outcome_size(outcome);

	if (!too_large)
	{
		while (!take_room(shared, number, size))
			(void) ConditionVariableTimedSleep(&shared->moved, NAP_MS, PG_WAIT_EXTENSION);
		ConditionVariableCancelSleep();
		result->bytes = dsa_allocate_extended(segment->area, size, DSA_ALLOC_HUGE);
		result->size = size;
		result->code = outcome->code;
		result->seconds = outcome->seconds;
		memcpy(dsa_get_address(segment->area, result->bytes), outcome_bytes(outcome), size);
	}
	finish(shared, result, too_large ? EACH_LARGE : EACH_DONE);
}

void
each_note(const EachSegment *segment, int64 number, Size bytes, bool too_large)
{
	EachShared *shared = segment->shared;

	SpinLockAcquire(&shared->mutex);
	shared->held += bytes;
	SpinLockRelease(&shared->mutex);
	finish(shared, &segment->results[number - shared->first], too_large ? EACH_LARGE : EACH_TAKEN);
}

bool
each_take(const EachSegment *segment, int64 number, Outcome *outcome)
{
	EachShared *shared = segment->shared;
	EachResult *result = &segment->results[number - shared->first];
	EachState state;
	char *copy;

	SpinLockAcquire(&shared->mutex);
	state = result->state;
	if (state == EACH_DONE)
		result->state = EACH_TAKEN;
	SpinLockRelease(&shared->mutex);
	if (state != EACH_DONE)
		return false;
	copy = palloc_extended(result->size, MCXT_ALLOC_HUGE);
	memcpy(copy, dsa_get_address(segment->area, result->bytes), result->size);
	dsa_free(segment->area, result->bytes);
	*outcome = (Outcome){.code = result->code, .seconds = result->seconds};
	if (result->code == 0)
		outcome->model = (bytea *) copy;
	else
		outcome->message = copy;
	return true;
}

void
each_advance(const EachSegment *segment, int64 next, Size bytes)
{
	EachShared *shared = segment->shared;

	SpinLockAcquire(&shared->mutex);
	shared->handed = next;
	shared->held -= bytes;
	SpinLockRelease(&shared->mutex);
	ConditionVariableBroadcast(&shared->moved);
}

bool
each_wait(const EachSegment *segment)
{
	EachShared *shared = segment->shared;
	bool under_way;

	SpinLockAcquire(&shared->mutex);
	under_way = shared->finished < shared->next - shared->first;
	SpinLockRelease(&shared->mutex);
	if (under_way)
		(void) ConditionVariableTimedSleep(&shared->moved, NAP_MS, PG_WAIT_EXTENSION);
	else
		ConditionVariableCancelSleep();
	return under_way;
}

int64
each_claimed(const EachSegment *segment)
{
	int64 next;

	SpinLockAcquire(&segment->shared->mutex);
	next = segment->shared->next;
	SpinLockRelease(&segment->shared->mutex);
	return next;
}
