/*
 * network_decoder.c
 *	  From the encoder's states to the answers, and back: direct, parallel, recursive.
 *
 * Answers do not depend on each other, and with the direct and the parallel
 * decoder neither do their output patches. So the decoder works in pieces that
 * stay near the cache, and with a gradient each piece goes all the way: forward,
 * loss, backward. Memory does not grow with the horizon or the answers, except
 * that the recursive decoder remembers all its steps of a piece.
 *
 * Rows of a piece are ordered by patch, then by answer: patch k of answer i is
 * row k * rows + i.
 */
#include <string.h>

#include "loss.h"
#include "network_private.h"

typedef struct piece
{
	int64_t row;  /* first answer */
	int64_t rows; /* answers */
	int patch;    /* first output patch */
	int patches;
} piece;

/* One step of so many rows (rows, D). */
static lf_stack_input
one_step(const lf_network *network, const lf_real *x, int64_t rows)
{
	return (lf_stack_input){.x = x, .stride = network->inputs, .steps = 1, .rows = rows};
}

static void
add_reals(size_t count, lf_real factor, const lf_real *restrict x, lf_real *restrict sum)
{
	for (size_t i = 0; i < count; i++)
		sum[i] += factor * x[i];
}

/*
 * The head's inputs at rows first .. first + rows - 1 from the top layer's
 * states, both directions side by side, and there what is known of the future, with
 * dropout.
 */
static void
gather_head_inputs(const lf_network_run *run, const lf_states *states, int64_t state_row,
				   int64_t rows, int64_t first)
{
	const lf_network *network = run->network;
	const int directions = network->head_directions;
	const int top = (network->config.num_layers - 1) * directions;
	const size_t H = network->config.hidden_size;
	const size_t P = network->stack.stride;
	const size_t F = network->features;
	const double dropout = network->config.dropout;
	lf_real *x = network->head_inputs + first * F;

	for (int64_t i = 0; i < rows; i++)
		for (int direction = 0; direction < directions; direction++)
			memcpy(x + i * F + direction * H, states->h[top + direction] + (state_row + i) * P,
				   H * sizeof(lf_real));
	if (network->future_in_head)
		add_reals(rows * F, 1, network->future_inputs + first * F, x);
	if (run->random != NULL && dropout > 0.0)
	{
		const uint32_t threshold = (uint32_t) (dropout * 4294967296.0);
		const lf_real scale = (lf_real) (1.0 / (1.0 - dropout));
		uint8_t *kept = network->kept + first * F;

		for (size_t i = 0; i < rows * F; i++)
		{
			kept[i] = lf_random_bits(run->random) >= threshold;
			x[i] = kept[i] ? x[i] * scale : 0;
		}
	}
}

/*
 * d_states += the gradient of the head's inputs, found in the first rows of
 * d_head_inputs, which at forward were rows first .. first + rows - 1.
 */
static void
scatter_head_gradient(const lf_network_run *run, int64_t first, int64_t rows, lf_states *d_states,
					  int64_t state_row)
{
	const lf_network *network = run->network;
	const int directions = network->head_directions;
	const int top = (network->config.num_layers - 1) * directions;
	const size_t H = network->config.hidden_size;
	const size_t P = network->stack.stride;
	const size_t F = network->features;
	const double dropout = network->config.dropout;
	lf_real *d_x = network->d_head_inputs;

	if (run->random != NULL && dropout > 0.0)
	{
		const lf_real scale = (lf_real) (1.0 / (1.0 - dropout));
		const uint8_t *kept = network->kept + first * F;

		for (size_t i = 0; i < rows * F; i++)
			d_x[i] = kept[i] ? d_x[i] * scale : 0;
	}
	for (int64_t i = 0; i < rows; i++)
		for (int direction = 0; direction < directions; direction++)
			add_reals(H, 1, d_x + i * F + direction * H,
					  d_states->h[top + direction] + (state_row + i) * P);
}

/* Zero the first rows of all states. */
static void
zero_states(const lf_stack *stack, int64_t rows, lf_states *states)
{
	const size_t bytes = rows * stack->stride * sizeof(lf_real);

	states->rows = rows;
	for (int cell = 0; cell < lf_stack_cells(stack); cell++)
	{
		if (states->h[cell] != NULL)
			memset(states->h[cell], 0, bytes);
		if (states->c[cell] != NULL)
			memset(states->c[cell], 0, bytes);
	}
}

