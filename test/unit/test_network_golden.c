/*
 * test_network_golden.c
 *	  The network against PyTorch, on every table of kernels that this CPU can run:
 *	  forecasts, losses and gradients of all kinds of networks, and steps of training.
 */
#include "check.h"
#include "core/optimizer.h"
#include "golden.h"
#include "loss_fixture.h"
#include "network_fixture.h"

#define ROWS 3
#define KINDS 108        /* networks in the golden file */
#define DISTRIBUTIONS 72 /* the first of those with all losses and with future covariates */

static const char *const cell_names[] = {"lstm", "gru", "rnn"};

/* The configuration of the golden file's network of that number, of those with all losses. */
static lf_network_config
distribution_config(int number, const lf_loss **loss, bool *with_base)
{
	static const int hidden[] = {3, 4, 5, 2};
	const int index = number - DISTRIBUTIONS;
	const int turn = index / 12;
	const int patch = index % 2 ? 2 + turn % 2 : 1;
	const int future = (index + turn) % 3;

	*loss = &losses[(index / 2 + turn) % 6];
	*with_base = index % 7 != 0;
	return (lf_network_config){
		.supervision = (lf_supervision_kind) (index / 2 % 2),
		.decoder = (lf_decoder_kind) (index / 4 % 3),
		.cell = (lf_cell_kind) turn,
		.bidirectional = index / 5 % 2,
		.num_layers = 1 + index / 3 % 2,
		.hidden_size = hidden[index % 4],
		.patch_length = patch,
		.lookback = 4 * patch,
		.horizon = 5,
		.channels = 1 + index / 2 % 2 + future,
		.future = future,
		.outputs = lf_loss_outputs(*loss),
		.linear_skip = index % 5 != 0,
	};
}

/* The same of those with a single plane and no future. */
static lf_network_config
golden_config(int number, const lf_loss **loss, bool *with_base)
{
	static const int patches[] = {1, 3, 2};
	static const int hidden[] = {3, 4, 5, 2};
	static const lf_loss_kind kinds[] = {LF_LOSS_MSE, LF_LOSS_MAE, LF_LOSS_HUBER};
	const int group = number / 6;
	const int patch = patches[(number + group) % 3];

	*loss = &losses[kinds[(number / 2 + 2 * group + group / 3) % 3]];
	*with_base = number % 7 != 0;
	return (lf_network_config){
		.supervision = (lf_supervision_kind) (number % 2),
		.decoder = (lf_decoder_kind) (number / 2 % 3),
		.bidirectional = number / 6 % 2,
		.num_layers = 1 + number / 12 % 2,
		.cell = (lf_cell_kind) (number / 24),
		.hidden_size = hidden[(number + group) % 4],
		.patch_length = patch,
		.lookback = 4 * patch,
		.horizon = 5,
		.channels = 1 + (number + group) % 2,
		.linear_skip = number % 5 != 0,
	};
}

static void
test_golden(const golden_tensor *file, const lf_kernels *kernels, int number)
{
	const lf_loss *loss_function;
	bool with_base;
	const lf_network_config config = number < DISTRIBUTIONS
										 ? golden_config(number, &loss_function, &with_base)
										 : distribution_config(number, &loss_function, &with_base);
	network_fixture f;
	char name[64];
	double loss;
	double forecast_error;
	double loss_error;
	double gradient_error = 0;

	if (!network_fixture_open(&f, &config, kernels, ROWS, true))
	{
		check(false, "network %d has a layout", number);
		return;
	}
	hashed_fill(100 * number, 0.5, f.parameters, f.network.table.total);
	network_fixture_fill(&f, 100 * number, ROWS, with_base);
	lf_network_load(&f.network, f.parameters);
	lf_network_forward(&f.network, &f.batch, f.output, NULL);
	lf_network_gradient(&f.network, &f.batch, loss_function, network_fixture_scale(&f), NULL,
						f.gradient, &loss, NULL);

	snprintf(name, sizeof(name), "%d.output", number);
	forecast_error = tensor_difference(f.output, golden_get(file, name, f.outputs), f.outputs);
	snprintf(name, sizeof(name), "%d.loss", number);
	loss_error = relative_difference(loss, golden_get(file, name, 1)[0]);
	for (int i = 0; i < f.network.table.count; i++)
	{
		const lf_parameter *tensor = &f.network.table.entry[i];
		const size_t count = tensor->shape[0] * tensor->shape[1];
		double error;

		snprintf(name, sizeof(name), "%d.%s", number, tensor->name);
		error =
			tensor_difference(f.gradient + tensor->offset, golden_get(file, name, count), count);
		if (!(error <= gradient_error))
			gradient_error = error;
	}
	check(forecast_error < 1e-5 && loss_error < 1e-5 && gradient_error < 1e-5,
		  "%s network %d (%s, %d layers, %s, %s, %s, %s, %d future) is PyTorch's: forecast %.0e, "
		  "loss %.0e, gradient %.0e",
		  kernels->name, number, cell_names[config.cell], config.num_layers,
		  config.bidirectional ? "bidirectional" : "forward", decoder_names[config.decoder],
		  config.supervision ? "sequence" : "last", loss_names[loss_function->kind], config.future,
		  forecast_error, loss_error, gradient_error);
	network_fixture_close(&f);
}

