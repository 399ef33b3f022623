/*
 * progress_slots.h
 *	  How far a training is, in the slots that PostgreSQL keeps for each process.
 *
 * PostgreSQL has a command and twenty numbers of each process in shared memory, for views such as
 * pg_stat_progress_copy. The commands that its own views show have numbers; ours is another, which
 * they skip. An entry goes by itself with its process, and where a transaction or a subtransaction
 * is aborted.
 *
 * COPY has an entry of its own while it runs a query that trains, and leaves most slots free: ours
 * lie behind those that it uses, so that both are shown. Any other command keeps its entry alone.
 */
#ifndef LSTM_FORECAST_PROGRESS_SLOTS_H
#define LSTM_FORECAST_PROGRESS_SLOTS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/backend_status.h"

/* The function whose work it is. */
typedef enum ProgressCommand
{
	PROGRESS_TRAIN = 0,
	PROGRESS_TRAIN_EACH,
	PROGRESS_TRAIN_CLASSES,
	PROGRESS_FINETUNE,
	PROGRESS_BACKTEST,
	PROGRESS_TUNE,
	PROGRESS_FORECAST, /* that trains first */
	PROGRESS_RETRAIN,  /* in the background */
	PROGRESS_COMMANDS
} ProgressCommand;

typedef enum ProgressPhase
{
	PROGRESS_READING = 0,
	PROGRESS_PREPARING,
	PROGRESS_NETWORKS,
	PROGRESS_REFITTING,
	PROGRESS_PRETRAINED,
	PROGRESS_MEASURING,
	PROGRESS_WAITING,
	PROGRESS_PHASES
} ProgressPhase;

/* What a work has several of. */
typedef enum ProgressPart
{
	PROGRESS_NO_PART = 0,
	PROGRESS_TRAINING, /* of the statement: a group of GROUP BY, or a call */
	PROGRESS_SERIES,
	PROGRESS_FOLD,
	PROGRESS_TRIAL,
	PROGRESS_PARTS
} ProgressPart;

/* How far a process is. Zero is "not known" or "none", but for what says otherwise. */
typedef struct ProgressState
{
	ProgressCommand command;
	ProgressPhase phase;
	TimestampTz started;
	TimestampTz ends; /* when it is likely to */
	int64 rows;       /* read so far; -1: not known */
	int network;      /* that this process is at, from 1, of networks */
	int networks;
	int epoch; /* finished, of epochs */
	int epochs;
	int64 step; /* taken, of steps */
	int64 steps;
	double loss; /* the network's least on what it does not train on; NaN: not known */
	ProgressPart part;
	int64 number; /* the part that this process is at, from 1 */
	int64 done;   /* parts, by all processes; -1: not known here */
	int64 parts;
} ProgressState;

/* Words for commands, phases and parts, by their numbers. */
extern const char *const progress_command_words[PROGRESS_COMMANDS];
extern const char *const progress_phase_words[PROGRESS_PHASES];
extern const char *const progress_part_words[PROGRESS_PARTS];

/* Let other processes see it; nobody sees it where this process has an entry of another command. */
extern void progress_slots_write(const ProgressState *state);

/* Let nobody see anything any more. */
extern void progress_slots_clear(void);

/* What the copied entry of a process says. False: nothing of a training. */
extern bool progress_slots_read(const PgBackendStatus *entry, ProgressState *state);

/* What the process title says: "lstm_train network 1/5 epoch 3/40". */
#define PROGRESS_TEXT 160
extern void progress_text(const ProgressState *state, char text[PROGRESS_TEXT]);

#endif
