/*
 * network.c
 *	  A network's sizes, memory and weights.
 *
 * The parts of a run are elsewhere: dense layers in network_dense.c, the three
 * decoders in network_decoder.c, and what binds them in network_gradient.c.
 */
#include "network.h"

#include <string.h>

#include "loss.h"
#include "network_private.h"

/* Activations of a micro-batch and of a decoder's piece: near the second-level cache. */
#define LF_CACHE_BYTES (4.0 * 1024 * 1024)
#define LF_PIECE_BYTES (1.0 * 1024 * 1024)

/* Rows below which the kernels' tiles and weight reads are not paid back, if the memory is
 * affordable. */
#define LF_TILE_ROWS 32
#define LF_AFFORDABLE_BYTES (256.0 * 1024 * 1024)

int
lf_network_answers(const lf_network_config *config)
{
	return config->supervision == LF_SUPERVISION_SEQUENCE ? config->lookback / config->patch_length
														  : 1;
}

int
lf_network_output_steps(const lf_network_config *config)
{
	return config->decoder == LF_DECODER_DIRECT ? config->horizon : config->patch_length;
}

int
lf_network_output_patches(const lf_network_config *config)
{
	int steps = lf_network_output_steps(config);

	return (config->horizon + steps - 1) / steps;
}

static int
output_planes(const lf_network_config *config)
{
	return config->outputs > 1 ? config->outputs : 1;
}

lf_status
lf_network_check_loss(const lf_network_config *config, const lf_loss *loss, lf_error *error)
{
	if (lf_loss_outputs(loss) != output_planes(config))
		return lf_fail(error, LF_ERROR_CONFIG, "the network's outputs do not fit its loss", NULL,
					   NULL);
	return LF_OK;
}

/* The encoder's shape, or (decoder true) that of the recursive decoder's own stack. */
static lf_stack_shape
shape_of(const lf_network_config *config, bool decoder)
{
	return (lf_stack_shape){
		.kind = config->cell,
		.inputs = config->patch_length > 1 ? config->hidden_size : config->channels,
		.hidden = config->hidden_size,
		.layers = config->num_layers,
		.directions = config->bidirectional && !decoder ? 2 : 1,
		.dropout = config->dropout,
	};
}

/* Bytes that a tape keeps of one row and step: h, c, four gates and a layer's input. */
static double
tape_bytes(const lf_stack_shape *shape, const lf_kernels *kernels)
{
	return 7.0 * shape->layers * shape->directions * lf_padded(kernels, shape->hidden) *
		   sizeof(lf_real);
}

/*
 * Rows whose bytes stay near the cache, or the few that tiles need; at least 1.
 * Time does not matter here: all work is cut into short pieces further down.
 */
static int64_t
rows_within(double bytes_a_row, double cache_bytes)
{
	const double rows = cache_bytes / bytes_a_row;
	const double affordable = LF_AFFORDABLE_BYTES / bytes_a_row;

	if (rows >= LF_TILE_ROWS)
		return (int64_t) rows;
	if (affordable >= LF_TILE_ROWS)
		return LF_TILE_ROWS;
	return affordable < 1.0 ? 1 : (int64_t) affordable;
}

int64_t
lf_network_rows(const lf_network_config *config, const lf_kernels *kernels, int64_t rows)
{
	const lf_stack_shape shape = shape_of(config, false);
	const double n = (double) config->lookback / config->patch_length;
	const double answers = lf_network_answers(config);
	/* output and its gradient in all planes; target, weight and covariates */
	const double answer = (2.0 * output_planes(config) + 2.0 + config->future) * config->horizon;
	const double reals =
		2.0 * n * shape.inputs + (double) config->lookback * config->channels + answers * answer;
	const double bytes = n * tape_bytes(&shape, kernels) + reals * sizeof(lf_real);
	int64_t most = rows_within(bytes, LF_CACHE_BYTES);
	int64_t batches;

	if (rows <= most)
		return rows < 1 ? 1 : rows;
	/* equal parts rather than full ones and a small rest */
	batches = (rows + most - 1) / most;
	return (rows + batches - 1) / batches;
}

