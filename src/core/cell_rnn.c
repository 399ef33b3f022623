/*
 * cell_rnn.c
 *	  The simple recurrent cell: its equations, and one step in plain C, forward and backward.
 *
 * As torch.nn.RNN with tanh has it (Elman 1990). x (T, B, D): T steps of B rows of D inputs;
 * h_t (B, H): the state of H units after step t, h_0 the initial one. W_ih (H, D), W_hh (H, H),
 * b_ih and b_hh (H); ' transposes, products without a sign go element by element.
 *
 *	 for t = 1 .. T:									(run_cell in stack_forward.c)
 *		h_t = tanh(x_t * W_ih' + b_ih + h_(t-1) * W_hh' + b_hh)		(B, H)
 *
 * Backward, dv is the derivative of the loss by v; dh (B, H) begins at zero:
 *
 *	 for t = T .. 1:									(run_cell_back in stack_backward.c)
 *		dh += what loss and layer above give for h_t
 *		da = dh (1 - h_t^2)										(B, H)
 *		db_ih += column sums of da		db_hh likewise			(H)
 *		dW_ih += da' * x_t				dW_hh += da' * h_(t-1)	(H, D), (H, H)
 *		dx_t = da * W_ih				dh = da * W_hh			(B, D), (B, H)
 *	 what is left in dh belongs to h_0
 *
 * rnn_forward does one round of the first loop; rnn_backward the element-wise part of a round
 * of the second, and db; the kernels multiply and accumulate do its products. A gate
 * row is one block of P, which backward fills with da.
 */
#include "kernels_plain.h"

const lf_cell_traits lf_rnn_traits = {
	.gates = 1,
	.blocks = 1,
	.has_c = false,
	.keeps_gates = false,
	.state_bypasses = false,
	.input_gate = {0},
	.recurrent_gate = {0},
};

/* Step t, for a panel of units of a row at a time. */
static void
rnn_forward(const lf_forward_step *step)
{
	const size_t P = step->padded;
	const size_t depth = forward_depth(step);

	for (int64_t row = 0; row < step->rows; row++)
	{
		const lf_real *panel = step->weights;
		size_t width;

		for (size_t unit = 0; unit < P; unit += width, panel += depth * width)
		{
			lf_real sums[PANEL];
			const lf_real *weights;

			width = lf_panel_vectors((P - unit) / LANES) * LANES;
			for (size_t u = 0; u < width; u++)
				sums[u] = step->bias[unit + u];
			weights = add_inputs(sums, step, row, panel, width);
			add_product(sums, step->h_previous + row * P, step->hidden, weights, width);
			for (size_t u = 0; u < width; u++)
				step->h[row * P + unit + u] = real_tanh(sums[u]);
		}
	}
}

/* Step t, element by element. */
static void
rnn_backward(const lf_backward_step *step)
{
	const size_t P = step->padded;

	for (int64_t row = 0; row < step->rows; row++)
	{
		lf_real *gates = step->gates + row * step->gate_stride;

		for (size_t u = 0; u < P; u++)
		{
			const lf_real h = step->h[row * P + u];

			gates[u] = step->d_h[row * P + u] * (1 - h * h);
			step->d_bias[u] += gates[u];
		}
	}
}

const lf_cell_kernels lf_rnn_plain = {rnn_forward, rnn_backward};
