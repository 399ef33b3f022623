/*
 * trained_model.c
 *	  Rolling-origin back-test of a trained model on rows later than its training data.
 *
 * The windows of all series are forecast in large portions, so that a test at
 * every step of a long series is one batch after another.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/progress_report.h"
#include "forecast/interval.h"
#include "backtest/test_portion.h"

#define MEMORY_HINT                                                                                \
	"Give fewer rows or series, lower \"horizon\" or \"folds\", or ask for fewer quantiles."

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

/*
 * The origins of one series: the last one's targets are its last steps, the others
 * lie stride steps apart before it.
 */
static int64
choose_origins(ModelTest *test, int64 number)
{
	const History *history = &test->histories[number];
	const BacktestRequest *request = test->request;
	int stride = request->stride > 0 ? request->stride : test->horizon;
	int64 last = history->length - test->horizon;
	int64 least = request->trained ? Max(1, Min(model_least_history(test->model), last))
								   : test_first_origin(test->model, history);
	int64 count = last >= least ? (last - least) / stride + 1 : 0;

	if (request->folds > count && history->known >= 0 && !request->trained)
		throw_leak(test->model, history, count);
	if (request->folds > 0)
		count = Min(count, request->folds);
	for (int64 i = 0; i < count; i++)
	{
		if (i % 1024 == 0)
			check_interrupts();
		test_append_window(test, number, last - (count - 1 - i) * stride, (int) (i + 1));
	}
	return count > 0 ? last - (count - 1) * stride : Min(least, history->length);
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
	KnownSteps known = test_known_steps(test, window, test->tail);
	KnownSteps read = test_read_steps(test, window, test->tail);
	const int *places = test_places(test, window);
	const double *factors = test_factors(test, window);
	double *own = palloc(sizeof(double) * test->horizon);
	BacktestCase tested = {
		.number = window->number,
		.series = test->scored->series[window->number],
		.origin = window->origin,
		.known = known.values,
		.known_count = known.count,
		.fold = window->fold,
		.horizon = test->horizon,
		.season = test->model->season,
		.wall_clock = test->model->wall_clock,
		.scale = test->scales[window->number],
		.start = test->starts[window->number].start,
		.holidays = model_has_effects(test->model) ? test->model->covariates.holidays : NULL,
		.holiday_difference =
			holiday_difference(test->model, test->histories[window->number].known),
		.weights = test->model->weights,
		.forecast = own};

	for (int k = 0; k < test->horizon; k++)
		own[k] = forecast[places[k]];
	if (test->request->interval != NULL)
		tested.intervals = window_intervals(test, window, &read, places, own, quantiles);
	for (int k = 0; factors != NULL && k < test->horizon; k++)
	{
		own[k] = predict_restored(test->model, own[k], factors[k]);
		if (tested.intervals != NULL)
			interval_restore(test->model, unconstify(ForecastInterval *, &tested.intervals[k]),
							 test->request->interval->quantile_count, factors[k]);
	}
	backtest_deliver(&tested, test->request);
	scratch_leave(&scratch);
}

static void
run_portion(const ModelTest *test, const TestWindow *windows, int64 count)
{
	int64 horizon = test->model->horizon;
	int64 width = horizon * test->levels.count;
	double *forecasts = huge_array(count, horizon, sizeof(double));
	double *quantiles = width > 0 ? huge_array(count, width, sizeof(double)) : NULL;
	TestPortion portion = test_portion(test, windows, count);

	test_forecast(test, &portion, test->starts,
				  &(TestForecasts){.forecasts = forecasts, .quantiles = quantiles});
	for (int64 w = 0; w < count; w++)
	{
		check_interrupts();
		deliver_window(test, &windows[w], forecasts + w * horizon,
					   quantiles == NULL ? NULL : quantiles + w * width);
	}
}

/* Bytes that run_portion takes for so many windows: beside those of the portion, the intervals of
 * one window. */
static Size
portion_bytes(const ModelTest *test, int64 count)
{
	const IntervalRequest *interval = test->request->interval;
	Size bytes = test_portion_bytes(test, count);

	if (interval == NULL)
		return bytes;
	return add_size(
		bytes, mul_size(sizeof(ForecastInterval) + 2 * sizeof(double) * interval->quantile_count,
						test->horizon));
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
	MemoryAccount account = test->account;

	account_take(&account, portion_bytes(test, 1));
	return test_portion_windows(test, 0);
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
					  .choose = choose_origins,
					  .account = {.what = "back-testing", .hint = MEMORY_HINT}};
	MemoryContext scratch = AllocSetContextCreate(
		CurrentMemoryContext, "lstm_forecast back-test portion", ALLOCSET_DEFAULT_SIZES);
	int64 portion;

	report_phase(PROGRESS_MEASURING);
	check_test(model, request);
	history_glitches(model, &scored);
	test.account.held = scored.bytes;
	test.horizon = request->horizon > 0 ? request->horizon : model->horizon;
	if (request->interval != NULL)
		test.levels = interval_levels(model, request->interval);
	portion = choose_portion(&test);
	prepare_test(&test);
	if (test.window_count == 0 && !request->trained)
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
