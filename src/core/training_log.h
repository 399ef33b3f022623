/*
 * training_log.h
 *	  How a training goes, whatever is trained: where it is, and its log.
 */
#ifndef LF_TRAINING_LOG_H
#define LF_TRAINING_LOG_H

#include <stdint.h>

#include "status.h"

/*
 * Rows that a training log has at most, an even number. Of more epochs every second one is kept,
 * then every fourth and so on, and always the last.
 */
#define LF_MAX_LOG 10000

/* One row of the training log. */
typedef struct lf_epoch
{
	int epoch;              /* from 1 */
	double train_loss;      /* mean over the epoch's observed targets */
	double validation_loss; /* of the forecast (the last answer); NaN without validation */
	double learning_rate;   /* of the epoch's last step */
	double seconds;         /* what lf_trainer_set_clock said before it ended; NaN: nothing */
} lf_epoch;

/* Rows that the log of so many epochs takes. */
static inline int
lf_log_rows(int max_epochs)
{
	return max_epochs < LF_MAX_LOG ? max_epochs : LF_MAX_LOG;
}

typedef struct lf_trainer_progress
{
	int epoch; /* epochs finished */
	int max_epochs;
	int64_t step; /* optimizer steps taken */
	int64_t max_steps;
	double train_loss; /* of the last finished epoch; running mean before the first */
	double validation_loss;
	int best_epoch; /* 0: the weights before training, or no validation yet */
	double best_validation;
} lf_trainer_progress;

/* A log that is being written. */
typedef struct lf_training_log
{
	lf_epoch *rows; /* (room), the owner's */
	int room;       /* lf_log_rows of the epochs */
	int count;
	int stride; /* every so many epochs one is kept; 1 at first */
} lf_training_log;

/* Add the row of the next epoch. A full log first loses every second row. */
extern void lf_training_log_add(lf_training_log *log, const lf_epoch *epoch);

/* LF_ERROR_DIVERGED: what became infinite or not a number, and when; the hint is the caller's. */
extern lf_status lf_training_diverged(const lf_trainer_progress *progress, const char *what,
									  const char *hint, lf_error *error);

#endif
