/*
 * test_universal.c
 *	  What the universal network reads: levels, scales, guides and features of small series, against
 *	  values worked out by hand.
 */
#include "check.h"
#include "universal_fixture.h"

/* Places of the features that are looked at. */
enum
{
	VALUE = 0,
	KNOWN = 1,
	GUIDES = 2,
	BEFORE = GUIDES + LF_UNIVERSAL_GUIDES,
	SECOND,
	SINE,
	COSINE,
	SEASON,
	AHEAD,
	SEASONS_AHEAD,
	ERROR,
	SECOND_SINE,
	SECOND_COSINE,
	HISTORY,
	INNOVATION,
	ERRORS /* of the guides from 1 on */
};

static universal_fixture fixture;

/* Read one window, with its targets; the fixture is closed by close_window. */
static const lf_universal_batch *
read_window(const lf_universal_window *window, int groups)
{
	const universal_request request = {window->season, window->second, 1, groups, true};

	universal_fixture_open(&fixture, &universal_small, lf_kernels_named("plain"), &request, 0);
	lf_universal_read(&fixture.network, window, 1, lf_universal_group(window->season), groups,
					  true);
	return &fixture.network.batch;
}

static void
close_window(void)
{
	universal_fixture_close(&fixture);
}

static const lf_real *
features(int step)
{
	return fixture.network.batch.features + (size_t) step * LF_UNIVERSAL_FEATURES;
}

static bool
near(double a, double b)
{
	return relative_difference(a, b) < 1e-6;
}

/* Are the guides among a step's features these? */
static bool
guides_are(const lf_real *guides, const double expected[LF_UNIVERSAL_GUIDES])
{
	bool same = true;

	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		if (!near((double) guides[j], expected[j]))
		{
			note("guide %d is %g instead of %g", j, (double) guides[j], expected[j]);
			same = false;
		}
	return same;
}

#define GUIDES_ARE(guides, ...) guides_are(guides, (const double[LF_UNIVERSAL_GUIDES]){__VA_ARGS__})

/* The last four values' mean is 0; the mean size is 2, so that the scale is 2.5. */
static void
test_no_season(void)
{
	static const double values[] = {2, 2, 1, 3, -1, -3, /* to come */ 5, -5};
	const lf_universal_window window = {.values = values, .length = 6, .season = 1};
	const lf_universal_batch *batch = read_window(&window, 2);
	const double e = 3.6 / 5 + 0.02; /* the mean change, and the least error */
	const lf_real *x;

	check(batch->past == 6 && near(batch->level[0], 0) && near(batch->scale[0], 2.5),
		  "no season: level 0, scale 2.5");
	check(near(batch->error[0], e), "no season: the error is the mean change");
	x = features(0);
	check(near(x[VALUE], 0.8) && x[KNOWN] == 1 && x[INNOVATION] == 0 && x[BEFORE] == 0 &&
			  GUIDES_ARE(x + GUIDES, 0, 0, 0, 0, 0, 0, 0, 0),
		  "no season: the first step has no guides");
	x = features(1);
	check(GUIDES_ARE(x + GUIDES, .8, .8, .8, .8, .8, .8, .8, .8) && x[BEFORE] == 0,
		  "no season: the second step has one value to go by");
	x = features(5);
	check(GUIDES_ARE(x + GUIDES, -.4, 3.1 / 3, .7 / 3, -.4, .7 / 3, .5, -.4 - .3 / 2.5, .56),
		  "no season: last; last but one and mean of four at the present level; level, drift");
	check(x[BEFORE] == 1 && x[SECOND] == 0 && near(x[VALUE], -1.2) &&
			  near(x[INNOVATION], -.8 / e) && near(x[ERROR], log(e) / 4) &&
			  near(x[HISTORY], log(7) / 5) && x[SEASON] == 0 && x[SINE] == 0 && x[COSINE] == 0 &&
			  x[AHEAD] == 0,
		  "no season: features of the last step");
	check(near(x[ERRORS + 4], log((11.5 / 15 + 0.02) / e)),
		  "no season: how much the level erred, over the last value's errors");
	x = features(7);
	check(GUIDES_ARE(x + GUIDES, -1.2, -3.2 / 3, -2.3 / 3, -1.2, -2.3 / 3, 0, -1.2 - 2 * .8 / 3,
					 1.6 / 6),
		  "no season: guides two steps ahead");
	check(GUIDES_ARE(batch->guides + LF_UNIVERSAL_GUIDES, -1.2, -3.2 / 3, -2.3 / 3, -1.2, -2.3 / 3,
					 0, -1.2 - 2 * .8 / 3, 1.6 / 6),
		  "no season: the same in the batch's guides");
	check(x[VALUE] == 0 && x[KNOWN] == 0 && x[INNOVATION] == 0 && near(x[AHEAD], log(3) / 4) &&
			  near(x[SEASONS_AHEAD], 2.0 / 4 / 4),
		  "no season: what comes is not known");
	check(near(batch->target[0], 2) && near(batch->target[1], -2) &&
			  near(batch->weight[0], 1 / e) && near(batch->weight[1], 1 / e),
		  "no season: targets in units, weights over the error");
	close_window();
}

