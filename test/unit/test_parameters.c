/*
 * test_parameters.c
 *	  The table of parameter tensors, its checks, and the tensors' first values.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/parameters.h"

static const lf_network_config valid = {
	.cell = LF_CELL_LSTM,
	.hidden_size = 24,
	.num_layers = 2,
	.bidirectional = true,
	.channels = 3,
	.lookback = 48,
	.horizon = 10,
	.patch_length = 4,
	.decoder = LF_DECODER_PARALLEL,
	.linear_skip = true,
};

/* The table has these tensors, in this order, without gaps. */
static void
check_table(const lf_network_config *config, const char *name, int count,
			const lf_parameter *expected)
{
	static lf_parameter_table table;
	lf_error error;
	size_t offset = 0;
	bool good = lf_parameter_table_build(config, &table, &error) == LF_OK && table.count == count;

	for (int i = 0; good && i < count; i++)
	{
		const lf_parameter *entry = &table.entry[i];

		good = strcmp(entry->name, expected[i].name) == 0 &&
			   entry->shape[0] == expected[i].shape[0] && entry->shape[1] == expected[i].shape[1] &&
			   entry->offset == offset && entry->dimensions == expected[i].dimensions &&
			   lf_parameter_find(&table, entry->name) == entry;
		offset += entry->shape[0] * entry->shape[1];
		if (!good)
			note("%s (%zu, %zu)", entry->name, entry->shape[0], entry->shape[1]);
	}
	check(good && table.total == offset, "%s: tensors, shapes and offsets", name);
	check(lf_parameter_find(&table, "weight_ih_l7") == NULL, "%s: no such tensor", name);
}

static void
test_tables(void)
{
	static const lf_parameter parallel[] = {
		{"embedding.weight", 2, {24, 12}, 0, 0, 0, 0},
		{"embedding.bias", 1, {24, 1}, 0, 0, 0, 0},
		{"weight_ih_l0", 2, {96, 24}, 0, 0, 0, 0},
		{"weight_hh_l0", 2, {96, 24}, 0, 0, 0, 0},
		{"bias_ih_l0", 1, {96, 1}, 0, 0, 0, 0},
		{"bias_hh_l0", 1, {96, 1}, 0, 0, 0, 0},
		{"weight_ih_l0_reverse", 2, {96, 24}, 0, 0, 0, 0},
		{"weight_hh_l0_reverse", 2, {96, 24}, 0, 0, 0, 0},
		{"bias_ih_l0_reverse", 1, {96, 1}, 0, 0, 0, 0},
		{"bias_hh_l0_reverse", 1, {96, 1}, 0, 0, 0, 0},
		{"weight_ih_l1", 2, {96, 48}, 0, 0, 0, 0},
		{"weight_hh_l1", 2, {96, 24}, 0, 0, 0, 0},
		{"bias_ih_l1", 1, {96, 1}, 0, 0, 0, 0},
		{"bias_hh_l1", 1, {96, 1}, 0, 0, 0, 0},
		{"weight_ih_l1_reverse", 2, {96, 48}, 0, 0, 0, 0},
		{"weight_hh_l1_reverse", 2, {96, 24}, 0, 0, 0, 0},
		{"bias_ih_l1_reverse", 1, {96, 1}, 0, 0, 0, 0},
		{"bias_hh_l1_reverse", 1, {96, 1}, 0, 0, 0, 0},
		{"position", 2, {3, 24}, 0, 0, 0, 0},
		{"head.weight", 2, {4, 48}, 0, 0, 0, 0},
		{"head.bias", 1, {4, 1}, 0, 0, 0, 0},
		{"skip.weight", 2, {10, 48}, 0, 0, 0, 0},
		{"skip.bias", 1, {10, 1}, 0, 0, 0, 0},
	};
	static const lf_parameter direct[] = {
		{"weight_ih_l0", 2, {72, 3}, 0, 0, 0, 0}, {"weight_hh_l0", 2, {72, 24}, 0, 0, 0, 0},
		{"bias_ih_l0", 1, {72, 1}, 0, 0, 0, 0},   {"bias_hh_l0", 1, {72, 1}, 0, 0, 0, 0},
		{"head.weight", 2, {10, 24}, 0, 0, 0, 0}, {"head.bias", 1, {10, 1}, 0, 0, 0, 0},
	};
	static const lf_parameter recursive[] = {
		{"weight_ih_l0", 2, {24, 3}, 0, 0, 0, 0},
		{"weight_hh_l0", 2, {24, 24}, 0, 0, 0, 0},
		{"bias_ih_l0", 1, {24, 1}, 0, 0, 0, 0},
		{"bias_hh_l0", 1, {24, 1}, 0, 0, 0, 0},
		{"weight_ih_l0_reverse", 2, {24, 3}, 0, 0, 0, 0},
		{"weight_hh_l0_reverse", 2, {24, 24}, 0, 0, 0, 0},
		{"bias_ih_l0_reverse", 1, {24, 1}, 0, 0, 0, 0},
		{"bias_hh_l0_reverse", 1, {24, 1}, 0, 0, 0, 0},
		{"decoder.weight_ih_l0", 2, {24, 3}, 0, 0, 0, 0},
		{"decoder.weight_hh_l0", 2, {24, 24}, 0, 0, 0, 0},
		{"decoder.bias_ih_l0", 1, {24, 1}, 0, 0, 0, 0},
		{"decoder.bias_hh_l0", 1, {24, 1}, 0, 0, 0, 0},
		{"head.weight", 2, {1, 24}, 0, 0, 0, 0},
		{"head.bias", 1, {1, 1}, 0, 0, 0, 0},
	};
	lf_network_config config = valid;

	check_table(&config, "parallel", sizeof(parallel) / sizeof(parallel[0]), parallel);
	config = valid;
	config.cell = LF_CELL_GRU;
	config.num_layers = 1;
	config.bidirectional = false;
	config.patch_length = 1;
	config.decoder = LF_DECODER_DIRECT;
	config.linear_skip = false;
	check_table(&config, "direct", sizeof(direct) / sizeof(direct[0]), direct);
	config.cell = LF_CELL_RNN;
	config.bidirectional = true;
	config.decoder = LF_DECODER_RECURSIVE;
	check_table(&config, "recursive", sizeof(recursive) / sizeof(recursive[0]), recursive);
}

