/*
 * glitch.c
 *	  Single values of a series that cannot be true.
 *
 * Every threshold is a multiple of what is usual in the series, in the same kind of distance. They
 * are wide, as a true value that is taken for a glitch is worse than a glitch that is not led by.
 */
#include "glitch.h"

#include <math.h>
#include <string.h>

#include "largest.h"

/* Of a long series these are looked at, which lie evenly in it. */
#define STRETCH_STEPS 256
#define STRETCHES (LF_LARGEST_SAMPLE / STRETCH_STEPS)

#define SKIPPED_STEPS 64 /* that are looked at side by side */

#define FAR 10             /* usual peaks: the distance of a glitch, */
#define FAR_LOG 3          /* where it is this far in logarithms, too, */
#define SLIGHT 4.0         /* and so many times its neighbours, or such a part of them */
#define FAR_LOG_ALONE 6    /* ... and where only logarithms say so, */
#define LOG_EXTREME 3.0    /* of twenty times the neighbours, or a twentieth */
#define LOG_FAR_END 2.0    /* what is far at an end is seven times its neighbours, too */
#define FARTHEST_ZERO 10.0 /* in logarithms */
#define SHOULDER 0.2       /* of a peak's height, that its neighbour rises with it */

/* What a measurement has seen. */
typedef struct Measurement
{
	int64_t seen;
	double quantum;
	lf_largest high; /* values, and their negatives */
	lf_largest low;
	lf_largest jumps;
	lf_largest log_jumps;
	lf_largest peaks[2];
	lf_largest log_peaks[2];
} Measurement;

/* The steps of a series that are looked at: all, or stretches that lie evenly in it. */
typedef struct Sample
{
	int64_t stretches;
	int64_t steps; /* of each */
} Sample;

int64_t
lf_glitch_most(int64_t steps)
{
	return lf_exceptions(steps);
}

/* Is there a value that counts? */
static bool
has_value(const lf_glitch_scale *scale, const lf_series *series, int64_t step)
{
	return (series->observed == NULL || series->observed[step]) &&
		   !(scale->often_zero && series->values[step] == 0);
}

/* How far a value rises above both neighbours [0] and drops below them [1]; one of both is <= 0. */
static void
peaks_of(const double *three, double *peaks)
{
	double left = three[1] - three[0];
	double right = three[1] - three[2];

	peaks[0] = left < right ? left : right;
	peaks[1] = left > right ? -left : -right;
}

static void
keep_peaks(lf_largest *largest, const double *three)
{
	double peaks[2];

	peaks_of(three, peaks);
	for (int way = 0; way < 2; way++)
		if (peaks[way] > 0)
			lf_largest_keep(&largest[way], peaks[way]);
}

/* What three values that follow one another tell, of which `known` are there. */
static void
keep_changes(const double *three, int known, lf_largest *jumps, lf_largest *peaks)
{
	if (known > 1)
		lf_largest_keep(jumps, fabs(three[2] - three[1]));
	if (known > 2)
		keep_peaks(peaks, three);
}

/* Look at the values of some steps that follow one another. */
static void
measure_stretch(Measurement *seen, const lf_glitch_scale *scale, const lf_series *series,
				int64_t begin, int64_t end)
{
	double values[3]; /* the last ones, the latest at the end */
	double logs[3];
	int known = 0;
	int known_logs = 0;

	for (int64_t i = begin; i < end; i++)
	{
		double value = series->values[i];

		if (!has_value(scale, series, i))
			continue;
		seen->seen++;
		lf_largest_keep(&seen->high, value);
		lf_largest_keep(&seen->low, -value);
		memmove(values, values + 1, 2 * sizeof(double));
		values[2] = value;
		known += known < 3;
		keep_changes(values, known, &seen->jumps, seen->peaks);
		if (known > 1 && values[2] != values[1])
			seen->quantum = fmin(seen->quantum, fabs(values[2] - values[1]));
		if (!scale->positive)
			continue;
		known_logs = value > 0 ? known_logs + (known_logs < 3) : 0;
		memmove(logs, logs + 1, 2 * sizeof(double));
		logs[2] = value > 0 ? log(value) : 0;
		keep_changes(logs, known_logs, &seen->log_jumps, seen->log_peaks);
	}
}

