/*
 * test_calibration.c
 *	  The coverage of calibrated intervals on simulated errors, and what they are made of.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/calibration.h"
#include "core/random.h"

#define MAX_POINTS 200

/* Simulated errors, and arrays for their calibration. */
typedef struct simulation
{
	int horizon;
	int64_t windows;
	double growth;  /* the noise's deviation is (step + 1)^growth */
	double dropped; /* part of the pairs without an observation */
	lf_transform transform;
	lf_calibration calibration;
	double *actual, *forecast, *scratch;
	uint8_t *weight;
	float *residuals;
} simulation;

static const lf_calibration_unit one = {.spread = 1};

static void
simulation_start(simulation *s)
{
	int64_t pairs = s->horizon * s->windows;

	s->actual = malloc(sizeof(double) * pairs);
	s->forecast = malloc(sizeof(double) * pairs);
	s->weight = malloc(pairs);
	s->scratch = malloc(sizeof(double) * lf_calibration_scratch(s->horizon, s->windows));
	s->residuals = malloc(sizeof(float) * s->horizon * MAX_POINTS);
	s->calibration = (lf_calibration){.transform = s->transform};
}

static void
simulation_end(simulation *s)
{
	free(s->actual);
	free(s->forecast);
	free(s->weight);
	free(s->scratch);
	free(s->residuals);
}

/* An observation of that step around its forecast. */
static double
observe(const simulation *s, int step, double forecast, lf_random *random)
{
	double noise = pow(step + 1, s->growth) * lf_random_normal(random);

	return s->transform == LF_TRANSFORM_LOG ? forecast * (1 + 0.1 * noise) : forecast + noise;
}

static bool
calibrate(simulation *s, lf_random *random)
{
	for (int64_t i = 0; i < s->horizon * s->windows; i++)
	{
		s->forecast[i] = 100 + 10 * lf_random_uniform(random);
		s->actual[i] = observe(s, i % s->horizon, s->forecast[i], random);
		s->weight[i] = lf_random_uniform(random) >= s->dropped;
	}
	return lf_calibration_build(&s->calibration,
								&(lf_calibration_pairs){.horizon = s->horizon,
														.windows = s->windows,
														.actual = s->actual,
														.forecast = s->forecast,
														.weight = s->weight},
								MAX_POINTS, s->residuals, s->scratch);
}

/* The part of fresh observations of one step (-1: of all) inside the interval, over many
 * calibrations. */
static double
coverage(simulation *s, double probability, int only_step, int rounds)
{
	lf_random random = lf_random_seed(17, s->windows);
	int64_t inside = 0;
	int64_t total = 0;

	simulation_start(s);
	for (int round = 0; round < rounds; round++)
	{
		if (!calibrate(s, &random))
			continue;
		for (int step = 0; step < s->horizon; step++)
		{
			double low =
				lf_calibration_quantile(&s->calibration, step, 7, &one, (1 - probability) / 2);
			double high =
				lf_calibration_quantile(&s->calibration, step, 7, &one, (1 + probability) / 2);

			for (int i = 0; i < 40 && (only_step < 0 || step == only_step); i++, total++)
			{
				double fresh = observe(s, step, 7, &random);

				inside += fresh >= low && fresh <= high;
			}
		}
	}
	simulation_end(s);
	return (double) inside / (double) total;
}

