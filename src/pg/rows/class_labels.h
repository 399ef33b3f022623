/*
 * class_labels.h
 *	  The labels of rows: different texts, numbered as they come.
 *
 * A label is a value of any type, by its text. Rows keep its number as their value; 0 is a row
 * without a label.
 */
#ifndef LSTM_FORECAST_CLASS_LABELS_H
#define LSTM_FORECAST_CLASS_LABELS_H

#include "postgres.h"

#include "rows/value_text.h"

#define ROW_UNLABELLED 0

typedef struct ClassLabels
{
	MemoryContext context;
	int count;
	char **texts;  /* (count); number i + 1 has text i */
	int16 *places; /* a hash of the texts: their numbers, 0 where there is none */
	int latest;    /* number of the latest label of a type that is a word of memory; 0: none yet */
	Datum value;   /* its value */
} ClassLabels;

/* From values of one type to labels; serves the labels of any number of groups. */
typedef struct ClassLabeller
{
	ValueWriter writer;
	bool by_value;
} ClassLabeller;

extern ClassLabels *class_labels_create(MemoryContext context);

/* For values of this type; in a memory context that lives as long as the labeller. */
extern void class_labeller_init(ClassLabeller *labeller, Oid type, MemoryContext context);

/* The number of a label by its text, a new one where it is new; errors as of class_label_number. */
extern int class_label_add(ClassLabels *labels, const char *text, Size length);

/*
 * The number of a label that is not NULL, a new one where it is new. More than LF_MAX_CLASSES
 * raise 22023, and so does one of more than some kilobytes. May leave garbage in
 * CurrentMemoryContext.
 */
extern int class_label_number(ClassLabeller *labeller, ClassLabels *labels, Datum value);

#endif
