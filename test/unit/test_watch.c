/*
 * test_watch.c
 *	  What is called an anomaly: how often where nothing is wrong, and what follows one.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "core/watch.h"

#define LENGTH 6000
#define REST 24
#define SEASON 24

static const lf_watch_spec usual_spec = {.probability = 0.99, .season = SEASON, .rest = REST};
static lf_watch watch;
static void *memory;
static lf_random noise;

static void
begin(const lf_watch_spec *spec, int64_t length)
{
	free(memory);
	memory = malloc(lf_watch_bytes(spec, length));
	lf_watch_begin(&watch, spec, length, memory);
}

/* A step of a forecast of 100 within 98 and 102. */
static lf_watch_verdict
step_of(double actual)
{
	return lf_watch_next(
		&watch, &(lf_watch_step){
					.observed = true, .actual = actual, .forecast = 100, .below = 2, .above = 2});
}

static double
usual_value(void)
{
	return 100 + lf_random_normal(&noise);
}

static void
go_on(int steps)
{
	for (int i = 0; i < steps; i++)
		(void) step_of(usual_value());
}

/* The share of steps that are called anomalies, at several probabilities. */
static void
test_share(void)
{
	static const double probabilities[] = {0.9, 0.99, 0.999};

	for (int p = 0; p < 3; p++)
	{
		lf_watch_spec spec = usual_spec;
		double wanted = 1 - probabilities[p];
		int anomalies = 0;
		int judged = 0;
		bool outside = true;

		spec.probability = probabilities[p];
		for (int seed = 1; seed <= 20; seed++)
		{
			noise = lf_random_seed((uint64_t) seed, 0);
			begin(&spec, LENGTH);
			for (int i = 0; i < LENGTH; i++)
			{
				double actual = usual_value();
				lf_watch_verdict verdict = step_of(actual);

				judged += !isnan(verdict.score);
				anomalies += verdict.anomaly;
				if (verdict.anomaly && probabilities[p] > 0.95)
					outside &= actual <= verdict.lower || actual >= verdict.upper;
			}
		}
		/* the tail is never lighter than an exponential one: beyond what ranks tell, fewer */
		check(anomalies > (wanted < 0.005 ? 0.4 : 0.85) * wanted * judged &&
				  anomalies < 1.15 * wanted * judged,
			  "of noise %.3f %% are anomalies at %g", 100.0 * anomalies / judged, probabilities[p]);
		check(outside, "and all of them lie outside what was expected");
	}
}

static void
test_little_history(void)
{
	bool silent = true;

	begin(&usual_spec, LENGTH);
	noise = lf_random_seed(1, 0);
	for (int i = 0; i < LF_WATCH_LEAST; i++)
	{
		lf_watch_verdict verdict = step_of(i == 20 ? 1e6 : usual_value());

		silent &=
			isnan(verdict.score) && isnan(verdict.lower) && !verdict.anomaly && verdict.event == 0;
	}
	check(silent, "without history nothing is called anomalous");
	check(!isnan(step_of(100).score), "with some there is a score");
}

static void
test_expected_errors(void)
{
	double errors[100];

	for (int i = 0; i < 100; i++)
		errors[i] = (i - 49.5) / 50;
	begin(&usual_spec, LENGTH);
	lf_watch_expect(&watch, errors, 100);
	check(step_of(101).score < 0.6, "an error of half a width is usual where errors are known");
	check(step_of(110).anomaly, "one of five widths is not, from the first step on");
	lf_watch_expect(&watch, NULL, 0);
	check(isnan(step_of(110).score), "what was known can be forgotten");
}

static void
test_events(void)
{
	lf_watch_verdict first;
	lf_watch_verdict near;
	lf_watch_verdict weaker;
	lf_watch_verdict far;

	noise = lf_random_seed(3, 0);
	begin(&usual_spec, LENGTH);
	go_on(500);
	first = step_of(120);
	go_on(4);
	near = step_of(80);
	weaker = step_of(107);
	go_on(100);
	far = step_of(120);
	check(first.anomaly && first.score > 0.9999 && first.strength > 3, "a value of 20 deviations");
	check(near.anomaly && near.event == first.event, "five steps later it is the same event");
	check(weaker.anomaly && weaker.strength == 0, "weaker evidence in the rest adds nothing");
	check(far.event > first.event && far.strength > 0, "a hundred steps later it is another one");
	check(first.counts == first.upper && near.counts == near.lower,
		  "in the history they count as the ends of what was expected");
	check(step_of(100.1).counts == 100.1, "a usual value as itself");
}

