/*
 * parameters.c
 *	  The table of a network's parameter tensors, and their first values.
 */
#include "parameters.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "cell.h"

/* Values of one input or output patch: a row of an embedding, which BLAS and the stack count in
 * int.
 */
#define LF_MAX_PATCH_VALUES (INT64_C(1) << 24)

#define LF_PI 3.14159265358979323846

/* The table being built; full or overflow is remembered, so that adding needs no check each time.
 */
typedef struct table_builder
{
	lf_parameter_table *table;
	bool overflow;
} table_builder;

static void
add_tensor(table_builder *builder, const char *name, int dimensions, size_t rows, size_t columns,
		   size_t blocks, lf_initializer initializer)
{
	lf_parameter_table *table = builder->table;
	lf_parameter *entry;
	size_t reals;
	size_t bytes;

	if (table->count == LF_MAX_PARAMETERS || !lf_multiply(rows, columns, &reals) ||
		reals > SIZE_MAX - table->total ||
		!lf_multiply(table->total + reals, sizeof(lf_real), &bytes))
	{
		builder->overflow = true;
		return;
	}
	entry = &table->entry[table->count++];
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->dimensions = dimensions;
	entry->shape[0] = rows;
	entry->shape[1] = columns;
	entry->blocks = blocks;
	entry->offset = table->total;
	entry->initializer = initializer;
	table->total += reals;
}

static void
add_matrix(table_builder *builder, const char *name, size_t rows, size_t columns,
		   lf_initializer initializer)
{
	add_tensor(builder, name, 2, rows, columns, 1, initializer);
}

static void
add_vector(table_builder *builder, const char *name, size_t rows)
{
	add_tensor(builder, name, 1, rows, 1, 1, LF_INIT_ZERO);
}

/* What the tensors of a cell have in common. */
typedef struct cell_tensors
{
	const char *prefix; /* "", or "decoder." */
	int layer;
	bool reverse;
	int gates;
	size_t hidden;
	int memory;
} cell_tensors;

/* One of them: "weight_ih" becomes "decoder.weight_ih_l0_reverse". No columns: a vector. */
static void
add_cell_tensor(table_builder *builder, const cell_tensors *cell, const char *kind, size_t columns,
				lf_initializer initializer)
{
	char name[LF_PARAMETER_NAME];

	snprintf(name, sizeof(name), "%s%s_l%d%s", cell->prefix, kind, cell->layer,
			 cell->reverse ? "_reverse" : "");
	add_tensor(builder, name, columns > 0 ? 2 : 1, cell->gates * cell->hidden,
			   columns > 0 ? columns : 1, cell->gates, initializer);
	if (!builder->overflow)
		builder->table->entry[builder->table->count - 1].memory = cell->memory;
}

/* A stack's tensors in the order of torch.nn.LSTM's state_dict. */
static void
add_stack(table_builder *builder, const char *prefix, const lf_network_config *config,
		  size_t inputs, int directions)
{
	const int gates = lf_cell_get_traits(config->cell)->gates;
	const size_t hidden = config->hidden_size;
	const int memory = config->patch_length == 1 ? config->memory : 0;

	for (int layer = 0; layer < config->num_layers; layer++)
	{
		const size_t columns = layer == 0 ? inputs : directions * hidden;

		for (int direction = 0; direction < directions; direction++)
		{
			const cell_tensors cell = {prefix, layer, direction == 1, gates, hidden, memory};

			add_cell_tensor(builder, &cell, "weight_ih", columns, LF_INIT_XAVIER);
			add_cell_tensor(builder, &cell, "weight_hh", hidden, LF_INIT_ORTHOGONAL);
			/* one of the two biases is enough, as they are added */
			add_cell_tensor(builder, &cell, "bias_ih", 0, LF_INIT_MEMORY);
			add_cell_tensor(builder, &cell, "bias_hh", 0, LF_INIT_ZERO);
		}
	}
}

static lf_status
out_of_range(lf_error *error, const char *option, long long value, long long least, long long most)
{
	char message[LF_ERROR_TEXT];
	char detail[LF_ERROR_TEXT];

	return lf_fail(
		error, LF_ERROR_CONFIG, lf_format(message, "option \"%s\" is out of range", option),
		lf_format(detail, "It is %lld, and must be between %lld and %lld.", value, least, most),
		NULL);
}

