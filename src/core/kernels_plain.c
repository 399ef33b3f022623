/*
 * kernels_plain.c
 *	  The kernels in plain C: for every CPU, for double, and as the reference for the others.
 *
 * Loops over the units of one panel are innermost and of constant length, so
 * that compilers vectorise them where they can; that is all the tuning there is.
 */
#include <math.h>
#include <stdbool.h>

#include "cell.h"

/* Units in a "vector" of this table. */
#define LANES 4
#define PANEL (LF_PANEL_VECTORS * LANES)

#ifdef LF_REAL_DOUBLE
#define real_tanh tanh
#define real_exp exp
#else
#define real_tanh tanhf
#define real_exp expf
#endif

static inline lf_real
sigmoid(lf_real x)
{
	return 1 / (1 + real_exp(-x));
}

/* sums[width] += row (count) * panel (count, width); returns the end of the panel. */
static const lf_real *
add_product(lf_real *restrict sums, const lf_real *row, size_t count, const lf_real *panel,
			size_t width)
{
	for (size_t k = 0; k < count; k++, panel += width)
		for (size_t u = 0; u < width; u++)
			sums[u] += row[k] * panel[u];
	return panel;
}

/* The same for all that a row of the step reads beside its state. */
static inline const lf_real *
add_inputs(lf_real *sums, const lf_forward_step *step, int64_t row, const lf_real *panel,
		   size_t width)
{
	for (int s = 0; s < step->segments; s++)
	{
		const lf_step_input *input = &step->input[s];

		panel = add_product(sums, input->rows + row * input->stride, input->count, panel, width);
	}
	return panel;
}

/* Rows of the packed forward weights. */
static size_t
forward_depth(const lf_forward_step *step)
{
	size_t depth = step->hidden;

	for (int s = 0; s < step->segments; s++)
		depth += step->input[s].count;
	return depth;
}

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

static void
multiply(const lf_real *A, size_t lda, int64_t M, size_t K, const lf_real *packed, size_t N,
		 bool add, lf_real *C, size_t ldc, const lf_real *next)
{
	(void) next;
	for (int64_t row = 0; row < M; row++)
	{
		const lf_real *panel = packed;
		size_t width;

		for (size_t column = 0; column < N; column += width, panel += K * width)
		{
			lf_real sums[PANEL] = {0};
			lf_real *out = C + row * ldc + column;

			width = lf_panel_vectors((N - column + LANES - 1) / LANES) * LANES;
			add_product(sums, A + row * lda, K, panel, width);
			for (size_t u = 0; u < width && column + u < N; u++)
				out[u] = add ? out[u] + sums[u] : sums[u];
		}
	}
}

static void
accumulate(const lf_real *A, size_t lda, size_t N, const lf_real *B, size_t ldb, size_t G,
		   int64_t K, lf_real *C, size_t ldc)
{
	for (size_t n = 0; n < N; n++)
	{
		for (size_t g = 0; g < G; g += LANES)
		{
			lf_real sums[LANES] = {0};

			for (int64_t k = 0; k < K; k++)
				for (size_t u = 0; u < LANES; u++)
					sums[u] += A[k * lda + n] * B[k * ldb + g + u];
			for (size_t u = 0; u < LANES; u++)
				C[n * ldc + g + u] += sums[u];
		}
	}
}

static const lf_cell_kernels lstm = {lstm_forward, lstm_backward};
static const lf_cell_kernels gru = {gru_forward, gru_backward};
static const lf_cell_kernels rnn = {rnn_forward, rnn_backward};
static const lf_product_kernels product = {multiply, accumulate};

const lf_kernels lf_kernels_plain = {
	.name = "plain",
	.width = LANES,
	.flops_per_second = 2e9,
	.cell = {[LF_CELL_LSTM] = &lstm, [LF_CELL_GRU] = &gru, [LF_CELL_RNN] = &rnn},
	.product = &product,
};
