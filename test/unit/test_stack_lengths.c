/*
 * test_stack_lengths.c
 *	  Rows of unlike length in one run of the recurrent stack: each has the states and gradients of
 *	  a run of its own, on every table of kernels that this CPU can run.
 */
#include "check.h"
#include "stack_fixture.h"

#define ROWS 5
#define STEPS 7
#define TOLERANCE 2e-5

static const int length[ROWS] = {7, 7, 4, 2, 1};
static const int64_t active[STEPS] = {5, 4, 3, 3, 2, 2, 2};

static double
worse(double worst, double a, double b)
{
	const double difference = relative_difference(a, b);

	/* written so that NaN is the worst, too */
	return difference <= worst ? worst : difference;
}

/* Row `row` of the whole as a run of its own, with the gradients of the same loss. */
static void
run_alone(const fixture *whole, int row, fixture *alone)
{
	const size_t P = whole->stack.stride;

	fixture_create(alone, whole->kernels, whole->shape, length[row], 1, whole->span, true, true, 0);
	fixture_fill(alone);
	for (int t = 0; t < length[row]; t++)
		memcpy(alone->x + t * whole->shape.inputs,
			   whole->x + (t * ROWS + row) * whole->shape.inputs,
			   whole->shape.inputs * sizeof(lf_real));
	for (int c = 0; c < whole->cells; c++)
		for (int is_c = 0; is_c < 1 + (whole->shape.kind == LF_CELL_LSTM); is_c++)
		{
			const lf_real *from = is_c ? whole->initial.c[c] : whole->initial.h[c];
			const lf_real *given = is_c ? whole->coefficient.c[c] : whole->coefficient.h[c];
			lf_real *coefficient = is_c ? alone->coefficient.c[c] : alone->coefficient.h[c];

			memcpy(is_c ? alone->initial.c[c] : alone->initial.h[c], from + row * P,
				   P * sizeof(lf_real));
			for (int64_t i = 0; i < alone->rows; i++)
				memcpy(coefficient + i * P, given + (i * ROWS + row) * P, P * sizeof(lf_real));
		}
	fixture_pack(alone);
	fixture_forward(alone, NULL, NULL);
	fixture_backward(alone, NULL);
}

/* Coefficients of steps that a row does not have are zero: they are no part of its loss. */
static void
clear_padding(fixture *f)
{
	const size_t P = f->stack.stride;

	for (int64_t row = 0; f->span == LF_STATES_ALL && row < f->rows; row++)
		for (int c = 0; c < f->cells; c++)
			if (row / ROWS >= length[row % ROWS])
			{
				memset(f->coefficient.h[c] + row * P, 0, P * sizeof(lf_real));
				if (f->shape.kind == LF_CELL_LSTM)
					memset(f->coefficient.c[c] + row * P, 0, P * sizeof(lf_real));
			}
}

/* The states, d_x and d_initial of a row against those of its own run. */
static double
compare_row(const fixture *whole, const fixture *alone, int row)
{
	const size_t P = whole->stack.stride;
	const int H = whole->shape.hidden;
	const int D = whole->shape.inputs;
	lf_states states[2];
	double worst = 0;

	lf_tape_states(&whole->tape, whole->span, &states[0]);
	lf_tape_states(&alone->tape, whole->span, &states[1]);
	for (int c = 0; c < whole->cells; c++)
		for (int u = 0; u < H; u++)
		{
			for (int64_t i = 0; i < alone->rows; i++)
				worst = worse(worst, states[0].h[c][(i * ROWS + row) * P + u],
							  states[1].h[c][i * P + u]);
			worst = worse(worst, whole->d_initial.h[c][row * P + u], alone->d_initial.h[c][u]);
			if (whole->shape.kind == LF_CELL_LSTM)
				worst = worse(worst, whole->d_initial.c[c][row * P + u], alone->d_initial.c[c][u]);
		}
	for (int t = 0; t < STEPS; t++)
		for (int d = 0; d < D; d++)
			worst = worse(worst, whole->d_x[(t * ROWS + row) * D + d],
						  t < length[row] ? alone->d_x[t * D + d] : 0);
	return worst;
}

