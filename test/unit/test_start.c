/*
 * test_start.c
 *	  Starts: what each method forecasts, which is chosen, and histories of any kind.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "core/scaling.h"
#include "core/start.h"

#define LENGTH 600
#define HORIZON 48

static double forecast[HORIZON];

/* Forecast with a start, in scratch of exactly the size that is asked for. */
static void
forecast_start(const lf_start *start, const double *values, int length, int horizon)
{
	lf_start_request request = {.season = start->season, .horizon = horizon};
	double *scratch = malloc(sizeof(double) * lf_start_scratch(&request));

	lf_start_forecast(start, NULL, values, length, horizon, scratch, forecast);
	free(scratch);
}

/* Choose a start. */
static lf_start
choose(const lf_start_request *request, const double *values, const uint8_t *observed, int length)
{
	double *scratch = malloc(sizeof(double) * lf_start_scratch(request));
	lf_start start;

	lf_start_choose(request, values, observed, length, scratch, &start);
	free(scratch);
	return start;
}

/* Choose a start, and forecast with it. */
static lf_start
choose_and_forecast(int season, int horizon, bool mean, const double *values, int length)
{
	lf_start_request request = {.season = season, .horizon = horizon, .mean = mean};
	lf_start start = choose(&request, values, NULL, length);

	forecast_start(&start, values, length, horizon);
	return start;
}

/* A start of one method. */
static lf_start
single(lf_start_method method, lf_transform transform, int season, bool mean)
{
	return (lf_start){.count = 1,
					  .season = season,
					  .mean = mean,
					  .parts = {{.method = method,
								 .transform = transform,
								 .season = season,
								 .weight = 1,
								 .parameters = {0.3, 0.1, 0.1, 1}}}};
}

/* The largest distance of the forecast from wanted values, relative to the largest of these. */
static double
distance(const double *wanted, int horizon)
{
	double most = 0;
	double size = 0;

	for (int k = 0; k < horizon; k++)
	{
		size = fmax(size, fabs(wanted[k]));
		most = isfinite(forecast[k]) ? fmax(most, fabs(forecast[k] - wanted[k])) : INFINITY;
	}
	return most / size;
}

static double
mean_distance(const double *wanted, int horizon)
{
	double sum = 0;

	for (int k = 0; k < horizon; k++)
		sum += fabs(forecast[k] - wanted[k]);
	return sum / horizon;
}

