/*
 * test_universal_forecast.c
 *	  Forecasts of the universal network: in the data's units, ordered and finite whatever comes,
 *	  the same beside other windows, after an interrupt, and on every table of kernels.
 */
#include <float.h>

#include "check.h"
#include "core/distribution.h"
#include "core/scaling.h"
#include "universal_fixture.h"

#define LONGEST 2000
#define HORIZON 48
#define ROWS 6
#define LEVELS 5

static const double levels[LEVELS] = {.02, .1, .5, .75, .97};

/* What a forecast says. */
typedef struct answer
{
	double median[ROWS * HORIZON];
	double quantiles[ROWS * HORIZON * LEVELS];
} answer;

static universal_fixture fixture;

static void
open_network(const lf_kernels *kernels, int64_t season, int64_t second, double moved)
{
	const universal_request request = {season, second, 2 * ROWS, HORIZON, true};

	universal_fixture_open(&fixture, &universal_small, kernels, &request, moved);
}

static void
open_plain(int64_t season, int64_t second, double moved)
{
	open_network(lf_kernels_named("plain"), season, second, moved);
}

static void
close_network(void)
{
	universal_fixture_close(&fixture);
}

static answer
ask(const lf_universal_window *windows, int64_t rows)
{
	answer result;

	memset(&result, 0, sizeof(result));
	lf_universal_forecast(&fixture.network, windows, rows, HORIZON, false, LEVELS, levels,
						  result.median, result.quantiles, NULL);
	return result;
}

/* A season, a slow wave and noise around a level. */
static void
fill(double *values, int64_t season, double level)
{
	lf_random random = lf_random_seed(8, (uint64_t) season);

	for (int t = 0; t < LONGEST; t++)
		values[t] = level + 10 * sin(2 * M_PI * t / (double) season) + 4 * sin(t / 40.) +
					3 * lf_random_normal(&random);
}

/* The largest difference of medians and quantiles, with those of b as a + c * b. */
static double
difference(const answer *one, const answer *other, double a, double c)
{
	double worst = 0;

	for (int i = 0; i < ROWS * HORIZON; i++)
		if (other->median[i] != 0)
			worst = fmax(worst, fabs(one->median[i] - (a + c * other->median[i])));
	for (int i = 0; i < ROWS * HORIZON * LEVELS; i++)
		if (other->quantiles[i] != 0)
			worst = fmax(worst, fabs(one->quantiles[i] - (a + c * other->quantiles[i])));
	return worst;
}

static const struct
{
	int64_t season, second, length;
} kinds[] = {{1, 0, 40}, {4, 0, 30}, {12, 0, 192}, {24, 168, 700}, {144, 0, 900}, {1440, 0, 2000}};

#define KINDS ((int) (sizeof(kinds) / sizeof(kinds[0])))

static lf_universal_window
window_of(int kind, const double *values)
{
	return (lf_universal_window){.values = values,
								 .length = kinds[kind].length,
								 .season = kinds[kind].season,
								 .second = kinds[kind].second};
}

/* A fresh network says the last season again, with quantiles of the normal distribution. */
static void
test_fresh(int kind)
{
	static double values[LONGEST];
	const int64_t season = kinds[kind].season;
	const lf_universal_window window = window_of(kind, values);
	double worst = 0, spread;
	answer found;

	/* the same in every season, so that every step of a group is known */
	for (int t = 0; t < LONGEST; t++)
		values[t] = 30 + 10 * sin(2 * M_PI * t / (double) season) + t % season % 7;
	open_plain(season, kinds[kind].second, 0);
	found = ask(&window, 1);
	for (int t = 0; t < HORIZON; t++)
	{
		const double naive = values[window.length - season + t % season];

		worst = fmax(worst, fabs(found.median[t] - naive));
	}
	check(worst < 1e-4, "season %d: a fresh network's forecast is the last season (%.0e)",
		  (int) season, worst);

	fill(values, season, 0);
	found = ask(&window, 1);
	spread = fixture.network.batch.scale[0] * fixture.network.batch.error[0] * 0.7 *
			 (lf_normal_quantile(.75) - lf_normal_quantile(.1));
	worst = 0;
	for (int t = 0; t < HORIZON; t++)
		worst = fmax(worst, fabs(found.quantiles[t * LEVELS + 3] - found.quantiles[t * LEVELS + 1] -
								 spread));
	/* between .5 and .8 quantiles are on a line, a little off the normal ones */
	check(worst < 0.05 * spread, "season %d: and its quantiles the normal ones (%.0e of %.2g)",
		  (int) season, worst, spread);
	close_network();
}