static void
check_shape(const lf_kernels *kernels, lf_stack_shape shape, lf_state_span span)
{
	double worst = 0;
	double gradients = 0;
	lf_real *sum;
	fixture whole;

	fixture_create(&whole, kernels, shape, STEPS, ROWS, span, true, true, 0);
	whole.active = active;
	fixture_fill(&whole);
	fixture_fill_states(&whole, &whole.coefficient, 1);
	clear_padding(&whole);
	/* what stands behind a row's end plays no part */
	for (int64_t i = 0; i < STEPS * ROWS; i++)
		for (int d = 0; i / ROWS >= length[i % ROWS] && d < shape.inputs; d++)
			whole.x[i * shape.inputs + d] = 1000;
	fixture_pack(&whole);
	fixture_forward(&whole, NULL, NULL);
	fixture_backward(&whole, NULL);

	sum = calloc(whole.parameters, sizeof(lf_real));
	for (int row = 0; row < ROWS; row++)
	{
		fixture alone;

		run_alone(&whole, row, &alone);
		worst = fmax(worst, compare_row(&whole, &alone, row));
		for (size_t i = 0; i < whole.parameters; i++)
			sum[i] += alone.gradient[i];
		fixture_free(&alone);
	}
	for (size_t i = 0; i < whole.parameters; i++)
		gradients = worse(gradients, whole.gradient[i], sum[i]);
	check(worst < TOLERANCE && gradients < TOLERANCE,
		  "%s %s, H %d, %d x %d cells, %s: rows %.1e, weights %.1e", kernels->name,
		  kind_name[shape.kind], shape.hidden, shape.layers, shape.directions,
		  span == LF_STATES_ALL ? "all" : "final", worst, gradients);
	free(sum);
	fixture_free(&whole);
}

/* A tape for few steps of many rows takes a run of many steps of few rows. */
static void
check_other_way_round(const lf_kernels *kernels)
{
	const lf_stack_shape shape = {LF_CELL_LSTM, 3, 20, 2, 2, 0};
	lf_states states[2];
	bool same = true;
	fixture fitting;
	fixture f;

	fixture_create(&fitting, kernels, shape, 12, 2, LF_STATES_FINAL, true, true, 0);
	fixture_fill(&fitting);
	fixture_fill_states(&fitting, &fitting.coefficient, 1);
	fixture_pack(&fitting);
	fixture_forward(&fitting, NULL, NULL);
	fixture_backward(&fitting, NULL);

	fixture_create(&f, kernels, shape, 3, 8, LF_STATES_FINAL, true, true, 0);
	f.T = 12;
	f.B = 2;
	f.rows = 2;
	f.initial.rows = 2;
	f.coefficient.rows = 2;
	fixture_fill(&f);
	fixture_fill_states(&f, &f.coefficient, 1);
	fixture_pack(&f);
	fixture_forward(&f, NULL, NULL);
	fixture_backward(&f, NULL);
	lf_tape_states(&f.tape, LF_STATES_FINAL, &states[0]);
	lf_tape_states(&fitting.tape, LF_STATES_FINAL, &states[1]);
	for (int c = 0; c < f.cells; c++)
		same &= memcmp(states[0].h[c], states[1].h[c], 2 * f.stack.stride * sizeof(lf_real)) == 0;
	same &= memcmp(f.gradient, fitting.gradient, f.parameters * sizeof(lf_real)) == 0;
	check(same, "%s: a tape for 3 steps of 8 rows takes 12 steps of 2", kernels->name);
	fixture_free(&f);
	fixture_free(&fitting);
}

int
main(void)
{
	for (int table = 0; table < 3; table++)
	{
		const lf_kernels *kernels = lf_kernels_named(table_name[table]);

		if (kernels == NULL)
		{
			note("no %s on this CPU", table_name[table]);
			continue;
		}
		for (int kind = LF_CELL_LSTM; kind <= LF_CELL_RNN; kind++)
			for (int layers = 1; layers <= 3; layers++)
				for (int directions = 1; directions <= 2; directions++)
					for (int span = LF_STATES_FINAL; span <= LF_STATES_ALL; span++)
						check_shape(kernels,
									(lf_stack_shape){.kind = (lf_cell_kind) kind,
													 .inputs = 3,
													 .hidden = layers == 2 ? 20 : 5,
													 .layers = layers,
													 .directions = directions},
									(lf_state_span) span);
		check_other_way_round(kernels);
	}
	return check_done();
}