/* A season of 4; the scale is 3. */
static void
test_season(void)
{
	static const double values[] = {1, 2, 3, 4, 7, -1, 2, -2, 1, -1, 0, 0, 0, 0, 0};
	const lf_universal_window window = {.values = values, .length = 10, .season = 4};
	const lf_universal_batch *batch = read_window(&window, 5);
	const lf_real *x;

	check(batch->past == 10 && near(batch->level[0], 0) && near(batch->scale[0], 3),
		  "season 4: level 0, scale 3");
	check(near(batch->error[0], 22.0 / 6 / 3 + 0.02),
		  "season 4: the error is the mean change from season to season");
	x = features(2);
	check(GUIDES_ARE(x + GUIDES, 2. / 3, 2. / 3, 2. / 3, 2. / 3, 2. / 3, .5, 2. / 3, .5) &&
			  x[BEFORE] == 0,
		  "season 4: before a season was seen the last value stands for it");
	x = features(8);
	check(GUIDES_ARE(x + GUIDES, 7. / 3, 1. / 3, 7. / 6, 7. / 3, 7. / 6, .5, 2, 2. / 3) &&
			  x[BEFORE] == 1,
		  "season 4: last season, the one before, their mean, level, season with drift");
	check(near(x[SINE], 0) && near(x[COSINE], -1) && near(x[SEASON], log(4) / 4),
		  "season 4: phases count from the forecast's first step");
	x = features(10);
	check(GUIDES_ARE(x + GUIDES, 2. / 3, .5, 1. / 24, 2. / 3, 1. / 24, 0, 2. / 3 - 13. / 12,
					 16. / 30),
		  "season 4: guides one step ahead");
	x = features(14);
	check(
		GUIDES_ARE(x + GUIDES, 2. / 3, 1, 7. / 12, 2. / 3, 7. / 12, 0, 2. / 3 - 26. / 12, 16. / 30),
		"season 4: a season further, the drift twice");
	check(near(x[SEASONS_AHEAD], 5. / 4 / 4), "season 4: seasons ahead");
	close_window();
}

/* 0, 1, 2, ... of this length. */
static double *
ramp(int64_t count)
{
	double *values = malloc(count * sizeof(double));

	for (int64_t t = 0; t < count; t++)
		values[t] = (double) t;
	return values;
}

static double
unit(double value)
{
	return (value - fixture.network.batch.level[0]) / fixture.network.batch.scale[0];
}

/* Hours with weeks, of a ramp: what is brought to the present level goes on with it. */
static void
test_second_season(void)
{
	double *values = ramp(150 + 48);
	const lf_universal_window window = {
		.values = values, .length = 150, .season = 24, .second = 168};
	const lf_universal_batch *batch = read_window(&window, 48);
	/* sizes 137.5 down to 0.5, then 0.5 to 11.5 */
	const double mean_size = (138. * 138 / 2 + 12. * 12 / 2) / 150;
	const lf_real *x;

	check(near(batch->level[0], 137.5) && near(batch->scale[0], 1.25 * mean_size + 1e-6 * 137.5),
		  "hours: the level is the last day's, the scale all values'");
	x = features(149);
	check(GUIDES_ARE(x + GUIDES, unit(125), unit(149), unit(149), unit(125), unit(149), unit(136.5),
					 unit(149), unit(100.5)) &&
			  x[SECOND] == 0,
		  "hours: less than a week was seen");
	/* step 173 is the last of the first day ahead: a week before it is step 5 */
	x = features(173);
	check(GUIDES_ARE(x + GUIDES, unit(149), unit(173), unit(173), unit(5), unit(5), unit(137.5),
					 unit(173), unit(101.5)) &&
			  x[SECOND] == 1,
		  "hours: a day ahead, and a week before it");
	check(near(x[SECOND_SINE], sin(2 * M_PI * 23 / 168)) &&
			  near(x[SECOND_COSINE], cos(2 * M_PI * 23 / 168)) &&
			  near(x[SINE], sin(2 * M_PI * 23 / 24)),
		  "hours: two phases");
	x = features(167);
	check(x[SECOND] == 0 && near(x[GUIDES + 3], x[GUIDES]),
		  "hours: a step of which no week before was seen");
	/* step 174: two days back, so that nothing of the forecast itself is used */
	x = features(174);
	check(near(x[GUIDES], unit(126)), "hours: the second day goes back two days");
	close_window();
	free(values);
}

