/*
 * trained_model.c
 *	  Rolling-origin back-test of a trained model on rows later than its training data.
 *
 * The windows of all series are forecast in large portions, so that a test at
 * every step of a long series is one batch after another.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "model/covariates.h"
#include "forecast/interval.h"
#include "backtest/model_test.h"

#define PORTION_WINDOWS 10000 /* forecast at a time, at most */
#define PORTION_CELLS 1000000 /* steps that these read and forecast */
#define MEMORY_HINT                                                                                \
	"Give fewer rows or series, lower \"horizon\" or \"folds\", or ask for fewer quantiles."

/* The latest steps before its origin, as they were known there. */
typedef struct KnownSteps
{
	const double *values;
	int64 count;
} KnownSteps;

/* The last `most` steps before a window's origin. */
static KnownSteps
known_steps(const ModelTest *test, const TestWindow *window, int64 most)
{
	const GlitchJudge *judge = test->judges == NULL ? NULL : &test->judges[window->number];
	int64 count = Min(most, window->origin);

	return (KnownSteps){.values = backtest_known_tail(test->panel->series[window->number],
													  window->origin, count, judge),
						.count = count};
}

/* Do networks read times that were not known at the origin, as nothing but rows tells them? */
static bool
reads_times(const ModelTest *test)
{
	return test->panel->frequency.kind == FREQUENCY_IRREGULAR && test->model->covariates.calendar &&
		   test->panel->future == 0;
}

/* The latest steps of a window's series, whose calendar goes on after them by the median gap. */
static lf_series
series_at_origin(const ModelTest *test, const TestWindow *window, const KnownSteps *known)
{
	History history = test->histories[window->number];
	lf_series series;

	history.length = history.covered = window->origin;
	series = history_series(test->model, &history, known->count, test->model->horizon);
	pfree(unconstify(double *, series.values));
	series.values = known->values;
	return series;
}

/*
 * The window in the series as a whole; or where that was known otherwise at the origin, as steps
 * just before it were missing, glitches showed or irregular times were to come, in a series of its
 * own that ends there.
 */
static lf_window
locate_window(const ModelTest *test, const TestWindow *window, lf_series *own, int64 own_number)
{
	const GridSeries *grid = test->panel->series[window->number];
	const lf_series *whole = &test->series[window->number];
	int channels = covariates_channels(&test->model->covariates, &test->model->frequency);
	KnownSteps known = known_steps(test, window, model_steps_read(test->model));
	ClockWindow all = origin_window(test, window->number, window->origin);
	ClockWindow latest;
	int64 from = window->origin - known.count;
	int64 skipped;

	if (reads_times(test))
	{
		*own = series_at_origin(test, window, &known);
		return (lf_window){.series = own_number, .origin = own->length};
	}
	if (known.values == grid->values + from)
		return (lf_window){.series = window->number, .origin = all.known};
	latest = clock_window(test->model->wall_clock, &grid->frequency, series_time(grid, from),
						  known.count, test->horizon);
	*own = *whole;
	own->values = known.values;
	if (wall_clock_differs(&latest.clock))
		own->values = clock_values(&latest, known.values);
	own->observed = NULL;
	own->length = latest.known;
	skipped = all.known - latest.known;
	own->covered -= skipped;
	if (own->covariates != NULL)
		own->covariates += skipped * channels;
	return (lf_window){.series = own_number, .origin = own->length};
}

/* Scalers of the whole series and, behind them, of the portion's own ones. */
static const lf_scaler **
portion_scalers(const ModelTest *test, const TestWindow *windows, const lf_window *located,
				int64 count, int64 own_count)
{
	int64 whole = test->panel->count;
	const lf_scaler **scalers = palloc(sizeof(lf_scaler *) * test->model->member_count);

	for (int i = 0; i < test->model->member_count; i++)
	{
		lf_scaler *extended =
			palloc_extended(mul_size(sizeof(lf_scaler), whole + own_count), MCXT_ALLOC_HUGE);

		memcpy(extended, test->scalers[i], sizeof(lf_scaler) * whole);
		for (int64 w = 0; w < count; w++)
			if (located[w].series >= whole)
				extended[located[w].series] = test->scalers[i][windows[w].number];
		scalers[i] = extended;
	}
	return scalers;
}