static Sample
take_sample(int64_t length)
{
	if (length <= LF_LARGEST_SAMPLE)
		return (Sample){.stretches = 1, .steps = length};
	return (Sample){.stretches = STRETCHES, .steps = STRETCH_STEPS};
}

static int64_t
stretch_begin(const Sample *sample, int64_t length, int64_t number)
{
	return sample->stretches > 1
			   ? lf_evenly_spaced(length - sample->steps, sample->stretches, number)
			   : 0;
}

/* Find out what kind of values a series has. */
static void
look_at_zero(lf_glitch_scale *scale, const lf_series *series, const Sample *sample)
{
	int64_t seen = 0;
	int64_t zeros = 0;
	int64_t negative = 0;

	for (int64_t s = 0; s < sample->stretches; s++)
	{
		int64_t begin = stretch_begin(sample, series->length, s);

		for (int64_t i = begin; i < begin + sample->steps; i++)
			if (series->observed == NULL || series->observed[i])
			{
				seen++;
				zeros += series->values[i] == 0;
				negative += series->values[i] < 0;
			}
	}
	scale->positive = negative <= lf_glitch_most(seen);
	scale->often_zero = scale->positive && zeros > lf_glitch_most(seen);
}

static void
begin_measurement(Measurement *seen, int64_t steps)
{
	int most = (int) lf_glitch_most(steps) + 1;

	memset(seen, 0, sizeof(*seen));
	seen->quantum = INFINITY;
	seen->high.most = seen->low.most = most;
	seen->jumps.most = seen->log_jumps.most = 2 * most - 1;
	for (int way = 0; way < 2; way++)
		seen->peaks[way].most = seen->log_peaks[way].most = most;
}

bool
lf_glitch_possible(const lf_series *series)
{
	const double *values = series->values;
	int wild = 0;

	if (series->observed != NULL || series->length < 1 || series->length > LF_LARGEST_SAMPLE)
		return true;
	for (int64_t i = 1; i < series->length; i++)
		wild |= (values[i] <= 0) | (values[i] > SLIGHT * values[i - 1]) |
				(values[i - 1] > SLIGHT * values[i]);
	return wild != 0 || values[0] <= 0;
}

void
lf_glitch_measure(lf_glitch_scale *scale, const lf_series *series)
{
	Sample sample = take_sample(series->length);
	Measurement seen;
	int64_t most;

	*scale = (lf_glitch_scale){0};
	look_at_zero(scale, series, &sample);
	begin_measurement(&seen, sample.stretches * sample.steps);
	for (int64_t s = 0; s < sample.stretches; s++)
	{
		int64_t begin = stretch_begin(&sample, series->length, s);

		measure_stretch(&seen, scale, series, begin, begin + sample.steps);
	}
	most = lf_glitch_most(seen.seen);
	scale->quantum = seen.quantum;
	scale->range = lf_largest_but(&seen.high, most) + lf_largest_but(&seen.low, most);
	scale->jump = lf_largest_but(&seen.jumps, 2 * most);
	scale->log_jump = lf_largest_but(&seen.log_jumps, 2 * most);
	for (int way = 0; way < 2; way++)
	{
		scale->peaks[way] = fmax(lf_largest_but(&seen.peaks[way], most), scale->jump / 2);
		scale->log_peaks[way] = lf_largest_but(&seen.log_peaks[way], most);
	}
	/* of what never varies nothing can be said but in relation to its size */
	scale->usable = seen.seen >= LF_GLITCH_LEAST_STEPS && (scale->positive || scale->range > 0);
}

/* Up to two observations on a side of a step, the nearest first. */
typedef struct Side
{
	int known;
	double values[2];
} Side;

