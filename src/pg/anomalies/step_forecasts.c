/*
 * step_forecasts.c
 *	  A forecast of every step of a panel from the steps before it.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "forecast/interval.h"
#include "anomalies/step_forecasts.h"

#define LEAST_HISTORY 3       /* steps before the first forecast, where the model needs none */
#define WIDTH_CONFIDENCE 0.95 /* of the interval whose width errors are measured in */
#define LEAST_SIDE 0.05       /* of an interval's width: each side of the forecast */
#define MOST_ERRORS 100       /* held-out ones that are taken as known */
#define SAME 1e-9             /* relative: a step counts for what it did */
#define MEMORY_HINT "Give fewer rows or series."

static const IntervalRequest width_interval = {.confidence = WIDTH_CONFIDENCE};
static const BacktestRequest width_request = {.interval = &width_interval};

/* The quantiles of an interval's ends around a forecast. */
typedef struct Ends
{
	double lower;
	double upper;
} Ends;

/* By the residuals; without any it is one unit of the data wide on both sides. */
static Ends
ends_of_residuals(const Model *model, const lf_calibration_unit *unit, int place, double forecast)
{
	double tail = (1 - WIDTH_CONFIDENCE) / 2;
	const lf_calibration *calibration = &model->calibration;

	if (calibration->points == 0)
		return (Ends){.lower = forecast - 1, .upper = forecast + 1};
	return (Ends){.lower = lf_calibration_quantile(calibration, place, forecast, unit, tail),
				  .upper = lf_calibration_quantile(calibration, place, forecast, unit, 1 - tail)};
}

/* A side without a width, as below a count of 0, has a small one: errors there have a size, too. */
static void
take_widths(lf_watch_step *step, const Ends *ends)
{
	double least = LEAST_SIDE * (ends->upper - ends->lower);

	step->below = Max(step->forecast - ends->lower, least);
	step->above = Max(ends->upper - step->forecast, least);
}

/*
 * The held-out errors of this step in widths: of as many as there are, at most MOST_ERRORS. A
 * width of 0 has none.
 */
static void
take_errors(SeriesForecasts *series, const Model *model, const lf_calibration_unit *unit, int place,
			const lf_watch_step *step)
{
	int count = Min(MOST_ERRORS, model->calibration.points);

	if (step->below <= 0 || step->above <= 0)
		return;
	series->errors = palloc(sizeof(double) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		double error = lf_calibration_quantile(&model->calibration, place, step->forecast, unit,
											   (i + 0.5) / count) -
					   step->forecast;

		series->errors[i] = error / (error > 0 ? step->above : step->below);
	}
	series->error_count = count;
}

/* Take what a window says of the step that it is for. */
static void
take_window(StepForecasts *forecasts, MemoryContext kept, const TestWindow *window,
			const TestForecasts *said, int64 number)
{
	const ModelTest *test = &forecasts->test;
	const Model *model = forecasts->model;
	const GridSeries *grid = forecasts->panel->series[window->number];
	SeriesForecasts *series = &forecasts->series[window->number];
	int64 at = window->origin + forecasts->ahead - 1;
	int place = test_places(test, window)[forecasts->ahead - 1];
	int64 cell = number * model->horizon + place;
	lf_watch_step *step = &series->steps[at];
	const double *factors = test_factors(test, window);
	double factor = factors == NULL ? 1 : factors[forecasts->ahead - 1];

	*step = (lf_watch_step){.observed = at >= grid->before && series_observed(grid, at),
							.actual = grid->values[at],
							.forecast = said->forecasts[cell],
							.disagreement = said->spreads[cell]};
	if (test->levels.count > 0)
	{
		const double *quantiles = said->quantiles + cell * test->levels.count;

		take_widths(step,
					&(Ends){.lower = quantiles[0], .upper = quantiles[test->levels.count - 1]});
	}
	else
	{
		KnownSteps known = test_read_steps(test, window, model_steps_read(model));
		IntervalPresent present =
			interval_present(model, known.values, known.count, test->usual_spreads[window->number]);
		Ends ends = ends_of_residuals(model, &present.unit, place, step->forecast);

		take_widths(step, &ends);
		if (series->errors == NULL && model->calibration.points > 0)
		{
			MemoryContext caller = MemoryContextSwitchTo(kept);

			take_errors(series, model, &present.unit, place, step);
			MemoryContextSwitchTo(caller);
		}
	}
	/* a day on which nothing is left has an expectation as near as can be */
	step->forecast *= factor;
	step->below *= Max(factor, LEAST_SIDE);
	step->above *= Max(factor, LEAST_SIDE);
	step->disagreement *= factor;
}

