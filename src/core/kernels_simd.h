/*
 * kernels_simd.h
 *	  The register-tiled kernels: one source, compiled for each instruction set.
 *
 * The including file defines LANES (reals in a vector), TILE_ROWS (rows of a
 * tile, as many as the registers allow), PANEL_AHEAD (rows of a packed panel
 * that are fetched before their turn), the type `vector`, and splat,
 * multiply_add, clamp.
 *
 * All the work is in one loop over add_multiples: a tile of R rows by W vectors of
 * sums stays in registers while k runs over a packed panel. Each k loads W
 * vectors of weights, broadcasts R inputs and does R * W multiply-adds, so the
 * multipliers are the limit, not the loads. R and W are constants wherever the
 * loop is inlined: there is a function for each R (and W), chosen from a table.
 *
 * The forward tiles go on from the sums to the new states without leaving the
 * registers; no library is called, and no branch depends on the data. The
 * backward kernels of the cells are in kernels_simd_backward.h. The equations are
 * those of cell_lstm.c, cell_gru.c and cell_rnn.c, in the same names.
 */
#include <stdbool.h>
#include <string.h>

#include "cell.h"
#include "kernels_simd_backward.h"
#include "vector.h"

#define MAX_VECTORS LF_PANEL_VECTORS

/* Rows of B in a block of accumulate: a panel of them takes half of a first-level cache. */
#define DEPTH 96
#define PAGE_BYTES 4096
#define COPY_ROWS 64 /* of C, that pay for a copy of B */

/* Rows of the next tile where so many are left: as even as can be, as thin tiles wait for loads. */
INLINE int
tile_rows(int64_t left)
{
	const int64_t tiles = (left + TILE_ROWS - 1) / TILE_ROWS;

	return (int) ((left + tiles - 1) / tiles);
}

/* Every row of sums starts from the same W vectors, stride reals apart. */
INLINE void
set_sums(const int R, const int W, vector (*sums)[MAX_VECTORS], const float *start, size_t stride)
{
	UNROLL
	for (int r = 0; r < R; r++)
	{
		UNROLL
		for (int v = 0; v < W; v++)
			sums[r][v] = load(start + v * stride);
	}
}

INLINE void
clear_sums(const int R, const int W, vector (*sums)[MAX_VECTORS])
{
	UNROLL
	for (int r = 0; r < R; r++)
	{
		UNROLL
		for (int v = 0; v < W; v++)
			sums[r][v] = splat(0);
	}
}

/* Fetch the row of a packed panel whose turn comes in a while. */
INLINE void
fetch_ahead(const int W, const float *panel)
{
	if (PANEL_AHEAD == 0)
		return;
	UNROLL
	for (int v = 0; v < W; v++)
		__builtin_prefetch(panel + (PANEL_AHEAD * W + v) * LANES);
}

/* sums[r][v] += rows[r * stride] * weights[v], v < W: one k. */
INLINE void
add_multiples(const int R, const int W, vector (*sums)[MAX_VECTORS], const float *rows,
			  size_t stride, const float *weights)
{
	vector input[TILE_ROWS];

	UNROLL
	for (int r = 0; r < R; r++)
		input[r] = splat(rows[r * stride]);
	UNROLL
	for (int v = 0; v < W; v++)
	{
		const vector weight = load(weights + v * LANES);

		UNROLL
		for (int r = 0; r < R; r++)
			sums[r][v] = add_multiple(sums[r][v], input[r], weight);
	}
}

/*
 * sums[r][v] += rows[r * stride + k] * panel[k][v], v < W, over count k's; returns
 * the end of the panel.
 */
INLINE const float *
add_product(const int R, const int W, vector (*sums)[MAX_VECTORS], const float *rows, size_t stride,
			size_t count, const float *panel)
{
	for (size_t k = 0; k < count; k++, panel += W * LANES)
	{
		fetch_ahead(W, panel);
		add_multiples(R, W, sums, rows + k, stride, panel);
	}
	return panel;
}