static Side
side_after(const lf_glitch_scale *scale, const lf_series *series, int64_t step)
{
	Side side = {0};

	while (side.known < 2 && ++step < series->length)
		if (has_value(scale, series, step))
			side.values[side.known++] = series->values[step];
	return side;
}

/* How far a value is from its neighbours, in logarithms: 0 where they have none. */
static double
log_distance(const lf_glitch_scale *scale, double value, double neighbour)
{
	if (!(neighbour > 0))
		return 0;
	if (value > 0)
		return fabs(log(value / neighbour));
	return fmin(log(2 * neighbour / scale->quantum), FARTHEST_ZERO);
}

/* Does a side of a peak rise with it? One that rises farther has a glitch beside it. */
static bool
is_shoulder(const lf_glitch_scale *scale, const Side *side, const lf_glitch *glitch)
{
	double change = side->values[0] - side->values[1];
	double rise = glitch->below ? -change : change;

	return side->known > 1 && rise > fmax(SHOULDER * glitch->distance, 1.5 * scale->jump) &&
		   rise < glitch->distance;
}

/* Is a run of values that lies between two others far from them? */
static bool
is_far_within(const lf_glitch_scale *scale, const lf_glitch *glitch, double logs)
{
	double peak = scale->peaks[glitch->below];
	double log_peak = scale->log_peaks[glitch->below];

	if (!scale->positive)
		return glitch->distance > FAR * peak && glitch->distance > scale->range;
	if (glitch->extreme && logs > FAR_LOG_ALONE * fmax(log_peak, scale->log_jump / 2))
		return true;
	/* two days of a campaign are true more often than not */
	return glitch->distance > FAR * peak &&
		   logs > fmax(glitch->last > glitch->step ? LOG_EXTREME : log(SLIGHT), FAR_LOG * log_peak);
}

/* The same of the first or the last value of a series; side: what comes after or before it. */
static bool
is_far_outside(const lf_glitch_scale *scale, const Side *side, const lf_glitch *glitch, double logs)
{
	double change = fabs(side->values[0] - side->values[1]);
	bool far = glitch->distance > 2 * FAR * scale->jump;

	/* what begins with 1, 30, 50, 80 grows */
	if (side->known < 2 || change > fmax(glitch->distance / 2, scale->jump / 2))
		return false;
	if (!scale->positive)
		return far && glitch->distance > 2 * scale->range;
	if (far)
		return logs > fmax(LOG_FAR_END, 2 * scale->log_jump);
	return glitch->extreme && logs > FAR_LOG_ALONE * scale->log_jump;
}

/*
 * Is the run of these values, one or two, a glitch between its sides, of which one may be without
 * observations? Fills the glitch but for its steps.
 */
static bool
is_glitch(const lf_glitch_scale *scale, const double *values, int steps, const Side *left,
		  const Side *right, lf_glitch *glitch)
{
	const Side *known = left->known > 0 ? left : right;
	const Side *other = left->known > 0 && right->known > 0 ? right : known;
	double low = fmin(known->values[0], other->values[0]);
	double high = fmax(known->values[0], other->values[0]);
	double least = fmin(values[0], values[steps - 1]);
	double most = fmax(values[0], values[steps - 1]);
	double logs;

	glitch->below = most < low;
	if (!(most < low) && !(least > high))
		return false;
	glitch->distance = glitch->below ? low - most : least - high;
	logs = scale->positive
			   ? log_distance(scale, glitch->below ? most : least, glitch->below ? low : high)
			   : 0;
	glitch->extreme = logs > LOG_EXTREME;
	if (is_shoulder(scale, left, glitch) || is_shoulder(scale, right, glitch))
		return false;
	if (left->known == 0 || right->known == 0)
		return steps == 1 && is_far_outside(scale, known, glitch, logs);
	return high - low <= fmax(glitch->distance / 2, 2 * scale->jump) &&
		   is_far_within(scale, glitch, logs);
}

