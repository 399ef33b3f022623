/*
 * segment.h
 *	  What the processes of a training share: data, plans, schedule, teams and outputs.
 */
#ifndef LSTM_FORECAST_SEGMENT_H
#define LSTM_FORECAST_SEGMENT_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "storage/shm_toc.h"

#include "base/progress_report.h"
#include "train/train_member.h"

/* The fixed part of a MemberOutput. */
typedef struct SharedResult
{
	int best_epoch;
	int epochs;
	int64 train_windows;
} SharedResult;

/* What all processes of a training share, besides the arrays. */
typedef struct Shared
{
	pg_atomic_uint32 next;   /* turns that are taken of those that are not trained together */
	pg_atomic_uint32 ready;  /* the schedule is that of the processes that there are */
	ConditionVariable moved; /* told when something of this, or a team, has changed */
	int64 series_count;
	int member_count;
	Holdout holdout;
	double max_seconds;
	bool log_seconds;
	ProgressCommand command; /* whose training it is */
	bool goes_on;            /* from weights that networks had before */
	bool labelled;           /* some channels are those of categories */
	TimestampTz started;
	Size team_bytes;
} Shared;

/* The segment as one process sees it. */
typedef struct Segment
{
	Shared *shared;
	TrainSchedule *schedule;
	SharedResult *results;
	char *arrays;             /* of the outputs */
	lf_trainer_board *boards; /* two a member, in the order of their turns */
	void *team_memory;
	const char *query; /* that the workers work for */
} Segment;

/* Bytes of the outputs' arrays, and those of one output. */
extern Size outputs_bytes(const TrainJob *job);
extern Size output_bytes(const TrainJob *job, int number);

/* Lay the outputs' arrays into one block; or those of one output. */
extern void lay_outputs(const TrainJob *job, char *block, MemberOutput *outputs);
extern void lay_output(const TrainJob *job, int number, char *block, MemberOutput *output);

/* team_bytes: what teams share. */
extern void segment_estimate(shm_toc_estimator *estimator, const TrainJob *job, Size team_bytes);

/* Bytes of the segment, for the check before training. */
extern Size segment_bytes(const TrainJob *job, Size team_bytes);

/* Everything into the segment, but the schedule, which is to be filled. */
extern Segment segment_fill(shm_toc *toc, const TrainJob *job, Size team_bytes);

/* A worker's view of the segment, and the job that it finds there. */
extern Segment segment_attach(shm_toc *toc);
extern TrainJob *segment_job(shm_toc *toc, const Segment *segment);

#endif
