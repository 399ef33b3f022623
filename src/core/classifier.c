/*
 * classifier.c
 *	  A classifier's tensors, sizes and memory. A run of it is in classifier_run.c.
 */
#include "classifier.h"

#include <string.h>

#include "classifier_private.h"

/* Activations of a run: near the second-level cache. */
#define CACHE_BYTES (4.0 * 1024 * 1024)

/* Rows below which the kernels' tiles are not paid back, where the memory is affordable. */
#define TILE_ROWS 32
#define AFFORDABLE_BYTES (256.0 * 1024 * 1024)

/* Rows of a run: more win nothing. */
#define MOST_ROWS 1024

static lf_status
out_of_range(lf_error *error, const char *what, int value, int least, int most)
{
	char message[LF_ERROR_TEXT];
	char detail[LF_ERROR_TEXT];

	return lf_fail(
		error, LF_ERROR_CONFIG, lf_format(message, "%s is out of range", what),
		lf_format(detail, "It is %d, and must be between %d and %d.", value, least, most), NULL);
}

lf_status
lf_classifier_table_build(const lf_classifier_config *config, lf_parameter_table *table,
						  lf_error *error)
{
	/* Of the tensors of a forecast of K steps by a dense layer from one patch on, all are the same.
	 */
	const lf_network_config network = {.cell = config->cell,
									   .hidden_size = config->hidden_size,
									   .num_layers = config->num_layers,
									   .bidirectional = config->bidirectional,
									   .dropout = config->dropout,
									   .channels = config->channels,
									   .lookback = config->patch_length,
									   .horizon = config->classes,
									   .patch_length = config->patch_length,
									   .decoder = LF_DECODER_DIRECT,
									   .supervision = config->supervision};

	memset(table, 0, sizeof(*table));
	if (config->classes < 2 || config->classes > LF_MAX_CLASSES)
		return out_of_range(error, "number of classes", config->classes, 2, LF_MAX_CLASSES);
	if (config->channels < 1 || config->channels > LF_MAX_CHANNELS)
		return out_of_range(error, "number of value columns", config->channels, 1, LF_MAX_CHANNELS);
	if (config->patch_length < 1 || config->patch_length > LF_MAX_LOOKBACK)
		return out_of_range(error, "option \"patch_length\"", config->patch_length, 1,
							LF_MAX_LOOKBACK);
	if (config->patch_length > 1 && config->supervision == LF_SUPERVISION_SEQUENCE)
		return lf_fail(error, LF_ERROR_CONFIG,
					   "option \"patch_length\" must be 1 with \"supervision\" \"sequence\"",
					   "Every row has a label of its own, so every row is a step.", NULL);
	return lf_parameter_table_build(&network, table, error);
}

int
lf_classifier_answers(const lf_classifier_config *config, int length)
{
	return config->supervision == LF_SUPERVISION_SEQUENCE ? length : 1;
}

static lf_stack_shape
shape_of(const lf_classifier_config *config)
{
	return (lf_stack_shape){
		.kind = config->cell,
		.inputs = config->patch_length > 1 ? config->hidden_size : config->channels,
		.hidden = config->hidden_size,
		.layers = config->num_layers,
		.directions = config->bidirectional ? 2 : 1,
		.dropout = config->dropout,
	};
}

double
lf_classifier_flops(const lf_classifier_config *config, int length)
{
	const lf_stack_shape shape = shape_of(config);
	const int n = lf_classifier_patches(config, length);
	const double patch = (double) config->patch_length * config->channels;
	const double embedding = config->patch_length > 1 ? 4.0 * n * patch * config->hidden_size : 0;
	const double head = 6.0 * shape.hidden * shape.directions * config->classes;

	return lf_stack_flops(&shape, n) + embedding + head * lf_classifier_answers(config, length);
}

/* Bytes that a run keeps of one row and patch: a tape's h, c, gates and inputs, and what is around
 * them. */
static double
position_bytes(const lf_classifier_config *config, const lf_kernels *kernels)
{
	const lf_stack_shape shape = shape_of(config);
	const double features = (double) shape.hidden * shape.directions;
	double reals =
		7.0 * shape.layers * shape.directions * (double) lf_padded(kernels, (size_t) shape.hidden);

	reals += 2.0 * shape.inputs + (double) config->patch_length * config->channels;
	if (config->supervision == LF_SUPERVISION_SEQUENCE)
		reals += 3.0 * features + config->classes;
	return reals * sizeof(lf_real);
}

