/*
 * trainer_private.h
 *	  What trainer*.c share: the trainer itself.
 */
#ifndef LF_TRAINER_PRIVATE_H
#define LF_TRAINER_PRIVATE_H

#include "loss.h"
#include "optimizer.h"
#include "trainer.h"

/* Reals that one step may touch besides a run of the network: about a millisecond. */
#define LF_TRAINER_QUANTUM (1 << 20)

typedef enum lf_trainer_phase
{
	LF_PHASE_CLEAR,
	LF_PHASE_PREPARE,
	LF_PHASE_DRAW,
	LF_PHASE_GRADIENT,
	LF_PHASE_ADD,
	LF_PHASE_NORM,
	LF_PHASE_UPDATE,
	LF_PHASE_VALIDATE,
	LF_PHASE_KEEP,
	LF_PHASE_FINISH,
	LF_PHASE_DONE
} lf_trainer_phase;

struct lf_trainer
{
	lf_trainer_spec spec;
	lf_allocator allocator;
	void *block;
	lf_arena arena; /* over the block */
	lf_interrupt interrupt;
	lf_trainer_progress progress;

	lf_trainer_phase phase;
	bool finishing; /* lf_trainer_finish was called */
	int64_t budget; /* what is left of the quantum, in reals */
	int64_t row;    /* windows of the batch, or of the validation, that are done */
	size_t place;   /* tensors or reals that are done, in phases that go through the parameters */
	int64_t batch_rows;      /* windows in a batch */
	int64_t rows;            /* windows in a micro-batch */
	int64_t validation_rows; /* windows in a validation */

	lf_network network;
	lf_optimizer optimizer;
	lf_batch_builder builder;
	lf_window *windows;    /* (batch_rows) */
	lf_window *checked;    /* (rows) of a validation */
	lf_real *parameters;   /* like the others, in the table's order */
	lf_real *best;         /* NULL without validation */
	lf_real *gradient;     /* of the batch */
	lf_real *partial;      /* of a further micro-batch; NULL where a batch is one micro-batch */
	lf_real *output;       /* (O, S, rows, H_out) of a validation */
	double *first_losses;  /* (validation_rows) of the windows, before training */
	double *window_losses; /* (validation_rows) ... in the present validation */
	lf_epoch *log;         /* (max_epochs) */

	lf_random weights;
	lf_random shuffle;
	lf_random dropout;
	int64_t *drawn; /* (series) those with a training window */
	int64_t drawn_count;
	uint64_t pass_key; /* of the present pass over the windows, or the series */
	int64_t pass_place;

	double rate;           /* of the present batch */
	int64_t targets;       /* observed in the present batch */
	double loss;           /* mean over them, as far as summed */
	double squares;        /* of the gradient, or of the weights */
	lf_real factor;        /* that clips the gradient */
	double epoch_loss;     /* sum over the epoch's observed targets */
	int64_t epoch_targets; /* their number */
	double checked_loss;   /* the same for the validation windows */
	int64_t checked_targets;
	bool has_best;     /* best holds weights */
	double least_loss; /* of a validation after training began; NaN: none yet */
	int stale;         /* epochs since the best, or since one better than those before it */
};

/* Carve everything but the trainer itself. */
extern lf_status lf_trainer_layout(lf_trainer *trainer, const lf_trainer_spec *spec,
								   lf_arena *arena, lf_error *error);

/* Find the series that have training windows: before the first window is drawn. */
extern void lf_trainer_list_series(lf_trainer *trainer);

/* The next training window. */
extern lf_window lf_trainer_next_window(lf_trainer *trainer);

/* The next piece of the phase that the trainer is in, LF_DONE in the last. */
extern lf_status lf_trainer_run_phase(lf_trainer *trainer, lf_interrupt interrupt, lf_error *error);

/*
 * Is this validation loss, of window_losses, the least so far? The first
 * weights, which are the naive forecast, only give way to a clear gain.
 */
extern bool lf_trainer_is_best(const lf_trainer *trainer, double loss);

static inline int64_t
lf_smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif
