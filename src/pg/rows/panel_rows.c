/*
 * panel_rows.c
 *	  Rows of many series as they came, sorted into one row set a series.
 *
 * Labels are found by a hash, which is made with the first label: most groups of
 * an aggregate are one unnamed series. Rows often come series by series, so the
 * series of the row before is tried first.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/memory.h"
#include "rows/panel_rows.h"
#include "rows/rowset_merge.h"
#include "base/interrupts.h"

#define NO_SERIES (-1)
#define FIRST_SERIES 1     /* most states are of one series */
#define FIRST_HASH_SIZE 16 /* labels that a new hash has room for */
#define CHECKED_COUNT 4096 /* rows, or series, from one look at their memory to the next */
#define LONG_LABEL 65536   /* is looked at by itself */

/* The bytes of a label, which need not end with a zero. */
typedef struct LabelKey
{
	const char *bytes;
	Size length;
} LabelKey;

typedef struct LabelEntry
{
	LabelKey key;
	int64 number; /* of the series */
	uint32 hash;
	char status;
} LabelEntry;

#define SH_PREFIX label
#define SH_ELEMENT_TYPE LabelEntry
#define SH_KEY_TYPE LabelKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).bytes, (int) (key).length)
#define SH_EQUAL(table, a, b)                                                                      \
	((a).length == (b).length && memcmp((a).bytes, (b).bytes, (a).length) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* A value of a series that fits into a word, and what its label was found to be. */
typedef struct WordEntry
{
	uint64 word;
	int64 number; /* of the series */
	char status;
} WordEntry;

#define SH_PREFIX word
#define SH_ELEMENT_TYPE WordEntry
#define SH_KEY_TYPE uint64
#define SH_KEY word
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) &(key), sizeof(key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct PanelIndex
{
	int64 capacity;     /* of the arrays of labels and row sets */
	int64 unnamed;      /* number of the unnamed series, or NO_SERIES */
	int64 latest;       /* number of the series asked for last, or NO_SERIES */
	Size latest_length; /* of its label */
	label_hash *labels; /* NULL: no named series yet */
	word_hash *words;   /* NULL: none noted yet */
} PanelIndex;

PanelRows *
panel_rows_create(MemoryContext context, bool has_times, int past, int future)
{
	PanelRows *rows = MemoryContextAllocZero(context, sizeof(PanelRows));

	Assert(Max(past, 0) + Max(future, 0) <= MOST_COVARIATES);
	rows->context = context;
	rows->has_times = has_times;
	rows->past = past;
	rows->future = future;
	rows->index = MemoryContextAllocZero(context, sizeof(PanelIndex));
	rows->index->unnamed = NO_SERIES;
	rows->index->latest = NO_SERIES;
	return rows;
}

/* Bytes of what finds a label's series. */
static Size
index_bytes(const PanelIndex *index)
{
	Size bytes;

	if (index == NULL)
		return 0;
	bytes = 2 * sizeof(void *) * (Size) index->capacity;
	if (index->labels != NULL)
		bytes += sizeof(LabelEntry) * (Size) index->labels->size;
	if (index->words != NULL)
		bytes += sizeof(WordEntry) * (Size) index->words->size;
	return bytes;
}

Size
panel_rows_bytes(const PanelRows *rows)
{
	Size width = panel_rows_past(rows) + panel_rows_future(rows);
	Size row = sizeof(double) + sizeof(float) * width;
	Size beside = add_size(rows->series_bytes, index_bytes(rows->index));
	Size bytes = add_size(add_size(beside, rows->time_bytes), mul_size(row, rows->count));

	for (Size i = 0; rows->categories != NULL && i < width; i++)
		if (rows->categories[i] != NULL)
			bytes = add_size(bytes, rows->categories[i]->bytes);
	if (rows->steps != NULL)
		bytes = add_size(bytes, times_bytes(rows->steps));
	return rows->ahead == NULL ? bytes : add_size(bytes, panel_rows_bytes(rows->ahead));
}

/* Hold that and so much more to the setting. */
static void
ask_for_memory(const PanelRows *rows, Size more)
{
	check_memory_limit(add_size(panel_rows_bytes(rows), more), "collecting rows",
					   "Give fewer rows, series or covariates, or have the setting raised.");
}

static void
check_rows_memory(const PanelRows *rows)
{
	ask_for_memory(rows, 0);
}

void
check_covariate_counts(int past, int future)
{
	int count = Max(past, 0) + Max(future, 0);

	if (count > MOST_COVARIATES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("too many covariates"),
						errdetail("There are %d, and may be %d.", count, MOST_COVARIATES),
						errhint("Give fewer past or future covariates.")));
}