/* Ten steps of an optimizer from the same weights on the same batch. */
static void
test_training(const golden_tensor *file, const lf_kernels *kernels, lf_cell_kind cell,
			  lf_optimizer_kind kind)
{
	const lf_network_config config = {
		.cell = cell,
		.hidden_size = 20,
		.num_layers = 2,
		.channels = 1,
		.lookback = 24,
		.horizon = 7,
		.patch_length = 3,
		.decoder = LF_DECODER_PARALLEL,
		.supervision = LF_SUPERVISION_LAST,
		.linear_skip = true,
	};
	const uint32_t seed = 9000 + 100 * (uint32_t) cell;
	const double rate = kind == LF_OPTIMIZER_ADAM ? 1e-2 : 1e-1;
	const char *optimizer_name = kind == LF_OPTIMIZER_ADAM ? "adam" : "sgd";
	lf_arena measure = lf_arena_measure();
	lf_arena arena;
	lf_optimizer optimizer;
	network_fixture f;
	char name[64];
	const lf_real *expected;
	void *block;
	double worst = 0;

	network_fixture_open(&f, &config, kernels, ROWS, true);
	hashed_fill(seed, 0.5, f.parameters, f.network.table.total);
	network_fixture_fill(&f, seed, ROWS, true);
	lf_optimizer_layout(&optimizer, kind, 0, f.network.table.total, &measure);
	block = malloc(lf_arena_bytes(&measure));
	arena = lf_arena_over(block, lf_arena_bytes(&measure));
	lf_optimizer_layout(&optimizer, kind, 0, f.network.table.total, &arena);

	snprintf(name, sizeof(name), "training.%s.%s", cell_names[cell], optimizer_name);
	expected = golden_get(file, name, 10);
	for (int step = 0; step < 10; step++)
	{
		double loss = NAN;
		double error;

		lf_network_load(&f.network, f.parameters);
		lf_network_gradient(&f.network, &f.batch, &(lf_loss){.kind = LF_LOSS_MSE},
							network_fixture_scale(&f), NULL, f.gradient, &loss, NULL);
		lf_optimizer_update(&optimizer, rate, f.gradient, f.parameters);
		error = fabs(loss - expected[step]) / fabs(expected[step]);
		if (!(error <= worst))
			worst = error;
	}
	check(worst < 1e-4, "%s: ten steps of %s with %s have PyTorch's losses: %.0e", kernels->name,
		  optimizer_name, cell_names[cell], worst);
	free(block);
	network_fixture_close(&f);
}

int
main(void)
{
	static const char *const paths[] = {"plain", "avx2", "avx512"};
	golden_tensor *file = golden_read("network");

	for (int path = 0; path < 3; path++)
	{
		const lf_kernels *kernels = lf_kernels_named(paths[path]);

		if (kernels == NULL)
		{
			note("no %s on this CPU", paths[path]);
			continue;
		}
		for (int number = 0; number < KINDS; number++)
			test_golden(file, kernels, number);
		for (int cell = LF_CELL_LSTM; cell <= LF_CELL_RNN; cell++)
		{
			test_training(file, kernels, (lf_cell_kind) cell, LF_OPTIMIZER_ADAM);
			test_training(file, kernels, (lf_cell_kind) cell, LF_OPTIMIZER_SGD);
		}
	}
	golden_free(file);
	return check_done();
}