/* Each value by itself. */
static lf_status
check_ranges(const lf_network_config *config, lf_error *error)
{
	const struct
	{
		const char *option;
		long long value, least, most;
	} ranges[] = {
		{"cell", config->cell, LF_CELL_LSTM, LF_CELL_RNN},
		{"hidden_size", config->hidden_size, 1, LF_MAX_HIDDEN},
		{"num_layers", config->num_layers, 1, LF_MAX_LAYERS},
		{"channels", config->channels, 1, LF_MAX_PATCH_VALUES},
		{"lookback", config->lookback, 1, LF_MAX_LOOKBACK},
		{"horizon", config->horizon, 1, LF_MAX_HORIZON},
		{"patch_length", config->patch_length, 1, LF_MAX_LOOKBACK},
		{"decoder", config->decoder, LF_DECODER_DIRECT, LF_DECODER_RECURSIVE},
		{"supervision", config->supervision, LF_SUPERVISION_LAST, LF_SUPERVISION_SEQUENCE},
		{"seasonal_skip", config->seasonal_skip, 0, LF_MAX_LOOKBACK},
		{"skip_seasons", config->skip_seasons, 0, LF_MAX_LOOKBACK},
		{"memory", config->memory, 0, LF_MAX_LOOKBACK},
	};
	char detail[LF_ERROR_TEXT];

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most)
			return out_of_range(error, ranges[i].option, ranges[i].value, ranges[i].least,
								ranges[i].most);
	/* written so that NaN fails, too */
	if (!(config->dropout >= 0.0 && config->dropout < 1.0))
		return lf_fail(
			error, LF_ERROR_CONFIG, "option \"dropout\" is out of range",
			lf_format(detail, "It is %g, and must be at least 0 and less than 1.", config->dropout),
			NULL);
	return LF_OK;
}

/* Steps of an output patch: the direct decoder has only one patch. */
static int
answer_columns(const lf_network_config *config)
{
	return config->decoder == LF_DECODER_DIRECT ? config->horizon : config->patch_length;
}

/* The values together. */
static lf_status
check_config(const lf_network_config *config, lf_error *error)
{
	char detail[LF_ERROR_TEXT];
	lf_status status = check_ranges(config, error);

	if (status != LF_OK)
		return status;
	if (config->lookback % config->patch_length != 0)
		return lf_fail(error, LF_ERROR_CONFIG,
					   "option \"lookback\" must be a multiple of \"patch_length\"",
					   lf_format(detail, "The lookback is %d steps, the patch length %d.",
								 config->lookback, config->patch_length),
					   "Choose a patch length that divides the lookback.");
	if (config->outputs < 0 || config->outputs > LF_MAX_QUANTILES + 1)
		return lf_fail(error, LF_ERROR_CONFIG,
					   "number of outputs of a forecast step is out of range",
					   lf_format(detail, "It is %d, and must be between 1 and %d.", config->outputs,
								 LF_MAX_QUANTILES + 1),
					   "Choose fewer \"quantiles\".");
	if (config->future < 0 || config->future >= config->channels)
		return lf_fail(error, LF_ERROR_CONFIG, "number of future covariates is out of range",
					   lf_format(detail, "There are %d, but %d covariates in all.", config->future,
								 config->channels - 1),
					   "Future covariates must be among the covariates of the time steps.");
	if ((int64_t) config->patch_length * config->channels > LF_MAX_PATCH_VALUES)
		return lf_fail(
			error, LF_ERROR_LIMIT, "an input patch has too many values",
			lf_format(detail, "It has %d steps of %d channels; the limit is %lld values.",
					  config->patch_length, config->channels, (long long) LF_MAX_PATCH_VALUES),
			"Choose a smaller \"patch_length\" or fewer covariates.");
	if ((int64_t) answer_columns(config) * config->future > LF_MAX_PATCH_VALUES)
		return lf_fail(
			error, LF_ERROR_LIMIT, "an output patch has too many values",
			lf_format(detail, "It has %d steps of %d future covariates; the limit is %lld values.",
					  answer_columns(config), config->future, (long long) LF_MAX_PATCH_VALUES),
			"Choose another \"decoder\", a smaller \"patch_length\" or fewer covariates.");
	return LF_OK;
}

