/*
 * class_counts.c
 *	  How often each class was the actual one, the predicted one, and both: the state of lstm_f1.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "libpq/pqformat.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/sorting.h"
#include "metrics/class_counts.h"

#define FIRST_CLASSES 8
#define CHECKED_CLASSES 4096              /* from one look at interrupts to the next */
#define MOST_BYTES (MaxAllocSize / 4 * 3) /* the tuple that takes them to the leader needs room */

typedef struct ClassEntry
{
	ClassLabel label;
	ClassCount rows;
	uint32 hash;
	char status;
} ClassEntry;

#define SH_PREFIX class
#define SH_ELEMENT_TYPE ClassEntry
#define SH_KEY_TYPE ClassLabel
#define SH_KEY label
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).bytes, (int) (key).length)
#define SH_EQUAL(table, a, b) class_labels_equal(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct ClassCounts
{
	MemoryContext context;
	MemoryAccount account;
	class_hash *classes;
	Size label_bytes; /* of all labels */
};

ClassCounts *
class_counts_create(MemoryContext context)
{
	ClassCounts *counts = MemoryContextAllocZero(context, sizeof(ClassCounts));

	counts->context = context;
	counts->account = (MemoryAccount){.what = "counting classes",
									  .hint = "Labels are few words that come again and again."};
	counts->classes = class_create(context, FIRST_CLASSES, NULL);
	account_take(&counts->account, sizeof(ClassEntry) * (Size) counts->classes->size);
	return counts;
}

/* A class without rows. */
static ClassEntry *
add_class(ClassCounts *counts, ClassLabel label)
{
	class_hash *classes = counts->classes;
	Size held = sizeof(ClassEntry) * (Size) classes->size;
	bool grows = classes->members >= classes->grow_threshold;
	char *copy;
	ClassEntry *entry;
	bool found;

	/* it grows to the double, and the old one goes only then */
	account_take(&counts->account, add_size(label.length + CHUNK_HEADER, grows ? 2 * held : 0));
	copy = MemoryContextAllocHuge(counts->context, Max(label.length, 1));
	memcpy(copy, label.bytes, label.length);
	label.bytes = copy;
	entry = class_insert(classes, label, &found);
	if (grows)
		account_give(&counts->account, held);
	entry->rows = (ClassCount){0};
	counts->label_bytes += label.length;
	return entry;
}

void
class_counts_add(ClassCounts *counts, ClassLabel label, ClassCount rows)
{
	ClassEntry *entry = class_lookup(counts->classes, label);

	if (entry == NULL)
		entry = add_class(counts, label);
	entry->rows.actual += rows.actual;
	entry->rows.predicted += rows.predicted;
	entry->rows.both += rows.both;
}

/* The next class of a walk over all of them, or NULL. */
static const ClassEntry *
next_class(const ClassCounts *counts, class_iterator *iterator, int64 *walked)
{
	if (++*walked % CHECKED_CLASSES == 0)
		check_interrupts();
	return class_iterate(counts->classes, iterator);
}

void
class_counts_join(ClassCounts *counts, const ClassCounts *other)
{
	class_iterator iterator;
	const ClassEntry *entry;
	int64 walked = 0;

	class_start_iterate(other->classes, &iterator);
	while ((entry = next_class(other, &iterator, &walked)) != NULL)
		class_counts_add(counts, entry->label, entry->rows);
}

double
class_counts_f1(const ClassCounts *counts)
{
	int64 classes = counts->classes->members;
	double *scores = huge_array(classes, 1, sizeof(double));
	double sum = 0;
	class_iterator iterator;
	const ClassEntry *entry;
	int64 walked = 0;

	class_start_iterate(counts->classes, &iterator);
	while ((entry = next_class(counts, &iterator, &walked)) != NULL)
		scores[walked - 1] =
			2.0 * entry->rows.both / (double) (entry->rows.actual + entry->rows.predicted);
	/* in order, so that the sum has the same last digits for any order of the rows */
	qsort(scores, classes, sizeof(double), compare_doubles);
	for (int64 i = 0; i < classes; i++)
		sum += scores[i];
	pfree(scores);
	return classes == 0 ? NAN : sum / classes;
}

bytea *
class_counts_write(const ClassCounts *counts)
{
	Size size =
		add_size(mul_size(counts->classes->members, 4 * sizeof(int64)), counts->label_bytes);
	StringInfoData buffer;
	class_iterator iterator;
	const ClassEntry *entry;
	int64 walked = 0;

	if (size > MOST_BYTES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many classes for one parallel worker"),
						errdetail("Their labels take %zu kB.", size / 1024),
						errhint("Set \"max_parallel_workers_per_gather\" to 0 for this query.")));
	pq_begintypsend(&buffer);
	class_start_iterate(counts->classes, &iterator);
	while ((entry = next_class(counts, &iterator, &walked)) != NULL)
	{
		pq_sendint64(&buffer, entry->rows.actual);
		pq_sendint64(&buffer, entry->rows.predicted);
		pq_sendint64(&buffer, entry->rows.both);
		pq_sendint64(&buffer, (int64) entry->label.length);
		pq_sendbytes(&buffer, entry->label.bytes, (int) entry->label.length);
	}
	return pq_endtypsend(&buffer);
}

ClassCounts *
class_counts_read(bytea *bytes, MemoryContext context)
{
	ClassCounts *counts = class_counts_create(context);
	StringInfoData buffer = {.data = VARDATA_ANY(bytes), .len = VARSIZE_ANY_EXHDR(bytes)};
	int64 walked = 0;

	while (buffer.cursor < buffer.len)
	{
		ClassCount rows;
		ClassLabel label;

		if (++walked % CHECKED_CLASSES == 0)
			check_interrupts();
		rows.actual = pq_getmsgint64(&buffer);
		rows.predicted = pq_getmsgint64(&buffer);
		rows.both = pq_getmsgint64(&buffer);
		label.length = (Size) pq_getmsgint64(&buffer);
		if (label.length > (Size) buffer.len)
			elog(ERROR, "invalid aggregate state");
		label.bytes = pq_getmsgbytes(&buffer, (int) label.length);
		class_counts_add(counts, label, rows);
	}
	return counts;
}