/* Forecast the windows of a portion, and take what is said of their steps. */
static void
run_portion(StepForecasts *forecasts, MemoryContext kept, const TestWindow *windows, int64 count)
{
	const ModelTest *test = &forecasts->test;
	int64 horizon = test->model->horizon;
	TestPortion portion = test_portion(test, windows, count);
	TestForecasts said = {.forecasts = huge_array(count, horizon, sizeof(double)),
						  .spreads = huge_array(count, horizon, sizeof(double))};

	if (test->levels.count > 0)
		said.quantiles = huge_array(count, horizon * test->levels.count, sizeof(double));
	test_forecast(test, &portion, test->starts, &said);
	for (int64 w = 0; w < count; w++)
	{
		check_interrupts();
		take_window(forecasts, kept, &windows[w], &said, w);
	}
}

/* Forecast windows, a portion at a time. Raises 54000 where one alone takes too much memory. */
static void
forecast_windows(StepForecasts *forecasts, const TestWindow *windows, int64 count)
{
	ModelTest *test = &forecasts->test;
	int64 portion = test_portion_within(test, Min(test_portion_windows(test, 0), count), 0);
	Size bytes = test_portion_bytes(test, portion);
	MemoryContext kept = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(
		CurrentMemoryContext, "lstm_forecast anomaly portion", ALLOCSET_DEFAULT_SIZES);

	account_take(&test->account, bytes);
	for (int64 done = 0; done < count; done += portion)
	{
		MemoryContextSwitchTo(scratch);
		run_portion(forecasts, kept, windows + done, Min(portion, count - done));
		MemoryContextSwitchTo(kept);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
	account_give(&test->account, bytes);
}

/* A window for each step that has enough before it. */
static int64
choose_every(ModelTest *test, int64 number)
{
	const History *history = &test->histories[number];
	int64 least = Max(LEAST_HISTORY, model_least_history(test->model));

	for (int64 origin = least; origin + test->horizon <= history->length; origin++)
	{
		if (origin % INTERRUPT_ROWS == 0)
			check_interrupts();
		test_append_window(test, number, origin, 0);
	}
	return Max(1, Min(least, history->length));
}

/*
 * A start without the pretrained network, which takes a hundred times as long as all else: what the
 * other parts say, or no share where it was alone. A model that has nothing else asks it.
 */
static void
leave_out_pretrained(const Model *model, SeriesStart *start)
{
	lf_start others = start->start;
	double weight = 0;

	others.count = 0;
	for (int i = 0; i < start->start.count; i++)
		if (start->start.parts[i].method != LF_START_PRETRAINED)
		{
			others.parts[others.count++] = start->start.parts[i];
			weight += start->start.parts[i].weight;
		}
	if (others.count == 0 && (model->member_count == 0 || start->share == 1))
		return;
	for (int i = 0; i < others.count; i++)
		others.parts[i].weight /= weight;
	memset(others.parts + others.count, 0, sizeof(lf_start_part) * (LF_START_PARTS - others.count));
	start->start = others;
	if (others.count == 0)
		start->share = 0;
}

/* Look at the panel as it counts now. Its windows are in the order of series and origins. */
static void
prepare_round(StepForecasts *forecasts)
{
	forecasts->test = (ModelTest){.model = forecasts->model,
								  .panel = &forecasts->counted,
								  .scored = &forecasts->counted,
								  .request = &width_request,
								  .keep_glitches = true,
								  .horizon = forecasts->ahead,
								  .panel_spread = NAN,
								  .choose = choose_every,
								  .levels = interval_levels(forecasts->model, &width_interval),
								  .account = {.held = forecasts->counted.bytes,
											  .what = "looking for anomalies",
											  .hint = MEMORY_HINT}};
	prepare_test(&forecasts->test);
	for (int64 i = 0; i < forecasts->panel->count; i++)
		leave_out_pretrained(forecasts->model, &forecasts->test.starts[i]);
}

/* The first step of a series that the training did not see. */
static int64
first_later(const Model *model, const History *history)
{
	return history->known < 0 ? 0 : test_first_origin(model, history);
}

static void
check_model(const Model *model, int ahead)
{
	if (model->frequency.kind == FREQUENCY_NONE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a model without timestamps cannot look for anomalies"),
						errdetail("Nothing tells which rows it was trained on."),
						errhint("Train with timestamps.")));
	if (ahead > model->horizon)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"ahead\" is beyond the horizon of the model"),
				 errdetail("It is %d, the model was trained for %d steps.", ahead, model->horizon),
				 errhint("Lower \"ahead\", or train for a longer horizon.")));
}