static void
test_coverage(void)
{
	const struct
	{
		const char *name;
		simulation simulation;
		int rounds;
	} cases[] = {
		{"1000 windows, thinned to 200 points", {.horizon = 6, .windows = 1000}, 30},
		{"100 windows", {.horizon = 6, .windows = 100}, 200},
		{"100 windows, multiplicative",
		 {.horizon = 6, .windows = 100, .transform = LF_TRANSFORM_LOG},
		 200},
		{"60 windows, a third missing", {.horizon = 6, .windows = 60, .dropped = 0.33}, 200},
		{"39 windows", {.horizon = 6, .windows = 39}, 300},
		{"25 windows", {.horizon = 6, .windows = 25}, 400},
		{"19 windows, errors that grow", {.horizon = 12, .windows = 19, .growth = 0.5}, 300},
		{"8 windows, errors that grow", {.horizon = 12, .windows = 8, .growth = 0.5}, 500},
		{"3 windows", {.horizon = 24, .windows = 3}, 500},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		simulation s = cases[i].simulation;
		double c80 = coverage(&s, 0.8, -1, cases[i].rounds);
		double c95 = coverage(&s, 0.95, -1, cases[i].rounds);

		check(fabs(c80 - 0.8) < 0.03 && fabs(c95 - 0.95) < 0.03,
			  "%s: 80 %% covers %.1f, 95 %% %.1f", cases[i].name, 100 * c80, 100 * c95);
	}

	/* Borrowing must follow the growth: the first step not too wide, the last not too narrow. */
	simulation s = {.horizon = 12, .windows = 8, .growth = 0.5};
	double first = coverage(&s, 0.8, 0, 1500);
	double last = coverage(&s, 0.8, 11, 1500);
	check(fabs(first - 0.8) < 0.06 && fabs(last - 0.8) < 0.06,
		  "8 windows, errors that grow: the first step covers %.1f, the last %.1f", 100 * first,
		  100 * last);

	/* One or a few residuals in all still give an interval; the tail does the work. */
	s = (simulation){.horizon = 4, .windows = 2};
	first = coverage(&s, 0.8, -1, 2000);
	check(first > 0.7 && first < 0.9, "8 residuals in all: 80 %% covers %.1f", 100 * first);
}

static void
test_quantiles(void)
{
	simulation s = {.horizon = 5, .windows = 30, .growth = 0.3, .transform = LF_TRANSFORM_LOG};
	lf_random random = lf_random_seed(2, 0);
	bool ascending = true;
	bool positive = true;
	bool widening = true;

	simulation_start(&s);
	calibrate(&s, &random);
	for (int step = 0; step < 30; step++)
	{
		double before = 0;

		for (int i = 0; i <= 2000; i++)
		{
			double value = lf_calibration_quantile(&s.calibration, step, 0.01, &one, i / 2000.0);

			ascending &= value >= before;
			positive &= value >= 0 && isfinite(value);
			before = value;
		}
		if (step >= 5)
		{
			double wide = lf_calibration_quantile(&s.calibration, step, 1, &one, 0.9) - 1;
			double base = lf_calibration_quantile(&s.calibration, 4, 1, &one, 0.9) - 1;

			widening &= fabs(wide / base - sqrt((step + 1) / 5.0)) < 1e-9;
		}
	}
	check(ascending, "quantiles ascend, into the tails and beyond the horizon");
	check(positive, "relative intervals never cross zero");
	check(widening, "beyond the horizon intervals widen with the root of the distance");
	check(lf_calibration_quantile(&s.calibration, 0, 0, &one, 0.9) >= 0 &&
			  isfinite(lf_calibration_quantile(&s.calibration, 0, -5, &one, 0.9)),
		  "a forecast outside the logarithm's domain");
	s.calibration.points = 0;
	check(isnan(lf_calibration_quantile(&s.calibration, 0, 1, &one, 0.5)),
		  "no points, no quantile");
	simulation_end(&s);
}

static void
test_order_statistics(void)
{
	/* 99 residuals 1 .. 99: the quantile of k / 100 is k, with the correction for a finite sample.
	 */
	double actual[99], forecast[99];
	double *scratch = malloc(sizeof(double) * lf_calibration_scratch(1, 99));
	float residuals[MAX_POINTS];
	const lf_calibration_pairs pairs = {
		.horizon = 1, .windows = 99, .actual = actual, .forecast = forecast};
	lf_calibration calibration = {0};
	double worst = 0;
	double high;

	for (int i = 0; i < 99; i++)
	{
		forecast[i] = 1000 - i;
		actual[i] = forecast[i] + (i * 37) % 99 + 1;
	}
	check(lf_calibration_build(&calibration, &pairs, MAX_POINTS, residuals, scratch) &&
			  calibration.points == 99,
		  "every residual is kept where there is room");
	for (int k = 1; k <= 99; k++)
		worst = fmax(worst,
					 fabs(lf_calibration_quantile(&calibration, 0, 50, &one, k / 100.0) - 50 - k));
	check(worst < 1e-9, "the quantile of rank k is the k-th residual");
	check(fabs(lf_calibration_quantile(&calibration, 0, 50, &one, 0.125) - 62.5) < 1e-9,
		  "between ranks it is linear");

	/* Normal tail, joined at the outermost: deviation 28.7, z(.999) - z(.99) = 3.0902 - 2.3263. */
	high = lf_calibration_quantile(&calibration, 0, 0, &one, 0.999);
	check(fabs(high - 99 - sqrt(99 * 100 / 12.0) * (3.090232 - 2.326348)) < 1e-3 &&
			  fabs(lf_calibration_quantile(&calibration, 0, 0, &one, 0.001) + high - 100) < 1e-6,
		  "the tail is normal: %.4f", high);

	check(lf_calibration_build(&calibration, &pairs, 19, residuals, scratch) &&
			  calibration.points == 19 && residuals[0] == 5 && residuals[9] == 50 &&
			  residuals[18] == 95,
		  "thinning keeps evenly spaced order statistics");
	free(scratch);
}

