/*
 * gradient_network.c
 *	  Every parameter tensor of every kind of network against central differences.
 *
 * Compiled for double. The networks are tiny, their parameters all random. mae,
 * huber and quantile have kinks: the targets are put so that no error is near one.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/network.h"
#include "loss_fixture.h"

#define ROWS 3
#define STEPS 3 /* input patches */
#define HORIZON 3
#define HIDDEN 3
#define ENTRIES 8 /* of each tensor */
#define EPSILON 1e-5
#define TOLERANCE 1e-6

/* One network, its batch and all memory. */
typedef struct fixture
{
	lf_network_config config;
	lf_network network;
	lf_batch batch;
	const lf_loss *loss;
	size_t answers; /* reals of all answers, in one plane */
	lf_real *parameters;
	lf_real *gradient;
	lf_real *scratch; /* a gradient nobody looks at */
	lf_real *patches, *window, *base, *future, *change, *target, *weight, *unit;
	void *block;
	lf_random random;  /* for the values */
	lf_random dropout; /* the same for every evaluation */
} fixture;

static lf_real *
normal_reals(lf_random *random, size_t count, double scale)
{
	lf_real *values = malloc(count * sizeof(lf_real));

	for (size_t i = 0; i < count; i++)
		values[i] = scale * lf_random_normal(random);
	return values;
}

/*
 * Some units of each rectified layer are open. Deviations are not far from 1: of
 * a very small one the likelihood is so steep that differences are no measure.
 */
static void
open_layers(fixture *f)
{
	const lf_network *network = &f->network;
	const int64_t W = network->head_outputs;
	const int64_t F = network->features;

	for (int64_t i = 0; i < network->embedding.outputs; i++)
		f->parameters[network->embedding.bias + i] += 1;
	for (int64_t i = 0; i < network->future.outputs; i++)
		f->parameters[network->future.bias + i] += 1;
	for (int64_t i = 0; i < network->covariates.outputs; i++)
	{
		f->parameters[network->covariates.bias + i] += 1;
		f->parameters[network->offsets.covariate_head + i] *= 0.25; /* there are many */
	}
	for (int64_t i = W * F; i < network->outputs * W * F; i++)
		f->parameters[network->offsets.head_weight + i] *= 0.5;
	for (int64_t i = W; i < network->outputs * W; i++)
		f->parameters[network->offsets.head_bias + i] *= 0.5;
}

/* Changes at a step, (F_c), that bring a unit of the layer all steps share near its kink. */
static bool
near_closing(const fixture *f, const lf_real *step)
{
	const lf_rectifier *layer = &f->network.covariates;
	bool near = false;

	for (int64_t k = 0; k < layer->outputs; k++)
	{
		double sum = f->parameters[layer->bias + k];

		for (int64_t i = 0; i < layer->inputs; i++)
			sum += f->parameters[layer->weight + k * layer->inputs + i] * step[i];
		near |= fabs(sum) < 100 * EPSILON;
	}
	return near;
}

/* The many units of that layer would otherwise meet a kink in some of the tests. */
static void
place_changes(fixture *f, size_t count)
{
	const int64_t F = f->config.future;

	for (lf_real *step = f->change; F > 0 && step < f->change + count; step += F)
		while (near_closing(f, step))
			for (int64_t i = 0; i < F; i++)
				step[i] = lf_random_normal(&f->random);
}

