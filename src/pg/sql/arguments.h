/*
 * arguments.h
 *	  Arguments of SQL functions that several of them share.
 */
#ifndef LSTM_FORECAST_ARGUMENTS_H
#define LSTM_FORECAST_ARGUMENTS_H

#include "postgres.h"
#include "fmgr.h"

#include "rows/source.h"
#include "options/options.h"
#include "model/model.h"
#include "forecast/interval.h"

/* A text argument as a C string; NULL for an SQL null. */
extern char *text_argument(FunctionCallInfo fcinfo, int number);

/*
 * An integer argument of type int8, so that integers of every type go there; `otherwise` for an SQL
 * null. Out of least .. most raises 22023 with its name.
 */
extern int integer_argument(FunctionCallInfo fcinfo, int number, const char *name, int least,
							int most, int otherwise);

/*
 * A text argument that is one of the words (NULL-terminated), in letters of any case, as its number
 * among them; 0 for an SQL null. Another one raises 22023 with the words.
 */
extern int choice_argument(FunctionCallInfo fcinfo, int number, const char *name,
						   const char *const *words);

/*
 * An array argument, of any type, or a text that is read as text[], as the texts of its elements;
 * NULL, and *count 0, for an SQL null. name is the argument's. An element that is null raises
 * 22004, an array of several dimensions 22023.
 */
extern char **array_argument(FunctionCallInfo fcinfo, int number, const char *name, int *count);

/* The arguments confidence_level and quantiles, which come in this order; errors as their checks.
 */
extern IntervalRequest interval_arguments(FunctionCallInfo fcinfo, int first);

/*
 * The options of a training, from the arguments horizon and options; max_seconds is held to the
 * setting.
 */
extern TrainOptions options_arguments(FunctionCallInfo fcinfo, int horizon, int options);

/*
 * The five arguments time_column, target_column, series_column, past_columns,
 * future_columns that follow the source, from argument `first` on. A null source (argument
 * first - 1) or target_column raises 22004.
 */
extern SourceColumns column_arguments(FunctionCallInfo fcinfo, int first);

/* The argument static_columns of that number, into columns. */
extern void static_arguments(FunctionCallInfo fcinfo, int number, SourceColumns *columns);

/* What the options of a training say about the reading of its rows. */
extern void take_options(SourceColumns *columns, const TrainOptions *options);

/* Names of the covariates, past ones first, static ones last; NULL where there are none. */
extern char **covariate_names(const SourceColumns *columns);

/*
 * What the columns leave open becomes what the model was trained on: its zone, and its covariates
 * where none are named.
 */
extern void take_model_columns(const Model *model, SourceColumns *columns);

/* A model that is nothing but a pretrained network takes no covariates: 22023 where it is given
 * any. */
extern void check_bare_covariates(const Model *model, int past, int future);

#endif
