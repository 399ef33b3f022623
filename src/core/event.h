/*
 * event.h
 *	  What days that are not as usual do to a series, and the series without it.
 *
 * A series is looked at beside its usual values: those of the same step of earlier seasons. The
 * effect of an event is relative to these, -1 where nothing is left of them. There are few events
 * of each name, so their mean is drawn to that of all events, and this to none, by as much as
 *chance may have made it: empirical Bayes by the method of moments (Morris, "Parametric Empirical
 *Bayes Inference", JASA 78, 1983).
 */
#ifndef LF_EVENT_H
#define LF_EVENT_H

#include <stdint.h>

#define LF_EVENT_SEASONS 4 /* earlier seasons that tell the usual value */
#define LF_EVENT_REACH 8   /* seasons that they are looked for in */
#define LF_EVENT_MOST 4.0  /* the largest effect that is believed */
#define LF_EVENT_LEAST 0.2 /* of a usual value, that still tells it */

/*
 * The usual value of step t of a series: the median of the latest LF_EVENT_SEASONS values a whole
 * number of seasons before, at most LF_EVENT_REACH, that are no events; later ones are not looked
 * at, so that it is the same at all origins after it. events: (t + 1) not 0: an event. NaN where
 * there is none.
 */
double lf_event_usual(const double *values, const uint8_t *events, int64_t t, int season);

/*
 * A value of an event, by which the usual one is multiplied, as it would have been without. Where
 * the event leaves less than is usual, the difference is added: noise is not blown up, and a closed
 * day becomes a usual one; where more, it is divided. Whole where both numbers are. Without a usual
 * value (NaN) it is what the value tells of it.
 */
double lf_event_without(double value, double usual, double factor);

/* Events that were seen. */
typedef struct lf_event_sample
{
	int64_t days;          /* on which there were events */
	int slots;             /* parts of a day, each with effects of its own */
	const double *effects; /* (days, slots) relative to the usual values; NaN: not seen */
	int64_t entries;       /* of a day and a name; a day may have several */
	const int64_t *day;    /* (entries) */
	const int *name;       /* (entries) */
	int names;
	double noise; /* variance of the same of steps that are no events */
} lf_event_sample;

/*
 * The effects of names, (names + 1, slots): the last row is that of all, for names that were never
 * seen. A name that left nothing on each of several days is not drawn to the others: it is closed
 * then. counts: (names) gets the days seen of each. Zero where nothing was seen.
 */
void lf_event_effects(const lf_event_sample *sample, double *counts, double *effects);

/*
 * How the effect in each of several series differs from that in all, drawn to none. own: (count)
 * the mean difference, and gets the result; variances: (count) that chance gives it, NaN where it
 * was not seen. One series alone does not differ.
 */
void lf_event_differences(int64_t count, const double *variances, double *own);

#endif
