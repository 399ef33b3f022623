/*
 * backtest_sql.c
 *	  SQL functions that back-test.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/config.h"
#include "base/interrupts.h"
#include "base/memory.h"
#include "base/progress_report.h"
#include "time/calendar.h"
#include "rows/source.h"
#include "model/pretrained.h"
#include "forecast/history.h"
#include "forecast/model_cache.h"
#include "train/train.h"
#include "backtest/backtest.h"
#include "sql/arguments.h"
#include "sql/model_source.h"
#include "sql/results.h"

PG_FUNCTION_INFO_V1(lstm_backtest);
PG_FUNCTION_INFO_V1(lstm_backtest_model);
PG_FUNCTION_INFO_V1(lstm_backtest_latest);
PG_FUNCTION_INFO_V1(lstm_backtest_forecasts);
PG_FUNCTION_INFO_V1(lstm_backtest_forecasts_model);

#define SCORE_COLUMNS 9
#define FORECAST_COLUMNS 14
#define MOST_FOLDS 1000000
#define DEFAULT_FOLDS 3

/* Where rows go, and what they hold. */
typedef struct Output
{
	ReturnSetInfo *result;
	IntervalRequest interval; /* of the forecasts */
} Output;

static void
put_row(const Output *output, Datum *values, bool *nulls)
{
	tuplestore_putvalues(output->result->setResult, output->result->setDesc, values, nulls);
}

/* What the rows of a case begin with: fold, series, origin. */
static void
put_case(const BacktestCase *tested, Datum *values, bool *nulls)
{
	const GridSeries *series = tested->series;

	values[0] = Int32GetDatum(tested->fold);
	values[1] = text_result(series->label, &nulls[1]);
	nulls[2] = series->frequency.kind == FREQUENCY_NONE;
	values[2] = TimestampTzGetDatum(series_time(series, tested->origin - 1));
}

/* A row for each metric of a case. */
static void
put_scores(void *context, const BacktestCase *tested)
{
	BacktestScore score = backtest_score(tested);
	Datum values[SCORE_COLUMNS] = {0};
	bool nulls[SCORE_COLUMNS] = {false};

	put_case(tested, values, nulls);
	for (int metric = 0; metric < BACKTEST_METRICS; metric++)
	{
		double skill = 1 - score.model[metric] / score.seasonal_naive[metric];

		values[3] = CStringGetTextDatum(backtest_metric_names[metric]);
		values[4] = number_result(score.model[metric], &nulls[4]);
		values[5] = number_result(score.naive[metric], &nulls[5]);
		values[6] = number_result(score.seasonal_naive[metric], &nulls[6]);
		values[7] = number_result(score.start[metric], &nulls[7]);
		values[8] = number_result(isfinite(skill) ? skill : NAN, &nulls[8]);
		put_row(context, values, nulls);
	}
}

/* The time of a step of the horizon, from 0, and its wall clock. */
static void
put_time(const BacktestCase *tested, int step, Datum *values, bool *nulls)
{
	const GridSeries *series = tested->series;
	TimestampTz time = series_time(series, tested->origin + step);

	nulls[4] = nulls[5] = series->frequency.kind == FREQUENCY_NONE;
	if (nulls[4])
		return;
	values[4] = TimestampTzGetDatum(time);
	values[5] = TimestampGetDatum(calendar_local(time, calendar_zone(series->frequency.zone)));
}

/* A row for each step of a case. */
static void
put_forecasts(void *context, const BacktestCase *tested)
{
	const Output *output = context;
	const GridSeries *series = tested->series;
	Datum values[FORECAST_COLUMNS] = {0};
	bool nulls[FORECAST_COLUMNS] = {false};

	put_case(tested, values, nulls);
	for (int k = 0; k < tested->horizon; k++)
	{
		const ForecastInterval *interval = &tested->intervals[k];
		int64 step = tested->origin + k;

		check_interrupts();
		values[3] = Int32GetDatum(k + 1);
		put_time(tested, k, values, nulls);
		values[6] =
			number_result(series_observed(series, step) ? series->values[step] : NAN, &nulls[6]);
		values[7] = number_result(tested->forecast[k], &nulls[7]);
		values[8] = number_result(interval->known ? interval->lower : NAN, &nulls[8]);
		values[9] = number_result(interval->known ? interval->upper : NAN, &nulls[9]);
		values[10] =
			numbers_result(interval->quantiles, output->interval.quantile_count, &nulls[10]);
		values[11] = number_result(tested->naive[k], &nulls[11]);
		values[12] = number_result(tested->seasonal_naive[k], &nulls[12]);
		values[13] = number_result(tested->start_forecast[k], &nulls[13]);
		put_row(output, values, nulls);
		if (!nulls[10])
			pfree(DatumGetPointer(values[10]));
	}
}

/*
 * Let a request give what is to be returned: the forecasts, with the arguments confidence_level and
 * quantiles that follow the others, or their metrics.
 */