/* The same of their starts; series: whole ones and own ones. */
static SeriesStart *
portion_starts(const ModelTest *test, const TestWindow *windows, const lf_window *located,
			   int64 count, int64 series)
{
	SeriesStart *starts = huge_array(series, 1, sizeof(SeriesStart));

	memcpy(starts, test->starts, sizeof(SeriesStart) * test->panel->count);
	for (int64 w = 0; w < count; w++)
		starts[located[w].series] = test->starts[windows[w].number];
	return starts;
}

/*
 * The place of each step's forecast among those of a window. By the clock one may lie beyond the
 * horizon: the forecast of a season before is the nearest to it that there is.
 */
static int *
forecast_places(const ModelTest *test, const TestWindow *window)
{
	ClockWindow known = origin_window(test, window->number, window->origin);
	int *places = palloc(sizeof(int) * test->horizon);

	for (int k = 0; k < test->horizon; k++)
	{
		int place = (int) clock_window_number(&known, k + 1) - 1;

		if (place >= test->model->horizon)
			place -= test->model->season;
		places[k] = place < 0 ? test->model->horizon - 1 : place;
	}
	return places;
}

/* The intervals of a window in CurrentMemoryContext; quantiles: the networks', where levels are. */
static ForecastInterval *
window_intervals(const ModelTest *test, const TestWindow *window, const KnownSteps *known,
				 const int *places, const double *forecast, const double *quantiles)
{
	const IntervalRequest *request = test->request->interval;
	int levels = test->levels.count;
	IntervalPresent present = {0};
	ForecastInterval *intervals = palloc(sizeof(ForecastInterval) * test->horizon);

	if (levels == 0)
		present = interval_present(test->model, known->values, known->count,
								   test->usual_spreads[window->number]);
	for (int k = 0; k < test->horizon; k++)
	{
		check_interrupts();
		intervals[k] =
			levels > 0
				? interval_of_networks(test->model, &test->levels, quantiles + places[k] * levels,
									   forecast[k], request)
				: interval_of_residuals(test->model, request, &present, places[k] + 1, forecast[k]);
	}
	return intervals;
}

/* Hand over the forecast of a window. */
static void
deliver_window(const ModelTest *test, const TestWindow *window, const double *forecast,
			   const double *quantiles)
{
	Scratch scratch = scratch_enter("lstm_forecast back-test case");
	KnownSteps known = known_steps(test, window, test->tail);
	const int *places = forecast_places(test, window);
	double *own = palloc(sizeof(double) * test->horizon);
	BacktestCase tested = {.series = test->scored->series[window->number],
						   .origin = window->origin,
						   .known = known.values,
						   .known_count = known.count,
						   .fold = window->fold,
						   .horizon = test->horizon,
						   .season = test->model->season,
						   .wall_clock = test->model->wall_clock,
						   .scale = test->scales[window->number],
						   .start = test->starts[window->number].start,
						   .weights = test->model->weights,
						   .forecast = own};

	for (int k = 0; k < test->horizon; k++)
		own[k] = forecast[places[k]];
	if (test->request->interval != NULL)
		tested.intervals = window_intervals(test, window, &known, places, own, quantiles);
	backtest_deliver(&tested, test->request);
	scratch_leave(&scratch);
}

static void
run_portion(const ModelTest *test, const TestWindow *windows, int64 count)
{
	const Model *model = test->model;
	int64 whole = test->panel->count;
	int64 width = (int64) model->horizon * test->levels.count;
	lf_series *series = huge_array(whole + count, 1, sizeof(lf_series));
	lf_window *located = palloc(sizeof(lf_window) * count);
	double *forecasts = huge_array(count, model->horizon, sizeof(double));
	double *quantiles = width > 0 ? huge_array(count, width, sizeof(double)) : NULL;
	lf_dataset dataset = {.count = whole, .series = series};

	memcpy(series, test->series, sizeof(lf_series) * whole);
	for (int64 w = 0; w < count; w++)
	{
		check_interrupts();
		located[w] = locate_window(test, &windows[w], &series[dataset.count], dataset.count);
		if (located[w].series == dataset.count)
			dataset.count++;
	}
	predict_windows(
		model, &(PredictWork){
				   .dataset = &dataset,
				   .scalers = portion_scalers(test, windows, located, count, dataset.count - whole),
				   .starts = portion_starts(test, windows, located, count, dataset.count),
				   .windows = located,
				   .count = count,
				   .levels = test->levels,
				   .forecasts = forecasts,
				   .quantiles = quantiles});
	for (int64 w = 0; w < count; w++)
	{
		check_interrupts();
		deliver_window(test, &windows[w], forecasts + w * model->horizon,
					   quantiles == NULL ? NULL : quantiles + w * width);
	}
}