static bool
fixture_open(fixture *f, const lf_network_config *config, const lf_loss *loss, uint64_t seed)
{
	lf_arena measure = lf_arena_measure();
	lf_arena arena;
	lf_error error;
	size_t known; /* reals of future covariates */

	memset(f, 0, sizeof(*f));
	f->config = *config;
	f->loss = loss;
	f->random = lf_random_seed(seed, 1);
	f->dropout = lf_random_seed(seed, 2);
	if (lf_network_layout(&f->network, config, lf_kernels_named("plain"), ROWS, true, &measure,
						  &error) != LF_OK)
	{
		note("%s (%s)", error.message, error.detail);
		return false;
	}
	f->block = malloc(lf_arena_bytes(&measure));
	arena = lf_arena_over(f->block, lf_arena_bytes(&measure));
	if (lf_network_layout(&f->network, config, lf_kernels_named("plain"), ROWS, true, &arena,
						  &error) != LF_OK)
		return false;

	/* several pieces, the last of them smaller */
	f->network.piece_rows = 2;
	if (config->decoder == LF_DECODER_PARALLEL)
		f->network.piece_patches = 2;

	const size_t steps = (size_t) STEPS * config->patch_length;

	f->answers = (size_t) lf_network_answers(config) * ROWS * HORIZON;
	known = f->network.output_patches * f->answers / HORIZON * f->network.future.inputs;
	f->patches = normal_reals(&f->random, steps * ROWS * config->channels, 1.0);
	f->window = normal_reals(&f->random, steps * ROWS, 1.0);
	f->base = normal_reals(&f->random, f->answers, 0.5);
	f->future = normal_reals(&f->random, known, 1.0);
	f->change = normal_reals(&f->random, known, 1.0);
	f->target = calloc(f->answers, sizeof(lf_real));
	f->weight = calloc(f->answers, sizeof(lf_real));
	f->unit = calloc(f->answers, sizeof(lf_real));
	for (size_t i = 0; i < f->answers; i++)
	{
		f->weight[i] = i % 5 != 4;
		f->unit[i] = (lf_real) (1 + i % 4);
	}
	f->parameters = normal_reals(&f->random, f->network.table.total, 0.5);
	open_layers(f);
	place_changes(f, known);
	f->gradient = calloc(f->network.table.total, sizeof(lf_real));
	f->scratch = calloc(f->network.table.total, sizeof(lf_real));
	f->batch = (lf_batch){.rows = ROWS,
						  .patches = f->patches,
						  .window = f->window,
						  .base = f->base,
						  .future = config->future > 0 ? f->future : NULL,
						  .change = config->future > 0 ? f->change : NULL,
						  .target = f->target,
						  .weight = f->weight,
						  .unit = lf_loss_of_counts(loss->kind) ? f->unit : NULL};
	return true;
}

static void
fixture_close(fixture *f)
{
	free(f->block);
	free(f->patches);
	free(f->window);
	free(f->base);
	free(f->future);
	free(f->change);
	free(f->target);
	free(f->weight);
	free(f->unit);
	free(f->parameters);
	free(f->gradient);
	free(f->scratch);
}

static double
loss_and_gradient(fixture *f, lf_real *gradient)
{
	lf_random random = f->dropout;
	double loss = NAN;

	lf_network_load(&f->network, f->parameters);
	if (lf_network_gradient(&f->network, &f->batch, f->loss, 0.5, &random, gradient, &loss, NULL) !=
		LF_OK)
		return NAN;
	return loss;
}

/* An error at output i, in units of the network, that is near a kink of some loss. */
static bool
near_kink(const fixture *f, size_t i)
{
	const double margin = 0.05;
	const double error = f->network.output[i] - f->target[i];
	bool near = fabs(error) < margin || fabs(fabs(error) - 1) < margin;

	for (int k = 0; k < f->loss->quantile_count; k++)
		near |= fabs(error + f->network.output[(k + 1) * f->answers + i]) < margin;
	return near;
}

/* Targets on both sides of the outputs, more above, within and beyond huber's delta. */
static void
place_targets(fixture *f)
{
	loss_and_gradient(f, f->scratch);
	/* of counts in units: none, some and many, in no relation to the outputs */
	if (lf_loss_of_counts(f->loss->kind))
	{
		for (size_t i = 0; i < f->answers; i++)
			f->target[i] = (lf_real) (i % 3 * (i % 7)) / f->unit[i];
		return;
	}
	for (size_t i = 0; i < f->answers; i++)
		do
		{
			const double distance = 2 * lf_random_uniform(&f->random);

			f->target[i] = f->network.output[i] + (i % 3 ? distance : -distance);
		} while (near_kink(f, i));
}

/* The worst relative error over a few entries of a tensor; huge where its gradient is zero
 * altogether. */
