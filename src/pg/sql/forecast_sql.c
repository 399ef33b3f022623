/*
 * forecast_sql.c
 *	  SQL functions that forecast: from the model, from a source, after training on a source, and
 *	  the end of the aggregates.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/progress_report.h"
#include "rows/source.h"
#include "model/pretrained.h"
#include "forecast/forecast.h"
#include "forecast/model_cache.h"
#include "forecast/notices.h"
#include "forecast/selection.h"
#include "train/limits.h"
#include "train/train.h"
#include "sql/arguments.h"
#include "sql/forecast_row.h"
#include "sql/model_source.h"
#include "sql/rowstate.h"

PG_FUNCTION_INFO_V1(lstm_forecast);
PG_FUNCTION_INFO_V1(lstm_forecast_source);
PG_FUNCTION_INFO_V1(lstm_forecast_train);
PG_FUNCTION_INFO_V1(lstm_forecast_final);

#define MOST_HISTORY 1000000 /* steps */
#define MOST_ROWS 1000000    /* of one array */

/* Put rows into the caller's tuplestore. */
static void
put_rows(ReturnSetInfo *result, const ForecastRow *rows, int64 count, int quantile_count,
		 ForecastColumns *columns)
{
	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		forecast_row_fill(columns, &rows[i], quantile_count);
		tuplestore_putvalues(result->setResult, result->setDesc, columns->values, columns->nulls);
	}
}

/* Put the latest steps of fresh rows there, oldest first. */
static void
put_history(ReturnSetInfo *result, const History *history, int past, ForecastColumns *columns)
{
	int64 end = history->fresh->length + history->lag;

	for (int64 step = Max(history->fresh->before, end - past); step < end; step++)
	{
		ForecastRow row = forecast_history_row(history, step);

		put_rows(result, &row, 1, 0, columns);
	}
}

/* What a call asks for beside columns and options. */
typedef struct ForecastCall
{
	ForecastRequest request;
	int past; /* steps of the history that come before the forecasts */
	bool common_origin;
	Skipped skipped;
	Skipped *skips; /* the same; NULL: a series that cannot be forecast is an error */
} ForecastCall;

static const char *const missing_words[] = {"error", "skip", NULL};
static const char *const origin_words[] = {"series", "common", NULL};

/* Take the arguments on_missing and origin, which come in this order. */
static void
series_arguments(FunctionCallInfo fcinfo, int first, ForecastCall *call)
{
	bool skip = choice_argument(fcinfo, first, "on_missing", missing_words) == 1;

	call->common_origin = choice_argument(fcinfo, first + 1, "origin", origin_words) == 1;
	call->skips = skip ? &call->skipped : NULL;
}

/*
 * Forecast into the caller's tuplestore; before the forecasts of a series come its latest steps,
 * if any are asked for. Scratch memory is the caller's to free.
 */
static void
return_rows(FunctionCallInfo fcinfo, const Model *model, History *histories, int64 count,
			const ForecastCall *call)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int quantile_count = call->request.interval.quantile_count;
	SelectionRequest selection = {.horizon = forecast_horizon(model, &call->request),
								  .common_origin = call->common_origin,
								  .skipped = call->skips};
	ForecastColumns columns = {0};
	ForecastRow *rows;
	int horizon;

	forecast_row_check_type(result->setDesc);
	count = selection_make(model, histories, count, &selection);
	if (count == 0)
		return;
	notice_histories(model, histories, count, selection.horizon,
					 call->common_origin ? ORIGIN_COMMON : ORIGIN_SERIES,
					 call_site_noticed(fcinfo->flinfo));
	rows = forecast_run(model, histories, count, &call->request, &horizon);
	for (int64 i = 0; i < count; i++)
	{
		/* what is expected of a series without an observation never was */
		if (call->past > 0 && histories[i].fresh->cold == NULL)
			put_history(result, &histories[i], call->past, &columns);
		put_rows(result, rows + i * horizon, horizon, quantile_count, &columns);
	}
}

