/*
 * trainer_private.h
 *	  What trainer*.c share: the trainer itself.
 */
#ifndef LF_TRAINER_PRIVATE_H
#define LF_TRAINER_PRIVATE_H

#include "descent.h"
#include "loss.h"
#include "smaller.h"
#include "trainer.h"

/* Reals of the parameters that are summed and updated as one unit: half a first-level cache. */
#define LF_TRAINER_SLICE 8192

/* Partial gradients that a team holds at a time, which bounds its memory. */
#define LF_TRAINER_SLOTS 15

typedef enum lf_trainer_phase
{
	LF_PHASE_CLEAR,
	LF_PHASE_JOIN,
	LF_PHASE_PREPARE,
	LF_PHASE_LOAD,
	LF_PHASE_DRAW,
	LF_PHASE_GRADIENT,
	LF_PHASE_SUM,
	LF_PHASE_UPDATE,
	LF_PHASE_VALIDATE,
	LF_PHASE_KEEP,
	LF_PHASE_FINISH,
	LF_PHASE_DONE
} lf_trainer_phase;

/*
 * A part of the training that a team does together: so many units, each of which
 * one process claims, and an end at which all wait for each other. Alone it is a
 * loop over the units.
 */
typedef struct lf_section
{
	uint32_t number; /* from 1 */
	uint32_t units;
	uint32_t begin;    /* units of the sections before it */
	uint32_t arrivals; /* of the board, when all have arrived at its end */
	uint32_t claimed;  /* alone: units begun */
	uint32_t unit;     /* that this process has claimed, while it has */
	bool holding;      /* it has claimed one and not finished it */
	bool arrived;      /* it has found no more */
} lf_section;

typedef enum lf_section_state
{
	LF_SECTION_UNIT, /* section.unit is to be done by this process */
	LF_SECTION_WAIT, /* others are not done */
	LF_SECTION_OVER  /* all is done, and everybody knows */
} lf_section_state;

struct lf_trainer
{
	lf_trainer_spec spec;
	lf_memory memory; /* that it lies in itself */
	lf_interrupt interrupt;
	lf_descent descent; /* of a team: its weights, gradient and moments are shared */

	lf_trainer_phase phase;
	lf_section section;
	bool moved;              /* something was done in this step */
	bool asked;              /* lf_trainer_finish was called */
	bool finishing;          /* ... and the team knows */
	int64_t budget;          /* what is left of the quantum, in reals */
	int64_t row;             /* windows of the batch that are drawn */
	int64_t batch_rows;      /* windows in a batch */
	int64_t rows;            /* windows in a micro-batch */
	int64_t micro_batches;   /* in a batch */
	int64_t micro_batch;     /* the first of those that are summed next */
	int64_t slots;           /* partial gradients beside that of the batch */
	int64_t validation_rows; /* windows in a validation */

	lf_network network;
	lf_batch_builder builder;
	lf_window *windows;   /* (batch_rows) */
	lf_window *checked;   /* (rows) of a validation */
	lf_real *output;      /* (O, S, rows, H_out) of a validation */
	double *first_losses; /* (validation_rows) of the windows, before training */

	/* what a team shares, written by who has claimed the unit */
	lf_real *partial;        /* (slots, count) of further micro-batches */
	double *losses;          /* (1 + slots) of the micro-batches */
	double *slice_squares;   /* (slices) of the gradient */
	double *window_losses;   /* (validation_rows) in the present validation */
	int64_t *window_targets; /* (validation_rows) observed */

	lf_random weights;
	lf_random shuffle;
	lf_random blind; /* which windows do not see which categories */
	int64_t *drawn;  /* (series) those with a training window */
	int64_t drawn_count;
	lf_pass pass; /* over the windows, or the series */

	double least_loss; /* of a validation after training began; NaN: none yet */
};

/* Streams of the seed, so that no choice shifts another. */
#define LF_STREAM_BLIND UINT64_MAX
enum
{
	LF_STREAM_WEIGHTS,
	LF_STREAM_SHUFFLE,
	LF_STREAM_DROPOUT /* of the first micro-batch; each has its own, whoever runs it */
};

/* --- trainer.c --- */

/* Carve everything but the trainer itself; from `shared`, which may be the same, what a team
 * shares. */
extern lf_status lf_trainer_layout(lf_trainer *trainer, const lf_trainer_spec *spec,
								   lf_arena *arena, lf_arena *shared, lf_error *error);

/* Has the trainer others beside it? */
static inline bool
lf_trainer_in_team(const lf_trainer_spec *spec)
{
	return spec->team.processes > 1;
}

/* --- trainer_team.c --- */

/* Begin a section of so many units; 0 is a point where all meet. */
extern void lf_section_begin(lf_trainer *trainer, uint32_t units);

/* What is this process to do now? The same unit again until lf_section_finish_unit. */
extern lf_section_state lf_section_next(lf_trainer *trainer);

static inline void
lf_section_finish_unit(lf_trainer *trainer)
{
	trainer->section.holding = false;
}

/* --- trainer_sample.c --- */

/* Find the series that have training windows: before the first window is drawn. */
extern void lf_trainer_list_series(lf_trainer *trainer);

/* The next training window. */
extern lf_window lf_trainer_next_window(lf_trainer *trainer);

/* --- trainer_phases.c --- */

/* The next piece of the phase that the trainer is in, LF_DONE in the last. */
extern lf_status lf_trainer_run_phase(lf_trainer *trainer, lf_error *error);

/* --- trainer_work.c --- */

/* Micro-batches whose gradients are held at a time: the first of a batch needs no slot. */
extern int64_t lf_trainer_held(const lf_trainer *trainer);

/*
 * The units of the sections, done by the process that has claimed them. The gradient of a
 * micro-batch into its place.
 */
extern lf_status lf_trainer_run_micro_batch(lf_trainer *trainer);

/* Add the held gradients to a slice of the batch's, one after another; measure it when it is whole.
 */
extern void lf_trainer_sum_slice(lf_trainer *trainer);

/* Clip a slice, and update its parameters. */
extern void lf_trainer_update_slice(lf_trainer *trainer);

/*
 * The losses of some validation windows. With sequence supervision only the last
 * answer counts: it is the forecast, and the targets of the earlier ones were
 * partly trained on.
 */
extern lf_status lf_trainer_check_windows(lf_trainer *trainer);

/* --- trainer_gain.c --- */

/*
 * Is this validation loss, of window_losses, the least so far? The first
 * weights, which are the naive forecast, only give way to a clear gain.
 */
extern bool lf_trainer_is_best(const lf_trainer *trainer, double loss);

#endif
