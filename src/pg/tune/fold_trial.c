/*
 * fold_trial.c
 *	  A trial: one candidate trained and tested on one fold.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "tune/fold_trial.h"

/* A trial under way. */
typedef struct TrialWork
{
	const FoldTrial *trial;
	TrainOptions options;
	TrialScore *scores;
} TrialWork;

/* Its errors in the units of the data: what they are divided by must be the same for all. */
static void
take_score(void *context, const BacktestCase *tested)
{
	const TrialWork *work = context;
	BacktestMetric metric =
		work->trial->metric == BACKTEST_MASE ? BACKTEST_MAE : work->trial->metric;
	BacktestScore score = backtest_score(tested);

	work->scores[tested->number] = (TrialScore){.model = score.model[metric],
												.naive = score.seasonal_naive[metric],
												.scale = tested->scale};
}

static void
do_trial(void *argument)
{
	TrialWork *work = argument;
	const FoldTrial *trial = work->trial;
	BacktestRequest request = {.alone = true, .sink = take_score, .context = work};
	Panel scored = backtest_judged(trial->panel, trial->usual, true);
	Panel whole = *trial->panel;
	BacktestFold fold = {.panel = &whole,
						 .scored = &scored,
						 .covariate_names = trial->covariate_names,
						 .number = trial->fold,
						 .behind = (int64) work->options.horizon * trial->fold};

	whole.bytes = scored.bytes; /* both are held */
	backtest_fold(&fold, &work->options, &request);
}

Outcome
try_fold(SeriesAttempts *attempts, const FoldTrial *trial, const TrainOptions *options,
		 TrialScore *scores)
{
	TrialWork work = {.trial = trial, .options = *options, .scores = scores};

	work.options.workers = 1;
	for (int64 i = 0; i < trial->panel->count; i++)
		scores[i] = (TrialScore){.model = NAN, .naive = NAN, .scale = NAN};
	return attempt_work(attempts, do_trial, &work);
}
