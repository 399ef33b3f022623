/*
 * test_calibration_series.c
 *	  The coverage of intervals on whole series of several kinds, as training calibrates them.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>

#include "core/calibration.h"
#include "core/random.h"

#define MAX_POINTS 200

/* What the steps of a series are, in the simulation of whole series. */
typedef enum series_kind
{
	NORMAL,
	HEAVY,        /* Student's t of 3 degrees of freedom */
	RESTLESS,     /* forty steps of a fifth of the deviation, forty of all of it, and so on */
	RELATIVE,     /* a deviation of a tenth of a level that doubles every hundred steps */
	INTERMITTENT, /* three in ten are not 0 */
	SPIKED,       /* one of fifty times the deviation, among sixty */
	SERIES_KINDS
} series_kind;

static double
series_value(series_kind kind, int64_t i, lf_random *random)
{
	double normal = lf_random_normal(random);

	switch (kind)
	{
		case HEAVY:
		{
			double squares = 0;

			for (int k = 0; k < 3; k++)
			{
				double other = lf_random_normal(random);

				squares += other * other;
			}
			return 10 + normal / sqrt(squares / 3);
		}
		case RESTLESS:
			return 10 + (i / 40 % 2 ? 1 : 0.2) * normal;
		case RELATIVE:
			return exp2(i / 100.0) * (1 + 0.1 * normal);
		case INTERMITTENT:
			return lf_random_uniform(random) < 0.3 ? 1 + fabs(normal) * 3 : 0;
		case SPIKED:
			return 10 + normal + (i % 60 == 30 ? 50 : 0);
		default:
			return 10 + normal;
	}
}

/* What is forecast: the mean of the kind. */
static double
series_forecast(series_kind kind, int64_t i)
{
	if (kind == RELATIVE)
		return exp2(i / 100.0);
	return kind == INTERMITTENT ? 0.3 * (1 + 3 * sqrt(2 / 3.14159265358979)) : 10;
}

/*
 * Coverage over whole series, as training calibrates them and forecasts use it: the spreads of
 * windows are measured on the steps before, and what is usual over all of the past.
 */
static void
test_series(void)
{
	enum
	{
		PAST = 400,
		FUTURE = 240,
		WARM = 100,
		ROUNDS = 60
	};
	const char *const names[SERIES_KINDS] = {"normal",   "heavy-tailed", "restless",
											 "relative", "intermittent", "with spikes"};
	double values[PAST + FUTURE], forecasts[PAST + FUTURE];
	lf_calibration_unit units[PAST];
	double *scratch = malloc(sizeof(double) * lf_calibration_scratch(1, PAST));
	float residuals[MAX_POINTS];

	for (int kind = 0; kind < SERIES_KINDS; kind++)
	{
		lf_random random = lf_random_seed(21, kind);
		int64_t inside80 = 0, inside95 = 0;
		double widest = 0;

		for (int round = 0; round < ROUNDS; round++)
		{
			bool relative = kind == RELATIVE || kind == INTERMITTENT;
			lf_calibration calibration = {.transform =
											  relative ? LF_TRANSFORM_LOG : LF_TRANSFORM_NONE,
										  .spread_steps = kind == INTERMITTENT ? 0 : PAST};
			double usual;

			for (int64_t i = 0; i < PAST + FUTURE; i++)
			{
				values[i] = series_value(kind, i, &random);
				forecasts[i] = series_forecast(kind, i);
			}
			usual = lf_calibration_spread(&calibration, values, PAST);
			calibration.spread_steps = kind == INTERMITTENT ? 0 : 20;
			for (int i = WARM; i < PAST; i++)
				units[i - WARM] = lf_calibration_unit_at(&calibration, values, i, usual);
			lf_calibration_build(&calibration,
								 &(lf_calibration_pairs){.horizon = 1,
														 .windows = PAST - WARM,
														 .actual = values + WARM,
														 .forecast = forecasts + WARM,
														 .units = units},
								 MAX_POINTS, residuals, scratch);
			for (int i = PAST; i < PAST + FUTURE; i++)
			{
				lf_calibration_unit unit = lf_calibration_unit_at(&calibration, values, i, usual);
				double at[4];
				const double p[4] = {0.025, 0.1, 0.9, 0.975};

				for (int k = 0; k < 4; k++)
					at[k] = lf_calibration_quantile(&calibration, 0, forecasts[i], &unit, p[k]);
				inside95 += values[i] >= at[0] && values[i] <= at[3];
				inside80 += values[i] >= at[1] && values[i] <= at[2];
				widest = fmax(widest, (at[3] - at[0]) / (kind == RELATIVE ? forecasts[i] : 1));
			}
		}
		check(fabs(inside95 / (double) (ROUNDS * FUTURE) - 0.95) < 0.03,
			  "%s: 95 %% intervals cover %.1f %%", names[kind],
			  100.0 * inside95 / (ROUNDS * FUTURE));
		/* where seven in ten are 0 the interval that holds four in five holds all the zeros */
		check(
			fabs(inside80 / (double) (ROUNDS * FUTURE) - (kind == INTERMITTENT ? 0.9 : 0.8)) < 0.03,
			"%s: 80 %% intervals cover %.1f %%", names[kind], 100.0 * inside80 / (ROUNDS * FUTURE));
		check(widest < (kind == HEAVY ? 100 : 40), "%s: no interval is out of reach, at most %.1f",
			  names[kind], widest);
	}
	free(scratch);
}

