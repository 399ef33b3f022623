/*
 * random.c
 *	  Seeded random numbers: PCG32 (O'Neill 2014, PCG-XSH-RR 64/32) and a
 *	  permutation that needs no memory.
 *
 * Integers only, but for the normal deviates, so that every machine draws the same.
 */
#include "random.h"

#include <math.h>

/* A bijective scramble of 64 bits (the finalizer of SplitMix64, Steele et al. 2014). */
static uint64_t
scramble(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/*
 * Seed and stream are small numbers in practice, so both are scrambled: PCG's
 * own streams start correlated when only the increment differs.
 */
lf_random
lf_random_seed(uint64_t seed, uint64_t stream)
{
	uint64_t mixed = scramble(scramble(seed) ^ stream);
	lf_random random = {.state = mixed, .stream = scramble(mixed) | 1};

	lf_random_bits(&random);
	return random;
}

uint32_t
lf_random_bits(lf_random *random)
{
	uint64_t old = random->state;
	uint32_t word = (uint32_t) (((old >> 18) ^ old) >> 27);
	uint32_t turn = (uint32_t) (old >> 59);

	random->state = old * UINT64_C(6364136223846793005) + random->stream;
	return (word >> turn) | (word << (-turn & 31));
}

static uint64_t
bits_64(lf_random *random)
{
	uint64_t high = lf_random_bits(random);

	return high << 32 | lf_random_bits(random);
}

double
lf_random_uniform(lf_random *random)
{
	return (double) (bits_64(random) >> 11) * 0x1p-53;
}

uint64_t
lf_random_below(lf_random *random, uint64_t bound)
{
	/* 2^64 mod bound: the numbers below it would make the low results more frequent. */
	uint64_t threshold = -bound % bound;
	uint64_t bits;

	do
		bits = bits_64(random);
	while (bits < threshold);
	return bits % bound;
}

double
lf_random_normal(lf_random *random)
{
	/* 1 - u lies in (0, 1], so the logarithm is finite. */
	double radius = sqrt(-2.0 * log(1.0 - lf_random_uniform(random)));

	return radius * cos(6.283185307179586476925 * lf_random_uniform(random));
}

/*
 * A balanced Feistel network permutes the numbers of 2 * half bits, the smallest
 * such range that holds count (at least 256, as fewer bits mix badly). Results
 * beyond count are sent round again, which ends as the walk is a cycle through
 * an index below count; for 64 and more that is fewer than four turns on average
 * (Black and Rogaway 2002).
 */
uint64_t
lf_random_permute(uint64_t key, uint64_t count, uint64_t index)
{
	unsigned half = 4;
	uint64_t mask;

	while (half < 32 && count - 1 >= UINT64_C(1) << (2 * half))
		half++;
	mask = (UINT64_C(1) << half) - 1;

	do
	{
		uint64_t left = index >> half;
		uint64_t right = index & mask;

		for (uint64_t round = 0; round < 6; round++)
		{
			uint64_t mixed = left ^ (scramble(scramble(key ^ round) ^ right) & mask);

			left = right;
			right = mixed;
		}
		index = left << half | right;
	} while (index >= count);
	return index;
}

int64_t
lf_random_pass(lf_random *random, lf_pass *pass, int64_t count)
{
	if (pass->place >= count)
	{
		pass->place = 0;
		pass->key = (uint64_t) lf_random_bits(random) << 32;
		pass->key |= lf_random_bits(random);
	}
	return (int64_t) lf_random_permute(pass->key, (uint64_t) count, (uint64_t) pass->place++);
}
