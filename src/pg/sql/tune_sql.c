/*
 * tune_sql.c
 *	  The SQL function that chooses options for a training.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/progress_report.h"
#include "rows/source.h"
#include "train/train.h"
#include "tune/tune.h"
#include "sql/arguments.h"
#include "sql/results.h"

PG_FUNCTION_INFO_V1(lstm_tune);

#define COLUMNS 9

/* The argument metric; a null is MASE. */
static TuneMetric
metric_argument(FunctionCallInfo fcinfo, int number)
{
	static const struct
	{
		const char *word;
		TuneMetric metric;
	} metrics[] = {{"mase", BACKTEST_MASE},
				   {"mae", BACKTEST_MAE},
				   {"rmse", BACKTEST_RMSE},
				   {"mape", BACKTEST_MAPE},
				   {"smape", BACKTEST_SMAPE}};
	const char *words[lengthof(metrics) + 1] = {NULL};

	for (int i = 0; i < (int) lengthof(metrics); i++)
		words[i] = metrics[i].word;
	return metrics[choice_argument(fcinfo, number, "metric", words)].metric;
}

/* The argument max_seconds; NaN for an SQL null. */
static double
seconds_argument(FunctionCallInfo fcinfo, int number)
{
	double seconds;

	if (PG_ARGISNULL(number))
		return NAN;
	seconds = PG_GETARG_FLOAT8(number);
	if (!(seconds > 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"max_seconds\" is out of range"),
						errdetail("It is %g, and must be above 0.", seconds),
						errhint("Leave it out for no limit.")));
	return seconds;
}

static void
put_rows(ReturnSetInfo *result, const TuneRows *rows)
{
	for (int i = 0; i < rows->count; i++)
	{
		const TuneRow *row = &rows->rows[i];
		bool nulls[COLUMNS] = {false};
		Datum values[COLUMNS] = {Int32GetDatum(i + 1), PointerGetDatum(row->options)};

		check_interrupts();
		values[2] = number_result(row->metric, &nulls[2]);
		values[3] = number_result(row->naive, &nulls[3]);
		values[4] = number_result(row->last_horizon, &nulls[4]);
		values[5] = number_result(row->last_horizon_naive, &nulls[5]);
		values[6] = Int32GetDatum(row->folds);
		values[7] = Float8GetDatum(row->seconds);
		values[8] = text_result(row->note, &nulls[8]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* The rows of a source on their grids; NULL where there are none. */
static const Panel *
read_panel(FunctionCallInfo fcinfo, SourceColumns *columns, const TrainOptions *options)
{
	PanelRows *rows;
	const Panel *panel;

	take_options(columns, options);
	columns->ahead = text_argument(fcinfo, 8);
	rows = source_read(text_argument(fcinfo, 0), columns, (DuplicatePolicy) options->duplicates);
	report_rows(rows->count);
	if (rows->count == 0)
		return NULL;
	panel = training_panel(rows, options);
	if (panel->count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION), errmsg("source has no observation to tune on"),
				 errdetail("Its %lld rows have null for a value.", (long long) rows->count),
				 errhint("Give rows with values that are not null.")));
	return panel;
}

/*
 * (source, time_column, target_column, series_column, past_columns, future_columns, horizon,
 * options, future_source, static_columns, candidates, folds, metric, max_seconds) -> a row for each
 * candidate; none for a source without rows
 */
Datum
lstm_tune(PG_FUNCTION_ARGS)
{
	Scratch scratch;
	SourceColumns columns;
	TrainOptions options;
	TuneBase base;
	TuneRequest request = {0};
	const Panel *panel;
	TuneRows rows;

	InitMaterializedSRF(fcinfo, 0);
	scratch = scratch_enter("lstm_forecast tuning");
	columns = column_arguments(fcinfo, 1);
	static_arguments(fcinfo, 9, &columns);
	options = options_arguments(fcinfo, 6, 7);
	base = (TuneBase){.options = PG_ARGISNULL(7) ? NULL : PG_GETARG_JSONB_P(7),
					  .horizon = PG_ARGISNULL(6) ? OPTION_AUTO : options.horizon};
	if (!PG_ARGISNULL(10))
		request.candidates = tune_candidates(&base, PG_GETARG_ARRAYTYPE_P(10));
	request.folds = integer_argument(fcinfo, 11, "folds", 1, TUNE_MOST_FOLDS, TUNE_DEFAULT_FOLDS);
	request.metric = metric_argument(fcinfo, 12);
	request.max_seconds = seconds_argument(fcinfo, 13);
	report_open(PROGRESS_TUNE);
	panel = read_panel(fcinfo, &columns, &options);
	if (panel != NULL)
	{
		request.horizon = tune_horizon(panel, &options);
		if (PG_ARGISNULL(10))
			request.candidates =
				tune_usual_candidates(&base, request.horizon, panel->past + panel->future > 0);
		rows = tune_panel(panel, covariate_names(&columns), &request);
		put_rows((ReturnSetInfo *) fcinfo->resultinfo, &rows);
	}
	report_close();
	scratch_leave(&scratch);
	return (Datum) 0;
}
