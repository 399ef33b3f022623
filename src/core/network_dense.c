/*
 * network_dense.c
 *	  A network's layers outside the recurrent stack: embedding, future covariates, skips, head.
 */
#include <string.h>

#include "blas.h"
#include "network_private.h"

/* Reals that are walked through between two looks at the interrupt flag. */
#define LF_WALK ((int64_t) 1 << 20)

lf_status
lf_dense_zero(lf_interrupt interrupt, lf_real *values, size_t count)
{
	for (size_t first = 0; first < count; first += LF_WALK)
	{
		const size_t left = count - first;

		if (lf_interrupted(interrupt))
			return LF_INTERRUPTED;
		memset(values + first, 0, (left < LF_WALK ? left : LF_WALK) * sizeof(lf_real));
	}
	return LF_OK;
}

lf_status
lf_dense_gemm(const lf_network_run *run, bool transpose_a, bool transpose_b, int64_t M, int64_t N,
			  int64_t K, const lf_real *A, int64_t lda, const lf_real *B, int64_t ldb, lf_real beta,
			  lf_real *C, int64_t ldc)
{
	const int64_t step = lf_piece(run->network->kernels, 2.0 * (double) N * (double) K, M);

	for (int64_t row = 0; row < M; row += step)
	{
		if (lf_interrupted(run->interrupt))
			return LF_INTERRUPTED;
		lf_gemm(transpose_a, transpose_b, M - row < step ? M - row : step, N, K,
				transpose_a ? A + row : A + row * lda, lda, B, ldb, beta, C + row * ldc, ldc);
	}
	return LF_OK;
}

void
lf_dense_add_columns(int64_t rows, int64_t columns, const lf_real *x, int64_t stride, lf_real *out)
{
	double sum[64];

	for (int64_t first = 0; first < columns; first += 64)
	{
		const int64_t count = columns - first < 64 ? columns - first : 64;

		memset(sum, 0, sizeof(sum));
		for (int64_t row = 0; row < rows; row++)
			for (int64_t j = 0; j < count; j++)
				sum[j] += x[row * stride + first + j];
		for (int64_t j = 0; j < count; j++)
			out[first + j] += (lf_real) sum[j];
	}
}

/* x (rows, columns) = max(x + bias, 0). */
static void
add_bias_and_rectify(int64_t rows, int64_t columns, const lf_real *restrict bias,
					 lf_real *restrict x)
{
	for (int64_t row = 0; row < rows; row++, x += columns)
		for (int64_t j = 0; j < columns; j++)
		{
			const lf_real value = x[j] + bias[j];

			x[j] = value > 0 ? value : 0;
		}
}

lf_status
lf_rectifier_forward(const lf_network_run *run, const lf_rectifier *layer, const lf_real *x,
					 int64_t rows, lf_real *y)
{
	const lf_real *weight = run->network->parameters + layer->weight;
	const lf_real *bias = run->network->parameters + layer->bias;
	const int64_t N = layer->outputs;
	const int64_t K = layer->inputs;
	const int64_t walk = LF_WALK / (N + K) + 1;

	for (int64_t row = 0; row < rows; row += walk)
	{
		const int64_t count = rows - row < walk ? rows - row : walk;
		const lf_status status = lf_dense_gemm(run, false, true, count, N, K, x + row * K, K,
											   weight, K, 0, y + row * N, N);

		if (status != LF_OK)
			return status;
		add_bias_and_rectify(count, N, bias, y + row * N);
	}
	return LF_OK;
}

lf_status
lf_rectifier_backward(const lf_network_run *run, const lf_rectifier *layer, const lf_real *x,
					  const lf_real *y, int64_t rows, lf_real *d_y, lf_real *d_x)
{
	const int64_t N = layer->outputs;
	const int64_t K = layer->inputs;
	const int64_t walk = LF_WALK / (N + K) + 1;

	for (int64_t row = 0; row < rows; row += walk)
	{
		const int64_t count = rows - row < walk ? rows - row : walk;
		lf_real *dz = d_y + row * N;
		lf_status status;

		for (int64_t i = 0; i < count * N; i++)
			dz[i] = y[row * N + i] > 0 ? dz[i] : 0;
		lf_dense_add_columns(count, N, dz, N, run->gradient + layer->bias);
		status = lf_dense_gemm(run, true, false, N, K, count, dz, N, x + row * K, K, 1,
							   run->gradient + layer->weight, K);
		if (status == LF_OK && d_x != NULL)
			status =
				lf_dense_gemm(run, false, false, count, K, N, dz, N,
							  run->network->parameters + layer->weight, K, 0, d_x + row * K, K);
		if (status != LF_OK)
			return status;
	}
	return LF_OK;
}

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
	return lf_rectifier_forward(run, &run->network->future, future_rows(run, row, patch), rows, u);
}

lf_status
lf_future_backward(const lf_network_run *run, int64_t row, int64_t rows, int patch,
				   const lf_real *u, lf_real *d_u)
{
	return lf_rectifier_backward(run, &run->network->future, future_rows(run, row, patch), u, rows,
								 d_u, NULL);
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
		if (lf_interrupted(run->interrupt))
			return LF_INTERRUPTED;
		if (batch->base != NULL)
			memcpy(run->output + row * H_out, batch->base + row * H_out, H_out * sizeof(lf_real));
		else
			memset(run->output + row * H_out, 0, H_out * sizeof(lf_real));
	}
	status = lf_dense_zero(run->interrupt, run->output + plane, (network->outputs - 1) * plane);
	if (status != LF_OK || !network->config.linear_skip)
		return status;
	for (int64_t row = 0; row < B; row++)
		for (int64_t j = 0; j < H_out; j++)
			last[row * H_out + j] += network->parameters[network->offsets.skip_bias + j];
	return lf_dense_gemm(run, false, true, B, H_out, L, batch->window, L,
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
	lf_dense_add_columns(B, H_out, d_last, H_out, run->gradient + network->offsets.skip_bias);
	return lf_dense_gemm(run, true, false, H_out, L, B, d_last, H_out, run->batch->window, L, 1,
						 run->gradient + network->offsets.skip_weight, L);
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
		status = lf_dense_gemm(run, false, true, rows, columns, F, x, F, weight, F, 1, y, H_out);
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
		lf_dense_add_columns(rows, columns, dy, H_out, run->gradient + bias);
		status = lf_dense_gemm(run, true, false, columns, F, rows, dy, H_out, x, F, 1,
							   run->gradient + weight, F);
		if (status == LF_OK)
			status = lf_dense_gemm(run, false, false, rows, F, columns, dy, H_out,
								   network->parameters + weight, F, k > 0, d_x, F);
		weight += W * F;
		bias += W;
		dy += lf_plane_reals(run);
	}
	return status;
}
