/*
 * test_tail.c
 *	  How unusual numbers are: ranks, fitted tails, and what is forgotten.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "core/random.h"
#include "core/tail.h"

#define CAPACITY 4000
#define SEEDS 400

static double memory[2 * CAPACITY];

static lf_tail
tail_of(double (*draw)(lf_random *), int count, int seed)
{
	lf_random source = lf_random_seed((uint64_t) seed, 0);
	lf_tail tail;

	lf_tail_begin(&tail, CAPACITY, memory);
	for (int i = 0; i < count; i++)
		lf_tail_add(&tail, draw(&source));
	return tail;
}

static double
draw_normal(lf_random *source)
{
	return lf_random_normal(source);
}

/* With a mean of 1. */
static double
draw_exponential(lf_random *source)
{
	return -log(1 - lf_random_uniform(source));
}

/* Pareto with three moments: P(X > x) = x^-4. */
static double
draw_heavy(lf_random *source)
{
	return pow(1 - lf_random_uniform(source), -0.25);
}

static double
normal_above(double x)
{
	return 0.5 * erfc(x / sqrt(2));
}

static double
exponential_above(double x)
{
	return exp(-x);
}

static double
heavy_above(double x)
{
	return pow(x, -4);
}

/* How often a number is beyond what is said to have the probability p above it, on average. */
static double
average_beyond(double (*draw)(lf_random *), double (*above)(double), int count, double p)
{
	double sum = 0;

	for (int seed = 1; seed <= SEEDS; seed++)
	{
		lf_tail tail = tail_of(draw, count, seed);

		sum += above(lf_tail_high(&tail, p)) / SEEDS;
	}
	return sum;
}

static void
test_calibration(void)
{
	static const struct
	{
		const char *name;
		double (*draw)(lf_random *);
		double (*above)(double);
	} kinds[] = {{"normal", draw_normal, normal_above},
				 {"exponential", draw_exponential, exponential_above},
				 {"heavy", draw_heavy, heavy_above}};

	for (int k = 0; k < 3; k++)
		for (int count = 100; count <= 2000; count *= 4)
		{
			double beyond = average_beyond(kinds[k].draw, kinds[k].above, count, 0.005);
			double off = count > 100 ? 0.001 : 0.0025; /* ten numbers say little of a tail */

			check(fabs(beyond - 0.005) < off, "%s, %d numbers: %.5f beyond 0.005", kinds[k].name,
				  count, beyond);
		}
}

static void
test_ranks(void)
{
	lf_tail tail;

	lf_tail_begin(&tail, CAPACITY, memory);
	check(lf_tail_above(&tail, 3) == 1 && lf_tail_below(&tail, 3) == 1 &&
			  isnan(lf_tail_high(&tail, 0.5)) && isnan(lf_tail_low(&tail, 0.5)),
		  "nothing is known of none");
	for (int i = 1; i <= 999; i++)
		lf_tail_add(&tail, (i * 7) % 1000);
	check(tail.count == 999 && tail.sorted[0] == 1 && tail.sorted[998] == 999, "they are sorted");
	check(lf_tail_above(&tail, 500) == 501 / 1000.0,
		  "500 of 1 to 999 has 500 as large, and itself");
	check(lf_tail_below(&tail, 100) == 101 / 1000.0, "100 has 100 as small, and itself");
	check(lf_tail_high(&tail, 0.3) == 700 && lf_tail_low(&tail, 0.3) == 300,
		  "a third is above 700, and below 300");
}

/* Both sides are the same with the signs changed, and probabilities fall. */
static void
test_sides(void)
{
	lf_tail tail = tail_of(draw_heavy, 500, 1);
	double mirrored_memory[2 * CAPACITY];
	lf_tail mirrored;
	bool same = true;
	bool falling = true;
	bool inverse = true;
	double last = 1;

	lf_tail_begin(&mirrored, CAPACITY, mirrored_memory);
	for (int i = 0; i < 500; i++)
		lf_tail_add(&mirrored, -tail.ring[i]);
	for (double x = 1; x < 30; x *= 1.02)
	{
		double above = lf_tail_above(&tail, x);

		same &= above == lf_tail_below(&mirrored, -x);
		falling &= above <= last && above > 0;
		last = above;
		if (above < 0.04)
			inverse &= relative_difference(lf_tail_high(&tail, above), x) < 1e-9;
	}
	check(same, "the lower side is the upper one of the mirrored numbers");
	check(falling, "the larger a number, the less its probability");
	check(inverse, "the number with a probability beyond it has that probability");
}

static void
test_forgets(void)
{
	double small[2 * 50];
	lf_tail tail;

	lf_tail_begin(&tail, 50, small);
	for (int i = 0; i < 50; i++)
		lf_tail_add(&tail, 1000 + i);
	for (int i = 0; i < 50; i++)
		lf_tail_add(&tail, i % 10);
	check(tail.count == 50 && tail.sorted[49] == 9, "a full one forgets the oldest");
	check(lf_tail_above(&tail, 1000) < 1e-6, "what it forgot is as rare as if it had never been");
}

static void
test_constant(void)
{
	lf_tail tail;

	lf_tail_begin(&tail, CAPACITY, memory);
	for (int i = 0; i < 100; i++)
		lf_tail_add(&tail, 5);
	check(lf_tail_above(&tail, 5) == 1 && lf_tail_below(&tail, 5) == 1,
		  "what always comes is not unusual");
	check(lf_tail_above(&tail, 5.01) < 1e-9 && lf_tail_below(&tail, 4.99) < 1e-9,
		  "anything else is");
	check(lf_tail_above(&tail, 1e300) >= 0 && lf_tail_above(&tail, INFINITY) >= 0,
		  "the largest numbers have a probability");
}

int
main(void)
{
	test_ranks();
	test_sides();
	test_forgets();
	test_constant();
	test_calibration();
	return check_done();
}
