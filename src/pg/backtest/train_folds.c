/*
 * train_folds.c
 *	  Rolling-origin back-test that trains a model for every fold.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/progress_report.h"
#include "model/holiday_effects.h"
#include "plan/season.h"
#include "forecast/forecast.h"
#include "train/train.h"
#include "backtest/backtest_private.h"

#define LEAST_KNOWN 3 /* steps of a series from which a fold may learn and forecast */

/* A panel as it was known some steps before the end of each series. */
typedef struct KnownPanel
{
	Panel panel;
	int64 *numbers; /* (panel.count) of its series in the whole panel */
} KnownPanel;

static KnownPanel
truncate_panel(const Panel *panel, int64 behind)
{
	KnownPanel known = {.panel = *panel};
	Panel *kept = &known.panel;
	MemoryAccount account = {
		.held = panel->bytes, .what = "back-testing", .hint = SERIES_MEMORY_HINT};

	kept->series = palloc_extended(mul_size(sizeof(GridSeries *), panel->count), MCXT_ALLOC_HUGE);
	known.numbers = palloc_extended(mul_size(sizeof(int64), panel->count), MCXT_ALLOC_HUGE);
	kept->count = kept->rows = kept->missing = 0;
	for (int64 i = 0; i < panel->count; i++)
	{
		GridSeries *series;

		check_interrupts();
		if (panel->series[i]->length - behind < LEAST_KNOWN)
			continue;
		account_take(&account, backtest_truncate_bytes(panel->series[i]));
		series = backtest_truncate(panel->series[i], panel->series[i]->length - behind);
		known.numbers[kept->count] = i;
		kept->series[kept->count++] = series;
		kept->missing += series->missing;
		kept->rows += series->length - series->missing;
	}
	kept->bytes = account.held;
	return known;
}

/* Set aside the glitches that show in what was known. */
static void
set_glitches_aside(KnownPanel *known, const Panel *panel, const TrainOptions *options)
{
	training_glitches(&known->panel, options, true);
	for (int64 i = 0; i < known->panel.count; i++)
		backtest_hold_last(known->panel.series[i], panel->series[known->numbers[i]]);
}

/* Hand over what was forecast of one series; rows: (horizon) its own. */
static void
deliver_rows(BacktestCase *tested, const ForecastRow *rows, const BacktestRequest *request)
{
	Scratch scratch = scratch_enter("lstm_forecast back-test case");
	double *forecast = palloc(sizeof(double) * tested->horizon);
	ForecastInterval *intervals = palloc(sizeof(ForecastInterval) * tested->horizon);

	for (int k = 0; k < tested->horizon; k++)
	{
		forecast[k] = rows[k].forecast;
		intervals[k] = rows[k].interval;
	}
	tested->forecast = forecast;
	tested->intervals = intervals;
	backtest_deliver(tested, request);
	scratch_leave(&scratch);
}

static void
deliver_fold(const Panel *scored, const KnownPanel *known, const Model *model,
			 const ForecastRow *rows, int horizon, int fold, const BacktestRequest *request)
{
	for (int64 i = 0; i < known->panel.count; i++)
	{
		const GridSeries *series = known->panel.series[i];
		BacktestCase tested = {.number = known->numbers[i],
							   .series = scored->series[known->numbers[i]],
							   .origin = series->length,
							   .known = series->values,
							   .known_count = series->length,
							   .fold = fold,
							   .horizon = horizon,
							   .season = model->season,
							   .wall_clock = model->wall_clock,
							   .holidays =
								   model_has_effects(model) ? model->covariates.holidays : NULL,
							   .holiday_difference = holiday_difference(model, i),
							   .weights = model->weights};

		check_interrupts();
		tested.scale =
			season_naive_scale(series->values, series->observed, series->length, model->season);
		tested.start = backtest_start(model, i, series, series->length);
		deliver_rows(&tested, rows + i * horizon, request);
	}
}

/* A forecast always has an interval, also where nobody asks for it. */
static IntervalRequest
fold_interval(const BacktestRequest *request)
{
	if (request->interval != NULL)
		return *request->interval;
	return (IntervalRequest){.confidence = DEFAULT_CONFIDENCE};
}

void
backtest_fold(const BacktestFold *fold, const TrainOptions *options, const BacktestRequest *request)
{
	KnownPanel known = truncate_panel(fold->panel, fold->behind);
	ForecastRequest forecast = {.horizon = options->horizon,
								.held = known.panel.bytes,
								.alone = request->alone,
								.interval = fold_interval(request)};
	ForecastRow *rows;
	Model *model;
	int horizon;

	if (known.panel.count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("series are too short for fold %d", fold->number),
				 errdetail("The fold begins " INT64_FORMAT " steps before the end of each series.",
						   fold->behind),
				 errhint("Lower \"folds\", \"stride\" or \"horizon\".")));
	set_glitches_aside(&known, fold->panel, options);
	model =
		train_panel(request->weights, &known.panel, fold->covariate_names, options, TRAIN_QUIETLY);
	rows = forecast_run(model, history_of_panel(model, &known.panel), known.panel.count, &forecast,
						&horizon);
	deliver_fold(fold->scored, &known, model, rows, horizon, fold->number, request);
}

Panel
backtest_judged(const Panel *panel, const TrainOptions *options, bool quietly)
{
	Panel judged = panel_shared(panel);

	training_glitches(&judged, options, quietly);
	return judged;
}

Panel *
backtest_known_panel(const Panel *panel, int64 behind)
{
	Panel *known = palloc(sizeof(Panel));

	*known = truncate_panel(panel, behind).panel;
	return known;
}

void
backtest_training(const Panel *panel, char **covariate_names, const TrainOptions *options,
				  const BacktestRequest *request)
{
	Panel whole = *panel;
	Panel scored = backtest_judged(panel, options, false);
	MemoryContext fold_context = AllocSetContextCreate(
		CurrentMemoryContext, "lstm_forecast back-test fold", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(fold_context);
	TrainOptions own = *options;
	int stride;

	whole.bytes = scored.bytes; /* both are held */
	if (own.horizon == OPTION_AUTO)
		own.horizon = frequency_horizon(&panel->frequency);
	stride = request->stride > 0 ? request->stride : own.horizon;
	/* what the networks are asked is known after the training; this much is needed in any case */
	forecast_check_rows(panel->count, own.horizon, 0, fold_interval(request).quantile_count);
	report_parts(PROGRESS_FOLD, request->folds);
	for (int fold = 1; fold <= request->folds; fold++)
	{
		BacktestFold one = {.panel = &whole,
							.scored = &scored,
							.covariate_names = covariate_names,
							.number = fold,
							.behind = own.horizon + (int64) (request->folds - fold) * stride};

		report_part(fold, fold - 1);
		backtest_fold(&one, &own, request);
		MemoryContextReset(fold_context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(fold_context);
}