double
lf_network_flops(const lf_network_config *config)
{
	const lf_stack_shape encoder = shape_of(config, false);
	const lf_stack_shape decoder = shape_of(config, true);
	const int n = config->lookback / config->patch_length;
	const int m = lf_network_output_patches(config);
	const double answers = lf_network_answers(config);
	const double hidden = config->hidden_size;
	const double patch = (double) config->patch_length * config->channels;
	const double embedding = config->patch_length > 1 ? 2.0 * patch * hidden : 0.0;
	double features = hidden * encoder.directions;
	double flops;

	/* a dense layer costs as much again for its weights' gradient, and for its inputs' */
	flops = lf_stack_flops(&encoder, n) + 2.0 * n * embedding;
	if (config->decoder == LF_DECODER_PARALLEL)
		flops += answers * m * lf_stack_flops(&encoder, 1);
	if (config->decoder == LF_DECODER_RECURSIVE)
	{
		flops += answers * (m * lf_stack_flops(&decoder, 1) + 3.0 * (m - 1) * embedding);
		features = hidden;
	}
	flops += answers * 6.0 * features * config->horizon * output_planes(config);
	/* u_k has the width of what it is added to; the covariates need no gradient */
	if (config->decoder == LF_DECODER_PARALLEL && config->patch_length > 1)
		features = hidden;
	flops += answers * 4.0 * features * config->horizon * config->future;
	if (config->future > 0) /* the hidden units are calculated again for the gradient */
		flops += answers * config->horizon *
				 (6.0 * LF_COVARIATE_HIDDEN * (config->future + 1) + 4.0 * config->future);
	if (config->linear_skip)
		flops += 4.0 * config->horizon * config->lookback;
	return flops;
}

/* States (rows, P) of every cell of a stack, or only the top layer's h. */
static void
take_states(lf_arena *arena, const lf_stack *stack, int64_t rows, bool top_only, lf_states *states)
{
	const int cells = lf_stack_cells(stack);

	memset(states, 0, sizeof(*states));
	states->rows = rows;
	for (int i = top_only ? cells - stack->shape.directions : 0; i < cells; i++)
	{
		states->h[i] = lf_arena_take_reals(arena, rows, stack->stride, 1);
		if (stack->shape.kind == LF_CELL_LSTM && !top_only)
			states->c[i] = lf_arena_take_reals(arena, rows, stack->stride, 1);
	}
}

static size_t
offset_of(const lf_parameter_table *table, const char *name)
{
	const lf_parameter *parameter = lf_parameter_find(table, name);

	return parameter ? parameter->offset : 0;
}

static lf_rectifier
rectifier(const lf_parameter_table *table, const char *weight, const char *bias)
{
	const lf_parameter *matrix = lf_parameter_find(table, weight);

	if (matrix == NULL)
		return (lf_rectifier){0};
	return (lf_rectifier){.inputs = matrix->shape[1],
						  .outputs = matrix->shape[0],
						  .weight = matrix->offset,
						  .bias = offset_of(table, bias)};
}

static void
set_sizes(lf_network *network)
{
	const lf_network_config *config = &network->config;
	const lf_parameter_table *table = &network->table;

	network->input_patches = config->lookback / config->patch_length;
	network->output_patches = lf_network_output_patches(config);
	network->answers = lf_network_answers(config);
	network->outputs = output_planes(config);
	network->inputs = config->patch_length > 1 ? config->hidden_size : config->channels;
	network->directions = config->bidirectional ? 2 : 1;
	network->head_directions = config->decoder == LF_DECODER_RECURSIVE ? 1 : network->directions;
	network->features = network->head_directions * config->hidden_size;
	network->head_outputs =
		config->decoder == LF_DECODER_DIRECT ? config->horizon : config->patch_length;
	network->embedding = rectifier(table, "embedding.weight", "embedding.bias");
	network->future = rectifier(table, "future.weight", "future.bias");
	network->covariates = rectifier(table, "covariate.weight", "covariate.bias");
	network->future_in_head =
		config->future > 0 && !(config->decoder == LF_DECODER_PARALLEL && config->patch_length > 1);
	network->offsets = (lf_network_offsets){
		.position = offset_of(table, "position"),
		.covariate_head = offset_of(table, "covariate.head"),
		.head_weight = offset_of(table, "head.weight"),
		.head_bias = offset_of(table, "head.bias"),
		.skip_weight = offset_of(table, "skip.weight"),
		.skip_bias = offset_of(table, "skip.bias"),
	};
}

