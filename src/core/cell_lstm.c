/*
 * cell_lstm.c
 *	  The LSTM: its equations, and one step of it in plain C, forward and backward.
 *
 * As torch.nn.LSTM has it (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000).
 * x (T, B, D): T steps of B rows of D inputs; h_t, c_t (B, H): the states of H units after step
 * t, h_0 and c_0 the initial ones. W_ih (4H, D), W_hh (4H, H), b_ih and b_hh (4H) hold the gates
 * i, f, g, o one above the other; ' transposes, products without a sign go element by element.
 *
 *	 for t = 1 .. T:									(run_cell in stack_forward.c)
 *		a = x_t * W_ih' + b_ih + h_(t-1) * W_hh' + b_hh	(B, 4H): a_i a_f a_g a_o
 *		i = sigmoid(a_i)	f = sigmoid(a_f)	g = tanh(a_g)	o = sigmoid(a_o)
 *		c_t = f c_(t-1) + i g							(B, H)
 *		h_t = o tanh(c_t)								(B, H)
 *
 * Backward, dv is the derivative of the loss by v; dh and dc (B, H) begin at zero:
 *
 *	 for t = T .. 1:									(run_cell_back in stack_backward.c)
 *		dh += what loss and layer above give for h_t, dc likewise for c_t
 *		dc += dh o (1 - tanh(c_t)^2)
 *		da_i = dc g i (1 - i)			da_f = dc c_(t-1) f (1 - f)
 *		da_g = dc i (1 - g^2)			da_o = dh tanh(c_t) o (1 - o)
 *		db_ih += column sums of da		db_hh likewise			(4H)
 *		dW_ih += da' * x_t				dW_hh += da' * h_(t-1)	(4H, D), (4H, H)
 *		dx_t = da * W_ih				dh = da * W_hh			(B, D), (B, H)
 *		dc = dc f
 *	 what is left in dh and dc belongs to h_0 and c_0
 *
 * lstm_forward does one round of the first loop; lstm_backward the element-wise part of a round
 * of the second, and db; the kernels multiply and accumulate do its products. A gate
 * row is i f g o, each P wide; backward it becomes da.
 */
#include "kernels_plain.h"

const lf_cell_traits lf_lstm_traits = {
	.gates = 4,
	.blocks = 4,
	.has_c = true,
	.keeps_gates = true,
	.state_bypasses = false,
	.input_gate = {0, 1, 2, 3},
	.recurrent_gate = {0, 1, 2, 3},
};

/* Step t, for LANES units of a row at a time: a panel holds their columns of all four gates. */
static void
lstm_forward(const lf_forward_step *step)
{
	const size_t P = step->padded;
	const size_t panel_size = forward_depth(step) * 4 * LANES;

	for (int64_t row = 0; row < step->rows; row++)
	{
		const lf_real *panel = step->weights;

		for (size_t unit = 0; unit < P; unit += LANES, panel += panel_size)
		{
			lf_real sums[4 * LANES]; /* i f g o of LANES units */
			const lf_real *weights;

			for (size_t s = 0; s < 4 * LANES; s++)
				sums[s] = step->bias[s / LANES * P + unit + s % LANES];
			weights = add_inputs(sums, step, row, panel, 4 * LANES);
			add_product(sums, step->h_previous + row * P, step->hidden, weights, 4 * LANES);

			for (size_t u = 0; u < LANES; u++)
			{
				const size_t at = row * P + unit + u;
				const lf_real i = sigmoid(sums[u]);
				const lf_real f = sigmoid(sums[LANES + u]);
				const lf_real g = real_tanh(sums[2 * LANES + u]);
				const lf_real o = sigmoid(sums[3 * LANES + u]);
				const lf_real c = f * step->c_previous[at] + i * g;
				const lf_real y = real_tanh(c);

				step->c[at] = c;
				step->h[at] = o * y;
				if (step->gates != NULL)
				{
					lf_real *gate = step->gates + row * step->gate_stride + unit + u;

					gate[0] = i;
					gate[P] = f;
					gate[2 * P] = g;
					gate[3 * P] = o;
				}
			}
		}
	}
}

/* Step t, element by element; tanh(c_t) is found again as h_t / o. */
static void
lstm_backward(const lf_backward_step *step)
{
	const size_t P = step->padded;

	for (int64_t row = 0; row < step->rows; row++)
	{
		lf_real *gates = step->gates + row * step->gate_stride;

		for (size_t u = 0; u < P; u++)
		{
			const size_t at = row * P + u;
			const lf_real i = gates[u];
			const lf_real f = gates[P + u];
			const lf_real g = gates[2 * P + u];
			const lf_real o = gates[3 * P + u];
			const lf_real y = step->h[at] / (o + LF_LEAST_GATE);
			const lf_real dh = step->d_h[at];
			const lf_real dc = step->d_c[at] + dh * o * (1 - y * y);

			gates[u] = dc * g * i * (1 - i);
			gates[P + u] = dc * step->c_previous[at] * f * (1 - f);
			gates[2 * P + u] = dc * i * (1 - g * g);
			gates[3 * P + u] = dh * y * o * (1 - o);
			step->d_c[at] = dc * f;
		}
		for (size_t u = 0; u < 4 * P; u++)
			step->d_bias[u] += gates[u];
	}
}

const lf_cell_kernels lf_lstm_plain = {lstm_forward, lstm_backward};