/* Is there a glitch that begins with the value of a step? */
static bool
glitch_at(const lf_glitch_scale *scale, const lf_series *series, const Side *left, int64_t step,
		  lf_glitch *glitch)
{
	const double *values = series->values + step;
	Side right = side_after(scale, series, step);
	Side after = {0};

	if (left->known == 0 && right.known == 0)
		return false;
	glitch->step = step;
	glitch->last = step + 1;
	if (glitch->last < series->length && has_value(scale, series, glitch->last))
		after = side_after(scale, series, glitch->last);
	if (left->known > 0 && after.known > 0 && is_glitch(scale, values, 2, left, &after, glitch))
		return true;
	glitch->last = step;
	return is_glitch(scale, values, 1, left, &right, glitch);
}

/*
 * What a change to a glitch is at least: of its size, and as a part of the larger of both values;
 * or that part alone.
 */
typedef struct LeastJump
{
	double size;
	double share;
	double share_alone;
} LeastJump;

static LeastJump
least_jump(const lf_glitch_scale *scale)
{
	double peak = FAR * fmin(scale->peaks[0], scale->peaks[1]);
	double logs = FAR_LOG_ALONE * fmin(scale->log_peaks[0], scale->log_peaks[1]);

	if (!scale->positive)
		return (LeastJump){.size = fmax(peak, scale->range), .share = 0, .share_alone = INFINITY};
	return (LeastJump){
		.size = peak, .share = 1 - 1 / SLIGHT, .share_alone = 1 - exp(-fmax(LOG_EXTREME, logs))};
}

static inline bool
is_jump(const LeastJump *least, double from, double to)
{
	double distance = fabs(to - from);
	double largest = fabs(from) > fabs(to) ? fabs(from) : fabs(to);

	/* bit by bit, so that many are compared side by side */
	return ((distance > least->size) & (distance > least->share * largest)) |
		   (distance >= least->share_alone * largest);
}

/* Go on over values that cannot be glitches, of a series that has all. */
static void
skip_values(const LeastJump *least, const lf_series *series, lf_glitch_search *search,
			int64_t until)
{
	const double *values = series->values;

	if (until == series->length)
		until--; /* what comes last needs less */
	while (search->step + SKIPPED_STEPS <= until)
	{
		const double *block = values + search->step;
		int jumps = is_jump(least, search->before[0], block[0]);

		for (int i = 1; i < SKIPPED_STEPS; i++)
			jumps |= is_jump(least, block[i - 1], block[i]);
		if (jumps)
			return;
		search->step += SKIPPED_STEPS;
		search->before[0] = block[SKIPPED_STEPS - 1];
		search->before[1] = block[SKIPPED_STEPS - 2];
	}
}

bool
lf_glitch_next(const lf_glitch_scale *scale, const lf_series *series, lf_glitch_search *search,
			   int64_t until, lf_glitch *glitch)
{
	bool complete = series->observed == NULL && !scale->often_zero;
	LeastJump least = least_jump(scale);

	for (; search->step < until; search->step++)
	{
		int64_t step = search->step;
		double value = series->values[step];
		bool at_end = search->known == 0 || step == series->length - 1;

		if (!has_value(scale, series, step))
			continue;
		if (at_end || is_jump(&least, search->before[0], value))
		{
			Side left = {.known = search->known, .values = {search->before[0], search->before[1]}};

			if (glitch_at(scale, series, &left, step, glitch))
			{
				search->step = glitch->last + 1;
				return true;
			}
		}
		search->before[1] = search->before[0];
		search->before[0] = value;
		search->known += search->known < 2;
		if (complete && search->known == 2 && step % SKIPPED_STEPS == 0)
		{
			search->step++;
			skip_values(&least, series, search, until);
			search->step--;
		}
	}
	return false;
}

/* How far a run of steps rises above (drops below) those beside it; -INFINITY beyond the ends. */
static double
distance_at(const lf_series *series, int64_t step, int64_t last, bool below)
{
	double sign = below ? -1 : 1;
	double nearest = INFINITY;
	double beside = -INFINITY;

	if (step < 0 || last >= series->length)
		return -INFINITY;
	for (int64_t i = step; i <= last; i++)
		nearest = fmin(nearest, sign * series->values[i]);
	if (step > 0)
		beside = sign * series->values[step - 1];
	if (last + 1 < series->length)
		beside = fmax(beside, sign * series->values[last + 1]);
	return nearest - beside;
}

