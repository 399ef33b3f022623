/*
 * test_windows.c
 *	  Forecasts of the windows of a trained model's test, in portions.
 */
#include "postgres.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "model/covariates.h"
#include "backtest/test_windows.h"

#define PORTION_WINDOWS 10000 /* forecast at a time, at most */
#define PORTION_CELLS 1000000 /* steps that these read and forecast */

KnownSteps
test_known_steps(const ModelTest *test, const TestWindow *window, int64 most)
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
	KnownSteps known = test_known_steps(test, window, model_steps_read(test->model));
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

int *
test_forecast_places(const ModelTest *test, const TestWindow *window)
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

/* The windows of a portion, and series of their own behind the panel's. */
typedef struct LocatedWindows
{
	lf_window *windows;
	lf_dataset dataset;
} LocatedWindows;

static LocatedWindows
locate_windows(const ModelTest *test, const TestWindow *windows, int64 count)
{
	int64 whole = test->panel->count;
	lf_series *series = huge_array(whole + count, 1, sizeof(lf_series));
	LocatedWindows located = {.windows = palloc(sizeof(lf_window) * count),
							  .dataset = {.count = whole, .series = series}};

	memcpy(series, test->series, sizeof(lf_series) * whole);
	for (int64 w = 0; w < count; w++)
	{
		int64 own = located.dataset.count;

		check_interrupts();
		located.windows[w] = locate_window(test, &windows[w], &series[own], own);
		if (located.windows[w].series == own)
			located.dataset.count++;
	}
	return located;
}

TestForecasts
test_forecast(const ModelTest *test, const TestWindow *windows, int64 count, bool with_spreads)
{
	const Model *model = test->model;
	LocatedWindows located = locate_windows(test, windows, count);
	int64 own_count = located.dataset.count - test->panel->count;
	int64 width = (int64) model->horizon * test->levels.count;
	TestForecasts result = {.forecasts = huge_array(count, model->horizon, sizeof(double))};

	if (width > 0)
		result.quantiles = huge_array(count, width, sizeof(double));
	if (with_spreads)
		result.spreads = huge_array(count, model->horizon, sizeof(double));
	predict_windows(model, &(PredictWork){.dataset = &located.dataset,
										  .scalers = portion_scalers(test, windows, located.windows,
																	 count, own_count),
										  .starts = portion_starts(test, windows, located.windows,
																   count, located.dataset.count),
										  .windows = located.windows,
										  .count = count,
										  .levels = test->levels,
										  .forecasts = result.forecasts,
										  .quantiles = result.quantiles,
										  .spreads = result.spreads,
										  .held = test->account.held});
	return result;
}

Size
test_portion_bytes(const ModelTest *test, int64 count)
{
	const Model *model = test->model;
	const IntervalRequest *interval = test->request->interval;
	Size steps = model_steps_read(model);
	Size cells = (Size) model->horizon * (2 + test->levels.count) + steps;
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

int64
test_portion(const ModelTest *test)
{
	const Model *model = test->model;
	int64 cells = (int64) model->horizon * (1 + test->levels.count) + model_steps_read(model);
	MemoryAccount account = test->account;

	account_take(&account, test_portion_bytes(test, 1));
	return Max(1, Min(PORTION_WINDOWS, PORTION_CELLS / cells));
}
