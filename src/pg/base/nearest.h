/*
 * nearest.h
 *	  The name that was meant, for hints.
 */
#ifndef LSTM_FORECAST_NEAREST_H
#define LSTM_FORECAST_NEAREST_H

#include "postgres.h"

#define LONGEST_COMPARED 63 /* bytes of a name that are compared */

/* A search among names that are known: give it each of them, then look at `found`. */
typedef struct NearestName
{
	const char *wanted; /* not always ended by a zero */
	int length;
	int most;          /* edits that a name may be away; farther names are no help */
	const char *found; /* the nearest one so far; NULL: none is near */
} NearestName;

/*
 * Search for a name of so many bytes. Near is what takes few edits, at most half as many as it has
 * bytes, or two; a name that differs in case alone is the nearest.
 */
extern NearestName nearest_name(const char *wanted, int length);

/* A known name, which must outlive the search. Of equally near ones the first is kept. */
extern void nearest_offer(NearestName *nearest, const char *name);

#endif
