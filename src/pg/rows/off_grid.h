/*
 * off_grid.h
 *	  What is wrong with timestamps that lie on no step, or on too few of them.
 */
#ifndef LSTM_FORECAST_OFF_GRID_H
#define LSTM_FORECAST_OFF_GRID_H

#include "postgres.h"

#include "base/fault.h"
#include "rows/series.h"

#define ALLOWED_STEPS_A_ROW 10

/* The fault of a timestamp beside the steps of a series. */
extern void off_grid_fault(const GridSeries *series, const SeriesLayout *layout, TimestampTz time,
						   Fault *fault);

/* The fault of a grid of so many steps that is out of proportion to its rows. */
extern void off_grid_disproportion(const GridSeries *series, const SeriesLayout *layout, int64 rows,
								   int64 length, Fault *fault);

#endif
