/*
 * importance.c
 *	  How much a trained model's forecasts owe to each of its drivers, by permutation.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "model/covariates.h"
#include "backtest/importance.h"
#include "backtest/importance_windows.h"
#include "backtest/test_portion.h"

#define PERMUTATION_STREAM 0xd0e5 /* of random numbers, and the following ones */
#define MEMORY_HINT "Give fewer rows or series, or ask for fewer \"windows\"."

/* Channels of the networks that are permuted together. */
typedef struct Component
{
	int first; /* of the covariates' channels */
	int count;
} Component;

/* What all passes over the windows share. */
typedef struct Measure
{
	ModelTest *test;
	int64 portion;        /* windows at a time */
	int channels;         /* of the covariates */
	int64 reach;          /* steps before an origin that networks read */
	int64 ahead;          /* after it */
	SeriesStart *silent;  /* starts without a share: they read no drivers, and are asked once */
	double *starts;       /* (windows, horizon) what they say; NULL: they have no share */
	MemoryContext memory; /* of a portion */
	bool scaled;
} Measure;

/* Absolute errors, summed. */
typedef struct ErrorSum
{
	double sum;
	int64 count;
} ErrorSum;

/* The model's drivers; drivers may be NULL. Gives how many there are. */
static int
list_drivers(const Model *model, DriverImportance *drivers)
{
	const ModelCovariates *covariates = &model->covariates;
	int width = covariates->past + covariates->future;
	int calendar = covariates_calendar(covariates, &model->frequency) > 0;
	int count = width + calendar + (covariates_holidays(covariates, &model->frequency) > 0);

	for (int i = 0; drivers != NULL && i < count; i++)
	{
		bool past = i < covariates->past;

		drivers[i].kind = i >= width                         ? DRIVER_CALENDAR
						  : past                             ? DRIVER_PAST
						  : i >= width - covariates->statics ? DRIVER_STATIC
															 : DRIVER_FUTURE;
		if (i >= width)
			drivers[i].name = i < width + calendar ? "calendar" : "holidays";
		else if (covariates->names != NULL)
			drivers[i].name = covariates->names[i];
		else
			drivers[i].name =
				psprintf(past ? "past %d" : "future %d", past ? i + 1 : i + 1 - covariates->past);
	}
	return count;
}

void
importance_check(const Model *model)
{
	if (list_drivers(model, NULL) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the model has no drivers whose importance could be measured"),
						errdetail("It forecasts a series by its own past alone."),
						errhint("Train with \"past_columns\", \"future_columns\" or the option "
								"\"calendar\" or \"holidays\".")));
	if (model->member_count == 0 && !model_has_effects(model))
		ereport(NOTICE, (errmsg("the model reads no drivers"),
						 errdetail("It has no networks, and statistical forecasts go by the past "
								   "of a series alone.")));
}

/* The channels of a driver by its number; those of the calendar and of holidays are the last. */
static Component
component_of(const Measure *measure, int number)
{
	const Model *model = measure->test->model;
	const ModelCovariates *covariates = &model->covariates;
	int width = covariates->past + covariates->future;
	int own = covariates_first_channel(covariates, Min(number, width));
	int calendar = covariates_calendar(covariates, &model->frequency);

	if (number < width)
		return (Component){.first = own, .count = covariates_own_channels(covariates, number)};
	if (number == width && calendar > 0)
		return (Component){.first = own, .count = calendar};
	return (Component){.first = own + calendar, .count = measure->channels - own - calendar};
}

/*
 * The rows that networks read of a window, with a component's from another window: (rows,
 * channels), in CurrentMemoryContext. from: the first row, of the window's series. Where the other
 * window has no row, as its series begins or ends there, it has the nearest.
 */
static float *
exchanged_rows(const Measure *measure, const lf_series *series, int64 origin, int64 from,
			   int64 rows, const TestWindow *donor, const Component *component)
{
	const ModelTest *test = measure->test;
	const lf_series *other = &test->series[donor->number];
	int64 other_origin = origin_window(test, donor->number, donor->origin).known;
	int channels = measure->channels;
	float *copy = huge_array(rows, channels, sizeof(float));

	memcpy(copy, series->covariates + from * channels, sizeof(float) * channels * rows);
	for (int64 i = 0; i < rows; i++)
	{
		int64 row = Max(0, Min(other_origin + (from + i - origin), other->covered - 1));

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		memcpy(copy + i * channels + component->first,
			   other->covariates + row * channels + component->first,
			   sizeof(float) * component->count);
	}
	return copy;
}

/* Let each window of a portion have a component's rows of its donor, in a series of its own. */
static void
exchange(const Measure *measure, TestPortion *portion, const int64 *donors,
		 const Component *component)
{
	const ModelTest *test = measure->test;

	for (int64 w = 0; w < portion->count; w++)
	{
		lf_window *located = &portion->located[w];
		lf_series own = portion->series[located->series];
		int64 from = Max(0, located->origin - measure->reach);
		int64 rows = Min(own.covered, located->origin + measure->ahead) - from;

		check_interrupts();
		own.covariates = exchanged_rows(measure, &own, located->origin, from, rows,
										&test->windows[donors[w]], component);
		own.values += from;
		if (own.observed != NULL)
			own.observed += from;
		own.length = located->origin - from;
		own.covered = rows;
		if (located->series < test->panel->count)
			located->series = portion->series_count++;
		located->origin = own.length;
		portion->series[located->series] = own;
	}
}

