/*
 * cell.h
 *	  What a table of kernels does for one kind of cell: private to cells, kernels and stack.
 *
 * Letters as in kernels.h. A gate row belongs to one row of a batch at one step
 * and holds blocks of P units:
 *
 *	 LSTM	i  f  g  o
 *	 GRU	hn r  z  n		hn = W_hn h + b_hn, the part that the reset gate scales
 *	 RNN	one block, written by the backward pass only
 *
 * The forward pass leaves activations there, and the backward pass puts in their
 * place the derivatives of the loss by what went into the activations. So the
 * recurrent weights meet the first G blocks of the row, the input weights the
 * last G blocks: contiguous both, for the GRU as well.
 *
 * A packed matrix (K, N) lies in panels of one to four vectors' width, one
 * panel behind the other, each row-major (K, width): exactly the order in which
 * a tile reads it. N is padded to whole vectors; lf_panel_vectors says how many
 * vectors the next panel takes.
 */
#ifndef LF_CELL_H
#define LF_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "kernels.h"
#include "real.h"

#define LF_MAX_GATES 4
#define LF_PANEL_VECTORS 4

/* Vectors of the next panel where `remaining` are left; avoids thin panels, which waste registers.
 */
static inline size_t
lf_panel_vectors(size_t remaining)
{
	if (remaining == LF_PANEL_VECTORS || remaining > 6)
		return LF_PANEL_VECTORS;
	return remaining > 3 ? 3 : remaining;
}

/*
 * Reals from one gate row to the next: a cache line more than the row, as rows
 * a power of two apart would fall on the same few lines of the first-level cache.
 */
static inline size_t
lf_gate_stride(size_t row)
{
	return row + 64 / sizeof(lf_real);
}

/* What a step reads beside the previous state: (B, count), stride reals from row to row. */
typedef struct lf_step_input
{
	const lf_real *rows;
	size_t stride;
	size_t count;
} lf_step_input;

/* A packed cell's weights need these many input segments: the directions of the layer below. */
#define LF_MAX_SEGMENTS 2

/* One time step forward of B rows, by the equations in cell_lstm.c, cell_gru.c, cell_rnn.c. */
typedef struct lf_forward_step
{
	int64_t rows; /* B */
	int segments;
	lf_step_input input[LF_MAX_SEGMENTS];
	size_t hidden;             /* H */
	size_t padded;             /* P */
	size_t gate_stride;        /* reals from one gate row to the next */
	const lf_real *weights;    /* packed (inputs + H, columns): see lf_cell_kernels.forward */
	const lf_real *bias;       /* a gate row: b_ih + b_hh, but for the GRU's hn and n */
	const lf_real *h_previous; /* (B, P) */
	const lf_real *c_previous; /* (B, P), LSTM */
	lf_real *h;                /* (B, P) */
	lf_real *c;                /* (B, P), LSTM */
	lf_real *gates;            /* (B, gate_stride); NULL: not kept; unused by the RNN */
} lf_forward_step;

/*
 * From the gradient of the states after a step to the gradient of its gates:
 * replaces gates, adds to d_bias, and leaves in d_c the gradient of c_previous,
 * in d_h that part of the gradient of h_previous which bypasses the gates (GRU).
 * The LSTM's tanh c is found again as h / o: reading it would take longer.
 */
#define LF_LEAST_GATE ((lf_real) 1e-30) /* keeps that from dividing by zero; h is zero then */

typedef struct lf_backward_step
{
	int64_t rows;
	size_t padded;
	size_t gate_stride;
	lf_real *gates;            /* (B, gate_stride) */
	const lf_real *h;          /* (B, P), LSTM, RNN */
	const lf_real *h_previous; /* (B, P), GRU */
	const lf_real *c_previous; /* (B, P), LSTM */
	lf_real *d_h;              /* (B, P) */
	lf_real *d_c;              /* (B, P), LSTM */
	lf_real *d_bias;           /* a gate row */
} lf_backward_step;

struct lf_cell_kernels
{
	/*
	 * The packed weights of forward: rows are the inputs, segment by segment,
	 * then the H units of the previous state. Columns, LSTM and GRU: a panel for
	 * each vector of units, PyTorch's gates side by side; RNN: the P units.
	 */
	void (*forward)(const lf_forward_step *step);
	void (*backward)(const lf_backward_step *step);
};

/*
 * C (M, N) = A (M, K) * packed (K, N), or += with add; N may end within a vector.
 * next, or NULL: M rows lda apart that will be wanted next, which a kernel may
 * fetch into the cache meanwhile.
 */
typedef void lf_multiply_kernel(const lf_real *A, size_t lda, int64_t M, size_t K,
								const lf_real *packed, size_t N, bool add, lf_real *C, size_t ldc,
								const lf_real *next);

/*
 * C (N, G) += transposed A (K, N) * B (K, G), G a multiple of the vector. The sum
 * over K starts at zero, so that long sums are made of short ones.
 */
typedef void lf_accumulate_kernel(const lf_real *A, size_t lda, size_t N, const lf_real *B,
								  size_t ldb, size_t G, int64_t K, lf_real *C, size_t ldc);

/* The products of the backward pass are the same for every cell. */
struct lf_product_kernels
{
	lf_multiply_kernel *multiply;
	lf_accumulate_kernel *accumulate;
};

/* What differs between cells outside the kernels. */
typedef struct lf_cell_traits
{
	int gates;                    /* G: gates in PyTorch's tensors */
	int blocks;                   /* P-wide blocks of a gate row */
	bool has_c;                   /* two states */
	bool keeps_gates;             /* backward needs the forward pass's activations */
	bool state_bypasses;          /* d_h after backward is part of the previous state's gradient */
	int input_gate[LF_MAX_GATES]; /* PyTorch's gate in each of the last G blocks */
	int recurrent_gate[LF_MAX_GATES]; /* and in each of the first G */
} lf_cell_traits;

extern const lf_cell_traits *lf_cell_get_traits(lf_cell_kind kind);

/* cell_lstm.c, cell_gru.c, cell_rnn.c: the cells, and their kernels in plain C. */
extern const lf_cell_traits lf_lstm_traits;
extern const lf_cell_traits lf_gru_traits;
extern const lf_cell_traits lf_rnn_traits;
extern const lf_cell_kernels lf_lstm_plain;
extern const lf_cell_kernels lf_gru_plain;
extern const lf_cell_kernels lf_rnn_plain;

/* kernels_*.c: the tables that kernels.c chooses from. */
#ifndef LF_REAL_DOUBLE
extern const lf_kernels lf_kernels_avx512;
extern const lf_kernels lf_kernels_avx2;
#endif
extern const lf_kernels lf_kernels_plain;

#endif
