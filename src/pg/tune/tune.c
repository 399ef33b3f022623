/*
 * tune.c
 *	  Chooses options for a training by rolling-origin tests before the last horizon.
 *
 * Trials read a panel that ends a horizon before the rows do, glitches and all: so nothing that
 * decides can depend on the last horizon. Once all is decided, that horizon measures what was
 * chosen, and the default beside it.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/settings.h"
#include "train/workers.h"
#include "tune/halving.h"
#include "tune/trial_team.h"
#include "tune/tune.h"

#define LEAST_KNOWN 3 /* steps of a series from which a fold may learn */
#define MEMORY_HINT "Give fewer candidates, folds or series, or have the setting raised."

/* A tuning under way. */
typedef struct Tuning
{
	const TuneRequest *request;
	const Panel *panel; /* all of it */
	const Panel *known; /* ... before the last horizon */
	TrialRound round;   /* what rounds have in common */
	TuneField field;
	int rungs;
	int finished;    /* rungs */
	bool measured;   /* on the last horizon, too */
	double *last;    /* (candidates, 2): the metric on the last horizon, and the naive one's */
	int64 trials;    /* done so far */
	double *seconds; /* (candidates) */
} Tuning;

int
tune_horizon(const Panel *panel, const TrainOptions *options)
{
	return options->horizon != OPTION_AUTO ? options->horizon
										   : frequency_horizon(&panel->frequency);
}

/* At least one series must have steps before the earliest fold. */
static void
check_length(const Panel *panel, const TuneRequest *request)
{
	int64 needed = (int64) request->horizon * (request->folds + 1) + LEAST_KNOWN;
	int64 longest = 0;

	for (int64 i = 0; i < panel->count; i++)
		longest = Max(longest, panel->series[i]->length);
	if (longest < needed)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("series are too short for %d %s", request->folds,
					request->folds == 1 ? "fold" : "folds"),
			 errdetail("The longest has %lld steps; %lld are needed for folds of %d steps each, "
					   "a last horizon that tuning does not see, and %d before them.",
					   (long long) longest, (long long) needed, request->horizon, LEAST_KNOWN),
			 errhint("Lower \"folds\" or \"horizon\", or give more rows.")));
}

static TimestampTz
deadline_of(const TuneRequest *request)
{
	double most = (double) PG_INT64_MAX / 4 / USECS_PER_SEC;

	if (isnan(request->max_seconds) || request->max_seconds >= most)
		return DT_NOEND;
	return GetCurrentTimestamp() + (TimestampTz) (request->max_seconds * USECS_PER_SEC);
}

/* Room for all that comes of the trials. */
static void
begin_field(Tuning *tuning)
{
	const TuneRequest *request = tuning->request;
	int count = request->candidates.count;
	Size scores = mul_size(mul_size(sizeof(TrialScore), tuning->known->count),
						   mul_size(count, request->folds));
	MemoryAccount account = {.held = tuning->known->bytes, .what = "tuning", .hint = MEMORY_HINT};

	account_take(&account, scores);
	tuning->round.free = (Size) setting_max_memory * 1024 - account.held;
	tuning->field = (TuneField){.candidates = count,
								.folds = request->folds,
								.series = tuning->known->count,
								.metric = request->metric,
								.results = palloc0(sizeof(TrialResult) * count * request->folds),
								.left = palloc(sizeof(bool) * count),
								.reached = palloc0(sizeof(int) * count)};
	tuning->last = palloc(sizeof(double) * 2 * count);
	tuning->seconds = palloc0(sizeof(double) * count);
	for (int i = 0; i < count; i++)
	{
		tuning->field.left[i] = true;
		tuning->last[2 * i] = tuning->last[2 * i + 1] = NAN;
	}
	tuning->rungs = halving_rungs(count, request->folds);
}

/* How many trials there will be, as far as that is known: reports tell it. */
static int64
count_trials(const Tuning *tuning)
{
	int64 left = tuning->field.candidates - 1;
	int64 trials = 2;
	int before = 0;

	for (int rung = 1; rung <= tuning->rungs; rung++)
	{
		int folds = halving_folds(rung, tuning->rungs, tuning->field.folds);

		trials += (left + 1) * (folds - before);
		before = folds;
		left = (left + 1) / 2;
	}
	return trials;
}

