/*
 * test_universal_guides.c
 *	  Guides of the universal network that go along: against the same methods written down group by
 *	  group, against values worked out by hand, and on what is clean.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/random.h"
#include "core/universal_guides.h"

#define LONGEST 1600
#define THETA LF_GUIDES_BACK
#define LINE (LF_GUIDES_BACK + 1)
#define SLOW_LINE (LF_GUIDES_BACK + 2)
#define HOLT (LF_GUIDES_BACK + 3)
#define QUICK_HOLT (LF_GUIDES_BACK + 4)

/* A series of known length, as guides look at it. */
typedef struct series
{
	double values[LONGEST], sums[LONGEST + 1];
	lf_guide_window window;
} series;

/* Look at values that were filled in. */
static void
look(series *s, int64_t length, int64_t season)
{
	const int64_t group = lf_universal_group(season);

	s->sums[0] = 0;
	for (int64_t t = 0; t < length; t++)
		s->sums[t + 1] = s->sums[t] + s->values[t];
	s->window = (lf_guide_window){.sums = s->sums,
								  .length = length,
								  .group = group,
								  .level_steps = season > 4 * group ? season : 4 * group,
								  .season = season};
}

/* What is said of the group so many groups ahead of an origin, with groups known from a step on. */
static lf_guidance
say(const series *s, int64_t from, int64_t origin, int64_t ahead)
{
	lf_smoothings all;

	lf_smoothings_begin(&all, &s->window, from);
	lf_smoothings_learn(&all, &s->window, origin);
	return lf_guide(&s->window, &all, origin + (ahead - 1) * s->window.group, origin);
}

/* --- the same written down group by group --- */

#define LARGEST 512 /* groups */

typedef struct method
{
	bool theta, line;
	double level, seasonal, slope, damping;
} method;

static const method methods[LF_SMOOTHINGS] = {
	{.theta = true, .level = .2, .seasonal = .3, .damping = 1},
	{.line = true, .level = .2, .seasonal = .3, .slope = .004, .damping = 1},
	{.line = true, .level = .05, .seasonal = .1, .slope = .001, .damping = 1},
	{.level = .8, .seasonal = .3, .slope = .08, .damping = .97},
	{.level = .8, .seasonal = .3, .slope = .24, .damping = .9}};

typedef struct reference
{
	const method *m;
	int season; /* groups of it */
	bool seasonal;
	int count;
	double y[LARGEST]; /* groups that were seen */
	int phase[LARGEST];
	double level, slope, index[LF_UNIVERSAL_SEASON];
	int points; /* of theta's regression */
	double point[LARGEST];
} reference;

static double
cut(double value, double most)
{
	return fmax(-most, fmin(most, value));
}

static double
mean_of(const double *values, int count)
{
	double sum = 0;

	for (int i = 0; i < count; i++)
		sum += values[i] / count;
	return sum;
}

static double
regression(const double *values, int count)
{
	const double mean = mean_of(values, count), middle = (count - 1) / 2.;
	double products = 0, squares = 0;

	for (int i = 0; i < count; i++)
	{
		products += (i - middle) * (values[i] - mean);
		squares += (i - middle) * (i - middle);
	}
	return products / squares;
}

/* No more than three units a season. */
static double
trend(const reference *r, int ahead)
{
	const double half = r->m->theta && r->points > 2 ? regression(r->point, r->points) / 2 : 0;
	const double slope = cut(r->m->theta ? half : r->slope, 3. / r->season);
	double sum = 0, part = 1;

	for (int i = 0; i < ahead; i++)
		sum += slope * (part *= r->m->damping);
	return sum;
}

static int
seen_of(const reference *r, int phase)
{
	int seen = 0;

	for (int i = 0; i < r->count; i++)
		seen += r->phase[i] == phase;
	return seen;
}