static void
test_poor_data(void)
{
	double actual[6] = {1, 2, 3, NAN, 5, 6};
	double forecast[6] = {1, 1, 1, 1, INFINITY, 1};
	uint8_t weight[6] = {0};
	double *scratch = malloc(sizeof(double) * lf_calibration_scratch(3, 2));
	float residuals[3 * MAX_POINTS];
	const lf_calibration_pairs pairs = {
		.horizon = 3, .windows = 2, .actual = actual, .forecast = forecast, .weight = weight};
	lf_calibration calibration = {0};
	bool good = true;

	check(!lf_calibration_build(&calibration, &pairs, MAX_POINTS, residuals, scratch) &&
			  calibration.points == 0,
		  "no pair counts: no calibration");
	weight[3] = weight[4] = 1;
	check(!lf_calibration_build(&calibration, &pairs, MAX_POINTS, residuals, scratch),
		  "what is not finite does not count");
	weight[2] = 1;
	check(lf_calibration_build(&calibration, &pairs, MAX_POINTS, residuals, scratch) &&
			  calibration.points == 2,
		  "a single residual is lent to all steps, with both signs");
	for (int step = 0; step < 3; step++)
		good &= lf_calibration_quantile(&calibration, step, 10, &one, 0.025) < 8.1 &&
				lf_calibration_quantile(&calibration, step, 10, &one, 0.975) > 11.9;
	check(good, "its interval is at least as wide as its size");

	for (int i = 0; i < 6; i++)
	{
		actual[i] = 1e300;
		forecast[i] = -1e300;
		weight[i] = 1;
	}
	lf_calibration_build(&calibration, &pairs, MAX_POINTS, residuals, scratch);
	check(isfinite(lf_calibration_quantile(&calibration, 0, 1e300, &one, 0.999)),
		  "residuals beyond float stay finite");
	for (int i = 0; i < 6; i++)
		actual[i] = forecast[i] = 4;
	lf_calibration_build(&calibration, &pairs, MAX_POINTS, residuals, scratch);
	check(lf_calibration_quantile(&calibration, 1, 4, &one, 0.999) == 4, "no error, no width");
	free(scratch);
}

/* The spread of given changes, its limits, and what it is on a logarithmic scale. */
static void
test_spread(void)
{
	const double values[] = {1, 2, 4, 8, 8};
	lf_calibration calibration = {.spread_steps = 2};
	lf_calibration_unit unit;

	check(fabs(lf_calibration_spread(&calibration, values, 4) - sqrt((4 + 16) / 2.0)) < 1e-12,
		  "the spread is the root mean square of the latest changes");
	check(lf_calibration_spread(&calibration, values, 2) == 1, "or of as many as there are");
	check(lf_calibration_spread(&calibration, values, 1) == 0 &&
			  lf_calibration_spread(&calibration, values, 0) == 0 &&
			  lf_calibration_spread(&calibration, values + 3, 2) == 0,
		  "without changes it is 0");
	check(lf_calibration_unit_at(&calibration, values, 4, 100).spread == 10 &&
			  lf_calibration_unit_at(&calibration, values, 4, 0.01).spread == 0.04 &&
			  lf_calibration_unit_at(&calibration, values + 3, 2, 100).spread == 10,
		  "that of a window lies between a tenth and four times the usual one");
	check(lf_calibration_unit_at(&calibration, values + 3, 2, 0).spread == 1 &&
			  lf_calibration_unit_at(&calibration, values, 2, 0).spread == 1 &&
			  lf_calibration_unit_at(&calibration, values, 0, 0).spread == 1 &&
			  lf_calibration_unit_at(&calibration, (double[]){1, 1, 1}, 3, 5e-324).spread > 0,
		  "where nothing ever changes it is 1");
	calibration.spread_lag = 2;
	check(fabs(lf_calibration_spread(&calibration, values, 5) - sqrt((36 + 16) / 2.0)) < 1e-12 &&
			  fabs(lf_calibration_spread(&calibration, values, 4) - sqrt((9 + 36) / 2.0)) < 1e-12 &&
			  lf_calibration_memory(&calibration) == 4,
		  "changes over two steps");
	check(fabs(lf_calibration_spread(&calibration, values, 3) - sqrt((1 + 4) / 2.0)) < 1e-12 &&
			  lf_calibration_spread(&calibration, values, 1) == 0,
		  "of less than two times two values those from step to step");
	calibration.spread_lag = 1;
	calibration.transform = LF_TRANSFORM_LOG;
	unit = lf_calibration_unit_at(&calibration, values, 4, 1);
	check(fabs(unit.spread - log(2)) < 1e-12, "it is measured in transformed units");
	check(fabs(unit.level - 0.1 * sqrt((16 + 64) / 2.0)) < 1e-12 &&
			  lf_calibration_unit_at(&calibration, values, 1, 1).level == 0.1,
		  "relative errors have a least level, a tenth of the latest values");
	calibration.spread_steps = 0;
	check(lf_calibration_unit_at(&calibration, values, 4, 100).spread == 1 &&
			  lf_calibration_unit_at(&calibration, values, 4, 100).level > 0.5,
		  "without steps it is 1, and a level is measured all the same");
}

