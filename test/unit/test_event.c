/*
 * test_event.c
 *	  What events do to a series: usual values, effects drawn to one another, and the series
 *without.
 */
#include "check.h"

#include <math.h>

#include "core/event.h"

#define SEASON 7
#define WEEKS 10

/* A number is another one, to within a tolerance. */
static void
check_near(const char *what, double value, double expected, double tolerance)
{
	check(fabs(value - expected) <= tolerance, "%s: %g is %g", what, value, expected);
}

static double values[SEASON * WEEKS];
static uint8_t events[SEASON * WEEKS];

/* The median of the latest four of the same step, without events, and none of later ones. */
static void
test_usual(void)
{
	for (int i = 0; i < SEASON * WEEKS; i++)
		values[i] = 10 * (i / SEASON) + i % SEASON;
	check(isnan(lf_event_usual(values, events, 6, SEASON)),
		  "usual: isnan(lf_event_usual(values, events, 6, SEASON))");
	check_near("usual", lf_event_usual(values, events, 7, SEASON), 0, 0);
	check_near("usual", lf_event_usual(values, events, 3 * SEASON + 2, SEASON), 12, 0);
	check_near("usual", lf_event_usual(values, events, 9 * SEASON + 1, SEASON), 66,
			   0); /* 51 61 71 81 */
	events[8 * SEASON + 1] = 1;
	check_near("usual", lf_event_usual(values, events, 9 * SEASON + 1, SEASON), 56,
			   0); /* 41 51 61 71 */
	for (int week = 0; week < WEEKS; week++)
		events[week * SEASON + 1] = week > 0;
	/* the only one is nine seasons ago, and out of reach */
	check(isnan(lf_event_usual(values, events, 9 * SEASON + 1, SEASON)),
		  "usual: isnan(lf_event_usual(values, events, 9 * SEASON + 1, SEASON))");
	check_near("usual", lf_event_usual(values, events, 8 * SEASON + 1, SEASON), 1, 0);
}

static void
test_without(void)
{
	/* as expected: the usual value, whatever the factor */
	check_near("without", lf_event_without(30.5, 101.5, 30.5 / 101.5), 101.5, 1e-12);
	check_near("without", lf_event_without(0, 100, 0), 100, 0);
	check_near("without", lf_event_without(303, 101, 3), 101, 1e-12);
	/* more than expected by 7.5: that is added to less, and divided where there is more */
	check_near("without", lf_event_without(37.5, 100, 0.3), 107.5, 1e-12);
	check_near("without", lf_event_without(307.5, 100, 3), 102.5, 1e-12);
	/* whole numbers stay whole */
	check_near("without", lf_event_without(31, 101, 0.3), 102, 0);
	/* nothing is usual: what the value tells, but a closed day tells nothing */
	check_near("without", lf_event_without(30.5, NAN, 0.5), 61, 1e-12);
	check_near("without", lf_event_without(0, NAN, 0), 0, 0);
	check_near("without", lf_event_without(2.5, NAN, 0.01), 12.5, 1e-12);
}

#define DAYS 9
#define NAMES 3

/* Three days of each of three names, and one that was not seen. */
static lf_event_sample
sample_of(const double *effects, double noise)
{
	static const int64_t day[DAYS] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
	static const int name[DAYS] = {0, 0, 0, 1, 1, 1, 2, 2, 2};

	return (lf_event_sample){.days = DAYS,
							 .slots = 1,
							 .effects = effects,
							 .entries = DAYS,
							 .day = day,
							 .name = name,
							 .names = NAMES + 1,
							 .noise = noise};
}

