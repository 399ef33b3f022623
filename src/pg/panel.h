/*
 * panel.h
 *	  From rows of many series to series on grids of one frequency.
 */
#ifndef LSTM_FORECAST_PANEL_H
#define LSTM_FORECAST_PANEL_H

#include "postgres.h"

#include "panel_rows.h"

typedef struct Panel
{
	Frequency frequency; /* kind and count of all series; anchors are those of the first */
	int64 count;
	GridSeries **series; /* (count) by label, bytewise; each with an observation */
	int past;            /* covariates of every series */
	int future;
	int64 rows;    /* read, of all series */
	int64 missing; /* steps that were filled, of all series */
	int64 empty;   /* series left out because no row of theirs has a value */
} Panel;

/*
 * Lay every series on its grid (series_build), all with one frequency: the
 * option's, or `fixed` (a trained model's), or the one that most rows' own
 * series show (series of fewer than three rows show none); timestamps that do not
 * fit it raise 22000 with series and timestamp. Where most rows lie in series
 * without a regular interval, all are irregular, and go on at the median of their
 * median gaps. Series differ in start, length, gaps and anchors. Does not depend
 * on the order of the rows (but for DUPLICATES_LAST). No observation at all gives
 * count 0. Allocated in CurrentMemoryContext. Interruptible.
 */
extern Panel *panel_build(const PanelRows *rows, const char *frequency_text, const Frequency *fixed,
						  MissingPolicy missing, DuplicatePolicy duplicates);

#endif
