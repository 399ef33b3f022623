/*
 * tail.h
 *	  How unusual a number is among those before it, also beyond the largest of them.
 *
 * Conformal p-values (Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005): of
 * numbers in random order the next one is among the k largest of n + 1 with probability k / (n +
 *1). Ranks say nothing finer than 1 / (n + 1), so the outermost numbers, at most fifty on each
 * side, have a tail fitted to them: a generalised Pareto distribution by probability-weighted
 * moments (Hosking, Wallis 1987), never lighter than what is predicted of exponential excesses
 *whose mean is known from as few.
 */
#ifndef LF_TAIL_H
#define LF_TAIL_H

#include <stddef.h>

/* The latest numbers, up to `capacity` of them. */
typedef struct lf_tail
{
	int capacity;
	int count;
	int next;     /* where the next one goes in the ring: once it is full, the oldest one's place */
	double *ring; /* (capacity) as they came */
	double *sorted; /* (count) ascending */
} lf_tail;

/* Doubles of memory that one takes. */
static inline size_t
lf_tail_doubles(int capacity)
{
	return 2 * (size_t) capacity;
}

/* Begin with none, in memory of so many doubles, which stays the caller's. capacity >= 1. */
extern void lf_tail_begin(lf_tail *tail, int capacity, double *memory);

/* Take a number, which is finite; of a full tail the oldest one goes. */
extern void lf_tail_add(lf_tail *tail, double number);

/*
 * The probability that the next number is as large as this one, or larger: in (0, 1], falling in
 * the number. 1 where there are none.
 */
extern double lf_tail_above(const lf_tail *tail, double number);

/* That it is as small, or smaller. */
extern double lf_tail_below(const lf_tail *tail, double number);

/* The number that has that probability above it, or below it; p in (0, 1). NaN where there are
 * none. */
extern double lf_tail_high(const lf_tail *tail, double p);
extern double lf_tail_low(const lf_tail *tail, double p);

#endif