static void
take_output(FunctionCallInfo fcinfo, bool forecasts, BacktestRequest *request, Output *output)
{
	output->result = (ReturnSetInfo *) fcinfo->resultinfo;
	request->context = output;
	request->sink = forecasts ? put_forecasts : put_scores;
	if (!forecasts)
		return;
	output->interval = interval_arguments(fcinfo, 10);
	request->interval = &output->interval;
}

static void
throw_no_rows(const char *source)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("source has no observation to test on"),
					errdetail("The source is \"%s\".", source),
					errhint("Give rows with values that are not null.")));
}

/* Test what training gives: a model for every fold. */
static void
test_training(FunctionCallInfo fcinfo, bool forecasts)
{
	BacktestRequest request = {0};
	Output output = {0};
	Scratch scratch;
	SourceColumns columns;
	TrainOptions options;
	const char *source;
	PanelRows *rows;
	Panel *panel;

	InitMaterializedSRF(fcinfo, 0);
	scratch = scratch_enter("lstm_forecast back-test");
	columns = column_arguments(fcinfo, 1);
	options = options_arguments(fcinfo, 6, 7);
	take_options(&columns, &options);
	request.folds = integer_argument(fcinfo, 8, "folds", 1, MOST_FOLDS, DEFAULT_FOLDS);
	request.stride = integer_argument(fcinfo, 9, "stride", 1, LF_MAX_LOOKBACK, 0);
	take_output(fcinfo, forecasts, &request, &output);
	static_arguments(fcinfo, forecasts ? 12 : 10, &columns);
	source = text_argument(fcinfo, 0);
	report_open(PROGRESS_BACKTEST);
	rows = source_read(source, &columns, (DuplicatePolicy) options.duplicates);
	report_rows(rows->count);
	panel = training_panel(rows, &options);
	if (panel->count == 0)
		throw_no_rows(source);
	backtest_training(panel, covariate_names(&columns), &options, &request);
	report_close();
	scratch_leave(&scratch);
}

/* Test a model; a null one gives no rows. trained: as of BacktestRequest. */
static void
test_model(FunctionCallInfo fcinfo, bool forecasts, bool trained)
{
	BacktestRequest request = {.trained = trained};
	Output output = {0};
	Scratch scratch;
	SourceColumns columns;
	const Model *model;
	PanelRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return;
	scratch = scratch_enter("lstm_forecast back-test");
	columns = column_arguments(fcinfo, 2);
	request.horizon = integer_argument(fcinfo, 7, "horizon", 1, LF_MAX_HORIZON, 0);
	request.folds = integer_argument(fcinfo, 8, "folds", 1, MOST_FOLDS, 0);
	request.stride = integer_argument(fcinfo, 9, "stride", 1, LF_MAX_LOOKBACK, 0);
	take_output(fcinfo, forecasts, &request, &output);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	report_open(PROGRESS_BACKTEST);
	rows = model_source_read(fcinfo, model, &columns);
	report_rows(rows->count);
	if (rows->count == 0)
		throw_no_rows(text_argument(fcinfo, 1));
	if (model->bare)
	{
		const TrainOptions options = pretrained_options(request.horizon);

		/* no training ends before them, so any number of folds is as good */
		if (request.folds == 0)
			request.folds = DEFAULT_FOLDS;
		request.weights = model->weights;
		backtest_training(training_panel(rows, &options), NULL, &options, &request);
	}
	else
		backtest_model(model, history_panel(model, rows, HISTORY_OF_BACKTEST, NULL), &request);
	report_close();
	scratch_leave(&scratch);
}

/*
 * (source, time_column, target_column, series_column, past_columns, future_columns,
 * horizon, options, folds, stride) -> a row for each metric
 */
Datum
lstm_backtest(PG_FUNCTION_ARGS)
{
	test_training(fcinfo, false);
	return (Datum) 0;
}

/*
 * (model, source, time_column, target_column, series_column, past_columns,
 * future_columns, horizon, folds, stride) -> a row for each metric
 */
Datum
lstm_backtest_model(PG_FUNCTION_ARGS)
{
	test_model(fcinfo, false, false);
	return (Datum) 0;
}

/*
 * The same on the latest windows, whatever the model was trained on: to compare models with. Folds
 * are to be given.
 */
Datum
lstm_backtest_latest(PG_FUNCTION_ARGS)
{
	test_model(fcinfo, false, true);
	return (Datum) 0;
}

/* (the arguments of lstm_backtest, confidence_level, quantiles) -> a row for each step */
Datum
lstm_backtest_forecasts(PG_FUNCTION_ARGS)
{
	test_training(fcinfo, true);
	return (Datum) 0;
}

/* (the arguments of lstm_backtest_model, confidence_level, quantiles) -> a row for each step */
Datum
lstm_backtest_forecasts_model(PG_FUNCTION_ARGS)
{
	test_model(fcinfo, true, false);
	return (Datum) 0;
}
