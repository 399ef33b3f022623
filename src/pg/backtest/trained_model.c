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
#include "forecast/interval.h"
#include "backtest/test_windows.h"

#define MEMORY_HINT                                                                                \
	"Give fewer rows or series, lower \"horizon\" or \"folds\", or ask for fewer quantiles."

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
	const int *places = test_forecast_places(test, window);
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
deliver_portion(const ModelTest *test, const TestWindow *windows, int64 count)
{
	int horizon = test->model->horizon;
	TestForecasts said = test_forecast(test, windows, count, false);

	for (int64 w = 0; w < count; w++)
	{
		check_interrupts();
		deliver_window(test, &windows[w], said.forecasts + w * horizon,
					   said.quantiles == NULL ? NULL
											  : said.quantiles + w * horizon * test->levels.count);
	}
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
	portion = test_portion(&test);
	prepare_test(&test);
	if (test.window_count == 0)
		ereport(NOTICE,
				(errmsg("no origin is left to test"),
				 errdetail("No series has %d steps after the model's training data.", test.horizon),
				 errhint("Give later rows, or lower \"horizon\".")));
	account_take(&test.account, test_portion_bytes(&test, Min(portion, test.window_count)));
	for (int64 done = 0; done < test.window_count; done += portion)
	{
		MemoryContext caller = MemoryContextSwitchTo(scratch);

		deliver_portion(&test, test.windows + done, Min(portion, test.window_count - done));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
}