/* The loss of a piece, and its derivative into d_output. */
static lf_status
measure_loss(lf_network_run *run, const piece *piece)
{
	const lf_network *network = run->network;
	const lf_batch *batch = run->batch;
	const int64_t H_out = network->config.horizon;
	const int64_t begin = (int64_t) piece->patch * network->head_outputs;
	const int last = piece->patch + piece->patches - 1;
	const int64_t end = (int64_t) last * network->head_outputs + lf_patch_columns(network, last);

	for (int64_t row = piece->row; row < piece->row + piece->rows; row++)
	{
		const int64_t at = row * H_out + begin;

		if (lf_interrupted(run->dense.interrupt))
			return LF_INTERRUPTED;
		run->loss += lf_loss_sum(run->loss_function, run->output + at, lf_plane_reals(run),
								 batch->target + at, batch->unit ? batch->unit + at : NULL,
								 batch->weight ? batch->weight + at : NULL, end - begin, run->scale,
								 network->d_output + at);
	}
	return LF_OK;
}

/* u of an output patch of the piece, into rows first .. of future_inputs, if there are covariates.
 */
static lf_status
read_future(const lf_network_run *run, const piece *piece, int patch, int64_t first)
{
	const lf_network *network = run->network;

	if (network->future_inputs == NULL)
		return LF_OK;
	return lf_future_forward(run, piece->row, piece->rows, patch,
							 network->future_inputs + first * network->future.outputs);
}

/* From d_u, the gradient of what u was added to, which is used up. */
static lf_status
read_future_backward(const lf_network_run *run, const piece *piece, int patch, int64_t first,
					 lf_real *d_u)
{
	const lf_network *network = run->network;

	if (network->future_inputs == NULL)
		return LF_OK;
	return lf_future_backward(run, piece->row, piece->rows, patch,
							  network->future_inputs + first * network->future.outputs, d_u);
}

/* direct: the head reads the encoder's states. */

static lf_status
direct_forward(lf_network_run *run, const piece *piece)
{
	const lf_status status = read_future(run, piece, 0, 0);

	if (status != LF_OK)
		return status;
	gather_head_inputs(run, &run->encoded, piece->row, piece->rows, 0);
	return lf_head_forward(run, run->network->head_inputs, piece->row, piece->rows, 0);
}

static lf_status
direct_backward(lf_network_run *run, const piece *piece)
{
	lf_network *network = run->network;
	const lf_status status = lf_head_backward(run, network->head_inputs, piece->row, piece->rows, 0,
											  network->d_head_inputs);

	if (status != LF_OK)
		return status;
	scatter_head_gradient(run, 0, piece->rows, &network->d_encoded, piece->row);
	return read_future_backward(run, piece, 0, 0, network->d_head_inputs);
}

/* parallel: one step of the encoder's stack for each output patch, all at once. */

/* Every output patch starts from its answer's states and reads its own position vector, with what
 * is known of its future. */
static lf_status
parallel_prepare(lf_network_run *run, const piece *piece)
{
	lf_network *network = run->network;
	const lf_stack *stack = &network->stack;
	const size_t D = network->inputs;
	const size_t block = piece->rows * stack->stride;
	const size_t from = piece->row * stack->stride;
	const lf_real *position =
		network->parameters + network->offsets.position + piece->patch * D; /* (m, D) */

	network->start.rows = piece->rows * piece->patches;
	for (int cell = 0; cell < lf_stack_cells(stack); cell++)
		for (int k = 0; k < piece->patches; k++)
		{
			memcpy(network->start.h[cell] + k * block, run->encoded.h[cell] + from,
				   block * sizeof(lf_real));
			if (network->start.c[cell] != NULL)
				memcpy(network->start.c[cell] + k * block, run->encoded.c[cell] + from,
					   block * sizeof(lf_real));
		}
	for (int k = 0; k < piece->patches; k++)
	{
		const lf_status status = read_future(run, piece, piece->patch + k, k * piece->rows);

		if (status != LF_OK)
			return status;
		for (int64_t i = 0; i < piece->rows; i++)
			memcpy(network->decoder_inputs + (k * piece->rows + i) * D, position + k * D,
				   D * sizeof(lf_real));
	}
	if (network->future_inputs != NULL && !network->future_in_head)
		add_reals(network->start.rows * D, 1, network->future_inputs, network->decoder_inputs);
	return LF_OK;
}

