/*
 * universal_gates.h
 *	  What the gates of a universal network do while it reads a window.
 *
 * It reads a window twice where all values are positive, as they are and as logarithms; so there
 * are one or two readings, with gates of their own. The answer whose gradient stands beside them
 * (gates.h) is the mean of a reading's locations, before half of its correction counts.
 */
#ifndef LF_UNIVERSAL_GATES_H
#define LF_UNIVERSAL_GATES_H

#include "gates.h"
#include "universal.h"

/* A struct by value in its owner, which must not move after the layout. */
typedef struct lf_universal_gates
{
	lf_universal network;
	lf_real *gradient; /* scratch */
	lf_states d_after;
	int readings; /* of the window that was read: 1, or 2, the logarithms second */
	int past;     /* groups before the forecast that it was read by, the first perhaps empty */
	int empty;    /* so many of them come before the window begins */
	int ahead;    /* groups of the forecast: steps past .. past + ahead - 1 */
} lf_universal_gates;

/*
 * Carve a network that forecasts at most max_horizon groups from the arena (also a measuring one);
 * longest: lf_universal_memory of the longest season. Weights are loaded into network.
 */
extern lf_status lf_universal_gates_layout(lf_universal_gates *gates,
										   const lf_universal_config *config,
										   const lf_kernels *kernels, int max_horizon,
										   int64_t longest, lf_arena *arena, lf_error *error);

/* Read a window and forecast horizon steps after it. LF_INTERRUPTED: call again. */
extern lf_status lf_universal_gates_read(lf_universal_gates *gates,
										 const lf_universal_window *window, int64_t horizon,
										 lf_interrupt interrupt);

/* The values of a layer after a step, 0 .. past + ahead - 1, in a reading. */
extern lf_gate_values lf_universal_gates_at(const lf_universal_gates *gates, int layer, int step,
											int reading);

#endif
