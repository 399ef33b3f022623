/*
 * dataset.c
 *	  Numbers the windows of a panel.
 */
#include "dataset.h"

#include <stddef.h>

/*
 * The first origin that is allowed in a series, and how many follow each other
 * from there. Even with min_history 0 one step must be real: it gives the level.
 */
static int64_t
origins_of_series(const lf_window_set *set, int64_t series, int64_t *first)
{
	int64_t length = set->dataset->series[series].length;
	int64_t begin = set->from_end < 0 || set->from_end > length ? 0 : length - set->from_end;
	int64_t history = set->min_history < set->lookback ? set->min_history : set->lookback;
	int64_t count;

	if (history < 1)
		history = 1;
	*first = begin > history ? begin : history;
	if (set->until_end >= length)
		return 0;
	count = length - set->until_end - set->horizon - *first + 1;
	return count > 0 ? count : 0;
}

void
lf_window_set_count(lf_window_set *set)
{
	int64_t first;

	set->count = 0;
	for (int64_t i = 0; i < set->dataset->count; i++)
	{
		set->count += origins_of_series(set, i, &first);
		set->cumulative[i] = set->count;
	}
}

lf_window
lf_window_set_locate(const lf_window_set *set, int64_t index)
{
	/* The first series whose cumulative count exceeds index lies in [low, high]. */
	int64_t low = 0;
	int64_t high = set->dataset->count - 1;
	int64_t first;

	while (low < high)
	{
		int64_t middle = low + (high - low) / 2;

		if (set->cumulative[middle] > index)
			high = middle;
		else
			low = middle + 1;
	}
	origins_of_series(set, low, &first);
	if (low > 0)
		index -= set->cumulative[low - 1];
	return (lf_window){.series = low, .origin = first + index};
}