/* Series whose forecasts from overlapping windows err alike: the noise of a step stays in later
 * ones with this part of it. */
typedef struct walk
{
	double memory; /* 1: a random walk, forecast by its last value; 0: white noise, by its mean */
	int windows;
	int horizon;
} walk;

enum
{
	MOST_WALKED = 100,
	MOST_AHEAD = 12
};

/* The errors of forecasts from `windows` origins, one step apart. */
static void
walk_errors(const walk *walk, lf_random *random, double *errors)
{
	double noise[MOST_WALKED + MOST_AHEAD] = {0};

	for (int i = 0; i < walk->windows + walk->horizon; i++)
		noise[i] = lf_random_normal(random);
	for (int i = 0; i < walk->windows; i++)
	{
		double error = 0;

		for (int k = 0; k < walk->horizon; k++)
			errors[i * walk->horizon + k] = error = walk->memory * error + noise[i + k];
	}
}

/* The part of fresh errors of all steps inside the interval, over many calibrations. */
static double
walk_coverage(const walk *walk, const lf_window *places, double probability)
{
	static const double none[MOST_WALKED * MOST_AHEAD];
	double errors[MOST_WALKED * MOST_AHEAD], fresh[MOST_AHEAD];
	double *scratch = malloc(sizeof(double) * lf_calibration_scratch(MOST_AHEAD, MOST_WALKED));
	float residuals[MOST_AHEAD * MAX_POINTS];
	lf_random random = lf_random_seed(33, walk->windows);
	const struct walk one = {walk->memory, 1, walk->horizon};
	const lf_calibration_unit unit = {.spread = 1};
	double inside = 0, total = 0;

	for (int round = 0; round < 300; round++)
	{
		lf_calibration calibration = {.transform = LF_TRANSFORM_NONE};

		walk_errors(walk, &random, errors);
		lf_calibration_build(&calibration,
							 &(lf_calibration_pairs){.horizon = walk->horizon,
													 .windows = walk->windows,
													 .actual = errors,
													 .forecast = none,
													 .places = places},
							 MAX_POINTS, residuals, scratch);
		for (int i = 0; i < 40; i++)
		{
			walk_errors(&one, &random, fresh);
			for (int k = 0; k < walk->horizon; k++, total++)
				inside += fresh[k] >= lf_calibration_quantile(&calibration, k, 0, &unit,
															  (1 - probability) / 2) &&
						  fresh[k] <= lf_calibration_quantile(&calibration, k, 0, &unit,
															  (1 + probability) / 2);
		}
	}
	free(scratch);
	return inside / total;
}

/* Errors of windows that overlap count for fewer than there are, as far as they are alike. */
static void
test_overlapping(void)
{
	const struct
	{
		const char *name;
		walk walk;
	} cases[] = {
		{"a random walk", {1, 100, 10}},      {"a random walk, few windows", {1, 50, 12}},
		{"errors that fade", {0.8, 100, 10}}, {"errors that fade, few windows", {0.8, 50, 12}},
		{"white noise", {0, 100, 10}},        {"white noise, few windows", {0, 50, 12}}};
	lf_window places[MOST_WALKED];

	for (int i = 0; i < MOST_WALKED; i++)
		places[i] = (lf_window){.series = 0, .origin = i};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		double c80 = walk_coverage(&cases[i].walk, places, 0.8);
		double c95 = walk_coverage(&cases[i].walk, places, 0.95);

		check(fabs(c80 - 0.8) < 0.03 && fabs(c95 - 0.95) < 0.03,
			  "%s: 80 %% covers %.1f, 95 %% %.1f", cases[i].name, 100 * c80, 100 * c95);
	}
	check(walk_coverage(&cases[1].walk, places, 0.95) >
			  walk_coverage(&cases[1].walk, NULL, 0.95) + 0.03,
		  "taken for independent they cover too little");

	/* windows of many series are independent, and so are those a horizon apart */
	for (int i = 0; i < MOST_WALKED; i++)
		places[i] = (lf_window){.series = i / 2, .origin = i % 2 * 10};
	check(walk_coverage(&cases[0].walk, places, 0.8) == walk_coverage(&cases[0].walk, NULL, 0.8),
		  "windows that do not overlap count for themselves");
}

int
main(void)
{
	test_series();
	test_overlapping();
	return check_done();
}
