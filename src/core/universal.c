/*
 * universal.c
 *	  The universal network's sizes, memory and weights, and a run of it.
 */
#include "universal.h"

#include <math.h>
#include <string.h>

#include "blas.h"
#include "distribution.h"
#include "loss.h"
#include "universal_private.h"

/* Errors beyond so many of the first guide's teach nothing: no network foresees them. */
#define LF_LARGEST_LESSON 20.0

/* How wide the fresh network's quantiles are, over the error of the base. */
#define LF_FIRST_SPREAD 0.7

const lf_universal_config lf_universal_shipped = {
	.cell = LF_CELL_GRU,
	.hidden_size = 96,
	.num_layers = 1,
	.loss = {.kind = LF_LOSS_QUANTILE,
			 .quantile_count = 11,
			 .quantiles = {.025, .1, .2, .3, .4, .5, .6, .7, .8, .9, .975}}};

lf_stack_shape
lf_universal_shape(const lf_universal_config *config)
{
	return (lf_stack_shape){.kind = config->cell,
							.inputs = LF_UNIVERSAL_FEATURES,
							.hidden = config->hidden_size,
							.layers = config->num_layers,
							.directions = 1};
}

static int
head_columns(const lf_universal_config *config)
{
	return 1 + config->loss.quantile_count + LF_UNIVERSAL_GUIDES;
}

lf_status
lf_universal_table(const lf_universal_config *config, lf_parameter_table *table, lf_error *error)
{
	const lf_network_config network = {.cell = config->cell,
									   .hidden_size = config->hidden_size,
									   .num_layers = config->num_layers,
									   .channels = LF_UNIVERSAL_FEATURES,
									   .lookback = 1,
									   .horizon = head_columns(config),
									   .patch_length = 1,
									   .decoder = LF_DECODER_DIRECT};

	return lf_parameter_table_build(&network, table, error);
}

void
lf_universal_initialize(const lf_universal_config *config, const lf_parameter_table *table,
						uint64_t seed, lf_real *parameters)
{
	lf_random random = lf_random_seed(seed, 0);
	const lf_parameter *bias = lf_parameter_find(table, "head.bias");

	lf_parameters_initialize(table, &random, parameters);
	for (int i = 0; i < config->loss.quantile_count; i++)
		parameters[bias->offset + 1 + i] =
			(lf_real) (LF_FIRST_SPREAD * lf_normal_quantile(config->loss.quantiles[i]));
}

/* The arrays of a batch of max_rows windows. */
static void
layout_batch(lf_universal *network, bool training, lf_arena *arena)
{
	lf_universal_batch *batch = &network->batch;
	const int64_t B = network->max_rows;

	batch->features = lf_arena_take_reals(arena, network->max_steps, B, LF_UNIVERSAL_FEATURES);
	batch->guides = lf_arena_take_reals(arena, network->max_horizon, B, LF_UNIVERSAL_GUIDES);
	batch->base = lf_arena_take_reals(arena, network->max_horizon, B, 1);
	batch->mean = lf_arena_take_reals(arena, network->max_horizon, B, 1);
	batch->level = lf_arena_take(arena, B, sizeof(double));
	batch->scale = lf_arena_take(arena, B, sizeof(double));
	batch->error = lf_arena_take(arena, B, sizeof(double));
	if (training)
	{
		batch->target = lf_arena_take_reals(arena, network->max_horizon, B, 1);
		batch->weight = lf_arena_take_reals(arena, network->max_horizon, B, 1);
	}
}

lf_status
lf_universal_layout(lf_universal *network, const lf_universal_config *config,
					const lf_kernels *kernels, int64_t max_rows, int max_horizon, int64_t longest,
					int64_t max_future, bool training, lf_arena *arena, lf_error *error)
{
	const lf_stack_shape shape = lf_universal_shape(config);
	lf_status status;

	memset(network, 0, sizeof(*network));
	status = lf_universal_table(config, &network->table, error);
	if (status != LF_OK)
		return status;
	network->config = *config;
	network->max_rows = max_rows;
	network->max_horizon = max_horizon;
	network->max_steps = LF_UNIVERSAL_PAST + max_horizon;
	network->longest = longest;
	network->columns = head_columns(config);
	lf_stack_layout(&network->stack, &shape, kernels, training, arena);
	lf_tape_layout(&network->tape, &network->stack, network->max_steps, max_rows, training, arena);
	layout_batch(network, training, arena);
	network->places.features =
		lf_arena_take_reals(arena, network->max_steps, 1, LF_UNIVERSAL_FEATURES);
	network->places.ahead = lf_arena_take_reals(arena, network->max_steps + 1, 1, 1);
	for (int layer = 0; layer < config->num_layers; layer++)
	{
		network->begin.h[layer] = lf_arena_take_reals(arena, 1, max_rows, network->stack.stride);
		if (config->cell == LF_CELL_LSTM)
			network->begin.c[layer] =
				lf_arena_take_reals(arena, 1, max_rows, network->stack.stride);
	}
	network->head = lf_arena_take_reals(arena, max_horizon, max_rows, network->columns);
	network->output =
		lf_arena_take_reals(arena, lf_loss_outputs(&config->loss), max_horizon, max_rows);
	network->readings = lf_arena_take(arena, max_rows, sizeof(lf_universal_window));
	network->values = lf_arena_take(arena, longest + max_future, sizeof(double));
	network->sums = lf_arena_take(arena, longest + max_future + 1, sizeof(double));
	network->sizes = lf_arena_take(arena, longest, sizeof(double));
	if (training)
	{
		network->d_output =
			lf_arena_take_reals(arena, lf_loss_outputs(&config->loss), max_horizon, max_rows);
		network->d_head = lf_arena_take_reals(arena, max_horizon, max_rows, network->columns);
		network->d_states.h[config->num_layers - 1] =
			lf_arena_take_reals(arena, network->max_steps, max_rows, network->stack.stride);
	}
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "the network needs more memory than there can be",
					   NULL, NULL);
	return LF_OK;
}

