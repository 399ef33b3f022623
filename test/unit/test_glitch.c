/*
 * test_glitch.c
 *	  What is taken for a glitch, and what must not be.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "core/glitch.h"
#include "core/random.h"

#define LENGTH 600
#define SEEDS 20

static double values[LENGTH];
static uint8_t observed[LENGTH];

/* All steps of glitches, and the last glitch. */
typedef struct Found
{
	int count;
	int64_t steps[LENGTH];
	lf_glitch last;
} Found;

static Found
find(const lf_series *series)
{
	lf_glitch_scale scale;
	lf_glitch_search search = {0};
	lf_glitch glitch;
	Found found = {0};

	if (!lf_glitch_possible(series))
		return found;
	lf_glitch_measure(&scale, series);
	/* in portions, as interrupts want it */
	while (scale.usable && search.step < series->length)
	{
		int64_t until = search.step + 37 < series->length ? search.step + 37 : series->length;

		if (!lf_glitch_next(&scale, series, &search, until, &glitch))
			continue;
		found.last = glitch;
		for (int64_t step = glitch.step; step <= glitch.last; step++)
			found.steps[found.count++] = step;
	}
	return found;
}

/* The kinds of series. */
typedef enum Kind
{
	WEEK,        /* 200 +- 50 with a season of seven, and noise */
	TEMPERATURE, /* around zero */
	PRICES,      /* a random walk */
	LUMPS,       /* of a log-normal distribution: trading volumes, rain of a month */
	SALES,       /* whole numbers around 3 */
	PARTS,       /* mostly zero */
	GROWTH,      /* by e in 50 steps */
	KINDS
} Kind;

static const char *const names[] = {"a week's season", "temperatures", "prices", "lumps",
									"small counts",    "spare parts",  "growth"};

static lf_series
make(Kind kind, int seed)
{
	lf_random random = lf_random_seed(seed, kind);
	double walk = 0;

	memset(observed, 1, sizeof(observed));
	for (int i = 0; i < LENGTH; i++)
	{
		double normal = lf_random_normal(&random);
		double uniform = lf_random_uniform(&random);
		double exponential = -log(1 - lf_random_uniform(&random));

		walk += 0.02 * normal;
		switch (kind)
		{
			case WEEK:
				values[i] = 200 + 50 * sin(i * 2 * M_PI / 7) + 5 * normal;
				break;
			case TEMPERATURE:
				values[i] = 5 + 10 * sin(i * 2 * M_PI / 24) + normal;
				break;
			case PRICES:
				values[i] = 100 * exp(walk);
				break;
			case LUMPS:
				values[i] = exp(normal);
				break;
			case SALES:
				values[i] = floor(3 * exponential);
				break;
			case PARTS:
				values[i] = uniform < 0.25 ? 1 + floor(4 * exponential) : 0;
				break;
			case GROWTH:
				values[i] = exp(i / 50.0) * (10 + normal);
				break;
			case KINDS:
				break;
		}
	}
	return (lf_series){.length = LENGTH, .values = values};
}

static void
test_clean(void)
{
	for (int kind = 0; kind < KINDS; kind++)
	{
		int found = 0;

		for (int seed = 0; seed < SEEDS; seed++)
		{
			lf_series series = make((Kind) kind, seed);

			found += find(&series).count;
		}
		check(found == 0, "nothing is found among %s (%d)", names[kind], found);
	}
}

/* Of series of one kind with a value at a step, those in which that alone is found. */
static int
caught(Kind kind, int step, double value, bool times)
{
	int right = 0;

	for (int seed = 0; seed < SEEDS; seed++)
	{
		lf_series series = make(kind, seed);
		Found found;

		values[step] = times ? values[step] * value : value;
		found = find(&series);
		right += found.count == 1 && found.steps[0] == step;
	}
	return right;
}

static void
test_glitches(void)
{
	const double bad[] = {0, -5, 0.001, -999, 1e5};
	const int steps[] = {0, 1, 300, 301, LENGTH - 2, LENGTH - 1};

	for (int b = 0; b < 5; b++)
	{
		int right = 0;

		for (int s = 0; s < 6; s++)
			right += caught(WEEK, steps[s], bad[b], false);
		check(right == 6 * SEEDS, "%g among 200 +- 50, at both ends and between (%d of %d)", bad[b],
			  right, 6 * SEEDS);
	}
	check(caught(TEMPERATURE, 300, -999, false) == SEEDS, "-999 among temperatures");
	check(caught(TEMPERATURE, LENGTH - 1, -999, false) == SEEDS, "-999 as the last of them");
	check(caught(PRICES, 300, 0, false) == SEEDS, "a zero among prices");
	check(caught(PRICES, 300, 300, true) == SEEDS, "300 times a price");
	check(caught(GROWTH, 50, 300, true) == SEEDS,
		  "300 times the level of a series that grew since");
	check(caught(WEEK, LENGTH - 1, 12, true) == SEEDS, "twelve times the level at the end");
	check(caught(WEEK, LENGTH - 1, 4, true) == 0, "four times that may be a new level");
	check(caught(SALES, 300, 0, false) == 0, "no zero among small counts");
	check(caught(PRICES, 300, 2, true) == 0, "no price of twice the others");
}

