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
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "plan/season.h"
#include "model/covariates.h"
#include "model/scalers.h"
#include "forecast/ensemble.h"
#include "forecast/history.h"
#include "forecast/interval.h"
#include "rows/on_clock.h"
#include "backtest/backtest_private.h"

#define PORTION_WINDOWS 10000 /* forecast at a time, at most */
#define PORTION_CELLS 1000000 /* steps that these read and forecast */
#define MEMORY_HINT                                                                                \
	"Give fewer rows or series, lower \"horizon\" or \"folds\", or ask for fewer quantiles."

/* One window to forecast. */
typedef struct TestWindow
{
	int64 number; /* of the series in the panel */
	int64 origin; /* in that series */
	int fold;
} TestWindow;

/* Everything that the test of a model reads; arrays are by series. */
typedef struct ModelTest
{
	const Model *model;
	const Panel *panel;
	const BacktestRequest *request;
	int horizon;
	const History *histories;
	lf_series *series;
	lf_scaler **scalers; /* by network */
	SeriesStart *starts;
	double *scales;        /* MASE's */
	double *usual_spreads; /* of conformal intervals */
	double panel_spread;   /* for interval_history_usual */
	PredictLevels levels;  /* none where intervals are conformal, or none are wanted */
	TestWindow *windows;
	int64 window_count;
	int64 window_capacity;
	MemoryAccount account;
} ModelTest;

/* The first of the steps from `step` on that is later than the training. */
static int64
first_later(const History *history, int64 step, TimestampTz trained)
{
	for (; step < history->length; step++)
	{
		TimestampTz time = history->times != NULL
							   ? history->times[step]
							   : frequency_add(&history->frequency, history->first_time, step);

		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (time > trained)
			break;
	}
	return step;
}

/*
 * The first origin that no training data reaches: a whole step after the last one that was trained
 * on. A day that was trained on is not forecast, though another zone may begin it later.
 */
static int64
first_origin(const Model *model, const History *history)
{
	const ModelSeries *trained;
	int64 distance;
	int64 step = 0;
	bool exact;

	if (history->known < 0)
		return Max(1, Min(model_least_history(model), history->length - model->horizon));
	trained = &model->series[history->known];
	if (history->times == NULL)
	{
		distance = frequency_distance(&trained->frequency, trained->last_time, &history->frequency,
									  history->first_time, &exact);
		step = 1 - Max(distance, 2 - PG_INT64_MAX);
	}
	return Max(1, first_later(history, Max(0, step), trained->last_time));
}

static void
throw_leak(const Model *model, const History *history, int64 found)
{
	const char *label = history->label;

	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 errmsg("back-test reaches into the data that the model was trained on"),
		 errdetail("%s%s%s was trained on up to %s, and only %lld folds lie after that.",
				   label == NULL ? "The series" : "Series \"", label == NULL ? "" : label,
				   label == NULL ? "" : "\"",
				   timestamptz_to_str(model->series[history->known].last_time), (long long) found),
		 errhint("Lower \"folds\" or \"stride\", or leave \"folds\" out to take as many as "
				 "there are.")));
}

static void
append_window(ModelTest *test, int64 number, int64 origin, int fold)
{
	if (test->window_count == test->window_capacity)
	{
		account_take(&test->account, sizeof(TestWindow) * Max(1024, test->window_capacity));
		test->window_capacity = Max(1024, test->window_capacity * 2);
		test->windows =
			test->windows == NULL
				? palloc(sizeof(TestWindow) * test->window_capacity)
				: repalloc_huge(test->windows, sizeof(TestWindow) * test->window_capacity);
	}
	test->windows[test->window_count++] =
		(TestWindow){.number = number, .origin = origin, .fold = fold};
}

/*
 * The origins of one series: the last one's targets are its last steps, the others
 * lie stride steps apart before it. Gives the first; where there is none, what would be, but
 * no more than the series' length: a model may have been trained on much later rows.
 */
