/*
 * test_dataset.c
 *	  The numbering of windows, against counting them one by one.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
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

/* Series against a tail of 8 with a horizon of 3: what is trained on, and what is validated. */
static void
test_short_series(void)
{
	const int64_t lengths[] = {40, 12, 11, 10, 8, 5, 4, 3, 1, 0};
	const int64_t trained[] = {29, 1, 0, 0, 0, 0, 0, 0, 0, 0};
	const int64_t validated[] = {6, 6, 6, 6, 5, 2, 1, 0, 0, 0};
	lf_series series[10];
	lf_dataset dataset = {.count = 10, .series = series};
	int64_t cumulative[2][10];
	lf_window_set train = {.dataset = &dataset,
						   .lookback = 6,
						   .horizon = 3,
						   .min_history = 1,
						   .from_end = -1,
						   .until_end = 8,
						   .cumulative = cumulative[0]};
	lf_window_set validation = train;
	bool good = true;
	bool inside = true;

	validation.from_end = 8;
	validation.until_end = 0;
	validation.cumulative = cumulative[1];
	for (int i = 0; i < 10; i++)
		series[i] = (lf_series){.length = lengths[i]};
	lf_window_set_count(&train);
	lf_window_set_count(&validation);
	for (int i = 0; i < 10; i++)
	{
		/* by hand: origins 1 .. length - 11, and max(1, length - 8) .. length - 3 */
		good &= cumulative[0][i] - (i > 0 ? cumulative[0][i - 1] : 0) == trained[i];
		good &= cumulative[1][i] - (i > 0 ? cumulative[1][i - 1] : 0) == validated[i];
	}
	for (int64_t i = 0; i < validation.count; i++)
	{
		lf_window window = lf_window_set_locate(&validation, i);

		inside &= window.origin >= 1 && window.origin + 3 <= lengths[window.series];
	}
	check(good, "a series in the tail is not trained on, and validated as far as it reaches");
	check(inside, "no window reaches beyond its series");
}

/* Ten thousand series, some too short for a window: every window is found, evenly over all. */
static void
test_many_series(void)
{
	enum
	{
		MANY = 10000
	};
	lf_series *series = calloc(MANY, sizeof(lf_series));
	int64_t *cumulative = malloc(sizeof(int64_t) * MANY);
	lf_dataset dataset = {.count = MANY, .series = series};
	lf_window_set set = {.dataset = &dataset,
						 .lookback = 24,
						 .horizon = 6,
						 .min_history = 4,
						 .from_end = 8,
						 .cumulative = cumulative};
	int64_t expected = 0;
	bool good = true;

	for (int i = 0; i < MANY; i++)
	{
		series[i].length = i % 50;
		expected += i % 50 >= 12 ? 3 : i % 50 >= 10 ? i % 50 - 9 : 0;
	}
	lf_window_set_count(&set);
	for (int64_t i = 0; i < 512; i++)
	{
		int64_t number = (set.count - 1) * i / 511;
		lf_window window = lf_window_set_locate(&set, number);

		good &= number < cumulative[window.series] &&
				(window.series == 0 || number >= cumulative[window.series - 1]) &&
				llabs(window.series - MANY * i / 511) <= 50;
	}
	check(set.count == expected && good, "windows evenly spaced over 10,000 series (%lld in all)",
		  (long long) set.count);
	free(series);
	free(cumulative);
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
	test_short_series();
	test_many_series();
	test_random_sets();
	test_large();
	return check_done();
}