static void
throw_no_series(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("a pretrained model has no series of its own"),
					errdetail("It forecasts rows that it is given."),
					errhint("Write lstm_forecast(lstm_pretrained(), 'table', 'time column', "
							"'target column'), or the aggregate lstm_forecast(lstm_pretrained(), "
							"ts, value).")));
}

/*
 * (model, horizon, confidence_level, quantiles, series, on_missing, origin) -> rows; none for a
 * null model
 */
Datum
lstm_forecast(PG_FUNCTION_ARGS)
{
	ForecastCall call = {0};
	Scratch scratch;
	const Model *model;
	History *histories;
	char **labels;
	int label_count;
	int64 count;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast forecast");
	call.request.horizon = integer_argument(fcinfo, 1, "horizon", 1, LF_MAX_HORIZON, 0);
	call.request.interval = interval_arguments(fcinfo, 2);
	series_arguments(fcinfo, 5, &call);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	if (model->bare)
		throw_no_series();
	labels = array_argument(fcinfo, 4, "series", &label_count);
	selection_check_origin(call.common_origin, &model->frequency);
	histories = history_of_model(model, labels, label_count, call.skips, &count);
	return_rows(fcinfo, model, histories, count, &call);
	scratch_leave(&scratch);
	return (Datum) 0;
}

/* Whatever would end the forecast is said before the training. */
static TrainPurpose
training_purpose(const ForecastCall *call)
{
	if (call->skips != NULL)
		return TRAIN_QUIETLY;
	return call->common_origin ? TRAIN_TO_FORECAST_COMMON : TRAIN_TO_FORECAST;
}

/* Forecast rows by what training on them gives, from these weights of the pretrained network. */
static void
return_trained(FunctionCallInfo fcinfo, const lf_real *weights, const PanelRows *rows, char **names,
			   const TrainOptions *options, ForecastCall *call)
{
	const Panel *panel = panel_to_train(NULL, rows, names, options);
	const Model *model;

	call->request.held = panel->bytes;
	selection_check_origin(call->common_origin, &panel->frequency);
	model = train_panel(weights, panel, names, options, training_purpose(call));

	/* the training has looked at the same rows, unless it was to be quiet */
	*call_site_noticed(fcinfo->flinfo) = call->skips == NULL;
	return_rows(fcinfo, model, history_of_panel(model, panel), panel->count, call);
}

/*
 * (model, source, time_column, target_column, series_column, past_columns,
 * future_columns, horizon, confidence_level, quantiles, history, future_source, on_missing,
 * origin) -> rows
 */
Datum
lstm_forecast_source(PG_FUNCTION_ARGS)
{
	ForecastCall call = {0};
	Scratch scratch;
	const Model *model;
	SourceColumns columns;
	PanelRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast forecast");
	columns = column_arguments(fcinfo, 2);
	call.request.horizon = integer_argument(fcinfo, 7, "horizon", 1, LF_MAX_HORIZON, 0);
	call.request.interval = interval_arguments(fcinfo, 8);
	call.past = integer_argument(fcinfo, 10, "history", 0, MOST_HISTORY, 0);
	columns.ahead = text_argument(fcinfo, 11);
	series_arguments(fcinfo, 12, &call);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	rows = model_source_read(fcinfo, model, &columns);
	if (rows->count > 0 && model->bare)
	{
		TrainOptions options = pretrained_options(call.request.horizon);

		/* series that lag are forecast further than at once: how far off is for errors to tell */
		if (call.common_origin)
			options.interval = INTERVAL_CONFORMAL;
		return_trained(fcinfo, model->weights, rows, NULL, &options, &call);
	}
	else if (rows->count > 0)
	{
		const Panel *panel = history_panel(model, rows, HISTORY_OF_FORECAST, call.skips);

		call.request.held = panel->bytes;
		return_rows(fcinfo, model, history_of_panel(model, panel), panel->count, &call);
	}
	scratch_leave(&scratch);
	return (Datum) 0;
}

/*
 * (source, time_column, target_column, series_column, past_columns, future_columns, horizon,
 * options, confidence_level, quantiles, history, future_source, on_missing, origin,
 * static_columns) -> rows; none for a source without rows
 */
