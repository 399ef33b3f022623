/*
 * trainer.h
 *	  Trains one network: a state machine whose step is a bounded quantum of work.
 *
 *		while ((status = lf_trainer_step(trainer, &error)) == LF_OK || status == LF_INTERRUPTED)
 *			the caller looks at its interrupts, clock and progress
 *
 * Each epoch draws steps_per_epoch batches, of one series without replacement until
 * every window was seen, of a panel every series equally often; then it validates; the best weights
 * on validation are kept. A batch is never larger than the number of windows. Steps whose targets
 * were not observed do not count; a batch without any leaves the weights alone. Everything random
 * comes from the seed: the same input gives the same bits.
 *
 * Several processes can train one network as a team: each has a trainer of its own, made by the
 * same specification, over memory that they share. All go through the same phases and take the
 * same decisions; micro-batches, slices of the parameters and validation windows are done by who
 * claims them, and who is done first is told to wait. The bits are those of one process alone.
 */
#ifndef LF_TRAINER_H
#define LF_TRAINER_H

#include "arena.h"
#include "batch.h"
#include "config.h"
#include "dataset.h"
#include "interrupt.h"
#include "network.h"
#include "scaling.h"
#include "status.h"
#include "training_log.h"

/* What a team has claimed and finished in one training; the caller's, in shared memory. */
typedef struct lf_trainer_board
{
	_Alignas(64) _Atomic uint32_t claimed; /* units of work, in all */
	_Alignas(64) _Atomic uint32_t arrived; /* at the ends of sections, in all */
	_Atomic uint32_t stop;                 /* the section with which training ends; 0: none */
} lf_trainer_board;

/* The processes that train one network. Each trainer of a team needs the same shared memory. */
typedef struct lf_trainer_team
{
	int processes;           /* 0 and 1: alone, without a board or memory */
	lf_trainer_board *board; /* zeroed before the first trainer is made, one a training */
	void *memory;            /* lf_trainer_shared_bytes of them, at the same place of a page in all
							  * processes; one training after another may use it */
	size_t bytes;
} lf_trainer_team;

typedef struct lf_trainer_spec
{
	lf_network_config network;
	lf_scaling_config scaling;
	lf_training_config training;
	const lf_dataset *dataset;
	const lf_scaler *scalers; /* one a series, fitted on the training part */
	lf_window_set train;      /* count > 0 */
	lf_window_set validation; /* count 0: no validation, the last weights are kept */
	int64_t
		max_validation; /* at most this many validation windows an epoch, evenly spaced; 0: none */
	const lf_kernels *kernels;
	const lf_real *initial; /* weights to go on from, in the table's order; NULL: fresh ones */
	bool trained;           /* they are more than a naive forecast: any gain over them will do */
	lf_trainer_team team;
} lf_trainer_spec;

typedef struct lf_trainer lf_trainer; /* lives in the arena */

/*
 * Bytes that lf_trainer_create will ask for, however many series and windows there
 * are; LF_ERROR_LIMIT on overflow, LF_ERROR_CONFIG as the table and where the
 * network's outputs are not those of the loss, LF_ERROR_DATA without a training
 * window.
 */
extern lf_status lf_trainer_bytes(const lf_trainer_spec *spec, size_t *bytes, lf_error *error);

/* Bytes that the trainers of a team share, besides those of lf_trainer_bytes; alone 0. */
extern lf_status lf_trainer_shared_bytes(const lf_trainer_spec *spec, size_t *bytes,
										 lf_error *error);

/* Micro-batches of a batch: no more processes than that can work on one. */
extern int64_t lf_trainer_micro_batches(const lf_trainer_spec *spec);

/*
 * Take one block of that size from the allocator; LF_ERROR_MEMORY where it gives
 * none. The first steps make fresh weights, or copy the initial ones. dataset,
 * scalers, the sets' arrays and the initial weights stay the caller's and must
 * outlive it. interrupt may be NULL.
 */
extern lf_status lf_trainer_create(const lf_trainer_spec *spec, const lf_allocator *allocator,
								   lf_interrupt interrupt, lf_trainer **trainer, lf_error *error);

/*
 * The next quantum. LF_OK: call again; LF_INTERRUPTED: what was under way will be
 * done again, call again; LF_WAITING: nothing could be done, as others of the team
 * are still at work: call again, at the latest when one of them had LF_OK;
 * LF_DONE: trained; LF_ERROR_DIVERGED with the epoch in the text; LF_ERROR_DATA where
 * no training window has an observed target. A team comes to the same end in each
 * process.
 */
extern lf_status lf_trainer_step(lf_trainer *trainer, lf_error *error);

/*
 * Stop at the next steps, as soon as the weights are whole, with the best so far,
 * or before the first validation with the last (time limit). One of a team may say
 * it for all.
 */
extern void lf_trainer_finish(lf_trainer *trainer);

/* What the log is to say of the time, until it is told another. */
extern void lf_trainer_set_clock(lf_trainer *trainer, double seconds);

extern const lf_trainer_progress *lf_trainer_get_progress(const lf_trainer *trainer);

/* The best weights, table order, complete at LF_DONE; valid until the trainer is freed. */
extern const lf_real *lf_trainer_parameters(const lf_trainer *trainer);

/* The log so far, *count rows. */
extern const lf_epoch *lf_trainer_log(const lf_trainer *trainer, int *count);

extern void lf_trainer_free(lf_trainer *trainer);

#endif
