/*
 * test_universal.c
 *	  What the universal network reads: levels, scales, guides and features of small series, against
 *	  values worked out by hand.
 */
#include "check.h"
#include "core/universal_guides.h"
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
	CHANGES,
	BASE,
	ERRORS /* of the guides */
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

/* Are some guides of a step these? */
static bool
guides_are(const lf_real *guides, int first, int count, const double *expected)
{
	bool same = true;

	for (int j = 0; j < count; j++)
		if (!near((double) guides[first + j], expected[j]))
		{
			note("guide %d is %.9g instead of %.9g", first + j, (double) guides[first + j],
				 expected[j]);
			same = false;
		}
	return same;
}

/* Those that look back, and those that go along. */
#define BACK_ARE(guides, ...)                                                                      \
	guides_are(guides, 0, LF_GUIDES_BACK, (const double[LF_GUIDES_BACK]){__VA_ARGS__})
#define ALONG_ARE(guides, ...)                                                                     \
	guides_are(guides, LF_GUIDES_BACK, LF_SMOOTHINGS, (const double[LF_SMOOTHINGS]){__VA_ARGS__})

static bool
all_are(const lf_real *guides, double expected)
{
	bool same = true;

	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		same &= near((double) guides[j], expected);
	return same;
}

static double
limited_error(double value, double forecast)
{
	return fmin(fabs(value - forecast), 8);
}

/*
 * What guides are worth, by what was read of the past: errors of one guide after the other, of
 * which each block counts so much of the one after it.
 */
static void
weigh_guides(const lf_universal_batch *batch, int first, int block, double fading, double *error,
			 double *weight)
{
	double mean = 0, total = 0, count = 0;

	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
	{
		error[j] = count = 0;
		for (int t = first; t < batch->past; t++)
		{
			const lf_real *x = features(t);
			const double share = pow(fading, (batch->past - 1 - t) / block);

			if (x[KNOWN] == 0)
				continue;
			error[j] += share * limited_error(x[VALUE], x[GUIDES + j]);
			count += share;
		}
		mean += error[j] / count / LF_UNIVERSAL_GUIDES;
	}
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
	{
		error[j] = (error[j] + mean) / (count + 1) + .02;
		weight[j] = pow(error[j], -8);
		total += weight[j];
	}
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		weight[j] /= total;
}

/*
 * The base and all errors, from guides and values that were read; they count from step first on, in
 * blocks of so many groups, of which each counts so much of the one after it.
 */
static void
check_worth(const lf_universal_batch *batch, const char *name, int first, int block, double fading)
{
	double error[LF_UNIVERSAL_GUIDES], weight[LF_UNIVERSAL_GUIDES];
	double sum = 0;
	int count = 0;
	bool bases = true, errors = true, innovations = true;

	weigh_guides(batch, first, block, fading, error, weight);
	for (int t = 0; t < batch->past + batch->horizon; t++)
	{
		const lf_real *x = features(t);
		double base = 0;

		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
			base += weight[j] * (double) x[GUIDES + j];
		bases &= near(x[BASE], base);
		if (x[KNOWN] && x[BEFORE])
		{
			sum += limited_error(x[VALUE], base);
			count++;
		}
	}
	check(bases, "%s: the base is the guides' mean, by their errors to the power of -8", name);
	check(near(batch->error[0], sum / count + .02), "%s: and how it erred is the error", name);
	for (int t = 0; t < batch->past + batch->horizon; t++)
	{
		const lf_real *x = features(t);
		const double innovation = (x[VALUE] - x[BASE]) / batch->error[0];

		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
			errors &= near(x[ERRORS + j], log(error[j] / batch->error[0]));
		errors &= near(x[ERROR], log(batch->error[0]) / 4);
		innovations &= near(x[INNOVATION], x[KNOWN] ? fmax(-8, fmin(8, innovation)) : 0);
	}
	check(errors, "%s: errors of the guides are over the base's", name);
	check(innovations, "%s: innovations are from the base", name);
	check(near(batch->weight[0], 1 / error[0]), "%s: targets count over the first guide's error",
		  name);
}