Datum
lstm_forecast_train(PG_FUNCTION_ARGS)
{
	ForecastCall call = {0};
	Scratch scratch;
	SourceColumns columns;
	TrainOptions options;
	PanelRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	scratch = scratch_enter("lstm_forecast forecast");
	columns = column_arguments(fcinfo, 1);
	options = options_arguments(fcinfo, 6, 7);
	take_options(&columns, &options);
	call.request.interval = interval_arguments(fcinfo, 8);
	call.past = integer_argument(fcinfo, 10, "history", 0, MOST_HISTORY, 0);
	columns.ahead = text_argument(fcinfo, 11);
	series_arguments(fcinfo, 12, &call);
	static_arguments(fcinfo, 14, &columns);
	report_open(PROGRESS_FORECAST);
	rows = source_read(text_to_cstring(PG_GETARG_TEXT_PP(0)), &columns,
					   (DuplicatePolicy) options.duplicates);
	report_rows(rows->count);
	if (rows->count > 0)
		return_trained(fcinfo, NULL, rows, covariate_names(&columns), &options, &call);
	report_close();
	scratch_leave(&scratch);
	return (Datum) 0;
}

/* The element type of the array that this call returns. */
static TupleDesc
result_row_type(FunctionCallInfo fcinfo, Oid *type)
{
	TupleDesc descriptor;

	*type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));
	if (!OidIsValid(*type))
		elog(ERROR, "lstm_forecast does not return an array");
	descriptor = lookup_rowtype_tupdesc_copy(*type, -1);
	forecast_row_check_type(descriptor);
	return descriptor;
}

/* Raise 54000, before any work, when one array would hold too many rows. */
static void
check_array_rows(int64 count, int horizon)
{
	if (count > MOST_ROWS / horizon)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many forecasts for one array"),
						errdetail("There are %lld series of %d steps.", (long long) count, horizon),
						errhint("Forecast from a \"source\", or group by series.")));
}

/* (state) -> lstm_forecast_row[]; NULL for a group without rows or a null model */
Datum
lstm_forecast_final(PG_FUNCTION_ARGS)
{
	ForecastRequest request = {.interval.confidence = DEFAULT_CONFIDENCE};
	const RowState *state = rowstate_with_model(fcinfo);
	const Model *model;
	ForecastRow *rows;
	TupleDesc descriptor;
	Datum *elements;
	ForecastColumns columns = {0};
	Oid type;
	MemoryAccount account = {.what = "forecasting",
							 .hint = "Forecast from a \"source\", or group by series."};
	const Panel *panel;
	const History *histories;
	int64 count;
	int horizon;

	if (state == NULL)
		PG_RETURN_NULL();
	model = cached_model(fcinfo->flinfo, state->model.value);
	check_bare_covariates(model, panel_rows_past(state->rows), panel_rows_future(state->rows));
	panel = model_rows_panel(&model, state->rows, 0, NULL);
	count = panel->count;
	request.held = panel->bytes;
	check_array_rows(count, model->horizon);
	histories = history_of_panel(model, panel);
	notice_histories(model, histories, count, model->horizon, ORIGIN_GIVEN,
					 call_site_noticed(fcinfo->flinfo));
	rows = forecast_run(model, histories, count, &request, &horizon);
	descriptor = result_row_type(fcinfo, &type);
	account_take(&account, add_size(panel->bytes, mul_size(sizeof(ForecastRow), count * horizon)));
	elements = palloc_extended(sizeof(Datum) * count * horizon, MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < count * horizon; i++)
	{
		HeapTuple tuple;

		check_interrupts();
		forecast_row_fill(&columns, &rows[i], request.interval.quantile_count);
		tuple = heap_form_tuple(descriptor, columns.values, columns.nulls);
		elements[i] = HeapTupleGetDatum(tuple);
		/* it is copied into the array */
		account_take(&account, sizeof(Datum) + GetMemoryChunkSpace(tuple) + tuple->t_len);
	}
	PG_RETURN_ARRAYTYPE_P(
		construct_array(elements, (int) (count * horizon), type, -1, false, TYPALIGN_DOUBLE));
}