/* Those that took long so far come first, so that processes end together; else as they are. */
static int
compare_trials(const void *a, const void *b, void *seconds)
{
	const TeamTrial *one = a;
	const TeamTrial *other = b;
	const double *taken = seconds;

	check_interrupts();
	if (taken[one->candidate] != taken[other->candidate])
		return taken[one->candidate] > taken[other->candidate] ? -1 : 1;
	if (one->candidate != other->candidate)
		return one->candidate - other->candidate;
	return one->fold - other->fold;
}

/* Do a round's trials. False where time was up. */
static bool
do_round(Tuning *tuning, const Panel *panel, TeamTrial *trials, int count)
{
	TrialRound round = tuning->round;
	bool all;

	round.panel = panel;
	round.trials = trials;
	round.count = count;
	round.before = tuning->trials;
	qsort_arg(trials, count, sizeof(TeamTrial), compare_trials, tuning->seconds);
	all = trial_round(&round);
	tuning->trials += count;
	for (int i = 0; i < count; i++)
		tuning->seconds[trials[i].candidate] += trials[i].result.seconds;
	return all;
}

/*
 * What the candidates that are left have to do on a rung; none for those that failed before.
 * Returns how many.
 */
static int
list_trials(const Tuning *tuning, int before, int folds, TeamTrial *trials)
{
	int count = 0;

	for (int i = 0; i < tuning->field.candidates; i++)
		for (int fold = before + 1; fold <= folds; fold++)
			if (tuning->field.left[i] && halving_failure(&tuning->field, i, before) == NULL)
				trials[count++] = (TeamTrial){.candidate = i, .fold = fold};
	return count;
}

/* "mase 0.812" */
static char *
metric_text(const Tuning *tuning, double value)
{
	return isnan(value)
			   ? psprintf("no %s", backtest_metric_names[tuning->request->metric])
			   : psprintf("%s %.4g", backtest_metric_names[tuning->request->metric], value);
}

static void
notice_rung(const Tuning *tuning, int rung, int folds, int measured)
{
	const TuneField *field = &tuning->field;
	int left = 0;
	double best = halving_metric(field, 0, folds);

	for (int i = 0; i < field->candidates; i++)
	{
		left += field->left[i];
		if (field->left[i])
			best = fmin(best, halving_metric(field, i, folds));
	}
	ereport(NOTICE, (errmsg("tuning, rung %d of %d: %d candidates measured, %d of them left", rung,
							tuning->rungs, measured, left),
					 errdetail("On %d %s the best has %s, the default %s.", folds,
							   folds == 1 ? "fold" : "folds", metric_text(tuning, best),
							   metric_text(tuning, halving_metric(field, 0, folds)))));
}

/* Measure those that are left on the folds that a rung adds. False where time was up: then it is as
 * if it had not begun. */
static bool
climb(Tuning *tuning, int rung)
{
	TuneField *field = &tuning->field;
	int folds = halving_folds(rung, tuning->rungs, field->folds);
	int before = rung == 1 ? 0 : halving_folds(rung - 1, tuning->rungs, field->folds);
	TeamTrial *trials =
		palloc0(sizeof(TeamTrial) * (Size) field->candidates * (Size) (folds - before));
	int count = list_trials(tuning, before, folds, trials);
	int measured = 0;

	if (!do_round(tuning, tuning->known, trials, count))
		return false;
	for (int i = 0; i < count; i++)
		*halving_result(field, trials[i].candidate, trials[i].fold) = trials[i].result;
	for (int i = 0; i < field->candidates; i++)
		if (field->left[i])
		{
			field->reached[i] = rung;
			measured++;
		}
	if (rung < tuning->rungs)
		halving_cut(field, folds);
	notice_rung(tuning, rung, folds, measured);
	pfree(trials);
	return true;
}