/* add_product over what rows of a step read beside the previous state. */
INLINE const float *
add_inputs(const int R, const int W, vector (*sums)[MAX_VECTORS], const lf_forward_step *step,
		   int64_t row, const float *panel)
{
	for (int s = 0; s < step->segments; s++)
	{
		const lf_step_input *input = &step->input[s];

		panel = add_product(R, W, sums, input->rows + row * input->stride, input->stride,
							input->count, panel);
	}
	return panel;
}

/* add_product over the previous state; panel is where its weights begin. */
INLINE void
add_state(const int R, const int W, vector (*sums)[MAX_VECTORS], const lf_forward_step *step,
		  int64_t row, const float *panel)
{
	add_product(R, W, sums, step->h_previous + row * step->padded, step->padded, step->hidden,
				panel);
}

/* Rows of the packed forward weights. */
INLINE size_t
forward_depth(const lf_forward_step *step)
{
	size_t depth = step->hidden;

	for (int s = 0; s < step->segments; s++)
		depth += step->input[s].count;
	return depth;
}

/* LSTM: the gates i f g o of LANES units from `unit`, for R rows. */
INLINE void
lstm_tile(const int R, const lf_forward_step *step, int64_t row, size_t unit, const float *panel)
{
	const size_t P = step->padded;
	vector sums[TILE_ROWS][MAX_VECTORS];

	set_sums(R, 4, sums, step->bias + unit, P);
	panel = add_inputs(R, 4, sums, step, row, panel);
	add_state(R, 4, sums, step, row, panel);
	UNROLL
	for (int r = 0; r < R; r++)
	{
		const size_t at = (row + r) * P + unit;
		const vector i = sigmoid_vector(sums[r][0]);
		const vector f = sigmoid_vector(sums[r][1]);
		const vector g = tanh_vector(sums[r][2]);
		const vector o = sigmoid_vector(sums[r][3]);
		const vector c = multiply_add(f, load(step->c_previous + at), i * g);
		const vector y = tanh_vector(c);

		store(step->c + at, c);
		store(step->h + at, o * y);
		if (step->gates != NULL)
		{
			float *gate = step->gates + (row + r) * step->gate_stride + unit;

			store(gate, i);
			store(gate + P, f);
			store(gate + 2 * P, g);
			store(gate + 3 * P, o);
		}
	}
}

/* GRU: r, z, n of LANES units, for R rows; n's two parts, of the inputs and of the state, stay
 * apart. */
INLINE void
gru_tile(const int R, const lf_forward_step *step, int64_t row, size_t unit, const float *panel)
{
	const size_t P = step->padded;
	vector sums[TILE_ROWS][MAX_VECTORS];
	vector n_input[TILE_ROWS];

	set_sums(R, 3, sums, step->bias + P + unit, P);
	panel = add_inputs(R, 3, sums, step, row, panel);
	UNROLL
	for (int r = 0; r < R; r++)
	{
		n_input[r] = sums[r][2];
		sums[r][2] = load(step->bias + unit);
	}
	add_state(R, 3, sums, step, row, panel);
	UNROLL
	for (int r = 0; r < R; r++)
	{
		const size_t at = (row + r) * P + unit;
		const vector reset = sigmoid_vector(sums[r][0]);
		const vector z = sigmoid_vector(sums[r][1]);
		const vector n = tanh_vector(multiply_add(reset, sums[r][2], n_input[r]));

		store(step->h + at, multiply_add(z, load(step->h_previous + at) - n, n));
		if (step->gates != NULL)
		{
			float *gate = step->gates + (row + r) * step->gate_stride + unit;

			store(gate, sums[r][2]);
			store(gate + P, reset);
			store(gate + 2 * P, z);
			store(gate + 3 * P, n);
		}
	}
}

/* RNN: W vectors of units. */
INLINE void
rnn_tile(const int R, const int W, const lf_forward_step *step, int64_t row, size_t unit,
		 const float *panel)
{
	const size_t P = step->padded;
	vector sums[TILE_ROWS][MAX_VECTORS];

	set_sums(R, W, sums, step->bias + unit, LANES);
	panel = add_inputs(R, W, sums, step, row, panel);
	add_state(R, W, sums, step, row, panel);
	UNROLL
	for (int r = 0; r < R; r++)
	{
		UNROLL
		for (int v = 0; v < W; v++)
			store(step->h + (row + r) * P + unit + v * LANES, tanh_vector(sums[r][v]));
	}
}

