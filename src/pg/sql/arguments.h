/*
 * arguments.h
 *	  Arguments of SQL functions that several of them share.
 */
#ifndef LSTM_FORECAST_ARGUMENTS_H
#define LSTM_FORECAST_ARGUMENTS_H

#include "postgres.h"
#include "fmgr.h"

#include "rows/source.h"
#include "model/model.h"

/* A text argument as a C string; NULL for an SQL null. */
extern char *text_argument(FunctionCallInfo fcinfo, int number);

/*
 * A text[] argument; NULL, and *count 0, for an SQL null. name is the argument's.
 * An element that is null raises 22004, an array of several dimensions 22023.
 */
extern char **text_array_argument(FunctionCallInfo fcinfo, int number, const char *name,
								  int *count);

/*
 * The five arguments time_column, target_column, series_column, past_columns,
 * future_columns that follow the source, from argument `first` on. A null source (argument
 * first - 1) or target_column raises 22004.
 */
extern SourceColumns column_arguments(FunctionCallInfo fcinfo, int first);

/* Names of the covariates, past ones first; NULL where there are none. */
extern char **covariate_names(const SourceColumns *columns);

/* Where the columns name no covariates, they become those that the model was trained on. */
extern void default_covariates(const Model *model, SourceColumns *columns);

#endif