/* Measure the first and the default on the last horizon. */
static void
measure_last(Tuning *tuning, int chosen)
{
	TeamTrial trials[2] = {{.candidate = 0, .fold = 1}, {.candidate = chosen, .fold = 1}};
	int count = chosen == 0 ? 1 : 2;
	TrialResult results[2] = {{0}};
	TuneField field = {.candidates = count,
					   .folds = 1,
					   .series = tuning->panel->count,
					   .metric = tuning->request->metric,
					   .results = results};

	tuning->measured = do_round(tuning, tuning->panel, trials, count);
	for (int i = 0; i < count; i++)
		results[trials[i].candidate == 0 ? 0 : 1] = trials[i].result;
	for (int i = 0; i < count; i++)
		if (results[i].known && results[i].code == 0)
		{
			double *last = tuning->last + (i == 0 ? 0 : 2 * chosen);

			last[0] = halving_metric(&field, i, 1);
			last[1] = halving_naive(&field, 1);
		}
}

/* Where time was up, to follow other words; "": it was not. */
static const char *
ending(const Tuning *tuning)
{
	if (tuning->finished < tuning->rungs)
		return psprintf("\"max_seconds\" ended it after %d of %d rungs", tuning->finished,
						tuning->rungs);
	return tuning->measured ? "" : "\"max_seconds\" left no time for the last horizon";
}

/* What there is to say of a candidate: its failure, where it was left, what the default is. */
static const char *
note_of(const Tuning *tuning, int candidate, int folds)
{
	const TuneField *field = &tuning->field;
	const char *failure = halving_failure(field, candidate, folds);
	const char *ended = ending(tuning);
	const char *said;

	if (failure != NULL)
		return failure;
	if (candidate == 0)
		said = "the default";
	else if (tuning->finished == 0)
		said = "not measured";
	else if (field->reached[candidate] < tuning->finished)
		return psprintf("left out after rung %d of %d", field->reached[candidate], tuning->rungs);
	else if (halving_failure(field, 0, folds) != NULL)
		said = "the default cannot be trained";
	else if (halving_surely_better(field, candidate, folds))
		said = "better than the default by more than chance";
	else
		said = "not better than the default by more than chance";
	return ended[0] == '\0' ? said : psprintf("%s; %s", said, ended);
}

static TuneRows
make_rows(const Tuning *tuning, const int *order)
{
	const TuneField *field = &tuning->field;
	TuneRows rows = {.count = field->candidates,
					 .rows = palloc0(sizeof(TuneRow) * field->candidates)};

	for (int rank = 0; rank < rows.count; rank++)
	{
		int candidate = order[rank];
		int reached = field->reached[candidate];
		int folds = reached == 0 ? 0 : halving_folds(reached, tuning->rungs, field->folds);

		check_interrupts();
		rows.rows[rank] = (TuneRow){.options = tuning->request->candidates.list[candidate].given,
									.metric = halving_metric(field, candidate, folds),
									.naive = halving_naive(field, folds),
									.last_horizon = tuning->last[2 * candidate],
									.last_horizon_naive = tuning->last[2 * candidate + 1],
									.folds = folds,
									.seconds = tuning->seconds[candidate],
									.note = note_of(tuning, candidate, folds)};
	}
	return rows;
}

TuneRows
tune_panel(const Panel *panel, char **covariate_names, const TuneRequest *request)
{
	const TrainOptions *usual = &request->candidates.list[0].options;
	Tuning tuning = {.request = request,
					 .panel = panel,
					 .round = {.covariate_names = covariate_names,
							   .candidates = &request->candidates,
							   .horizon = request->horizon,
							   .metric = request->metric,
							   .processes = worker_processes(usual->workers),
							   .deadline = deadline_of(request)}};
	int *order = palloc(sizeof(int) * request->candidates.count);

	check_length(panel, request);
	tuning.known = backtest_known_panel(panel, request->horizon);
	begin_field(&tuning);
	progress_each_begin(PROGRESS_TRIAL, count_trials(&tuning));
	while (tuning.finished < tuning.rungs && climb(&tuning, tuning.finished + 1))
		tuning.finished++;
	halving_order(&tuning.field, tuning.rungs, order);
	tuning.measured = true;
	if (tuning.finished > 0 && halving_failure(&tuning.field, order[0], 1) == NULL)
		measure_last(&tuning, order[0]);
	progress_each_end();
	if (ending(&tuning)[0] != '\0')
		ereport(NOTICE, (errmsg("%s", ending(&tuning)),
						 errhint("Give more seconds, or fewer candidates or folds.")));
	return make_rows(&tuning, order);
}