void
panel_rows_set_covariates(PanelRows *rows, int past, int future)
{
	int old_past = panel_rows_past(rows);
	int old_future = panel_rows_future(rows);

	check_covariate_counts(past, future);
	Assert(rows->past < 0 || rows->past == past);
	Assert(rows->future < 0 || rows->future == future);
	rows->past = past;
	rows->future = future;
	/* all rows get them at once */
	check_rows_memory(rows);
	for (int64 i = 0; i < rows->series_count; i++)
	{
		check_interrupts();
		rowset_widen(rows->series[i], old_past, old_future, panel_rows_past(rows),
					 panel_rows_future(rows));
	}
}

/* Append a series, whose label (bytes NULL: none) is copied. Returns its number. */
static int64
add_series(PanelRows *rows, LabelKey label)
{
	PanelIndex *index = rows->index;
	int64 number = rows->series_count;

	if (number == index->capacity)
	{
		int64 capacity = Max(2 * index->capacity, FIRST_SERIES);
		Size size = (Size) capacity * sizeof(void *);

		ask_for_memory(rows, size);
		if (rows->labels == NULL)
		{
			rows->labels = MemoryContextAllocHuge(rows->context, size);
			rows->series = MemoryContextAllocHuge(rows->context, size);
		}
		else
		{
			rows->labels = repalloc_huge(rows->labels, size);
			rows->series = repalloc_huge(rows->series, size);
		}
		index->capacity = capacity;
	}
	rows->labels[number] = NULL;
	if (label.bytes != NULL)
	{
		char *copy = MemoryContextAlloc(rows->context, label.length + 1);

		memcpy(copy, label.bytes, label.length);
		copy[label.length] = '\0';
		rows->labels[number] = copy;
	}
	rows->series[number] = rowset_create(rows->context, rows->has_times,
										 panel_rows_past(rows) + panel_rows_future(rows));
	rows->series[number]->keeps_fault = rows->keep_faults;
	rows->series_count++;
	rows->series_bytes = add_size(rows->series_bytes, rowset_overhead(rows->series[number]));
	if (label.bytes != NULL)
		rows->series_bytes =
			add_size(rows->series_bytes, GetMemoryChunkSpace(rows->labels[number]));
	if (rows->series_count % CHECKED_COUNT == 0 || label.length >= LONG_LABEL)
		check_rows_memory(rows);
	return number;
}

/* The number of a named series, which is made where it is new. */
static int64
series_number(PanelRows *rows, LabelKey label)
{
	PanelIndex *index = rows->index;
	LabelEntry *entry;
	bool found;

	if (index->labels == NULL)
		index->labels = label_create(rows->context, FIRST_HASH_SIZE, NULL);
	entry = label_lookup(index->labels, label);
	if (entry == NULL)
	{
		int64 number = add_series(rows, label);

		/* it grows to the double, and the old one goes only then */
		if (index->labels->members >= index->labels->grow_threshold)
			ask_for_memory(rows, 2 * sizeof(LabelEntry) * (Size) index->labels->size);
		/* the key must live as long as the entry, so it is the copy */
		label.bytes = rows->labels[number];
		entry = label_insert(index->labels, label, &found);
		entry->number = number;
	}
	return entry->number;
}

static const char *
make_latest(PanelRows *rows, int64 number, Size length)
{
	rows->index->latest = number;
	rows->index->latest_length = length;
	return rows->labels[number];
}

const char *
panel_rows_label(PanelRows *rows, const char *bytes, Size length)
{
	PanelIndex *index = rows->index;
	LabelKey label = {.bytes = bytes, .length = length};

	if (index->latest != NO_SERIES && index->latest != index->unnamed &&
		index->latest_length == length && memcmp(rows->labels[index->latest], bytes, length) == 0)
		return rows->labels[index->latest];
	return make_latest(rows, series_number(rows, label), length);
}

const char *
panel_rows_label_of_word(PanelRows *rows, uint64 word)
{
	PanelIndex *index = rows->index;
	const WordEntry *entry = index->words == NULL ? NULL : word_lookup(index->words, word);

	if (entry == NULL)
		return NULL;
	if (entry->number == index->latest)
		return rows->labels[entry->number];
	return make_latest(rows, entry->number, strlen(rows->labels[entry->number]));
}

void
panel_rows_note_word(PanelRows *rows, uint64 word)
{
	PanelIndex *index = rows->index;
	bool found;

	if (index->words == NULL)
		index->words = word_create(rows->context, FIRST_HASH_SIZE, NULL);
	if (index->words->members >= index->words->grow_threshold)
		ask_for_memory(rows, 2 * sizeof(WordEntry) * (Size) index->words->size);
	word_insert(index->words, word, &found)->number = index->latest;
}

RowSet *
panel_rows_series(PanelRows *rows, const char *label)
{
	PanelIndex *index = rows->index;

	/* most labels are the rows' own */
	if (index->latest != NO_SERIES && rows->labels[index->latest] == label)
		return rows->series[index->latest];
	if (label != NULL)
		(void) panel_rows_label(rows, label, strlen(label));
	else
	{
		if (index->unnamed == NO_SERIES)
			index->unnamed = add_series(rows, (LabelKey){0});
		(void) make_latest(rows, index->unnamed, 0);
	}
	return rows->series[index->latest];
}