lf_status
lf_parameter_table_build(const lf_network_config *config, lf_parameter_table *table,
						 lf_error *error)
{
	table_builder builder = {table, false};
	const lf_status status = check_config(config, error);

	memset(table, 0, sizeof(*table));
	if (status != LF_OK)
		return status;

	const int directions = config->bidirectional ? 2 : 1;
	const size_t hidden = config->hidden_size;
	const size_t patch = config->patch_length;
	const size_t inputs = patch > 1 ? hidden : (size_t) config->channels;
	const size_t columns = answer_columns(config);
	const size_t outputs = config->outputs > 1 ? config->outputs : 1;
	/* the recursive decoder has one direction: time has not come yet to be read backwards */
	const int head_directions = config->decoder == LF_DECODER_RECURSIVE ? 1 : directions;
	const size_t features = hidden * head_directions;

	if (patch > 1)
	{
		add_matrix(&builder, "embedding.weight", hidden, patch * config->channels, LF_INIT_XAVIER);
		add_vector(&builder, "embedding.bias", hidden);
	}
	add_stack(&builder, "", config, inputs, directions);
	if (config->decoder == LF_DECODER_PARALLEL)
		add_matrix(&builder, "position", (config->horizon + patch - 1) / patch, inputs,
				   LF_INIT_NORMAL);
	if (config->decoder == LF_DECODER_RECURSIVE)
		add_stack(&builder, "decoder.", config, inputs, 1);

	if (config->future > 0)
	{
		const bool to_position = config->decoder == LF_DECODER_PARALLEL && patch > 1;
		const size_t width = to_position ? hidden : features;

		add_matrix(&builder, "future.weight", width, columns * config->future, LF_INIT_XAVIER);
		add_vector(&builder, "future.bias", width);
		/* a few hundred steps have to teach it a rare event: a small first layer would not do */
		add_matrix(&builder, "covariate.weight", LF_COVARIATE_HIDDEN, config->future, LF_INIT_HE);
		add_vector(&builder, "covariate.bias", LF_COVARIATE_HIDDEN);
	}

	/* heads of zeros: before training the forecast is the level, or the seasonal naive one */
	if (config->future > 0)
		add_vector(&builder, "covariate.head", LF_COVARIATE_HIDDEN + config->future);
	add_matrix(&builder, "head.weight", outputs * columns, features, LF_INIT_ZERO);
	add_vector(&builder, "head.bias", outputs * columns);
	if (config->linear_skip)
	{
		add_matrix(&builder, "skip.weight", config->horizon, config->lookback, LF_INIT_ZERO);
		add_vector(&builder, "skip.bias", config->horizon);
	}
	if (builder.overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "the network has too many parameters", NULL,
					   "Choose a smaller \"hidden_size\" or fewer layers.");
	return LF_OK;
}

const lf_parameter *
lf_parameter_find(const lf_parameter_table *table, const char *name)
{
	for (int i = 0; i < table->count; i++)
		if (strcmp(table->entry[i].name, name) == 0)
			return &table->entry[i];
	return NULL;
}

static void
fill_uniform(lf_real *values, size_t count, double bound, lf_random *random)
{
	for (size_t i = 0; i < count; i++)
		values[i] = (lf_real) (bound * (2.0 * lf_random_uniform(random) - 1.0));
}

/* With the variance 2 / (fan in + fan out): Glorot and Bengio 2010. */
static void
fill_xavier(lf_real *values, size_t rows, size_t columns, lf_random *random)
{
	fill_uniform(values, rows * columns, sqrt(6.0 / (double) (rows + columns)), random);
}

/* With the variance 2 / fan in: He et al. 2015. */
static void
fill_he(lf_real *values, size_t rows, size_t columns, lf_random *random)
{
	fill_uniform(values, rows * columns, sqrt(6.0 / (double) columns), random);
}

static void
rotate_rows(size_t count, lf_real cosine, lf_real sine, lf_real *restrict a, lf_real *restrict b)
{
	for (size_t j = 0; j < count; j++)
	{
		const lf_real x = a[j];
		const lf_real y = b[j];

		a[j] = cosine * x - sine * y;
		b[j] = sine * x + cosine * y;
	}
}

/*
 * Rotate the rows of columns first .. first + count - 1, in rounds: each pairs
 * all rows at random and turns every pair by a random angle.
 */
static void
scramble_columns(lf_real *matrix, size_t H, size_t first, size_t count, lf_random *random)
{
	uint16_t order[LF_MAX_HIDDEN];
	int rounds = 8;

	for (size_t size = 1; size < H; size *= 2)
		rounds += 3;
	for (size_t i = 0; i < H; i++)
		order[i] = (uint16_t) i;
	for (int round = 0; round < rounds; round++)
	{
		for (size_t i = H - 1; i > 0; i--)
		{
			const size_t other = lf_random_below(random, i + 1);
			const uint16_t swap = order[i];

			order[i] = order[other];
			order[other] = swap;
		}
		for (size_t i = 0; i + 1 < H; i += 2)
		{
			const double angle = 2.0 * LF_PI * lf_random_uniform(random);

			rotate_rows(count, (lf_real) cos(angle), (lf_real) sin(angle),
						matrix + order[i] * H + first, matrix + order[i + 1] * H + first);
		}
	}
}