static void
test_effects(void)
{
	const double closed[DAYS] = {-1, -1, -1, -1, -1, -1, -1, -1, -1};
	const double apart[DAYS] = {-0.9, -0.9, -0.9, -0.5, -0.5, -0.5, -0.1, -0.1, -0.1};
	const double busy[DAYS] = {-1, -1, -1, 0.2, 0.5, 0.8, 0.8, 0.4, 0.3};
	const double noise[DAYS] = {0.3, -0.3, 0.02, -0.2, 0.25, -0.1, 0.1, 0.2, -0.25};
	const double alike[DAYS] = {-0.5, -0.4, -0.6, -0.6, -0.5, -0.4, -0.4, -0.6, -0.5};
	double counts[NAMES + 1];
	double effects[NAMES + 2];
	lf_event_sample sample = sample_of(closed, 0.01);

	/* always nothing is nothing, for all names */
	lf_event_effects(&sample, counts, effects);
	for (int i = 0; i <= NAMES + 1; i++)
		check_near("effects", effects[i], -1, 0);
	check_near("effects", counts[0], 3, 0);
	check_near("effects", counts[NAMES], 0, 0);
	/* a name with nothing each time is closed, beside others that sell more, and vary */
	sample = sample_of(busy, 0.01);
	lf_event_effects(&sample, counts, effects);
	check_near("effects", effects[0], -1, 0);
	check(effects[1] > 0.3 && effects[1] < 0.6 && effects[2] > 0.3 && effects[2] < 0.6,
		  "effects: names beside a closed one keep theirs");
	/* names that are apart, each always the same, have effects of their own */
	sample = sample_of(apart, 0.01);
	lf_event_effects(&sample, counts, effects);
	check(effects[0] < -0.8 && effects[1] < -0.4 && effects[1] > -0.6 && effects[2] > -0.2,
		  "effects: effects[0] < -0.8 && effects[1] < -0.4 && effects[1] > -0.6 && effects[2] > "
		  "-0.2");
	check_near("effects", effects[NAMES], effects[NAMES + 1], 0);
	/* chance has none, and chance between names alike makes them alike */
	sample = sample_of(noise, 0.04);
	lf_event_effects(&sample, counts, effects);
	for (int i = 0; i <= NAMES + 1; i++)
		check(fabs(effects[i]) < 0.02, "effects: fabs(effects[i]) < 0.02");
	sample = sample_of(alike, 0.01);
	lf_event_effects(&sample, counts, effects);
	check_near("effects", effects[0], effects[2], 1e-12);
	check(effects[0] < -0.48 && effects[0] > -0.5,
		  "effects: effects[0] < -0.48 && effects[0] > -0.5");
}

/* A name of one day lies between that day and all; without a day that was seen nothing is said. */
static void
test_few(void)
{
	const int64_t day[3] = {0, 1, 2};
	const int name[3] = {0, 1, 2};
	const double effects_seen[3] = {-0.8, -0.5, NAN};
	const double none[3] = {NAN, NAN, NAN};
	double counts[3];
	double effects[4];
	lf_event_sample sample = {.days = 3,
							  .slots = 1,
							  .effects = effects_seen,
							  .entries = 3,
							  .day = day,
							  .name = name,
							  .names = 3,
							  .noise = 0.01};

	lf_event_effects(&sample, counts, effects);
	check(
		effects[0] > -0.8 && effects[0] < -0.65 && effects[1] < -0.5 && effects[1] > -0.65,
		"few: effects[0] > -0.8 && effects[0] < -0.65 && effects[1] < -0.5 && effects[1] > -0.65");
	check_near("few", effects[2], effects[3], 0);
	sample.effects = none;
	lf_event_effects(&sample, counts, effects);
	for (int i = 0; i < 4; i++)
		check_near("few", effects[i], 0, 0);
}

static void
test_differences(void)
{
	double variances[3] = {0.01, 0.01, NAN};
	double own[3] = {0.7, -0.7, 5};
	double small[3] = {0.05, -0.05, 0};
	double alone = 0.4;

	lf_event_differences(3, variances, own);
	check(own[0] > 0.65 && own[0] < 0.7, "differences: own[0] > 0.65 && own[0] < 0.7");
	check_near("differences", own[1], -own[0], 1e-12);
	check_near("differences", own[2], 0, 0);
	/* no more than chance makes */
	lf_event_differences(3, variances, small);
	check_near("differences", small[0], 0, 0);
	lf_event_differences(1, variances, &alone);
	check_near("differences", alone, 0, 0);
}

int
main(void)
{
	test_usual();
	test_without();
	test_effects();
	test_few();
	test_differences();
	return check_done();
}
