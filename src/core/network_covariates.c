/*
 * network_covariates.c
 *	  What the change of a step's future covariates adds to its answer, by weights that all
 *	  steps share.
 *
 * The covariates of an output patch, which the decoder or the head reads, have weights of
 * their own for each place in the patch. So with patches of a week a rare event would have
 * to be learned seven times, each time from a seventh of its occurrences. Here it is
 * learned once: y(step) += b' ReLU(A f(step) + a) + v' f(step).
 *
 * An answer is a difference from the seasons or the level before it, so f is the same of
 * the covariates. Their own values would tempt the term to learn how the target depends
 * on what only grew while it was trained, as a temperature does in spring.
 */
#include "network_private.h"

/* Some steps of an output patch: counted answer by answer, W of each. */
typedef struct steps
{
	int patch;
	int64_t first;
	int64_t count; /* at most LF_COVARIATE_STEPS */
} steps;

typedef lf_status (*steps_function)(const lf_network_run *run, const steps *steps);

static lf_status
for_all_steps(const lf_network_run *run, steps_function function)
{
	const lf_network *network = run->network;
	const int64_t total = network->answers * run->batch->rows * network->head_outputs;

	for (int patch = 0; patch < network->output_patches; patch++)
		for (int64_t first = 0; first < total; first += LF_COVARIATE_STEPS)
		{
			const int64_t left = total - first;
			const steps steps = {patch, first,
								 left < LF_COVARIATE_STEPS ? left : LF_COVARIATE_STEPS};
			const lf_status status = function(run, &steps);

			if (status != LF_OK)
				return status;
		}
	return LF_OK;
}

/* Their f, (count, F_c). */
static const lf_real *
covariates_of(const lf_network_run *run, const steps *steps)
{
	const lf_network *network = run->network;
	const int64_t total = network->answers * run->batch->rows * network->head_outputs;

	return run->batch->change + (steps->patch * total + steps->first) * network->covariates.inputs;
}

/* Index of each step in a plane of the output, or -1 past the horizon, one after the other. */
typedef struct place
{
	int64_t row;
	int64_t column; /* in the output patch */
} place;

static place
first_place(const lf_network *network, const steps *steps)
{
	return (place){steps->first / network->head_outputs, steps->first % network->head_outputs};
}

static int64_t
next_index(const lf_network *network, int patch, place *place)
{
	const int64_t column = place->column;
	const int64_t start =
		place->row * network->config.horizon + (int64_t) patch * network->head_outputs;

	if (++place->column == network->head_outputs)
		*place = (struct place){place->row + 1, 0};
	return column < lf_patch_columns(network, patch) ? start + column : -1;
}

static lf_status
steps_forward(const lf_network_run *run, const steps *steps)
{
	const lf_network *network = run->network;
	const lf_real *b = network->parameters + network->offsets.covariate_head;
	const lf_real *v = b + LF_COVARIATE_HIDDEN;
	const int64_t F = network->covariates.inputs;
	const lf_real *f = covariates_of(run, steps);
	lf_real *effect = network->covariate_effect;
	place place = first_place(network, steps);
	lf_status status;

	status = lf_rectifier_forward(&run->dense, &network->covariates, f, steps->count,
								  network->covariate_hidden);
	if (status == LF_OK)
		status = lf_dense_gemm(&run->dense, false, true, steps->count, 1, LF_COVARIATE_HIDDEN,
							   network->covariate_hidden, LF_COVARIATE_HIDDEN, b,
							   LF_COVARIATE_HIDDEN, 0, effect, 1);
	if (status == LF_OK)
		status =
			lf_dense_gemm(&run->dense, false, true, steps->count, 1, F, f, F, v, F, 1, effect, 1);
	if (status != LF_OK)
		return status;
	for (int64_t i = 0; i < steps->count; i++)
	{
		const int64_t index = next_index(network, steps->patch, &place);

		if (index >= 0)
			run->output[index] += effect[i];
	}
	return LF_OK;
}

static lf_status
steps_backward(const lf_network_run *run, const steps *steps)
{
	const lf_network *network = run->network;
	const lf_real *b = network->parameters + network->offsets.covariate_head;
	lf_real *d_b = run->dense.gradient + network->offsets.covariate_head;
	const int64_t F = network->covariates.inputs;
	const lf_real *f = covariates_of(run, steps);
	lf_real *hidden = network->covariate_hidden;
	lf_real *d_hidden = network->d_covariate_hidden;
	lf_real *d_effect = network->covariate_effect;
	place place = first_place(network, steps);
	lf_status status;

	for (int64_t i = 0; i < steps->count; i++)
	{
		const int64_t index = next_index(network, steps->patch, &place);

		d_effect[i] = index >= 0 ? network->d_output[index] : 0;
		for (int64_t k = 0; k < LF_COVARIATE_HIDDEN; k++)
			d_hidden[i * LF_COVARIATE_HIDDEN + k] = d_effect[i] * b[k];
	}
	status = lf_rectifier_forward(&run->dense, &network->covariates, f, steps->count, hidden);
	if (status == LF_OK)
		status =
			lf_dense_gemm(&run->dense, true, false, 1, LF_COVARIATE_HIDDEN, steps->count, d_effect,
						  1, hidden, LF_COVARIATE_HIDDEN, 1, d_b, LF_COVARIATE_HIDDEN);
	if (status == LF_OK)
		status = lf_dense_gemm(&run->dense, true, false, 1, F, steps->count, d_effect, 1, f, F, 1,
							   d_b + LF_COVARIATE_HIDDEN, F);
	if (status == LF_OK)
		status = lf_rectifier_backward(&run->dense, &network->covariates, f, hidden, steps->count,
									   d_hidden, NULL);
	return status;
}

lf_status
lf_covariates_forward(const lf_network_run *run)
{
	return run->network->config.future > 0 ? for_all_steps(run, steps_forward) : LF_OK;
}

lf_status
lf_covariates_backward(const lf_network_run *run)
{
	return run->network->config.future > 0 ? for_all_steps(run, steps_backward) : LF_OK;
}
