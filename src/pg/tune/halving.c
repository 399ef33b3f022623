/*
 * halving.c
 *	  Successive halving: which candidates are measured on which folds, and in which order they end.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "tune/halving.h"

/* How often a number is halved until it is one. */
static int
halvings(int number)
{
	int count = 0;

	for (; number > 1; number = (number + 1) / 2)
		count++;
	return count;
}

int
halving_rungs(int candidates, int folds)
{
	return 1 + Min(halvings(candidates - 1), halvings(folds));
}

int
halving_folds(int rung, int rungs, int folds)
{
	for (; rung < rungs; rung++)
		folds = (folds + 1) / 2;
	return folds;
}

const char *
halving_failure(const TuneField *field, int candidate, int folds)
{
	for (int fold = 1; fold <= folds; fold++)
	{
		const TrialResult *result = halving_result(field, candidate, fold);

		if (result->known && result->code != 0)
			return result->message;
	}
	return NULL;
}

/*
 * By whose seasons MASE's scales and naive forecasts of a fold go: the default's or, where that
 * failed, those of the first one that did not. NULL: all failed.
 */
static const TrialScore *
reference(const TuneField *field, int fold)
{
	for (int i = 0; i < field->candidates; i++)
	{
		const TrialResult *result = halving_result(field, i, fold);

		if (result->known && result->code == 0)
			return result->scores;
	}
	return NULL;
}

static double
scaled(const TuneField *field, double error, const TrialScore *reference)
{
	return field->metric == BACKTEST_MASE ? error / reference->scale : error;
}

/* The mean of a candidate's metric, or where `naive` of the reference's naive forecasts. */
static double
mean_metric(const TuneField *field, int candidate, int folds, bool naive)
{
	double sum = 0;
	int64 count = 0;

	for (int fold = 1; fold <= folds; fold++)
	{
		const TrialScore *beside = reference(field, fold);
		const TrialScore *scores = naive ? beside : halving_result(field, candidate, fold)->scores;

		for (int64 i = 0; scores != NULL && beside != NULL && i < field->series; i++)
		{
			double value = scaled(field, naive ? scores[i].naive : scores[i].model, &beside[i]);

			if (!isfinite(value))
				continue;
			sum += value;
			count++;
		}
	}
	return count > 0 ? sum / (double) count : NAN;
}

double
halving_metric(const TuneField *field, int candidate, int folds)
{
	if (halving_failure(field, candidate, folds) != NULL)
		return NAN;
	return mean_metric(field, candidate, folds, false);
}

double
halving_naive(const TuneField *field, int folds)
{
	return mean_metric(field, 0, folds, true);
}

/*
 * How much a standard error of so many numbers is to be widened, so that as much lies within it as
 * within one of many: Student's t at 0.84, to 2 %.
 */
static double
widening(int64 count)
{
	double freedom = (double) (count - 1);

	return 1 + 0.55 / freedom + 0.29 / (freedom * freedom);
}

TuneComparison
halving_compare(const TuneField *field, int candidate, int folds)
{
	double mean = 0;
	double squares = 0;
	int64 count = 0;

	for (int fold = 1; fold <= folds; fold++)
	{
		const TrialScore *beside = reference(field, fold);
		const TrialScore *own = halving_result(field, candidate, fold)->scores;
		const TrialScore *usual = halving_result(field, 0, fold)->scores;

		for (int64 i = 0; own != NULL && usual != NULL && i < field->series; i++)
		{
			double difference =
				scaled(field, own[i].model, &beside[i]) - scaled(field, usual[i].model, &beside[i]);
			double off = difference - mean;

			if (!isfinite(difference))
				continue;
			count++;
			mean += off / (double) count;
			squares += off * (difference - mean);
		}
	}
	return (TuneComparison){
		.difference = count > 0 ? mean : NAN,
		.error = count > 1 ? widening(count) * sqrt(squares / (double) (count - 1) / (double) count)
						   : NAN};
}

/* How many standard errors the best of so many that are none better comes to, at most, in the mean.
 */
static double
luck(int count)
{
	return fmax(1, sqrt(2 * log(count)));
}

bool
halving_surely_better(const TuneField *field, int candidate, int folds)
{
	TuneComparison comparison;

	if (candidate == 0 || halving_failure(field, candidate, folds) != NULL)
		return false;
	/* better than a default that cannot be trained at all */
	if (halving_failure(field, 0, folds) != NULL)
		return true;
	comparison = halving_compare(field, candidate, folds);
	return comparison.difference < 0 &&
		   -comparison.difference > luck(field->candidates - 1) * comparison.error;
}

/* What decides where a candidate stands. */
typedef struct Standing
{
	int candidate;
	bool failed;
	int reached;
	int group; /* 0: surely better than the default, 1: the default, 2: the others */
	double metric;
} Standing;

/* Those without a metric come after those with one; equals as they were given. */
static int
compare_standings(const void *a, const void *b)
{
	const Standing *one = a;
	const Standing *other = b;

	if (one->failed != other->failed)
		return one->failed - other->failed;
	if (one->reached != other->reached)
		return other->reached - one->reached;
	if (one->group != other->group)
		return one->group - other->group;
	if (isnan(one->metric) != isnan(other->metric))
		return isnan(one->metric) - isnan(other->metric);
	if (one->metric < other->metric)
		return -1;
	if (one->metric > other->metric)
		return 1;
	return one->candidate - other->candidate;
}

void
halving_cut(TuneField *field, int folds)
{
	Standing *standings = palloc(sizeof(Standing) * field->candidates);
	int count = 0;

	for (int i = 1; i < field->candidates; i++)
	{
		check_interrupts();
		if (field->left[i] && halving_failure(field, i, folds) == NULL)
			standings[count++] =
				(Standing){.candidate = i, .metric = halving_metric(field, i, folds)};
		field->left[i] = false;
	}
	qsort(standings, count, sizeof(Standing), compare_standings);
	for (int i = 0; i < (count + 1) / 2; i++)
		field->left[standings[i].candidate] = true;
	pfree(standings);
}

void
halving_order(const TuneField *field, int rungs, int *order)
{
	Standing *standings = palloc(sizeof(Standing) * field->candidates);

	for (int i = 0; i < field->candidates; i++)
	{
		int folds = halving_folds(field->reached[i], rungs, field->folds);

		if (field->reached[i] == 0)
			folds = 0;
		check_interrupts();
		standings[i] = (Standing){.candidate = i,
								  .reached = field->reached[i],
								  .failed = halving_failure(field, i, folds) != NULL,
								  .metric = halving_metric(field, i, folds),
								  .group = i == 0                                   ? 1
										   : halving_surely_better(field, i, folds) ? 0
																					: 2};
	}
	qsort(standings, field->candidates, sizeof(Standing), compare_standings);
	for (int i = 0; i < field->candidates; i++)
		order[i] = standings[i].candidate;
	pfree(standings);
}