/* A day of 144 steps is read by threes. */
static void
test_groups(void)
{
	const int64_t length = 500;
	double *values = ramp(length + 60);
	uint8_t observed[560];
	lf_universal_window window = {.values = values, .length = length, .season = 144};
	const lf_universal_batch *batch = read_window(&window, 20);
	const lf_real *x;

	check(batch->past == 166, "groups: what is left over at the beginning is not read");
	x = features(165);
	check(near(x[VALUE], unit(498)) && near(x[GUIDES], unit(354)) &&
			  near(x[GUIDES + 1], unit(498)) && near(x[GUIDES + 2], unit((2 * 498 + 458.5) / 3)) &&
			  near(x[GUIDES + 7], unit(248)) && near(x[GUIDES + 5], unit(424.5)),
		  "groups: means of three steps");
	check(near(x[SEASON], log(48) / 4) && near(x[COSINE], cos(2 * M_PI / 48)),
		  "groups: a season of 48 groups");
	x = features(166 + 19);
	check(near(x[GUIDES], unit(414)) && near(batch->target[19], unit(558)),
		  "groups: guides and targets of what comes");
	close_window();

	memset(observed, 1, sizeof(observed));
	observed[497] = observed[498] = 0; /* two of the last three, */
	observed[494] = 0;                 /* one of the three before */
	observed[500] = observed[501] = 0;
	window.observed = observed;
	batch = read_window(&window, 20);
	check(features(165)[KNOWN] == 0 && features(165)[VALUE] == 0 && features(164)[KNOWN] == 1,
		  "groups: most steps of a group have to be observed");
	check(batch->weight[0] == 0 && batch->weight[1] > 0,
		  "groups: what was not observed is no target");
	close_window();
	free(values);
}

static void
test_missing(void)
{
	static const double values[] = {2, 2, 1, 3, -1, -3, 5, -5};
	static const uint8_t observed[] = {1, 1, 1, 0, 1, 1, 1, 0};
	const lf_universal_window window = {
		.values = values, .observed = observed, .length = 6, .season = 1};
	const lf_universal_batch *batch = read_window(&window, 2);
	const lf_real *x = features(3);

	check(x[KNOWN] == 0 && x[VALUE] == 0 && x[INNOVATION] == 0 && near(x[GUIDES], .4),
		  "missing: guides, but neither value nor innovation");
	check(near(features(4)[GUIDES], 1.2), "missing: the filled value guides the next step");
	check(near(batch->error[0], (0 + .4 + 1.6 + .8) / 4 + 0.02), "missing: it counts as no error");
	check(batch->weight[0] > 0 && batch->weight[1] == 0, "missing: it is no target");
	close_window();
}

static void
test_short(void)
{
	static const double values[] = {1, 3, 8, 0, 0, 0};
	lf_universal_window window = {.values = values, .length = 1, .season = 12};
	const lf_universal_batch *batch = read_window(&window, 3);

	check(batch->past == 1 && near(batch->level[0], 1) && near(1e6 * batch->scale[0], 1) &&
			  near(batch->error[0], 1.02),
		  "one step: a scale by the level, an error of one");
	check(GUIDES_ARE(batch->guides, 0, 0, 0, 0, 0, 0, 0, 0), "one step: all guides say it again");
	close_window();

	window.length = 2;
	window.season = 1;
	batch = read_window(&window, 3);
	check(near(batch->level[0], 2) && near(batch->error[0], 2 / (1.25 + 2e-6) + 0.02),
		  "two steps: their change is the error");
	check(near(batch->guides[0], unit(3)) && near(batch->guides[1], unit(1)),
		  "two steps: the last and the one before");
	close_window();

	window.length = 3;
	window.season = 12;
	batch = read_window(&window, 3);
	check(near(batch->level[0], 4) && near(batch->error[0], (2 + 5) / 2. / batch->scale[0] + 0.02),
		  "three steps of a season: changes from step to step are the error");
	check(near(batch->guides[0], unit(8)), "three steps of a season: the last value");
	close_window();
}

static void
test_sizes(void)
{
	static const struct
	{
		int64_t season, group;
	} sizes[] = {{1, 1}, {64, 1}, {65, 2}, {96, 2}, {144, 3}, {288, 6}, {1440, 24}, {2000, 40}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check(lf_universal_group(sizes[i].season) == sizes[i].group,
			  "a season of %d is read by groups of %d", (int) sizes[i].season,
			  (int) sizes[i].group);
	check(lf_universal_memory(24, 168) == 192 + 5 * 168, "memory of hours and weeks");
	check(lf_universal_memory(144, 0) == 192 * 3 + 5 * 144, "memory of days by ten minutes");
}

/* A past that is longer than the memory is read by its end. */
static void
test_long(void)
{
	double *values = ramp(2000 + 3);
	lf_universal_window window = {.values = values, .length = 2000, .season = 12};
	const lf_universal_batch *batch = read_window(&window, 3);
	double scale = batch->scale[0];

	check(batch->past == LF_UNIVERSAL_PAST && near(batch->target[2], unit(2002)),
		  "a long past: the latest steps are read");
	close_window();
	window.values += 2000 - 252;
	window.length = 252;
	batch = read_window(&window, 3);
	check(near(batch->scale[0], scale),
		  "a long past: what lies before the memory is not looked at");
	close_window();
	free(values);
}

int
main(void)
{
	test_sizes();
	test_no_season();
	test_season();
	test_second_season();
	test_groups();
	test_missing();
	test_short();
	test_long();
	return check_done();
}