static void
test_units(int kind)
{
	static double values[LONGEST], other[LONGEST];
	static const double shifts[][2] = {{-700, 1}, {0, 1e-9}, {0, 1e9}, {-3e5, 1e3}};
	const lf_universal_window window = window_of(kind, values), moved = window_of(kind, other);
	answer found, expected;

	open_plain(kinds[kind].season, kinds[kind].second, 0.1);
	fill(values, kinds[kind].season, -30);
	expected = ask(&window, 1);
	for (int i = 0; i < 4; i++)
	{
		const double a = shifts[i][0], c = shifts[i][1];
		double error;

		for (int t = 0; t < LONGEST; t++)
			other[t] = a + c * values[t];
		found = ask(&moved, 1);
		error = difference(&found, &expected, a, c) / c;
		check(error < 1e-2, "season %d: units of %g, from %g (%.0e)", (int) kinds[kind].season, c,
			  a, error);
	}
	/* read as logarithms as well */
	fill(values, kinds[kind].season, 60);
	expected = ask(&window, 1);
	for (int t = 0; t < LONGEST; t++)
		other[t] = 1e6 * values[t];
	found = ask(&moved, 1);
	check(difference(&found, &expected, 0, 1e6) < 2e-3 * 1e6, "season %d: units of 1e6, logarithms",
		  (int) kinds[kind].season);
	close_network();
}

static bool
ordered(const answer *found)
{
	for (int t = 0; t < HORIZON; t++)
	{
		const double *at = found->quantiles + t * LEVELS;

		for (int i = 1; i < LEVELS; i++)
			if (!(at[i] >= at[i - 1]))
				return false;
		/* the level .5 is the median */
		if (at[2] != found->median[t])
			return false;
	}
	return true;
}

/* The mean of two readings may be rounded up. */
static bool
within_bounds(const answer *found)
{
	for (int t = 0; t < HORIZON * LEVELS; t++)
		if (!(fabs(found->quantiles[t]) <= LF_LARGEST_VALUE * (1 + 4 * DBL_EPSILON)))
			return false;
	return true;
}

/* Weights at random: the head's quantiles cross all the time. */
static void
test_order(int kind)
{
	static double values[LONGEST];
	const lf_universal_window window = window_of(kind, values);
	answer found;

	open_plain(kinds[kind].season, kinds[kind].second, 0.5);
	for (int positive = 0; positive < 2; positive++)
	{
		fill(values, kinds[kind].season, positive ? 80 : 0);
		found = ask(&window, 1);
		check(ordered(&found) && within_bounds(&found), "season %d: quantiles ascend, values %s",
			  (int) kinds[kind].season, positive ? "with logarithms" : "only");
	}
	close_network();
}

typedef enum hostile
{
	HOSTILE_CONSTANT,
	HOSTILE_ALTERNATING,
	HOSTILE_NOISE,
	HOSTILE_SPIKE,
	HOSTILE_STEP,
	HOSTILE_GROWTH,
	HOSTILE_TWO_WILD,
	HOSTILE_COUNT
} hostile;

static double
hostile_value(hostile kind, int t, int64_t length, double size, lf_random *random)
{
	switch (kind)
	{
		case HOSTILE_CONSTANT:
			return size;
		case HOSTILE_ALTERNATING:
			return t % 2 ? size : -size;
		case HOSTILE_NOISE:
			return size * fmax(-1, fmin(1, lf_random_normal(random) / 4));
		case HOSTILE_SPIKE:
			return t == length / 2 ? size : 0;
		case HOSTILE_STEP:
			return t == length - 1 ? size : 0;
		case HOSTILE_GROWTH:
			return size * exp(fmax(-600, (t - length) / 3.));
		default:
			return t == length / 2 || t == length - 1 ? size : lf_random_normal(random);
	}
}

static void
test_hostile(int kind)
{
	static const double sizes[] = {1, -5, 1e-300, 1e-12, 1e20, 1e150, -1e150};
	static double values[LONGEST];
	lf_universal_window window = window_of(kind, values);
	bool all_finite = true, all_constant = true, all_ordered = true;

	open_plain(kinds[kind].season, kinds[kind].second, 0.1);
	for (int shape = 0; shape < HOSTILE_COUNT; shape++)
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
			for (int cut = 0; cut < 4; cut++)
			{
				lf_random random = lf_random_seed(3, s);
				answer found;

				window.length = cut < 3 ? cut + 1 : kinds[kind].length;
				for (int t = 0; t < window.length; t++)
					values[t] = hostile_value(shape, t, window.length, sizes[s], &random);
				found = ask(&window, 1);
				all_finite &= within_bounds(&found);
				all_ordered &= ordered(&found);
				for (int t = 0; shape == HOSTILE_CONSTANT && t < HORIZON; t++)
					all_constant &= found.median[t] == sizes[s];
				for (int i = 0; shape == HOSTILE_CONSTANT && i < HORIZON * LEVELS; i++)
					all_constant &= found.quantiles[i] == sizes[s];
			}
	check(all_finite, "season %d: hostile series have finite forecasts", (int) kinds[kind].season);
	check(all_ordered, "season %d: and quantiles that ascend", (int) kinds[kind].season);
	check(all_constant, "season %d: a constant goes on, to the last digit",
		  (int) kinds[kind].season);
	close_network();
}