/* Closed forms of the methods that repeat. */
static void
test_repeating(void)
{
	double values[LENGTH];
	double wanted[HORIZON];
	lf_start start;

	for (int t = 0; t < LENGTH; t++)
		values[t] = 5 + 0.5 * t;

	start = single(LF_START_LAST, LF_TRANSFORM_NONE, 1, false);
	forecast_start(&start, values, 40, 3);
	check(forecast[0] == values[39] && forecast[2] == values[39], "the last value goes on");

	start = single(LF_START_MEAN, LF_TRANSFORM_NONE, 1, true);
	forecast_start(&start, values, 41, 2);
	check(forecast[0] == values[20] && forecast[1] == values[20],
		  "the mean of a line is its middle");
	forecast_start(&start, values, LENGTH, 1);
	check(forecast[0] == 5 + 0.5 * (LENGTH - (lf_start_memory(1) + 1) / 2.0),
		  "only what is kept is read");

	start = single(LF_START_DRIFT, LF_TRANSFORM_NONE, 1, false);
	forecast_start(&start, values, 40, HORIZON);
	check(distance(values + 40, HORIZON) < 1e-14, "the drift of a line is the line");

	for (int t = 0; t < LENGTH; t++)
		values[t] = (t * 7 % 12) - 4 + t / 12;
	start = single(LF_START_SEASON, LF_TRANSFORM_NONE, 12, false);
	forecast_start(&start, values, 40, 30);
	for (int k = 0; k < 30; k++)
		wanted[k] = values[28 + k % 12];
	check(distance(wanted, 30) == 0, "the last season goes on");

	start = single(LF_START_SEASON_DRIFT, LF_TRANSFORM_NONE, 12, false);
	forecast_start(&start, values, 40, 30);
	check(distance(values + 40, 30) < 1e-14, "so do the last season and its drift");

	start = single(LF_START_SEASON_MEAN, LF_TRANSFORM_NONE, 12, false);
	forecast_start(&start, values, 60, 30);
	for (int k = 0; k < 30; k++)
		wanted[k] = values[48 + k % 12] - 1.5; /* of the last four, each 1 above the one before */
	check(distance(wanted, 30) < 1e-14, "the mean of the last four seasons");

	for (int t = 0; t < 40; t++)
		values[t] = t % 2 == 0 ? 10 : 20;
	values[39] = 23;
	start = single(LF_START_RETURN, LF_TRANSFORM_NONE, 1, false);
	start.parts[0].parameters[LF_START_DAMPING] = 0.5;
	forecast_start(&start, values, 40, 3);
	check(fabs(forecast[0] - 19) < 1e-12 && fabs(forecast[2] - 16) < 1e-12,
		  "half of the way to the mean is gone in a step");

	/* three pieces at every second step, and then none: 0.25 at first, 0.64 r + 0.16 each two steps
	 * ten times, and 0.8 r twenty times */
	for (int t = 0; t < 40; t++)
		values[t] = t < 20 && t % 2 == 0 ? 3 : 0;
	start = single(LF_START_RATE, LF_TRANSFORM_NONE, 1, true);
	start.parts[0].parameters[LF_START_LEVEL] = 0.2;
	forecast_start(&start, values, 40, 3);
	check(fabs(forecast[0] - 3 * 0.0050983) < 1e-6 && forecast[2] == forecast[0],
		  "what is sold no more is forgotten step by step");

	for (int t = 0; t < LENGTH; t++)
		values[t] = exp(0.02 * t + (t % 4));
	start = single(LF_START_SEASON_DRIFT, LF_TRANSFORM_LOG, 4, false);
	forecast_start(&start, values, 60, 30);
	check(distance(values + 60, 30) < 1e-12, "in logarithms the drift is a rate");
}

/* Smoothing goes on with a trend and a season without noise. */
static void
test_smoothing(void)
{
	double values[LENGTH];
	lf_start start;

	for (int length = 24; length <= 60; length += 6)
	{
		for (int t = 0; t < LENGTH; t++)
			values[t] = 50 + 0.7 * t + 9 * sin(t * 0.5235987755982988);
		start = single(LF_START_SMOOTHING, LF_TRANSFORM_NONE, 12, false);
		forecast_start(&start, values, length, 18);
		check(distance(values + length, 18) < 0.01, "trend and season without noise, %d", length);

		for (int t = 0; t < LENGTH; t++)
			values[t] = (100 + 2 * t) * (1 + 0.2 * sin(t * 0.5235987755982988));
		start = single(LF_START_PRODUCT, LF_TRANSFORM_NONE, 12, false);
		forecast_start(&start, values, length, 18);
		check(distance(values + length, 18) < 0.02, "a season in proportion, %d", length);

		for (int t = 0; t < LENGTH; t++)
			values[t] = pow(1.12, t % 100);
		start = single(LF_START_SMOOTHING, LF_TRANSFORM_LOG, 1, false);
		forecast_start(&start, values, length, 18);
		check(distance(values + length, 18) < 0.01, "growth by a rate, %d", length);
	}

	start = single(LF_START_SMOOTHING, LF_TRANSFORM_NONE, 1, false);
	start.parts[0].parameters[LF_START_DAMPING] = 0;
	for (int t = 0; t < 20; t++)
		values[t] = t < 19 ? 10 : 20;
	forecast_start(&start, values, 20, 5);
	check(fabs(forecast[0] - 13) < 1e-12 && forecast[4] == forecast[0],
		  "a level takes its part of the last error");

	start.parts[0].parameters[LF_START_DAMPING] = 0.9;
	for (int t = 0; t < 200; t++)
		values[t] = t;
	forecast_start(&start, values, 200, HORIZON);
	check(forecast[1] - forecast[0] > 0 && forecast[47] - forecast[46] < 0.1,
		  "a damped trend flattens");
}