static size_t
offset_of(const lf_universal *network, const char *name)
{
	return lf_parameter_find(&network->table, name)->offset;
}

void
lf_universal_load(lf_universal *network, const lf_real *parameters)
{
	network->parameters = parameters;
	for (int layer = 0; layer < network->config.num_layers; layer++)
	{
		const lf_cell_weights weights =
			lf_parameters_of_cell(network->table.entry + 4 * layer, parameters);

		lf_stack_pack_cell(&network->stack, layer, &weights);
	}
}

/* e of the window that a row of the head is of: rows are in order of steps, then windows. */
static lf_real
error_of(const lf_universal_batch *batch, size_t row)
{
	return (lf_real) batch->error[row % batch->rows];
}

/* From the head's columns to the outputs in units of the window. */
static void
combine(lf_universal *network)
{
	const lf_universal_batch *batch = &network->batch;
	const int quantiles = network->config.loss.quantile_count;
	const size_t plane = lf_universal_plane(network);

	for (size_t row = 0; row < plane; row++)
	{
		const lf_real *head = network->head + row * network->columns;
		const lf_real *share = head + lf_universal_share_column(network);
		const lf_real *guide = batch->guides + row * LF_UNIVERSAL_GUIDES;
		const lf_real e = error_of(batch, row);
		const lf_real base = batch->base[row];
		lf_real location = base + e * head[0];

		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
			location += share[j] * (guide[j] - base);
		network->output[row] = location;
		for (int i = 1; i <= quantiles; i++)
			network->output[i * plane + row] = e * head[i];
	}
}

/* All steps but the empty ones. */
static lf_stack_input
stack_input(const lf_universal *network)
{
	const lf_universal_batch *batch = &network->batch;

	return (lf_stack_input){.x = batch->features +
								 (size_t) batch->empty * batch->rows * LF_UNIVERSAL_FEATURES,
							.stride = LF_UNIVERSAL_FEATURES,
							.steps = batch->past + batch->horizon - batch->empty,
							.rows = batch->rows};
}

/* The first of some states for all rows. */
static void
repeat_state(const lf_universal *network, const lf_real *state, lf_real *states)
{
	const size_t stride = network->stack.stride;

	for (int64_t row = 0; row < network->batch.rows; row++)
		memcpy(states + row * stride, state, stride * sizeof(lf_real));
}

/* Run through the empty steps, once for all rows: there is nothing in them that could differ. */
static lf_status
begin_states(lf_universal *network, lf_interrupt interrupt)
{
	const lf_stack_input input = {.x = network->batch.features,
								  .stride = LF_UNIVERSAL_FEATURES,
								  .steps = network->batch.empty,
								  .rows = 1};
	const lf_status status =
		lf_stack_forward(&network->stack, &network->tape, &input, NULL, NULL, interrupt);
	lf_states states;

	if (status != LF_OK)
		return status;
	lf_tape_states(&network->tape, LF_STATES_FINAL, &states);
	for (int layer = 0; layer < network->config.num_layers; layer++)
	{
		repeat_state(network, states.h[layer], network->begin.h[layer]);
		if (states.c[layer] != NULL)
			repeat_state(network, states.c[layer], network->begin.c[layer]);
	}
	network->begin.rows = network->batch.rows;
	return LF_OK;
}

/* The top layer's states after the steps that are forecast: (horizon * B, P). */
static lf_real *
answering_states(const lf_universal *network, const lf_states *states)
{
	const lf_universal_batch *batch = &network->batch;

	return states->h[network->config.num_layers - 1] +
		   (size_t) (batch->past - batch->empty) * batch->rows * network->stack.stride;
}