/*
 * One wild value, wherever it lies: how wild does not matter. The forecast hardly changes, but
 * where it is the last one, which may be a new level that smoothing goes along with.
 */
static void
test_wild(int kind, double level)
{
	static double values[LONGEST];
	const int64_t length = kinds[kind].length;
	const lf_universal_window window = window_of(kind, values);
	/* a negative one is read as it is: not for series that are read as logarithms */
	const double wilds[] = {1e5, 1e150, level > 0 ? 1e-9 : -1e5, level > 0 ? 1e-150 : -1e150};
	double worst = 0, worst_last = 0;
	bool same = true;
	answer calm;

	open_plain(kinds[kind].season, kinds[kind].second, 0.05);
	fill(values, kinds[kind].season, level);
	calm = ask(&window, 1);
	for (int64_t at = length - 1; at >= 0; at -= 1 + length / 9)
	{
		const double kept = values[at];
		answer found[4];

		for (int i = 0; i < 4; i++)
		{
			double sum = 0;

			values[at] = wilds[i];
			found[i] = ask(&window, 1);
			for (int t = 0; t < HORIZON; t++)
				sum += fabs(found[i].median[t] - calm.median[t]) / HORIZON;
			if (at < length - 1)
				worst = fmax(worst, sum);
			else
				worst_last = fmax(worst_last, sum);
		}
		same &= memcmp(&found[0], &found[1], sizeof(answer)) == 0;
		if (level <= 0)
			same &= memcmp(&found[2], &found[3], sizeof(answer)) == 0;
		values[at] = kept;
	}
	check(same, "season %d around %g: how wild one value is does not matter",
		  (int) kinds[kind].season, level);
	/* read some 120 off, guides that look back say it once a season again */
	check(worst < 120.0 / (double) kinds[kind].season + 15,
		  "season %d around %g: one wild value moves the forecast by %.2g on average",
		  (int) kinds[kind].season, level, worst);
	check(worst_last < 120.0,
		  "season %d around %g: and by %.2g where it is the last, not beyond it",
		  (int) kinds[kind].season, level, worst_last);
	close_network();
}

/* Windows of all lengths, alone and beside each other. */
static void
test_beside(int kind)
{
	static double values[LONGEST];
	lf_universal_window windows[ROWS];
	double worst = 0;
	answer together;

	open_plain(kinds[kind].season, kinds[kind].second, 0.1);
	fill(values, kinds[kind].season, kind % 2 ? 0 : 40);
	for (int i = 0; i < ROWS; i++)
	{
		windows[i] = window_of(kind, values + 3 * i);
		windows[i].length = i == 1 ? 1 : kinds[kind].length / (1 + i) + i;
	}
	together = ask(windows, ROWS);
	for (int i = 0; i < ROWS; i++)
	{
		const answer alone = ask(&windows[i], 1);

		for (int t = 0; t < HORIZON; t++)
			worst = fmax(worst, fabs(alone.median[t] - together.median[i * HORIZON + t]));
		for (int t = 0; t < HORIZON * LEVELS; t++)
			worst = fmax(worst,
						 fabs(alone.quantiles[t] - together.quantiles[i * HORIZON * LEVELS + t]));
	}
	check(worst < 1e-4, "season %d: a forecast is the same beside others (%.0e)",
		  (int) kinds[kind].season, worst);
	close_network();
}

static int asked, ends_at;

static bool
ends_once(void)
{
	return ++asked == ends_at;
}

