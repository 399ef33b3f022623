/*
 * universal_gates.c
 *	  What the gates of a universal network do while it reads a window.
 */
#include "universal_gates.h"

#include <string.h>

#include "universal_private.h"

#define LF_READINGS 2 /* of a window, at most */

lf_status
lf_universal_gates_layout(lf_universal_gates *gates, const lf_universal_config *config,
						  const lf_kernels *kernels, int max_horizon, int64_t longest,
						  lf_arena *arena, lf_error *error)
{
	lf_universal *network = &gates->network;
	lf_status status;

	memset(gates, 0, sizeof(*gates));
	status = lf_universal_layout(network, config, kernels, LF_READINGS, max_horizon, longest, 0,
								 true, arena, error);
	if (status != LF_OK)
		return status;
	gates->gradient = lf_arena_take_reals(arena, network->table.total, 1, 1);
	lf_gates_take_states(&network->stack, (int64_t) network->max_steps * LF_READINGS, arena,
						 &gates->d_after);
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "the gates need more memory than there can be", NULL,
					   NULL);
	return LF_OK;
}

/* The gradient of the mean location of every reading. */
static void
set_answer(lf_universal *network)
{
	const size_t plane = lf_universal_plane(network);
	const size_t outputs = 1 + network->config.loss.quantile_count;

	memset(network->d_output, 0, outputs * plane * sizeof(lf_real));
	for (size_t i = 0; i < plane; i++)
		network->d_output[i] = (lf_real) (1.0 / network->batch.horizon);
}

lf_status
lf_universal_gates_read(lf_universal_gates *gates, const lf_universal_window *window,
						int64_t horizon, lf_interrupt interrupt)
{
	lf_universal *network = &gates->network;
	lf_universal_batch *batch = &network->batch;
	const int64_t group = lf_universal_group(window->season);
	lf_status status;

	gates->readings = lf_universal_readings(network, window, network->readings);
	lf_universal_read(network, network->readings, gates->readings, group,
					  (int) ((horizon + group - 1) / group), false);
	gates->past = batch->past;
	gates->empty = batch->empty;
	gates->ahead = batch->horizon;
	/* the empty steps, which a forecast runs through once for all windows, are looked at, too */
	batch->empty = 0;
	status = lf_universal_forward(network, interrupt);
	if (status != LF_OK)
		return status;
	set_answer(network);
	status = lf_universal_backward(network, gates->gradient, &gates->d_after, interrupt);
	/* the way back has used up the activations */
	if (status == LF_OK)
		status = lf_universal_forward(network, interrupt);
	return status;
}

lf_gate_values
lf_universal_gates_at(const lf_universal_gates *gates, int layer, int step, int reading)
{
	return lf_gates_of_tape(&gates->network.tape, &gates->d_after, layer, step, reading);
}
