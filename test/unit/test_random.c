/*
 * test_random.c
 *	  Random numbers: fixed values, independent streams, distributions, permutations.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

static void
test_generator(void)
{
	/* The reference implementation's first outputs for state 42, sequence 54. */
	static const uint32_t expected[6] = {0xa15c02b7, 0x7b47f409, 0xba1d3330,
										 0x83d2f293, 0xbfa4784b, 0xcbed606e};
	lf_random random = {.state = 0, .stream = 54u << 1 | 1};
	bool equal = true;

	lf_random_bits(&random);
	random.state += 42;
	lf_random_bits(&random);
	for (int i = 0; i < 6; i++)
		equal &= lf_random_bits(&random) == expected[i];
	check(equal, "the generator is PCG32");
}

static void
test_streams(void)
{
	/* Correlation of neighbouring seeds and streams, and of one generator with itself. */
	const int draws = 20000;
	double worst = 0;

	for (int pair = 0; pair < 6; pair++)
	{
		lf_random a = lf_random_seed(pair, 0);
		lf_random b = pair % 2 ? lf_random_seed(pair + 1, 0) : lf_random_seed(pair, 1);
		double sum = 0;

		for (int i = 0; i < draws; i++)
			sum += (lf_random_uniform(&a) - 0.5) * (lf_random_uniform(&b) - 0.5);
		worst = fmax(worst, fabs(sum * 12 / sqrt(draws)));
	}
	note("largest correlation in standard errors: %.2f", worst);
	check(worst < 4, "neighbouring seeds and streams are uncorrelated");

	lf_random a = lf_random_seed(7, 3);
	lf_random copy = a;
	check(lf_random_bits(&a) == lf_random_bits(&copy), "an assignment copies a generator");
	a = lf_random_seed(7, 3);
	copy = lf_random_seed(8, 3);
	check(lf_random_bits(&a) != lf_random_bits(&copy), "seeds differ");
}

static void
test_distributions(void)
{
	const int draws = 200000;
	lf_random random = lf_random_seed(1, 2);
	double sum = 0;
	double square = 0;
	double lowest = 1;
	double highest = 0;
	int counts[7] = {0};
	double statistic = 0;
	int beyond = 0;

	for (int i = 0; i < draws; i++)
	{
		double u = lf_random_uniform(&random);

		sum += u;
		lowest = fmin(lowest, u);
		highest = fmax(highest, u);
	}
	check(fabs(sum / draws - 0.5) < 0.003 && lowest >= 0 && lowest < 0.001 && highest < 1 &&
			  highest > 0.999,
		  "uniform numbers fill [0, 1)");

	for (int i = 0; i < draws; i++)
		counts[lf_random_below(&random, 7)]++;
	for (int i = 0; i < 7; i++)
		statistic += pow(counts[i] - draws / 7.0, 2) / (draws / 7.0);
	check(statistic < 22.5, "lf_random_below is uniform (chi square %.1f, 6 degrees)", statistic);
	check(lf_random_below(&random, 1) == 0, "below 1 there is 0");

	sum = 0;
	for (int i = 0; i < draws; i++)
	{
		double z = lf_random_normal(&random);

		sum += z;
		square += z * z;
		beyond += fabs(z) > 1.959964;
	}
	check(fabs(sum / draws) < 0.01 && fabs(square / draws - 1) < 0.015 &&
			  fabs((double) beyond / draws - 0.05) < 0.003,
		  "normal numbers: mean %.4f, variance %.4f, beyond 1.96: %.4f", sum / draws,
		  square / draws, (double) beyond / draws);
}

static bool
is_permutation(uint64_t key, uint64_t count)
{
	uint8_t *seen = calloc(count, 1);
	bool good = true;

	for (uint64_t i = 0; i < count; i++)
	{
		uint64_t place = lf_random_permute(key, count, i);

		if (place >= count || seen[place]++)
			good = false;
	}
	free(seen);
	return good;
}

static void
test_permutation(void)
{
	bool good = true;
	int same = 0;
	int places[24] = {0};
	double statistic = 0;
	const int keys = 24000;

	for (uint64_t count = 1; count <= 300; count++)
		good &= is_permutation(count * 77, count);
	good &= is_permutation(5, 100003) && is_permutation(6, 65536) && is_permutation(7, 65537);
	check(good, "every index has its own place");

	for (uint64_t i = 0; i < 1000; i++)
		same += lf_random_permute(1, 1000, i) == lf_random_permute(2, 1000, i);
	check(same < 12, "keys give different orders (%d places of 1000 agree)", same);

	/* All 24 orders of four things are about equally frequent. */
	for (int key = 0; key < keys; key++)
	{
		int order[4];
		int rank = 0;

		for (int i = 0; i < 4; i++)
			order[i] = (int) lf_random_permute(lf_random_seed(key, 9).state, 4, i);
		for (int i = 0; i < 4; i++)
		{
			int smaller = 0;

			for (int j = i + 1; j < 4; j++)
				smaller += order[j] < order[i];
			rank = rank * (4 - i) + smaller;
		}
		places[rank]++;
	}
	for (int i = 0; i < 24; i++)
		statistic += pow(places[i] - keys / 24.0, 2) / (keys / 24.0);
	check(statistic < 60, "the orders of four are even (chi square %.1f, 23 degrees)", statistic);

	check(lf_random_permute(3, UINT64_MAX, UINT64_MAX - 1) < UINT64_MAX, "the largest range works");
}

static void
test_passes(void)
{
	lf_random random = lf_random_seed(8, 0);
	lf_pass pass = LF_PASS_BEGIN;
	int64_t orders[3][100];
	bool good = true;
	int same = 0;

	for (int i = 0; i < 3; i++)
	{
		uint8_t seen[100] = {0};

		for (int k = 0; k < 100; k++)
		{
			orders[i][k] = lf_random_pass(&random, &pass, 100);
			good &= orders[i][k] >= 0 && orders[i][k] < 100 && !seen[orders[i][k]]++;
		}
	}
	for (int k = 0; k < 100; k++)
		same += (orders[0][k] == orders[1][k]) + (orders[1][k] == orders[2][k]);
	check(good, "a pass draws each thing once");
	check(same < 15, "the next pass goes in another order (%d places of 200 agree)", same);
}

int
main(void)
{
	test_generator();
	test_streams();
	test_distributions();
	test_permutation();
	test_passes();
	return check_done();
}
