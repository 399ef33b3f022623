/*
 * universal.h
 *	  A recurrent network that forecasts series which it has never seen.
 *
 * It reads a window step by step: n steps of the past, whose values it knows, and the H_out steps
 * that are asked for, whose values it does not. At each step it reads what is known of it before
 * it comes, above all what simple forecasts, its guides, say of it, and how much each of them erred
 * in the past (universal_guides.h). So neither season nor horizon are built into its weights. The
 * guides' mean, each by what it is worth, is the base of the forecast of a step:
 *
 *	 base = sum_j v_j guide_j, where v_j goes by the eighth power of 1 / (guide j's error)
 *	 location = base + e (W_0 h + b_0) + sum_j (W_j h + b_j) (guide_j - base)
 *	 quantile i = location + e (W_i h + b_i), put in ascending order
 *
 * where h is the state of the stack after the step, and e how much the base errs in the window's
 * own past. Values are in units of the window: less its last level, over its own scale.
 *
 * The past is read as the future will be: in blocks of a season, of which each is guided by what
 * was known before it. So errors are those of forecasts as far ahead as a season.
 *
 * Long seasons are read in groups of f steps, their means, so that a season is no more than
 * LF_UNIVERSAL_SEASON of them; guides then count step by step, corrections group by group.
 *
 * After: masked steps of the future in a recurrent network: Auer et al. 2025, "TiRex"
 * (arXiv 2505.23719); the normalised window: Smyl 2020, "A hybrid method of exponential smoothing
 * and recurrent neural networks", IJF 36.
 */
#ifndef LF_UNIVERSAL_H
#define LF_UNIVERSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "interrupt.h"
#include "kernels.h"
#include "parameters.h"
#include "real.h"
#include "stack.h"
#include "status.h"

#define LF_UNIVERSAL_GUIDES 14   /* simple forecasts of every step */
#define LF_UNIVERSAL_FEATURES 44 /* what the network reads at a step */
#define LF_UNIVERSAL_SEASON 64   /* groups of a season, at most */
#define LF_UNIVERSAL_PAST 192    /* groups of the past that are read, at most */
#define LF_UNIVERSAL_MEANS 4     /* seasons that a mean is of, at most */

typedef struct lf_universal_config
{
	lf_cell_kind cell;
	int hidden_size;
	int num_layers;
	lf_loss loss; /* LF_LOSS_QUANTILE */
} lf_universal_config;

/* The network that pretrain/ trains and the extension ships. */
extern const lf_universal_config lf_universal_shipped;

/* What is known of a series, and what is to be forecast. */
typedef struct lf_universal_window
{
	const double *values;    /* (length + targets), none beyond LF_LARGEST_VALUE */
	const uint8_t *observed; /* 0: the step was filled; NULL: all were observed */
	int64_t length;          /* steps before the forecast */
	int64_t season;          /* >= 1; 1: none */
	int64_t second;          /* a longer season, a multiple of the first; 0: none */
	/* set by who reads it: lf_universal_forecast, of logs also the tuner */
	bool logs;              /* read the logarithms of values, which are all > 0 */
	bool constant;          /* all values that are read are one */
	bool rare;              /* more than a third of them are zero */
	bool limited;           /* what is read lies between: */
	double lowest, highest; /* so that one wild value does not lead */
} lf_universal_window;

/*
 * Windows as the network reads them. B windows, T = past + horizon steps (of groups); the arrays
 * are in order of steps, then windows.
 */
typedef struct lf_universal_batch
{
	int64_t rows;      /* B */
	int past;          /* n */
	int empty;         /* so many of the first steps come before all windows begin */
	int horizon;       /* groups that are forecast */
	lf_real *features; /* (T, B, LF_UNIVERSAL_FEATURES) */
	lf_real *guides;   /* (horizon, B, LF_UNIVERSAL_GUIDES) */
	lf_real *base;     /* (horizon, B): the guides' mean, each by what it is worth */
	lf_real *mean;     /* (horizon, B): the same for means, of windows of rare values */
	lf_real *target;   /* (horizon, B), in the window's units */
	lf_real *weight;   /* (horizon, B): over the first guide's error; 0: no target */
	double *level;     /* (B) */
	double *scale;     /* (B) */
	double *error;     /* (B): e, in the window's units */
} lf_universal_batch;

/* Features that say where a step is, and nothing of the values: alike in windows of one kind. */
typedef struct lf_universal_places
{
	lf_real *features; /* (steps, LF_UNIVERSAL_FEATURES), the others 0 */
	lf_real *ahead;    /* (steps + 1): by how many groups a step lies from its origin */
	int past, steps;   /* 0 steps: none yet */
	int64_t group, season, second;
} lf_universal_places;