/* Interrupted at every look at the flag, one after the other, and called again. */
static void
test_interrupt(void)
{
	const volatile sig_atomic_t flag = 1;
	const lf_interrupt_check check_flag = {.flag = &flag, .ends = ends_once};
	static double values[LONGEST];
	lf_universal_window windows[ROWS];
	bool interrupted = true, same = true, same_gradient = true;
	double loss, again_loss;
	lf_real *gradient;
	answer expected;
	size_t bytes;
	int looks;

	open_plain(12, 0, 0.1);
	fill(values, 12, 0);
	for (int i = 0; i < ROWS; i++)
		windows[i] = window_of(2, values + 50 * i);
	windows[3].length = 100;
	expected = ask(windows, ROWS);
	asked = ends_at = 0;
	for (looks = 0; looks == 0 || ends_at <= looks; ends_at++)
	{
		answer again;
		lf_status status;

		memset(&again, 0, sizeof(again));
		asked = 0;
		status = lf_universal_forecast(&fixture.network, windows, ROWS, HORIZON, false, LEVELS,
									   levels, again.median, again.quantiles, &check_flag);
		interrupted &= (status == LF_INTERRUPTED) == (ends_at > 0);
		if (ends_at == 0)
			looks = asked;
		else
			lf_universal_forecast(&fixture.network, windows, ROWS, HORIZON, false, LEVELS, levels,
								  again.median, again.quantiles, NULL);
		same &= memcmp(&again, &expected, sizeof(again)) == 0;
	}
	check(looks > 2 && interrupted, "a forecast ends at each of its %d looks at the flag", looks);
	check(same, "and called again it is the same to the last bit");

	bytes = fixture.network.table.total * sizeof(lf_real);
	gradient = malloc(bytes);
	lf_universal_read(&fixture.network, windows, ROWS, 1, HORIZON, true);
	lf_universal_gradient(&fixture.network, 1, gradient, &loss, NULL);
	for (ends_at = 1; ends_at <= 3; ends_at++)
	{
		asked = 0;
		same_gradient &= lf_universal_gradient(&fixture.network, 1, fixture.gradient, &again_loss,
											   &check_flag) == LF_INTERRUPTED;
		lf_universal_gradient(&fixture.network, 1, fixture.gradient, &again_loss, NULL);
		same_gradient &= memcmp(gradient, fixture.gradient, bytes) == 0 && loss == again_loss;
	}
	check(same_gradient, "so is a gradient");
	free(gradient);
	close_network();
}

static void
test_kernels(void)
{
	static const char *const names[] = {"avx2", "avx512"};
	static double values[LONGEST];
	const lf_universal_window window = window_of(2, values);
	answer expected;

	fill(values, 12, 40);
	open_plain(12, 0, 0.1);
	expected = ask(&window, 1);
	close_network();
	for (int i = 0; i < 2; i++)
	{
		const lf_kernels *kernels = lf_kernels_named(names[i]);
		answer found;

		if (kernels == NULL)
		{
			note("no %s on this CPU", names[i]);
			continue;
		}
		open_network(kernels, 12, 0, 0.1);
		found = ask(&window, 1);
		check(difference(&found, &expected, 0, 1) < 1e-3, "%s forecasts as plain C (%.0e)",
			  names[i], difference(&found, &expected, 0, 1));
		close_network();
	}
}

#define MANY 399 /* more levels than a network is trained for at most */

/* SQL may ask for a thousand: each is answered as it is by itself, in ascending order. */
static void
test_many_levels(int kind)
{
	static double values[LONGEST], many[MANY], median[HORIZON], all[HORIZON * MANY];
	double alone_median[HORIZON], alone[HORIZON];
	lf_universal_window window;
	bool ascending = true, same = true;

	open_plain(kinds[kind].season, kinds[kind].second, 0.1);
	fill(values, kinds[kind].season, 60);
	window = window_of(kind, values);
	for (int i = 0; i < MANY; i++)
		many[i] = (i + 1) / (MANY + 1.);
	lf_universal_forecast(&fixture.network, &window, 1, HORIZON, false, MANY, many, median, all,
						  NULL);
	for (int i = 0; i < MANY; i += 7)
	{
		lf_universal_forecast(&fixture.network, &window, 1, HORIZON, false, 1, many + i,
							  alone_median, alone, NULL);
		for (int t = 0; t < HORIZON; t++)
		{
			same &= fabs(all[t * MANY + i] - alone[t]) < 1e-9 && median[t] == alone_median[t];
			ascending &= i == 0 || all[t * MANY + i] >= all[t * MANY + i - 1];
		}
	}
	check(same && ascending, "season %d: %d levels, each as by itself", (int) kinds[kind].season,
		  MANY);
	close_network();
}

int
main(void)
{
	for (int kind = 0; kind < KINDS; kind++)
	{
		test_fresh(kind);
		test_units(kind);
		test_order(kind);
		test_hostile(kind);
		test_wild(kind, 0);
		test_wild(kind, 60);
		test_beside(kind);
		test_many_levels(kind);
	}
	test_interrupt();
	test_kernels();
	return check_done();
}