static lf_status
parallel_forward(lf_network_run *run, const piece *piece)
{
	lf_network *network = run->network;
	const int64_t Q = piece->rows * piece->patches;
	const lf_stack_input input = one_step(network, network->decoder_inputs, Q);
	lf_states decoded;
	lf_status status;

	status = parallel_prepare(run, piece);
	if (status != LF_OK)
		return status;
	status = lf_stack_forward(&network->stack, &network->step, &input, &network->start, run->random,
							  run->dense.interrupt);
	if (status != LF_OK)
		return status;
	lf_tape_states(&network->step, LF_STATES_FINAL, &decoded);
	gather_head_inputs(run, &decoded, 0, Q, 0);
	for (int k = 0; k < piece->patches && status == LF_OK; k++)
		status = lf_head_forward(run, network->head_inputs + k * piece->rows * network->features,
								 piece->row, piece->rows, piece->patch + k);
	return status;
}

/* What the decoder's initial states and inputs got goes to the encoder's states and the positions.
 */
static void
parallel_collect(lf_network_run *run, const piece *piece)
{
	lf_network *network = run->network;
	const lf_stack *stack = &network->stack;
	const size_t D = network->inputs;
	const size_t block = piece->rows * stack->stride;
	const size_t to = piece->row * stack->stride;
	lf_real *d_position = run->dense.gradient + network->offsets.position + piece->patch * D;

	for (int k = 0; k < piece->patches; k++)
	{
		for (int cell = 0; cell < lf_stack_cells(stack); cell++)
		{
			add_reals(block, 1, network->start.h[cell] + k * block,
					  network->d_encoded.h[cell] + to);
			if (network->start.c[cell] != NULL)
				add_reals(block, 1, network->start.c[cell] + k * block,
						  network->d_encoded.c[cell] + to);
		}
		lf_dense_add_columns(piece->rows, D, network->d_inputs + k * piece->rows * D, D,
							 d_position + k * D);
	}
}

static lf_status
parallel_backward(lf_network_run *run, const piece *piece)
{
	lf_network *network = run->network;
	const int64_t Q = piece->rows * piece->patches;
	const lf_stack_input input = one_step(network, network->decoder_inputs, Q);
	const lf_stack_gradient gradient = {.span = LF_STATES_FINAL,
										.d_states = &network->d_decoded,
										.d_x = network->d_inputs,
										.d_initial = &network->start};
	lf_status status = LF_OK;

	for (int k = 0; k < piece->patches && status == LF_OK; k++)
	{
		const int64_t at = k * piece->rows * network->features;

		status = lf_head_backward(run, network->head_inputs + at, piece->row, piece->rows,
								  piece->patch + k, network->d_head_inputs + at);
	}
	if (status != LF_OK)
		return status;
	zero_states(&network->stack, Q, &network->d_decoded);
	scatter_head_gradient(run, 0, Q, &network->d_decoded, 0);
	status =
		lf_stack_backward(&network->stack, &network->step, &input, &gradient, run->dense.interrupt);
	if (status != LF_OK)
		return status;
	parallel_collect(run, piece);
	for (int k = 0; k < piece->patches && status == LF_OK; k++)
	{
		const int64_t at = k * piece->rows;
		lf_real *d_u = network->future_in_head ? network->d_head_inputs + at * network->features
											   : network->d_inputs + at * network->inputs;

		status = read_future_backward(run, piece, piece->patch + k, at, d_u);
	}
	return status;
}

/* recursive: the decoder's own stack, step by step, reads what it answered before. */

/* The encoder's cells of a layer and the share of each in the decoder's initial state. */
static lf_real
recursive_share(const lf_network *network)
{
	return network->directions == 2 ? (lf_real) 0.5 : 1;
}

static void
recursive_start(lf_network_run *run, const piece *piece)
{
	lf_network *network = run->network;
	const size_t block = piece->rows * network->decoder.stride;
	const size_t from = piece->row * network->decoder.stride;
	const lf_real share = recursive_share(network);

	zero_states(&network->decoder, piece->rows, &network->start);
	for (int cell = 0; cell < lf_stack_cells(&network->stack); cell++)
	{
		const int layer = cell / network->directions;

		add_reals(block, share, run->encoded.h[cell] + from, network->start.h[layer]);
		if (network->start.c[layer] != NULL)
			add_reals(block, share, run->encoded.c[cell] + from, network->start.c[layer]);
	}
}