/* Add the errors of a window over its observed steps; forecast: what the networks say, and not read
 * where the starts have all of it. */
static void
add_errors(const Measure *measure, int64 number, const double *forecast, const double *factors,
		   ErrorSum *sum)
{
	const ModelTest *test = measure->test;
	const Model *model = test->model;
	const TestWindow *window = &test->windows[number];
	const GridSeries *series = test->scored->series[window->number];
	double share = test->starts[window->number].share;
	double scale = measure->scaled ? test->scales[window->number] : 1;
	int *places;

	if (!isfinite(scale))
		return;
	places = test_places(test, window);
	for (int k = 0; k < test->horizon; k++)
	{
		double value = forecast[places[k]];

		if (!series_observed(series, window->origin + k))
			continue;
		if (measure->starts != NULL)
			value = predict_limited(
				model,
				predict_mixed(share, measure->starts[number * model->horizon + places[k]], value));
		if (factors != NULL)
			value = predict_restored(model, value, factors[k]);
		sum->sum += fabs(series->values[window->origin + k] - value) / scale;
		sum->count++;
	}
	pfree(places);
}

/* Are a component's channels those of holidays, whose effects come to forecasts besides? */
static bool
is_holidays(const Measure *measure, const Component *component)
{
	const Model *model = measure->test->model;
	int holidays = covariates_holidays(&model->covariates, &model->frequency);

	return holidays > 0 && component->first == measure->channels - holidays;
}

/*
 * Forecast all windows and give the mean error; NaN where no step was observed. component: what is
 * permuted, by the donor of each window; NULL: nothing.
 */