/* After two seasons all is made anew of both of them. */
static void
make_anew(reference *r)
{
	const int n = 2 * r->season;
	const double change = mean_of(r->y + r->season, r->season) - mean_of(r->y, r->season);

	r->slope = cut(change / r->season, 3. / r->season);
	memset(r->index, 0, sizeof(r->index));
	for (int i = 0; i < n; i++)
		r->point[i] = mean_of(r->y, n) + r->slope * (i - (n - 1) / 2.);
	for (int i = 0; i < n; i++)
		r->index[r->phase[i]] += (r->y[i] - r->point[i]) / seen_of(r, r->phase[i]);
	r->level = r->point[n - 1];
	r->points = n;
}

static void
see(reference *r, double value, int phase)
{
	const bool sloped = !r->seasonal || r->count >= 2 * r->season;
	const double n = r->count + 1;
	const double step = trend(r, 1);
	const double before = r->seasonal ? r->index[phase] : 0;
	const double surprise = cut(value - r->level - step - before, 8);
	double level_rate = fmax(r->m->level, 1 / n), slope_rate = sloped ? r->m->slope : 0;

	r->y[r->count] = value;
	r->phase[r->count++] = phase;
	if (r->m->line && sloped)
	{
		/* the gains of the line through n values alike */
		level_rate = fmax(r->m->level, 2 * (2 * n - 1) / (n * (n + 1)));
		slope_rate = fmax(r->m->slope, 6 / (n * (n + 1)));
	}
	r->point[r->points++] = value - before;
	r->level += step + level_rate * surprise;
	r->slope = r->m->damping * r->slope + slope_rate * surprise;
	/* where a level could not catch up */
	if (3. / r->season > 8 * r->m->level)
		r->slope = cut(r->slope, 3. / r->season);
	if (r->seasonal)
		r->index[phase] +=
			fmax(r->m->seasonal, 1. / seen_of(r, phase)) * (1 - level_rate) * surprise;
	if (r->seasonal && r->count == 2 * r->season)
		make_anew(r);
}

static double
group_of(const series *s, int64_t at)
{
	return mean_of(s->values + at, (int) s->window.group);
}

static int
phase_at(const series *s, int64_t at)
{
	return (int) (at % s->window.season / s->window.group);
}

static void
start(reference *r, const series *s, const method *m, int64_t from)
{
	*r = (reference){.m = m,
					 .season = (int) ((s->window.season + s->window.group - 1) / s->window.group),
					 .seasonal = s->window.season > 1};
	for (; r->count < r->season; r->count++)
	{
		const int64_t at = from + r->count * s->window.group;

		r->y[r->count] = group_of(s, at);
		r->phase[r->count] = phase_at(s, at);
	}
	r->level = mean_of(r->y, r->season);
	for (int i = 0; i < r->season; i++)
		r->index[r->phase[i]] = r->y[i] - r->level;
	if (!r->seasonal)
		r->point[r->points++] = r->y[0];
}

/* How far guides lie from it: at every origin, one group, a season and two and a bit ahead. */
static double
far_from_reference(const series *s, int64_t from, int method_number)
{
	const int64_t group = s->window.group;
	static reference r;
	lf_smoothings all;
	double worst = 0;

	start(&r, s, &methods[method_number], from);
	lf_smoothings_begin(&all, &s->window, from);
	for (int64_t origin = from + r.count * group; origin <= s->window.length; origin += group)
	{
		const int aheads[] = {1, r.season, 2 * r.season + 1};

		lf_smoothings_learn(&all, &s->window, origin);
		for (int i = 0; i < 3; i++)
		{
			const int64_t at = origin + (aheads[i] - 1) * group;
			const double expected =
				r.level + trend(&r, aheads[i]) + (r.seasonal ? r.index[phase_at(s, at)] : 0);
			const double said =
				lf_guide(&s->window, &all, at, origin).guide[LF_GUIDES_BACK + method_number];

			worst = fmax(worst, fabs(said - expected));
		}
		if (origin + group <= s->window.length)
			see(&r, group_of(s, origin), phase_at(s, origin));
	}
	return worst;
}

