/*
 * class_label.h
 *	  The label of a class, from a value of any type.
 *
 * A label is its value as text, by the output function of its type, so that text, numbers,
 * booleans and enums go with the text labels of a classifier.
 */
#ifndef LSTM_FORECAST_CLASS_LABEL_H
#define LSTM_FORECAST_CLASS_LABEL_H

#include "postgres.h"

#include "fmgr.h"

#include "base/compat.h"

/* Bytes, without a zero at the end. */
typedef struct ClassLabel
{
	const char *bytes;
	Size length;
} ClassLabel;

/* How the arguments of a type become labels. */
typedef struct ClassLabeller
{
	FmgrInfo output;
	bool is_padded; /* with blanks that do not count, as a cast to text leaves them out */
	bool is_text;
	bool is_boolean;
} ClassLabeller;

/*
 * The labellers of a function's arguments from number 1 to count, for as long as the query runs.
 * They are the function's memory between calls.
 */
extern ClassLabeller *class_labellers(FunctionCallInfo fcinfo, int count);

/* The label of a value that is not NULL; it may lie in the value, or in CurrentMemoryContext. */
extern ClassLabel class_label(ClassLabeller *labeller, Datum value);

/*
 * Of two labels of a row, write the one of a text type as the other one, a boolean, is written:
 * "true" as t, "false" as f.
 */
extern void class_labels_agree(const ClassLabeller labellers[2], ClassLabel labels[2]);

extern bool class_labels_equal(ClassLabel a, ClassLabel b);

#endif
