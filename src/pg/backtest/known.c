/*
 * known.c
 *	  Series as they were known at an origin, and the naive forecasts from there.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/ensemble.h"
#include "rows/on_clock.h"
#include "model/holiday_effects.h"
#include "model/starts.h"
#include "backtest/backtest_private.h"

/* The last step with an observation before the origin; the first step is one. */
static int64
last_observed(const GridSeries *series, int64 origin)
{
	int64 last = origin - 1;

	while (last > 0 && !series_observed(series, last))
		last--;
	return last;
}

/* A copy of count values. */
static double *
copy_values(const double *values, int64 count)
{
	Size bytes = mul_size(sizeof(double), count);
	double *copy = palloc_extended(bytes, MCXT_ALLOC_HUGE);

	memcpy(copy, values, bytes);
	return copy;
}

void
backtest_hold_last(GridSeries *known, const GridSeries *series)
{
	int64 last = last_observed(series, known->length);
	double *values = unconstify(double *, known->values);

	for (int64 i = last + 1; i < known->length; i++)
		values[i] = values[last];
}

const double *
backtest_known_tail(const GridSeries *series, int64 origin, int64 count, const GlitchJudge *judge)
{
	int64 from = origin - count;
	int64 begin = judge == NULL ? from : Max(0, Min(from, origin - judge->reach));
	int64 last = last_observed(series, origin);
	GridSeries steps = *series;
	const GridSeries *judged = &steps;
	double *values;
	double held;

	steps.values += begin;
	steps.observed = series->observed == NULL ? NULL : series->observed + begin;
	steps.length = origin - begin;
	if (judge != NULL)
		judged = glitches_judged(judge, &steps);
	if (judged == &steps && last == origin - 1)
		return series->values + from;
	values = copy_values(judged->values + (from - begin), count);
	held = last >= begin ? judged->values[last - begin] : series->values[last];
	for (int64 i = Max(from, last + 1); i < origin; i++)
		values[i - from] = held;
	if (judged != &steps)
	{
		pfree(unconstify(double *, judged->values));
		pfree(judged->observed);
		pfree(unconstify(GridSeries *, judged));
	}
	return values;
}

GridSeries *
backtest_truncate(const GridSeries *series, int64 origin)
{
	GridSeries *known = palloc(sizeof(GridSeries));

	*known = *series;
	known->length = origin;
	known->missing = 0;
	for (int64 i = 0; i < origin; i++)
		known->missing += !series_observed(series, i);
	known->last_time = series_time(series, origin - 1);
	if (series->future == series->statics)
		known->covered = origin;
	if (!series_observed(series, origin - 1))
	{
		known->values = copy_values(series->values, origin);
		backtest_hold_last(known, series);
	}
	if (series->covariates != NULL)
	{
		Size size = mul_size(sizeof(float), known->covered * (series->past + series->future));

		/* training completes them by means of its own, which other folds must not meet */
		known->covariates = palloc_extended(size, MCXT_ALLOC_HUGE);
		memcpy(known->covariates, series->covariates, size);
	}
	return known;
}

lf_start
backtest_start(const Model *model, int64 number, const GridSeries *series, int64 known)
{
	lf_start_request request = starts_request(model);
	StartWork *work;
	lf_start start;

	if (number >= 0 && model->starts)
		return model->series[number].start;
	request.only |= starts_tell(model);
	work = start_work_begin(&request, model->options.pretrained != PRETRAINED_NONE, model->weights);
	start = start_work_choose(work, series->values, series->observed, known);
	start_work_end(work);
	return start;
}

/* What the season and the start of a case say where the clock rules: known values are laid on it.
 */
static void
forecast_by_clock(const BacktestCase *tested, const ClockWindow *window, StartWork *work,
				  const double *known, const double *as_read, int season, double *seasonal_naive,
				  double *start)
{
	int reach = (int) clock_window_reach(window, tested->horizon);
	double *laid = clock_values(window, known);
	double *laid_as_read = as_read == known ? laid : clock_values(window, as_read);
	double *forecasts = huge_array(2, reach, sizeof(double));

	lf_naive_forecast(laid, window->known, (int) Min(season, window->known), reach, forecasts);
	start_work_forecast(work, &tested->start, laid_as_read, window->known, reach,
						forecasts + reach);
	for (int k = 0; k < tested->horizon; k++)
	{
		int64 place = clock_window_number(window, k + 1) - 1;

		seasonal_naive[k] = forecasts[place];
		start[k] = forecasts[reach + place];
	}
	pfree(forecasts);
	pfree(laid);
}