/* Noise, steps, a spike: whatever comes, it is the same; from is where the first season begins. */
static void
test_reference(void)
{
	static const struct
	{
		int64_t season, length, from;
	} kinds[] = {{1, 60, 0},   {2, 40, 1},    {4, 45, 3},    {12, 100, 0},   {64, 300, 20},
				 {67, 420, 0}, {67, 421, 31}, {144, 900, 0}, {365, 1600, 5}, {12, 12, 0}};
	static series s;

	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++)
	{
		lf_random random = lf_random_seed(6, kind);
		double worst[LF_SMOOTHINGS];
		bool same = true;

		for (int t = 0; t < kinds[kind].length; t++)
			s.values[t] = sin(2 * M_PI * t / (double) kinds[kind].season) + .02 * t +
						  .5 * lf_random_normal(&random) + (t > 150 ? 1 : 0) + (t == 37 ? 30 : 0);
		look(&s, kinds[kind].length, kinds[kind].season);
		for (int i = 0; i < LF_SMOOTHINGS; i++)
		{
			worst[i] = far_from_reference(&s, kinds[kind].from, i);
			same &= worst[i] < 1e-9;
		}
		check(same, "season %d, %d steps: as written down (%.0e %.0e %.0e %.0e %.0e)",
			  (int) kinds[kind].season, (int) (kinds[kind].length - kinds[kind].from), worst[0],
			  worst[1], worst[2], worst[3], worst[4]);
	}
}

/* --- by hand --- */

static bool
along_are(const lf_guidance *said, double theta, double line, double slow, double holt,
		  double quick)
{
	const double expected[LF_SMOOTHINGS] = {theta, line, slow, holt, quick};
	bool same = true;

	for (int i = 0; i < LF_SMOOTHINGS; i++)
		if (!(fabs(said->guide[LF_GUIDES_BACK + i] - expected[i]) < 1e-8))
		{
			note("method %d says %.10g instead of %.10g", i, said->guide[LF_GUIDES_BACK + i],
				 expected[i]);
			same = false;
		}
	return same;
}

static void
set(series *s, const double *values, int64_t length, int64_t season)
{
	memcpy(s->values, values, length * sizeof(double));
	look(s, length, season);
}

static void
test_by_hand(void)
{
	static const double plain[] = {2, 4, 3, 7};
	static const double quarters[] = {1, 2, 3, 4, 3, 4, 5, 8};
	static series s;
	lf_guidance said;

	/* theta's levels are 2, 3, 3 and 3.25 + 3.75 / 4: its slope is half of the regression's of 2,
	   4,
	   3. Holt's levels begin with 2 and 3.6, its slopes with 0 and a share of the surprise of 2 */
	set(&s, plain, 4, 1);
	said = say(&s, 0, 3, 1);
	check(
		along_are(&said, 3 + .25, 4, 4,
				  2 + 1.6 + .16 * .97 + .8 * (3 - 3.7552) + (.16 * .97 + .08 * (3 - 3.7552)) * .97,
				  3.6 + .48 * .9 + .8 * (3 - 4.032) + (.48 * .9 + .24 * (3 - 4.032)) * .9),
		"2, 4, 3: the lines, and Holt's two groups on");
	said = say(&s, 0, 4, 2);
	check(fabs(said.guide[THETA] - (3.25 + 3.75 / 4 + 2 * 1.4 / 2)) < 1e-12 &&
			  fabs(said.guide[LINE] - (4 + 1.4 * 3.5)) < 1e-12 &&
			  fabs(said.guide[SLOW_LINE] - (4 + 1.4 * 3.5)) < 1e-12,
		  "2, 4, 3, 7: two ahead, the slope of 1.4 or its half");

	/* means 2.5 and 5: a slope of 2.5 / 4, and indices around the line, the first of which is the
	   mean of 1 - 1.5625 and 3 - 4.0625 */
	set(&s, quarters, 8, 4);
	said = say(&s, 0, 4, 3);
	check(along_are(&said, 3, 3, 3, 3, 3), "quarters: the first season again");
	said = say(&s, 0, 8, 1);
	check(along_are(&said, 5.9375 + .3125 - .8125, 5.9375 + .625 - .8125, 5.9375 + .625 - .8125,
					5.9375 + .625 * .97 - .8125, 5.9375 + .625 * .9 - .8125),
		  "quarters: a slope, a level and indices of both seasons");
	said = say(&s, 0, 8, 8);
	check(fabs(said.guide[THETA] - (5.9375 + 8 * .3125 + 1.3125)) < 1e-12 &&
			  fabs(said.guide[LINE] - (5.9375 + 8 * .625 + 1.3125)) < 1e-12 &&
			  fabs(said.guide[HOLT] - (5.9375 + .625 * .97 * (1 - pow(.97, 8)) / .03 + 1.3125)) <
				  1e-12,
		  "quarters: the last of two seasons ahead");
}

