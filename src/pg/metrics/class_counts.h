/*
 * class_counts.h
 *	  How often each class was the actual one, the predicted one, and both: the state of lstm_f1.
 */
#ifndef LSTM_FORECAST_CLASS_COUNTS_H
#define LSTM_FORECAST_CLASS_COUNTS_H

#include "postgres.h"

#include "metrics/class_label.h"

typedef struct ClassCounts ClassCounts;

/* Rows that a class has. */
typedef struct ClassCount
{
	int64 actual;    /* are of it */
	int64 predicted; /* were said to be */
	int64 both;
} ClassCount;

/* No classes yet; it keeps to the memory context. */
extern ClassCounts *class_counts_create(MemoryContext context);

/*
 * Add rows to a class, which is made, and its label copied, where it is new. Raises 54000 before it
 * takes more memory than lstm_forecast.max_memory.
 */
extern void class_counts_add(ClassCounts *counts, ClassLabel label, ClassCount rows);

/* Add all classes of another. */
extern void class_counts_join(ClassCounts *counts, const ClassCounts *other);

/*
 * The mean over the classes of F1 = 2 both / (actual + predicted), the harmonic mean of precision
 * and recall. It does not depend on the order in which they came. NaN: there is none.
 */
extern double class_counts_f1(const ClassCounts *counts);

/*
 * As bytes, from a parallel worker to its leader: for each class the three counts and the length of
 * the label as int64, then the label. 54000 when they are more than a datum may hold.
 */
extern bytea *class_counts_write(const ClassCounts *counts);

/* What was written; other bytes are an error. */
extern ClassCounts *class_counts_read(bytea *bytes, MemoryContext context);

#endif
