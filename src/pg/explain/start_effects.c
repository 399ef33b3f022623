/*
 * start_effects.c
 *	  Effects of parts on what the start of a series says.
 *
 * A start is no network, and may read its values in any way. So the values themselves go the path,
 * from the mean of their last season. What the seasonal naive forecast would be at a point is taken
 * off there, and its true one added: it is what the forecast begins from, and no effect.
 */
#include "postgres.h"

#include "core/ensemble.h"
#include "base/interrupts.h"
#include "base/memory.h"
#include "explain/effects.h"

Size
start_effects_bytes(int horizon, int64 length, int64 points)
{
	Size bytes = mul_size(sizeof(double) * LF_START_TOGETHER, length);

	return add_size(bytes, mul_size(sizeof(double), mul_size(points, horizon)));
}

/* The mean of the last season. */
static double
season_level(const lf_series *series, int season)
{
	int64 steps = Min(season, series->length);
	double mean = 0;

	for (int64 i = 0; i < steps; i++)
		mean += (series->values[series->length - 1 - i] - mean) / (double) (i + 1);
	return mean;
}

/* The values of a series at a point of the path. */
static void
values_at(const lf_series *series, double level, const lf_attribution *attribution, int64 point,
		  double *values)
{
	check_interrupts();
	for (int64 i = 0; i < series->length; i++)
	{
		int64 age = Min(series->length - i, attribution->reach);
		double share = lf_attribution_share(attribution, point, attribution->ages[age - 1]);

		values[i] = share == 1 ? series->values[i] : level + share * (series->values[i] - level);
	}
}

/* A round of points: where their values are, and which series these are. */
typedef struct Round
{
	double *values[LF_START_TOGETHER]; /* of (length) */
	StartSeries series[LF_START_TOGETHER];
	double *naive; /* (H) */
} Round;

static Round *
create_round(const lf_start *start, int64 length, int horizon)
{
	Round *round = palloc(sizeof(Round));

	for (int i = 0; i < LF_START_TOGETHER; i++)
	{
		round->values[i] = huge_array(length, 1, sizeof(double));
		round->series[i] =
			(StartSeries){.start = start, .values = round->values[i], .length = length};
	}
	round->naive = huge_array(horizon, 1, sizeof(double));
	return round;
}

void
start_effects(StartWork *work, const lf_start *start, const lf_series *series,
			  const lf_attribution *attribution, Effects *effects)
{
	Scratch scratch = scratch_enter("lstm_forecast start's effects");
	int horizon = work->request.horizon;
	int season = work->request.season;
	int64 points = lf_attribution_points(attribution);
	double level = season_level(series, season);
	double *forecasts = huge_array(points, horizon, sizeof(double));
	Round *round = create_round(start, series->length, horizon);

	lf_naive_forecast(series->values, series->length, season, horizon, effects->naive);
	for (int64 done = 0; done < points; done += LF_START_TOGETHER)
	{
		int count = (int) Min(LF_START_TOGETHER, points - done);
		double *answers = forecasts + done * horizon;

		for (int i = 0; i < count; i++)
			values_at(series, level, attribution, done + i, round->values[i]);
		start_work_forecast_several(work, round->series, count, horizon, 0, NULL, answers, NULL);
		for (int i = 0; i < count; i++)
		{
			lf_naive_forecast(round->values[i], series->length, season, horizon, round->naive);
			for (int k = 0; k < horizon; k++)
				answers[(int64) i * horizon + k] += effects->naive[k] - round->naive[k];
		}
	}
	memcpy(effects->neutral, forecasts, sizeof(double) * horizon);
	memcpy(effects->forecast, forecasts + (points - 1) * horizon, sizeof(double) * horizon);
	lf_attribution_effects(attribution, forecasts, horizon, effects->parts);
	scratch_leave(&scratch);
}
