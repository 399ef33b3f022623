/*
 * series_attempt.c
 *	  Trains a model of one series of many, whose errors are an outcome like the model.
 *
 * An error is caught without a subtransaction, which there cannot be in parallel mode. That is
 * safe because there is nothing that one would undo: a training by one process takes memory and the
 * processor's time. It opens no relation, takes no lock, pin or snapshot, begins no parallel mode,
 * and writes nothing; what it asks the catalogs for, the conversion of a name to UTF-8, it has let
 * go of before it goes on. Its memory is reset here, the core has come back before any error is
 * raised (base/interrupts.h), and the few things of the process that an error leaves behind are put
 * back: the title, and how often interrupts were held off. What it may have read, a time zone, the
 * process keeps in any case.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "train/series_attempt.h"
#include "train/train.h"

void
attempts_begin(SeriesAttempts *attempts, const TrainOptions *options, char **covariate_names)
{
	*attempts = (SeriesAttempts){.options = *options,
								 .covariate_names = covariate_names,
								 .memory = AllocSetContextCreate(CurrentMemoryContext,
																 "lstm_forecast one series",
																 ALLOCSET_DEFAULT_SIZES),
								 .title = progress_title_keep()};
	attempts->options.workers = 1;
}

void
attempts_end(SeriesAttempts *attempts)
{
	MemoryContextDelete(attempts->memory);
	progress_title_free(&attempts->title);
}

/* Say which series a message is about, and note what kind of message it is. */
static void
describe_series(void *argument)
{
	SeriesAttempts *attempts = argument;

	attempts->code = geterrcode();
	if (attempts->label != NULL)
		errcontext("training of series \"%s\"", attempts->label);
}

/*
 * Is the error that was caught one of the series? Errors of data, and of limits, are; but not that
 * of a parallel worker, which is raised here with a context of its own.
 */
static bool
error_is_of_series(const SeriesAttempts *attempts)
{
	int code = geterrcode();

	return code == attempts->code && (ERRCODE_TO_CATEGORY(code) == ERRCODE_DATA_EXCEPTION ||
									  ERRCODE_TO_CATEGORY(code) == ERRCODE_PROGRAM_LIMIT_EXCEEDED);
}

/* Take the error that was caught for the outcome. Memory is the series'. */
static void
catch_error(SeriesAttempts *attempts, uint32 held_off, Outcome *outcome)
{
	ErrorData *error;

	MemoryContextSwitchTo(attempts->memory);
	error = CopyErrorData();
	FlushErrorState();
	InterruptHoldoffCount = held_off;
	progress_title_restore(&attempts->title);
	outcome->code = error->sqlerrcode;
	outcome->message = error->message;
}

/* Do a work, whose errors are the outcome. */
static Outcome
attempt(SeriesAttempts *attempts, const char *label, AttemptWork work, void *argument)
{
	MemoryContext caller = CurrentMemoryContext;
	TimestampTz started = GetCurrentTimestamp();
	const uint32 held_off = InterruptHoldoffCount;
	Outcome *outcome;
	ErrorContextCallback context = {
		.previous = error_context_stack, .callback = describe_series, .arg = attempts};

	MemoryContextSwitchTo(attempts->memory);
	outcome = palloc0(sizeof(Outcome));
	attempts->label = label;
	attempts->code = 0;
	PG_TRY();
	{
		error_context_stack = &context;
		work(argument);
	}
	PG_CATCH();
	{
		if (!error_is_of_series(attempts))
			PG_RE_THROW();
		catch_error(attempts, held_off, outcome);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	outcome->seconds = (double) (GetCurrentTimestamp() - started) / USECS_PER_SEC;
	return *outcome;
}

Outcome
attempt_work(SeriesAttempts *attempts, AttemptWork work, void *argument)
{
	MemoryContextReset(attempts->memory);
	return attempt(attempts, NULL, work, argument);
}

/* The training of a series. */
typedef struct SeriesTraining
{
	SeriesAttempts *attempts;
	const PanelRows *rows;
	bytea *model;
} SeriesTraining;

static void
train_series(void *argument)
{
	SeriesTraining *training = argument;

	training->model = train_model(training->rows, training->attempts->covariate_names,
								  &training->attempts->options);
}

Outcome
attempt_series(SeriesAttempts *attempts, const PanelRows *rows)
{
	SeriesTraining training = {.attempts = attempts, .rows = rows};
	Outcome outcome;

	MemoryContextReset(attempts->memory);
	outcome = attempt(attempts, rows->labels[0], train_series, &training);
	outcome.model = training.model;
	return outcome;
}