RowSet *
panel_rows_find(const PanelRows *rows, const char *label)
{
	const PanelIndex *index = rows->index;
	LabelKey key = {.bytes = label};
	const LabelEntry *entry;

	if (label == NULL)
		return index->unnamed == NO_SERIES ? NULL : rows->series[index->unnamed];
	if (index->labels == NULL)
		return NULL;
	key.length = strlen(label);
	entry = label_lookup(index->labels, key);
	return entry == NULL ? NULL : rows->series[entry->number];
}

PanelRows *
panel_rows_of_label(const PanelRows *rows, const char *label)
{
	char *name = unconstify(char *, label);
	RowSet *set = panel_rows_find(rows, label);
	PanelRows view = *rows;
	PanelRows *copy;

	if (set == NULL)
	{
		name = NULL;
		set = panel_rows_find(rows, NULL);
	}
	if (set == NULL)
		return NULL;
	view.labels = &name;
	view.series = &set;
	view.series_count = 1;
	view.count = set->count;
	copy = panel_rows_create(CurrentMemoryContext, rows->has_times, rows->past, rows->future);
	copy->categories = rows->categories;
	panel_rows_append_all(copy, &view);
	return copy;
}

void
panel_rows_append(PanelRows *rows, const char *label, TimestampTz time, bool time_null,
				  double value, bool value_null, const float *covariates)
{
	RowSet *series = panel_rows_series(rows, label);
	Size before = timeline_bytes(&series->timeline);

	/* the executor looks at interrupts, but not for the postmaster */
	check_interrupts();
	rowset_append(series, label, time, time_null, value, value_null, covariates);
	/* unsigned: runs may become fewer bytes of single timestamps */
	rows->time_bytes += timeline_bytes(&series->timeline) - before;
	rows->count++;
	if (rows->count % CHECKED_COUNT == 0)
		check_rows_memory(rows);
}

/* The time of the first row; 0 without timestamps. */
static TimestampTz
first_time(const RowSet *rows)
{
	Times times = timeline_times(&rows->timeline);

	return times.count > 0 ? times_at(&times, 0) : 0;
}

/* Raise the error of two workers' rows with another number of covariates. */
static void
throw_different_covariates(const PanelRows *rows, const PanelRows *source)
{
	const RowSet *first = source->series[0];
	bool past = rows->past >= 0 && source->past >= 0 && rows->past != source->past;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\"%s has %d elements, but %d in other rows", past ? "past" : "future",
					rowset_place(first, source->labels[0], first_time(first), false),
					past ? source->past : source->future, past ? rows->past : rows->future),
			 errhint("Give the same covariates in every row, NULL for those that are not known.")));
}

/* Append a series whose rows have fewer covariates than the panel by now: those are NaN. */
static void
append_narrow(RowSet *target, const char *label, const RowSet *source, const PanelRows *panel,
			  int past, int future)
{
	float covariates[MOST_COVARIATES]; /* panel_rows_set_covariates lets none have more */
	Times times = timeline_times(&source->timeline);
	TimeCursor cursor = times_begin(&times);
	TimeSegment segment = {0};

	for (int i = 0; i < target->covariate_count; i++)
		covariates[i] = NAN;
	for (int64 row = 0; row < source->count; row++)
	{
		int64 first = row * source->covariate_count;

		if (row % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (past > 0)
			memcpy(covariates, source->covariates + first, past * sizeof(float));
		if (future > 0)
			memcpy(covariates + panel_rows_past(panel), source->covariates + first + past,
				   future * sizeof(float));
		if (source->has_times)
			(void) times_next(&cursor, 1, &segment);
		rowset_append(target, label, segment.first, false, source->values[row],
					  isnan(source->values[row]), covariates);
	}
}

void
panel_rows_append_all(PanelRows *rows, const PanelRows *source)
{
	if (source->series_count == 0)
		return;
	if ((rows->past >= 0 && source->past >= 0 && rows->past != source->past) ||
		(rows->future >= 0 && source->future >= 0 && rows->future != source->future))
		throw_different_covariates(rows, source);
	if (rows->past < source->past || rows->future < source->future)
		panel_rows_set_covariates(rows, Max(rows->past, source->past),
								  Max(rows->future, source->future));
	for (int64 i = 0; i < source->series_count; i++)
	{
		const RowSet *series = source->series[i];
		RowSet *target = panel_rows_series(rows, source->labels[i]);
		Size before = timeline_bytes(&target->timeline);

		check_interrupts();
		if (series->covariate_count == target->covariate_count)
			rowset_merge(target, series);
		else
			append_narrow(target, source->labels[i], series, rows, panel_rows_past(source),
						  panel_rows_future(source));
		rows->time_bytes += timeline_bytes(&target->timeline) - before;
	}
	rows->count += source->count;
	check_rows_memory(rows);
}