/* A copy of values. */
static double *
copy_values(const double *values, int64 length)
{
	double *copy = huge_array(length, 1, sizeof(double));

	memcpy(copy, values, sizeof(double) * length);
	return copy;
}

/* What is forecast of a series before anything is. */
static SeriesForecasts
begin_series(const GridSeries *grid)
{
	int64 length = grid->length;

	return (SeriesForecasts){.first = length,
							 .steps = huge_array(length, 1, sizeof(lf_watch_step)),
							 .changed = palloc_extended(length, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO),
							 .inside = palloc_extended(length, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO),
							 .counts = copy_values(grid->values, length),
							 .lasting = copy_values(grid->values, length),
							 .read = copy_values(grid->values, length)};
}

/* Bytes of that and of what is forecast; points: held-out errors. */
static Size
forecasts_bytes(const Panel *panel, int points)
{
	Size bytes = mul_size(sizeof(GridSeries) + sizeof(SeriesForecasts) +
							  sizeof(double) * Min(MOST_ERRORS, points) + sizeof(Size),
						  panel->count);

	for (int64 i = 0; i < panel->count; i++)
		bytes = add_size(
			bytes, mul_size(3 * sizeof(double) + sizeof(lf_watch_step) + 2 + sizeof(TestWindow),
							panel->series[i]->length));
	return bytes;
}

StepForecasts *
step_forecasts_make(const Model *model, const Panel *panel, int ahead)
{
	StepForecasts *forecasts = palloc0(sizeof(StepForecasts));
	MemoryAccount account = {
		.held = panel->bytes, .what = "looking for anomalies", .hint = MEMORY_HINT};
	MemoryContext caller;

	check_model(model, ahead);
	account_take(&account, forecasts_bytes(panel, model->calibration.points));
	forecasts->model = model;
	forecasts->panel = panel;
	forecasts->ahead = ahead;
	forecasts->counted = panel_shared(panel);
	forecasts->counted.bytes = account.held;
	forecasts->series = huge_array(panel->count, 1, sizeof(SeriesForecasts));
	for (int64 i = 0; i < panel->count; i++)
	{
		GridSeries *series = palloc(sizeof(GridSeries));

		check_interrupts();
		*series = *panel->series[i];
		forecasts->series[i] = begin_series(series);
		series->values = forecasts->series[i].lasting;
		forecasts->counted.series[i] = series;
	}
	forecasts->scratch = AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast anomaly round",
											   ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(forecasts->scratch);
	prepare_round(forecasts);
	for (int64 w = forecasts->test.window_count; w > 0; w--)
	{
		const TestWindow *window = &forecasts->test.windows[w - 1];

		forecasts->series[window->number].first = window->origin + ahead - 1;
	}
	for (int64 i = 0; i < panel->count; i++)
		forecasts->series[i].later = first_later(model, &forecasts->test.histories[i]);
	MemoryContextSwitchTo(caller);
	forecast_windows(forecasts, forecasts->test.windows, forecasts->test.window_count);
	return forecasts;
}

