/*
 * categories.h
 *	  The codes of categories in rows that were read to learn from.
 */
#ifndef LSTM_FORECAST_CATEGORIES_H
#define LSTM_FORECAST_CATEGORIES_H

#include "postgres.h"

#include "rows/panel_rows.h"

/*
 * All rows are read, and those ahead of them: close the vocabularies that are open, and give the
 * rows the codes that stay. Words and numbers together that are more than MOST_COVARIATES raise
 * 22023. Interruptible.
 */
extern void categories_close(PanelRows *rows);

#endif
