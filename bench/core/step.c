/*
 * step.c
 *	  Times one training step of one recurrent layer: the core's side of bench/core/run.
 *
 *	step CELL BATCH STEPS INPUTS HIDDEN KERNELS [ROWS]
 *
 * A step is what torch_step.py does with PyTorch: forward, the loss mean(output[-1]),
 * backward with all weight gradients, one update by Adam. ROWS is the micro-batch,
 * by default that of the trainer. timing.h says what it reads and writes.
 */
#include <stdlib.h>

#include "core/cell.h"
#include "core/network.h"
#include "core/optimizer.h"
#include "timing.h"

/* So small that weights stay what they are: the loss would drive units to where gradients vanish.
 */
#define LEARNING_RATE 1e-9

typedef struct bench
{
	lf_stack_shape shape;
	int64_t batch;
	int64_t rows; /* of a micro-batch */
	int steps;
	lf_stack stack;
	lf_tape tape;
	lf_optimizer optimizer;
	lf_real *x; /* (batch / rows, steps, rows, inputs) */
	size_t parameters;
	lf_real *parameter;
	lf_real *gradient;
	lf_states d_states;
} bench;

static void
layout(bench *b, const lf_kernels *kernels, lf_arena *arena)
{
	lf_stack_layout(&b->stack, &b->shape, kernels, true, arena);
	lf_tape_layout(&b->tape, &b->stack, b->steps, b->rows, true, arena);
	lf_optimizer_layout(&b->optimizer, LF_OPTIMIZER_ADAM, 0, b->parameters, arena);
	b->x = lf_arena_take(arena, b->steps * b->batch * b->shape.inputs, sizeof(lf_real));
	b->parameter = lf_arena_take(arena, b->parameters, sizeof(lf_real));
	b->gradient = lf_arena_take(arena, b->parameters, sizeof(lf_real));
	b->d_states.h[0] = lf_arena_take(arena, b->rows * b->stack.stride, sizeof(lf_real));
}

/* One training step, as the trainer takes it: weights packed anew, gradients zeroed. */
static void
train_step(void *state)
{
	bench *b = state;
	const size_t gate_rows = (size_t) lf_cell_get_traits(b->shape.kind)->gates * b->shape.hidden;
	const size_t w_ih = gate_rows * b->shape.inputs;
	const size_t w_hh = gate_rows * b->shape.hidden;
	lf_real *p = b->parameter;
	lf_real *g = b->gradient;
	const lf_cell_weights weights = {p, p + w_ih, p + w_ih + w_hh, p + w_ih + w_hh + gate_rows};
	const lf_cell_gradients gradients = {g, g + w_ih, g + w_ih + w_hh, g + w_ih + w_hh + gate_rows};
	const lf_real d_output = (lf_real) (1.0 / (b->batch * b->shape.hidden));

	lf_stack_pack(&b->stack, &weights);
	lf_stack_zero_gradients(&b->stack);
	for (int64_t row = 0; row < b->batch; row += b->rows)
	{
		const int64_t rows = b->rows < b->batch - row ? b->rows : b->batch - row;
		const lf_stack_input input = {.x = b->x + row * b->steps * b->shape.inputs,
									  .stride = b->shape.inputs,
									  .steps = b->steps,
									  .rows = rows};

		lf_stack_forward(&b->stack, &b->tape, &input, NULL, NULL, NULL);
		b->d_states.rows = rows;
		for (int64_t r = 0; r < rows; r++)
			for (int u = 0; u < b->shape.hidden; u++)
				b->d_states.h[0][r * b->stack.stride + u] = d_output;
		lf_stack_backward(&b->stack, &b->tape, &input,
						  &(lf_stack_gradient){.span = LF_STATES_FINAL, .d_states = &b->d_states},
						  NULL);
	}
	memset(g, 0, b->parameters * sizeof(lf_real));
	lf_stack_add_gradients(&b->stack, &gradients);
	lf_optimizer_update(&b->optimizer, LEARNING_RATE, g, p);
}

/* Multiplications and additions that the step needs; nobody asks for the gradient of x. */
static double
step_flops(const bench *b)
{
	const double gate_rows = (double) lf_cell_get_traits(b->shape.kind)->gates * b->shape.hidden;

	return 2 * gate_rows * (2 * b->shape.inputs + 3 * b->shape.hidden) * b->steps * b->batch;
}

/* The micro-batch that the trainer would take for such a layer over raw steps. */
static int64_t
trainer_rows(const bench *b, const lf_kernels *kernels)
{
	const lf_network_config config = {
		.cell = b->shape.kind,
		.hidden_size = b->shape.hidden,
		.num_layers = 1,
		.channels = b->shape.inputs,
		.lookback = b->steps,
		.horizon = 1,
		.patch_length = 1,
	};

	return lf_network_rows(&config, kernels, b->batch);
}

static lf_cell_kind
parse_cell(const char *name)
{
	if (strcmp(name, "lstm") == 0)
		return LF_CELL_LSTM;
	return strcmp(name, "gru") == 0 ? LF_CELL_GRU : LF_CELL_RNN;
}

int
main(int argc, char **argv)
{
	bench b = {0};
	const lf_kernels *kernels;
	lf_arena arena = lf_arena_measure();
	lf_random random = lf_random_seed(1, 0);

	if (argc < 7 || (kernels = lf_kernels_named(argv[6])) == NULL)
	{
		fprintf(stderr, "usage: step CELL BATCH STEPS INPUTS HIDDEN KERNELS [ROWS]\n");
		return 2;
	}
	b.shape = (lf_stack_shape){.kind = parse_cell(argv[1]),
							   .inputs = atoi(argv[4]),
							   .hidden = atoi(argv[5]),
							   .layers = 1,
							   .directions = 1};
	b.batch = atoi(argv[2]);
	b.steps = atoi(argv[3]);
	b.rows = argc > 7 ? atoi(argv[7]) : trainer_rows(&b, kernels);
	b.parameters = (size_t) lf_cell_get_traits(b.shape.kind)->gates * b.shape.hidden *
				   (b.shape.inputs + b.shape.hidden + 2);

	layout(&b, kernels, &arena);
	arena = lf_arena_over(take_memory(lf_arena_bytes(&arena)), lf_arena_bytes(&arena));
	layout(&b, kernels, &arena);
	if (arena.overflow)
		return 1;
	for (size_t i = 0; i < b.steps * b.batch * (size_t) b.shape.inputs; i++)
		b.x[i] = (lf_real) lf_random_normal(&random);
	for (size_t i = 0; i < b.parameters; i++)
		b.parameter[i] = (lf_real) (0.2 * lf_random_uniform(&random) - 0.1);

	take_turns(train_step, &b, step_flops(&b), b.parameters, kernels);
	return 0;
}
