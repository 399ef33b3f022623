/*
 * panel.h
 *	  From rows of many series to series on grids of one frequency.
 */
#ifndef LSTM_FORECAST_PANEL_H
#define LSTM_FORECAST_PANEL_H

#include "postgres.h"

#include "rows/panel_rows.h"
#include "rows/series.h"

/* A series that could not be used. */
typedef struct SkippedSeries
{
	const char *label; /* NULL: unnamed */
	Fault fault;
} SkippedSeries;

typedef struct Panel
{
	Frequency
		frequency; /* kind, count and open times of all series; anchors are those of the first */
	int64 count;
	GridSeries **series; /* (count) by label, bytewise; each with an observation */
	int past;            /* covariates of every series */
	int future;
	int statics;             /* of the future ones the last, the same at all steps of a series */
	Vocabulary **categories; /* as of PanelRows */
	const HolidayList *holidays;
	int64 rows;    /* read, of all series */
	int64 missing; /* steps that were filled, of all series */
	int64 empty;   /* series left out because no row of theirs has a value, and no error */
	const char *first_empty; /* label of the first of them */
	Size bytes;              /* of all of it, and of the rows */
	int64 skipped_count;
	SkippedSeries *skipped; /* (skipped_count) by label: left out under ON_ERROR_SKIP */
} Panel;

/*
 * Sort every series by time (skipped where its rows came in order; long runs that do not
 * overlap are put in order where they are, else rows is not changed), merge duplicates, drop NULL
 * rows before the first observation and after the last (but for their future covariates), lay the
 * rest on the frequency's grid and fill what is missing. All series have one frequency: the
 * option's, or `fixed` (a trained model's), or the one that most rows' own series show (series of
 * fewer than three rows show none). Of an explicit or fixed frequency, time of day, day of the
 * month and zone give way to those of the rows if need be, so go on with the frequency that is in
 * the result. Where most rows lie in series without a regular interval, all are irregular, and go
 * on at the median of their median gaps. Series differ in start, length, gaps and anchors. No
 * observation at all gives count 0. Listed steps (request->steps) must live as long as the panel.
 *
 * Rows of equal time with one value among NULLs are no duplicates to argue about: the
 * value wins under every policy. Covariates of duplicates are merged each by itself,
 * NULLs aside: the last one under DUPLICATES_LAST, their mean under DUPLICATES_MEAN and
 * DUPLICATES_SUM (the temperature of two sales is not the sum of both); under
 * DUPLICATES_ERROR they must be equal. The result does not depend on the order of the
 * rows (but for DUPLICATES_LAST).
 *
 * Where rows->ahead is given, it alone tells what is known ahead, as if its rows followed the last
 * observation of each series: those of the series' own name, or, where they have no names, of
 * all. What lies before is skipped, and so are series that rows does not have.
 *
 * Allocated in CurrentMemoryContext, but a series without a hole whose rows came in
 * order has their values: rows must live as long. Interruptible.
 * Errors: duplicates 22000 with the timestamp, missing steps (and covariates of
 * steps) under MISSING_ERROR 22000 with the first missing timestamp, timestamps off
 * the grid 22000 with series and timestamp, a grid out of proportion to the rows 54000, and
 * rows, their sorted copies and steps that together take more than lstm_forecast.max_memory.
 * Under ON_ERROR_SKIP all but the last of these leave out the series, and so do rows that no
 * series can have (PanelRows.keep_faults), and no observation; the error of the first, by label, is
 * raised where no series is left.
 */
extern Panel *panel_build(const PanelRows *rows, const PanelRequest *wanted);

/* Another panel of the same series, in CurrentMemoryContext, in which others may take their places.
 */
extern Panel panel_shared(const Panel *panel);

#endif
