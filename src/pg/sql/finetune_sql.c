/*
 * finetune_sql.c
 *	  SQL functions that train a model further: the end of the lstm_finetune aggregates, and
 *	  lstm_finetune over a source.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "base/progress_report.h"
#include "forecast/model_cache.h"
#include "rows/source.h"
#include "train/finetune.h"
#include "train/limits.h"
#include "sql/arguments.h"
#include "sql/rowstate.h"

PG_FUNCTION_INFO_V1(lstm_finetune_final);
PG_FUNCTION_INFO_V1(lstm_finetune);

/* (state) -> model; NULL for a group without rows or a null model */
Datum
lstm_finetune_final(PG_FUNCTION_ARGS)
{
	const RowState *state = rowstate_with_model(fcinfo);
	const Model *model;
	TrainOptions options;
	bytea *tuned;

	if (state == NULL)
		PG_RETURN_NULL();
	report_open(PROGRESS_FINETUNE);
	report_rows(state->rows->count);
	model = cached_model(fcinfo->flinfo, state->model.value);
	check_bare_covariates(model, panel_rows_past(state->rows), panel_rows_future(state->rows));
	options = finetune_options(model, rowstate_options(state), 0);
	limit_training_time(&options);
	tuned = finetune_model(model, state->rows, NULL, &options);
	report_close();
	PG_RETURN_BYTEA_P(tuned);
}

/*
 * (model, source, time_column, target_column, series_column, past_columns, future_columns,
 * horizon, options, future_source) -> model, or NULL for a null model or a source without rows
 */
Datum
lstm_finetune(PG_FUNCTION_ARGS)
{
	SourceColumns columns;
	TrainOptions options;
	const Model *model;
	PanelRows *rows;
	bytea *tuned;
	int horizon;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	columns = column_arguments(fcinfo, 2);
	horizon = integer_argument(fcinfo, 7, "horizon", 1, LF_MAX_HORIZON, 0);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	take_model_columns(model, &columns);
	options = finetune_options(model, PG_ARGISNULL(8) ? NULL : PG_GETARG_JSONB_P(8), horizon);
	limit_training_time(&options);
	take_options(&columns, &options);
	columns.ahead = text_argument(fcinfo, 9);
	report_open(PROGRESS_FINETUNE);
	rows = source_read(text_to_cstring(PG_GETARG_TEXT_PP(1)), &columns,
					   (DuplicatePolicy) options.duplicates);
	report_rows(rows->count);
	tuned =
		rows->count == 0 ? NULL : finetune_model(model, rows, covariate_names(&columns), &options);
	report_close();
	if (tuned == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(tuned);
}
