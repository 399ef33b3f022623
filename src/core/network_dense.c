/*
 * network_dense.c
 *	  A network's layers outside the recurrent stack: future covariates, skips, head.
 */
#include <string.h>

#include "network_private.h"

/* The covariates (rows, inputs) of an output patch, from answer `row` on. */
static const lf_real *
future_rows(const lf_network_run *run, int64_t row, int patch)
{
	const int64_t answers = run->network->answers * run->batch->rows;

	return run->batch->future + (patch * answers + row) * run->network->future.inputs;
}

lf_status
lf_future_forward(const lf_network_run *run, int64_t row, int64_t rows, int patch, lf_real *u)
{
	return lf_rectifier_forward(&run->dense, &run->network->future, future_rows(run, row, patch),
								rows, u);
}

lf_status
lf_future_backward(const lf_network_run *run, int64_t row, int64_t rows, int patch,
				   const lf_real *u, lf_real *d_u)
{
	return lf_rectifier_backward(&run->dense, &run->network->future, future_rows(run, row, patch),
								 u, rows, d_u, NULL);
}

lf_status
lf_skip_forward(const lf_network_run *run)
{
	const lf_network *network = run->network;
	const lf_batch *batch = run->batch;
	const int64_t B = batch->rows;
	const int64_t H_out = network->config.horizon;
	const int64_t L = network->config.lookback;
	const size_t plane = lf_plane_reals(run);
	lf_real *last = run->output + (network->answers - 1) * B * H_out; /* (B, H_out) */
	lf_status status;

	for (int64_t row = 0; row < network->answers * B; row++)
	{
		if (lf_interrupted(run->dense.interrupt))
			return LF_INTERRUPTED;
		if (batch->base != NULL)
			memcpy(run->output + row * H_out, batch->base + row * H_out, H_out * sizeof(lf_real));
		else
			memset(run->output + row * H_out, 0, H_out * sizeof(lf_real));
	}
	status =
		lf_dense_zero(run->dense.interrupt, run->output + plane, (network->outputs - 1) * plane);
	if (status != LF_OK || !network->config.linear_skip)
		return status;
	for (int64_t row = 0; row < B; row++)
		for (int64_t j = 0; j < H_out; j++)
			last[row * H_out + j] += network->parameters[network->offsets.skip_bias + j];
	return lf_dense_gemm(&run->dense, false, true, B, H_out, L, batch->window, L,
						 network->parameters + network->offsets.skip_weight, L, 1, last, H_out);
}

lf_status
lf_skip_backward(const lf_network_run *run)
{
	const lf_network *network = run->network;
	const int64_t B = run->batch->rows;
	const int64_t H_out = network->config.horizon;
	const int64_t L = network->config.lookback;
	const lf_real *d_last = network->d_output + (network->answers - 1) * B * H_out;

	if (!network->config.linear_skip)
		return LF_OK;
	lf_dense_add_columns(B, H_out, d_last, H_out, run->dense.gradient + network->offsets.skip_bias);
	return lf_dense_gemm(&run->dense, true, false, H_out, L, B, d_last, H_out, run->batch->window,
						 L, 1, run->dense.gradient + network->offsets.skip_weight, L);
}

lf_status
lf_head_forward(const lf_network_run *run, const lf_real *x, int64_t row, int64_t rows, int patch)
{
	const lf_network *network = run->network;
	const int64_t H_out = network->config.horizon;
	const int64_t F = network->features;
	const int64_t W = network->head_outputs;
	const int64_t columns = lf_patch_columns(network, patch);
	const lf_real *weight = network->parameters + network->offsets.head_weight;
	const lf_real *bias = network->parameters + network->offsets.head_bias;
	lf_real *y = run->output + row * H_out + patch * W;
	lf_status status = LF_OK;

	for (int k = 0; k < network->outputs && status == LF_OK; k++)
	{
		for (int64_t i = 0; i < rows; i++)
			for (int64_t j = 0; j < columns; j++)
				y[i * H_out + j] += bias[j];
		status =
			lf_dense_gemm(&run->dense, false, true, rows, columns, F, x, F, weight, F, 1, y, H_out);
		weight += W * F;
		bias += W;
		y += lf_plane_reals(run);
	}
	return status;
}

lf_status
lf_head_backward(const lf_network_run *run, const lf_real *x, int64_t row, int64_t rows, int patch,
				 lf_real *d_x)
{
	const lf_network *network = run->network;
	const int64_t H_out = network->config.horizon;
	const int64_t F = network->features;
	const int64_t W = network->head_outputs;
	const int64_t columns = lf_patch_columns(network, patch);
	size_t weight = network->offsets.head_weight;
	size_t bias = network->offsets.head_bias;
	const lf_real *dy = network->d_output + row * H_out + patch * W;
	lf_status status = LF_OK;

	for (int k = 0; k < network->outputs && status == LF_OK; k++)
	{
		lf_dense_add_columns(rows, columns, dy, H_out, run->dense.gradient + bias);
		status = lf_dense_gemm(&run->dense, true, false, columns, F, rows, dy, H_out, x, F, 1,
							   run->dense.gradient + weight, F);
		if (status == LF_OK)
			status = lf_dense_gemm(&run->dense, false, false, rows, F, columns, dy, H_out,
								   network->parameters + weight, F, k > 0, d_x, F);
		weight += W * F;
		bias += W;
		dy += lf_plane_reals(run);
	}
	return status;
}