static void
test_several(void)
{
	lf_series series = make(WEEK, 1);
	Found found;

	values[100] = values[101] = -999;
	values[103] = 90000;
	found = find(&series);
	check(found.count == 3 && found.steps[1] == 101 && found.steps[2] == 103 && !found.last.below,
		  "a run of two, and another after one value");

	series = make(WEEK, 1);
	series.observed = observed;
	memset(observed + 200, 0, 10);
	for (int i = 200; i < 210; i++)
		values[i] = 200;
	values[210] = -999;
	found = find(&series);
	check(found.count == 1 && found.steps[0] == 210, "the first value after a hole");
}

/* What stays, what builds up, and what is often there. */
static void
test_nature(void)
{
	const double levels[] = {0.01, 0.2, 5, 100};
	int found = 0;
	lf_series series;

	for (int l = 0; l < 4; l++)
		for (int back = 2; back < 300; back += 33)
		{
			series = make(WEEK, l);
			for (int i = LENGTH - back; i < LENGTH; i++)
				values[i] *= levels[l];
			found += find(&series).count;
		}
	check(found == 0, "a level that stays, be it for two steps so far");

	series = make(WEEK, 2);
	for (int i = 300; i < 303; i++)
		values[i] *= 5;
	check(find(&series).count == 0, "three days of a campaign");
	series = make(WEEK, 2);
	values[300] *= 5;
	values[301] *= 5;
	check(find(&series).count == 0, "two of them");
	series = make(WEEK, 2);
	values[299] *= 2;
	values[300] *= 6;
	values[301] *= 2;
	check(find(&series).count == 0, "a peak that builds up and fades away");

	series = make(WEEK, 3);
	for (int i = 5; i < LENGTH; i += 30)
		values[i] *= 20;
	check(find(&series).count == 0, "what comes every month");
	series = make(WEEK, 3);
	for (int i = 400; i < LENGTH; i++)
		values[i] -= values[399];
	check(find(&series).count == 0, "a meter that was set back");
	series = make(WEEK, 3);
	series.length = LF_GLITCH_LEAST_STEPS - 1;
	values[8] = 1e6;
	check(find(&series).count == 0, "too few values to say what is usual");
}

static void
test_returns(void)
{
	lf_series series = make(WEEK, 4);
	lf_glitch_scale scale;
	lf_glitch glitch = {.step = 250, .last = 250, .distance = 900};

	values[250] = values[543] = 1100;
	lf_glitch_measure(&scale, &series);
	check(lf_glitch_returns(&scale, &series, &glitch, 293, 0) == LF_GLITCH_RETURNS,
		  "a peak returns");
	check(lf_glitch_returns(&scale, &series, &glitch, 290, 5) == LF_GLITCH_RETURNS,
		  "a few steps off");
	check(lf_glitch_returns(&scale, &series, &glitch, 290, 0) == LF_GLITCH_ONCE, "not exactly");
	check(lf_glitch_returns(&scale, &series, &glitch, 200, 0) == LF_GLITCH_ONCE, "not so soon");
	check(lf_glitch_returns(&scale, &series, &glitch, 400, 0) == LF_GLITCH_UNKNOWN,
		  "nobody knows after so long");
}

static void
test_fill(void)
{
	lf_glitch glitch = {.step = 300, .last = 301};

	make(WEEK, 5);
	for (int i = 0; i < LENGTH; i++)
		values[i] = 100 + i + 20 * sin(i * 2 * M_PI / 7);
	observed[300] = observed[301] = 0;
	lf_glitch_fill(values, observed, LENGTH, &glitch, 1);
	check(fabs(values[300] - (values[299] * 2 + values[302]) / 3) < 1e-9 &&
			  fabs(values[301] - (values[299] + values[302] * 2) / 3) < 1e-9,
		  "on the line");
	lf_glitch_fill(values, observed, LENGTH, &glitch, 7);
	check(fabs(values[300] - (400 + 20 * sin(300 * 2 * M_PI / 7))) < 1e-9 &&
			  fabs(values[301] - (401 + 20 * sin(301 * 2 * M_PI / 7))) < 1e-9,
		  "as a season before and after");

	glitch.step = glitch.last = LENGTH - 1;
	observed[LENGTH - 1] = 0;
	lf_glitch_fill(values, observed, LENGTH, &glitch, 7);
	check(fabs(values[LENGTH - 1] - (99 + LENGTH + 20 * sin((LENGTH - 1) * 2 * M_PI / 7))) < 1.01,
		  "the last step, but for its growth");
	glitch.step = glitch.last = 0;
	observed[0] = 0;
	lf_glitch_fill(values, observed, LENGTH, &glitch, 1);
	check(values[0] == values[1], "the first step");
	memset(observed, 0, sizeof(observed));
	values[0] = 17;
	lf_glitch_fill(values, observed, LENGTH, &glitch, 7);
	check(values[0] == 17, "where nothing was observed nothing is known");
}

int
main(void)
{
	test_clean();
	test_glitches();
	test_several();
	test_nature();
	test_returns();
	test_fill();
	return check_done();
}
