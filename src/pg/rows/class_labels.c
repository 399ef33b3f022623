/*
 * class_labels.c
 *	  The labels of rows: different texts, numbered as they come.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/classifier.h"
#include "rows/class_labels.h"

#define PLACES 4096        /* a power of two, several times as many as there are labels */
#define LONGEST_LABEL 1000 /* bytes: all of them are kept in the model */

StaticAssertDecl(PLACES >= 4 * LF_MAX_CLASSES, "the hash of labels is too small");

ClassLabels *
class_labels_create(MemoryContext context)
{
	ClassLabels *labels = MemoryContextAllocZero(context, sizeof(ClassLabels));

	labels->context = context;
	return labels;
}

void
class_labeller_init(ClassLabeller *labeller, Oid type, MemoryContext context)
{
	memset(labeller, 0, sizeof(*labeller));
	value_writer_init(&labeller->writer, type, context);
	labeller->by_value = get_typbyval(type);
}

/* Make a label of a text that is none yet. */
static int
add_label(ClassLabels *labels, const char *text, Size length)
{
	char *copy;

	if (length > LONGEST_LABEL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("label is too long"),
						errdetail("It has %zu bytes, and may have %d.", length, LONGEST_LABEL),
						errhint("Labels name classes: give short ones.")));
	if (labels->count == LF_MAX_CLASSES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("too many labels"),
						errdetail("There are more than %d different ones.", LF_MAX_CLASSES),
						errhint("Labels are classes, each of many rows or series; to forecast "
								"numbers, call lstm_train().")));
	if (labels->texts == NULL)
		labels->texts = MemoryContextAlloc(labels->context, sizeof(char *) * LF_MAX_CLASSES);
	copy = MemoryContextAlloc(labels->context, length + 1);
	memcpy(copy, text, length);
	copy[length] = '\0';
	labels->texts[labels->count++] = copy;
	return labels->count;
}

int
class_label_add(ClassLabels *labels, const char *text, Size length)
{
	uint32 place = hash_bytes((const unsigned char *) text, (int) length) % PLACES;

	if (labels->places == NULL)
		labels->places = MemoryContextAllocZero(labels->context, sizeof(int16) * PLACES);
	for (;; place = (place + 1) % PLACES)
	{
		int number = labels->places[place];

		if (number == ROW_UNLABELLED)
			return labels->places[place] = (int16) add_label(labels, text, length);
		if (strlen(labels->texts[number - 1]) == length &&
			memcmp(labels->texts[number - 1], text, length) == 0)
			return number;
	}
}

int
class_label_number(ClassLabeller *labeller, ClassLabels *labels, Datum value)
{
	ValueText text;

	if (labeller->by_value && labels->latest != ROW_UNLABELLED && labels->value == value)
		return labels->latest;
	text = value_text(&labeller->writer, value);
	labels->value = value;
	labels->latest = class_label_add(labels, text.bytes, text.length);
	return labels->latest;
}