lf_status
lf_universal_forward(lf_universal *network, lf_interrupt interrupt)
{
	const lf_stack_input input = stack_input(network);
	const int64_t rows = (int64_t) network->batch.horizon * network->batch.rows;
	const int columns = network->columns;
	const lf_real *bias = network->parameters + offset_of(network, "head.bias");
	const bool empty = network->batch.empty > 0;
	lf_states states;
	lf_status status = empty ? begin_states(network, interrupt) : LF_OK;

	if (status == LF_OK)
		status = lf_stack_forward(&network->stack, &network->tape, &input,
								  empty ? &network->begin : NULL, NULL, interrupt);
	if (status != LF_OK)
		return status;
	lf_tape_states(&network->tape, LF_STATES_ALL, &states);
	for (int64_t row = 0; row < rows; row++)
		memcpy(network->head + row * columns, bias, columns * sizeof(lf_real));
	lf_gemm(false, true, rows, columns, network->config.hidden_size,
			answering_states(network, &states), (int64_t) network->stack.stride,
			network->parameters + offset_of(network, "head.weight"), network->config.hidden_size, 1,
			network->head, columns);
	combine(network);
	return LF_OK;
}

/* Steps that went too far wrong count no more. */
static void
leave_out_wild(lf_universal *network)
{
	const lf_universal_batch *batch = &network->batch;
	const size_t steps = lf_universal_plane(network);

	for (size_t i = 0; i < steps; i++)
		if (!(fabs((double) network->output[i] - batch->target[i]) * batch->weight[i] <=
			  LF_LARGEST_LESSON))
			batch->weight[i] = 0;
}

/* The way back through combine(): from d_output to d_head. */
static void
combine_backward(lf_universal *network)
{
	const int quantiles = network->config.loss.quantile_count;
	const size_t plane = lf_universal_plane(network);

	for (size_t row = 0; row < plane; row++)
	{
		lf_real *d_head = network->d_head + row * network->columns;
		lf_real *d_share = d_head + lf_universal_share_column(network);
		const lf_real *guide = network->batch.guides + row * LF_UNIVERSAL_GUIDES;
		const lf_real e = error_of(&network->batch, row);
		const lf_real d_location = network->d_output[row];

		for (int i = 1; i <= quantiles; i++)
			d_head[i] = e * network->d_output[i * plane + row];
		d_head[0] = e * d_location;
		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
			d_share[j] = d_location * (guide[j] - network->batch.base[row]);
	}
}

/* The gradient of the head's weights, and of the states that it read. */
static void
head_backward(lf_universal *network, const lf_states *states, lf_real *gradient)
{
	const lf_universal_batch *batch = &network->batch;
	const int64_t rows = (int64_t) batch->horizon * batch->rows;
	const int64_t P = (int64_t) network->stack.stride;
	const int64_t H = network->config.hidden_size;
	const int columns = network->columns;
	lf_real *d_bias = gradient + offset_of(network, "head.bias");
	const size_t weight = offset_of(network, "head.weight");
	lf_states *d_states = &network->d_states;
	lf_real *d_h;

	for (int64_t row = 0; row < rows; row++)
		for (int j = 0; j < columns; j++)
			d_bias[j] += network->d_head[row * columns + j];
	lf_gemm(true, false, columns, H, rows, network->d_head, columns,
			answering_states(network, states), P, 1, gradient + weight, H);
	d_states->rows = (int64_t) (batch->past + batch->horizon) * batch->rows;
	memset(d_states->h[network->config.num_layers - 1], 0, d_states->rows * P * sizeof(lf_real));
	d_h = answering_states(network, d_states);
	lf_gemm(false, false, rows, H, columns, network->d_head, columns, network->parameters + weight,
			H, 0, d_h, P);
}

lf_status
lf_universal_backward(lf_universal *network, lf_real *gradient, lf_states *d_after,
					  lf_interrupt interrupt)
{
	const lf_stack_input input = stack_input(network);
	const lf_stack_gradient stack_gradient = {
		.span = LF_STATES_ALL, .d_states = &network->d_states, .d_after = d_after};
	lf_states states;

	memset(gradient, 0, network->table.total * sizeof(lf_real));
	lf_stack_zero_gradients(&network->stack);
	combine_backward(network);
	lf_tape_states(&network->tape, LF_STATES_ALL, &states);
	head_backward(network, &states, gradient);
	return lf_stack_backward(&network->stack, &network->tape, &input, &stack_gradient, interrupt);
}

lf_status
lf_universal_gradient(lf_universal *network, double scale, lf_real *gradient, double *loss,
					  lf_interrupt interrupt)
{
	const lf_universal_batch *batch = &network->batch;
	const size_t plane = lf_universal_plane(network);
	lf_status status = lf_universal_forward(network, interrupt);

	if (status != LF_OK)
		return status;
	leave_out_wild(network);
	*loss = scale * lf_loss_sum(&network->config.loss, network->output, plane, batch->target, NULL,
								batch->weight, plane, scale, network->d_output);
	status = lf_universal_backward(network, gradient, NULL, interrupt);
	for (int layer = 0; layer < network->config.num_layers && status == LF_OK; layer++)
	{
		const lf_cell_gradients cell =
			lf_gradients_of_cell(network->table.entry + 4 * layer, gradient);

		lf_stack_add_cell_gradients(&network->stack, layer, &cell);
	}
	return status;
}
