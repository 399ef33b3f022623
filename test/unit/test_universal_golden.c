/*
 * test_universal_golden.c
 *	  The universal network against PyTorch, on every table of kernels that this CPU can run:
 *	  outputs, loss and gradient of a batch whose windows were read.
 */
#include "check.h"
#include "golden.h"
#include "universal_fixture.h"

#define ROWS 3
#define PAST 6
#define HORIZON 4
#define CASES 4

static const struct
{
	lf_cell_kind cell;
	int hidden, layers;
} cases[CASES] = {
	{LF_CELL_GRU, 5, 1}, {LF_CELL_GRU, 4, 2}, {LF_CELL_LSTM, 5, 1}, {LF_CELL_RNN, 3, 2}};

static void
fill_batch(lf_universal_batch *batch, uint32_t seed)
{
	const size_t answers = HORIZON * ROWS;
	lf_real errors[ROWS];

	batch->rows = ROWS;
	batch->past = PAST;
	batch->horizon = HORIZON;
	hashed_fill(seed + 1, 1, batch->features, (PAST + HORIZON) * ROWS * LF_UNIVERSAL_FEATURES);
	hashed_fill(seed + 2, 4, batch->guides, answers * LF_UNIVERSAL_GUIDES);
	hashed_fill(seed + 3, 1, errors, ROWS);
	for (int b = 0; b < ROWS; b++)
		batch->error[b] = 1.5 + (double) errors[b];
	hashed_fill(seed + 4, 2, batch->target, answers);
	hashed_fill(seed + 5, 2, batch->base, answers);
	for (size_t i = 0; i < answers; i++)
		batch->weight[i] = i % 5 != 3;
}

static double
gradient_difference(const universal_fixture *f, const golden_tensor *file, int number)
{
	double worst = 0;

	for (int i = 0; i < f->network.table.count; i++)
	{
		const lf_parameter *tensor = &f->network.table.entry[i];
		const size_t count = tensor->shape[0] * tensor->shape[1];
		char name[64];

		snprintf(name, sizeof(name), "%d.%s", number, tensor->name);
		worst = fmax(worst, tensor_difference(f->gradient + tensor->offset,
											  golden_get(file, name, count), count));
	}
	return worst;
}

static void
test_case(const golden_tensor *file, const lf_kernels *kernels, int number)
{
	const universal_request request = {
		.season = 1, .rows = ROWS, .groups = HORIZON, .training = true};
	const uint32_t seed = 50000 + 100 * (uint32_t) number;
	const size_t outputs = 4 * HORIZON * ROWS;
	lf_universal_config config = universal_small;
	universal_fixture f;
	char name[64];
	double loss, output_error, loss_error, gradient_error;

	config.cell = cases[number].cell;
	config.hidden_size = cases[number].hidden;
	config.num_layers = cases[number].layers;
	universal_fixture_open(&f, &config, kernels, &request, 0);
	hashed_fill(seed, 0.5, f.parameters, f.network.table.total);
	lf_universal_load(&f.network, f.parameters);
	fill_batch(&f.network.batch, seed);
	lf_universal_gradient(&f.network, 1.0 / (HORIZON * ROWS), f.gradient, &loss, NULL);

	snprintf(name, sizeof(name), "%d.output", number);
	output_error = tensor_difference(f.network.output, golden_get(file, name, outputs), outputs);
	snprintf(name, sizeof(name), "%d.loss", number);
	loss_error = relative_difference(loss, golden_get(file, name, 1)[0]);
	gradient_error = gradient_difference(&f, file, number);
	check(output_error < 1e-5 && loss_error < 1e-5 && gradient_error < 1e-5,
		  "%s network %d is PyTorch's: outputs %.0e, loss %.0e, gradient %.0e", kernels->name,
		  number, output_error, loss_error, gradient_error);
	universal_fixture_close(&f);
}

int
main(void)
{
	static const char *const paths[] = {"plain", "avx2", "avx512"};
	golden_tensor *file = golden_read("universal");

	for (int path = 0; path < 3; path++)
	{
		const lf_kernels *kernels = lf_kernels_named(paths[path]);

		if (kernels == NULL)
		{
			note("no %s on this CPU", paths[path]);
			continue;
		}
		for (int number = 0; number < CASES; number++)
			test_case(file, kernels, number);
	}
	golden_free(file);
	return check_done();
}
