/*
 * each_segment.h
 *	  What the processes share that train a model for each series: rows, options and outcomes.
 */
#ifndef LSTM_FORECAST_EACH_SEGMENT_H
#define LSTM_FORECAST_EACH_SEGMENT_H

#include "postgres.h"

#include "storage/dsm.h"
#include "storage/shm_toc.h"
#include "utils/dsa.h"

#include "rows/panel_rows.h"
#include "rows/source_columns.h"
#include "options/options.h"
#include "train/series_attempt.h"

/* The series of a panel, by label. */
typedef struct EachSeries
{
	const PanelRows *rows;
	int64 count;
	int64 *order; /* (count) their numbers in rows */
} EachSeries;

typedef struct EachShared EachShared;

/* The segment as one process sees it. */
typedef struct EachSegment
{
	EachShared *shared;
	dsa_area *area; /* of the outcomes; NULL: not attached */
	const char *records;
	const Size *places; /* of the records of the series, from `first` on */
	const Size *ahead;  /* ... and of what is known ahead of them */
	const char *steps;  /* the listed ones, as bytes */
	const HolidayList *holidays;
	struct EachResult *results;
	const char *query;     /* that the workers work for */
	SourceColumns columns; /* of the source: time and series, for messages; categories */
} EachSegment;

/*
 * Series from `first` on; those with a fault are as good as taken. The segment is estimated, then
 * filled with what they have; outcomes that
 * are kept in it take room_bytes at most, but for those that nothing else can do without.
 */
extern void each_segment_estimate(shm_toc_estimator *estimator, const EachSeries *series,
								  int64 first, const TrainOptions *options, char **names);
extern Size each_segment_bytes(const EachSeries *series, int64 first, const TrainOptions *options,
							   char **names);
extern EachSegment each_segment_fill(shm_toc *toc, dsm_segment *dsm, const EachSeries *series,
									 int64 first, const TrainOptions *options, char **names,
									 Size room_bytes);

/* A worker's view of the segment, and the options and names of covariates that it finds there. */
extern EachSegment each_segment_attach(shm_toc *toc, dsm_segment *dsm);
extern TrainOptions each_segment_options(shm_toc *toc);
extern char **each_segment_names(shm_toc *toc, const EachSegment *segment);

/* The rows of a series, and those ahead of it, copied into CurrentMemoryContext. */
extern PanelRows *each_segment_rows(const EachSegment *segment, int64 number);

/* The number of the next series for this process; -1: there is none, or no more are to be begun. */
extern int64 each_claim(const EachSegment *segment);

/*
 * Hand over a claimed series' outcome. Waits for room, until which the leader has taken others;
 * interruptible. too_large: it is to be trained again, and no process begins another.
 */
extern void each_put(const EachSegment *segment, int64 number, const Outcome *outcome,
					 bool too_large);

/* The same for the leader, who keeps the outcome itself: so many bytes. */
extern void each_note(const EachSegment *segment, int64 number, Size bytes, bool too_large);

/* Take the outcome that a worker has of a series: in CurrentMemoryContext. False where none has. */
extern bool each_take(const EachSegment *segment, int64 number, Outcome *outcome);

/* The leader has handed on the outcomes of all series before `next`; of the last, so many bytes. */
extern void each_advance(const EachSegment *segment, int64 next, Size bytes);

/* Wait a moment for an outcome, unless all claimed series have one: false then. Interruptible. */
extern bool each_wait(const EachSegment *segment);

/* The first series that nobody has claimed. */
extern int64 each_claimed(const EachSegment *segment);

#endif