/* The last four values' mean is 0; the mean size is 2, so that the scale is 2.5. */
static void
test_no_season(void)
{
	static const double values[] = {2, 2, 1, 3, -1, -3, /* to come */ 5, -5};
	const lf_universal_window window = {.values = values, .length = 6, .season = 1};
	const lf_universal_batch *batch = read_window(&window, 2);
	const double changes = 3.6 / 5 + 0.02;
	const double e = .946216133; /* of the base, over the last four steps */
	const lf_real *x;

	check(batch->past == 6 && near(batch->level[0], 0) && near(batch->scale[0], 2.5),
		  "no season: level 0, scale 2.5");
	check(near(batch->error[0], e), "no season: the error");
	x = features(0);
	check(near(x[VALUE], 0.8) && x[KNOWN] == 1 && near(x[INNOVATION], .8 / e) && x[BEFORE] == 0 &&
			  all_are(x + GUIDES, 0) && x[BASE] == 0,
		  "no season: the first step has no guides");
	x = features(1);
	check(all_are(x + GUIDES, .8) && x[BEFORE] == 0 && near(x[BASE], .8),
		  "no season: the second step has one value to go by");
	x = features(5);
	/* brought to the level .5: -.4 - .3, 1.2 - 1 / 6, .4 - .3, .8 - .3 */
	check(BACK_ARE(x + GUIDES, -.4, .7 / 3, -.4, .7 / 3, .5, -.4 - .3 / 2.5, .56, .5, .5),
		  "no season: last, mean of four at the level, the same twice, level, drift, means");
	/* half of the regression's slope, -.2, from the level .532; the regression's line */
	check(ALONG_ARE(x + GUIDES, .532 - .1, -.04, -.04, -.191770471, -.337782118),
		  "no season: smoothing");
	check(x[BEFORE] == 1 && x[SECOND] == 0 && near(x[VALUE], -1.2) && near(x[BASE], .0011262974) &&
			  near(x[INNOVATION], (-1.2 - .0011262974) / e) && near(x[ERROR], log(e) / 4) &&
			  near(x[HISTORY], log(7) / 5) && x[SEASON] == 0 && x[SINE] == 0 && x[COSINE] == 0 &&
			  near(x[AHEAD], log(2) / 4) && near(x[CHANGES], log(changes / e)),
		  "no season: features of the last step");
	check(near(x[ERRORS], log(.744545485 / e)) && near(x[ERRORS + 4], log(.783434382 / e)),
		  "no season: how much the last value and the level erred, over the base's error");
	x = features(7);
	/* brought to the level 0: -1.2 - .8, -.4 - 2 / 3, 1.2 - .8, .4 - .8 */
	check(BACK_ARE(x + GUIDES, -1.2, -2.3 / 3, -1.2, -2.3 / 3, 0, -1.2 - 2 * .8 / 3, 1.6 / 6, 0, 0),
		  "no season: guides two steps ahead");
	check(ALONG_ARE(x + GUIDES, -.260114286, .8 / 3 - 4.5 * 6.4 / 17.5, .8 / 3 - 4.5 * 6.4 / 17.5,
					-1.319426597, -1.800036766),
		  "no season: smoothing two steps ahead");
	check(near(batch->base[0], -.795294464) && near(batch->base[1], -.930377901),
		  "no season: the base of what comes");
	check(memcmp(x + GUIDES, batch->guides + LF_UNIVERSAL_GUIDES,
				 LF_UNIVERSAL_GUIDES * sizeof(lf_real)) == 0,
		  "no season: the same in the batch's guides");
	check(x[VALUE] == 0 && x[KNOWN] == 0 && x[INNOVATION] == 0 && near(x[AHEAD], log(3) / 4) &&
			  near(x[SEASONS_AHEAD], 2.0 / 4 / 4),
		  "no season: what comes is not known");
	check(near(batch->target[0], 2) && near(batch->target[1], -2) &&
			  near(batch->weight[1], 1 / .744545485),
		  "no season: targets in units, weights over the first guide's error");
	check_worth(batch, "no season", 1, 1, 1);
	close_window();
}

/* Without a season a long past is read in blocks of four steps. */
static void
test_blocks(void)
{
	double values[64];
	const lf_universal_window window = {.values = values, .length = 62, .season = 1};
	const lf_universal_batch *batch;

	for (int t = 0; t < 64; t++)
		values[t] = t * 7919 % 101 / 50.;
	batch = read_window(&window, 2);
	/* the first two steps are left over, and said one by one */
	check(near(features(1)[AHEAD], log(2) / 4) && near(features(2)[AHEAD], log(2) / 4) &&
			  near(features(5)[AHEAD], log(5) / 4) && near(features(6)[AHEAD], log(2) / 4),
		  "blocks: of four steps");
	check(features(5)[GUIDES] == features(1)[VALUE], "blocks: by what was known before");
	check_worth(batch, "blocks", 1, 4, 1);
	close_window();
}

