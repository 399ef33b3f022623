/*
 * test_portion.c
 *	  A portion of the windows of a trained model's test, as the networks read them.
 */
#include "postgres.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "model/covariates.h"
#include "backtest/test_portion.h"

#define PORTION_WINDOWS 10000 /* forecast at a time, at most */
#define PORTION_CELLS 1000000 /* numbers that these read and forecast */

KnownSteps
test_known_steps(const ModelTest *test, const TestWindow *window, int64 most)
{
	const GlitchJudge *judge = test->judges == NULL ? NULL : &test->judges[window->number];
	int64 count = Min(most, window->origin);

	return (KnownSteps){.values = backtest_known_tail(test->panel->series[window->number],
													  window->origin, count, judge),
						.count = count};
}

/* The known steps of a window beside what holidays do; NULL: nothing is known of that. */
static HolidaySeries
holiday_series(const ModelTest *test, const TestWindow *window, const KnownSteps *known)
{
	const GridSeries *grid = test->panel->series[window->number];
	int64 from = window->origin - known->count;

	return (HolidaySeries){
		.list = test->model->covariates.holidays,
		.frequency = &grid->frequency,
		.first_time = series_time(grid, from),
		.length = known->count,
		.values = known->values,
		.observed = grid->observed == NULL ? NULL : grid->observed + from,
		.difference = holiday_difference(test->model, test->histories[window->number].known)};
}

KnownSteps
test_read_steps(const ModelTest *test, const TestWindow *window, int64 most)
{
	KnownSteps known = test_known_steps(test, window, most);
	HolidaySeries series;

	if (!model_has_effects(test->model))
		return known;
	series = holiday_series(test, window, &known);
	known.values = holiday_values(&series);
	return known;
}

double *
test_factors(const ModelTest *test, const TestWindow *window)
{
	KnownSteps none = {.count = 1};
	HolidaySeries series;

	if (!model_has_effects(test->model))
		return NULL;
	series = holiday_series(test, window, &none);
	return holiday_factors(&series, 1, test->horizon);
}

/* Do networks read times that were not known at the origin, as nothing but rows tells them? */
static bool
reads_times(const ModelTest *test)
{
	return test->panel->frequency.kind == FREQUENCY_IRREGULAR && test->model->covariates.calendar &&
		   test->panel->future == test->panel->statics;
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
	known = test_read_steps(test, window, model_steps_read(test->model));
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

TestPortion
test_portion(const ModelTest *test, const TestWindow *windows, int64 count)
{
	int64 whole = test->panel->count;
	TestPortion portion = {.windows = windows,
						   .count = count,
						   .series = huge_array(whole + count, 1, sizeof(lf_series)),
						   .series_count = whole,
						   .located = huge_array(count, 1, sizeof(lf_window))};

	memcpy(portion.series, test->series, sizeof(lf_series) * whole);
	for (int64 w = 0; w < count; w++)
	{
		check_interrupts();
		portion.located[w] = locate_window(test, &windows[w], &portion.series[portion.series_count],
										   portion.series_count);
		if (portion.located[w].series == portion.series_count)
			portion.series_count++;
	}
	return portion;
}

/* Scalers of the whole series and, behind them, of the portion's own ones. */
static const lf_scaler **
portion_scalers(const ModelTest *test, const TestPortion *portion)
{
	int64 whole = test->panel->count;
	const lf_scaler **scalers = palloc(sizeof(lf_scaler *) * test->model->member_count);

	for (int i = 0; i < test->model->member_count; i++)
	{
		lf_scaler *extended = huge_array(portion->series_count, 1, sizeof(lf_scaler));

		memcpy(extended, test->scalers[i], sizeof(lf_scaler) * whole);
		for (int64 w = 0; w < portion->count; w++)
			if (portion->located[w].series >= whole)
				extended[portion->located[w].series] = test->scalers[i][portion->windows[w].number];
		scalers[i] = extended;
	}
	return scalers;
}

/* The same of their starts. */
static SeriesStart *
portion_starts(const ModelTest *test, const TestPortion *portion, const SeriesStart *starts)
{
	SeriesStart *extended = huge_array(portion->series_count, 1, sizeof(SeriesStart));

	memcpy(extended, starts, sizeof(SeriesStart) * test->panel->count);
	for (int64 w = 0; w < portion->count; w++)
		extended[portion->located[w].series] = starts[portion->windows[w].number];
	return extended;
}

void
test_forecast(const ModelTest *test, const TestPortion *portion, const SeriesStart *starts,
			  const TestForecasts *forecasts)
{
	lf_dataset dataset = {.count = portion->series_count, .series = portion->series};

	predict_windows(test->model, &(PredictWork){.dataset = &dataset,
												.scalers = portion_scalers(test, portion),
												.starts = portion_starts(test, portion, starts),
												.windows = portion->located,
												.count = portion->count,
												.levels = test->levels,
												.forecasts = forecasts->forecasts,
												.quantiles = forecasts->quantiles,
												.spreads = forecasts->spreads,
												.held = test->account.held});
}

int *
test_places(const ModelTest *test, const TestWindow *window)
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

/*
 * Forecasts, and the values of windows that have their own; series and scalers; the networks'
 * answers.
 */
Size
test_portion_bytes(const ModelTest *test, int64 count)
{
	const Model *model = test->model;
	Size steps = model_steps_read(model);
	Size cells = (Size) model->horizon * (2 + test->levels.count) + steps;
	Size channels = covariates_channels(&model->covariates, &model->frequency);
	Size dated = reads_times(test) ? channels * (steps + model->horizon) : 0;
	Size each = sizeof(lf_series) + sizeof(lf_scaler) * model->member_count + sizeof(SeriesStart);
	Size bytes = add_size(mul_size(sizeof(double) * cells + sizeof(lf_window), count),
						  mul_size(sizeof(float) * dated, count));

	bytes = add_size(bytes, mul_size(each, test->panel->count + count));
	return add_size(bytes, predict_bytes(model, count, &test->levels));
}

int64
test_portion_windows(const ModelTest *test, int64 more)
{
	const Model *model = test->model;
	int64 cells =
		(int64) model->horizon * (1 + test->levels.count) + model_steps_read(model) + more;

	return Max(1, Min(PORTION_WINDOWS, PORTION_CELLS / cells));
}

int64
test_portion_within(const ModelTest *test, int64 windows, Size more)
{
	while (windows > 1)
	{
		Size bytes = add_size(test_portion_bytes(test, windows), mul_size(more, windows));

		if (memory_allowed(add_size(test->account.held, bytes)))
			break;
		windows /= 2;
	}
	return windows;
}