/* One tile of the product C (M, N) = A (M, K) * packed (K, N), or of +=. */
typedef struct multiply_task
{
	const float *A;
	size_t lda;
	size_t K;
	bool add;
	float *C;
	size_t ldc;
	size_t N;
	/* what a tile fetches of its rows of next: from which byte of a row on, how many more each k */
	const float *next;
	size_t ahead;
	size_t ahead_step;
} multiply_task;

/* The last vector of a row of C may have fewer than LANES columns: through a copy. */
INLINE void
store_part(float *p, vector v, bool add, size_t columns)
{
	float values[LANES];

	store(values, v);
	for (size_t u = 0; u < columns && u < LANES; u++)
		p[u] = add ? p[u] + values[u] : values[u];
}

INLINE void
multiply_tile(const int R, const int W, const multiply_task *task, int64_t row, size_t column,
			  const float *panel)
{
	const float *A = task->A + row * task->lda;
	float *C = task->C + row * task->ldc + column;
	vector sums[TILE_ROWS][MAX_VECTORS];
	const size_t ahead_step = R * task->ahead_step;
	const char *ahead = (const char *) (task->next + row * task->lda) + R * task->ahead;

	clear_sums(R, W, sums);
	for (size_t k = 0; k < task->K; k++, panel += W * LANES, ahead += ahead_step)
	{
		if (PANEL_AHEAD > 0)
			__builtin_prefetch(ahead, 0, 2);
		fetch_ahead(W, panel);
		add_multiples(R, W, sums, A + k, task->lda, panel);
	}
	UNROLL
	for (int r = 0; r < R; r++)
	{
		UNROLL
		for (int v = 0; v < W; v++)
		{
			float *out = C + r * task->ldc + v * LANES;

			if (column + (v + 1) * LANES > task->N)
				store_part(out, sums[r][v], task->add, task->N - column - v * LANES);
			else if (task->add)
				add_to(out, sums[r][v]);
			else
				store(out, sums[r][v]);
		}
	}
}

/* One tile of C (N, G) += transposed A (K, N) * B (K, G). */
typedef struct accumulate_task
{
	const float *A;
	size_t lda;
	const float *B;
	size_t ldb;
	int64_t K;
	float *C;
	size_t ldc;
} accumulate_task;

INLINE void
accumulate_tile(const int R, const int W, const accumulate_task *task, int64_t row, size_t column)
{
	const float *A = task->A + row;
	const float *B = task->B + column;
	float *C = task->C + row * task->ldc + column;
	vector sums[TILE_ROWS][MAX_VECTORS];

	/* the tile of C is wanted when the sums are done: fetch it meanwhile */
	UNROLL
	for (int r = 0; r < R; r++)
	{
		UNROLL
		for (int v = 0; v < W; v++)
			__builtin_prefetch(C + r * task->ldc + v * LANES, 1);
	}
	clear_sums(R, W, sums);
	for (int64_t k = 0; k < task->K; k++, A += task->lda, B += task->ldb)
		add_multiples(R, W, sums, A, 1, B);
	UNROLL
	for (int r = 0; r < R; r++)
	{
		UNROLL
		for (int v = 0; v < W; v++)
			add_to(C + r * task->ldc + v * LANES, sums[r][v]);
	}
}

/* The functions of constant R and W, and the tables they are chosen from. */
#define FORWARD_TILE(R)                                                                            \
	static void lstm_tile_##R(const lf_forward_step *step, int64_t row, size_t unit,               \
							  const float *panel)                                                  \
	{                                                                                              \
		lstm_tile(R, step, row, unit, panel);                                                      \
	}                                                                                              \
	static void gru_tile_##R(const lf_forward_step *step, int64_t row, size_t unit,                \
							 const float *panel)                                                   \
	{                                                                                              \
		gru_tile(R, step, row, unit, panel);                                                       \
	}                                                                                              \
	PRODUCT_TILE(R, 1)                                                                             \
	PRODUCT_TILE(R, 2)                                                                             \
	PRODUCT_TILE(R, 3)                                                                             \
	PRODUCT_TILE(R, 4)

