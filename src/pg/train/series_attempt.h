/*
 * series_attempt.h
 *	  Trains a model of one series of many, whose errors are an outcome like the model.
 */
#ifndef LSTM_FORECAST_SERIES_ATTEMPT_H
#define LSTM_FORECAST_SERIES_ATTEMPT_H

#include "postgres.h"

#include "base/progress.h"
#include "rows/panel_rows.h"
#include "options/options.h"

/* What became of a series. */
typedef struct Outcome
{
	int code;      /* SQLSTATE, as errcode() takes it; 0: there is a model */
	char *message; /* of the error; NULL: none */
	bytea *model;  /* NULL: none */
	double seconds;
} Outcome;

/* What came of the series, its model or else its message, and how long that is. */
static inline void *
outcome_bytes(const Outcome *outcome)
{
	return outcome->model != NULL ? (void *) outcome->model : outcome->message;
}

static inline Size
outcome_size(const Outcome *outcome)
{
	return outcome->model != NULL ? VARSIZE(outcome->model) : strlen(outcome->message) + 1;
}

/* How a process trains one series after another. */
typedef struct SeriesAttempts
{
	TrainOptions options;
	char **covariate_names;
	MemoryContext memory; /* of the series that is trained, and of its outcome */
	KeptTitle title;      /* of the process, to put back */
	const char *label;    /* of the series that is trained */
	int code;             /* SQLSTATE of what was reported latest while it was */
} SeriesAttempts;

/* Get ready, in CurrentMemoryContext. The networks of a series are trained by this process alone.
 */
extern void attempts_begin(SeriesAttempts *attempts, const TrainOptions *options,
						   char **covariate_names);

/*
 * Train on the rows of one series. What is wrong with these, or with the options for them, or too
 * large about them is the outcome; all else is raised: a cancel, a time limit, the end of the
 * session, memory that ran out, an error of another process. The outcome is good until the next
 * series. Interruptible.
 */
extern Outcome attempt_series(SeriesAttempts *attempts, const PanelRows *rows);

/*
 * The same of any other training without a name: work trains with attempts->options in
 * CurrentMemoryContext, by this process alone, and leaves in its argument what came of it.
 */
typedef void (*AttemptWork)(void *argument);
extern Outcome attempt_work(SeriesAttempts *attempts, AttemptWork work, void *argument);

/* Free what attempts_begin and the last series took. */
extern void attempts_end(SeriesAttempts *attempts);

#endif
