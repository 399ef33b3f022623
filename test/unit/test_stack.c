/*
 * test_stack.c
 *	  The recurrent stack on every table of kernels that this CPU can run: against
 *	  PyTorch, and the fast tables against the plain one. test_stack_interrupt.c
 *	  interrupts it.
 */
#include "check.h"
#include "golden.h"
#include "stack_fixture.h"

#define GOLDEN_TOLERANCE 1e-5
#define TABLE_TOLERANCE 2e-5

static const char *const direction_name[] = {"", "_reverse"};

/* Largest element-wise difference, relative to the size of the whole tensor or 1. */
static double
compare(const lf_real *a, const lf_real *b, size_t count)
{
	double largest = 1;
	double worst = 0;

	for (size_t i = 0; i < count; i++)
		largest = fmax(largest, fabs((double) b[i]));
	for (size_t i = 0; i < count; i++)
	{
		double difference = fabs((double) a[i] - b[i]) / largest;

		if (!(difference <= worst))
			worst = difference;
	}
	return worst;
}

/* The units that exist of rows with padding, side by side; *clean turns false where padding is not
 * zero. */
static void
gather(const fixture *f, const lf_real *rows, int64_t count, lf_real *out, bool *clean)
{
	for (int64_t row = 0; row < count; row++, rows += f->stack.stride)
	{
		for (size_t u = 0; u < f->stack.stride; u++)
			if (u < (size_t) f->shape.hidden)
				*out++ = rows[u];
			else if (rows[u] != 0)
				*clean = false;
	}
}

/* One cell's states against rows [cell * B, ...) of a golden tensor (cells, B, H). */
static double
compare_states(const fixture *f, lf_real *const *state, const lf_real *expected, bool *clean)
{
	const size_t count = f->B * f->shape.hidden;
	lf_real *values = malloc(count * sizeof(lf_real));
	double worst = 0;

	for (int c = 0; c < f->cells; c++)
	{
		gather(f, state[c], f->B, values, clean);
		worst = fmax(worst, compare(values, expected + c * count, count));
	}
	free(values);
	return worst;
}

static void
check_golden_forward(const fixture *f, const golden_tensor *golden, const char *label)
{
	const int H = f->shape.hidden;
	const int directions = f->shape.directions;
	const size_t state_count = (size_t) f->cells * f->B * H;
	const size_t output_count = (size_t) f->T * f->B * directions * H;
	const lf_real *output = golden_get(golden, "output", output_count);
	lf_states states;
	bool clean = true;
	double worst;

	lf_tape_states(&f->tape, LF_STATES_FINAL, &states);
	worst = compare_states(f, states.h, golden_get(golden, "h_n", state_count), &clean);
	check(worst < GOLDEN_TOLERANCE, "%s h_n: %.1e", label, worst);
	if (f->shape.kind == LF_CELL_LSTM)
	{
		worst = compare_states(f, states.c, golden_get(golden, "c_n", state_count), &clean);
		check(worst < GOLDEN_TOLERANCE, "%s c_n: %.1e", label, worst);
	}

	lf_tape_states(&f->tape, LF_STATES_ALL, &states);
	worst = 0;
	for (int64_t row = 0; row < f->T * f->B; row++)
		for (int d = 0; d < directions; d++)
			worst = fmax(worst, compare(states.h[f->cells - directions + d] + row * f->stack.stride,
										output + (row * directions + d) * H, H));
	check(worst < GOLDEN_TOLERANCE, "%s output: %.1e", label, worst);
	check(states.rows == f->T * f->B && clean, "%s padded units are zero", label);
}