/* One event among sixty quiet steps is no restless time; nor is one zero on a logarithmic scale. */
static void
test_events(void)
{
	enum
	{
		STEPS = 60
	};
	double values[STEPS];
	lf_calibration calibration = {.spread_steps = STEPS};
	lf_random random = lf_random_seed(8, 8);

	for (int logarithmic = 0; logarithmic < 2; logarithmic++)
	{
		const double events[] = {logarithmic ? 0 : 50, logarithmic ? -5 : 350000, 0.001};
		double quiet;
		double worst = 0;

		calibration.transform = logarithmic ? LF_TRANSFORM_LOG : LF_TRANSFORM_NONE;
		for (int i = 0; i < STEPS; i++)
			values[i] = 11 + 0.5 * lf_random_normal(&random);
		quiet = lf_calibration_spread(&calibration, values, STEPS);
		for (int e = 0; e < 3; e++)
		{
			double before = values[STEPS - 10];

			values[STEPS - 10] = events[e];
			worst = fmax(worst, lf_calibration_spread(&calibration, values, STEPS) / quiet);
			values[STEPS - 10] = before;
		}
		check(worst > 1 && worst < 1.6, "%s: one event makes %.2f of the spread",
			  logarithmic ? "logarithms" : "units", worst);
	}

	/* What seldom moves has a spread in proportion to how seldom: clipping takes nothing away. */
	calibration.transform = LF_TRANSFORM_NONE;
	for (int i = 0; i < STEPS; i++)
		values[i] = i % 20 == 5 ? 3 : 0;
	check(fabs(lf_calibration_spread(&calibration, values, STEPS) - sqrt(6 * 9.0 / (STEPS - 1))) <
			  1e-9,
		  "three sales in sixty weeks: the spread is that of their changes");
	for (int i = 0; i < STEPS; i++)
		values[i] = i < 30 ? 4 : 5;
	check(lf_calibration_spread(&calibration, values, STEPS) > 0.1, "a single step is a spread");
}

/* Forecasts where a relative error says nothing: near zero, at zero, and below. */
static void
test_near_zero(void)
{
	double actual[99], forecast[99];
	double *scratch = malloc(sizeof(double) * lf_calibration_scratch(1, 99));
	float residuals[MAX_POINTS];
	const lf_calibration_unit unit = {.spread = 1, .level = 10};
	lf_calibration calibration = {.transform = LF_TRANSFORM_LOG};
	double worst = -INFINITY;
	bool sound = true;

	for (int i = 0; i < 99; i++)
	{
		forecast[i] = 100;
		actual[i] = i == 50 ? -30 : 51 + i; /* -130 % to 49 % */
	}
	lf_calibration_build(&calibration,
						 &(lf_calibration_pairs){
							 .horizon = 1, .windows = 99, .actual = actual, .forecast = forecast},
						 MAX_POINTS, residuals, scratch);
	for (int i = 1; i < 100; i++)
	{
		const double forecasts[] = {100, 1, 0, -3};

		for (int f = 0; f < 4; f++)
		{
			double value = lf_calibration_quantile(&calibration, 0, forecasts[f], &unit, i / 100.0);

			worst = fmax(worst, value - forecasts[f] - fmax(forecasts[f], 10));
			sound &= isfinite(value) && value >= fmin(forecasts[f], 0);
		}
	}
	check(sound, "intervals are known for every forecast, and none below zero reaches on");
	check(worst < 0, "and no upper end lies out of reach of the level");
	check(fabs(lf_calibration_quantile(&calibration, 0, 0, &unit, 0.9) - 4.0) < 0.2 &&
			  fabs(lf_calibration_quantile(&calibration, 0, 200, &unit, 0.9) - 280) < 4,
		  "errors are relative to the forecast, or to the least level");
	free(scratch);
}