/* --- what is clean --- */

/* How far a guide lies from the series' own next groups, at most, from an origin on. */
static double
worst_ahead(const series *s, int guide, int64_t from, int64_t first, int64_t last, int aheads)
{
	double worst = 0;

	for (int64_t origin = first; origin <= last; origin += s->window.group)
		for (int ahead = 1; ahead <= aheads; ahead++)
		{
			const int64_t at = origin + (ahead - 1) * s->window.group;

			worst = fmax(worst, fabs(say(s, from, origin, ahead).guide[guide] - group_of(s, at)));
		}
	return worst;
}

static void
test_clean_season(void)
{
	static const int64_t seasons[] = {2, 12, 64, 144};
	static series s;

	for (int i = 0; i < 4; i++)
	{
		const int64_t season = seasons[i];
		const int64_t group = lf_universal_group(season), from = season / 2 / group * group;
		lf_random random = lf_random_seed(2, (uint64_t) i);
		double worst = 0;

		for (int t = 0; t < LONGEST; t++)
			s.values[t] = t < season ? 3 * lf_random_normal(&random) : s.values[t - season];
		look(&s, 4 * season, season);
		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
			if (j >= LF_GUIDES_BACK)
				worst = fmax(worst, worst_ahead(&s, j, from, from + season, 4 * season,
												(int) (2 * season / group)));
		check(worst < 1e-9, "season %d: repeated exactly, once it was seen (%.0e)", (int) season,
			  worst);
	}
}

static void
test_clean_line(void)
{
	static series s;
	double lines, holt;

	for (int t = 0; t < LONGEST; t++)
		s.values[t] = 1.5 * t - 20;
	look(&s, 60, 1);
	lines = fmax(worst_ahead(&s, LINE, 0, 2, 60, 30), worst_ahead(&s, SLOW_LINE, 0, 2, 60, 30));
	check(lines < 1e-9, "a line: followed from two values on (%.0e)", lines);
	/* where slope b and surprise e stay: b = .97 b + .08 e, and 1.5 = .97 b + .8 e */
	look(&s, 400, 1);
	holt = worst_ahead(&s, HOLT, 0, 400, 400, 1);
	check(fabs(holt - 1.5 / (.8 + .97 * .08 / .03)) < 1e-4 &&
			  fabs(worst_ahead(&s, QUICK_HOLT, 0, 400, 400, 1) - 1.5 / (.8 + .9 * .24 / .1)) < 1e-4,
		  "a line: Holt's damped smoothing stays a little behind (%.2g)", holt);

	for (int t = 0; t < LONGEST; t++)
		s.values[t] = .2 * t + 4 * sin(2 * M_PI * t / 12);
	look(&s, 96, 12);
	lines = fmax(worst_ahead(&s, LINE, 5, 29, 96, 30), worst_ahead(&s, SLOW_LINE, 5, 29, 96, 30));
	check(lines < 1e-9, "a line with a season: followed from two seasons on (%.0e)", lines);
	check(fabs(say(&s, 5, 29, 12).guide[THETA] - (s.values[40] - 6 * .2)) < 1e-9,
		  "a line with a season: theta goes half of the way");
}