lf_classifier_room
lf_classifier_room_for(const lf_classifier_config *config, const lf_kernels *kernels, int longest,
					   int64_t sequences)
{
	const double bytes = position_bytes(config, kernels);
	const int patches = lf_classifier_patches(config, longest);
	lf_classifier_room room = {.rows = sequences < MOST_ROWS ? sequences : MOST_ROWS,
							   .patches = patches};
	double positions = CACHE_BYTES / bytes;

	if (room.rows < 1)
		room.rows = 1;
	if (positions < (double) TILE_ROWS * patches)
		positions = (double) TILE_ROWS * patches;
	if (positions > AFFORDABLE_BYTES / bytes)
		positions = AFFORDABLE_BYTES / bytes;
	if (positions < patches)
		positions = patches;
	if (positions > (double) room.rows * patches)
		positions = (double) room.rows * patches;
	if ((double) room.rows > positions)
		room.rows = (int64_t) positions;
	room.positions = (int64_t) positions;
	return room;
}

int64_t
lf_classifier_next_rows(const lf_classifier_config *config, const lf_classifier_room *room,
						const lf_sequence *sequences, const int64_t *numbers, int64_t count)
{
	const int64_t first = lf_classifier_patches(config, sequences[numbers[0]].length);
	int64_t rows = 1;

	while (rows < count && rows < room->rows && (rows + 1) * first <= room->positions &&
		   2 * lf_classifier_patches(config, sequences[numbers[rows]].length) >= first)
		rows++;
	return rows;
}

/* Memory that only a run with gradient needs. */
static void
layout_gradient(lf_classifier *classifier, size_t answers, lf_arena *arena)
{
	const size_t F = classifier->features;
	const lf_stack_shape *shape = &classifier->stack.shape;
	const int top = (shape->layers - 1) * shape->directions;
	const size_t states = classifier->config.supervision == LF_SUPERVISION_SEQUENCE
							  ? classifier->room.positions
							  : classifier->room.rows;

	if (classifier->config.patch_length > 1)
		classifier->d_embedded =
			lf_arena_take_reals(arena, classifier->room.positions, shape->hidden, 1);
	classifier->d_head_inputs = lf_arena_take_reals(arena, answers, F, 1);
	if (classifier->config.dropout > 0)
		classifier->kept = lf_arena_take(arena, answers, F);
	for (int direction = 0; direction < shape->directions; direction++)
		classifier->d_states.h[top + direction] =
			lf_arena_take_reals(arena, states, classifier->stack.stride, 1);
}

lf_status
lf_classifier_layout(lf_classifier *classifier, const lf_classifier_config *config,
					 const lf_classifier_room *room, const lf_kernels *kernels, bool training,
					 lf_arena *arena, lf_error *error)
{
	const lf_stack_shape shape = shape_of(config);
	const size_t positions = room->positions;
	const size_t answers =
		config->supervision == LF_SUPERVISION_SEQUENCE ? room->positions : room->rows;
	/* room for a run of the most rows, and for one of the most steps */
	const int64_t steps = (room->positions + room->rows - 1) / room->rows;
	lf_status status;

	memset(classifier, 0, sizeof(*classifier));
	status = lf_classifier_table_build(config, &classifier->table, error);
	if (status != LF_OK)
		return status;
	classifier->config = *config;
	classifier->room = *room;
	classifier->dense.kernels = kernels;
	classifier->features = shape.hidden * shape.directions;
	classifier->head_weight = lf_parameter_find(&classifier->table, "head.weight")->offset;
	classifier->head_bias = lf_parameter_find(&classifier->table, "head.bias")->offset;
	if (config->patch_length > 1)
		classifier->embedding = (lf_rectifier){
			.inputs = (int64_t) config->patch_length * config->channels,
			.outputs = shape.hidden,
			.weight = lf_parameter_find(&classifier->table, "embedding.weight")->offset,
			.bias = lf_parameter_find(&classifier->table, "embedding.bias")->offset};

	lf_stack_layout(&classifier->stack, &shape, kernels, training, arena);
	lf_tape_layout(&classifier->tape, &classifier->stack, (int) steps, room->rows, training, arena);
	classifier->active = lf_arena_take(arena, room->patches, sizeof(int64_t));
	classifier->x = lf_arena_take_reals(arena, positions, config->patch_length, config->channels);
	if (config->patch_length > 1)
		classifier->embedded = lf_arena_take_reals(arena, positions, shape.hidden, 1);
	classifier->head_inputs = lf_arena_take_reals(arena, answers, classifier->features, 1);
	classifier->logits = lf_arena_take_reals(arena, answers, config->classes, 1);
	classifier->labels = lf_arena_take(arena, answers, sizeof(int32_t));
	if (training)
		layout_gradient(classifier, answers, arena);
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "the network needs more memory than there can be",
					   NULL, "Choose a smaller network or shorter sequences.");
	return LF_OK;
}

void
lf_classifier_load_cell(lf_classifier *classifier, const lf_real *parameters, int cell)
{
	const lf_parameter *first = lf_parameter_find(&classifier->table, "weight_ih_l0") + 4 * cell;
	const lf_cell_weights weights = lf_parameters_of_cell(first, parameters);

	classifier->dense.parameters = parameters;
	lf_stack_pack_cell(&classifier->stack, cell, &weights);
}
