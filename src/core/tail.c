/*
 * tail.c
 *	  How unusual a number is among those before it, also beyond the largest of them.
 */
#include "tail.h"

#include <math.h>
#include <string.h>

#define LEAST_OUTER 10 /* numbers that a tail is fitted to, at least: or half of all */
#define MOST_OUTER 50  /* and at most */
#define OUTER_PART 20  /* one in so many */
#define HEAVIEST 0.5   /* shape: beyond it there is no variance */
#define FINEST                                                                                     \
	1e-12 /* scale of a tail, relative to where it begins: numbers that are all equal              \
		   */
#define LEAST_PROBABILITY 1e-300

void
lf_tail_begin(lf_tail *tail, int capacity, double *memory)
{
	*tail = (lf_tail){.capacity = capacity, .ring = memory, .sorted = memory + capacity};
}

/* How many of them are below a number. */
static int
count_below(const lf_tail *tail, double number)
{
	int low = 0;
	int high = tail->count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (tail->sorted[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
remove_number(lf_tail *tail, double number)
{
	int place = count_below(tail, number);

	tail->count--;
	memmove(tail->sorted + place, tail->sorted + place + 1,
			sizeof(double) * (size_t) (tail->count - place));
}

void
lf_tail_add(lf_tail *tail, double number)
{
	int place;

	if (tail->count == tail->capacity)
		remove_number(tail, tail->ring[tail->next]);
	place = count_below(tail, number);
	memmove(tail->sorted + place + 1, tail->sorted + place,
			sizeof(double) * (size_t) (tail->count - place));
	tail->sorted[place] = number;
	tail->count++;
	tail->ring[tail->next] = number;
	tail->next = (tail->next + 1) % tail->capacity;
}

/*
 * One side of the numbers: the upper one as they are (sign 1), the lower one with the other sign
 * (-1), so that what is said of large ones holds for small ones.
 */
typedef struct tail_side
{
	const lf_tail *tail;
	double sign;
} tail_side;

/* The one of that rank from the outside, from 0. */
static double
ranked(const tail_side *side, int rank)
{
	return side->sign > 0 ? side->tail->sorted[side->tail->count - 1 - rank]
						  : -side->tail->sorted[rank];
}

/* What is fitted: P(number >= begin + excess) = part (1 + shape excess / scale)^(-1 / shape). */
typedef struct tail_fit
{
	int outer;    /* numbers in it */
	double begin; /* the largest one that is not */
	double part;
	double scale;
	double shape; /* > 0 */
} tail_fit;

static tail_fit
fit_tail(const tail_side *side)
{
	int count = side->tail->count;
	int outer = count / OUTER_PART;
	tail_fit fit;
	double mean = 0;
	double weighted = 0;
	double least;

	outer = outer < LEAST_OUTER ? LEAST_OUTER : outer > MOST_OUTER ? MOST_OUTER : outer;
	if (outer > count / 2)
		outer = count / 2;
	fit = (tail_fit){.outer = outer,
					 .begin = ranked(side, outer < count ? outer : count - 1),
					 .part = (outer + 1) / (count + 1.0)};

	/* moments: the mean, and that of the excess times the part of them that is larger */
	for (int i = 0; i < outer; i++)
	{
		double excess = ranked(side, i) - fit.begin;

		mean += excess / outer;
		weighted += excess * (i + 0.35) / outer / outer;
	}
	least = 1.0 / (outer > 2 ? outer : 2);
	fit.shape = mean > 2 * weighted ? 2 - mean / (mean - 2 * weighted) : 0;
	if (!(fit.shape > least))
		fit.shape = least;
	if (fit.shape > HEAVIEST)
		fit.shape = HEAVIEST;
	fit.scale = mean * (1 - (fit.shape - least));
	if (!(fit.scale > FINEST * fabs(fit.begin)))
		fit.scale = FINEST * fabs(fit.begin) > 0 ? FINEST * fabs(fit.begin) : FINEST;
	return fit;
}

static double
probability_beyond(const tail_side *side, double number)
{
	int count = side->tail->count;
	tail_fit fit;
	double probability;
	int beyond;

	if (count == 0)
		return 1;
	fit = fit_tail(side);
	if (number > fit.begin)
	{
		probability =
			fit.part * pow(1 + fit.shape * (number - fit.begin) / fit.scale, -1 / fit.shape);
		return probability > LEAST_PROBABILITY ? probability : LEAST_PROBABILITY;
	}
	beyond = side->sign > 0 ? count - count_below(side->tail, number)
							: count_below(side->tail, nextafter(-number, INFINITY));
	return (beyond + 1) / (count + 1.0);
}

static double
number_at(const tail_side *side, double p)
{
	int count = side->tail->count;
	tail_fit fit;
	int rank;

	if (count == 0)
		return NAN;
	fit = fit_tail(side);
	if (p < fit.part)
		return fit.begin + fit.scale / fit.shape * (pow(p / fit.part, -fit.shape) - 1);
	rank = (int) floor(p * (count + 1.0)) - 1;
	return ranked(side, rank < fit.outer ? fit.outer : rank < count ? rank : count - 1);
}

double
lf_tail_above(const lf_tail *tail, double number)
{
	return probability_beyond(&(tail_side){.tail = tail, .sign = 1}, number);
}

double
lf_tail_below(const lf_tail *tail, double number)
{
	return probability_beyond(&(tail_side){.tail = tail, .sign = -1}, -number);
}

double
lf_tail_high(const lf_tail *tail, double p)
{
	return number_at(&(tail_side){.tail = tail, .sign = 1}, p);
}

double
lf_tail_low(const lf_tail *tail, double p)
{
	return -number_at(&(tail_side){.tail = tail, .sign = -1}, p);
}