/* A season of 4, read in blocks of 2; the scale is 3. */
static void
test_season(void)
{
	static const double values[] = {1, 2, 3, 4, 7, -1, 2, -2, 1, -1, 0, 0, 0, 0, 0};
	const lf_universal_window window = {.values = values, .length = 10, .season = 4};
	const lf_universal_batch *batch = read_window(&window, 5);
	const lf_real *x;

	check(batch->past == 10 && near(batch->level[0], 0) && near(batch->scale[0], 3),
		  "season 4: level 0, scale 3");
	check(near(batch->error[0], 26. / 9 / 3 + 0.02),
		  "season 4: two steps with a season before the last are too few: the error is changes");
	x = features(2);
	check(BACK_ARE(x + GUIDES, 2. / 3, 2. / 3, 2. / 3, 2. / 3, .5, 2. / 3, .5, 2. / 3, 2. / 3) &&
			  x[BEFORE] == 0,
		  "season 4: before a season was seen the last value stands for it");
	check(ALONG_ARE(x + GUIDES, 2. / 3, 2. / 3, 2. / 3, 2. / 3, 2. / 3),
		  "season 4: also in smoothing");
	x = features(4);
	check(ALONG_ARE(x + GUIDES, 1. / 3, 1. / 3, 1. / 3, 1. / 3, 1. / 3) && x[BEFORE] == 0,
		  "season 4: smoothing begins with the first season as it was");
	x = features(5);
	check(near(x[GUIDES], 2. / 3) && near(x[GUIDES + 4], 2.5 / 3) && near(x[AHEAD], log(3) / 4),
		  "season 4: the second step of a block goes by what was known before the first");
	x = features(8);
	/* the level is .5; 7 was at 2.5, 1 at nothing that is known */
	check(BACK_ARE(x + GUIDES, 7. / 3, (7. / 3 + .5 - 2.5 / 3 + 1. / 3) / 2, 7. / 3,
				   (7. / 3 + .5 - 2.5 / 3 + 1. / 3) / 2, .5, 7. / 3 - 1. / 3, 2. / 3, 4. / 3,
				   4. / 3) &&
			  x[BEFORE] == 1,
		  "season 4: last season, means, level, season with drift");
	/* two seasons settle them: a slope of -1 / 12 from .375 on, half of it by theta; the index is
	   the mean of -1.875 / 3 and 5.125 / 3 */
	check(ALONG_ARE(x + GUIDES, .375 - 1. / 24 + 3.25 / 6, .375 - 1. / 12 + 3.25 / 6,
					.375 - 1. / 12 + 3.25 / 6, .375 - .97 / 12 + 3.25 / 6,
					.375 - .9 / 12 + 3.25 / 6),
		  "season 4: smoothing after two seasons");
	check(near(x[SINE], 0) && near(x[COSINE], -1) && near(x[SEASON], log(4) / 4),
		  "season 4: phases count from the forecast's first step");
	x = features(10);
	/* brought to 0: 2 from the level 3.25, and 3 from 1.5 */
	check(BACK_ARE(x + GUIDES, 2. / 3, .25 / 6, 2. / 3, .25 / 6, 0, 2. / 3 - 13. / 12, 16. / 30,
				   2.5 / 3, 2.5 / 3),
		  "season 4: guides one step ahead");
	x = features(14);
	check(BACK_ARE(x + GUIDES, 2. / 3, 7. / 12, 2. / 3, 7. / 12, 0, 2. / 3 - 26. / 12, 16. / 30,
				   2.5 / 3, 2.5 / 3),
		  "season 4: a season further, the drift twice");
	check(ALONG_ARE(x + GUIDES, .12196969696, -.251515152, -.251515152, -.047864436, .100211389),
		  "season 4: smoothing a season further");
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
	/* of the last day read, which is said from what was known at its beginning */
	check(BACK_ARE(x + GUIDES, unit(125), unit(149), unit(125), unit(149), unit(113.5), unit(149),
				   unit(77.5), unit(89), unit(89)) &&
			  x[SECOND] == 0,
		  "hours: less than a week was seen");
	/* step 173 is the last of the first day ahead: a week before it is step 5 */
	x = features(173);
	check(BACK_ARE(x + GUIDES, unit(149), unit(173), unit(5), unit(5), unit(137.5), unit(173),
				   unit(101.5), unit(113), unit(5)) &&
			  x[SECOND] == 1,
		  "hours: a day ahead, and a week before it, whose level is not known");
	check(near(x[SECOND_SINE], sin(2 * M_PI * 23 / 168)) &&
			  near(x[SECOND_COSINE], cos(2 * M_PI * 23 / 168)) &&
			  near(x[SINE], sin(2 * M_PI * 23 / 24)),
		  "hours: two phases");
	x = features(167);
	check(x[SECOND] == 0 && x[GUIDES + 2] == x[GUIDES] && x[GUIDES + 3] == x[GUIDES + 1] &&
			  x[GUIDES + 8] == x[GUIDES + 7],
		  "hours: a step of which no week before was seen");
	/* step 174: two days back, so that nothing of the forecast itself is used */
	x = features(174);
	check(near(x[GUIDES], unit(126)) && near(x[GUIDES + 7], unit(90)),
		  "hours: the second day goes back two days");
	check_worth(batch, "hours", 24, 24, .9);
	close_window();
	free(values);
}