/*
 * What the season and the start of a case say, from so many known values on: by the clock, where
 * that rules.
 */
static void
forecast_simply(const BacktestCase *tested, const double *known, const double *as_read, int64 read,
				int season, double *seasonal_naive, double *start)
{
	TimestampTz first = series_time(tested->series, tested->origin - read);
	ClockWindow window =
		clock_window(tested->wall_clock, &tested->series->frequency, first, read, tested->horizon);
	int reach = (int) clock_window_reach(&window, tested->horizon);
	lf_start_request request = {.season = tested->season,
								.second = tested->start.second,
								.horizon = Max(reach, tested->horizon),
								.mean = tested->start.mean,
								.together = 1};
	StartWork *work = start_work_begin(&request, start_pretrained(&tested->start), tested->weights);

	if (wall_clock_differs(&window.clock))
		forecast_by_clock(tested, &window, work, known, as_read, season, seasonal_naive, start);
	else
	{
		lf_naive_forecast(known, read, season, tested->horizon, seasonal_naive);
		start_work_forecast(work, &tested->start, as_read, read, tested->horizon, start);
	}
	start_work_end(work);
}

/* The latest steps that the start of a case reads, and the seasonal naive forecast. */
static int64
start_steps(const BacktestCase *tested)
{
	int64 steps = Max(tested->season, lf_start_memory(tested->season));

	return start_pretrained(&tested->start)
			   ? Max(steps, lf_universal_memory(tested->season, tested->start.second))
			   : steps;
}

/* The known steps of a case, as its start reads them. */
static HolidaySeries
known_series(const BacktestCase *tested)
{
	const GridSeries *series = tested->series;
	int64 first = tested->origin - tested->known_count;

	return (HolidaySeries){.list = tested->holidays,
						   .frequency = &series->frequency,
						   .first_time = series_time(series, first),
						   .length = tested->known_count,
						   .values = tested->known,
						   .observed = series->observed == NULL ? NULL : series->observed + first,
						   .difference = tested->holiday_difference};
}

void
backtest_deliver(BacktestCase *tested, const BacktestRequest *request)
{
	int64 more = wall_clock_more(tested->wall_clock, &tested->series->frequency);
	int64 read = Min(start_steps(tested) + more, tested->known_count);
	const double *known = tested->known + (tested->known_count - read);
	int season = (int) Min(tested->season, read);
	double *forecasts = huge_array(3, tested->horizon, sizeof(double));
	double *naive = forecasts;
	double *seasonal_naive = naive + tested->horizon;
	double *start = seasonal_naive + tested->horizon;

	lf_naive_forecast(known, read, 1, tested->horizon, naive);
	if (tested->holidays == NULL)
		forecast_simply(tested, known, known, read, season, seasonal_naive, start);
	else
	{
		HolidaySeries series = known_series(tested);
		const double *as_read = holiday_values(&series) + (tested->known_count - read);
		double *factors = holiday_factors(&series, tested->known_count, tested->horizon);

		forecast_simply(tested, known, as_read, read, season, seasonal_naive, start);
		for (int k = 0; factors != NULL && k < tested->horizon; k++)
			start[k] *= factors[k];
	}
	tested->naive = naive;
	tested->seasonal_naive = seasonal_naive;
	tested->start_forecast = start;
	request->sink(request->context, tested);
	pfree(forecasts);
}

Size
backtest_truncate_bytes(const GridSeries *series)
{
	Size width = (Size) series->past + series->future;
	Size values = series->observed == NULL ? 0 : mul_size(sizeof(double), series->length);

	return add_size(sizeof(GridSeries) + sizeof(GridSeries *) + sizeof(int64),
					add_size(values, mul_size(sizeof(float) * width, series->covered)));
}
