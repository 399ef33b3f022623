/*
 * train_member.h
 *	  Trains the networks of an ensemble, each by itself.
 *
 * What a network learns depends on nothing but the data, its plan and its seed,
 * so it does not matter which process trains it: workers.h.
 */
#ifndef LSTM_FORECAST_TRAIN_MEMBER_H
#define LSTM_FORECAST_TRAIN_MEMBER_H

#include "postgres.h"

#include "storage/condition_variable.h"

#include "core/dataset.h"
#include "core/parameters.h"
#include "core/scaling.h"
#include "core/trainer.h"
#include "base/progress.h"
#include "plan/plan.h"
#include "train/turns.h"

/* Everything that the training of an ensemble reads. */
typedef struct TrainJob
{
	lf_dataset dataset;
	Holdout holdout;
	int member_count;
	const MemberPlan *members;
	const lf_real *initial;  /* the weights that networks begin with, behind one another; NULL:
							  * fresh ones */
	double max_seconds;      /* NaN: no limit */
	bool log_seconds;        /* keep wall-clock seconds of the epochs */
	int processes;           /* that may share the training; at least 1 */
	Size held;               /* bytes that there are already: of the dataset and its rows */
	Size peak;               /* with these all that there will be at one time: prepare_training */
	const MemberSize *sizes; /* (members): see prepare_training; NULL in a worker */
} TrainJob;

/* The processes that train one network together, and what they share. */
typedef struct MemberTeam
{
	int processes;
	lf_trainer_board *boards; /* of the training and of the refit, zeroed */
	void *memory;
	Size bytes;
	ConditionVariable *moved; /* told whenever a process has done something */
} MemberTeam;

/* A network's turn. */
typedef struct MemberTurn
{
	int number; /* of the network */
	int turn;   /* networks begun before it */
	int round;  /* of the rounds that share the time limit */
	int rounds;
	const MemberTeam *team; /* NULL: this process alone */
} MemberTurn;

/* What the training of one network gives; the arrays are the caller's. */
typedef struct MemberOutput
{
	int best_epoch;
	int epochs;          /* rows of the log */
	int64 train_windows; /* of the training part */
	lf_scaler *scalers;  /* (series) */
	lf_real *parameters; /* (the network's) of the training part: what is measured */
	lf_real *refitted;   /* (the network's) after all data: what forecasts */
	lf_epoch *log;       /* (member_log_rows); the last one is the refit's */
} MemberOutput;

/* Rows that the log of a network's training and of its refit takes. */
static inline int
member_log_rows(const MemberPlan *plan)
{
	return lf_log_rows(plan->training.max_epochs) + 1;
}

/* How many there are of all networks; 0 where they begin with fresh ones. */
extern Size initial_weights(const TrainJob *job);

/* Floating-point operations of its training, at most. */
extern double member_work(const MemberPlan *member);

/*
 * What trains a network of this plan on the job's windows before the tail; its bookkeeping is in
 * CurrentMemoryContext. scalers: one a series; NULL where nothing is trained by it.
 */
extern lf_trainer_spec member_trainer(const TrainJob *job, const MemberPlan *member,
									  const lf_scaler *scalers);

/* Steps of the refit after best weights of that step. */
extern int64 member_refit_steps(const MemberPlan *member, int64 best_step);

/* What the training of network number will be; raises the core's errors about its plan. */
extern MemberSize measure_member(const TrainJob *job, int number);

/*
 * Note the series that have a window from which network `number` learns, be it in its refit only;
 * learned[i] of others stays as it is.
 */
extern void mark_learned(const TrainJob *job, int number, bool *learned);

/* Train the network whose turn it is. Every process of its team calls it, with an output of its
 * own. */
extern void train_member(const TrainJob *job, const MemberTurn *turn, Progress *progress,
						 MemberOutput *output);

#endif