static double
mean_error(const Measure *measure, const int64 *donors, const Component *component)
{
	const ModelTest *test = measure->test;
	int64 horizon = test->model->horizon;
	bool holidays = component != NULL && is_holidays(measure, component);
	ErrorSum sum = {0};

	for (int64 done = 0; done < test->window_count; done += measure->portion)
	{
		int64 count = Min(measure->portion, test->window_count - done);
		MemoryContext caller = MemoryContextSwitchTo(measure->memory);
		double *forecasts = huge_array(count, horizon, sizeof(double));
		TestPortion portion = test_portion(test, test->windows + done, count);

		if (component != NULL)
			exchange(measure, &portion, donors + done, component);
		if (test->model->member_count > 0)
			test_forecast(test, &portion, measure->silent,
						  &(TestForecasts){.forecasts = forecasts});
		for (int64 w = 0; w < count; w++)
		{
			int64 donor = holidays ? donors[done + w] : done + w;

			check_interrupts();
			add_errors(measure, done + w, forecasts + w * horizon,
					   test_factors(test, &test->windows[donor]), &sum);
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(measure->memory);
	}
	return sum.count > 0 ? sum.sum / (double) sum.count : NAN;
}

/* Room for what the starts say, where they have a share. */
static void
make_room(Measure *measure)
{
	ModelTest *test = measure->test;
	int64 horizon = test->model->horizon;
	bool any = false;

	account_take(&test->account, mul_size(sizeof(SeriesStart), test->panel->count));
	measure->silent = huge_array(test->panel->count, 1, sizeof(SeriesStart));
	for (int64 i = 0; i < test->panel->count; i++)
	{
		measure->silent[i] = test->starts[i];
		any |= test->starts[i].share > 0;
	}
	if (!any)
		return;
	account_take(&test->account, mul_size(sizeof(double) * horizon, test->window_count));
	measure->starts = huge_array(test->window_count, horizon, sizeof(double));
}

/* Let the starts say once, and alone, what they do; afterwards they are silent. */
static void
ask_starts(Measure *measure)
{
	ModelTest *test = measure->test;

	for (int64 i = 0; i < test->panel->count; i++)
		measure->silent[i].share = test->starts[i].share > 0 ? 1 : 0;
	for (int64 done = 0; measure->starts != NULL && done < test->window_count;
		 done += measure->portion)
	{
		int64 count = Min(measure->portion, test->window_count - done);
		MemoryContext caller = MemoryContextSwitchTo(measure->memory);
		TestPortion portion = test_portion(test, test->windows + done, count);

		test_forecast(test, &portion, measure->silent,
					  &(TestForecasts){.forecasts = measure->starts + done * test->model->horizon});
		MemoryContextSwitchTo(caller);
		MemoryContextReset(measure->memory);
	}
	for (int64 i = 0; i < test->panel->count; i++)
		measure->silent[i].share = 0;
}

/* Bytes of a window's own rows. */
static Size
own_bytes(const Measure *measure)
{
	return mul_size(sizeof(float) * measure->channels, (Size) (measure->reach + measure->ahead));
}

/* Each window's donor: all in one ring by chance, so that none is its own. (windows) */
static void
choose_donors(int64 count, int64 seed, int repeat, int64 *order, int64 *donors)
{
	lf_random random = lf_random_seed((uint64) seed, PERMUTATION_STREAM + (uint64) repeat);

	for (int64 i = 0; i < count; i++)
		order[i] = i;
	for (int64 i = count - 1; i > 0; i--)
	{
		int64 other = (int64) lf_random_below(&random, (uint64) i + 1);
		int64 kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
	for (int64 i = 0; i < count; i++)
		donors[order[i]] = order[(i + 1) % count];
}

/* Fill in what each driver's permutations did to the error. */
static void
permute_all(const Measure *measure, const ImportanceRequest *request, Importances *result)
{
	int64 count = measure->test->window_count;
	int64 *donors = huge_array(2, count, sizeof(int64));
	double *squares = palloc0(sizeof(double) * result->count);

	for (int repeat = 0; repeat < request->repeats; repeat++)
	{
		choose_donors(count, request->seed, repeat, donors + count, donors);
		for (int i = 0; i < result->count; i++)
		{
			DriverImportance *driver = &result->drivers[i];
			Component component = component_of(measure, i);
			double error =
				measure->test->model->member_count == 0 && !is_holidays(measure, &component)
					? result->error
					: mean_error(measure, donors, &component);
			double away = error - driver->permuted; /* Welford 1962 */

			driver->permuted += away / (repeat + 1);
			squares[i] += away * (error - driver->permuted);
		}
	}
	for (int i = 0; i < result->count; i++)
	{
		DriverImportance *driver = &result->drivers[i];
		double importance = driver->permuted / result->error - 1;
		double deviation = sqrt(squares[i] / (request->repeats - 1)) / result->error;

		driver->importance = isfinite(importance) ? importance : NAN;
		driver->deviation = isfinite(deviation) ? deviation : NAN;
	}
	pfree(squares);
	pfree(donors);
}

/* The most important first; those without a number last, the others of equals as they were. */
static void
sort_drivers(DriverImportance *drivers, int count)
{
	for (int i = 1; i < count; i++)
	{
		DriverImportance driver = drivers[i];
		int place = i;

		for (; place > 0 && (drivers[place - 1].importance < driver.importance ||
							 (isnan(drivers[place - 1].importance) && !isnan(driver.importance)));
			 place--)
			drivers[place] = drivers[place - 1];
		drivers[place] = driver;
	}
}

/* Are errors to be scaled: are there several series, and scales? */
static bool
wants_scales(const ModelTest *test)
{
	bool any = false;

	for (int64 i = 0; i < test->window_count; i++)
		any |= isfinite(test->scales[test->windows[i].number]);
	return any && test->panel->count > 1;
}

/* As many windows at a time as are usual, or as memory is left for. Raises 54000 where that is not
 * enough for one. */
static void
choose_portion(Measure *measure)
{
	ModelTest *test = measure->test;
	int64 portion =
		test_portion_windows(test, (measure->reach + measure->ahead) * measure->channels);

	portion = test_portion_within(test, Min(portion, test->window_count), own_bytes(measure));
	account_take(&test->account, add_size(test_portion_bytes(test, portion),
										  mul_size(own_bytes(measure), portion)));
	measure->portion = portion;
}

static Measure
prepare_measure(ModelTest *test)
{
	const Model *model = test->model;
	Measure measure = {
		.test = test,
		.channels = covariates_channels(&model->covariates, &model->frequency),
		.reach = model_longest_lookback(model),
		.ahead = model->horizon + wall_clock_more(model->wall_clock, &model->frequency),
		.memory = AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast importance portion",
										ALLOCSET_DEFAULT_SIZES)};

	prepare_test(test);
	account_take(&test->account, mul_size(2 * sizeof(int64), test->window_count));
	make_room(&measure);
	choose_portion(&measure);
	measure.scaled = wants_scales(test);
	ask_starts(&measure);
	return measure;
}

Importances
importance_measure(const Model *model, const Panel *panel, const ImportanceRequest *request)
{
	Panel scored = panel_shared(panel);
	BacktestRequest unneeded = {0};
	OriginSample sample = origin_sample(model, panel, request);
	ModelTest test = {.model = model,
					  .panel = panel,
					  .scored = &scored,
					  .request = &unneeded,
					  .horizon = model->horizon,
					  .panel_spread = NAN,
					  .choose = sample_origins,
					  .chooser = &sample,
					  .account = {.what = "measuring importance", .hint = MEMORY_HINT}};
	Importances result = {.held_out = sample.held_out, .count = list_drivers(model, NULL)};
	Measure measure;

	history_glitches(model, &scored);
	test.account.held = scored.bytes;
	result.drivers = palloc0(sizeof(DriverImportance) * result.count);
	(void) list_drivers(model, result.drivers);
	measure = prepare_measure(&test);
	result.windows = test.window_count;
	result.scaled = measure.scaled;
	result.error = mean_error(&measure, NULL, NULL);
	permute_all(&measure, request, &result);
	sort_drivers(result.drivers, result.count);
	MemoryContextDelete(measure.memory);
	return result;
}