static int64
choose_origins(ModelTest *test, int64 number)
{
	const History *history = &test->histories[number];
	const BacktestRequest *request = test->request;
	int stride = request->stride > 0 ? request->stride : test->horizon;
	int64 least = first_origin(test->model, history);
	int64 last = history->length - test->horizon;
	int64 count = last >= least ? (last - least) / stride + 1 : 0;

	if (request->folds > count && history->known >= 0)
		throw_leak(test->model, history, count);
	if (request->folds > 0)
		count = Min(count, request->folds);
	for (int64 i = 0; i < count; i++)
	{
		if (i % 1024 == 0)
			check_interrupts();
		append_window(test, number, last - (count - 1 - i) * stride, (int) (i + 1));
	}
	return count > 0 ? last - (count - 1) * stride : Min(least, history->length);
}

/*
 * A series that the model has never seen is scaled by what was known at its first origin,
 * however little that varied.
 */
static void
fit_unseen(ModelTest *test, int64 number, int64 first)
{
	lf_series known = test->series[number];

	known.length = first;
	for (int i = 0; i < test->model->member_count; i++)
		test->scalers[i][number] =
			scaler_of_unseen(test->model, &test->model->members[i], &known, first);
}

/* What a series usually spreads; of one never seen, by the same steps as its scalers. */
static double
usual_spread(ModelTest *test, int64 number, int64 first)
{
	History known = test->histories[number];
	double *values;
	double usual;

	if (known.known >= 0)
		return interval_history_usual(test->model, &known, &test->panel_spread);
	values = backtest_known_values(test->panel->series[number], 0, first);
	known.values = values;
	known.length = first;
	usual = interval_history_usual(test->model, &known, &test->panel_spread);
	pfree(values);
	return usual;
}

/* A window of a series as it was known at an origin. */
static ClockWindow
origin_window(const ModelTest *test, int64 number, int64 origin)
{
	const GridSeries *grid = test->panel->series[number];

	return clock_window(test->model->wall_clock, &grid->frequency, grid->first_time, origin,
						test->horizon);
}

static void
prepare_series(ModelTest *test, const History *read, int64 number)
{
	const GridSeries *grid = test->panel->series[number];
	int64 first = choose_origins(test, number);

	test->series[number] = history_series(test->model, read, read->length, 0);
	test->series[number].observed = read->fresh->observed;
	test->scales[number] =
		season_naive_scale(grid->values, grid->observed, first, test->model->season);
	if (test->histories[number].known < 0)
		fit_unseen(test, number, origin_window(test, number, first).known);
	test->starts[number] = (SeriesStart){
		.start = backtest_start(test->model, test->histories[number].known, grid, first),
		.share = model_start_share(test->model, test->histories[number].known)};
	if (test->request->interval != NULL)
		test->usual_spreads[number] = usual_spread(test, number, first);
}

/* Values by the clock, in CurrentMemoryContext. */
static double *
values_by_clock(const ClockWindow *window, const double *values)
{
	double *laid = huge_array(window->known, 1, sizeof(double));
	uint8 *seen = huge_array(window->known, 1, sizeof(uint8));

	clock_lay_values(window, values, NULL, laid, seen);
	pfree(seen);
	return laid;
}

/*
 * The window in the series as a whole; or where steps just before the origin were
 * missing, in a series of its own that ends at the origin, as it was known there.
 */
