/*
 * test_dataset.c
 *	  The numbering of windows, against counting them one by one.
 */
#include "check.h"

#include <stdint.h>
#include <string.h>

#include "core/dataset.h"
#include "core/random.h"

#define SERIES 6

/* Does the definition in dataset.h allow this window? Written from the text, step by step. */
static bool
allowed(const lf_window_set *set, int64_t series, int64_t origin)
{
	int64_t length = set->dataset->series[series].length;
	int64_t real = origin < set->lookback ? origin : set->lookback;
	int64_t needed = set->min_history < set->lookback ? set->min_history : set->lookback;

	if (real < needed || real < 1)
		return false;
	for (int64_t step = origin; step < origin + set->horizon; step++)
		if (step < 0 || step >= length - set->until_end ||
			(set->from_end >= 0 && step < length - set->from_end))
			return false;
	return true;
}

/* Every window of the set is found in order, and no other. */
static bool
same_as_enumeration(lf_window_set *set)
{
	int64_t index = 0;

	lf_window_set_count(set);
	for (int64_t series = 0; series < set->dataset->count; series++)
	{
		for (int64_t origin = 0; origin <= set->dataset->series[series].length; origin++)
		{
			lf_window window;

			if (!allowed(set, series, origin))
				continue;
			if (index >= set->count)
				return false;
			window = lf_window_set_locate(set, index++);
			if (window.series != series || window.origin != origin)
				return false;
		}
		if (set->cumulative[series] != index)
			return false;
	}
	return index == set->count;
}

static void
test_examples(void)
{
	double values[20] = {0};
	lf_series series = {.length = 20, .values = values};
	lf_dataset dataset = {.count = 1, .series = &series};
	int64_t cumulative[1];
	lf_window_set set = {.dataset = &dataset,
						 .lookback = 6,
						 .horizon = 3,
						 .min_history = 6,
						 .from_end = -1,
						 .until_end = 5,
						 .cumulative = cumulative};

	lf_window_set_count(&set);
	check(set.count == 7 && lf_window_set_locate(&set, 0).origin == 6 &&
			  lf_window_set_locate(&set, 6).origin == 12,
		  "targets end where the part ends");
	set.min_history = 2;
	lf_window_set_count(&set);
	check(set.count == 11 && lf_window_set_locate(&set, 0).origin == 2,
		  "windows may begin before the series");
	set.from_end = 5;
	set.until_end = 0;
	lf_window_set_count(&set);
	check(set.count == 3 && lf_window_set_locate(&set, 0).origin == 15 &&
			  lf_window_set_locate(&set, 2).origin == 17,
		  "targets begin where the part begins");
	set.from_end = 0;
	lf_window_set_count(&set);
	check(set.count == 0, "an empty part has no windows");
	set.from_end = -1;
	series.length = 0;
	lf_window_set_count(&set);
	check(set.count == 0, "an empty series has no windows");
	dataset.count = 0;
	lf_window_set_count(&set);
	check(set.count == 0, "an empty panel has no windows");
}

static void
test_random_sets(void)
{
	double values[64] = {0};
	lf_random random = lf_random_seed(11, 0);
	int good = 0;
	int64_t most = 0;
	const int rounds = 3000;

	for (int round = 0; round < rounds; round++)
	{
		lf_series series[SERIES];
		lf_dataset dataset = {.count = 1 + lf_random_below(&random, SERIES), .series = series};
		int64_t cumulative[SERIES];
		lf_window_set set = {
			.dataset = &dataset,
			.lookback = 1 + (int) lf_random_below(&random, 12),
			.horizon = 1 + (int) lf_random_below(&random, 8),
			.min_history = (int) lf_random_below(&random, 16),
			.from_end = (int64_t) lf_random_below(&random, 30) - 1,
			.until_end = lf_random_below(&random, 2) ? (int64_t) lf_random_below(&random, 20) : 0,
			.cumulative = cumulative};

		for (int i = 0; i < SERIES; i++)
			series[i] = (lf_series){.length = lf_random_below(&random, 60), .values = values};
		good += same_as_enumeration(&set);
		most = set.count > most ? set.count : most;
	}
	note("largest set: %lld windows", (long long) most);
	check(good == rounds && most > 50, "random panels agree with the enumeration");
}

static void
test_large(void)
{
	lf_series series[2] = {{.length = INT64_C(4000000000)}, {.length = INT64_C(5000000000)}};
	lf_dataset dataset = {.count = 2, .series = series};
	int64_t cumulative[2];
	lf_window_set set = {.dataset = &dataset,
						 .lookback = 100,
						 .horizon = 10,
						 .min_history = 100,
						 .from_end = -1,
						 .cumulative = cumulative};
	lf_window window;

	lf_window_set_count(&set);
	window = lf_window_set_locate(&set, set.count - 1);
	check(set.count == INT64_C(9000000000) - 2 * 109 && window.series == 1 &&
			  window.origin == INT64_C(4999999990),
		  "more windows than 32 bits number");
}

int
main(void)
{
	test_examples();
	test_random_sets();
	test_large();
	return check_done();
}