/* d_encoded += the gradient of the initial states. */
static void
recursive_collect(lf_network_run *run, const piece *piece, const lf_states *d_start)
{
	lf_network *network = run->network;
	const size_t block = piece->rows * network->decoder.stride;
	const size_t to = piece->row * network->decoder.stride;
	const lf_real share = recursive_share(network);

	for (int cell = 0; cell < lf_stack_cells(&network->stack); cell++)
	{
		const int layer = cell / network->directions;

		add_reals(block, share, d_start->h[layer], network->d_encoded.h[cell] + to);
		if (d_start->c[layer] != NULL)
			add_reals(block, share, d_start->c[layer], network->d_encoded.c[cell] + to);
	}
}

/* The answered patch, (rows, w * C): the target channel, the location; the others stay zero. */
static void
gather_fed_patch(const lf_network_run *run, const piece *piece, int patch, lf_real *fed)
{
	const lf_network *network = run->network;
	const int64_t H_out = network->config.horizon;
	const int64_t w = network->config.patch_length;
	const int64_t C = network->config.channels;

	for (int64_t i = 0; i < piece->rows; i++)
		for (int64_t j = 0; j < w; j++)
			fed[(i * w + j) * C] = run->output[(piece->row + i) * H_out + patch * w + j];
}

/* d_output += the gradient of the patch that was fed back. */
static void
scatter_fed_gradient(const lf_network_run *run, const piece *piece, int patch, const lf_real *d_fed)
{
	const lf_network *network = run->network;
	const int64_t H_out = network->config.horizon;
	const int64_t w = network->config.patch_length;
	const int64_t C = network->config.channels;

	for (int64_t i = 0; i < piece->rows; i++)
		for (int64_t j = 0; j < w; j++)
			network->d_output[(piece->row + i) * H_out + patch * w + j] += d_fed[(i * w + j) * C];
}

/* What step k > 0 reads, (rows, D). */
static lf_real *
fed_input(const lf_network *network, const piece *piece, int k)
{
	return network->decoder_inputs +
		   (network->training ? k * piece->rows * (int64_t) network->inputs : 0);
}

/*
 * What step k reads, (rows, D). The first step reads the answer's last input
 * patch, as the encoder did: with one answer, it is the window's last.
 */
static const lf_real *
recursive_input(const lf_network_run *run, const piece *piece, int k)
{
	const lf_network *network = run->network;
	const lf_real *encoder_input =
		network->embedded != NULL ? network->embedded : run->batch->patches; /* (n, B, D) */
	const int64_t first = (network->input_patches - network->answers) * run->batch->rows;

	if (k > 0)
		return fed_input(network, piece, k);
	return encoder_input + (first + piece->row) * network->inputs;
}

/* Make step k's input, k > 0, of the patch before. */
static lf_status
recursive_feed(const lf_network_run *run, const piece *piece, int k)
{
	const lf_network *network = run->network;
	lf_real *input = fed_input(network, piece, k);

	if (network->embedded == NULL)
	{
		gather_fed_patch(run, piece, k - 1, input);
		return LF_OK;
	}
	gather_fed_patch(run, piece, k - 1, network->fed_patch);
	return lf_rectifier_forward(&run->dense, &network->embedding, network->fed_patch, piece->rows,
								input);
}

static lf_status
recursive_forward(lf_network_run *run, const piece *piece)
{
	lf_network *network = run->network;
	lf_states states;
	lf_status status = LF_OK;

	recursive_start(run, piece);
	states = network->start;
	for (int k = 0; k < piece->patches && status == LF_OK; k++)
	{
		lf_tape *tape = &network->steps[network->training ? k : k % 2];
		const lf_stack_input input = one_step(network, recursive_input(run, piece, k), piece->rows);
		const int64_t at = network->training ? k * piece->rows : 0;

		if (k > 0)
			status = recursive_feed(run, piece, k);
		if (status == LF_OK)
			status = read_future(run, piece, k, at);
		if (status == LF_OK)
			status = lf_stack_forward(&network->decoder, tape, &input, &states, run->random,
									  run->dense.interrupt);
		if (status != LF_OK)
			break;
		lf_tape_states(tape, LF_STATES_FINAL, &states);
		gather_head_inputs(run, &states, 0, piece->rows, at);
		status = lf_head_forward(run, network->head_inputs + at * network->features, piece->row,
								 piece->rows, k);
	}
	return status;
}

