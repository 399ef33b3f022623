/*
 * descent.h
 *	  How weights get better step by step, whatever network has them: what trainers share.
 *
 * A trainer finds the gradient of a batch and the loss of a validation in its own way. What it does
 * with them is here, in pieces of bounded work: first values, the optimizer's step, which weights
 * are kept, when it is over, the log.
 */
#ifndef LF_DESCENT_H
#define LF_DESCENT_H

#include "arena.h"
#include "config.h"
#include "optimizer.h"
#include "parameters.h"
#include "training_log.h"

/* Reals that one step of a trainer may touch besides a run of the network: about a millisecond. */
#define LF_QUANTUM (1 << 20)

typedef struct lf_descent
{
	const lf_training_config *training; /* the trainer's */
	const char *hint;                   /* what to do where it diverges */
	lf_trainer_progress progress;
	lf_training_log log;
	double clock; /* seconds, for the log; NaN: not known */

	lf_optimizer optimizer;
	size_t count;        /* reals of the weights */
	lf_real *parameters; /* (count), like the others in the table's order */
	lf_real *gradient;   /* (count) of the batch */
	lf_real *best;       /* (count); NULL without validation */

	size_t place;        /* tensors, cells or reals that are done, in phases that go through them */
	double squares;      /* of the reals that are done, where they are summed */
	double rate;         /* of the present batch */
	double weight;       /* of its targets: of forecasts their number */
	double loss;         /* mean over them, as far as summed */
	lf_real factor;      /* that clips the gradient */
	double epoch_loss;   /* sum over the epoch's targets */
	double epoch_weight; /* of them */
	bool has_best;       /* best holds weights */
	int stale;           /* validations without a gain, since the last that had one */
} lf_descent;

/* LF_ERROR_CONFIG where a batch, an epoch, the training or the learning rate is nothing. */
extern lf_status lf_descent_check(const lf_training_config *training, lf_error *error);

/* Nothing is done yet. The configuration is kept by pointer, as is the hint for LF_ERROR_DIVERGED.
 */
extern void lf_descent_begin(lf_descent *descent, const lf_training_config *training,
							 const char *hint);

/* Carve the weights, their gradient and the optimizer's moments. */
extern void lf_descent_layout(lf_descent *descent, const lf_training_config *training, size_t count,
							  lf_arena *arena);

/* Carve the log and, where there is a validation, the best weights: of so many reals. */
extern void lf_descent_layout_record(lf_descent *descent, const lf_training_config *training,
									 size_t count, bool validates, lf_arena *arena);

/*
 * First values of the tensor that is next (place), and of its moments: those of `initial`, or where
 * it is NULL random ones. What it costs is taken off the budget, here and below.
 */
extern void lf_descent_prepare(lf_descent *descent, const lf_parameter_table *table,
							   const lf_real *initial, lf_random *random, int64_t *budget);

/* Before the first batch of an epoch, and before each. */
extern void lf_descent_start_epoch(lf_descent *descent);
extern void lf_descent_start_batch(lf_descent *descent);

/* After a batch, which may have had no target; true where the epoch is over. */
extern bool lf_descent_end_batch(lf_descent *descent);

/*
 * The batch's gradient is whole, and so large: find the factor that clips it, as lf_gradient_clip
 * does, and count the optimizer's step. LF_ERROR_DIVERGED where it or the loss is no number.
 */
extern lf_status lf_descent_judge(lf_descent *descent, double squares, lf_error *error);

/* Clip count reals of the gradient from there on, and update their weights. */
extern void lf_descent_update(lf_descent *descent, size_t from, size_t count);

/*
 * The loss of a validation, or NaN where there was nothing to judge by: logs the epoch, if one was
 * trained. LF_ERROR_DIVERGED where it is no number though there was something.
 */
extern lf_status lf_descent_validated(lf_descent *descent, double loss, bool judged,
									  lf_error *error);

/* The weights are the best so far: lf_descent_keep them. */
extern void lf_descent_note_best(lf_descent *descent);

/* Is that the last of the validations, as the steps are done or the patience is at its end? */
extern bool lf_descent_over(const lf_descent *descent);

/* Copy some more of the best weights, from place on; true when all are. */
extern bool lf_descent_keep(lf_descent *descent, int64_t *budget);

/*
 * Look at some more of the weights that are the result, from place on; *done when all are. Those
 * that validated best are good. Without validation the last are the result, and no loss was seen
 * since their update: LF_ERROR_DIVERGED where they are no numbers.
 */
extern lf_status lf_descent_finish(lf_descent *descent, int64_t *budget, bool *done,
								   lf_error *error);

/* The weights that are the result: the best, or without validation the last. */
static inline const lf_real *
lf_descent_result(const lf_descent *descent)
{
	return descent->has_best ? descent->best : descent->parameters;
}

#endif