/* How many answers and output patches the decoder takes at a time. */
static void
set_pieces(lf_network *network, int64_t max_rows)
{
	const lf_network_config *config = &network->config;
	const lf_stack_shape shape = shape_of(config, config->decoder == LF_DECODER_RECURSIVE);
	const int64_t answers = network->answers * max_rows;
	double bytes = (2.0 * network->features + network->future.outputs) * sizeof(lf_real);
	int64_t rows;

	if (config->decoder != LF_DECODER_DIRECT)
		bytes += tape_bytes(&shape, network->kernels);
	/* the recursive decoder remembers all its steps */
	if (config->decoder == LF_DECODER_RECURSIVE && network->training)
		bytes *= network->output_patches;
	rows = rows_within(bytes, LF_PIECE_BYTES);
	network->piece_rows = rows < answers ? rows : answers;
	network->piece_patches = network->output_patches;
	if (config->decoder == LF_DECODER_PARALLEL && rows / answers < network->output_patches)
		network->piece_patches = rows > answers ? (int) (rows / answers) : 1;
}

static void
layout_covariates(lf_network *network, lf_arena *arena)
{
	if (network->config.future == 0)
		return;
	network->covariate_effect = lf_arena_take_reals(arena, LF_COVARIATE_STEPS, 1, 1);
	network->covariate_hidden =
		lf_arena_take_reals(arena, LF_COVARIATE_STEPS, LF_COVARIATE_HIDDEN, 1);
	if (network->training)
		network->d_covariate_hidden =
			lf_arena_take_reals(arena, LF_COVARIATE_STEPS, LF_COVARIATE_HIDDEN, 1);
}

/* The decoder's stack, tapes and buffers. */
static void
layout_decoder(lf_network *network, lf_arena *arena)
{
	const lf_network_config *config = &network->config;
	const bool training = network->training;
	const size_t patch = (size_t) config->patch_length * config->channels;
	const lf_stack *stack = &network->stack;
	lf_tape unmeasured; /* while measuring there is no memory to hold the tapes themselves */
	size_t rows = network->piece_rows * network->piece_patches;

	if (config->decoder == LF_DECODER_PARALLEL)
		lf_tape_layout(&network->step, stack, 1, rows, training, arena);
	if (config->decoder == LF_DECODER_RECURSIVE)
	{
		const lf_stack_shape shape = shape_of(config, true);
		const int steps = training ? network->output_patches : 2;

		stack = &network->decoder;
		lf_stack_layout(&network->decoder, &shape, network->kernels, training, arena);
		network->steps = lf_arena_take(arena, steps, sizeof(lf_tape));
		for (int k = 0; k < steps; k++)
			lf_tape_layout(network->steps ? &network->steps[k] : &unmeasured, stack, 1,
						   network->piece_rows, training, arena);
		if (!training)
			rows = network->piece_rows;
		network->fed_patch = lf_arena_take_reals(arena, network->piece_rows, patch, 1);
	}
	if (config->decoder != LF_DECODER_DIRECT)
	{
		take_states(arena, stack, rows, false, &network->start);
		network->decoder_inputs = lf_arena_take_reals(arena, rows, network->inputs, 1);
	}
	network->head_inputs = lf_arena_take_reals(arena, rows, network->features, 1);
	if (config->future > 0)
		network->future_inputs = lf_arena_take_reals(arena, rows, network->future.outputs, 1);
	if (!training)
		return;
	if (config->dropout > 0.0)
	{
		size_t count;

		if (lf_multiply(rows, network->features, &count))
			network->kept = lf_arena_take(arena, count, 1);
		else
			arena->overflow = true;
	}
	network->d_head_inputs = lf_arena_take_reals(arena, rows, network->features, 1);
	if (config->decoder == LF_DECODER_DIRECT)
		return;
	take_states(arena, stack, rows, config->decoder == LF_DECODER_PARALLEL, &network->d_decoded);
	network->d_inputs = lf_arena_take_reals(arena, rows, network->inputs, 1);
	if (config->decoder == LF_DECODER_RECURSIVE)
	{
		network->d_fed_patch = lf_arena_take_reals(arena, network->piece_rows, patch, 1);
		if (config->patch_length > 1)
			network->d_first =
				lf_arena_take_reals(arena, network->answers, network->max_rows, network->inputs);
	}
}