/*
 * A random orthogonal (H, H) matrix: Kac's random walk on the rotations, from a
 * diagonal of random signs. Its vectors become uniform on the sphere after some
 * H log H rotations (Pillai and Smith 2017), so this takes O(H^2 log H) instead
 * of the O(H^3) of a QR decomposition, which at the largest H would block for
 * seconds, and it needs no memory besides. Every round takes the fourth moment of
 * the entries a quarter closer to that of uniform vectors.
 */
static void
fill_orthogonal(lf_real *matrix, size_t H, lf_random *random)
{
	const size_t block = 128; /* columns at a time, so that they stay in the cache */

	for (size_t i = 0; i < H; i++)
		for (size_t j = 0; j < H; j++)
			matrix[i * H + j] = 0;
	for (size_t i = 0; i < H; i++)
		matrix[i * H + i] = lf_random_bits(random) & 1 ? 1 : -1;

	const lf_random start = *random; /* every block of columns is turned by the same rotations */

	for (size_t first = 0; first < H; first += block)
	{
		*random = start;
		scramble_columns(matrix, H, first, H - first < block ? H - first : block, random);
	}
}

/*
 * Biases with which a unit keeps what it holds for a random number of steps up to memory: the gate
 * that keeps is then at n / (n + 1), which forgets within n + 1 steps, and the LSTM's input gate at
 * what is left ("chrono initialization", Tallec and Ollivier 2018, "Can recurrent neural networks
 * warp time?"). Without that number an LSTM's forget gate has a bias of one (Jozefowicz et al.
 * 2015). Gates: i f g o, or r z n, where z keeps; a simple RNN has none.
 */
static void
fill_memory(const lf_parameter *parameter, lf_real *values, lf_random *random)
{
	const size_t hidden = parameter->shape[0] / parameter->blocks;
	const bool lstm = parameter->blocks == 4;
	const bool gated = parameter->blocks > 1;

	for (size_t i = 0; i < parameter->shape[0]; i++)
		values[i] = lstm && i / hidden == 1 ? 1 : 0;
	for (size_t u = 0; gated && parameter->memory > 2 && u < hidden; u++)
	{
		const lf_real keep = (lf_real) log(1 + (parameter->memory - 2) * lf_random_uniform(random));

		values[hidden + u] = keep;
		if (lstm)
			values[u] = -keep;
	}
}

void
lf_parameter_initialize(const lf_parameter *parameter, lf_random *random, lf_real *parameters)
{
	lf_real *values = parameters + parameter->offset;
	const size_t count = parameter->shape[0] * parameter->shape[1];
	const size_t rows = parameter->shape[0] / parameter->blocks;
	const size_t columns = parameter->shape[1];

	switch (parameter->initializer)
	{
		case LF_INIT_ZERO:
			for (size_t i = 0; i < count; i++)
				values[i] = 0;
			break;
		case LF_INIT_XAVIER:
			for (size_t block = 0; block < parameter->blocks; block++)
				fill_xavier(values + block * rows * columns, rows, columns, random);
			break;
		case LF_INIT_HE:
			fill_he(values, rows, columns, random);
			break;
		case LF_INIT_ORTHOGONAL:
			for (size_t block = 0; block < parameter->blocks; block++)
				fill_orthogonal(values + block * rows * columns, rows, random);
			break;
		case LF_INIT_MEMORY:
			fill_memory(parameter, values, random);
			break;
		case LF_INIT_NORMAL:
			for (size_t i = 0; i < count; i++)
				values[i] = (lf_real) lf_random_normal(random);
			break;
	}
}

void
lf_parameters_initialize(const lf_parameter_table *table, lf_random *random, lf_real *parameters)
{
	for (int i = 0; i < table->count; i++)
		lf_parameter_initialize(&table->entry[i], random, parameters);
}

lf_cell_weights
lf_parameters_of_cell(const lf_parameter *first, const lf_real *parameters)
{
	return (lf_cell_weights){parameters + first[0].offset, parameters + first[1].offset,
							 parameters + first[2].offset, parameters + first[3].offset};
}

lf_cell_gradients
lf_gradients_of_cell(const lf_parameter *first, lf_real *gradient)
{
	return (lf_cell_gradients){gradient + first[0].offset, gradient + first[1].offset,
							   gradient + first[2].offset, gradient + first[3].offset};
}

bool
lf_parameters_fresh(const lf_parameter_table *table, const lf_real *values)
{
	for (int i = 0; i < table->count; i++)
	{
		const lf_parameter *entry = &table->entry[i];
		size_t count = entry->shape[0] * entry->shape[1];

		for (size_t k = 0; k < count && entry->initializer == LF_INIT_ZERO; k++)
			if (values[entry->offset + k] != 0)
				return false;
	}
	return true;
}