/* Is there the like of a glitch around a step? What is usual is not like it. */
static bool
has_like(const lf_glitch_scale *scale, const lf_series *series, const lf_glitch *glitch,
		 int64_t step, int64_t tolerance)
{
	int64_t width = glitch->last - glitch->step;
	double least = fmax(glitch->distance / 3, scale->peaks[glitch->below]);

	for (int64_t i = step - tolerance; i <= step + tolerance; i++)
		if (distance_at(series, i, i + width, glitch->below) > least)
			return true;
	return false;
}

lf_glitch_return
lf_glitch_returns(const lf_glitch_scale *scale, const lf_series *series, const lf_glitch *glitch,
				  int64_t lag, int64_t tolerance)
{
	int64_t before = glitch->step - lag;
	int64_t after = glitch->step + lag;
	bool reaches_back = before - tolerance >= 0;
	bool reaches_on = after + tolerance < series->length;
	int sides = reaches_back + reaches_on;
	int like = 0;

	if (sides == 0)
		return LF_GLITCH_UNKNOWN;
	if (reaches_back)
		like += has_like(scale, series, glitch, before, tolerance);
	if (reaches_on)
		like += has_like(scale, series, glitch, after, tolerance);
	return like == sides || (like > 0 && tolerance == 0) ? LF_GLITCH_RETURNS : LF_GLITCH_ONCE;
}

/* The steps with observations around a glitch; -1 and the series' length beyond its ends. */
typedef struct Around
{
	int64_t left;
	int64_t right;
} Around;

static Around
around(const uint8_t *observed, int64_t length, const lf_glitch *glitch)
{
	Around ends = {glitch->step - 1, glitch->last + 1};

	while (ends.left >= 0 && !observed[ends.left])
		ends.left--;
	while (ends.right < length && !observed[ends.right])
		ends.right++;
	return ends;
}

/*
 * The line at a step between those around a glitch, all moved by a lag; flat where there is one
 * of them, NAN where one is not observed.
 */
static double
line_at(const double *values, const uint8_t *observed, int64_t length, const Around *ends,
		int64_t step, int64_t lag)
{
	bool from_left = ends->left >= 0;
	bool to_right = ends->right < length;
	int64_t left = (from_left ? ends->left : ends->right) + lag;
	int64_t right = (to_right ? ends->right : ends->left) + lag;
	double share = left < right ? (double) (step + lag - left) / (double) (right - left) : 0;

	if (!(from_left || to_right) || left < 0 || right >= length || right < 0 || left >= length ||
		!observed[left] || !observed[right])
		return NAN;
	return (1 - share) * values[left] + share * values[right];
}

void
lf_glitch_fill(double *values, const uint8_t *observed, int64_t length, const lf_glitch *glitch,
			   int64_t season)
{
	Around ends = around(observed, length, glitch);

	for (int64_t step = glitch->step; step <= glitch->last; step++)
	{
		double line = line_at(values, observed, length, &ends, step, 0);
		double low = line;
		double high = line;
		double beside = 0;
		int sides = 0;

		if (isnan(line))
			return; /* nothing else was observed */
		for (int side = -1; season > 1 && side <= 1; side += 2)
		{
			int64_t lag = side * season;
			int64_t like = step + lag;
			double its_line = line_at(values, observed, length, &ends, step, lag);

			if (like < 0 || like >= length || !observed[like] || isnan(its_line))
				continue;
			low = fmin(low, values[like]);
			high = fmax(high, values[like]);
			beside += values[like] - its_line;
			sides++;
		}
		/* in a series that grows, a season's dip may be deeper than this one's level */
		if (sides > 0)
			line = fmin(fmax(line + beside / sides, low), high);
		values[step] = line;
	}
}