/* What is chosen for a series that shows what it is, for every seed. */
static void
test_choice(void)
{
	double values[LENGTH];
	double truth[LENGTH];
	double worst_line = 0, worst_season = 0, worst_growth = 0, worst_flat = 0;
	double walk = 0, walk_last = 0;

	for (int seed = 1; seed <= 20; seed++)
	{
		lf_random random;
		double noise;

		random = lf_random_seed(seed, 0);
		for (int t = 0; t < 60; t++)
		{
			truth[t] = 100 + 2 * t;
			values[t] = truth[t] * (1 + 0.02 * lf_random_normal(&random));
		}
		choose_and_forecast(12, 12, false, values, 40);
		worst_line = fmax(worst_line, mean_distance(truth + 40, 12) / 13); /* of the last value */
		for (int t = 0; t < 60; t++)
		{
			truth[t] *= 1 + 0.2 * sin(t * 0.5235987755982988 + seed);
			values[t] *= 1 + 0.2 * sin(t * 0.5235987755982988 + seed);
		}
		choose_and_forecast(12, 18, false, values, 42);
		worst_season = fmax(worst_season, mean_distance(truth + 42, 12) / 24); /* of last year */
		for (int t = 0; t < 60; t++)
		{
			truth[t] = 100 * pow(1.12, t);
			values[t] = truth[t] * exp(0.03 * lf_random_normal(&random));
		}
		choose_and_forecast(1, 12, false, values, 30);
		for (int k = 0; k < 12; k++)
			worst_growth = fmax(worst_growth, fabs(forecast[k] / truth[30 + k] - 1));
		for (int t = 0; t < 90; t++)
			values[t] = 1000 + lf_random_normal(&random);
		choose_and_forecast(12, 12, false, values, 60);
		worst_flat = fmax(worst_flat, fmax(fabs(forecast[0] - 1000), fabs(forecast[11] - 1000)));
		values[0] = 0;
		for (int t = 1; t < 212; t++)
		{
			noise = lf_random_normal(&random);
			values[t] = values[t - 1] + noise;
		}
		choose_and_forecast(7, 12, false, values, 200);
		walk += mean_distance(values + 200, 12);
		for (int k = 0; k < 12; k++)
			walk_last += fabs(values[200 + k] - values[199]) / 12;
	}
	check(worst_line < 0.5, "a line under noise is followed (%.2f of the last value's error)",
		  worst_line);
	check(worst_season < 0.35, "so are trend and season (%.2f of last year's)", worst_season);
	check(worst_growth < 0.4, "and growth of 12 %% a month (%.2f)", worst_growth);
	check(worst_flat < 1.5, "noise around a level stays there (%.2f)", worst_flat);
	check(walk < 1.05 * walk_last, "a random walk's last value goes on (%.3f)", walk / walk_last);
}

