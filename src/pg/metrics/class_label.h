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

#include "rows/value_text.h"

typedef ValueText ClassLabel;

/* How the arguments of a type become labels. */
typedef struct ClassLabeller
{
	ValueWriter writer;
	bool is_boolean;
} ClassLabeller;

/*
 * The labellers of a function's arguments from number 1 to count, for as long as the query runs.
 * They are the function's memory between calls.
 */
extern ClassLabeller *class_labellers(FunctionCallInfo fcinfo, int count);

/*
 * Of two labels of a row, write the one of a text type as the other one, a boolean, is written:
 * "true" as t, "false" as f.
 */
extern void class_labels_agree(const ClassLabeller labellers[2], ClassLabel labels[2]);

extern bool class_labels_equal(ClassLabel a, ClassLabel b);

#endif
