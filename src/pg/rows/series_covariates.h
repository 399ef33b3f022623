/*
 * series_covariates.h
 *	  Fills the holes of a series' covariates.
 */
#ifndef LSTM_FORECAST_SERIES_COVARIATES_H
#define LSTM_FORECAST_SERIES_COVARIATES_H

#include "postgres.h"

#include "rows/series.h"

/*
 * Fill the holes of a series' covariates as the policy says. Under MISSING_ERROR
 * returns false at the first hole, with its step and number; else true.
 */
extern bool covariates_fill(GridSeries *series, MissingPolicy missing, int64 *step, int *number);

#endif