/* Hours of which a week is longer than what is read: two weeks before it are judged as well. */
static void
test_judged_before(void)
{
	double values[748];
	const lf_universal_window window = {
		.values = values, .length = 700, .season = 24, .second = 168};
	const lf_universal_batch *batch;
	const lf_real *x;

	for (int t = 0; t < 748; t++)
		values[t] = t % 24 + t / 24 % 7 * 3 + t * 7919 % 101 / 50.;
	batch = read_window(&window, 48);
	x = features(191);
	check(batch->past == 192 && near(batch->error[0], .071670903), "weeks: the error");
	/* of the last value; of the second season: last, at the level, as it was; of smoothing */
	check(near(x[ERRORS], 1.92606991) && near(x[ERRORS + 2], .286770252) &&
			  near(x[ERRORS + 3], 1.052339598) && near(x[ERRORS + 8], .054282192) &&
			  near(x[ERRORS + 11], 1.888814965),
		  "weeks: what guides erred in 22 days");
	check(near(batch->base[0], -.361564526) && near(batch->base[47], -.010529912),
		  "weeks: the base follows them");
	close_window();
}

/* A season of 67 steps is read by twos: 34 groups, whose phases shift by a step from season to
 * season. */
static void
test_odd_season(void)
{
	double values[320];
	const lf_universal_window window = {.values = values, .length = 300, .season = 67};
	const lf_universal_batch *batch;
	const lf_real *x;

	for (int t = 0; t < 320; t++)
		values[t] = t % 67 * .1 + t * 7919 % 101 / 50.;
	batch = read_window(&window, 10);
	x = features(149);
	check(batch->past == 150 && near(batch->error[0], .151234904), "odd season: the error");
	check(ALONG_ARE(x + GUIDES, -.029547329, .004508018, -.042815473, -.094185302, -.157589427),
		  "odd season: smoothing by the phases that groups begin in");
	check(near(batch->base[0], .060489843) && near(batch->base[9], .823181482),
		  "odd season: the base");
	close_window();
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
	/* the block of 39 groups begins at 383, where the level is 310.5; 144 before it was 166.5, 288
	   before, where less was seen, 47, and 432 before nothing */
	check(near(x[VALUE], unit(498)) &&
			  BACK_ARE(x + GUIDES, unit(354), unit((498 + 473.5 + 66) / 3), unit(354),
					   unit((498 + 473.5 + 66) / 3), unit(310.5), unit(498), unit(191), unit(210),
					   unit(210)),
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
	check(near(x[CHANGES], log(((0 + .4 + 1.6 + .8) / 4 + 0.02) / batch->error[0])) &&
			  near(batch->error[0], .999991486),
		  "missing: it counts as no change and no error");
	check_worth(batch, "missing", 1, 1, 1);
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
	check(all_are(batch->guides, 0) && batch->base[2] == 0, "one step: all guides say it again");
	close_window();

	window.length = 2;
	window.season = 1;
	batch = read_window(&window, 3);
	check(near(batch->level[0], 2) && near(batch->error[0], 2 / (1.25 + 2e-6) + 0.02),
		  "two steps: their change is the error");
	check(near(batch->guides[0], unit(3)) && near(batch->guides[1], unit((4 + 1) / 2.)),
		  "two steps: the last, and the mean of both, of which the last is brought from 1 to 2");
	check(near(batch->base[0], .673553208), "two steps: no guide was better than others");
	close_window();

	window.length = 3;
	window.season = 12;
	batch = read_window(&window, 3);
	check(near(batch->level[0], 4) && near(batch->error[0], (2 + 5) / 2. / batch->scale[0] + 0.02),
		  "three steps of a season: changes from step to step are the error");
	check(near(batch->guides[0], unit(8)) && near(batch->guides[4], unit(4)) &&
			  near(batch->guides[13], unit(8)) && near(batch->base[2], unit(8)),
		  "three steps of a season: the last value");
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
	test_blocks();
	test_season();
	test_second_season();
	test_judged_before();
	test_odd_season();
	test_groups();
	test_missing();
	test_short();
	test_long();
	return check_done();
}
