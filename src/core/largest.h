/*
 * largest.h
 *	  The largest of many numbers, for the files of the core: what remains below its exceptions.
 */
#ifndef LF_LARGEST_H
#define LF_LARGEST_H

#include <stdint.h>

#define LF_LARGEST_SAMPLE 16384 /* numbers of a long series that are looked at */
#define LF_ONE_IN 200           /* of them that may be exceptions; at least two */

/* What goes to an exception and comes back are two changes. */
#define LF_LARGEST_KEPT (2 * LF_LARGEST_SAMPLE / LF_ONE_IN + 1)

/* The `kept` largest in descending order; at most `most`, which is at most LF_LARGEST_KEPT. */
typedef struct lf_largest
{
	double values[LF_LARGEST_KEPT];
	int kept;
	int most;
} lf_largest;

static inline int64_t
lf_exceptions(int64_t count)
{
	return count / LF_ONE_IN > 2 ? count / LF_ONE_IN : 2;
}

static inline void
lf_largest_keep(lf_largest *largest, double value)
{
	int place = largest->kept;

	if (place == largest->most && !(value > largest->values[place - 1]))
		return;
	if (place < largest->most)
		largest->kept++;
	else
		place--;
	for (; place > 0 && value > largest->values[place - 1]; place--)
		largest->values[place] = largest->values[place - 1];
	largest->values[place] = value;
}

/* The largest but for so many; 0 where there are no more. */
static inline double
lf_largest_but(const lf_largest *largest, int64_t exceptions)
{
	return exceptions < largest->kept ? largest->values[exceptions] : 0;
}

#endif