#define PRODUCT_TILE(R, W)                                                                         \
	static void rnn_tile_##R##_##W(const lf_forward_step *step, int64_t row, size_t unit,          \
								   const float *panel)                                             \
	{                                                                                              \
		rnn_tile(R, W, step, row, unit, panel);                                                    \
	}                                                                                              \
	static void multiply_tile_##R##_##W(const multiply_task *task, int64_t row, size_t column,     \
										const float *panel)                                        \
	{                                                                                              \
		multiply_tile(R, W, task, row, column, panel);                                             \
	}                                                                                              \
	static void accumulate_tile_##R##_##W(const accumulate_task *task, int64_t row, size_t column) \
	{                                                                                              \
		accumulate_tile(R, W, task, row, column);                                                  \
	}

FORWARD_TILE(1)
FORWARD_TILE(2)
FORWARD_TILE(3)
#if TILE_ROWS == 6
FORWARD_TILE(4)
FORWARD_TILE(5)
FORWARD_TILE(6)
#define BY_ROWS(name)                                                                              \
	{                                                                                              \
		NULL, name##_1, name##_2, name##_3, name##_4, name##_5, name##_6                           \
	}
#define BY_VECTORS(name, R)                                                                        \
	{                                                                                              \
		NULL, name##_##R##_1, name##_##R##_2, name##_##R##_3, name##_##R##_4                       \
	}
#define BY_BOTH(name)                                                                              \
	{                                                                                              \
		{NULL}, BY_VECTORS(name, 1), BY_VECTORS(name, 2), BY_VECTORS(name, 3),                     \
			BY_VECTORS(name, 4), BY_VECTORS(name, 5), BY_VECTORS(name, 6)                          \
	}
#else
#define BY_ROWS(name)                                                                              \
	{                                                                                              \
		NULL, name##_1, name##_2, name##_3                                                         \
	}
#define BY_VECTORS(name, R)                                                                        \
	{                                                                                              \
		NULL, name##_##R##_1, name##_##R##_2, name##_##R##_3, name##_##R##_4                       \
	}
#define BY_BOTH(name)                                                                              \
	{                                                                                              \
		{NULL}, BY_VECTORS(name, 1), BY_VECTORS(name, 2), BY_VECTORS(name, 3)                      \
	}
#endif

typedef void forward_tile(const lf_forward_step *, int64_t, size_t, const float *);
typedef void product_tile(const multiply_task *, int64_t, size_t, const float *);
typedef void sum_tile(const accumulate_task *, int64_t, size_t);

/* All rows of a step, panel by panel, so that a panel stays in the first-level cache. */
INLINE void
forward_panel(forward_tile *const *tiles, const lf_forward_step *step, size_t unit,
			  const float *panel)
{
	int rows;

	for (int64_t row = 0; row < step->rows; row += rows)
	{
		rows = tile_rows(step->rows - row);
		tiles[rows](step, row, unit, panel);
	}
}

static void
lstm_forward(const lf_forward_step *step)
{
	static forward_tile *const tiles[] = BY_ROWS(lstm_tile);
	const size_t panel_size = forward_depth(step) * 4 * LANES;
	const float *panel = step->weights;

	for (size_t unit = 0; unit < step->padded; unit += LANES, panel += panel_size)
		forward_panel(tiles, step, unit, panel);
}

static void
gru_forward(const lf_forward_step *step)
{
	static forward_tile *const tiles[] = BY_ROWS(gru_tile);
	const size_t panel_size = forward_depth(step) * 3 * LANES;
	const float *panel = step->weights;

	for (size_t unit = 0; unit < step->padded; unit += LANES, panel += panel_size)
		forward_panel(tiles, step, unit, panel);
}

