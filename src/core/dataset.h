/*
 * dataset.h
 *	  Series, and the windows that lie in them.
 *
 * A panel is many series; a single series is a panel of one. Windows are never
 * materialised: a window is (series, origin), found from its number.
 */
#ifndef LF_DATASET_H
#define LF_DATASET_H

#include <stdint.h>

#include "config.h"

typedef struct lf_series
{
	int64_t length;
	const double *values;    /* complete: missing steps are filled */
	const uint8_t *observed; /* 1: a real observation, 0: filled; NULL: all real */
	int64_t covered;         /* steps whose future covariates are known, >= length */
	/*
	 * (covered, channels - 1): past covariates, then future ones, in network units;
	 * past ones are never read beyond length. NULL: none.
	 */
	const float *covariates;
} lf_series;

typedef struct lf_dataset
{
	int64_t count;
	const lf_series *series;
	/*
	 * (channels - 1): the number of the category, from 1, whose indicators a channel is one of; 0:
	 * of none. NULL: there are no categories.
	 */
	const int *labels;
} lf_dataset;

/* A window reads steps [origin - lookback, origin) and forecasts [origin, origin + horizon). */
typedef struct lf_window
{
	int64_t series;
	int64_t origin;
	uint32_t blind; /* 0: everything is seen; else it says which categories are not: batch.h */
} lf_window;

/*
 * The windows whose whole targets lie in the part of each series that starts
 * `from_end` steps before its end (or, -1, at its beginning) and stops
 * `until_end` steps before its end. A window may begin before the series, where at
 * least min_history of its steps are real: batch.h tells what stands for the others.
 *
 * A series shorter than from_end lies wholly in the part that starts there, and
 * has windows from its first steps on; one shorter than until_end and a horizon
 * has none. So a series that is wholly in the tail is not trained on, but is
 * looked at in validation as far as it reaches.
 */
typedef struct lf_window_set
{
	const lf_dataset *dataset;
	int lookback;
	int horizon;
	int min_history;
	int64_t from_end;
	int64_t until_end;
	int64_t count;       /* windows in all */
	int64_t *cumulative; /* caller's array of dataset->count: windows up to and with this series */
} lf_window_set;

/* Count the windows; fills cumulative and count. */
extern void lf_window_set_count(lf_window_set *set);

/*
 * Place number of `places` that lie evenly over 0 .. range, the last of them at range.
 * In quotients, as products overflow.
 */
static inline int64_t
lf_evenly_spaced(int64_t range, int64_t places, int64_t number)
{
	int64_t gaps = places - 1;

	return gaps > 0 ? range / gaps * number + range % gaps * number / gaps : range;
}

/* Window number index, 0 <= index < set->count (binary search over series). */
extern lf_window lf_window_set_locate(const lf_window_set *set, int64_t index);

#endif