/*
 * Bytes that run_portion takes for so many windows: their forecasts, and the values of those that
 * have their own; series and scalers; the networks' answers; and the intervals of one window.
 */
static Size
portion_bytes(const ModelTest *test, int64 count)
{
	const Model *model = test->model;
	const IntervalRequest *interval = test->request->interval;
	Size steps = model_steps_read(model);
	Size cells = (Size) model->horizon * (1 + test->levels.count) + steps;
	Size channels = covariates_channels(&model->covariates, &model->frequency);
	Size dated = reads_times(test) ? channels * (steps + model->horizon) : 0;
	Size each = sizeof(lf_series) + sizeof(lf_scaler) * model->member_count + sizeof(SeriesStart);
	Size bytes = add_size(mul_size(sizeof(double) * cells + sizeof(lf_window), count),
						  mul_size(sizeof(float) * dated, count));

	bytes = add_size(bytes, mul_size(each, test->panel->count + count));
	if (interval != NULL)
		bytes = add_size(bytes, mul_size(sizeof(ForecastInterval) +
											 2 * sizeof(double) * interval->quantile_count,
										 test->horizon));
	return add_size(bytes, predict_bytes(model, count, &test->levels));
}

static void
check_test(const Model *model, const BacktestRequest *request)
{
	if (model->frequency.kind == FREQUENCY_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model without timestamps cannot be back-tested on other rows"),
				 errdetail("Nothing tells which rows are later than those it was trained on."),
				 errhint("Train with timestamps, or let lstm_backtest train the model itself.")));
	if (request->horizon > model->horizon)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"horizon\" is beyond that of the model"),
						errdetail("It is %d, the model was trained for %d steps.", request->horizon,
								  model->horizon),
						errhint("Lower \"horizon\", or train for a longer one.")));
}

/* How many windows are forecast at a time. Raises 54000 where one alone takes too much memory. */
static int64
choose_portion(const ModelTest *test)
{
	const Model *model = test->model;
	int64 cells = (int64) model->horizon * (1 + test->levels.count) + model_steps_read(model);
	MemoryAccount account = test->account;

	account_take(&account, portion_bytes(test, 1));
	return Max(1, Min(PORTION_WINDOWS, PORTION_CELLS / cells));
}

void
backtest_model(const Model *model, const Panel *panel, const BacktestRequest *request)
{
	Panel scored = panel_shared(panel);
	ModelTest test = {.model = model,
					  .panel = panel,
					  .scored = &scored,
					  .request = request,
					  .panel_spread = NAN,
					  .tail = model_steps_read(model) +
							  Max(model->season, lf_start_memory(model->season)),
					  .account = {.what = "back-testing", .hint = MEMORY_HINT}};
	MemoryContext scratch = AllocSetContextCreate(
		CurrentMemoryContext, "lstm_forecast back-test portion", ALLOCSET_DEFAULT_SIZES);
	int64 portion;

	check_test(model, request);
	history_glitches(model, &scored);
	test.account.held = scored.bytes;
	test.horizon = request->horizon > 0 ? request->horizon : model->horizon;
	if (request->interval != NULL)
		test.levels = interval_levels(model, request->interval);
	portion = choose_portion(&test);
	prepare_test(&test);
	if (test.window_count == 0)
		ereport(NOTICE,
				(errmsg("no origin is left to test"),
				 errdetail("No series has %d steps after the model's training data.", test.horizon),
				 errhint("Give later rows, or lower \"horizon\".")));
	account_take(&test.account, portion_bytes(&test, Min(portion, test.window_count)));
	for (int64 done = 0; done < test.window_count; done += portion)
	{
		MemoryContext caller = MemoryContextSwitchTo(scratch);

		run_portion(&test, test.windows + done, Min(portion, test.window_count - done));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
}
