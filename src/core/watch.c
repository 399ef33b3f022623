/*
 * watch.c
 *	  Watches a series step by step for what its forecasts did not expect.
 */
#include "watch.h"

#include <math.h>

#include "config.h"

#define LONGEST_LOG 15.0 /* of a p-value: what is rarer is as good */
#define FEW_ENDS 3.0     /* errors are remembered up to so many times the end of the interval */
#define MANY_ENDS 10.0   /* or, where anomalies are too many */
#define REMEMBERED_RUN 2 /* anomalous steps of one run that are, before it is how the series is */
#define HARDLY 0.1       /* beyond the interval: a part of its length */
#define TOO_MANY 1.5     /* times what was asked for */
#define LARGEST_ERROR 1e30
#define SEASON_PART 4 /* of a season, after which a run is that; within these steps: */
#define LEAST_RUN 3
#define MOST_RUN 12
#define NEAREST_EVENT 3 /* steps between two anomalies of one event, at least */
#define FARTHEST_EVENT 12
#define MOST_DISAGREEMENT 9.0 /* relative to the usual */
#define LONGEST_USUAL 500     /* steps that this is a mean of, in effect */

static int
within(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

/* Steps of a run after which it is how the series is. */
static int
longest_run(const lf_watch_spec *spec)
{
	return within(spec->season / SEASON_PART, LEAST_RUN, MOST_RUN);
}

static int
memory_steps(int64_t length)
{
	return length < LF_WATCH_MEMORY ? (length > 1 ? (int) length : 1) : LF_WATCH_MEMORY;
}

/* Errors that are taken as known come besides. */
static int
error_steps(int64_t length)
{
	return memory_steps(length + LF_WATCH_MEMORY / 8);
}

size_t
lf_watch_bytes(const lf_watch_spec *spec, int64_t length)
{
	return sizeof(double) *
			   (lf_tail_doubles(error_steps(length)) + 2 * lf_tail_doubles(memory_steps(length))) +
		   2 * sizeof(double) * ((size_t) spec->rest + 1);
}

void
lf_watch_begin(lf_watch *watch, const lf_watch_spec *spec, int64_t length, void *memory)
{
	double *next = memory;

	*watch = (lf_watch){.spec = *spec};
	lf_tail_begin(&watch->errors, error_steps(length), next);
	next += lf_tail_doubles(error_steps(length));
	lf_tail_begin(&watch->values, memory_steps(length), next);
	next += lf_tail_doubles(memory_steps(length));
	lf_tail_begin(&watch->surprises, memory_steps(length), next);
	next += lf_tail_doubles(memory_steps(length));
	watch->leaders = next;
	watch->leader_steps = next + spec->rest + 1;
}

void
lf_watch_expect(lf_watch *watch, const double *errors, int count)
{
	lf_tail_begin(&watch->errors, watch->errors.capacity, watch->errors.ring);
	for (int i = 0; i < count; i++)
		lf_tail_add(&watch->errors, errors[i]);
}

/*
 * How much wider than usual the error of a step may be, as the networks disagree more than they
 * usually do.
 */
static double
disagreement_factor(lf_watch *watch, double disagreement)
{
	double usual = watch->agreement;
	double factor = 1;
	int64_t steps;

	if (watch->disagreements >= LF_WATCH_LEAST && usual > 0)
		factor = sqrt(fmin(fmax(disagreement / usual, 1), MOST_DISAGREEMENT));
	watch->disagreements++;
	steps = watch->disagreements < LONGEST_USUAL ? watch->disagreements : LONGEST_USUAL;
	watch->agreement += (disagreement - usual) / (double) steps;
	return factor;
}

/* An error in widths. Where there is no width any error is larger than all that have one. */
static double
error_in_widths(const lf_watch_step *step, double factor)
{
	double error = step->actual - step->forecast;
	double width = (error > 0 ? step->above : step->below) * factor;

	if (error == 0)
		return 0;
	return fmax(-LARGEST_ERROR, fmin(LARGEST_ERROR, error / width));
}

/* How seldom a number is as far out on its side: its two-sided p-value. */
static double
two_sided(const lf_tail *tail, double number)
{
	return fmin(2 * fmin(lf_tail_above(tail, number), lf_tail_below(tail, number)), 1);
}

/* Minus its decimal logarithm. */
static double
log_of(double p)
{
	return p < 1 ? fmin(-log10(p), LONGEST_LOG) : 0;
}

/* The mean of the latest surprises. */
static double
recent_mean(lf_watch *watch, double surprise)
{
	double sum = 0;
	int count;

	watch->recent[(watch->steps - 1) % LF_WATCH_RECENT] = surprise;
	count = watch->steps < LF_WATCH_RECENT ? (int) watch->steps : LF_WATCH_RECENT;
	for (int i = 0; i < count; i++)
		sum += watch->recent[i];
	return sum / count;
}

/* A strength; 0 where one of the latest `rest` steps was at least as strong. */
static double
after_rest(lf_watch *watch, double strength)
{
	int room = watch->spec.rest + 1;
	bool leads;

	while (watch->leader_count > 0 &&
		   watch->leader_steps[watch->leader_first] < (double) (watch->steps - watch->spec.rest))
	{
		watch->leader_first = (watch->leader_first + 1) % room;
		watch->leader_count--;
	}
	leads = watch->leader_count == 0 || strength > watch->leaders[watch->leader_first];
	while (watch->leader_count > 0 &&
		   watch->leaders[(watch->leader_first + watch->leader_count - 1) % room] <= strength)
		watch->leader_count--;
	watch->leaders[(watch->leader_first + watch->leader_count) % room] = strength;
	watch->leader_steps[(watch->leader_first + watch->leader_count) % room] = (double) watch->steps;
	watch->leader_count++;
	return leads ? strength : 0;
}

/* Evidence of the errors, the step's with its p-value among them, and of the value. */
static double
evidence(lf_watch *watch, double value, double p)
{
	double surprise = log_of(p);
	double recent = recent_mean(watch, surprise);
	double together = 0;
	double unusual = 0;

	if (watch->surprises.count >= LF_WATCH_LEAST)
		together = log_of(lf_tail_above(&watch->surprises, recent));
	if (watch->values.count >= LF_WATCH_LEAST)
		unusual = log_of(two_sided(&watch->values, value));
	lf_tail_add(&watch->surprises, recent);
	return sqrt(fmax(surprise, together) * unusual);
}

/* The event of an anomaly: the one before, where that was near. */
static int
event_of_step(lf_watch *watch)
{
	int near = within(watch->spec.season / 2, NEAREST_EVENT, FARTHEST_EVENT);

	if (watch->event == 0 || watch->steps - watch->last > near)
		watch->event++;
	watch->last = watch->steps;
	return watch->event;
}

/* Are there many more anomalies than there should be, and more than an event has? */
static bool
too_many(const lf_watch *watch)
{
	double expected = (1 - watch->spec.probability) * (double) watch->judged;

	return (double) watch->anomalies > TOO_MANY * expected + MOST_RUN;
}

/*
 * What an error on its side of an interval is remembered as: a few ends of it at most, so that one
 * event does not hide the next; where there is no end, as the series never erred yet, as it is.
 */
static double
remembered(double error, double low, double high, double ends)
{
	double end = error > 0 ? high : -low;

	if (!(end > 0))
		end = fmax(fabs(low), fabs(high));
	return end > 0 ? fmax(fmin(error, ends * end), -ends * end) : error;
}

/*
 * Remember an error. Of the steps of one event few count. All do of a run that lasts, and where
 * anomalies are so many that they are how the series is; there for more, so that the interval soon
 * reaches them.
 */
static void
remember(lf_watch *watch, double error, double low, double high)
{
	bool usual = too_many(watch);

	if (watch->run > REMEMBERED_RUN && watch->run <= longest_run(&watch->spec) && !usual)
		return;
	lf_tail_add(&watch->errors, remembered(error, low, high, usual ? MANY_ENDS : FEW_ENDS));
}

/* The nearer end of the interval; what is hardly beyond it counts as it is. */
static double
counted_value(double actual, const lf_watch_verdict *verdict)
{
	double end = fmax(fmin(actual, verdict->upper), verdict->lower);

	return fabs(actual - end) > HARDLY * (verdict->upper - verdict->lower) ? end : actual;
}

lf_watch_verdict
lf_watch_next(lf_watch *watch, const lf_watch_step *step)
{
	double tail = (1 - watch->spec.probability) / 2;
	double factor = disagreement_factor(watch, step->disagreement);
	bool known = watch->errors.count >= LF_WATCH_LEAST;
	double low = known ? lf_tail_low(&watch->errors, tail) : NAN;
	double high = known ? lf_tail_high(&watch->errors, tail) : NAN;
	lf_watch_verdict verdict = {.score = NAN, .counts = step->actual};
	double error;

	verdict.lower = step->forecast + low * factor * (low < 0 ? step->below : step->above);
	verdict.upper = step->forecast + high * factor * (high < 0 ? step->below : step->above);
	watch->steps++;
	if (!step->observed)
		return verdict;
	error = error_in_widths(step, factor);
	if (known)
	{
		double p = two_sided(&watch->errors, error);

		verdict.score = fmin(1 - p, nextafter(1, 0));
		verdict.anomaly = verdict.score >= watch->spec.probability;
		verdict.strength = after_rest(watch, evidence(watch, step->actual, p));
	}
	watch->judged += known;
	watch->anomalies += verdict.anomaly;
	watch->run = verdict.anomaly ? watch->run + 1 : 0;
	if (verdict.anomaly)
	{
		verdict.event = event_of_step(watch);
		if (watch->run == longest_run(&watch->spec) + 1)
			verdict.lasting = watch->run - 1;
		if (watch->run <= longest_run(&watch->spec))
			verdict.counts = counted_value(step->actual, &verdict);
	}
	remember(watch, error, low, high);
	lf_tail_add(&watch->values, step->actual);
	return verdict;
}