/* Which scale errors are on shows in how well they fit it. */
static void
test_misfit(void)
{
	enum
	{
		WINDOWS = 300
	};
	double *actual = malloc(sizeof(double) * WINDOWS);
	double *forecast = malloc(sizeof(double) * WINDOWS);
	const lf_calibration_pairs pairs = {
		.horizon = 1, .windows = WINDOWS, .actual = actual, .forecast = forecast};
	const lf_calibration relative = {.transform = LF_TRANSFORM_LOG};
	const lf_calibration absolute = {.transform = LF_TRANSFORM_NONE};
	lf_random random = lf_random_seed(3, 4);

	for (int grows = 0; grows < 2; grows++)
	{
		for (int i = 0; i < WINDOWS; i++)
		{
			forecast[i] = 20 + 10 * (i % 30);
			actual[i] = forecast[i] + (grows ? 0.1 * forecast[i] : 10) * lf_random_normal(&random);
		}
		check((lf_calibration_misfit(&relative, &pairs) <
			   lf_calibration_misfit(&absolute, &pairs)) == (grows != 0),
			  "errors that %s with the level are told", grows ? "grow" : "do not grow");
	}
	memcpy(actual, forecast, sizeof(double) * WINDOWS);
	check(isinf(lf_calibration_misfit(&absolute, &pairs)), "no error, nothing to fit");
	free(actual);
	free(forecast);
}

/* Errors that grow with the spread: calibrated with it, quiet and restless windows are both
 * covered. */
static void
test_restless_windows(void)
{
	enum
	{
		WINDOWS = 2000
	};
	double *actual = malloc(sizeof(double) * WINDOWS);
	double *forecast = calloc(WINDOWS, sizeof(double));
	lf_calibration_unit *units = calloc(WINDOWS, sizeof(lf_calibration_unit));
	double *scratch = malloc(sizeof(double) * lf_calibration_scratch(1, WINDOWS));
	float residuals[MAX_POINTS];
	const lf_calibration_pairs pairs = {
		.horizon = 1, .windows = WINDOWS, .actual = actual, .forecast = forecast, .units = units};
	lf_calibration calibration = {.spread_steps = 1};
	lf_random random = lf_random_seed(5, 1);
	int inside[2] = {0, 0};

	for (int i = 0; i < WINDOWS; i++)
	{
		units[i].spread = i % 2 ? 10 : 0.1;
		actual[i] = units[i].spread * lf_random_normal(&random);
	}
	lf_calibration_build(&calibration, &pairs, MAX_POINTS, residuals, scratch);
	for (int i = 0; i < WINDOWS; i++)
	{
		double value = units[i].spread * lf_random_normal(&random);

		inside[i % 2] += value > lf_calibration_quantile(&calibration, 0, 0, &units[i], 0.1) &&
						 value < lf_calibration_quantile(&calibration, 0, 0, &units[i], 0.9);
	}
	check(abs(inside[0] - WINDOWS * 4 / 10) < WINDOWS / 2 * 4 / 100,
		  "80 %% intervals of quiet windows cover %.1f %%", inside[0] * 200.0 / WINDOWS);
	check(abs(inside[1] - WINDOWS * 4 / 10) < WINDOWS / 2 * 4 / 100,
		  "80 %% intervals of restless windows cover %.1f %%", inside[1] * 200.0 / WINDOWS);
	free(actual);
	free(forecast);
	free(units);
	free(scratch);
}

int
main(void)
{
	test_order_statistics();
	test_quantiles();
	test_poor_data();
	test_coverage();
	test_spread();
	test_events();
	test_near_zero();
	test_misfit();
	test_restless_windows();
	return check_done();
}
