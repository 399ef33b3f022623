/*
 * test_optimizer.c
 *	  Optimizers, clipping and schedules against PyTorch.
 */
#include <string.h>

#include "check.h"
#include "core/arena.h"
#include "core/optimizer.h"
#include "golden.h"
#include "network_fixture.h"

#define COUNT 37
#define STEPS 6
#define PEAK 0.125

static const char *const names[] = {"adam", "adamw", "sgd", "rmsprop"};

static void *
make_optimizer(lf_optimizer *optimizer, lf_optimizer_kind kind, double decay)
{
	lf_arena measure = lf_arena_measure();
	lf_arena arena;
	void *block;

	lf_optimizer_layout(optimizer, kind, decay, COUNT, &measure);
	block = malloc(lf_arena_bytes(&measure));
	arena = lf_arena_over(block, lf_arena_bytes(&measure));
	lf_optimizer_layout(optimizer, kind, decay, COUNT, &arena);
	check(!arena.overflow && arena.used == measure.used, "%s takes what was measured", names[kind]);
	return block;
}

/* Whole updates, or (sliced) the same in slices of uneven size. */
static void
update(lf_optimizer *optimizer, bool sliced, const lf_real *gradient, lf_real *parameters)
{
	if (!sliced)
	{
		lf_optimizer_update(optimizer, 0.03125, gradient, parameters);
		return;
	}
	lf_optimizer_advance(optimizer);
	for (size_t from = 0; from < COUNT; from += 10)
		lf_optimizer_slice(optimizer, 0.03125, gradient, from,
						   COUNT - from < 10 ? COUNT - from : 10, parameters);
}

static void
test_golden(const golden_tensor *file, lf_optimizer_kind kind, double decay, bool sliced)
{
	lf_optimizer optimizer;
	void *block = make_optimizer(&optimizer, kind, decay);
	lf_real *parameters = hashed_reals(1, 1.0, COUNT);
	double worst = 0;

	for (int step = 0; step < STEPS; step++)
	{
		lf_real *gradient = hashed_reals(10 + step, ldexp(1.0, -step), COUNT);
		const lf_real *expected;
		char name[64];

		update(&optimizer, sliced, gradient, parameters);
		snprintf(name, sizeof(name), "%s.%g.%d", names[kind], decay, step);
		expected = golden_get(file, name, COUNT);
		for (int i = 0; i < COUNT; i++)
		{
			const double difference = fabs((double) parameters[i] - expected[i]);

			if (!(difference <= worst))
				worst = difference;
		}
		free(gradient);
	}
	check(worst < 1e-6, "%s, weight decay %g%s: parameters are PyTorch's after %d steps: %.0e",
		  names[kind], decay, sliced ? ", in slices" : "", STEPS, worst);
	check(optimizer.updates == STEPS, "%s counts its steps", names[kind]);
	free(parameters);
	free(block);
}

static void
test_clipping(const golden_tensor *file, double limit)
{
	lf_real *gradient = hashed_reals(5, 1.0, COUNT);
	const lf_real *expected;
	char name[64];
	double norm;
	double worst = 0;

	norm = lf_gradient_clip(gradient, COUNT, limit);
	snprintf(name, sizeof(name), "clip.%g.norm", limit);
	check(relative_difference(norm, golden_get(file, name, 1)[0]) < 1e-6, "%s is PyTorch's", name);
	snprintf(name, sizeof(name), "clip.%g.gradient", limit);
	expected = golden_get(file, name, COUNT);
	for (int i = 0; i < COUNT; i++)
		worst = fmax(worst, fabs((double) gradient[i] - expected[i]));
	check(worst < 1e-6, "%s is PyTorch's: %.0e", name, worst);
	free(gradient);
}

static void
test_clipping_corners(void)
{
	lf_real *gradient = hashed_reals(5, 1.0, COUNT);
	lf_real *before = hashed_reals(5, 1.0, COUNT);
	lf_real zeros[3] = {0, 0, 0};

	check(lf_gradient_clip(gradient, COUNT, 0) > 1 &&
			  memcmp(gradient, before, COUNT * sizeof(lf_real)) == 0,
		  "a limit of zero never clips");
	check(lf_gradient_clip(zeros, 3, 1.0) == 0 && zeros[0] == 0, "a gradient of zero stays zero");
	gradient[20] = NAN;
	check(isnan(lf_gradient_clip(gradient, COUNT, 1.0)), "NaN shows in the norm");
	gradient[20] = INFINITY;
	check(isinf(lf_gradient_clip(gradient, COUNT, 1.0)), "infinity shows in the norm");
	free(gradient);
	free(before);
}

