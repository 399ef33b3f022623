/*
 * class_series.h
 *	  Series of values in order, and the classes that their labels are.
 */
#ifndef LSTM_FORECAST_CLASS_SERIES_H
#define LSTM_FORECAST_CLASS_SERIES_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "base/memory.h"
#include "rows/panel_rows.h"
#include "time/timeline.h"

typedef struct ClassSeries
{
	const char *name; /* NULL: the unnamed one */
	int64 length;     /* rows, 1 or more */
	Times times;      /* (length); none where rows have none */
	float *values;    /* (length, channels), NaN where there is none */
	int32 *classes;   /* (length) or LF_UNLABELLED; NULL where rows have no labels */
	int32 one;        /* of the whole series, of series that have one label; or LF_UNLABELLED */
} ClassSeries;

typedef struct ClassData
{
	bool has_times;
	int channels;
	int64 rows;
	int64 count;
	ClassSeries *series; /* (count) by name, bytewise */
	float *values;       /* (rows, channels) of all of them, one after the other */
	int class_count;
	char **labels; /* (class_count) bytewise ascending */
	MemoryAccount account;
} ClassData;

/*
 * The series of rows whose past covariates are the value columns, and whose values are the numbers
 * of labels, where there are labels. one: a label is of the whole series. Everything is in
 * CurrentMemoryContext; rows must live as long. Interruptible.
 *
 * Raises 22000 for rows of equal time, with `one` for series with two labels, and for a series that
 * is longer than a network reads; 22023 where rows have no values; 54000 as account_take.
 */
extern ClassData *class_data_build(const PanelRows *rows, bool one);

/* The name of the place of a row, " of series "a" at ...", to follow a noun. */
extern char *class_row_place(const ClassData *data, const ClassSeries *series, int64 row);

#endif