static void
check_golden_gradients(const fixture *f, const golden_tensor *golden, const char *label)
{
	static const char *const tensor_name[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
	const size_t state_count = (size_t) f->cells * f->B * f->shape.hidden;
	const size_t x_count = (size_t) f->T * f->B * f->shape.inputs;
	bool clean = true;
	double worst;

	for (int c = 0; c < f->cells; c++)
	{
		lf_real *gradient[4];
		size_t count[4];

		fixture_tensors(f, c, f->gradient, gradient, count);
		for (int i = 0; i < 4; i++)
		{
			char name[64];

			snprintf(name, sizeof(name), "d_%s_l%d%s", tensor_name[i], c / f->shape.directions,
					 direction_name[c % f->shape.directions]);
			worst = compare(gradient[i], golden_get(golden, name, count[i]), count[i]);
			check(worst < GOLDEN_TOLERANCE, "%s %s: %.1e", label, name, worst);
		}
	}
	worst = compare(f->d_x, golden_get(golden, "d_x", x_count), x_count);
	check(worst < GOLDEN_TOLERANCE, "%s d_x: %.1e", label, worst);
	if (!f->use_initial)
		return;
	worst = compare_states(f, f->d_initial.h, golden_get(golden, "d_h_0", state_count), &clean);
	check(worst < GOLDEN_TOLERANCE && clean, "%s d_h_0: %.1e", label, worst);
	if (f->shape.kind == LF_CELL_LSTM)
	{
		worst = compare_states(f, f->d_initial.c, golden_get(golden, "d_c_0", state_count), &clean);
		check(worst < GOLDEN_TOLERANCE && clean, "%s d_c_0: %.1e", label, worst);
	}
}

static void
check_golden(const lf_kernels *kernels, lf_cell_kind kind, const char *name)
{
	char file_name[64];
	char label[96];
	golden_tensor *golden;
	const lf_real *s;
	fixture f;

	snprintf(file_name, sizeof(file_name), "cell_%s_%s", kind_name[kind], name);
	snprintf(label, sizeof(label), "%s %s", kernels->name, file_name);
	golden = golden_read(file_name);
	s = golden_get(golden, "shape", 8);
	fixture_create(&f, kernels,
				   (lf_stack_shape){.kind = kind,
									.inputs = (int) s[0],
									.hidden = (int) s[1],
									.layers = (int) s[2],
									.directions = (int) s[3]},
				   (int) s[5], (int64_t) s[4], s[7] != 0 ? LF_STATES_ALL : LF_STATES_FINAL,
				   s[6] != 0, true, 0);
	fixture_fill(&f);
	fixture_golden_coefficients(&f);
	fixture_pack(&f);
	check(fixture_forward(&f, NULL, NULL) == LF_OK, "%s forward", label);
	check_golden_forward(&f, golden, label);
	check(fixture_backward(&f, NULL) == LF_OK, "%s backward", label);
	check_golden_gradients(&f, golden, label);
	fixture_free(&f);
	golden_free(golden);
}

/* Worst difference between the states of two fixtures of different padding, over one span. */
static double
compare_fixture_states(const fixture *a, const fixture *b, const lf_states *of_a,
					   const lf_states *of_b, bool *clean)
{
	const size_t count = of_a->rows * a->shape.hidden;
	lf_real *values = malloc(2 * count * sizeof(lf_real));
	double worst = 0;

	for (int is_c = 0; is_c < 1 + (a->shape.kind == LF_CELL_LSTM); is_c++)
		for (int c = 0; c < a->cells; c++)
		{
			gather(a, is_c ? of_a->c[c] : of_a->h[c], of_a->rows, values, clean);
			gather(b, is_c ? of_b->c[c] : of_b->h[c], of_a->rows, values + count, clean);
			worst = fmax(worst, compare(values, values + count, count));
		}
	free(values);
	return worst;
}

/* Random shapes: a fast table against the plain one. */
static void
check_against_plain(const lf_kernels *kernels, lf_stack_shape shape, int T, int64_t B,
					lf_state_span span)
{
	const lf_kernels *tables[] = {kernels, lf_kernels_named("plain")};
	fixture f[2];
	lf_states states[2];
	bool clean = true;
	double forward;
	double weights;
	double inputs;

	for (int i = 0; i < 2; i++)
	{
		lf_random random = lf_random_seed(7, 0);

		fixture_create(&f[i], tables[i], shape, T, B, span, B % 2 == 0, true, B % 3);
		fixture_fill(&f[i]);
		fixture_fill_states(&f[i], &f[i].coefficient, 1);
		fixture_pack(&f[i]);
		fixture_forward(&f[i], &random, NULL);
		fixture_backward(&f[i], NULL);
		lf_tape_states(&f[i].tape, LF_STATES_ALL, &states[i]);
	}
	forward = compare_fixture_states(&f[0], &f[1], &states[0], &states[1], &clean);
	weights = compare(f[0].gradient, f[1].gradient, f[0].parameters);
	inputs = fmax(compare(f[0].d_x, f[1].d_x, T * B * shape.inputs),
				  compare_fixture_states(&f[0], &f[1], &f[0].d_initial, &f[1].d_initial, &clean));
	check(forward < TABLE_TOLERANCE && weights < TABLE_TOLERANCE && inputs < TABLE_TOLERANCE &&
			  clean,
		  "%s %s D %d H %d, %d x %d cells, T %d, B %d, %s: %.1e %.1e %.1e", kernels->name,
		  kind_name[shape.kind], shape.inputs, shape.hidden, shape.layers, shape.directions, T,
		  (int) B, span == LF_STATES_ALL ? "all" : "final", forward, weights, inputs);
	fixture_free(&f[0]);
	fixture_free(&f[1]);
}

static void
check_shapes(const lf_kernels *kernels)
{
	static const int hidden[] = {1, 5, 8, 15, 16, 17, 33, 48, 64, 80, 100, 130};
	lf_random random = lf_random_seed(11, 0);

	/* Every remainder of the row tiles, and runs of several tiles. */
	for (int kind = LF_CELL_LSTM; kind <= LF_CELL_RNN; kind++)
		for (int64_t B = 1; B <= 14; B++)
			check_against_plain(kernels, (lf_stack_shape){(lf_cell_kind) kind, 3, 20, 1, 1, 0}, 3,
								B, LF_STATES_FINAL);
	/* Every width of panels. */
	for (int kind = LF_CELL_LSTM; kind <= LF_CELL_RNN; kind++)
		for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		{
			lf_stack_shape shape = {
				.kind = (lf_cell_kind) kind,
				.inputs = 1 + (int) lf_random_below(&random, 40),
				.hidden = hidden[i],
				.layers = 1 + (int) lf_random_below(&random, 3),
				.directions = 1 + (int) lf_random_below(&random, 2),
				.dropout = i % 2 ? 0.25 : 0,
			};

			check_against_plain(kernels, shape, 1 + (int) lf_random_below(&random, 6),
								1 + (int64_t) lf_random_below(&random, 20),
								i % 3 ? LF_STATES_ALL : LF_STATES_FINAL);
		}
	/* More rows than one run of the weight gradient. */
	check_against_plain(kernels, (lf_stack_shape){LF_CELL_LSTM, 2, 18, 1, 2, 0}, 2, 601,
						LF_STATES_ALL);
	check_against_plain(kernels, (lf_stack_shape){LF_CELL_GRU, 2, 18, 1, 2, 0}, 70, 10,
						LF_STATES_FINAL);
}

/* Large sums saturate the activations; NaN must come through, or divergence would be hidden. */
static void
check_extremes(const lf_kernels *kernels)
{
	for (int kind = LF_CELL_LSTM; kind <= LF_CELL_RNN; kind++)
	{
		lf_states states;
		double largest = 0;
		bool nan_seen = true;
		fixture f;

		fixture_create(&f, kernels, (lf_stack_shape){(lf_cell_kind) kind, 2, 7, 1, 1, 0}, 3, 4,
					   LF_STATES_FINAL, false, false, 0);
		fixture_fill(&f);
		for (int64_t i = 0; i < 3 * 4 * 2; i++)
			f.x[i] *= 1e6f;
		fixture_pack(&f);
		fixture_forward(&f, NULL, NULL);
		lf_tape_states(&f.tape, LF_STATES_FINAL, &states);
		for (size_t i = 0; i < 4 * f.stack.stride; i++)
			if (!(fabs(states.h[0][i]) <= largest))
				largest = fabs(states.h[0][i]);
		check(largest > 0.1 && largest <= 1, "%s %s: huge inputs give states up to %g",
			  kernels->name, kind_name[kind], largest);

		f.x[0] = NAN;
		fixture_forward(&f, NULL, NULL);
		for (int u = 0; u < 7; u++)
			nan_seen &= isnan(states.h[0][u]);
		check(nan_seen && !isnan(states.h[0][f.stack.stride]), "%s %s: NaN spreads along its row",
			  kernels->name, kind_name[kind]);
		fixture_free(&f);
	}
}

/*
 * Two tapes of one stack, as encoder and parallel decoder: a run of T steps cut in
 * two must give the states and gradients of the whole, to within rounding.
 */
static void
check_two_tapes(const lf_kernels *kernels, lf_cell_kind kind)
{
	const lf_stack_shape shape = {kind, 3, 20, 2, 1, 0};
	const size_t first_rows = 4 * 5; /* steps times rows of the first part */
	lf_stack_input beginning;
	lf_stack_input rest;
	lf_states states;
	lf_states whole_states;
	lf_tape second;
	lf_arena arena = lf_arena_measure();
	bool clean = true;
	void *block;
	fixture whole;
	fixture part;

	fixture_create(&whole, kernels, shape, 7, 5, LF_STATES_FINAL, true, true, 0);
	fixture_fill(&whole);
	fixture_fill_states(&whole, &whole.coefficient, 1);
	fixture_pack(&whole);
	fixture_forward(&whole, NULL, NULL);
	fixture_backward(&whole, NULL);

	fixture_create(&part, kernels, shape, 7, 5, LF_STATES_FINAL, true, true, 0);
	fixture_fill(&part);
	fixture_fill_states(&part, &part.coefficient, 1);
	fixture_pack(&part);
	lf_tape_layout(&second, &part.stack, 3, 5, true, &arena);
	block = malloc(lf_arena_bytes(&arena));
	arena = lf_arena_over(block, lf_arena_bytes(&arena));
	lf_tape_layout(&second, &part.stack, 3, 5, true, &arena);

	part.T = 4;
	beginning = fixture_input(&part);
	rest = beginning;
	rest.x += first_rows * part.x_stride;
	rest.steps = 3;
	fixture_forward(&part, NULL, NULL);
	lf_tape_states(&part.tape, LF_STATES_FINAL, &states);
	lf_stack_forward(&part.stack, &second, &rest, &states, NULL, NULL);
	lf_tape_states(&second, LF_STATES_FINAL, &states);
	lf_tape_states(&whole.tape, LF_STATES_FINAL, &whole_states);
	check(compare_fixture_states(&part, &whole, &states, &whole_states, &clean) == 0,
		  "%s %s: two tapes continue to the same states", kernels->name, kind_name[kind]);

	/* The gradient that leaves the second part is what the first is given; weights add up. */
	{
		lf_cell_gradients gradients[LF_MAX_CELLS];
		double worst;

		for (int c = 0; c < part.cells; c++)
		{
			lf_real *tensor[4];
			size_t count[4];

			fixture_tensors(&part, c, part.gradient, tensor, count);
			gradients[c] = (lf_cell_gradients){tensor[0], tensor[1], tensor[2], tensor[3]};
		}
		lf_stack_zero_gradients(&part.stack);
		lf_stack_backward(&part.stack, &second, &rest,
						  &(lf_stack_gradient){.span = LF_STATES_FINAL,
											   .d_states = &part.coefficient,
											   .d_x = part.d_x + first_rows * 3,
											   .d_initial = &part.d_states},
						  NULL);
		lf_stack_backward(&part.stack, &part.tape, &beginning,
						  &(lf_stack_gradient){.span = LF_STATES_FINAL,
											   .d_states = &part.d_states,
											   .d_x = part.d_x,
											   .d_initial = &part.d_initial},
						  NULL);
		lf_stack_add_gradients(&part.stack, gradients);
		worst = compare(part.gradient, whole.gradient, whole.parameters);
		check(worst < TABLE_TOLERANCE, "%s %s: two tapes, weight gradients: %.1e", kernels->name,
			  kind_name[kind], worst);
		worst =
			fmax(compare(part.d_x, whole.d_x, 7 * 5 * 3),
				 compare_fixture_states(&part, &whole, &part.d_initial, &whole.d_initial, &clean));
		check(worst < TABLE_TOLERANCE && clean, "%s %s: two tapes, other gradients: %.1e",
			  kernels->name, kind_name[kind], worst);
	}
	free(block);
	fixture_free(&whole);
	fixture_free(&part);
}

/* A tape for inference gives the bits of one for training. */
static void
check_inference(const lf_kernels *kernels, lf_cell_kind kind)
{
	const lf_stack_shape shape = {kind, 3, 20, 2, 2, 0.5};
	lf_states states[2];
	bool clean = true;
	fixture f[2];

	for (int training = 0; training < 2; training++)
	{
		fixture_create(&f[training], kernels, shape, 5, 9, LF_STATES_FINAL, true, training != 0, 0);
		fixture_fill(&f[training]);
		fixture_pack(&f[training]);
		fixture_forward(&f[training], NULL, NULL);
		lf_tape_states(&f[training].tape, LF_STATES_ALL, &states[training]);
	}
	check(compare_fixture_states(&f[0], &f[1], &states[0], &states[1], &clean) == 0 && clean,
		  "%s %s: the inference tape gives the same bits", kernels->name, kind_name[kind]);
	fixture_free(&f[0]);
	fixture_free(&f[1]);
}

/* Dropout: the share of zeros and the scale of what stays; no dropout without a generator. */
static void
check_dropout(const lf_kernels *kernels)
{
	const lf_stack_shape shape = {LF_CELL_GRU, 3, 50, 2, 1, 0.3};
	lf_random random = lf_random_seed(3, 0);
	int64_t kept = 0;
	bool exact = true;
	fixture f;

	fixture_create(&f, kernels, shape, 20, 10, LF_STATES_FINAL, false, true, 0);
	fixture_fill(&f);
	fixture_pack(&f);
	fixture_forward(&f, &random, NULL);
	for (int64_t row = 0; row < 200; row++)
		for (int u = 0; u < 50; u++)
		{
			const size_t at = row * f.stack.stride + u;
			const lf_real h = f.tape.cells[0].h[10 * f.stack.stride + at];
			const lf_real dropped = f.tape.cells[0].dropped[at];

			if (dropped != 0)
				kept++;
			exact &= dropped == 0 || relative_difference(dropped, h / 0.7) < 1e-6;
		}
	/* 10000 draws of probability .7: six standard deviations are 275. */
	check(exact && kept > 7000 - 275 && kept < 7000 + 275, "%s: dropout .3 keeps %d of 10000",
		  kernels->name, (int) kept);
	fixture_free(&f);
}

int
main(void)
{
	static const char *const golden_name[] = {
		"plain", "single", "bidirectional", "stacked", "stacked_bidirectional", "one_step"};
	int tables = 0;

	for (size_t i = 0; i < sizeof(table_name) / sizeof(table_name[0]); i++)
	{
		const lf_kernels *kernels = lf_kernels_named(table_name[i]);

		if (kernels == NULL)
		{
			note("this CPU or build has no %s kernels", table_name[i]);
			continue;
		}
		tables++;
		for (int kind = LF_CELL_LSTM; kind <= LF_CELL_RNN; kind++)
		{
			for (size_t g = 0; g < sizeof(golden_name) / sizeof(golden_name[0]); g++)
				check_golden(kernels, (lf_cell_kind) kind, golden_name[g]);
			check_two_tapes(kernels, (lf_cell_kind) kind);
			check_inference(kernels, (lf_cell_kind) kind);
		}
		check_extremes(kernels);
		check_dropout(kernels);
		if (i > 0)
			check_shapes(kernels);
	}
	check(tables >= 1 && lf_kernels_named("nonsense") == NULL &&
			  lf_kernels_named(lf_kernels_best()->name) == lf_kernels_best(),
		  "tables are found by name; best: %s", lf_kernels_best()->name);
	return check_done();
}
