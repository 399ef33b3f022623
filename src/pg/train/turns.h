/*
 * turns.h
 *	  Which networks are trained by all processes together, and in which order.
 *
 * This decides about nothing but time: the bytes of a network do not depend on who
 * trains it.
 */
#ifndef LSTM_FORECAST_TURNS_H
#define LSTM_FORECAST_TURNS_H

#include "postgres.h"

/* What a network's training is, before it starts. */
typedef struct MemberSize
{
	double work;         /* floating-point operations */
	int64 micro_batches; /* of a batch */
	Size alone;          /* bytes of a process that trains it alone */
	Size own;            /* ... of each that trains it together with others */
	Size shared;         /* ... and of what these share */
} MemberSize;

/* Plain data: it is copied to parallel workers as it is. */
typedef struct TrainSchedule
{
	int processes;
	int together; /* the first so many networks of the order are trained by all processes */
	int rounds;   /* networks that one process has to do with, at most */
	int order[FLEXIBLE_ARRAY_MEMBER];
} TrainSchedule;

extern Size schedule_bytes(int members);

/*
 * Fill the schedule. Those with most work come first; so many of these are trained
 * together that all are done soonest, as far as operations tell. The others are
 * claimed, one by one.
 */
extern void schedule_fill(TrainSchedule *schedule, const MemberSize *sizes, int members,
						  int processes);

/*
 * Time until all are done, in the units of the sizes' work: operations, or seconds where these were
 * put there.
 */
extern double schedule_time(const TrainSchedule *schedule, const MemberSize *sizes, int members);

/* In which round is the network of this turn trained? */
static inline int
schedule_round(const TrainSchedule *schedule, int turn)
{
	if (turn < schedule->together)
		return turn;
	return schedule->together + (turn - schedule->together) / schedule->processes;
}

/* Bytes that so many processes hold at once for their trainers, and for what they share. */
extern Size schedule_memory(const TrainSchedule *schedule, const MemberSize *sizes, int members);

/* Bytes that the processes share of networks, however few of them there will be. */
extern Size schedule_shared(const MemberSize *sizes, int members, int processes);

/* Processes beyond which no network gains. */
extern int schedule_most_processes(const MemberSize *sizes, int members);

#endif
