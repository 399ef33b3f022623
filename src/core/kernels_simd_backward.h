/*
 * kernels_simd_backward.h
 *	  The element-wise backward kernels of the cells, for kernels_simd.h.
 *
 * Over the same definitions of the including file. They do what lf_backward_step
 * in cell.h says, and what the plain ones do in cell_lstm.c, cell_gru.c, cell_rnn.c:
 * gates are replaced by their gradients. The products of these
 * with weights and inputs are in kernels_simd.h.
 *
 * Rows are taken in blocks, and units outside rows, so that the bias gradients of
 * a block add up in registers.
 */
#ifndef LF_KERNELS_SIMD_BACKWARD_H
#define LF_KERNELS_SIMD_BACKWARD_H

#include "cell.h"
#include "vector.h"

#define BLOCK_ROWS 16

/* LANES units of rows [row, end). */
INLINE void
lstm_backward_block(const lf_backward_step *step, int64_t row, int64_t end, size_t unit)
{
	const size_t P = step->padded;
	const vector one = splat(1);
	vector d_bias[4] = {splat(0), splat(0), splat(0), splat(0)};

	for (; row < end; row++)
	{
		const size_t at = row * P + unit;
		float *gate = step->gates + row * step->gate_stride + unit;
		const vector i = load(gate);
		const vector f = load(gate + P);
		const vector g = load(gate + 2 * P);
		const vector o = load(gate + 3 * P);
		const vector y = load(step->h + at) / (o + splat(LF_LEAST_GATE));
		const vector dh = load(step->d_h + at);
		const vector dc = load(step->d_c + at) + dh * o * (one - y * y);
		const vector di = dc * g * i * (one - i);
		const vector df = dc * load(step->c_previous + at) * f * (one - f);
		const vector dg = dc * i * (one - g * g);
		const vector dout = dh * y * o * (one - o);

		store(gate, di);
		store(gate + P, df);
		store(gate + 2 * P, dg);
		store(gate + 3 * P, dout);
		store(step->d_c + at, dc * f);
		d_bias[0] += di;
		d_bias[1] += df;
		d_bias[2] += dg;
		d_bias[3] += dout;
	}
	for (int v = 0; v < 4; v++)
		add_to(step->d_bias + v * P + unit, d_bias[v]);
}

INLINE void
gru_backward_block(const lf_backward_step *step, int64_t row, int64_t end, size_t unit)
{
	const size_t P = step->padded;
	const vector one = splat(1);
	vector d_bias[4] = {splat(0), splat(0), splat(0), splat(0)};

	for (; row < end; row++)
	{
		const size_t at = row * P + unit;
		float *gate = step->gates + row * step->gate_stride + unit;
		const vector hn = load(gate);
		const vector r = load(gate + P);
		const vector z = load(gate + 2 * P);
		const vector n = load(gate + 3 * P);
		const vector dh = load(step->d_h + at);
		const vector dn = dh * (one - z) * (one - n * n);
		const vector dhn = dn * r;
		const vector dr = dn * hn * r * (one - r);
		const vector dz = dh * (load(step->h_previous + at) - n) * z * (one - z);

		store(gate, dhn);
		store(gate + P, dr);
		store(gate + 2 * P, dz);
		store(gate + 3 * P, dn);
		store(step->d_h + at, dh * z);
		d_bias[0] += dhn;
		d_bias[1] += dr;
		d_bias[2] += dz;
		d_bias[3] += dn;
	}
	for (int v = 0; v < 4; v++)
		add_to(step->d_bias + v * P + unit, d_bias[v]);
}

INLINE void
rnn_backward_block(const lf_backward_step *step, int64_t row, int64_t end, size_t unit)
{
	vector d_bias = splat(0);

	for (; row < end; row++)
	{
		const size_t at = row * step->padded + unit;
		const vector h = load(step->h + at);
		const vector d = load(step->d_h + at) * (splat(1) - h * h);

		store(step->gates + row * step->gate_stride + unit, d);
		d_bias += d;
	}
	add_to(step->d_bias + unit, d_bias);
}

#define BACKWARD(cell)                                                                             \
	static void cell##_backward(const lf_backward_step *step)                                      \
	{                                                                                              \
		for (int64_t row = 0; row < step->rows; row += BLOCK_ROWS)                                 \
		{                                                                                          \
			const int64_t left = step->rows - row;                                                 \
			const int64_t end = row + (left < BLOCK_ROWS ? left : BLOCK_ROWS);                     \
                                                                                                   \
			for (size_t unit = 0; unit < step->padded; unit += LANES)                              \
				cell##_backward_block(step, row, end, unit);                                       \
		}                                                                                          \
	}

BACKWARD(lstm)
BACKWARD(gru)
BACKWARD(rnn)

#endif