static void
test_tables_with_covariates(void)
{
	/* two output patches of covariates for the position, three planes of outputs */
	static const lf_parameter planes[] = {
		{"embedding.weight", 2, {24, 12}, 0, 0, 0, 0},
		{"embedding.bias", 1, {24, 1}, 0, 0, 0, 0},
		{"weight_ih_l0", 2, {24, 24}, 0, 0, 0, 0},
		{"weight_hh_l0", 2, {24, 24}, 0, 0, 0, 0},
		{"bias_ih_l0", 1, {24, 1}, 0, 0, 0, 0},
		{"bias_hh_l0", 1, {24, 1}, 0, 0, 0, 0},
		{"weight_ih_l0_reverse", 2, {24, 24}, 0, 0, 0, 0},
		{"weight_hh_l0_reverse", 2, {24, 24}, 0, 0, 0, 0},
		{"bias_ih_l0_reverse", 1, {24, 1}, 0, 0, 0, 0},
		{"bias_hh_l0_reverse", 1, {24, 1}, 0, 0, 0, 0},
		{"position", 2, {3, 24}, 0, 0, 0, 0},
		{"future.weight", 2, {24, 8}, 0, 0, 0, 0},
		{"future.bias", 1, {24, 1}, 0, 0, 0, 0},
		{"covariate.weight", 2, {32, 2}, 0, 0, 0, 0},
		{"covariate.bias", 1, {32, 1}, 0, 0, 0, 0},
		{"covariate.head", 1, {34, 1}, 0, 0, 0, 0},
		{"head.weight", 2, {12, 48}, 0, 0, 0, 0},
		{"head.bias", 1, {12, 1}, 0, 0, 0, 0},
	};
	/* without patches, and with the direct decoder, covariates go to the head */
	static const lf_parameter to_head[] = {
		{"weight_ih_l0", 2, {24, 3}, 0, 0, 0, 0},
		{"weight_hh_l0", 2, {24, 24}, 0, 0, 0, 0},
		{"bias_ih_l0", 1, {24, 1}, 0, 0, 0, 0},
		{"bias_hh_l0", 1, {24, 1}, 0, 0, 0, 0},
		{"weight_ih_l0_reverse", 2, {24, 3}, 0, 0, 0, 0},
		{"weight_hh_l0_reverse", 2, {24, 24}, 0, 0, 0, 0},
		{"bias_ih_l0_reverse", 1, {24, 1}, 0, 0, 0, 0},
		{"bias_hh_l0_reverse", 1, {24, 1}, 0, 0, 0, 0},
		{"future.weight", 2, {48, 20}, 0, 0, 0, 0},
		{"future.bias", 1, {48, 1}, 0, 0, 0, 0},
		{"covariate.weight", 2, {32, 2}, 0, 0, 0, 0},
		{"covariate.bias", 1, {32, 1}, 0, 0, 0, 0},
		{"covariate.head", 1, {34, 1}, 0, 0, 0, 0},
		{"head.weight", 2, {20, 48}, 0, 0, 0, 0},
		{"head.bias", 1, {20, 1}, 0, 0, 0, 0},
	};
	lf_network_config config = valid;

	config.cell = LF_CELL_RNN;
	config.num_layers = 1;
	config.bidirectional = true;
	config.patch_length = 1;
	config.linear_skip = false;
	config.outputs = 2;
	config.future = 2;
	config.decoder = LF_DECODER_DIRECT;
	check_table(&config, "direct with covariates", sizeof(to_head) / sizeof(to_head[0]), to_head);
	config.outputs = 3;
	config.patch_length = 4;
	config.decoder = LF_DECODER_PARALLEL;
	check_table(&config, "parallel with covariates", sizeof(planes) / sizeof(planes[0]), planes);
}

