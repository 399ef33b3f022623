/*
 * anomalies_sql.c
 *	  The SQL function that finds anomalies.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/memory.h"
#include "time/calendar.h"
#include "rows/source.h"
#include "model/pretrained.h"
#include "forecast/history.h"
#include "forecast/model_cache.h"
#include "train/train.h"
#include "anomalies/anomalies.h"
#include "sql/arguments.h"
#include "sql/model_source.h"
#include "sql/results.h"

PG_FUNCTION_INFO_V1(lstm_anomalies);

#define ANOMALY_COLUMNS 12
#define DEFAULT_PROBABILITY 0.99

/* Put a row into the caller's tuplestore. */
static void
put_anomaly(void *context, const AnomalyRow *row)
{
	ReturnSetInfo *result = context;
	const GridSeries *series = row->series;
	const lf_watch_verdict *verdict = &row->verdict;
	double actual = series->values[row->step];
	TimestampTz time = series_time(series, row->step);
	Datum values[ANOMALY_COLUMNS] = {0};
	bool nulls[ANOMALY_COLUMNS] = {false};

	values[0] = text_result(series->label, &nulls[0]);
	values[1] = TimestampTzGetDatum(time);
	values[2] = TimestampGetDatum(calendar_local(time, calendar_zone(series->frequency.zone)));
	values[3] = number_result(actual, &nulls[3]);
	values[4] = number_result(row->forecast, &nulls[4]);
	values[5] = number_result(verdict->lower, &nulls[5]);
	values[6] = number_result(verdict->upper, &nulls[6]);
	values[7] = number_result(verdict->score, &nulls[7]);
	nulls[8] = !row->judged || actual == row->forecast;
	values[8] = nulls[8] ? 0 : CStringGetTextDatum(actual > row->forecast ? "above" : "below");
	nulls[9] = !row->judged;
	values[9] = BoolGetDatum(verdict->anomaly);
	nulls[10] = !verdict->anomaly;
	values[10] = Int32GetDatum(verdict->event);
	values[11] = number_result(row->judged ? verdict->strength : NAN, &nulls[11]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	if (!nulls[0])
		pfree(DatumGetPointer(values[0]));
	if (!nulls[8])
		pfree(DatumGetPointer(values[8]));
}

/* The arguments since, probability, ahead, only_anomalies, from `first` on. */
static AnomalyRequest
request_arguments(FunctionCallInfo fcinfo, int first)
{
	AnomalyRequest request = {
		.since = PG_ARGISNULL(first) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(first),
		.probability = PG_ARGISNULL(first + 1) ? DEFAULT_PROBABILITY : PG_GETARG_FLOAT8(first + 1),
		.ahead = integer_argument(fcinfo, first + 2, "ahead", 1, LF_MAX_HORIZON, 1),
		.all = !PG_ARGISNULL(first + 3) && !PG_GETARG_BOOL(first + 3),
		.sink = put_anomaly,
		.context = fcinfo->resultinfo};

	anomalies_check(&request);
	return request;
}

/* What a model that is nothing but a pretrained network finds in the rows, without glitches. */
static const Model *
model_of_rows(const Model *bare, const Panel *panel, const TrainOptions *options)
{
	Panel trained = panel_shared(panel);

	training_glitches(&trained, options, true);
	return train_panel(bare->weights, &trained, NULL, options, TRAIN_QUIETLY);
}

/*
 * (model, source, time_column, target_column, series_column, past_columns, future_columns, since,
 * probability, ahead, only_anomalies) -> rows; none for a null model or a source without rows
 */
Datum
lstm_anomalies(PG_FUNCTION_ARGS)
{
	AnomalyRequest request;
	Scratch scratch;
	SourceColumns columns;
	const Model *model;
	PanelRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast anomalies");
	columns = column_arguments(fcinfo, 2);
	request = request_arguments(fcinfo, 7);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	rows = model_source_read(fcinfo, model, &columns);
	if (rows->count > 0 && model->bare)
	{
		const TrainOptions options = pretrained_options(request.ahead);
		const Panel *panel = training_panel(rows, &options);

		if (panel->count > 0)
			anomalies_find(model_of_rows(model, panel, &options), panel, &request);
	}
	else if (rows->count > 0)
		anomalies_find(model, history_panel(model, rows, HISTORY_OF_BACKTEST, NULL), &request);
	scratch_leave(&scratch);
	return (Datum) 0;
}