/* --- limits --- */

static void
test_limits(void)
{
	static series s, other;
	lf_guidance near_step, far_step;
	bool same = true;

	for (int t = 0; t < LONGEST; t++)
		s.values[t] = 2.0 * t;
	look(&s, 60, 12);
	near_step = say(&s, 0, 60, 1);
	far_step = say(&s, 0, 60, 13);
	for (int j = LF_GUIDES_BACK; j < LF_UNIVERSAL_GUIDES; j++)
	{
		const double damping = methods[j - LF_GUIDES_BACK].damping;
		double most = 0;

		for (int ahead = 2; ahead <= 13; ahead++)
			most += 3. / 12 * pow(damping, ahead);
		same &= fabs(far_step.guide[j] - near_step.guide[j] - most) < 1e-9;
	}
	check(same, "24 units a season: forecasts go on by 3, or less where they are damped");

	for (int wild = 0; wild < 40; wild++)
	{
		for (int t = 0; t < 40; t++)
		{
			s.values[t] = t == wild ? 100 : sin(t);
			other.values[t] = t == wild ? 1e7 : sin(t);
		}
		look(&s, 40, 1);
		look(&other, 40, 1);
		for (int j = LF_GUIDES_BACK; wild > 1 && j < LF_UNIVERSAL_GUIDES; j++)
			if (j != THETA) /* which looks at all values */
				same &= fabs(say(&s, 0, 40, 3).guide[j] - say(&other, 0, 40, 3).guide[j]) < 1e-6;
	}
	check(same, "surprises of 100 and of 1e7 are the same one");
}

/* Rare values, large beside the scale, must not leave a slope behind that runs away. */
static void
test_rare(void)
{
	static series s;
	double furthest = 0;

	for (int turn = 0; turn < 600; turn++)
	{
		lf_random random = lf_random_seed(7, turn);
		const double share = turn % 3 == 0 ? .02 : turn % 3 == 1 ? .05 : .15;
		const int length = turn % 2 == 0 ? 60 : 200;

		for (int t = 0; t < length; t++)
			s.values[t] = lf_random_uniform(&random) < share ? 20 : 0;
		look(&s, length, turn % 5 == 0 ? 7 : 1);
		for (int j = LF_GUIDES_BACK; j < LF_UNIVERSAL_GUIDES; j++)
			furthest = fmax(furthest, fabs(say(&s, 0, length, 1).guide[j]));
	}
	check(furthest < 30, "what reaches from 0 to 20 is guided to no more than 30 (%.1f)", furthest);
}

/* Where less than a season was seen, or not all was learned, the last season's guide stands in. */
static void
test_not_yet(void)
{
	static series s;
	lf_guidance said;
	bool same = true;

	for (int t = 0; t < LONGEST; t++)
		s.values[t] = t * t % 11;
	for (int length = 1; length < 30; length++)
	{
		const int known = length < 12 ? length : 11;

		look(&s, length, 12);
		/* the first steps, and the last ones */
		for (int i = 0; i < 2; i++)
		{
			const int from = i == 0 ? 0 : length - known;

			said = say(&s, from, from + known, 4);
			for (int j = LF_GUIDES_BACK; j < LF_UNIVERSAL_GUIDES; j++)
				same &= said.guide[j] == said.guide[0];
		}
	}
	check(same, "less than a season: as the last season's guide says");
	look(&s, 40, 12);
	said = say(&s, 0, 0, 1);
	for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
		same &= said.guide[j] == 0;
	check(same && !said.any, "nothing: no guide says anything");
}

int
main(void)
{
	test_reference();
	test_by_hand();
	test_clean_season();
	test_clean_line();
	test_limits();
	test_rare();
	test_not_yet();
	return check_done();
}