/* The largest network of all has room in the table. */
static void
test_largest(void)
{
	static lf_parameter_table table;
	lf_network_config config = valid;
	lf_error error;

	config.num_layers = LF_MAX_LAYERS;
	config.decoder = LF_DECODER_RECURSIVE;
	config.hidden_size = LF_MAX_HIDDEN;
	check(lf_parameter_table_build(&config, &table, &error) == LF_OK &&
			  lf_parameter_find(&table, "decoder.bias_hh_l7") != NULL &&
			  lf_parameter_find(&table, "skip.bias") == &table.entry[table.count - 1],
		  "the largest network fits: %d tensors", table.count);
}

/* One invalid value, or two that do not go together: an error that names the option. */
static void
check_invalid(const lf_network_config *config, lf_status status, const char *word)
{
	static lf_parameter_table table;
	lf_error error = {{0}, {0}, {0}};

	check(lf_parameter_table_build(config, &table, &error) == status &&
			  (strstr(error.message, word) || strstr(error.hint, word)) && error.detail[0],
		  "%s: %s", error.message, error.detail);
	check(lf_parameter_table_build(config, &table, NULL) == status, "without a record, too");
}

static void
test_invalid(void)
{
	lf_network_config config;

#define CHECK_INVALID(option, value)                                                               \
	(config = valid, config.option = (value), check_invalid(&config, LF_ERROR_CONFIG, #option))

	CHECK_INVALID(cell, (lf_cell_kind) 3);
	CHECK_INVALID(hidden_size, 0);
	CHECK_INVALID(hidden_size, LF_MAX_HIDDEN + 1);
	CHECK_INVALID(num_layers, 0);
	CHECK_INVALID(num_layers, LF_MAX_LAYERS + 1);
	CHECK_INVALID(dropout, 1.0);
	CHECK_INVALID(dropout, -0.1);
	CHECK_INVALID(dropout, NAN);
	CHECK_INVALID(channels, 0);
	CHECK_INVALID(lookback, 0);
	CHECK_INVALID(lookback, LF_MAX_LOOKBACK + 1);
	CHECK_INVALID(lookback, 49);
	CHECK_INVALID(horizon, 0);
	CHECK_INVALID(horizon, LF_MAX_HORIZON + 1);
	CHECK_INVALID(patch_length, 0);
	CHECK_INVALID(patch_length, 5);
	CHECK_INVALID(patch_length, 96);
	CHECK_INVALID(decoder, (lf_decoder_kind) 3);
	CHECK_INVALID(supervision, (lf_supervision_kind) 2);
	CHECK_INVALID(seasonal_skip, -1);
	CHECK_INVALID(outputs, -1);
	CHECK_INVALID(outputs, LF_MAX_QUANTILES + 2);
	CHECK_INVALID(future, -1);
	CHECK_INVALID(future, 3);
	config = valid;
	config.channels = 1 << 23;
	check_invalid(&config, LF_ERROR_LIMIT, "patch_length");
	config = valid;
	config.decoder = LF_DECODER_DIRECT;
	config.horizon = LF_MAX_HORIZON;
	config.channels = 2001;
	config.future = 2000;
	check_invalid(&config, LF_ERROR_LIMIT, "decoder");
}

/* The largest entry of Q Q' - 1. */
static double
orthogonality(const lf_real *q, size_t H)
{
	double worst = 0;

	for (size_t i = 0; i < H; i++)
		for (size_t j = 0; j <= i; j++)
		{
			double product = i == j ? -1.0 : 0.0;

			for (size_t k = 0; k < H; k++)
				product += (double) q[i * H + k] * q[j * H + k];
			worst = fmax(worst, fabs(product));
		}
	return worst;
}

static double
mean_square(const lf_real *values, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double) values[i] * values[i];
	return sum / count;
}

static void
test_initial_values(int hidden)
{
	static lf_parameter_table table;
	lf_network_config config = valid;
	lf_random random = lf_random_seed(1, 2);
	lf_random random_again = random;
	lf_error error;
	lf_real *values;
	lf_real *again;
	double worst = 0;
	bool forget = true;
	bool zero = true;
	const size_t H = hidden;

	config.hidden_size = hidden;
	config.future = 1;
	config.outputs = 4;
	lf_parameter_table_build(&config, &table, &error);
	values = malloc(table.total * sizeof(lf_real));
	again = malloc(table.total * sizeof(lf_real));
	lf_parameters_initialize(&table, &random, values);
	check(lf_parameters_fresh(&table, values), "hidden %d: what was just made is fresh", hidden);
	for (int i = 0; i < table.count; i++)
		lf_parameter_initialize(&table.entry[i], &random_again, again);
	check(memcmp(values, again, table.total * sizeof(lf_real)) == 0 &&
			  memcmp(&random, &random_again, sizeof(random)) == 0,
		  "hidden %d: tensor by tensor gives the same bits", hidden);

	for (int i = 0; i < table.count; i++)
	{
		const lf_parameter *entry = &table.entry[i];
		const lf_real *tensor = values + entry->offset;

		if (strncmp(entry->name, "weight_hh", 9) == 0)
			for (int gate = 0; gate < 4; gate++)
				worst = fmax(worst, orthogonality(tensor + gate * H * H, H));
		if (strncmp(entry->name, "bias_ih", 7) == 0)
			for (size_t u = 0; u < 4 * H; u++)
				forget &= tensor[u] == (u / H == 1);
		if (strncmp(entry->name, "bias_hh", 7) == 0 || strncmp(entry->name, "skip", 4) == 0 ||
			strcmp(entry->name, "head.weight") == 0 || strcmp(entry->name, "covariate.head") == 0 ||
			strstr(entry->name, ".bias"))
			zero &= mean_square(tensor, entry->shape[0] * entry->shape[1]) == 0;
	}
	check(worst < 1e-5, "hidden %d: recurrent weights are orthogonal: %.0e", hidden, worst);
	check(forget, "hidden %d: the forget gate's bias is one", hidden);
	check(zero, "hidden %d: the heads, the skip and the other biases are zero", hidden);
	values[lf_parameter_find(&table, "head.weight")->offset] = 1e-6f;
	check(!lf_parameters_fresh(&table, values), "hidden %d: one step and it is not", hidden);
	free(values);
	free(again);
}

/* Biases of gates that remember up to a number of steps: chrono initialisation. */
static void
test_memory(void)
{
	static lf_parameter_table table;
	static const int memories[] = {0, 2, 3, 100, 100000};

	for (int cell = LF_CELL_LSTM; cell <= LF_CELL_RNN; cell++)
		for (int i = 0; i < 5; i++)
			for (int patch = 1; patch <= 4; patch += 3)
			{
				lf_network_config config = valid;
				lf_random random = lf_random_seed(3, 4);
				const int H = 1000;
				const double most = memories[i] > 2 && patch == 1 ? memories[i] - 1 : 1;
				const bool spread = most > 1 && cell != LF_CELL_RNN;
				lf_error error;
				const lf_real *bias;
				lf_real *values;
				double sum = 0;
				bool good = true;

				config.cell = (lf_cell_kind) cell;
				config.hidden_size = H;
				config.patch_length = patch;
				config.memory = memories[i];
				lf_parameter_table_build(&config, &table, &error);
				values = malloc(table.total * sizeof(lf_real));
				bias = values + lf_parameter_find(&table, "bias_ih_l1_reverse")->offset;
				lf_parameter_initialize(lf_parameter_find(&table, "bias_ih_l1_reverse"), &random,
										values);
				for (int u = 0; u < H; u++)
				{
					/* steps: the keeping gate's sigmoid is n / (n + 1) */
					const double steps = cell == LF_CELL_RNN ? 1 : exp(bias[H + u]);

					good &= !spread || (steps >= 1 && steps <= most * 1.001);
					good &= cell == LF_CELL_RNN
								? bias[u] == 0
								: spread || bias[H + u] == (cell == LF_CELL_LSTM ? 1 : 0);
					good &= cell != LF_CELL_LSTM ? bias[u] == 0
												 : bias[u] == (spread ? -bias[H + u] : 0);
					good &= cell == LF_CELL_RNN || bias[2 * H + u] == 0;
					good &= cell != LF_CELL_LSTM || bias[3 * H + u] == 0;
					sum += steps / H;
				}
				check(good && (!spread || fabs(sum / ((1 + most) / 2) - 1) < 0.05),
					  "cell %d, memory %d, patches of %d: biases spread up to %g steps, mean %.1f",
					  cell, memories[i], patch, most, sum);
				free(values);
			}
}

/* Variances of the random tensors, gate by gate. */
static void
test_variances(void)
{
	static lf_parameter_table table;
	lf_network_config config = valid;
	lf_random random = lf_random_seed(5, 6);
	lf_error error;
	lf_real *values;
	const lf_real *tensor;
	bool good = true;

	config.hidden_size = 128;
	config.patch_length = 24;
	config.horizon = 480;
	config.future = 2;
	lf_parameter_table_build(&config, &table, &error);
	values = malloc(table.total * sizeof(lf_real));
	lf_parameters_initialize(&table, &random, values);

	tensor = values + lf_parameter_find(&table, "weight_ih_l1")->offset;
	for (int gate = 0; gate < 4; gate++)
		good &=
			fabs(mean_square(tensor + gate * 128 * 256, 128 * 256) * (128 + 256) / 2 - 1) < 0.05;
	check(good, "the input weights of every gate have Xavier's variance");
	tensor = values + lf_parameter_find(&table, "embedding.weight")->offset;
	check(fabs(mean_square(tensor, 128 * 72) * (128 + 72) / 2 - 1) < 0.05,
		  "the embedding has Xavier's variance");
	tensor = values + lf_parameter_find(&table, "future.weight")->offset;
	check(fabs(mean_square(tensor, 128 * 48) * (128 + 48) / 2 - 1) < 0.05,
		  "the layer of the future covariates has Xavier's variance");
	tensor = values + lf_parameter_find(&table, "covariate.weight")->offset;
	check(fabs(mean_square(tensor, 32 * 2) - 1) < 0.3,
		  "the layer of a step's covariates has about He's variance");
	tensor = values + lf_parameter_find(&table, "position")->offset;
	check(fabs(mean_square(tensor, 20 * 128) - 1) < 0.1, "positions are standard normal");
	tensor = values + lf_parameter_find(&table, "weight_hh_l0")->offset;
	{
		double fourth = 0;

		/* of uniformly distributed orthogonal matrices: 3 / (H (H + 2)) */
		for (size_t i = 0; i < 4 * 128 * 128; i++)
			fourth += pow(tensor[i], 4) / (4 * 128 * 128);
		check(fabs(fourth * 128 * 130 / 3 - 1) < 0.05,
			  "orthogonal matrices are spread like uniform ones");
	}
	free(values);
}

int
main(void)
{
	test_tables();
	test_tables_with_covariates();
	test_largest();
	test_invalid();
	test_initial_values(1);
	test_initial_values(3);
	test_initial_values(24);
	test_initial_values(150);
	test_variances();
	test_memory();
	return check_done();
}
