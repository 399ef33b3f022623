/*
 * series_label.h
 *	  From a value of any type to the name of a series.
 *
 * A series' name is its value as text, by the output function of its type. That is asked
 * once a series where the value is a word of memory, as integers and dates are, and not at
 * all for text.
 */
#ifndef LSTM_FORECAST_SERIES_LABEL_H
#define LSTM_FORECAST_SERIES_LABEL_H

#include "postgres.h"

#include "fmgr.h"

#include "rows/panel_rows.h"
#include "rows/value_text.h"

typedef struct SeriesLabeller
{
	ValueWriter writer;
	bool by_value;
} SeriesLabeller;

/* For values of this type; in a memory context that lives as long as the labeller. */
extern void series_labeller_init(SeriesLabeller *labeller, Oid type, MemoryContext context);

/*
 * The label of a value that is not NULL, as rows keep it; a series is made where it is new.
 * May leave garbage in CurrentMemoryContext.
 */
extern const char *series_label(SeriesLabeller *labeller, PanelRows *rows, Datum value);

#endif
