/*
 * backtest_sql.c
 *	  SQL functions that back-test.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/config.h"
#include "base/memory.h"
#include "rows/source.h"
#include "forecast/history.h"
#include "forecast/model_cache.h"
#include "train/train.h"
#include "backtest/backtest.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(lstm_backtest);
PG_FUNCTION_INFO_V1(lstm_backtest_model);

#define COLUMNS 8
#define MOST_FOLDS 1000000
#define DEFAULT_FOLDS 3

/* A number or NULL for what is undefined. */
static Datum
defined(double value, bool *null)
{
	*null = isnan(value);
	return Float8GetDatum(value);
}

/* A row for each metric of a score, into the caller's tuplestore. */
static void
put_score(void *context, const BacktestScore *score)
{
	ReturnSetInfo *result = context;

	for (int metric = 0; metric < BACKTEST_METRICS; metric++)
	{
		double skill = 1 - score->model[metric] / score->seasonal_naive[metric];
		Datum values[COLUMNS] = {Int32GetDatum(score->fold)};
		bool nulls[COLUMNS] = {false};

		nulls[1] = score->label == NULL;
		values[1] = score->label == NULL ? (Datum) 0 : CStringGetTextDatum(score->label);
		nulls[2] = !score->has_time;
		values[2] = TimestampTzGetDatum(score->origin);
		values[3] = CStringGetTextDatum(backtest_metric_names[metric]);
		values[4] = defined(score->model[metric], &nulls[4]);
		values[5] = defined(score->naive[metric], &nulls[5]);
		values[6] = defined(score->seasonal_naive[metric], &nulls[6]);
		values[7] = defined(isfinite(skill) ? skill : NAN, &nulls[7]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

static void
throw_no_rows(const char *source)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("source has no observation to test on"),
					errdetail("The source is \"%s\".", source),
					errhint("Give rows with values that are not null.")));
}

/*
 * (source, time_column, target_column, series_column, past_columns, future_columns,
 * horizon, options, folds, stride) -> rows
 */
Datum
lstm_backtest(PG_FUNCTION_ARGS)
{
	BacktestRequest request = {.sink = put_score, .context = fcinfo->resultinfo};
	Scratch scratch;
	SourceColumns columns;
	TrainOptions options;
	const char *source;
	Panel *panel;

	InitMaterializedSRF(fcinfo, 0);
	scratch = scratch_enter("lstm_forecast back-test");
	columns = column_arguments(fcinfo, 1);
	options = options_arguments(fcinfo, 6, 7);
	columns.zone = options.time_zone;
	request.folds = integer_argument(fcinfo, 8, "folds", 1, MOST_FOLDS, DEFAULT_FOLDS);
	request.stride = integer_argument(fcinfo, 9, "stride", 1, LF_MAX_LOOKBACK, 0);
	source = text_argument(fcinfo, 0);
	panel = training_panel(source_read(source, &columns, (DuplicatePolicy) options.duplicates),
						   &options);
	if (panel->count == 0)
		throw_no_rows(source);
	backtest_training(panel, covariate_names(&columns), &options, &request);
	scratch_leave(&scratch);
	return (Datum) 0;
}

/*
 * (model, source, time_column, target_column, series_column, past_columns,
 * future_columns, horizon, folds, stride) -> rows; none for a null model
 */
Datum
lstm_backtest_model(PG_FUNCTION_ARGS)
{
	BacktestRequest request = {.sink = put_score, .context = fcinfo->resultinfo};
	Scratch scratch;
	SourceColumns columns;
	const Model *model;
	PanelRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast back-test");
	columns = column_arguments(fcinfo, 2);
	request.horizon = integer_argument(fcinfo, 7, "horizon", 1, LF_MAX_HORIZON, 0);
	request.folds = integer_argument(fcinfo, 8, "folds", 1, MOST_FOLDS, 0);
	request.stride = integer_argument(fcinfo, 9, "stride", 1, LF_MAX_LOOKBACK, 0);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	take_model_columns(model, &columns);
	rows = source_read(text_argument(fcinfo, 1), &columns,
					   (DuplicatePolicy) model->options.duplicates);
	if (rows->count == 0)
		throw_no_rows(text_argument(fcinfo, 1));
	backtest_model(model, history_panel(model, rows, NULL), &request);
	scratch_leave(&scratch);
	return (Datum) 0;
}
