/*
 * gradient_stack.c
 *	  Backward through the recurrent stack against central differences, in double.
 */
#include "check.h"
#include "stack_fixture.h"

#define STEP 1e-5
#define TOLERANCE 1e-7

/* The loss when all runs draw the same dropout mask. */
static double
loss_of(fixture *f, uint64_t seed)
{
	lf_random random = lf_random_seed(seed, 0);

	fixture_pack(f);
	if (fixture_forward(f, &random, NULL) != LF_OK)
		return NAN;
	return fixture_loss(f);
}

/* Largest relative difference between gradient[i] and the numerical derivative by value[i]. */
static double
worst_difference(fixture *f, lf_real *value, const lf_real *gradient, size_t count)
{
	double worst = 0;

	for (size_t i = 0; i < count; i++)
	{
		const lf_real saved = value[i];
		double above;
		double below;
		double difference;

		value[i] = saved + STEP;
		above = loss_of(f, 5);
		value[i] = saved - STEP;
		below = loss_of(f, 5);
		value[i] = saved;
		difference = relative_difference(gradient[i], (above - below) / (2 * STEP));
		if (!(difference <= worst))
			worst = difference;
	}
	return worst;
}

static double
worst_state_difference(fixture *f, lf_real *const *state, lf_real *const *gradient)
{
	double worst = 0;

	for (int c = 0; c < f->cells; c++)
		for (int64_t row = 0; row < f->B; row++)
		{
			const size_t at = row * f->stack.stride;

			worst =
				fmax(worst, worst_difference(f, state[c] + at, gradient[c] + at, f->shape.hidden));
		}
	return worst;
}

static void
check_shape(lf_stack_shape shape, int T, int64_t B, const int64_t *active, lf_state_span span)
{
	static const char *const tensor_name[] = {"w_ih", "w_hh", "b_ih", "b_hh"};
	const char *span_name = span == LF_STATES_ALL ? "all states" : "final states";
	fixture f;

	fixture_create(&f, lf_kernels_best(), shape, T, B, span, true, true, 2);
	f.active = active;
	fixture_fill(&f);
	fixture_fill_states(&f, &f.coefficient, 1);
	note("%s, D %d, H %d, %d layers, %d directions, dropout %g, T %d, B %d, %s%s",
		 kind_name[shape.kind], shape.inputs, shape.hidden, shape.layers, shape.directions,
		 shape.dropout, T, (int) B, span_name, active != NULL ? ", unlike lengths" : "");
	loss_of(&f, 5);
	check(fixture_backward(&f, NULL) == LF_OK, "backward runs");

	for (int c = 0; c < f.cells; c++)
	{
		lf_real *value[4];
		lf_real *gradient[4];
		size_t count[4];

		fixture_tensors(&f, c, f.parameter, value, count);
		fixture_tensors(&f, c, f.gradient, gradient, count);
		for (int i = 0; i < 4; i++)
		{
			double worst = worst_difference(&f, value[i], gradient[i], count[i]);

			check(worst < TOLERANCE, "cell %d %s: %.1e", c, tensor_name[i], worst);
		}
	}
	{
		double worst = 0;

		for (int64_t row = 0; row < T * B; row++)
			worst = fmax(worst, worst_difference(&f, f.x + row * f.x_stride,
												 f.d_x + row * shape.inputs, shape.inputs));
		check(worst < TOLERANCE, "x: %.1e", worst);
		worst = worst_state_difference(&f, f.initial.h, f.d_initial.h);
		check(worst < TOLERANCE, "initial h: %.1e", worst);
		if (shape.kind == LF_CELL_LSTM)
		{
			worst = worst_state_difference(&f, f.initial.c, f.d_initial.c);
			check(worst < TOLERANCE, "initial c: %.1e", worst);
		}
	}
	fixture_free(&f);
}

int
main(void)
{
	static const int64_t active[] = {3, 3, 2, 1}; /* rows of 4, 3 and 2 steps */

	for (int kind = LF_CELL_LSTM; kind <= LF_CELL_RNN; kind++)
		for (int layers = 1; layers <= 3; layers++)
			for (int directions = 1; directions <= 2; directions++)
				for (int span = LF_STATES_FINAL; span <= LF_STATES_ALL; span++)
				{
					lf_stack_shape shape = {.kind = (lf_cell_kind) kind,
											.inputs = 3,
											.hidden = layers == 2 ? 5 : 3,
											.layers = layers,
											.directions = directions,
											.dropout = layers > 1 ? 0.3 : 0};

					check_shape(shape, 4, 2, NULL, (lf_state_span) span);
					check_shape(shape, 4, 3, active, (lf_state_span) span);
				}
	return check_done();
}