/* Rates from step first on are PyTorch's. */
static void
test_schedule(const golden_tensor *file, lf_schedule_kind kind, const char *name, int first)
{
	const lf_real *expected = golden_get(file, name, 200 - first);
	double worst = 0;

	for (int step = first; step < 200; step++)
		worst = fmax(worst, fabs(lf_schedule_rate(kind, PEAK, step, 200) - expected[step - first]));
	check(worst < 1e-7, "%s is PyTorch's: %.0e", name, worst);
}

/* Every rate of every schedule of any length is positive and at most the peak. */
static void
test_schedule_bounds(void)
{
	bool good = true;

	for (int kind = LF_SCHEDULE_CONSTANT; kind <= LF_SCHEDULE_STEP; kind++)
		for (int64_t total = 1; total < 130; total++)
			for (int64_t step = 0; step < total; step++)
			{
				const double rate = lf_schedule_rate((lf_schedule_kind) kind, PEAK, step, total);

				good &= rate > 0 && rate <= PEAK;
			}
	check(good, "every rate is above zero and at most the peak");
}

static void
test_schedule_shapes(void)
{
	bool rises = true;
	bool falls = true;

	for (int step = 1; step < 20; step++)
		rises &= lf_schedule_rate(LF_SCHEDULE_COSINE, PEAK, step, 1000) >
				 lf_schedule_rate(LF_SCHEDULE_COSINE, PEAK, step - 1, 1000);
	for (int step = 21; step < 1000; step++)
		falls &= lf_schedule_rate(LF_SCHEDULE_COSINE, PEAK, step, 1000) <
				 lf_schedule_rate(LF_SCHEDULE_COSINE, PEAK, step - 1, 1000);
	check(rises && falls && lf_schedule_rate(LF_SCHEDULE_COSINE, PEAK, 20, 1000) == PEAK,
		  "cosine warms up over 2 %% of the steps, then falls");
	check(lf_schedule_rate(LF_SCHEDULE_COSINE, PEAK, 999, INT32_MAX) < PEAK &&
			  relative_difference(lf_schedule_rate(LF_SCHEDULE_COSINE, PEAK, 1000, INT32_MAX),
								  PEAK) < 1e-9,
		  "but over no more than a thousand steps");
	check(lf_schedule_rate(LF_SCHEDULE_COSINE, PEAK, 999, 1000) < 1e-4 * PEAK,
		  "cosine ends near zero");
	check(lf_schedule_rate(LF_SCHEDULE_CONSTANT, PEAK, 999, 1000) == PEAK, "constant is constant");
	check(lf_schedule_rate(LF_SCHEDULE_ONECYCLE, PEAK, 299, 1000) == PEAK &&
			  relative_difference(lf_schedule_rate(LF_SCHEDULE_ONECYCLE, PEAK, 999, 1000) * 1e4,
								  PEAK) < 1e-9,
		  "onecycle has its peak at 30 %% and ends at a ten-thousandth");
	check(lf_schedule_rate(LF_SCHEDULE_STEP, PEAK, 99, 1000) == PEAK &&
			  relative_difference(lf_schedule_rate(LF_SCHEDULE_STEP, PEAK, 100, 1000), 0.8 * PEAK) <
				  1e-12,
		  "step falls after a tenth");
}

int
main(void)
{
	golden_tensor *file = golden_read("optimizer");

	for (int kind = LF_OPTIMIZER_ADAM; kind <= LF_OPTIMIZER_RMSPROP; kind++)
		for (int variant = 0; variant < 4; variant++)
			test_golden(file, (lf_optimizer_kind) kind, variant % 2 ? 0.125 : 0.0, variant >= 2);
	test_clipping(file, 0.5);
	test_clipping(file, 1.0);
	test_clipping(file, 100.0);
	test_clipping_corners();
	test_schedule(file, LF_SCHEDULE_COSINE, "schedule.cosine", 4);
	test_schedule(file, LF_SCHEDULE_ONECYCLE, "schedule.onecycle", 0);
	test_schedule(file, LF_SCHEDULE_STEP, "schedule.step", 0);
	test_schedule_bounds();
	test_schedule_shapes();
	golden_free(file);
	return check_done();
}