/* A struct by value in its owner; fields are private to universal*.c. */
typedef struct lf_universal
{
	lf_universal_config config;
	lf_parameter_table table;
	const lf_real *parameters;
	int64_t max_rows;
	int max_steps;
	int max_horizon;
	int columns; /* of the head: a location, quantiles, a share for each guide */
	lf_stack stack;
	lf_tape tape;
	lf_universal_batch batch;
	lf_universal_places places;
	lf_states begin; /* where the windows of a batch begin, past its empty steps */
	lf_real *head;   /* (horizon, B, columns) */
	lf_real *output; /* (1 + quantiles, horizon, B), in the window's units */
	/* of a network for training */
	lf_real *d_output;
	lf_real *d_head;
	lf_states d_states;
	lf_universal_window *readings; /* (max_rows) of windows in a forecast */
	/* scratch of one window */
	double *values;  /* (longest + max_future): as they are read */
	double *sums;    /* (longest + max_future + 1): running sums of them, in the window's units */
	double *sizes;   /* (longest) */
	lf_real history; /* the feature that says how long its past is */
	int64_t longest; /* steps of a window's past that are read at most */
	struct lf_start_answers *answers; /* of start_network.c, from its caller; NULL: none are kept */
} lf_universal;

/* The network's tensors; LF_ERROR_CONFIG where sizes are out of range. */
extern lf_status lf_universal_table(const lf_universal_config *config, lf_parameter_table *table,
									lf_error *error);

/* First values: the quantiles spread as those of the normal distribution, the location the base. */
extern void lf_universal_initialize(const lf_universal_config *config,
									const lf_parameter_table *table, uint64_t seed,
									lf_real *parameters);

/* Steps of a group, for a season of so many steps. */
extern int64_t lf_universal_group(int64_t season);

/* The latest steps of a series that forecasts read. */
extern int64_t lf_universal_memory(int64_t season, int64_t second);

/*
 * Carve a network for at most so many windows at once and so many groups of the future from the
 * arena (also a measuring one). longest: lf_universal_memory of the longest season; max_future:
 * steps of the future.
 */
extern lf_status lf_universal_layout(lf_universal *network, const lf_universal_config *config,
									 const lf_kernels *kernels, int64_t max_rows, int max_horizon,
									 int64_t longest, int64_t max_future, bool training,
									 lf_arena *arena, lf_error *error);

/* Use these parameters, kept by pointer; call again after each change of them. */
extern void lf_universal_load(lf_universal *network, const lf_real *parameters);

/*
 * Read windows into network->batch: all have group steps a group and are read by as many steps as
 * the longest needs, without targets a multiple of 16. targets: values and observed go on for
 * horizon * group steps. LF_UNIVERSAL_PAST groups of each are read.
 */
extern void lf_universal_read(lf_universal *network, const lf_universal_window *windows,
							  int64_t rows, int64_t group, int horizon, bool targets);

/* Forecast the batch that was read: network->output. LF_INTERRUPTED: call again. */
extern lf_status lf_universal_forward(lf_universal *network, lf_interrupt interrupt);

/*
 * Forecast horizon steps after each window, in the data's units: the median, or the mean, into
 * forecasts (rows, horizon), and where levels are asked for, quantiles (rows, horizon,
 * level_count), ascending in the level; NULL without. Half of the network's correction of the base
 * counts; a mean lies half way from the base to the network's mean, but where more than a third of
 * the values is zero it is the guides' alone, judged by squared errors. Where the values of a
 * window are all positive they are read twice, as they are and as logarithms, and the mean of both
 * forecasts counts, each by what its base errs; so rows is at most half of the network's max_rows.
 * Windows have one season; horizon is at most max_horizon groups. Finite.
 *
 * A single value that lies further from the range of all others than that range is wide is read as
 * if it lay there. Forecasts do not depend on the windows beside them; those of about one length in
 * a row are read together, which is faster.
 */
extern lf_status lf_universal_forecast(lf_universal *network, const lf_universal_window *windows,
									   int64_t rows, int64_t horizon, bool mean, int level_count,
									   const double *levels, double *forecasts, double *quantiles,
									   lf_interrupt interrupt);

/*
 * The loss over the batch that was read, as lf_loss_sum has it, and its gradient in the table's
 * order; both are multiplied by scale.
 */
extern lf_status lf_universal_gradient(lf_universal *network, double scale, lf_real *gradient,
									   double *loss, lf_interrupt interrupt);

#endif