static void
test_lasting_shift(void)
{
	int alarms = 0;
	int lasting = 0;
	bool counted_in_the_end;

	noise = lf_random_seed(4, 0);
	begin(&usual_spec, LENGTH);
	go_on(2000);
	for (int i = 0; i < 5 * SEASON; i++)
	{
		lf_watch_verdict verdict = step_of(120 + lf_random_normal(&noise));

		alarms += verdict.anomaly;
		if (verdict.lasting > 0 && lasting == 0)
			lasting = verdict.lasting == i && i < SEASON / 2 ? i : -1;
	}
	counted_in_the_end = step_of(120).counts == 120;
	check(alarms >= 3 && alarms <= 2 * SEASON,
		  "of a shift that no forecast follows %d steps are alarms", alarms);
	check(lasting > 0, "after %d steps these are known to last", lasting);
	check(counted_in_the_end, "then it counts as it is");
}

/* One event does not hide the next. */
static void
test_not_hidden(void)
{
	noise = lf_random_seed(5, 0);
	begin(&usual_spec, LENGTH);
	go_on(600);
	for (int i = 0; i < 6; i++)
		(void) step_of(1e9);
	go_on(200);
	check(step_of(112).anomaly, "after an event of a billion twelve deviations are an anomaly");
}

static void
test_disagreement(void)
{
	double scores[2];

	for (int k = 0; k < 2; k++)
	{
		noise = lf_random_seed(6, 0);
		begin(&usual_spec, LENGTH);
		for (int i = 0; i <= 1000; i++)
		{
			bool last = i == 1000;
			lf_watch_step step = {.observed = true,
								  .actual = last ? 103 : usual_value(),
								  .forecast = 100,
								  .below = 2,
								  .above = 2,
								  .disagreement = last && k == 1 ? 4 : 1};

			scores[k] = lf_watch_next(&watch, &step).score;
		}
	}
	check(scores[0] > 0.99 && scores[1] < 0.95, "where networks disagree, %.4f becomes %.4f",
		  scores[0], scores[1]);
}

/* A series that stood still, and begins to move for good; the widths follow. */
static void
test_awakening(void)
{
	int late = 0;

	noise = lf_random_seed(7, 0);
	begin(&usual_spec, LENGTH);
	for (int i = 0; i < 1000; i++)
	{
		lf_watch_step step = {.observed = true, .actual = 7, .forecast = 7};

		if (i >= 500)
			step.actual += lf_random_normal(&noise);
		if (i >= 510)
			step.below = step.above = 2;
		late += lf_watch_next(&watch, &step).anomaly && i >= 700;
	}
	check(late <= 20, "what stood still and moves now alarms %d times in its last 300 steps", late);
}

static void
test_values(void)
{
	lf_watch_verdict verdict;

	begin(&usual_spec, 3);
	check(lf_watch_next(&watch, &(lf_watch_step){.forecast = 1}).score != 0, "a gap has no score");
	begin(&usual_spec, LENGTH);
	for (int i = 0; i < 200; i++)
		verdict =
			lf_watch_next(&watch, &(lf_watch_step){.observed = true, .actual = 7, .forecast = 7});
	check(verdict.score == 0 && !verdict.anomaly, "a constant series has no anomaly");
	verdict =
		lf_watch_next(&watch, &(lf_watch_step){.observed = true, .actual = 7.1, .forecast = 7});
	check(verdict.anomaly && verdict.score < 1, "until it changes");
	verdict = lf_watch_next(
		&watch, &(lf_watch_step){
					.observed = true, .actual = 1e150, .forecast = -1e150, .below = 1, .above = 1});
	check(isfinite(verdict.score) && isfinite(verdict.strength) && isfinite(verdict.counts),
		  "the largest values give numbers");
}

int
main(void)
{
	test_share();
	test_little_history();
	test_expected_errors();
	test_events();
	test_lasting_shift();
	test_not_hidden();
	test_disagreement();
	test_awakening();
	test_values();
	free(memory);
	return check_done();
}