/* What leaves a level and comes back: noise with a memory, a thermostat that ramps, two states. */
static void
test_returning(void)
{
	double values[LENGTH];
	double memory = 0, memory_last = 0;
	double ramp = 0, ramp_last = 0;
	double duty = 0, duty_mean = 0;

	for (int seed = 1; seed <= 20; seed++)
	{
		lf_random random = lf_random_seed(seed, 0);
		bool heats = false;

		values[0] = 50;
		for (int t = 1; t < LENGTH; t++)
			values[t] = 50 + 0.9 * (values[t - 1] - 50) + lf_random_normal(&random);
		choose_and_forecast(1, 48, false, values, 500);
		memory += mean_distance(values + 500, 48);
		for (int k = 0; k < 48; k++)
			memory_last += fabs(values[500 + k] - values[499]) / 48;

		values[0] = 20 + 1.5 * lf_random_uniform(&random);
		for (int t = 1; t < LENGTH; t++)
		{
			heats = values[t - 1] < 20 || (heats && values[t - 1] < 21.5);
			values[t] =
				values[t - 1] + (heats ? 0.5 : -0.12) * (0.7 + 0.6 * lf_random_uniform(&random));
		}
		choose_and_forecast(1, 48, false, values, 500);
		ramp += mean_distance(values + 500, 48);
		for (int k = 0; k < 48; k++)
			ramp_last += fabs(values[500 + k] - values[499]) / 48;

		/* on for a few steps of many */
		for (int t = 0, left = 0, on = 1; t < LENGTH; t++, left--)
		{
			if (left == 0)
			{
				on = !on;
				left = 1 + (int) lf_random_below(&random, on ? 3 : 17);
			}
			values[t] = on ? 1500 : 0;
		}
		choose_and_forecast(1, 48, false, values, 500);
		duty += mean_distance(values + 500, 48);
		for (int k = 0; k < 48; k++)
			duty_mean += fabs(values[500 + k] - 250) / 48;
	}
	check(memory < 0.85 * memory_last, "noise with a memory comes back (%.2f of the last value's)",
		  memory / memory_last);
	check(ramp < 0.85 * ramp_last, "a thermostat that ramps, too (%.2f)", ramp / ramp_last);
	check(duty < duty_mean, "a machine that is seldom on is off (%.2f of the mean's)",
		  duty / duty_mean);
}

/* Spikes, a meter that was set to 0, and what was filled. */
static void
test_disturbances(void)
{
	double values[LENGTH];
	double worst = 0;
	uint8_t observed[LENGTH];
	lf_start_request request = {.season = 1, .horizon = 12};
	lf_start start;
	lf_random random;

	for (int seed = 1; seed <= 10; seed++)
		for (int back = 2; back <= 30; back += 4)
		{
			random = lf_random_seed(seed, 0);
			for (int t = 0; t < 60; t++)
				values[t] = 11 + lf_random_normal(&random) / 2;
			values[60 - back] = 50;
			choose_and_forecast(12, 18, false, values, 60);
			for (int k = 0; k < 18; k++)
				worst = fmax(worst, fabs(forecast[k] - 11));
		}
	check(worst < 1, "one spike among sixty values moves no forecast (%.2f)", worst);

	for (int t = 0; t < LENGTH; t++)
		values[t] = t < 400 ? 9000 + 3.0 * t : 3.0 * (t - 400);
	choose_and_forecast(24, 48, false, values, LENGTH);
	check(fabs(forecast[0] - 600) < 1e-9 && fabs(forecast[47] - 741) < 1e-9,
		  "a meter counts on from where it was set to 0");
	choose_and_forecast(168, 48, false, values, LENGTH);
	check(fabs(forecast[47] - 741) < 1e-9, "under another season, too");

	/* A walk whose steps from the 40th on were filled with a line, which is no evidence. */
	random = lf_random_seed(5, 0);
	values[0] = 100;
	for (int t = 1; t < 60; t++)
		values[t] =
			t < 40 ? values[t - 1] + lf_random_normal(&random) : values[39] + (t - 39) * 5.0;
	for (int t = 0; t < 60; t++)
		observed[t] = t < 40;
	start = choose(&request, values, NULL, 60);
	check(start.parts[0].method != LF_START_LAST, "what looks like a trend is one");
	start = choose(&request, values, observed, 60);
	check(start.count == 1 && start.parts[0].method == LF_START_LAST,
		  "unless it was filled: then it does not count");
	memset(observed, 0, sizeof(observed));
	start = choose(&request, values, observed, 60);
	check(start.count == 1 && start.parts[0].method == LF_START_LAST,
		  "where nothing was observed the simplest is chosen");
}

