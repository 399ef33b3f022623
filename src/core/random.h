/*
 * random.h
 *	  Seeded random numbers (PCG32): equal on every machine, copied by assignment.
 */
#ifndef LF_RANDOM_H
#define LF_RANDOM_H

#include <stdint.h>

typedef struct lf_random
{
	uint64_t state;
	uint64_t stream;
} lf_random;

/* A generator for one purpose (stream) of one seed; streams are independent of each other. */
extern lf_random lf_random_seed(uint64_t seed, uint64_t stream);

extern uint32_t lf_random_bits(lf_random *random);

/* Uniform in [0, 1), with 53 bits. */
extern double lf_random_uniform(lf_random *random);

/* Uniform in [0, bound), without bias; bound > 0. */
extern uint64_t lf_random_below(lf_random *random, uint64_t bound);

/* Standard normal (Box-Muller). */
extern double lf_random_normal(lf_random *random);

/*
 * The place of index in a pseudo-random permutation of 0 .. count - 1 chosen by
 * key: a Feistel network with cycle walking, so that shuffling needs no memory.
 */
extern uint64_t lf_random_permute(uint64_t key, uint64_t count, uint64_t index);

/* Where drawing without replacement is. */
typedef struct lf_pass
{
	uint64_t key; /* of the order in which the present pass goes */
	int64_t place;
} lf_pass;

/* The first that is drawn starts a pass. */
#define LF_PASS_BEGIN ((lf_pass){.place = INT64_MAX})

/* The next of 0 .. count - 1, each once in a random order, and after each pass in another. */
extern int64_t lf_random_pass(lf_random *random, lf_pass *pass, int64_t count);

#endif