static lf_window
locate_window(const ModelTest *test, const TestWindow *window, lf_series *own, int64 own_number)
{
	const GridSeries *grid = test->panel->series[window->number];
	const lf_series *whole = &test->series[window->number];
	int channels = covariates_channels(&test->model->covariates, &test->model->frequency);
	ClockWindow all = origin_window(test, window->number, window->origin);
	ClockWindow known;
	int64 from;
	int64 skipped;

	if (series_observed(grid, window->origin - 1))
		return (lf_window){.series = window->number, .origin = all.known};
	from = Max(0, window->origin - model_steps_read(test->model));
	known = clock_window(test->model->wall_clock, &grid->frequency, series_time(grid, from),
						 window->origin - from, test->horizon);
	*own = *whole;
	own->values = backtest_known_values(grid, from, window->origin);
	if (wall_clock_differs(&known.clock))
		own->values = values_by_clock(&known, own->values);
	own->observed = NULL;
	own->length = known.known;
	skipped = all.known - known.known;
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

/* What intervals went by when the window began, as far as the series was known then. */
static IntervalPresent
window_present(const ModelTest *test, const TestWindow *window)
{
	int64 from = Max(0, window->origin - model_steps_read(test->model));
	double *known =
		backtest_known_values(test->panel->series[window->number], from, window->origin);
	IntervalPresent present = interval_present(test->model, known, window->origin - from,
											   test->usual_spreads[window->number]);

	pfree(known);
	return present;
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
window_intervals(const ModelTest *test, const TestWindow *window, const int *places,
				 const double *forecast, const double *quantiles)
{
	const IntervalRequest *request = test->request->interval;
	int levels = test->levels.count;
	IntervalPresent present = {0};
	ForecastInterval *intervals = palloc(sizeof(ForecastInterval) * test->horizon);

	if (levels == 0)
		present = window_present(test, window);
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
	const int *places = forecast_places(test, window);
	double *own = palloc(sizeof(double) * test->horizon);
	BacktestCase tested = {.series = test->panel->series[window->number],
						   .origin = window->origin,
						   .fold = window->fold,
						   .horizon = test->horizon,
						   .season = test->model->season,
						   .wall_clock = test->model->wall_clock,
						   .scale = test->scales[window->number],
						   .start = test->starts[window->number].start,
						   .forecast = own};

	for (int k = 0; k < test->horizon; k++)
		own[k] = forecast[places[k]];
	if (test->request->interval != NULL)
		tested.intervals = window_intervals(test, window, places, own, quantiles);
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
	Size cells = (Size) model->horizon * (1 + test->levels.count) + model_memory(model);
	Size each = sizeof(lf_series) + sizeof(lf_scaler) * model->member_count + sizeof(lf_start);
	Size bytes = add_size(mul_size(sizeof(double) * cells + sizeof(lf_window), count),
						  mul_size(each, test->panel->count + count));

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
	int64 cells = (int64) model->horizon * (1 + test->levels.count) + model_memory(model);
	MemoryAccount account = test->account;

	account_take(&account, portion_bytes(test, 1));
	return Max(1, Min(PORTION_WINDOWS, PORTION_CELLS / cells));
}

/* The panel by the clock, where the model follows that. */
static const Panel *
panel_as_read(ModelTest *test)
{
	Panel *read;

	if (!test->model->wall_clock)
		return test->panel;
	read = clock_panel(test->panel);
	clock_panel_covariates(test->panel, read);
	account_take(&test->account, read->bytes - test->panel->bytes);
	return read;
}

static void
prepare_test(ModelTest *test)
{
	const Model *model = test->model;
	const Panel *panel = test->panel;
	const Panel *by_clock = panel_as_read(test);
	const History *read;

	test->histories = history_of_panel(model, panel);
	read = by_clock == panel ? test->histories : history_of_panel(model, by_clock);
	histories_take(&test->account, model, read, panel->count, PG_INT32_MAX, 0);
	test->scalers = history_scalers(model, test->histories, panel->count);
	test->starts = huge_array(panel->count, 1, sizeof(SeriesStart));
	test->series = huge_array(panel->count, 1, sizeof(lf_series));
	test->scales = huge_array(panel->count, 1, sizeof(double));
	test->usual_spreads = huge_array(panel->count, 1, sizeof(double));
	for (int64 i = 0; i < panel->count; i++)
		prepare_series(test, &read[i], i);
}

void
backtest_model(const Model *model, const Panel *panel, const BacktestRequest *request)
{
	ModelTest test = {
		.model = model,
		.panel = panel,
		.request = request,
		.panel_spread = NAN,
		.account = {.held = panel->bytes, .what = "back-testing", .hint = MEMORY_HINT}};
	MemoryContext scratch = AllocSetContextCreate(
		CurrentMemoryContext, "lstm_forecast back-test portion", ALLOCSET_DEFAULT_SIZES);
	int64 portion;

	check_test(model, request);
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
