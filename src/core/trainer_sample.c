/*
 * trainer_sample.c
 *	  Which windows a batch is made of.
 *
 * Of one series, every window once in a random order, then in another. Of a
 * panel, every series once in a random order, each time with a random window of
 * its own: then a short series counts as much as a long one, as it does for who
 * asks how good the forecasts of the panel are.
 */
#include "trainer_private.h"

static int64_t
windows_before(const lf_window_set *set, int64_t series)
{
	return series > 0 ? set->cumulative[series - 1] : 0;
}

static int64_t
windows_of(const lf_window_set *set, int64_t series)
{
	return set->cumulative[series] - windows_before(set, series);
}

void
lf_trainer_list_series(lf_trainer *trainer)
{
	const lf_window_set *set = &trainer->spec.train;

	trainer->drawn_count = 0;
	for (int64_t i = 0; i < set->dataset->count; i++)
		if (windows_of(set, i) > 0)
			trainer->drawn[trainer->drawn_count++] = i;
}

/* The next window of the training part. */
static lf_window
next_window(lf_trainer *trainer)
{
	const lf_window_set *set = &trainer->spec.train;
	int64_t series;
	int64_t number;

	if (trainer->drawn_count == 1)
		return lf_window_set_locate(set,
									lf_random_pass(&trainer->shuffle, &trainer->pass, set->count));
	series =
		trainer->drawn[lf_random_pass(&trainer->shuffle, &trainer->pass, trainer->drawn_count)];
	number = (int64_t) lf_random_below(&trainer->shuffle, (uint64_t) windows_of(set, series));
	return lf_window_set_locate(set, windows_before(set, series) + number);
}

lf_window
lf_trainer_next_window(lf_trainer *trainer)
{
	lf_window window = next_window(trainer);

	if (trainer->spec.dataset->labels != NULL)
		window.blind = lf_random_bits(&trainer->blind) | 1;
	return window;
}