/* The gradient of step k's input, in d_inputs, to where the input came from. */
static lf_status
recursive_input_backward(lf_network_run *run, const piece *piece, int k)
{
	lf_network *network = run->network;
	const int64_t D = network->inputs;
	lf_status status;

	if (k == 0)
	{
		if (network->d_first != NULL)
			memcpy(network->d_first + piece->row * D, network->d_inputs,
				   piece->rows * D * sizeof(lf_real));
		return LF_OK;
	}
	if (network->embedded == NULL)
	{
		scatter_fed_gradient(run, piece, k - 1, network->d_inputs);
		return LF_OK;
	}
	gather_fed_patch(run, piece, k - 1, network->fed_patch);
	status = lf_rectifier_backward(&run->dense, &network->embedding, network->fed_patch,
								   recursive_input(run, piece, k), piece->rows, network->d_inputs,
								   network->d_fed_patch);
	if (status == LF_OK)
		scatter_fed_gradient(run, piece, k - 1, network->d_fed_patch);
	return status;
}

static lf_status
recursive_backward(lf_network_run *run, const piece *piece)
{
	lf_network *network = run->network;
	/* gradients of the states after a step and before it, in turn */
	lf_states *d_after = &network->d_decoded;
	lf_states *d_before = &network->start;

	zero_states(&network->decoder, piece->rows, d_after);
	for (int k = piece->patches - 1; k >= 0; k--)
	{
		const lf_stack_input input = one_step(network, recursive_input(run, piece, k), piece->rows);
		const lf_stack_gradient gradient = {.span = LF_STATES_FINAL,
											.d_states = d_after,
											.d_x = network->d_inputs,
											.d_initial = d_before};
		const int64_t at = k * piece->rows;
		lf_states *swap;
		lf_status status;

		status = lf_head_backward(run, network->head_inputs + at * network->features, piece->row,
								  piece->rows, k, network->d_head_inputs);
		if (status != LF_OK)
			return status;
		scatter_head_gradient(run, at, piece->rows, d_after, 0);
		status = read_future_backward(run, piece, k, at, network->d_head_inputs);
		if (status != LF_OK)
			return status;
		status = lf_stack_backward(&network->decoder, &network->steps[k], &input, &gradient,
								   run->dense.interrupt);
		if (status == LF_OK)
			status = recursive_input_backward(run, piece, k);
		if (status != LF_OK)
			return status;
		swap = d_after;
		d_after = d_before;
		d_before = swap;
	}
	recursive_collect(run, piece, d_after);
	return LF_OK;
}

typedef lf_status (*piece_function)(lf_network_run *run, const piece *piece);

lf_status
lf_decode(lf_network_run *run)
{
	static const piece_function forward[] = {
		[LF_DECODER_DIRECT] = direct_forward,
		[LF_DECODER_PARALLEL] = parallel_forward,
		[LF_DECODER_RECURSIVE] = recursive_forward,
	};
	static const piece_function backward[] = {
		[LF_DECODER_DIRECT] = direct_backward,
		[LF_DECODER_PARALLEL] = parallel_backward,
		[LF_DECODER_RECURSIVE] = recursive_backward,
	};
	const lf_network *network = run->network;
	const lf_decoder_kind kind = network->config.decoder;
	const int64_t R = run->batch->rows * network->answers;
	const int m = network->output_patches;

	for (int64_t row = 0; row < R; row += network->piece_rows)
		for (int patch = 0; patch < m; patch += network->piece_patches)
		{
			const piece piece = {
				.row = row,
				.rows = R - row < network->piece_rows ? R - row : network->piece_rows,
				.patch = patch,
				.patches = m - patch < network->piece_patches ? m - patch : network->piece_patches,
			};
			lf_status status = forward[kind](run, &piece);

			if (status == LF_OK && run->dense.gradient != NULL && run->d_output == NULL)
				status = measure_loss(run, &piece);
			if (status == LF_OK && run->dense.gradient != NULL)
				status = backward[kind](run, &piece);
			if (status != LF_OK)
				return status;
		}
	return LF_OK;
}
