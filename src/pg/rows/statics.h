/*
 * statics.h
 *	  What is the same in all rows of a series.
 *
 * Rows have it as the last of their future covariates, so that all that reads covariates reads it,
 * too; but nobody has to tell it ahead.
 */
#ifndef LSTM_FORECAST_STATICS_H
#define LSTM_FORECAST_STATICS_H

#include "postgres.h"

#include "base/fault.h"
#include "rows/panel_rows.h"
#include "rows/source_columns.h"

/* Put the columns of statics behind the future ones, in CurrentMemoryContext. */
extern void statics_join(SourceColumns *columns);

/*
 * Look at a row that is about to be appended to a series. What it does not know is as in the rows
 * before; another value than there is a fault, 22000, that names series, column and both.
 */
extern void statics_check(PanelRows *rows, const SourceColumns *columns, const char *label,
						  float *covariates, Fault *fault);

/* All rows are read: those that came before a value was known have it, too. Interruptible. */
extern void statics_complete(PanelRows *rows);

#endif