static double
check_tensor(fixture *f, const lf_parameter *tensor)
{
	const size_t count = tensor->shape[0] * tensor->shape[1];
	double worst = 0;
	double largest = 0;

	for (size_t i = 0; i < count; i++)
		largest = fmax(largest, fabs(f->gradient[tensor->offset + i]));
	if (!(largest > 0))
		return INFINITY;
	for (int entry = 0; entry < ENTRIES; entry++)
	{
		lf_real *p = &f->parameters[tensor->offset + lf_random_below(&f->random, count)];
		const lf_real before = *p;
		const double analytic = f->gradient[p - f->parameters];
		double above;
		double below;
		double numeric;
		double error;

		*p = before + EPSILON;
		above = loss_and_gradient(f, f->scratch);
		*p = before - EPSILON;
		below = loss_and_gradient(f, f->scratch);
		*p = before;
		numeric = (above - below) / (2 * EPSILON);
		error = fabs(numeric - analytic) / fmax(fabs(analytic), 1e-2);
		/* written so that NaN is the worst, too */
		if (!(error <= worst))
			worst = error;
	}
	return worst;
}

static void
check_network(const lf_network_config *config, const lf_loss *loss, const char *name, uint64_t seed)
{
	fixture f;
	double worst = 0;
	const char *where = "";

	if (!fixture_open(&f, config, loss, seed))
	{
		check(false, "%s: layout", name);
		return;
	}
	place_targets(&f);
	loss_and_gradient(&f, f.gradient);
	for (int i = 0; i < f.network.table.count; i++)
	{
		const double error = check_tensor(&f, &f.network.table.entry[i]);

		if (!(error <= worst))
		{
			worst = error;
			where = f.network.table.entry[i].name;
		}
	}
	check(worst < TOLERANCE, "%s: %d tensors, worst %.1e in %s", name, f.network.table.count, worst,
		  where);
	fixture_close(&f);
}

/*
 * One kind of network: all losses, with and without patches and future
 * covariates; those of counts once each. Dropout and past covariates take turns, so that each of
 * these meets both.
 */
static void
check_kind(lf_cell_kind cell, int layers, bool bidirectional, lf_decoder_kind decoder,
		   lf_supervision_kind supervision)
{
	static const char *cells[] = {"lstm", "gru", "rnn"};
	static const char *decoders[] = {"direct", "parallel", "recursive"};

	for (int variant = 0; variant < 27; variant++)
	{
		const lf_loss *loss = variant < 24 ? &losses[variant % 6] : &count_losses[variant % 3];
		const int patch = 1 + variant / 6 % 2;
		const int future = variant / 12 % 2;
		const int past = (layers + variant) % 2;
		const double dropout = (bidirectional + variant) % 2 ? 0.3 : 0.0;
		const lf_network_config config = {
			.cell = cell,
			.hidden_size = HIDDEN,
			.num_layers = layers,
			.bidirectional = bidirectional,
			.dropout = dropout,
			.channels = 1 + past + future,
			.future = future,
			.outputs = lf_loss_outputs(loss),
			.lookback = STEPS * patch,
			.horizon = HORIZON,
			.patch_length = patch,
			.decoder = decoder,
			.supervision = supervision,
			.linear_skip = true,
		};
		char name[192];

		snprintf(name, sizeof(name),
				 "%s, %d layers, %s, %s, %s, %s, patch %d, %d past, %d future, dropout %.1f",
				 cells[cell], layers, bidirectional ? "bidirectional" : "forward",
				 decoders[decoder], supervision ? "sequence" : "last", loss_name(loss), patch, past,
				 future, dropout);
		check_network(&config, loss, name, 17 + check_number);
	}
}

int
main(void)
{
	for (int cell = LF_CELL_LSTM; cell <= LF_CELL_RNN; cell++)
		for (int layers = 1; layers <= 2; layers++)
			for (int bidirectional = 0; bidirectional <= 1; bidirectional++)
				for (int decoder = LF_DECODER_DIRECT; decoder <= LF_DECODER_RECURSIVE; decoder++)
					for (int supervision = LF_SUPERVISION_LAST;
						 supervision <= LF_SUPERVISION_SEQUENCE; supervision++)
						check_kind((lf_cell_kind) cell, layers, bidirectional != 0,
								   (lf_decoder_kind) decoder, (lf_supervision_kind) supervision);
	return check_done();
}
