/*
 * network_gradient.c
 *	  One run of a network: forecasts, or loss and gradient.
 */
#include <string.h>

#include "network_private.h"

/* Which of the encoder's states are answered. */
static lf_state_span
answered_span(const lf_network *network)
{
	return network->config.supervision == LF_SUPERVISION_SEQUENCE ? LF_STATES_ALL : LF_STATES_FINAL;
}

/* What the stack reads, (n, B, D). */
static lf_stack_input
stack_input(const lf_network_run *run)
{
	const lf_network *network = run->network;

	return (lf_stack_input){.x =
								network->embedded != NULL ? network->embedded : run->batch->patches,
							.stride = network->inputs,
							.steps = network->input_patches,
							.rows = run->batch->rows};
}

/* From the window to the encoder's states. */
static lf_status
encode(lf_network_run *run)
{
	lf_network *network = run->network;
	const lf_batch *batch = run->batch;
	const lf_stack_input input = stack_input(run);
	lf_status status = LF_OK;

	if (network->embedded != NULL)
		status = lf_rectifier_forward(&run->dense, &network->embedding, batch->patches,
									  network->input_patches * batch->rows, network->embedded);
	if (status == LF_OK)
		status = lf_stack_forward(&network->stack, &network->tape, &input, NULL, run->random,
								  run->dense.interrupt);
	if (status == LF_OK)
		lf_tape_states(&network->tape, answered_span(network), &run->encoded);
	return status;
}

static lf_status
forward(lf_network_run *run)
{
	lf_status status = encode(run);

	if (status == LF_OK)
		status = lf_skip_forward(run);
	if (status == LF_OK)
		status = lf_covariates_forward(run);
	if (status == LF_OK)
		status = lf_decode(run);
	return status;
}

/* Zero everything that the decoder and the stack add to. */
static lf_status
clear_gradients(lf_network_run *run)
{
	lf_network *network = run->network;
	const size_t states = network->answers * run->batch->rows * network->stack.stride;
	lf_status status =
		lf_dense_zero(run->dense.interrupt, run->dense.gradient, network->table.total);

	if (status == LF_OK)
		status = lf_network_zero_gradients(network, run->dense.interrupt);
	network->d_encoded.rows = network->answers * run->batch->rows;
	for (int cell = 0; cell < LF_MAX_CELLS && status == LF_OK; cell++)
	{
		if (network->d_encoded.h[cell] != NULL)
			status = lf_dense_zero(run->dense.interrupt, network->d_encoded.h[cell], states);
		if (network->d_encoded.c[cell] != NULL && status == LF_OK)
			status = lf_dense_zero(run->dense.interrupt, network->d_encoded.c[cell], states);
	}
	return status;
}

/* From the encoder's states back to the window. */
static lf_status
encode_backward(lf_network_run *run)
{
	lf_network *network = run->network;
	const lf_batch *batch = run->batch;
	const int64_t B = batch->rows;
	const int64_t D = network->inputs;
	const lf_stack_input input = stack_input(run);
	const lf_stack_gradient gradient = {.span = answered_span(network),
										.d_states = &network->d_encoded,
										.d_x = network->d_embedded,
										.d_after = run->d_after};
	lf_status status;

	status =
		lf_stack_backward(&network->stack, &network->tape, &input, &gradient, run->dense.interrupt);
	if (status != LF_OK || network->embedded == NULL)
		return status;
	if (network->d_first != NULL)
	{
		lf_real *d_last = network->d_embedded + (network->input_patches - network->answers) * B * D;

		for (int64_t i = 0; i < network->answers * B * D; i++)
			d_last[i] += network->d_first[i];
	}
	return lf_rectifier_backward(&run->dense, &network->embedding, batch->patches,
								 network->embedded, network->input_patches * B, network->d_embedded,
								 NULL);
}

/* The weights of a network and what is made of them. */
static lf_dense
dense_of(const lf_network *network, lf_real *gradient, lf_interrupt interrupt)
{
	return (lf_dense){.kernels = network->kernels,
					  .interrupt = interrupt,
					  .parameters = network->parameters,
					  .gradient = gradient};
}

lf_status
lf_network_forward(lf_network *network, const lf_batch *batch, lf_real *output,
				   lf_interrupt interrupt)
{
	lf_network_run run = {
		.network = network,
		.batch = batch,
		.dense = dense_of(network, NULL, interrupt),
		.output = output,
	};

	return forward(&run);
}

/* The outputs' gradient, where it is given: the decoder adds to it what comes of fed patches. */
static lf_status
take_derivative(lf_network_run *run)
{
	const size_t H_out = run->network->config.horizon;
	const size_t rows = run->network->outputs * lf_plane_reals(run) / H_out;

	for (size_t row = 0; row < rows; row++)
	{
		if (lf_interrupted(run->dense.interrupt))
			return LF_INTERRUPTED;
		memcpy(run->network->d_output + row * H_out, run->d_output + row * H_out,
			   H_out * sizeof(lf_real));
	}
	return LF_OK;
}

/* A run with gradient, all the way, but for the stacks' gradients to PyTorch's layout. */
static lf_status
forward_and_back(lf_network_run *run)
{
	lf_status status = clear_gradients(run);

	if (status == LF_OK && run->d_output != NULL)
		status = take_derivative(run);
	if (status == LF_OK)
		status = forward(run);
	if (status == LF_OK)
		status = lf_skip_backward(run);
	if (status == LF_OK)
		status = lf_covariates_backward(run);
	if (status == LF_OK)
		status = encode_backward(run);
	return status;
}

lf_status
lf_network_derivative(lf_network *network, const lf_batch *batch, const lf_real *d_output,
					  lf_real *gradient, lf_states *d_after, lf_interrupt interrupt)
{
	lf_network_run run = {
		.network = network,
		.batch = batch,
		.dense = dense_of(network, gradient, interrupt),
		.output = network->output,
		.d_output = d_output,
		.d_after = d_after,
	};

	return forward_and_back(&run);
}

lf_status
lf_network_gradient(lf_network *network, const lf_batch *batch, const lf_loss *loss_function,
					double scale, lf_random *random, lf_real *gradient, double *loss,
					lf_interrupt interrupt)
{
	lf_network_run run = {
		.network = network,
		.batch = batch,
		.dense = dense_of(network, gradient, interrupt),
		.output = network->output,
		.random = random,
		.loss_function = loss_function,
		.scale = scale,
	};
	const lf_random saved_random = random ? *random : (lf_random){0};
	lf_status status = forward_and_back(&run);

	if (status == LF_OK)
		status = lf_network_add_gradients(network, gradient, interrupt);
	if (status != LF_OK)
	{
		if (random)
			*random = saved_random;
		return status;
	}
	*loss = run.loss * scale;
	return LF_OK;
}