/* Spare parts: most weeks nothing. */
static void
test_intermittent(void)
{
	double values[LENGTH];
	double lowest = INFINITY;
	double highest = 0;
	bool positive = true;

	for (int seed = 1; seed <= 24; seed++)
	{
		lf_random random;
		double sum = 0;
		double part = 0.12 + 0.03 * (seed % 8 + 1);
		double ratio = 0;

		random = lf_random_seed(seed, 0);
		for (int t = 0; t < 208; t++)
		{
			values[t] = lf_random_uniform(&random) < part
							? 1 + floor(-log(1 - lf_random_uniform(&random)) * (3 + seed % 8))
							: 0;
			sum += values[t];
		}
		choose_and_forecast(seed % 2 ? 1 : 52, 18, true, values, 208);
		for (int k = 0; k < 18; k++)
		{
			ratio += forecast[k] / 18 / (sum / 208);
			positive = positive && forecast[k] >= 0;
		}
		lowest = fmin(lowest, ratio);
		highest = fmax(highest, ratio);
	}
	check(lowest > 0.75 && highest < 1.25, "the mean demand is forecast (%.2f to %.2f)", lowest,
		  highest);
	check(positive, "and nothing below zero");
}

/* The same series in other units. */
static void
test_scale(void)
{
	double values[LENGTH];
	double scaled[LENGTH];
	double before[HORIZON];
	double most = 0;
	bool exact = true;
	bool same = true;

	for (int seed = 1; seed <= 10; seed++)
	{
		lf_random random;

		random = lf_random_seed(seed, 0);
		for (int t = 0; t < 150; t++)
			values[t] =
				0.3 * t + 20 * sin(t * 0.5235987755982988) + 5 * lf_random_normal(&random) - 20;
		choose_and_forecast(12, 24, false, values, 150);
		memcpy(before, forecast, sizeof(before));
		for (int shift = -40; shift <= 40; shift += 20)
		{
			for (int t = 0; t < 150; t++)
				scaled[t] = ldexp(values[t], shift);
			choose_and_forecast(12, 24, false, scaled, 150);
			for (int k = 0; k < 24; k++)
				exact = exact && forecast[k] == ldexp(before[k], shift);
		}

		for (int t = 0; t < 150; t++)
			values[t] = (100 + t) * (1 + 0.2 * sin(t * 0.5235987755982988)) *
						exp(0.05 * lf_random_normal(&random));
		choose_and_forecast(12, 24, false, values, 150);
		memcpy(before, forecast, sizeof(before));
		for (int i = 0; i < 2; i++)
		{
			double unit = i == 0 ? 1e-8 : 1e7;

			for (int t = 0; t < 150; t++)
				scaled[t] = unit * values[t];
			choose_and_forecast(12, 24, false, scaled, 150);
			for (int k = 0; k < 24; k++)
				most = fmax(most, fabs(forecast[k] / (unit * before[k]) - 1));
		}
		choose_and_forecast(12, 24, false, values, 150);
		same = same && memcmp(before, forecast, sizeof(double) * 24) == 0;
	}
	check(exact, "a power of two scales the forecasts exactly");
	check(most < 1e-9, "and any unit gives the same forecasts (%g)", most);
	check(same, "the same again are the same bits");
}

