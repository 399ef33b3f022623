/*
 * test_universal_readings.c
 *	  How forecasts of the universal network are put together: the readings of values and of
 *	  logarithms by what they erred, and half of the network's correction.
 */
#include "check.h"
#include "universal_fixture.h"

#define LENGTH 120
#define HORIZON 48

static universal_fixture fixture;

static void
open_fresh(void)
{
	const universal_request request = {
		.season = 12, .rows = 2, .groups = HORIZON, .training = false};

	universal_fixture_open(&fixture, &universal_small, lf_kernels_named("plain"), &request, 0);
}

static void
close_network(void)
{
	universal_fixture_close(&fixture);
}

/* The median and the level .8 of every step. */
static void
ask(const double *values, double *median, double *upper)
{
	const lf_universal_window window = {.values = values, .length = LENGTH, .season = 12};
	const double level = .8;

	lf_universal_forecast(&fixture.network, &window, 1, HORIZON, false, 1, &level, median, upper,
						  NULL);
}

/*
 * What a fresh network says, step by step: the base of both readings, of which the first counts so
 * much. Returns that share; the median is compared with it.
 */
static double
share_of_values(const double *values, const char *name)
{
	const lf_universal_batch *batch = &fixture.network.batch;
	double mean = 0, in_values, in_logs, share, worst = 0;
	double median[HORIZON], upper[HORIZON];

	open_fresh();
	ask(values, median, upper);
	for (int t = 0; t < LENGTH; t++)
		mean += values[t] / LENGTH;
	in_values = batch->error[0] * batch->scale[0] / mean;
	in_logs = batch->error[1] * batch->scale[1];
	share = pow(in_logs, 4) / (pow(in_values, 4) + pow(in_logs, 4));
	for (int t = 0; t < HORIZON; t++)
	{
		const double of_values = batch->level[0] + batch->scale[0] * (double) batch->base[2 * t];
		const double of_logs =
			exp(batch->level[1] + batch->scale[1] * (double) batch->base[2 * t + 1]);
		const double expected = share * of_values + (1 - share) * of_logs;

		worst = fmax(worst, fabs(median[t] / expected - 1));
	}
	check(batch->rows == 2 && worst < 1e-6,
		  "%s: read as values, which count %.2g, and as logarithms (%.0e)", name, share, worst);
	close_network();
	return share;
}

/* Readings count by how well they were foretold. */
static void
test_readings(void)
{
	static double values[LENGTH];
	lf_random random = lf_random_seed(4, 0);
	double share;

	/* an airline: a season in proportion to a level that grows by factors */
	for (int t = 0; t < LENGTH; t++)
		values[t] =
			100 * exp(.015 * t + .3 * sin(2 * M_PI * t / 12) + .02 * lf_random_normal(&random));
	share = share_of_values(values, "growth by factors");
	check(share < .25, "growth by factors: logarithms lead");
	/* from 40 to 640, in steps that do not grow */
	for (int t = 0; t < LENGTH; t++)
		values[t] = 40 + 5 * t + 20 * sin(2 * M_PI * t / 12) + 4 * lf_random_normal(&random);
	share = share_of_values(values, "growth by a line");
	check(share > .75, "growth by a line: values lead");
	/* hardly anything is told apart where values change by little */
	for (int t = 0; t < LENGTH; t++)
		values[t] = 1000 + 2 * sin(2 * M_PI * t / 12) + lf_random_normal(&random);
	share = share_of_values(values, "a level");
	check(fabs(share - .5) < .02, "a level: both count alike");
}

/* Of what the network adds to the base one half counts; its quantiles go along. */
static void
test_half(void)
{
	double values[LENGTH];
	double median[2][HORIZON], upper[2][HORIZON];
	const lf_real correction = 1.5;
	lf_random random = lf_random_seed(5, 0);
	double step, worst = 0;

	open_fresh();
	for (int t = 0; t < LENGTH; t++)
		values[t] = 10 * sin(2 * M_PI * t / 12) + 3 * lf_random_normal(&random);
	ask(values, median[0], upper[0]);
	fixture.parameters[lf_parameter_find(&fixture.network.table, "head.bias")->offset] = correction;
	lf_universal_load(&fixture.network, fixture.parameters);
	ask(values, median[1], upper[1]);
	step = .5 * correction * fixture.network.batch.error[0] * fixture.network.batch.scale[0];
	for (int t = 0; t < HORIZON; t++)
	{
		worst = fmax(worst, fabs(median[1][t] - median[0][t] - step));
		worst = fmax(worst, fabs(upper[1][t] - upper[0][t] - step));
	}
	check(step > 1 && worst < 1e-5 * step, "half of a correction counts, for quantiles too (%.0e)",
		  worst);
	close_network();
}

/*
 * Means of what is mostly zero are the guides' alone, by their squared errors: on sales that come
 * at random the mean of all counts most, though the last value is a large one.
 */
static void
test_rare_mean(void)
{
	double values[LENGTH];
	double mean[HORIZON], upper[HORIZON];
	double sum = 0, worst = 0, ratio = 0;
	const int turns = 50;

	open_fresh();
	for (int turn = 0; turn < turns; turn++)
	{
		lf_random random = lf_random_seed(9, turn);
		const double level = .8;
		const lf_universal_window window = {.values = values, .length = LENGTH, .season = 1};

		sum = 0;
		for (int t = 0; t < LENGTH; t++)
		{
			values[t] = lf_random_uniform(&random) < .25 || t == LENGTH - 1
							? 1 + floor(6 * lf_random_uniform(&random))
							: 0;
			sum += values[t] / LENGTH;
		}
		lf_universal_forecast(&fixture.network, &window, 1, HORIZON, true, 1, &level, mean, upper,
							  NULL);
		worst = fmax(worst, fabs(log(mean[HORIZON - 1] / sum)));
		ratio += mean[HORIZON - 1] / sum / turns;
	}
	check(fabs(ratio - 1) < .1 && worst < log(2.5),
		  "rare sales: forecast at their mean (%.3f of it, at worst %.2f times)", ratio,
		  exp(worst));
	close_network();
}

int
main(void)
{
	test_readings();
	test_half();
	test_rare_mean();
	return check_done();
}