lf_status
lf_network_layout(lf_network *network, const lf_network_config *config, const lf_kernels *kernels,
				  int64_t max_rows, bool training, lf_arena *arena, lf_error *error)
{
	const lf_stack_shape shape = shape_of(config, false);
	lf_status status;

	memset(network, 0, sizeof(*network));
	status = lf_parameter_table_build(config, &network->table, error);
	if (status != LF_OK)
		return status;
	network->config = *config;
	network->kernels = kernels;
	network->max_rows = max_rows;
	network->training = training;
	set_sizes(network);
	set_pieces(network, max_rows);

	lf_stack_layout(&network->stack, &shape, kernels, training, arena);
	lf_tape_layout(&network->tape, &network->stack, network->input_patches, max_rows, training,
				   arena);
	if (config->patch_length > 1)
		network->embedded =
			lf_arena_take_reals(arena, network->input_patches, max_rows, network->inputs);
	if (training)
	{
		if (config->patch_length > 1)
			network->d_embedded =
				lf_arena_take_reals(arena, network->input_patches, max_rows, network->inputs);
		const size_t answers = (size_t) network->outputs * network->answers;

		network->output = lf_arena_take_reals(arena, answers, max_rows, config->horizon);
		network->d_output = lf_arena_take_reals(arena, answers, max_rows, config->horizon);
		take_states(arena, &network->stack, network->answers * max_rows,
					config->decoder == LF_DECODER_DIRECT, &network->d_encoded);
	}
	layout_decoder(network, arena);
	layout_covariates(network, arena);
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "the network needs more memory than there can be",
					   NULL, "Choose a smaller network, lookback, horizon or batch.");
	return LF_OK;
}

/* The first tensor of a stack: four a cell follow one another, in the order of lf_cell_weights. */
static const lf_parameter *
first_of(const lf_network *network, const lf_stack *stack)
{
	return lf_parameter_find(&network->table,
							 stack == &network->decoder ? "decoder.weight_ih_l0" : "weight_ih_l0");
}

/* A cell by its number among all: those of the encoder, then those of a recursive decoder. */
typedef struct network_cell
{
	lf_stack *stack;
	int number; /* within the stack */
	const lf_parameter *tensors;
} network_cell;

static network_cell
find_cell(lf_network *network, int number)
{
	const int encoder = lf_stack_cells(&network->stack);
	network_cell cell = {&network->stack, number, NULL};

	if (number >= encoder)
		cell = (network_cell){&network->decoder, number - encoder, NULL};
	cell.tensors = first_of(network, cell.stack) + 4 * cell.number;
	return cell;
}

int
lf_network_cells(const lf_network *network)
{
	const int encoder = lf_stack_cells(&network->stack);

	return network->config.decoder == LF_DECODER_RECURSIVE
			   ? encoder + lf_stack_cells(&network->decoder)
			   : encoder;
}

void
lf_network_load_cell(lf_network *network, const lf_real *parameters, int number)
{
	const network_cell cell = find_cell(network, number);
	const lf_cell_weights weights = lf_parameters_of_cell(cell.tensors, parameters);

	network->parameters = parameters;
	lf_stack_pack_cell(cell.stack, cell.number, &weights);
}

void
lf_network_load(lf_network *network, const lf_real *parameters)
{
	for (int i = 0; i < lf_network_cells(network); i++)
		lf_network_load_cell(network, parameters, i);
}

lf_status
lf_network_zero_gradients(lf_network *network, lf_interrupt interrupt)
{
	for (int i = 0; i < lf_network_cells(network); i++)
	{
		const network_cell cell = find_cell(network, i);

		if (lf_interrupted(interrupt))
			return LF_INTERRUPTED;
		lf_stack_zero_cell_gradients(cell.stack, cell.number);
	}
	return LF_OK;
}

lf_status
lf_network_add_gradients(lf_network *network, lf_real *gradient, lf_interrupt interrupt)
{
	for (int i = 0; i < lf_network_cells(network); i++)
	{
		const network_cell cell = find_cell(network, i);
		const lf_cell_gradients gradients = lf_gradients_of_cell(cell.tensors, gradient);

		if (lf_interrupted(interrupt))
			return LF_INTERRUPTED;
		lf_stack_add_cell_gradients(cell.stack, cell.number, &gradients);
	}
	return LF_OK;
}