static void
rnn_forward(const lf_forward_step *step)
{
	static forward_tile *const tiles[][MAX_VECTORS + 1] = BY_BOTH(rnn_tile);
	const size_t depth = forward_depth(step);
	const float *panel = step->weights;
	size_t vectors;

	for (size_t unit = 0; unit < step->padded; unit += vectors * LANES)
	{
		int rows;

		vectors = lf_panel_vectors((step->padded - unit) / LANES);
		for (int64_t row = 0; row < step->rows; row += rows)
		{
			rows = tile_rows(step->rows - row);
			tiles[rows][vectors](step, row, unit, panel);
		}
		panel += depth * vectors * LANES;
	}
}

static void
multiply(const float *A, size_t lda, int64_t M, size_t K, const float *packed, size_t N, bool add,
		 float *C, size_t ldc, const float *next)
{
	static product_tile *const tiles[][MAX_VECTORS + 1] = BY_BOTH(multiply_tile);
	multiply_task task = {A, lda, K, add, C, ldc, N, next != NULL ? next : A, 0, 0};
	size_t vectors;

	for (size_t column = 0; column < N; column += vectors * LANES)
	{
		int rows;

		vectors = lf_panel_vectors((N - column + LANES - 1) / LANES);
		if (next != NULL)
			task.ahead_step = lda * sizeof(float) * vectors * LANES / (K * N) + 1;
		for (int64_t row = 0; row < M; row += rows)
		{
			rows = tile_rows(M - row);
			tiles[rows][vectors](&task, row, column, packed);
		}
		packed += K * vectors * LANES;
		task.ahead += K * task.ahead_step;
	}
}

/* The tiles of columns [0, vectors * LANES) of C. */
INLINE void
accumulate_panel(sum_tile *const (*tiles)[MAX_VECTORS + 1], size_t vectors, size_t N,
				 const accumulate_task *task)
{
	int rows;

	for (size_t row = 0; row < N; row += rows)
	{
		rows = tile_rows(N - row);
		tiles[rows][vectors](task, row, 0);
	}
}

/* Rows of B, vectors * LANES reals of each, one behind the other. */
INLINE void
copy_rows(const float *B, size_t ldb, int64_t rows, size_t vectors, float *copied)
{
	for (int64_t row = 0; row < rows; row++, B += ldb, copied += vectors * LANES)
		for (size_t v = 0; v < vectors; v++)
			store(copied + v * LANES, load(B + v * LANES));
}

/*
 * In blocks of K, so that the rows of B that a panel of C needs stay in the
 * first-level cache for all rows of C. Where each of them lies in a page of its
 * own they are copied side by side, as the processor knows fewer pages by heart.
 */
static void
accumulate(const float *A, size_t lda, size_t N, const float *B, size_t ldb, size_t G, int64_t K,
		   float *C, size_t ldc)
{
	static sum_tile *const tiles[][MAX_VECTORS + 1] = BY_BOTH(accumulate_tile);
	const bool copy = ldb * sizeof(float) >= PAGE_BYTES && N >= COPY_ROWS;
	_Alignas(64) float copied[DEPTH * MAX_VECTORS * LANES];
	size_t vectors;

	for (int64_t k = 0; k < K; k += DEPTH)
	{
		const int64_t depth = K - k < DEPTH ? K - k : DEPTH;

		for (size_t column = 0; column < G; column += vectors * LANES)
		{
			accumulate_task task = {A + k * lda, lda, B + k * ldb + column, ldb, depth,
									C + column,  ldc};

			vectors = lf_panel_vectors((G - column) / LANES);
			if (copy)
			{
				copy_rows(task.B, ldb, depth, vectors, copied);
				task.B = copied;
				task.ldb = vectors * LANES;
			}
			accumulate_panel(tiles, vectors, N, &task);
		}
	}
}

static const lf_cell_kernels lstm = {lstm_forward, lstm_backward};
static const lf_cell_kernels gru = {gru_forward, gru_backward};
static const lf_cell_kernels rnn = {rnn_forward, rnn_backward};
static const lf_product_kernels product = {multiply, accumulate};

const lf_kernels KERNELS_TABLE = {
	.name = KERNELS_NAME,
	.width = LANES,
	.flops_per_second = KERNELS_FLOPS,
	.cell = {[LF_CELL_LSTM] = &lstm, [LF_CELL_GRU] = &gru, [LF_CELL_RNN] = &rnn},
	.product = &product,
};