void
step_forecasts_count(StepForecasts *forecasts, int64 number, int64 step, double value, int lasting)
{
	SeriesForecasts *series = &forecasts->series[number];
	const double *actual = forecasts->panel->series[number]->values;

	series->counts[step] = series->lasting[step] = value;
	series->inside[step] = 0;
	for (int64 i = step - lasting; i < step; i++)
	{
		series->lasting[i] = actual[i];
		series->inside[i + 1] = 1;
	}
}

/* See which steps count for something else than what was read. */
static void
mark_changes(SeriesForecasts *series, int64 length)
{
	for (int64 i = 0; i < length; i++)
	{
		double most = SAME * Max(fabs(series->read[i]), fabs(series->lasting[i]));

		series->changed[i] = fabs(series->read[i] - series->lasting[i]) > most;
		series->read[i] = series->lasting[i];
	}
}

/* Of all windows those that read what changed, in their order, but for those inside of anomalies
 * that last. */
static int64
windows_that_read(const StepForecasts *forecasts, TestWindow *windows)
{
	const ModelTest *test = &forecasts->test;
	int64 reach = model_steps_read(forecasts->model);
	int64 count = 0;
	int64 looked = 0;
	int64 changed = -1; /* the latest step before the origin */

	for (int64 w = 0; w < test->window_count; w++)
	{
		const TestWindow *window = &test->windows[w];
		const SeriesForecasts *series = &forecasts->series[window->number];

		if (w % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (w == 0 || window->number != test->windows[w - 1].number)
		{
			looked = Max(0, window->origin - reach);
			changed = -1;
		}
		for (; looked < window->origin; looked++)
			if (series->changed[looked])
				changed = looked;
		if (changed >= 0 && changed >= window->origin - reach && !series->inside[window->origin])
			windows[count++] = *window;
	}
	return count;
}

/* These. */
static int64
windows_inside(const StepForecasts *forecasts, TestWindow *windows)
{
	const ModelTest *test = &forecasts->test;
	int64 count = 0;

	for (int64 w = 0; w < test->window_count; w++)
	{
		const TestWindow *window = &test->windows[w];

		if (w % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (forecasts->series[window->number].inside[window->origin])
			windows[count++] = *window;
	}
	return count;
}

/*
 * Forecast windows that are chosen once more, from what steps count for in the end, or while
 * anomalies may be over soon. Gives their number.
 */
static int64
forecast_chosen(StepForecasts *forecasts, bool inside)
{
	int64 (*choose)(const StepForecasts *, TestWindow *) =
		inside ? windows_inside : windows_that_read;
	MemoryContext caller;
	TestWindow *windows;
	int64 count;

	for (int64 i = 0; i < forecasts->panel->count; i++)
		forecasts->counted.series[i]->values =
			inside ? forecasts->series[i].counts : forecasts->series[i].lasting;
	MemoryContextReset(forecasts->scratch);
	caller = MemoryContextSwitchTo(forecasts->scratch);
	prepare_round(forecasts);
	windows = huge_array(Max(forecasts->test.window_count, 1), 1, sizeof(TestWindow));
	count = choose(forecasts, windows);
	MemoryContextSwitchTo(caller);
	if (count > 0)
		forecast_windows(forecasts, windows, count);
	return count;
}

/* Is any origin inside? */
static bool
any_inside(const StepForecasts *forecasts)
{
	for (int64 i = 0; i < forecasts->panel->count; i++)
	{
		check_interrupts();
		if (memchr(forecasts->series[i].inside, 1, forecasts->panel->series[i]->length) != NULL)
			return true;
	}
	return false;
}

bool
step_forecasts_again(StepForecasts *forecasts)
{
	int64 count;

	for (int64 i = 0; i < forecasts->panel->count; i++)
	{
		check_interrupts();
		mark_changes(&forecasts->series[i], forecasts->panel->series[i]->length);
	}
	count = forecast_chosen(forecasts, false);
	if (any_inside(forecasts))
		count += forecast_chosen(forecasts, true);
	return count > 0;
}
