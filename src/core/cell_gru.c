/*
 * cell_gru.c
 *	  The GRU: its equations, and one step of it in plain C, forward and backward.
 *
 * As torch.nn.GRU has it (Cho et al. 2014, with the reset gate after the recurrent product).
 * x (T, B, D): T steps of B rows of D inputs; h_t (B, H): the state of H units after step t,
 * h_0 the initial one. W_ih (3H, D), W_hh (3H, H), b_ih and b_hh (3H) hold the gates r, z, n
 * one above the other: W_ir is the first third of W_ih, and so on; ' transposes, products
 * without a sign go element by element.
 *
 *	 for t = 1 .. T:									(run_cell in stack_forward.c)
 *		r = sigmoid(x_t * W_ir' + b_ir + h_(t-1) * W_hr' + b_hr)		(B, H), as are
 *		z = sigmoid(x_t * W_iz' + b_iz + h_(t-1) * W_hz' + b_hz)		all of these
 *		hn = h_(t-1) * W_hn' + b_hn
 *		n = tanh(x_t * W_in' + b_in + r hn)
 *		h_t = (1 - z) n + z h_(t-1)
 *
 * Backward, dv is the derivative of the loss by v; dh (B, H) begins at zero:
 *
 *	 for t = T .. 1:									(run_cell_back in stack_backward.c)
 *		dh += what loss and layer above give for h_t
 *		da_n = dh (1 - z) (1 - n^2)		dhn = da_n r
 *		da_r = da_n hn r (1 - r)		da_z = dh (h_(t-1) - n) z (1 - z)
 *		da = da_r da_z da_n				da_h = da_r da_z dhn	(B, 3H): they differ in n
 *		db_ih += column sums of da		db_hh += those of da_h	(3H)
 *		dW_ih += da' * x_t				dW_hh += da_h' * h_(t-1)	(3H, D), (3H, H)
 *		dx_t = da * W_ih				dh = dh z + da_h * W_hh	(B, D), (B, H)
 *	 what is left in dh belongs to h_0
 *
 * gru_forward does one round of the first loop; gru_backward the element-wise part of a round
 * of the second, and db; the kernels multiply and accumulate do its products. A gate
 * row is hn r z n, each P wide; backward it becomes dhn da_r da_z da_n: the recurrent weights
 * meet the first three blocks, the input weights the last three.
 */
#include "kernels_plain.h"

const lf_cell_traits lf_gru_traits = {
	.gates = 3,
	.blocks = 4,
	.has_c = false,
	.keeps_gates = true,
	.state_bypasses = true,
	.input_gate = {0, 1, 2},
	.recurrent_gate = {2, 0, 1},
};

/* Step t, for LANES units of a row at a time; what the state adds stays apart until r is known. */
static void
gru_forward(const lf_forward_step *step)
{
	const size_t P = step->padded;
	const size_t panel_size = forward_depth(step) * 3 * LANES;

	for (int64_t row = 0; row < step->rows; row++)
	{
		const lf_real *panel = step->weights;

		for (size_t unit = 0; unit < P; unit += LANES, panel += panel_size)
		{
			lf_real sums[3 * LANES]; /* r, z, n of LANES units, from the inputs */
			lf_real recurrent[3 * LANES] = {0};
			const lf_real *weights;

			for (size_t s = 0; s < 3 * LANES; s++)
				sums[s] = step->bias[(s / LANES + 1) * P + unit + s % LANES];
			for (size_t u = 0; u < LANES; u++)
				recurrent[2 * LANES + u] = step->bias[unit + u];
			weights = add_inputs(sums, step, row, panel, 3 * LANES);
			add_product(recurrent, step->h_previous + row * P, step->hidden, weights, 3 * LANES);

			for (size_t u = 0; u < LANES; u++)
			{
				const size_t at = row * P + unit + u;
				const lf_real r = sigmoid(sums[u] + recurrent[u]);
				const lf_real z = sigmoid(sums[LANES + u] + recurrent[LANES + u]);
				const lf_real hn = recurrent[2 * LANES + u];
				const lf_real n = real_tanh(sums[2 * LANES + u] + r * hn);

				step->h[at] = (1 - z) * n + z * step->h_previous[at];
				if (step->gates != NULL)
				{
					lf_real *gate = step->gates + row * step->gate_stride + unit + u;

					gate[0] = hn;
					gate[P] = r;
					gate[2 * P] = z;
					gate[3 * P] = n;
				}
			}
		}
	}
}

/* Step t, element by element; d_h keeps the part of dh that bypasses the gates. */
static void
gru_backward(const lf_backward_step *step)
{
	const size_t P = step->padded;

	for (int64_t row = 0; row < step->rows; row++)
	{
		lf_real *gates = step->gates + row * step->gate_stride;

		for (size_t u = 0; u < P; u++)
		{
			const size_t at = row * P + u;
			const lf_real hn = gates[u];
			const lf_real r = gates[P + u];
			const lf_real z = gates[2 * P + u];
			const lf_real n = gates[3 * P + u];
			const lf_real dh = step->d_h[at];
			const lf_real dn = dh * (1 - z) * (1 - n * n);

			gates[u] = dn * r;
			gates[P + u] = dn * hn * r * (1 - r);
			gates[2 * P + u] = dh * (step->h_previous[at] - n) * z * (1 - z);
			gates[3 * P + u] = dn;
			step->d_h[at] = dh * z;
		}
		for (size_t u = 0; u < 4 * P; u++)
			step->d_bias[u] += gates[u];
	}
}

const lf_cell_kernels lf_gru_plain = {gru_forward, gru_backward};