/* Histories of any length and size, and starts that ask for more than there is. */
static void
test_anything(void)
{
	static const int seasons[] = {1, 2, 4, 7, 12, 24, 52, 168, 700, 30000};
	double values[LENGTH] = {0};
	lf_random random;
	lf_start start = {0};

	forecast_start(&(lf_start){.season = 1}, values, 5, 3);
	check(isnan(forecast[0]) && isnan(forecast[2]), "no part, no forecast");
	start = choose_and_forecast(12, 3, false, values, 0);
	check(start.count == 0 && isnan(forecast[0]), "nothing is chosen of nothing");
	random = lf_random_seed(1, 0);
	for (int kind = 0; kind < 9; kind++)
	{
		static const char *names[] = {"noise", "constant", "zero",  "huge",       "negative",
									  "tiny",  "counts",   "steep", "the largest"};
		bool sane = true;

		for (size_t s = 0; s < sizeof(seasons) / sizeof(seasons[0]); s++)
			for (int length = 1; length <= 100; length += length < 30 ? 1 : 23)
				for (int mean = 0; mean < 2; mean++)
				{
					double low = INFINITY;
					double high = -INFINITY;
					double weights = 0;
					double width;

					for (int t = 0; t < length; t++)
					{
						double noise = lf_random_normal(&random);
						double all[] = {noise,
										3.25,
										0,
										1e150 * noise / 10,
										-100 - exp(noise),
										1e-300 * exp(noise),
										floor(exp(noise)),
										exp(5 * noise + t),
										t % 3 ? LF_LARGEST_VALUE : -LF_LARGEST_VALUE};

						values[t] = all[kind];
						low = fmin(low, values[t]);
						high = fmax(high, values[t]);
					}
					start = choose_and_forecast(seasons[s], HORIZON, mean, values, length);
					width = fmax(high - low, fabs(high) * 1e-9);
					for (int i = 0; i < start.count; i++)
						weights += start.parts[i].weight;
					sane = sane && start.count >= 1 && fabs(weights - 1) < 1e-12;
					for (int k = 0; k < HORIZON; k++)
						sane = sane && isfinite(forecast[k]) && (low < 0 || forecast[k] >= 0) &&
							   (kind == 7 || (forecast[k] >= low - HORIZON * width &&
											  forecast[k] <= high + HORIZON * width));
					if (length == 1)
						sane = sane && forecast[0] == values[0];
				}
		check(sane, "any length and season, %s", names[kind]);
	}
	for (int t = 0; t < LENGTH; t++)
		values[t] = t % 12 - 5;
	for (int method = LF_START_LAST; method < LF_START_METHODS; method++)
	{
		bool sane = true;

		for (int length = 1; length < 40; length++)
		{
			start = single(method, LF_TRANSFORM_LOG, 12, false);
			forecast_start(&start, values, length, HORIZON);
			for (int k = 0; k < HORIZON; k++)
				sane = sane && fabs(forecast[k]) < 300;
		}
		check(sane, "method %d goes on from a history that is short and not positive", method);
	}
}

/* Notes of a series change nothing, wherever starts of it are chosen; those of another are not
 * taken. */
static void
test_notes(void)
{
	static double values[2][LENGTH];
	double *found = malloc(sizeof(double) * LF_START_FINDINGS * (size_t) lf_start_memory(7));
	lf_random random = lf_random_seed(4, 0);

	for (int t = 0; t < LENGTH; t++)
		for (int i = 0; i < 2; i++)
			values[i][t] = 50 + 0.1 * t + 5 * (t % 7) * i + 4 * lf_random_normal(&random);
	for (int mean = 0; mean < 2; mean++)
	{
		lf_start_notes notes = {.found = found};
		bool same = true;

		/* from some hundreds on the first steps are not read */
		for (int length = 1; length <= LENGTH; length += length < 40 ? 1 : 13)
		{
			const double *read = values[length % 5 == 0];
			lf_start_request request = {.season = 7, .horizon = 10, .mean = mean};
			lf_start alone = choose(&request, read, NULL, length);
			lf_start noted;

			request.notes = &notes;
			noted = choose(&request, read, NULL, length);
			same = same && memcmp(&alone, &noted, sizeof(alone)) == 0;
		}
		check(same, "with notes the starts are the same%s", mean ? ", of means" : "");
	}
	free(found);
}

int
main(void)
{
	test_repeating();
	test_smoothing();
	test_choice();
	test_returning();
	test_disturbances();
	test_intermittent();
	test_scale();
	test_anything();
	test_notes();
	return check_done();
}
